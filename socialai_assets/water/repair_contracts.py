"""Tables of who has water within reach and of what is repaired and built. What is seen and measured: contracts.py."""

from __future__ import annotations

import datetime

from socialai_assets.factories.plan_scenarios import ScenarioContract
from socialai_assets.ingest.contract import Contract, column
from socialai_assets.water.input_contracts import CODE, SUPPLIES

LEFT_OUT = ("kind of place not looked at", "no system of its area is registered", "people not known")
CAPACITY_BASES = ("storage", "hand pump", "taps")
SERVED_BASES = ("reported", "reach")
BASES = ("visit and risk", "visit and area's rate", "risk", "area's rate")
METHODS = (
    "plan",
    "most people",
    "weighted",
    "cautious",
    "greedy",
    "population alone",
    "risk alone",
)


class ServiceGaps(Contract):
    """Each populated place with its share of the area's people and the working point in walking distance, if any.

    People of an area are spread over its places: places of one kind hold about as many people as in areas of the same
    natural region (least squares on the logarithm of the areas' totals), and each area's total is kept.
    """

    place_id: str = column("Code of the place.", unique=True, str_matches=CODE)
    area_id: str = column("Area it is counted to.", str_matches=CODE)
    name: str = column("Name of the place.")
    kind: str = column("Urban or rural.")
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    people: float = column("Its people, spread as stated.", unit="people", nullable=True, ge=0)
    is_counted: bool = column("Whether it is looked at; the settings say which kinds of places and areas are.")
    left_out: str = column("Why it is not.", nullable=True, isin=LEFT_OUT)
    points_in_reach: int = column("Systems in walking distance.", ge=0)
    working_in_reach: int = column("Of these, working by their latest visits.", ge=0)
    working_system_id: str = column("The nearest working one in walking distance.", nullable=True)
    km_to_working: float = column(
        "Straight-line distance to the nearest working one, however far.", unit="km", nullable=True, ge=0
    )
    is_in_gap: bool = column("Whether it is looked at and no working one is in walking distance.")
    people_in_gap: float = column("Its people, where it is in the gap.", unit="people", ge=0)
    reach_km: float = column("Walking distance, straight line.", unit="km", ge=0)
    is_synthetic: bool = column("Whether the sample generator made any input.")

    class Config:
        name = "water.service_gaps"


class PointPressure(Contract):
    """Who relies on each system: crucialness and pressure as the Water Point Data Exchange defines them.

    A system is one point where people get water, at its own coordinates. One that fails is looked at as if it alone
    were repaired; one that nobody visited counts as failed.
    """

    system_id: str = column("Code of the system.", unique=True, str_matches=CODE)
    area_id: str = column("Smallest area.", nullable=True)
    name: str = column("Its name.", nullable=True)
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    supply: str = column("How water comes to people.", nullable=True, isin=SUPPLIES)
    works: bool = column("Whether none of its points had failed at the latest visits.")
    is_visited: bool = column("Whether anybody looked.")
    failed_points: str = column("Points that had failed, by commas.", nullable=True)
    last_report: datetime.date = column("Day of the last visit; missing without a dated one.", nullable=True)
    local_population: float = column("People in walking distance.", unit="people", ge=0)
    users: float = column("Of these, the ones it serves beside the working ones near it.", unit="people", ge=0)
    crucialness: float = column("Users over people in walking distance.", nullable=True, ge=0, le=1)
    nearest_people: float = column("People whose nearest working one it is, or would be.", unit="people", ge=0)
    sole_people: float = column("People with no other working one in walking distance.", unit="people", ge=0)
    served_population: float = column("People served, as reported, or else its users.", unit="people", ge=0)
    served_basis: str = column("Which of the two.", isin=SERVED_BASES)
    capacity: float = column("People it can serve; missing where nothing tells.", unit="people", nullable=True, ge=0)
    capacity_basis: str = column("What tells the capacity.", nullable=True, isin=CAPACITY_BASES)
    pressure: float = column("People served over capacity; above 1 it serves too many.", nullable=True, ge=0)
    is_synthetic: bool = column("Whether the sample generator made any input.")

    class Config:
        name = "water.point_pressure"


class RepairPlan(ScenarioContract):
    """What is repaired and built within the budget, and for every system that could be repaired and is not, why.

    A repaired or new point is taken to work. People who gain are those expected to have no working system in walking
    distance today; each is counted with the nearest action that reaches them, so that the rows add up.
    """

    action_id: str = column("Code of the action, unique within a scenario.", str_matches=CODE)
    action: str = column("Repair of a system, or building at a place.", isin=("repair", "build"))
    is_chosen: bool = column("Whether the plan does it; new points that it does not build have no row.")
    system_id: str = column("System that is repaired.", nullable=True, str_matches=CODE)
    place_id: str = column("Place at which is built.", nullable=True, str_matches=CODE)
    area_id: str = column("Smallest area it lies in.", nullable=True)
    name: str = column("Name of the system or place.", nullable=True)
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    point_ids: str = column("Points of the system by commas, the likeliest to fail first.", nullable=True)
    fails: float = column("Probability that the system fails today.", nullable=True, ge=0, le=1)
    fails_lower: float = column("Lower end of it, by the interval of its risks or rates.", nullable=True, ge=0, le=1)
    fails_upper: float = column("Upper end of it.", nullable=True, ge=0, le=1)
    risk_basis: str = column("What that rests on; risks that are withheld are not used.", nullable=True, isin=BASES)
    cost_usd: float = column("Expected cost, or the cautious one where the plan counts so.", unit="USD", ge=0)
    cost_cautious_usd: float = column("Cost at the upper end of the odds.", unit="USD", ge=0)
    people_in_reach: float = column("People in walking distance who are looked at.", unit="people", ge=0)
    people_gaining: float = column("People expected to gain by it.", unit="people", ge=0)
    people_gaining_cautious: float = column("The same at the cautious end.", unit="people", ge=0)
    cost_per_person: float = column("Cost over people gaining.", unit="USD", nullable=True, ge=0)
    reason: str = column("Why it is in the plan or not.")
    objective: str = column("What the plan maximises.", isin=("people", "weighted"))
    counting: str = column("Whether as expected or cautiously.", isin=("expected", "cautious"))
    budget_usd: float = column("Budget of the plan.", unit="USD", ge=0)
    status: str = column("What the solver says: optimal, feasible with gap, infeasible and why.")
    gap: float = column("Share that the objective may still gain; missing without a bound.", nullable=True, ge=0)

    class Config:
        name = "water.repair_plan"
        unique = ["scenario", "action_id"]


class RepairPlanGains(ScenarioContract):
    """Who gains access by a plan: each place looked at, before and after."""

    place_id: str = column("Code of the place.", str_matches=CODE)
    area_id: str = column("Area it is counted to.", str_matches=CODE)
    name: str = column("Name of the place.")
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    people: float = column("Its people.", unit="people", ge=0)
    poverty: float = column("Estimated poverty of its area.", unit="%", nullable=True, ge=0, le=100)
    remoteness: float = column("Way to the nearest urban place over that of remoteness 1.", ge=0, le=1)
    access_before: float = column("Probability of a working system in walking distance today.", ge=0, le=1)
    access_before_lower: float = column("Lower end of it.", ge=0, le=1)
    access_before_upper: float = column("Upper end of it.", ge=0, le=1)
    access_after: float = column("The same once the plan is carried out.", ge=0, le=1)
    people_gaining: float = column("People expected to gain.", unit="people", ge=0)
    people_gaining_cautious: float = column("The same at the upper end of today's access.", unit="people", ge=0)
    action_id: str = column("Nearest action of the plan that reaches it.", nullable=True)

    class Config:
        name = "water.repair_plan_gains"
        unique = ["scenario", "place_id"]


class RepairFairness(ScenarioContract):
    """What it costs in people reached to guarantee every area a share of what its people could gain."""

    share_of_floor: float = column("Guarantee as a share of the highest that all areas can have.", ge=0, le=1)
    least_share: float = column("Share of its coverable people that the worst area has.", ge=0, le=1)
    people_gaining: float = column("People who gain, counted as the plan counts.", unit="people", ge=0)
    price_of_fairness: float = column("Share of people whom the freest plan reaches and this one not.", ge=0, le=1)
    cost_usd: float = column("Cost, counted as the plan counts.", unit="USD", ge=0)
    status: str = column("What the solver says.")
    gap: float = column("Share that may still be gained.", nullable=True, ge=0)

    class Config:
        name = "water.repair_fairness"
        unique = ["scenario", "share_of_floor"]


class RepairComparison(ScenarioContract):
    """The plan beside other ways of choosing, at the same budget and the same costs."""

    method: str = column("Way of choosing.", isin=METHODS)
    people_gaining: float = column("People expected to gain.", unit="people", ge=0)
    people_gaining_cautious: float = column("The same at the cautious end.", unit="people", ge=0)
    weighted_gain: float = column("People expected to gain, each counted by poverty and remoteness.", ge=0)
    poor_people_gaining: float = column("Poor people among those, by their area's estimated rate.", nullable=True, ge=0)
    least_share: float = column("Share of its coverable people that the worst guaranteed area has.", ge=0, le=1)
    repairs: int = column("Systems repaired.", ge=0)
    builds: int = column("Points built.", ge=0)
    cost_usd: float = column("Cost, counted as the plan counts.", unit="USD", ge=0)
    cost_per_person: float = column("Cost over people gaining.", unit="USD", nullable=True, ge=0)
    status: str = column("What the solver says, or what made the choice.")
    gap: float = column("Share that its objective may still gain.", nullable=True, ge=0)

    class Config:
        name = "water.repair_comparison"
        unique = ["scenario", "method"]
