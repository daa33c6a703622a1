"""Tables of what camps need and of how it reaches them: relief items, stock, fleet, needs, plans, convoys."""

from __future__ import annotations

import datetime

import pandas as pd
import pandera.pandas as pa

from socialai_assets.factories.plan_columns import DeliveryPlanContract, FairnessCurveContract
from socialai_assets.ingest.contract import Contract, RawContract, SourcedContract, column
from socialai_assets.ingest.supply_inputs import LandedStock, LandedVehicles, StockColumns, VehicleColumns
from socialai_assets.refugees.input_contracts import CODE

USES = ("consumed", "issued")
GROUP_BASES = ("origin and asylum", "asylum", "stated")
ITEM = r"[a-z][a-z0-9_]*"


class _DepotColumns(Contract):
    """Depots that relief items are kept at and trucks start from."""

    depot_id: str = column("Code of the depot.", unique=True, str_matches=CODE)
    conflict_id: str = column("Code of the conflict whose camps it serves.", str_matches=CODE)
    name: str = column("Name of the depot.")
    place_id: str = column("Camp or location it lies at, where its roads begin.", str_matches=CODE)
    capacity_m3: float = column("Room for stock; missing where it is not known.", unit="m3", nullable=True, ge=0)


class _DeliveryColumns(Contract):
    """Deliveries to camps, planned and made."""

    delivery_id: str = column("Code of the delivery.", unique=True, str_matches=CODE)
    camp_id: str = column("Camp it was for.", str_matches=CODE)
    item_id: str = column("Code of the item.", str_matches=CODE)
    depot_id: str = column("Depot it came from; missing where that is not known.", nullable=True, str_matches=CODE)
    planned_on: datetime.date = column("Day it was planned for.", nullable=True)
    delivered_on: datetime.date = column("Day it was made; missing where it was not.", nullable=True)
    planned_quantity: float = column("Units planned.", nullable=True, ge=0)
    delivered_quantity: float = column("Units delivered; missing where it was not made.", nullable=True, ge=0)
    cost_usd: float = column("What it cost.", unit="USD", nullable=True, ge=0)
    vehicle_id: str = column("Vehicle that made it.", nullable=True, str_matches=CODE)


class ReliefDepotsInput(RawContract, _DepotColumns):
    """Depots that relief items are kept at and trucks start from, in canonical form."""

    class Config:
        name = "refugees.raw_relief_depots"


class ReliefStockInput(LandedStock):
    """Stock of relief items on hand and on order at depots, by batch, in canonical form."""

    class Config:
        name = "refugees.raw_relief_stock"
        unique = ["depot_id", "item_id", "batch", "as_of"]


class ReliefVehiclesInput(LandedVehicles):
    """Vehicles that deliver to camps, in canonical form."""

    class Config:
        name = "refugees.raw_relief_vehicles"


class ReliefDeliveriesInput(RawContract, _DeliveryColumns):
    """Deliveries to camps, planned and made, in canonical form."""

    class Config:
        name = "refugees.raw_relief_deliveries"

    @pa.dataframe_check
    def made_means_known(cls, frame: pd.DataFrame) -> pd.Series:
        """there is a quantity delivered where, and only where, there is a day of delivery"""
        return frame["delivered_quantity"].notna() == frame["delivered_on"].notna()


class ReliefItems(Contract):
    """What camps need, as refugees/standards.yaml lists it; only what has weight is carried there by trucks."""

    item_id: str = column("Code of the item.", unique=True, str_matches=ITEM)
    name: str = column("Name in English.")
    unit: str = column("What one of it is: m3, kg, tent, kit.")
    requirement_unit: str = column("What the standard counts: litres, kilocalories, square metres.")
    requirement_per_unit: float = column("How much of that one unit holds.", ge=0)
    use: str = column("Consumed day by day, or issued to whoever arrives and renewed.", isin=USES)
    weight_kg: float = column("Weight of a unit; missing: it is not carried.", unit="kg", nullable=True, ge=0)
    volume_m3: float = column("Room a unit takes.", unit="m3", nullable=True, ge=0)
    unit_cost_usd: float = column("Cost of one unit.", unit="USD", nullable=True, ge=0)
    is_carried: bool = column("Whether trucks carry it; what is produced at the camp has no weight here.")
    standard: str = column("Handbook, edition and clause of the standard.")

    class Config:
        name = "refugees.relief_items"


class ReliefDepots(_DepotColumns, SourcedContract):
    """Depots that relief items are kept at and trucks start from."""

    latitude: float = column("Latitude of its place, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude of its place, EPSG:4326.", unit="degrees", ge=-180, le=180)

    class Config:
        name = "refugees.relief_depots"


class ReliefStock(SourcedContract, StockColumns):
    """Stock of relief items on hand and on order, by batch, at the newest count of each depot and item."""

    class Config:
        name = "refugees.relief_stock"
        unique = ["depot_id", "item_id", "batch"]


class ReliefVehicles(SourcedContract, VehicleColumns):
    """Vehicles that deliver to camps."""

    class Config:
        name = "refugees.relief_vehicles"


class ReliefDeliveries(_DeliveryColumns, SourcedContract):
    """Deliveries to camps, planned and made."""

    conflict_id: str = column("Code of the conflict.", str_matches=CODE)

    class Config:
        name = "refugees.relief_deliveries"


class Needs(Contract):
    """What each camp needs in each week that its population is forecast for, by Sphere's and UNHCR's standards."""

    camp_id: str = column("Code of the camp.", str_matches=CODE)
    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    item_id: str = column("Code of the item.", str_matches=ITEM)
    week_start: datetime.date = column("Monday the week begins on.")
    horizon: int = column("Weeks ahead of the last known one.", ge=1)
    people: float = column("People it is for, at the median of the forecast.", unit="people", ge=0)
    people_high: float = column("The same at the level that minimums are set for.", unit="people", ge=0)
    people_level: float = column("That level: the probability that there are no more people.", ge=0, le=1)
    groups_basis: str = column("Where the shares of sex and age come from.", isin=GROUP_BASES)
    requirement: float = column("What the standard asks for at the median.", ge=0)
    requirement_unit: str = column("What that is counted in: litres, kilocalories, square metres.")
    needed: float = column("Units of the item needed at the median.", ge=0)
    minimum: float = column(
        "Units to be there at least: a share of the need, of `people_high` where the item is consumed.", ge=0
    )
    unit: str = column("What one unit is.")
    standard: str = column("Handbook, edition and clause of the standard.")
    is_synthetic: bool = column("Whether the sample generator made the row.")

    class Config:
        name = "refugees.needs"
        unique = ["camp_id", "item_id", "week_start"]


class SupplyPlan(DeliveryPlanContract):
    """What each depot sends to each camp, by item and week; a camp that gets nothing has a row without depot."""

    camp_id: str = column("Code of the camp.", str_matches=CODE)
    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    week_start: datetime.date = column("Monday the week begins on.")
    needed: float = column("Units needed, mean of the scenarios.", ge=0)
    surplus: float = column("Units expected beyond the need, mean of the scenarios.", ge=0)
    people: float = column("People in the camp, at the median of the forecast.", unit="people", ge=0)
    km: float = column("Way from the depot in that week.", unit="km", nullable=True, ge=0)
    load_share: float = column("Share of trucks' hours that was planned with.", ge=0, le=1)
    kilometres_per_hour: float = column("Speed of trucks that was planned with.", unit="km/h", ge=0)
    loading_hours: float = column("Time to load and unload a truck.", unit="h", ge=0)
    override_id: str = column("Decisions it follows, by spaces; missing where nobody decided.", nullable=True)

    class Config:
        name = "refugees.supply_plan"
        unique = ["scenario", "camp_id", "item_id", "week_start", "depot_id"]


class SupplyFairnessCurve(FairnessCurveContract):
    """What a guaranteed coverage costs in each conflict: people reached as each camp is guaranteed more."""

    conflict_id: str = column("Code of the conflict.", str_matches=CODE)

    class Config:
        name = "refugees.supply_fairness_curve"
        unique = ["scenario", "conflict_id", "share_of_floor"]


class SupplyComparison(Contract):
    """Ways to plan, run week by week over past weeks with the same stock, and judged by who came.

    In each week a plan is made from what was known then, its first week is carried out, and stock goes on. Forecasts
    are those of `refugees.population_out_of_sample`; stock and arrivals are assumed (supply.yaml), trucks are today's.
    """

    conflict_id: str = column("Code of the conflict, or `all`: sums, and the mean of the least coverages.")
    plan: str = column("Way to plan.")
    weeks: int = column("Weeks that were run.", unit="weeks", ge=1)
    people_weeks: float = column("People in these weeks, added up.", ge=0)
    people_weeks_short: float = column(
        "Of these, the share of each camp's needs not met over the run, all items alike.", ge=0
    )
    short_share: float = column("The same as a share.", ge=0, le=1)
    least_coverage: float = column("Share of needs met at the camp that had least, mean of runs.", ge=0, le=1)
    waste_kg: float = column("Sent beyond what was needed in its week.", unit="kg", ge=0)
    cost_usd: float = column("Cost of sending.", unit="USD", ge=0)
    regret_people_weeks: float = column("People-weeks short that perfect foresight would have had less.")
    is_synthetic: bool = column("Whether any input was made by the sample generator.")

    class Config:
        name = "refugees.supply_comparison"
        unique = ["conflict_id", "plan"]
