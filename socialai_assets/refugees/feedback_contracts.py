"""Tables of what people decided, what came of plans and forecasts, and who was served worse. Inputs are elsewhere."""

from __future__ import annotations

import datetime

from socialai_assets.factories.plan_scenarios import ScenarioContract
from socialai_assets.ingest.contract import Contract, SourcedContract, column
from socialai_assets.refugees.feedback_input_contracts import DECISIONS
from socialai_assets.refugees.input_contracts import AGE_GROUPS, CODE, SEXES

ALL = "all"
SERVED, OUT_OF_SAMPLE = FORECAST_BASES = ("served", "out_of_sample")
PLAN_BASES = ("plan", "delivery records")
REPORTED, PLANNED = AUDIT_BASES = ("reported", "planned")
KEPT, SET_ASIDE, NOT_PLANNED = DECISION_STATES = ("kept", "set aside", "not planned")
DIMENSIONS = ("camp_size", "depot_distance", "conflict_distance", "host_country", "sex", "age_group")


class _Cell(Contract):
    """An item in a camp in a week."""

    camp_id: str = column("Code of the camp.", str_matches=CODE)
    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    item_id: str = column("Code of the item.", str_matches=CODE)
    week_start: datetime.date = column("Monday the week begins on.")


class Overrides(_Cell, SourcedContract):
    """What people decided on recommendations of the supply plan; those that hold are fixed when it is solved again."""

    override_id: str = column("Code of the decision.", unique=True, str_matches=CODE)
    scenario: str = column("Plan it is about.", str_matches=CODE)
    depot_id: str = column("Depot it is about; missing: all that the camp gets.", nullable=True, str_matches=CODE)
    decision: str = column("Whether the recommendation was accepted, changed or refused.", isin=DECISIONS)
    quantity: float = column("Units to be sent, exactly; 0 where it was refused.", ge=0)
    recommended: float = column("Units that the plan recommended then; missing: not known.", nullable=True, ge=0)
    reason: str = column("Why.")
    decided_by: str = column("Role of who decided.")
    decided_at: datetime.datetime = column("When it was decided, UTC.")
    is_superseded: bool = column("Whether a later decision is about the same, and holds.")

    class Config:
        name = "refugees.overrides"


class NeedsReported(_Cell, SourcedContract):
    """What camps report to have needed and got."""

    sex: str = column("Sex of the people it is about; `all` for both together.", isin=SEXES)
    age_group: str = column("Their age in years; `all` for all ages together.", isin=AGE_GROUPS)
    needed: float = column("Units needed.", ge=0)
    met: float = column("Units of those that were there.", ge=0)

    class Config:
        name = "refugees.needs_reported"
        unique = ["camp_id", "item_id", "week_start", "sex", "age_group"]


class OverrideDecisions(ScenarioContract):
    """What became of each decision when the plan was solved again; those on weeks before it are left out."""

    override_id: str = column("Code of the decision.", str_matches=CODE)
    camp_id: str = column("Code of the camp.", str_matches=CODE)
    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    item_id: str = column("Code of the item.", str_matches=CODE)
    week_start: datetime.date = column("Monday of the week it is about.")
    depot_id: str = column("Depot it is about; missing: all that the camp gets.", nullable=True, str_matches=CODE)
    quantity: float = column("Units decided.", ge=0)
    state: str = column(
        "Whether the plan keeps it, it had to be set aside, or the plan has no such item, depot or week.",
        isin=DECISION_STATES,
    )
    reason: str = column("Why it is not kept.", nullable=True)

    class Config:
        name = "refugees.override_decisions"
        unique = ["scenario", "override_id"]


class OverrideOutcomes(_Cell):
    """What was recommended, what people decided, and what came of it; figures of weeks to come are missing."""

    override_id: str = column("Code of the decision.", unique=True, str_matches=CODE)
    scenario: str = column("Plan it is about.", str_matches=CODE)
    decision: str = column("Whether the recommendation was accepted, changed or refused.", isin=DECISIONS)
    decided_by: str = column("Role of who decided.")
    reason: str = column("Why.")
    is_superseded: bool = column("Whether a later decision is about the same, and held.")
    recommended: float = column("Units that the plan recommended; missing: not known.", nullable=True, ge=0)
    decided: float = column("Units decided.", ge=0)
    delivered: float = column("Units delivered to the camp in the week.", nullable=True, ge=0)
    needed: float = column("Units the camp reports to have needed.", nullable=True, ge=0)
    met: float = column("Units of those that were there.", nullable=True, ge=0)
    met_share: float = column("Share of the need that was met.", nullable=True, ge=0, le=1.0001)
    is_synthetic: bool = column("Whether any figure was made by the sample generator.")

    class Config:
        name = "refugees.override_outcomes"


class OverrideSummary(Contract):
    """Decisions and their outcomes by camp and decision, beside what nobody overrode; `all` for all camps."""

    camp_id: str = column("Code of the camp, or `all`.", str_matches=CODE)
    decision: str = column("The decision, or `none` where nobody made one.", isin=(*DECISIONS, "none"))
    decisions: int = column("Decisions, superseded ones left out; items and weeks where nobody made one.", ge=0)
    decided_share: float = column(
        "Units decided over units recommended; missing without any recommended.", nullable=True, ge=0
    )
    delivered_share: float = column("Units delivered over units decided; missing without a decision.", nullable=True)
    met_share: float = column("Mean share of reported needs that was met.", nullable=True, ge=0, le=1.0001)
    outcomes: int = column("Items and weeks among them whose needs were reported.", ge=0)
    is_synthetic: bool = column("Whether any figure was made by the sample generator.")

    class Config:
        name = "refugees.override_summary"
        unique = ["camp_id", "decision"]


class ServedForecasts(Contract):
    """Every forecast of the people in a camp that was served, as it was first made from its origin; kept for good."""

    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    camp_id: str = column("Code of the camp.", str_matches=CODE)
    origin_week: datetime.date = column("Monday of the last week that was known.")
    week_start: datetime.date = column("Monday of the week that was forecast; people are those at its end.")
    horizon: int = column("Weeks ahead.", unit="weeks", ge=1)
    model: str = column("Model that was served.")
    q025: float = column("2.5 % quantile.", unit="people", ge=0)
    q100: float = column("10 % quantile.", unit="people", ge=0)
    q500: float = column("Median: the point forecast.", unit="people", ge=0)
    q900: float = column("90 % quantile.", unit="people", ge=0)
    q975: float = column("97.5 % quantile.", unit="people", ge=0)
    is_synthetic: bool = column("Whether any report behind it was made up by the sample generator.")

    class Config:
        name = "refugees.served_forecasts"
        unique = ["camp_id", "origin_week", "week_start"]


class ServedPlans(_Cell):
    """What the baseline plan sent to each camp, by the last plan made before the week was over; kept for good."""

    plan_start: datetime.date = column("First week of the plan that the row is from.")
    planned: float = column("Units planned, from all depots.", ge=0)
    needed: float = column("Units it expected to be needed.", ge=0)
    minimum: float = column("Units the camp was to get at least.", ge=0)
    is_synthetic: bool = column("Whether any row behind it was made up by the sample generator.")

    class Config:
        name = "refugees.served_plans"
        unique = ["camp_id", "item_id", "week_start"]


class ForecastPerformance(Contract):
    """How forecasts of camps' people did against later reports, by camp, conflict and all together.

    Weeks count that have a report. Forecasts that were served count where there are any; otherwise those that would
    have been served, made from past weeks without knowing later ones.
    """

    conflict_id: str = column("Code of the conflict, or `all`.", str_matches=CODE)
    camp_id: str = column("Code of the camp, or `all` camps of the conflict.", str_matches=CODE)
    horizon: int = column("Weeks ahead.", unit="weeks", ge=1)
    basis: str = column("Whether the forecasts were served, or made afterwards from past weeks.", isin=FORECAST_BASES)
    first_week: datetime.date = column("First week that was forecast.")
    last_week: datetime.date = column("Last week that was forecast.")
    forecasts: int = column("Number of forecasts.", ge=1)
    mae: float = column("Mean absolute error.", unit="people", ge=0)
    wape: float = column("Sum of absolute errors over the sum of people.", nullable=True, ge=0)
    bias: float = column("Sum of errors, forecast less report, over the sum of people.", nullable=True)
    coverage_80: float = column("Share within the 80 % interval.", ge=0, le=1)
    coverage_95: float = column("Share within the 95 % interval.", ge=0, le=1)
    recent_forecasts: int = column("Forecasts of recent weeks.", ge=0)
    recent_wape: float = column("WAPE of recent weeks.", nullable=True, ge=0)
    recent_coverage_80: float = column("Share of recent ones within the 80 % interval.", nullable=True, ge=0, le=1)
    wape_trend: float = column("Change of the weekly WAPE from week to week; missing below 4 weeks.", nullable=True)
    is_synthetic: bool = column("Whether any report behind it was made up by the sample generator.")

    class Config:
        name = "refugees.forecast_performance"
        unique = ["conflict_id", "camp_id", "horizon", "basis"]


class ForecastDrift(Contract):
    """Whether recent forecasts of a conflict are worse than those before, or their intervals are off."""

    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    horizon: int = column("Weeks ahead.", unit="weeks", ge=1)
    reference_wape: float = column("WAPE before the recent weeks.", nullable=True, ge=0)
    recent_wape: float = column("WAPE of the recent weeks.", nullable=True, ge=0)
    recent_coverage_80: float = column("Share of recent ones within the 80 % interval.", nullable=True, ge=0, le=1)
    weeks: int = column("Recent weeks with a report.", ge=0)
    error_p_value: float = column("Chance of recent weeks' errors ranking so high, corrected.", ge=0, le=1)
    coverage_p_value: float = column("Chance of such a coverage, corrected.", ge=0, le=1)
    has_drifted: bool = column("Whether error or coverage has drifted; a training is asked for.")
    is_synthetic: bool = column("Whether any report behind it was made up by the sample generator.")

    class Config:
        name = "refugees.forecast_drift"
        unique = ["conflict_id", "horizon"]


class PlanPerformance(_Cell):
    """What was planned, delivered, and reported as needed and met, by camp, item and week."""

    planned: float = column("Units planned; missing where no plan is known.", nullable=True, ge=0)
    planned_basis: str = column("Where that is from.", nullable=True, isin=PLAN_BASES)
    delivered: float = column("Units delivered in the week; missing without any record.", nullable=True, ge=0)
    needed: float = column("Units reported as needed.", nullable=True, ge=0)
    met: float = column("Units of those that were there.", nullable=True, ge=0)
    delivered_share: float = column("Units delivered over units planned.", nullable=True, ge=0)
    met_share: float = column("Share of the need that was met.", nullable=True, ge=0, le=1.0001)
    is_synthetic: bool = column("Whether any figure was made by the sample generator.")

    class Config:
        name = "refugees.plan_performance"
        unique = ["camp_id", "item_id", "week_start"]


class FairnessAudit(Contract):
    """Needs met by group of camps or people beside the best served group, with intervals; all conflicts together.

    A camp's share is the mean over items of needs met over needs, and camps count by their people; of sexes and ages
    the shares are those that camps report. Intervals are bootstrapped over camps.
    """

    basis: str = column("Whether needs were reported as met, or are planned to be.", isin=AUDIT_BASES)
    dimension: str = column("What the groups differ in; sizes and distances are thirds of the camps.", isin=DIMENSIONS)
    group: str = column("The group.")
    camps: int = column("Camps in it.", ge=1)
    people: float = column("People in these camps.", unit="people", ge=0)
    met_share: float = column("Share of needs met.", ge=0, le=1)
    lower: float = column("Lower end of its 95 % interval; missing for one camp.", nullable=True, ge=0, le=1)
    upper: float = column("Upper end of its 95 % interval.", nullable=True, ge=0, le=1)
    ratio_to_best: float = column("Ratio to the best served group.", ge=0, le=1)
    ratio_lower: float = column("Lower end of the ratio's 95 % interval; missing for the best.", nullable=True, ge=0)
    ratio_upper: float = column("Upper end of the ratio's 95 % interval.", nullable=True, ge=0)
    ratio_to_all: float = column("Ratio to the share of all together.", ge=0)
    is_below: bool = column("Whether the ratio is below the limit of refugees/feedback.yaml.")
    is_certain: bool = column("Whether its whole interval is.")
    is_synthetic: bool = column("Whether any figure was made by the sample generator.")

    class Config:
        name = "refugees.fairness_audit"
        unique = ["basis", "dimension", "group"]


class FairnessCost(Contract):
    """What it would cost to give all camps of a conflict the same coverage, the highest that all can have."""

    conflict_id: str = column("Code of the conflict.", unique=True, str_matches=CODE)
    least_coverage: float = column("Coverage of the camp that has least, where most people are reached.", nullable=True)
    equal_coverage: float = column("The same where camps are equalised, of what each could have.", nullable=True)
    people_reached: float = column("People reached where most are.", unit="people", ge=0)
    people_lost: float = column("People that equalising reaches less, expected.", unit="people", ge=0)
    price_of_fairness: float = column("The same as a share.", ge=0, le=1)
    cost_usd: float = column("Cost of the plan that reaches most people.", unit="USD", ge=0)
    extra_cost_usd: float = column("What equalising costs more; negative where it costs less.", unit="USD")
    is_synthetic: bool = column("Whether any figure was made by the sample generator.")

    class Config:
        name = "refugees.fairness_cost"
