"""Tables from risk to help: what help did, who is recommended what, who gets it, worklists, flags. Inputs elsewhere."""

from __future__ import annotations

import datetime

from socialai_assets.children.input_contracts import CODE, LABELS, NEEDS, PROVIDERS, STAFF_ROLES
from socialai_assets.ingest.contract import Contract, RawContract, column

BANDS = ("all", "lower", "middle", "highest")
CHILD, LABEL = "Pseudonym of the child.", "Risk it is about."
AS_OF = "Day of the score it rests on."
SYNTHETIC = "Whether it rests on rows that the sample generator made."


class BenefitEstimates(Contract):
    """What each kind of help does to a risk: what the catalogue says, what records say, and what is used of both."""

    intervention_id: str = column("Intervention.", str_matches=CODE)
    label: str = column(LABEL, isin=LABELS)
    band: str = column("Band of risk, by the probability without help; `all` for everybody.", isin=BANDS)
    helped: int = column("Rows with help whose like were not helped.", ge=0, personal=True)
    compared: int = column("Rows without.", ge=0, personal=True)
    rate_with: float = column("Rate with help, by the records.", nullable=True, personal=True)
    rate_without: float = column("Rate without.", nullable=True, personal=True)
    relative_effect: float = column("Share of the risk that help took away, by the records.", nullable=True, le=1)
    lower: float = column("End of its 90 % interval.", nullable=True, le=1)
    upper: float = column("Other end.", nullable=True, le=1)
    overlap_share: float = column("Share of rows that have their like on the other side.", nullable=True, ge=0, le=1)
    why_not: str = column("Why the records are not relied on.", nullable=True)
    catalogue_effect: float = column("What the catalogue says.", ge=0, le=1)
    used_effect: float = column("What plans use: the catalogue's, moved by records that can be relied on.", le=1)
    used_lower: float = column("End of its 90 % interval.", le=1)
    used_upper: float = column("Other end.", le=1)
    basis: str = column("What that rests on.", isin=("catalogue", "catalogue and records"))
    is_synthetic: bool = column(SYNTHETIC)

    class Config:
        name = "children.benefit_estimates"
        unique = ["intervention_id", "label", "band"]


class Recommendations(Contract):
    """Each flagged child with each kind of help for its risk: whether a rule makes it eligible, and what to expect."""

    child_id: str = column(CHILD, identifies="child", str_matches=CODE)
    label: str = column(LABEL, isin=LABELS, personal=True)
    as_of_date: datetime.date = column(AS_OF)
    intervention_id: str = column("Intervention.", str_matches=CODE, personal=True)
    eligible: bool = column("Whether the child may be given it.", personal=True)
    rule: str = column("The rule that says so, in words.", personal=True)
    need: str = column("What the intervention is for.", isin=NEEDS)
    risk: float = column("Probability, from the score.", ge=0, le=1, personal=True)
    band: str = column("Band of that risk.", isin=BANDS, personal=True)
    expected_benefit: float = column("Probability that help takes away.", le=1, personal=True)
    lower: float = column("End of its 90 % interval; the score's own error is not in it.", le=1, personal=True)
    upper: float = column("Other end.", le=1, personal=True)
    basis: str = column("What the benefit rests on.", isin=("catalogue", "catalogue and records"))
    evidence: str = column("What kind of evidence the catalogue has.")
    order: int = column("Its place among the child's eligible ones by benefit.", nullable=True, ge=1, personal=True)
    is_synthetic: bool = column(SYNTHETIC)

    class Config:
        name = "children.recommendations"
        unique = ["child_id", "label", "intervention_id"]


class Assignments(Contract):
    """Who is proposed which help, by whom and where; a person decides."""

    child_id: str = column(CHILD, identifies="child", str_matches=CODE)
    label: str = column(LABEL, isin=LABELS, personal=True)
    as_of_date: datetime.date = column(AS_OF)
    intervention_id: str = column("Intervention.", str_matches=CODE, personal=True)
    service_id: str = column("Service that gives it.", nullable=True, str_matches=CODE, personal=True)
    staff_id: str = column("Pseudonym of who gives it.", nullable=True, identifies="staff", str_matches=CODE)
    risk: float = column("Probability, from the score.", ge=0, le=1, personal=True)
    expected_benefit: float = column("Probability that help takes away.", ge=0, le=1, personal=True)
    minutes_week: int = column("Minutes a week of who gives it.", unit="min", ge=0)
    km: float = column("Way between the child's school and the help, straight line.", unit="km", ge=0, personal=True)
    why: str = column("Why this help, in words.", personal=True)
    status: str = column("Whether the plan is the best (`optimal`, within the gap) or the best found.")
    gap: float = column("By how much a better plan could be better, as a share.", ge=0, le=1)
    is_synthetic: bool = column(SYNTHETIC)

    class Config:
        name = "children.assignments"
        unique = ["child_id", "label", "intervention_id"]


class Unassigned(Contract):
    """Flagged children whom the plan gives no help, each with the reason."""

    child_id: str = column(CHILD, identifies="child", str_matches=CODE)
    label: str = column(LABEL, isin=LABELS, personal=True)
    as_of_date: datetime.date = column(AS_OF)
    risk: float = column("Probability, from the score.", ge=0, le=1, personal=True)
    reason: str = column("Why, in words.", personal=True)
    is_synthetic: bool = column(SYNTHETIC)

    class Config:
        name = "children.unassigned"
        unique = ["child_id", "label"]


class AssignmentComparison(Contract):
    """The plan beside simple rules and more even ones, as totals; need reached is not benefit gained."""

    plan: str = column("How help is shared out.", unique=True)
    helped: int = column("Children helped, to the nearest five; missing where too few.", nullable=True, ge=0)
    need_reached: float = column("Sum of the risks of those helped, to one place.", nullable=True, ge=0)
    benefit_expected: float = column("Sum of the expected benefit, to one place.", nullable=True)
    hours_week: float = column("Hours a week of staff, to the nearest five.", unit="hours", nullable=True, ge=0)
    km: float = column("Sum of the ways, to the nearest ten.", unit="km", nullable=True, ge=0)
    cost_usd: float = column("Cost besides hours, to the nearest hundred.", unit="USD", nullable=True, ge=0)
    spread_points: float = column(
        "Difference in caseload between the busiest and the least busy of a role, whole points.",
        unit="percentage points",
        nullable=True,
        ge=0,
    )
    gap: float = column("By how much a better plan could be better; missing for rules.", nullable=True, ge=0, le=1)
    is_synthetic: bool = column(SYNTHETIC)

    class Config:
        name = "children.assignment_comparison"


class Worklists(Contract):
    """Whom each counsellor or social worker looks at next, with reasons, and what to do by when."""

    staff_id: str = column(
        "Pseudonym of whose list it is; missing: of whoever has the role there.",
        nullable=True,
        identifies="staff",
        str_matches=CODE,
    )
    role: str = column("Role of whose list it is.", isin=STAFF_ROLES)
    school_id: str = column("School of the child.", nullable=True, str_matches=CODE, personal=True)
    area_id: str = column("Area of the child.", str_matches=CODE, personal=True)
    place: int = column("Place on the list, from 1.", ge=1)
    child_id: str = column(CHILD, identifies="child", str_matches=CODE)
    label: str = column(LABEL, isin=LABELS, personal=True)
    as_of_date: datetime.date = column(AS_OF)
    risk: float = column("Probability, from the score.", ge=0, le=1, personal=True)
    reasons: str = column("What the score rests on, in words.", nullable=True, personal=True)
    would_change: str = column("What would change the score, in words.", nullable=True, personal=True)
    state: str = column("Where the flag stands in recourse.", personal=True)
    intervention_id: str = column("Help proposed.", nullable=True, str_matches=CODE, personal=True)
    service_id: str = column("Service that gives it.", nullable=True, str_matches=CODE, personal=True)
    to_do: str = column("What to do, in words.", personal=True)
    by_when: datetime.date = column("Until when.", personal=True)
    is_synthetic: bool = column(SYNTHETIC)

    class Config:
        name = "children.worklists"
        unique = ["child_id", "label"]


class Flags(Contract):
    """Flags by child and risk, kept over time: when each was raised or rose, whom it waits for, who acknowledged it."""

    flag_id: str = column("Code of the flag.", unique=True, str_matches=CODE, personal=True)
    child_id: str = column(CHILD, identifies="child", str_matches=CODE)
    label: str = column(LABEL, isin=LABELS, personal=True)
    area_id: str = column("Area of the child.", str_matches=CODE, personal=True)
    role: str = column("Role that it waits for.", isin=STAFF_ROLES)
    raised_on: datetime.date = column("Day of the first score that flagged it.", personal=True)
    told_on: datetime.date = column("Day of the score by which it was last told: new, or risen.", personal=True)
    told_score: float = column("That score.", ge=0, le=1, personal=True)
    kind: str = column("Whether it was told as new or as risen.", isin=("new", "rising"), personal=True)
    score: float = column("The last score that flagged it.", ge=0, le=1, personal=True)
    scored_on: datetime.date = column("Day of the last score looked at.", personal=True)
    state: str = column(
        "Whether it waits, was acknowledged, is held back, or has ended.",
        isin=("waits", "acknowledged", "held back", "ended"),
        personal=True,
    )
    why: str = column("Why it is held back or has ended.", nullable=True, personal=True)
    tell_at: datetime.datetime = column("When it is told, outside quiet hours, UTC.")
    acknowledge_by: datetime.datetime = column("Until when somebody acknowledges it, UTC; then the supervisor is told.")
    acknowledged_at: datetime.datetime = column("When somebody did, UTC.", nullable=True, personal=True)
    is_synthetic: bool = column(SYNTHETIC)

    class Config:
        name = "children.flags"


class FlagAcknowledgementsInput(RawContract):
    """That somebody has looked at a flag, in canonical form; without a name."""

    acknowledgement_id: str = column("Code of the acknowledgement.", unique=True, str_matches=CODE, personal=True)
    flag_id: str = column("Flag that was looked at.", str_matches=CODE, personal=True)
    acknowledged_by: str = column("Role of who looked.", str_matches=CODE, personal=True)
    acknowledged_at: datetime.datetime = column("When, UTC.", personal=True)

    class Config:
        name = "children.raw_flag_acknowledgements"


class SupportOutcomes(Contract):
    """Each help offered, when it began and what was found afterwards."""

    support_id: str = column("Pseudonym of the help.", unique=True, identifies="support", str_matches=CODE)
    child_id: str = column(CHILD, identifies="child", str_matches=CODE)
    intervention_id: str = column("Intervention.", str_matches=CODE, personal=True)
    label: str = column("Risk it acts on.", isin=LABELS, personal=True)
    area_id: str = column("Area of the child.", nullable=True, str_matches=CODE, personal=True)
    offered_on: datetime.date = column("When it was offered.", personal=True)
    started_on: datetime.date = column("When it began.", nullable=True, personal=True)
    days_to_first_contact: int = column("Days from offer to begin.", unit="days", nullable=True, personal=True)
    outcome: str = column("What was found last; `waits` before anything was.", personal=True)
    found_on: datetime.date = column("When it was found.", nullable=True, personal=True)
    is_synthetic: bool = column(SYNTHETIC)

    class Config:
        name = "children.support_outcomes"


class OutcomeCells(Contract):
    """Help and what came of it, counted by area; before disclosure control, which alone lets it leave the vault."""

    area_id: str = column("Smallest area.", str_matches=CODE)
    label: str = column(LABEL, isin=LABELS)
    measure: str = column("What is counted: coverage, time to first contact, outcome.")
    value: str = column("Which of it.")
    children: int = column("Children, each counted once.", ge=0, personal=True)
    is_synthetic: bool = column(SYNTHETIC)

    class Config:
        name = "children.outcome_cells"
        unique = ["area_id", "label", "measure", "value"]


class HelpComparisons(Contract):
    """Children who were helped beside others like them, in pairs, by intervention; before disclosure control."""

    intervention_id: str = column("Intervention.", unique=True, str_matches=CODE)
    label: str = column(LABEL, isin=LABELS)
    delivered_by: str = column("Who gives it.", isin=PROVIDERS)
    pairs: int = column("Children helped who found their like.", ge=0, personal=True)
    unmatched: int = column("Children helped who did not.", ge=0, personal=True)
    rate_helped: float = column("Rate among the former.", nullable=True, ge=0, le=1, personal=True)
    rate_compared: float = column("Rate among their like.", nullable=True, ge=0, le=1, personal=True)
    difference: float = column("The former less the latter.", nullable=True, ge=-1, le=1, personal=True)
    lower: float = column("End of its 90 % interval.", nullable=True)
    upper: float = column("Other end.", nullable=True)
    imbalance: float = column(
        "Greatest standardised mean difference of a covariate; above 0.1 they are not alike.", nullable=True, ge=0
    )
    limits: str = column("What keeps the difference from being the effect of help, in words.")
    is_synthetic: bool = column(SYNTHETIC)

    class Config:
        name = "children.help_comparisons"
