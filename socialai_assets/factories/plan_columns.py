"""Columns that plans of sharing stock, and what their fairness costs, have in every domain. Names no table."""

from __future__ import annotations

from socialai_assets.factories.plan_scenarios import ScenarioContract
from socialai_assets.ingest.contract import column

PLAN_STATUS = ("optimal", "feasible", "infeasible")


class DeliveryPlanContract(ScenarioContract):
    """What a place gets of an item in a week, from which depot, and why not more."""

    item_id: str = column("Code of the item.", str_matches=r"\S+")
    depot_id: str = column("Depot that sends; missing where nothing is sent.", nullable=True)
    quantity: float = column("Units sent from the depot.", ge=0)
    received: float = column("Units the place gets of the item in the week, from all depots.", ge=0)
    met: float = column("Units of its need expected to be met, mean of the scenarios.", ge=0)
    met_probability: float = column("Share of the scenarios in which all of it is met.", ge=0, le=1)
    minimum: float = column("Units the place is to get at least.", ge=0)
    shortfall: float = column("Units missing to the minimum.", ge=0)
    reason: str = column("Why it gets less than the minimum.", nullable=True)
    coverage: float = column("Share of its needs expected to be met, all items and weeks.", nullable=True)
    cost_usd: float = column("Cost of sending.", unit="USD", ge=0)
    objective: str = column("What the plan maximises after the minimum needs.")
    status: str = column("Optimal, feasible with a gap, or infeasible.", isin=PLAN_STATUS)
    gap: float = column("How far the plan may be below the best one, as a share.", nullable=True, ge=0)
    budget_usd: float = column("Money there was; missing where not limited.", unit="USD", nullable=True, ge=0)
    delivery_days: int = column("Days of a week that vehicles were planned for.", ge=1, le=7)


class FairnessCurveContract(ScenarioContract):
    """What a guaranteed coverage costs: people reached as each place is guaranteed more."""

    share_of_floor: float = column("Guaranteed coverage, as a share of the highest that all can have.", ge=0, le=1)
    least_coverage: float = column(
        "Coverage of the place that has least, of what it could have.", nullable=True, ge=0, le=1.001
    )
    people_reached: float = column("People reached, expected.", unit="people", ge=0)
    price_of_fairness: float = column("Share of the people that the most efficient plan reaches more.", ge=0, le=1)
    gini: float = column("Gini coefficient of coverage among people.", ge=-1e-9, le=1)
    cost_usd: float = column("Cost of the plan.", unit="USD", ge=0)
