"""Tables of sharing plans and stock policies: what each column says and may hold. Routes have a module of their own."""

from __future__ import annotations

import datetime

from socialai_assets.factories.plan_columns import DeliveryPlanContract, FairnessCurveContract
from socialai_assets.factories.plan_scenarios import ScenarioContract as ScenarioContract
from socialai_assets.ingest.contract import column
from socialai_assets.ingest.decision_contract import DecisionLogContract

CODE = r"\S+"
GROUP_KINDS = ("province", "poverty", "priority")
STORE_KINDS = ("depot", "area")
KNOWN_FROM = ("forecasts", "recent weeks")
RULES = ("quantile of demand", "average use")


class AllocationPlan(DeliveryPlanContract):
    """What each depot sends to each place, by item and period; a place that gets nothing has a row without depot."""

    place_id: str = column("Code of the site.", str_matches=CODE)
    name: str = column("Name of the site.")
    area_id: str = column("Area it lies in.")
    admin1_id: str = column("The admin1 area it lies in.", nullable=True)
    admin2_id: str = column("The admin2 area it lies in.", nullable=True)
    period_start: datetime.date = column("First day of the period, a week.")
    demand: float = column("Demand expected, mean of the scenarios.", ge=0)
    people: float = column("People of the place.", unit="people", ge=0)
    load_share: float = column("Share of vehicles' loads that was planned with.", ge=0, le=1)

    class Config:
        name = "aid.allocation_plan"
        unique = ["scenario", "place_id", "item_id", "period_start", "depot_id"]


class FairnessCurve(FairnessCurveContract):
    """What a guaranteed coverage costs: people reached as each place is guaranteed more."""

    class Config:
        name = "aid.fairness_curve"
        unique = ["scenario", "share_of_floor"]


class AllocationGroups(ScenarioContract):
    """Who gains and who loses by the plan, beside the plan that reaches most people whoever they are."""

    group_kind: str = column("What the places are grouped by.", isin=GROUP_KINDS)
    group: str = column("The group: code of a province, third of poverty, priority.")
    people: float = column("People of the group.", unit="people", ge=0)
    coverage: float = column("Share of its demand met, mean over people.", nullable=True, ge=0, le=1.001)
    reference_coverage: float = column("The same under the most efficient plan.", nullable=True, ge=0, le=1.001)
    gain_points: float = column("Gain over the most efficient plan.", unit="points", nullable=True)
    people_gained: float = column("People reached more than by the most efficient plan; fewer where negative.")

    class Config:
        name = "aid.allocation_groups"
        unique = ["scenario", "group_kind", "group"]


class PlanComparison(ScenarioContract):
    """Ways to plan, made on past days from what was known then, and judged by the demand that came true.

    Demand is known as the served combination forecast it on the day (`aid.forecast_out_of_sample`), and by recent weeks
    where a site's item, or every day, has no such forecast. Stock and fleet are today's.
    """

    plan: str = column("Way to plan.")
    origins: int = column("Past days on which a plan was made; figures are means over them.", ge=1)
    demand_known_from: str = column("What demand was planned from on these days.", isin=KNOWN_FROM)
    people_reached: float = column("People whose demand was met.", unit="people", ge=0)
    least_coverage: float = column("Coverage of the place that got least.", nullable=True)
    unmet_units: float = column("Units of demand not met, all items.", ge=0)
    surplus_units: float = column("Units beyond demand, all items.", ge=0)
    cost_usd: float = column("Cost of sending.", unit="USD", ge=0)
    regret_people: float = column("People that perfect foresight would have reached more.")
    regret_share: float = column("The same as a share.")

    class Config:
        name = "aid.plan_comparison"
        unique = ["scenario", "plan"]


class InventoryPolicy(ScenarioContract):
    """When and how much each depot orders of each item, from sampled demand over uncertain lead times."""

    depot_id: str = column("Code of the depot.", str_matches=CODE)
    item_id: str = column("Code of the item.", str_matches=CODE)
    expected_demand: float = column("Demand expected until an order made next review is there.", ge=0)
    safety_stock: float = column("Reorder point less the demand expected during the lead time.")
    reorder_point: float = column("Stock on hand and on order at or below which to order.", ge=0)
    order_up_to: float = column("Level to order up to.", ge=0)
    on_hand: float = column("Units in the depot.", ge=0)
    on_order: float = column("Units on order.", ge=0)
    order_quantity: float = column("Units to order now.", ge=0)
    expected_shortage: float = column("Units of demand expected to stay unmet in such an interval.", ge=0)
    expected_waste: float = column("Units of the level expected to expire unused.", ge=0)
    average_use_level: float = column("Level by the rule of average use.", nullable=True, ge=0)
    service_level: float = column("Probability of no shortage asked for.", ge=0, le=1)

    class Config:
        name = "aid.inventory_policy"
        unique = ["scenario", "depot_id", "item_id"]


class InventorySimulation(ScenarioContract):
    """What two order rules would have done on the history, each knowing only what was known then."""

    store_kind: str = column("A depot, or an area as if it kept a store of its own.", isin=STORE_KINDS)
    store_id: str = column("Code of the depot or area.", str_matches=CODE)
    item_id: str = column("Code of the item.", str_matches=CODE)
    rule: str = column("Rule that was followed.", isin=RULES)
    weeks: int = column("Weeks simulated with a report.", ge=0)
    fill_rate: float = column("Share of demand met.", nullable=True, ge=0, le=1.000001)
    stock_out_share: float = column("Share of weeks with demand in which some stayed unmet.", nullable=True, ge=0, le=1)
    waste_share: float = column("Share of the units ordered that expired.", ge=0, le=1.000001)
    average_stock: float = column("Mean stock at the end of a week.", nullable=True, ge=0)
    weeks_of_stock: float = column("The same in weeks of average demand.", nullable=True, ge=0)
    demand: float = column("Demand in these weeks.", ge=0)

    class Config:
        name = "aid.inventory_simulation"
        unique = ["scenario", "store_kind", "store_id", "item_id", "rule"]


class DecisionLog(DecisionLogContract):
    """Every plan of aid that was made, a row each, kept for good: inputs, models, terms, status."""

    class Config:
        name = "aid.decision_log"
