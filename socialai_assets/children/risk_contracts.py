"""Tables of children's risk by date: features, labels, models' scores, scores of children. What lands is elsewhere."""

from __future__ import annotations

import datetime

import pandas as pd
import pandera.pandas as pa

from socialai_assets.children.input_contracts import CODE, LABELS
from socialai_assets.ingest.contract import Contract, column, describe

PSEUDONYM = "Pseudonym of the child."
STATES = ("scored", "confirmed", "contested", "cleared", "reopened")


class RiskFeatures(Contract):
    """What was known of each enrolled child on each date; only of what was known by then."""

    child_id: str = column(PSEUDONYM, str_matches=CODE, personal=True)
    as_of_date: datetime.date = column("Day whose knowledge it is.", personal=True)
    school_id: str = column("School it is enrolled at.", str_matches=CODE, personal=True)
    area_id: str = column("Smallest area it lives in.", str_matches=CODE, personal=True)
    sex: str = column("Sex.", isin=("F", "M"), personal=True)
    language: str = column("First language.", personal=True)
    disability: bool = column("Whether a disability is on record.", nullable=True, personal=True)
    age_years: float = column("Age.", unit="years", ge=0, le=30, personal=True)
    grade: int = column("Grade.", ge=0, le=13, personal=True)
    years_over_age: float = column("Years older than usual in that grade, which begins at six.", unit="years")
    years_repeated: int = column("Years the grade was repeated.", unit="years", ge=0)
    school_changes: int = column("Changes of school so far.", ge=0)
    times_left: int = column("Times it left school before and came back.", ge=0)
    days_at_school: int = column("Days since it came to this school.", unit="days", nullable=True)
    month_of_year: int = column("Month of the date.", ge=1, le=12)
    days_to_end_of_next_term: int = column("Days to the end of the next term.", unit="days", nullable=True)
    absence_last: float = column("Share of days missed in the last reported month.", nullable=True, ge=0, le=1)
    absence_recent: float = column("The same over the last three reported months.", nullable=True, ge=0, le=1)
    absence_before: float = column("The same over the nine reported months before these.", nullable=True, ge=0, le=1)
    absence_change: float = column("Recent share less that before.", nullable=True, ge=-1, le=1)
    absence_worst: float = column("Greatest share of a month among twelve.", nullable=True, ge=0, le=1)
    absence_over_school: float = column("Recent share less its school's mean.", nullable=True, ge=-1, le=1)
    months_since_attendance: int = column("Months since attendance was reported.", unit="months", nullable=True)
    mark_last: float = column("Mean mark of the last known term, of 20.", nullable=True, ge=0, le=20)
    mark_change: float = column("That less the term's before.", nullable=True, ge=-20, le=20)
    mark_lowest: float = column("Lowest mark of the last known term.", nullable=True, ge=0, le=20)
    mark_over_class: float = column("Mean mark less that of its grade and school.", nullable=True, ge=-20, le=20)
    subjects_failing: int = column("Subjects failed in the last known term.", nullable=True, ge=0)
    subjects_failing_change: int = column("Those less the term's before.", nullable=True)
    members: int = column("People in the household.", unit="people", nullable=True, ge=1)
    dependants_per_adult: float = column("Members who are no adults for each adult.", nullable=True)
    caregiver_school_years: float = column("Years of school of the caregiver.", unit="years", nullable=True, ge=0)
    income_per_member_usd: float = column("Income a month for each member.", unit="USD", nullable=True, ge=0)
    receives_aid: bool = column("Whether the household receives aid.", nullable=True)
    has_electricity: bool = column("Whether it has electricity.", nullable=True)
    has_piped_water: bool = column("Whether it has piped water.", nullable=True)
    school_km: float = column("Way to school.", unit="km", nullable=True, ge=0)
    months_since_household_report: int = column("Months since the household was asked.", unit="months", nullable=True)
    siblings: int = column("Other children of the household.", ge=0)
    siblings_left: int = column("Of these, who ever left school.", ge=0)
    siblings_with_case: int = column("Of these, who ever had a case of protection.", ge=0)
    cases_before: int = column("Cases of protection opened so far.", ge=0)
    has_open_case: bool = column("Whether one is open, as far as is known.")
    days_since_case: int = column("Days since the last was opened or closed.", unit="days", nullable=True, ge=0)
    support_now: int = column("Kinds of help it is given.", ge=0)
    support_before: int = column("Kinds of help that have ended.", ge=0)
    area_poverty_pct: float = column("Estimated poverty of its area.", unit="%", nullable=True, ge=0, le=100)
    language_share_at_school: float = column("Share of pupils of its school with its first language.", ge=0, le=1)
    school_pupils: int = column("Pupils of its school.", ge=1)
    school_left_share: float = column("Share of these who left within the last year.", ge=0, le=1)
    school_absence: float = column("Mean recent share of days missed at its school.", nullable=True, ge=0, le=1)
    school_poverty_pct: float = column("Mean poverty of the areas of its pupils.", unit="%", nullable=True)
    is_synthetic: bool = column("Whether the sample generator made the child.")

    class Config:
        name = "children.risk_features"
        unique = ["child_id", "as_of_date"]


class RiskLabels(Contract):
    """What became of each enrolled child within a timespan from each date, once reports of it are in."""

    child_id: str = column(PSEUDONYM, str_matches=CODE, personal=True)
    as_of_date: datetime.date = column("Day from which the timespan counts.", personal=True)
    label: str = column("What is foreseen.", isin=LABELS, personal=True)
    label_timespan: str = column("Within what: days, or to the end of the next term.", str_matches=r"\d+d|next_term")
    ends_on: datetime.date = column("Last day of the timespan.")
    outcome: bool = column("Whether it happened.", personal=True)
    settled_on: datetime.date = column("Day from which reports of the timespan count as in.")
    known_on: datetime.date = column("That day, or the one from which what happened was known if later.")

    class Config:
        name = "children.risk_labels"
        unique = ["child_id", "as_of_date", "label"]

    @pa.dataframe_check
    def known_after_it_ended(cls, frame: pd.DataFrame) -> pd.Series:
        """a timespan ends after its date and is known no earlier than it ended"""
        start, end, known = (pd.to_datetime(frame[name]) for name in ("as_of_date", "ends_on", "known_on"))
        return (start < end) & (end <= known)


class RiskOutOfSample(Contract):
    """Risks by models that could not know the date they are judged on, beside what became of each child."""

    child_id: str = column(PSEUDONYM, str_matches=CODE, personal=True)
    as_of_date: datetime.date = column("Date judged.", personal=True)
    label: str = column("What is foreseen.", isin=LABELS, personal=True)
    model: str = column("Name of the model or baseline.")
    score: float = column("What ranks children, before calibration.", ge=0, le=1, personal=True)
    estimate: float = column("Probability, calibrated on earlier dates.", ge=0, le=1, personal=True)
    observed: bool = column("Whether it happened.", personal=True)
    is_synthetic: bool = column("Whether the sample generator made the child.")

    class Config:
        name = "children.out_of_sample"
        unique = ["child_id", "as_of_date", "label", "model"]


class ModelScores(Contract):
    """Scores of every model of risk and baseline on dates they could not know; dates with few outcomes left out.

    Baselines: the poorest schools first, a points score, chance. precision, recall, accuracy and f1 are of the list
    that a capacity reaches; list_stability is the share of two following dates' lists that is on both (Jaccard).
    """

    label: str = column("What is foreseen.", isin=LABELS)
    label_timespan: str = column("Within what.", str_matches=r"\d+d|next_term")
    model: str = column("Name of the model or baseline.")
    version: int = column("Registered version that was made in the same training.", ge=1)
    test_date: datetime.date = column("Date judged; missing: the mean over all.", nullable=True)
    metric: str = column("Name of the metric, lower case.")
    capacity: float = column("Children a team can look at: a number, or a share below 1.", nullable=True, ge=0)
    value: float = column("Value of the metric.", nullable=True)
    lower: float = column("Lower end of its 95 % bootstrap interval over schools.", nullable=True)
    upper: float = column("Upper end.", nullable=True)
    is_baseline: bool = column("Whether the model is a baseline.")
    is_served: bool = column("Whether the training chose it.")
    is_synthetic: bool = column("Whether any child was made by the sample generator.")

    class Config:
        name = "children.model_scores"


class RiskCalibration(Contract):
    """How often it befell children of whom about the same was said, on dates the chosen model could not know."""

    label: str = column("What is foreseen.", isin=LABELS)
    model: str = column("Name of the model that the training chose.")
    bin: int = column("Number of the group of children, by probability; groups of few are joined.", ge=1)
    probability: float = column("Mean probability said.", ge=0, le=1)
    rate: float = column("Share that it befell.", ge=0, le=1)
    people: int = column("Children and dates in it, to the nearest ten.", ge=0)
    is_synthetic: bool = column("Whether any child was made by the sample generator.")

    class Config:
        name = "children.risk_calibration"
        unique = ["label", "bin"]


class RiskModels(Contract):
    """Which version is in use for each label, what it serves, and why."""

    label: str = column("What is foreseen.", unique=True, isin=LABELS)
    label_timespan: str = column("Within what.", nullable=True, str_matches=r"\d+d|next_term")
    model: str = column("What is served; missing where nothing was ever learned.", nullable=True)
    model_version: int = column("Its version in the registry.", nullable=True)
    is_baseline: bool = column("Whether a baseline is served, as nothing beat all of them for certain.", nullable=True)
    learned_until: datetime.date = column("Last date it learned of.", nullable=True)
    reason: str = column("Why it is served, with figures.")
    is_synthetic: bool = column("Whether any child it learned from was made by the sample generator.", nullable=True)

    class Config:
        name = "children.risk_models"


class RiskScores(Contract):
    """Score of each enrolled child, with reasons and expiry. It informs; nothing is decided without a person."""

    child_id: str = column(PSEUDONYM, str_matches=CODE, personal=True)
    label: str = column("What is foreseen.", isin=LABELS, personal=True)
    label_timespan: str = column("Within what.", str_matches=r"\d+d|next_term")
    as_of_date: datetime.date = column("Day whose knowledge it rests on.", personal=True)
    school_id: str = column("School it is enrolled at.", str_matches=CODE, personal=True)
    area_id: str = column("Smallest area it lives in.", str_matches=CODE, personal=True)
    score: float = column("Calibrated probability.", ge=0, le=1, personal=True)
    rank: int = column("Place among all enrolled on that date, 1 the highest risk.", ge=1, personal=True)
    flagged: bool = column("Whether it is among those a team can look at.", personal=True)
    reasons: str = column("What raises and lowers it, in words; of the highest risks.", nullable=True, personal=True)
    would_change: str = column(
        "Smallest change that would take the flag away, by the model.", nullable=True, personal=True
    )
    expires_on: datetime.date = column("Last day on which it may be used.")
    state: str = column("What people decided on it, and whether facts since undo it.", isin=STATES, personal=True)
    decided_on: datetime.date = column("When they last did.", nullable=True, personal=True)
    model: str = column("What gave the score.")
    model_version: int = column("Its version in the registry.", ge=1)
    is_synthetic: bool = column("Whether the sample generator made the child.")

    class Config:
        name = "children.risk_scores"
        unique = ["child_id", "label", "as_of_date"]

    @pa.dataframe_check
    def cleared_is_not_flagged(cls, frame: pd.DataFrame) -> pd.Series:
        """a cleared flag is not raised"""
        return ~(frame["flagged"] & frame["state"].eq("cleared"))


class RiskDrift(Contract):
    """Whether features or outcomes have moved since the models in use learned; what has asks for a training."""

    label: str = column("What is foreseen.", isin=LABELS)
    what: str = column("A feature, or `outcomes`.")
    stability_index: float = column("Population stability index of the feature (Siddiqi 2006).", nullable=True, ge=0)
    p_value: float = column("Of the test that nothing has moved; of features corrected (Holm 1979).", nullable=True)
    asks_for_training: bool = column("Whether it has moved enough to learn anew.")
    reason: str = column("Why.", nullable=True, isin=("moved", "surprising", "many"))
    model_version: int = column("Version of the model in use.", ge=1)
    is_synthetic: bool = column("Whether any child was made by the sample generator.")

    class Config:
        name = "children.risk_drift"
        unique = ["label", "what"]


GROUPING = ("child_id", "as_of_date", "school_id", "area_id", "sex", "language", "is_synthetic")
"""Columns of `RiskFeatures` that no model reads as they are."""


def feature_names() -> tuple[str, ...]:
    """The columns of `RiskFeatures` that models may read, as numbers, in the contract's order; `is_girl` for sex."""
    names = [one.name for one in describe(RiskFeatures) if one.name not in GROUPING]
    return "is_girl", *names
