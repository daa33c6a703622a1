"""What may land for aid, in canonical form: columns and rules of each input. Tables made from them: contracts.py."""

from __future__ import annotations

import datetime

import pandas as pd
import pandera.pandas as pa

from socialai_assets.aid.shared_columns import PERIODS, PLACE_KINDS, CalendarColumns, RoadLinkColumns, TravelTimeColumns
from socialai_assets.ingest.contract import RawContract, column
from socialai_assets.ingest.supply_inputs import CODE, MINUTES_A_DAY, VEHICLE_TYPES, LandedStock, LandedVehicles


class SitesInput(RawContract):
    """Places aid is delivered to, in canonical form."""

    site_id: str = column("Code of the site.", unique=True, str_matches=CODE)
    name: str = column("Name of the site.")
    area_id: str = column("Area it lies in, of the smallest level.", str_matches=CODE)
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    people: float = column("People it serves.", unit="people", nullable=True, ge=0)
    households: float = column("Households it serves.", unit="households", nullable=True, ge=0)
    opens_minute: int = column(
        "From when it can be served; missing: from midnight.",
        unit="minutes after midnight",
        nullable=True,
        ge=0,
        le=1440,
    )
    closes_minute: int = column(
        "Until when service may begin; missing: until midnight.",
        unit="minutes after midnight",
        nullable=True,
        ge=0,
        le=1440,
    )
    service_minutes: float = column("Time to unload there.", unit="minutes", nullable=True, ge=0, le=1440)
    priority: int = column("Priority, 1 the highest to 5.", nullable=True, ge=1, le=5)
    largest_vehicle: str = column(
        "Largest type of vehicle that gets there; missing: any.", nullable=True, isin=VEHICLE_TYPES
    )
    depot_id: str = column(
        "Depot that serves it, where that is laid down; missing: any.", nullable=True, str_matches=CODE
    )

    class Config:
        name = "aid.raw_sites"

    @pa.dataframe_check
    def somewhere(cls, frame: pd.DataFrame) -> pd.Series:
        """the site is not at 0 degrees north, 0 degrees east, where coordinates are that nobody wrote down"""
        return ~((frame["latitude"].abs() < 0.01) & (frame["longitude"].abs() < 0.01))

    @pa.dataframe_check
    def opens_before_it_closes(cls, frame: pd.DataFrame) -> pd.Series:
        """the site opens before it closes"""
        opens = frame["opens_minute"].astype("Float64").fillna(0)
        return opens < frame["closes_minute"].astype("Float64").fillna(MINUTES_A_DAY)


class ItemsInput(RawContract):
    """What is handed out, in canonical form."""

    item_id: str = column("Code of the item.", unique=True, str_matches=r"[a-z][a-z0-9_]*")
    name: str = column("Name in English.")
    name_es: str = column("Name in Spanish.", nullable=True)
    unit: str = column("What one of it is: m3, parcel, kit, case.")
    weight_kg: float = column("Weight of one unit; missing for what is not carried.", unit="kg", nullable=True, ge=0)
    volume_m3: float = column("Room one unit takes; missing for what is not carried.", unit="m3", nullable=True, ge=0)
    shelf_life_days: int = column("Days it keeps; missing where it does not spoil.", unit="days", nullable=True, ge=1)
    unit_cost_usd: float = column("Cost of one unit.", unit="USD", nullable=True, ge=0)
    need_per_person_week: float = column(
        "Units a person needs in a week, by the standard the planner follows.", nullable=True, ge=0
    )

    class Config:
        name = "aid.raw_items"


class DemandHistoryInput(RawContract):
    """How much was needed where and when, in canonical form. A period without a report is not a zero."""

    place_id: str = column("Code of the site or area.", str_matches=CODE)
    place_kind: str = column("Whether the place is a site or an area.", isin=PLACE_KINDS)
    item_id: str = column("Code of the item.", str_matches=CODE)
    period_start: datetime.date = column("First day of the period.")
    period: str = column("Length of the period.", isin=PERIODS)
    quantity: float = column("Units needed; missing where nothing was reported.", nullable=True, ge=0)
    is_reported: bool = column("Whether the place reported on the period.")

    class Config:
        name = "aid.raw_demand_history"
        unique = ["place_id", "item_id", "period", "period_start"]

    @pa.dataframe_check
    def reported_means_known(cls, frame: pd.DataFrame) -> pd.Series:
        """there is a quantity where, and only where, the period is reported"""
        return frame["quantity"].notna() == frame["is_reported"].astype("boolean").fillna(False).astype(bool)


class DeliveriesInput(RawContract):
    """Deliveries planned and made, in canonical form."""

    delivery_id: str = column("Code of the delivery.", unique=True, str_matches=CODE)
    site_id: str = column("Site it was for.", str_matches=CODE)
    item_id: str = column("Code of the item.", str_matches=CODE)
    planned_date: datetime.date = column("Day it was planned for.", nullable=True)
    delivered_on: datetime.date = column(
        "Day it was made; missing where it was not, or only the year is known.", nullable=True
    )
    delivered_year: int = column("Year it was made; missing where it was not.", nullable=True, ge=1990, le=2200)
    planned_quantity: float = column("Units planned.", nullable=True, ge=0)
    delivered_quantity: float = column("Units delivered; missing where it was not made.", nullable=True, ge=0)
    people_reached: float = column("People it reached.", unit="people", nullable=True, ge=0)
    trips: float = column("Trips it took.", nullable=True, ge=0)
    minutes_late: float = column("Minutes after the planned time; negative where early.", unit="minutes", nullable=True)
    cost_usd: float = column("What it cost.", unit="USD", nullable=True, ge=0)
    provider: str = column("Who made it.", nullable=True)
    vehicle_id: str = column("Vehicle that made it.", nullable=True, str_matches=CODE)

    class Config:
        name = "aid.raw_deliveries"

    @pa.dataframe_check
    def year_is_that_of_the_day(cls, frame: pd.DataFrame) -> pd.Series:
        """the year of the delivery is that of its day, where both are given"""
        year = pd.to_datetime(frame["delivered_on"]).dt.year
        stated = frame["delivered_year"].astype("Float64")
        return (year.isna() | stated.isna() | (year.astype("Float64") == stated)).fillna(True).astype(bool)


class StockInput(LandedStock):
    """Stock on hand and on order at depots, by batch, in canonical form."""

    class Config:
        name = "aid.raw_stock"
        unique = ["depot_id", "item_id", "batch", "as_of"]


class DepotsInput(RawContract):
    """Depots that stock is kept at and vehicles start from, in canonical form."""

    depot_id: str = column("Code of the depot.", unique=True, str_matches=CODE)
    name: str = column("Name of the depot.")
    area_id: str = column("Area it lies in, of the smallest level.", str_matches=CODE)
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    capacity_m3: float = column("Room for stock; missing where it is not known.", unit="m3", nullable=True, ge=0)
    opens_minute: int = column(
        "When it opens; missing: at midnight.", unit="minutes after midnight", nullable=True, ge=0, le=1440
    )
    closes_minute: int = column(
        "When it closes; missing: at midnight.", unit="minutes after midnight", nullable=True, ge=0, le=1440
    )

    class Config:
        name = "aid.raw_depots"

    @pa.dataframe_check
    def somewhere(cls, frame: pd.DataFrame) -> pd.Series:
        """the depot is not at 0 degrees north, 0 degrees east, where coordinates are that nobody wrote down"""
        return ~((frame["latitude"].abs() < 0.01) & (frame["longitude"].abs() < 0.01))

    @pa.dataframe_check
    def opens_before_it_closes(cls, frame: pd.DataFrame) -> pd.Series:
        """the depot opens before it closes"""
        opens = frame["opens_minute"].astype("Float64").fillna(0)
        return opens < frame["closes_minute"].astype("Float64").fillna(MINUTES_A_DAY)


class VehiclesInput(LandedVehicles):
    """Vehicles that deliver, in canonical form."""

    class Config:
        name = "aid.raw_vehicles"


class TravelTimesInput(TravelTimeColumns, RawContract):
    """Time and way between sites and depots, in canonical form; rows with hour or weekday go first."""

    class Config:
        name = "aid.raw_travel_times"
        unique = ["from_id", "to_id", "weekday", "hour"]


class RoadLinksInput(RoadLinkColumns, RawContract):
    """Roads between sites, depots and junctions, in canonical form; a pair comes once, with its present closure."""

    class Config:
        name = "aid.raw_road_links"
        unique = ["from_id", "to_id"]

    @pa.dataframe_check
    def leads_somewhere(cls, frame: pd.DataFrame) -> pd.Series:
        """the road leads from one place to another"""
        return frame["from_id"] != frame["to_id"]

    @pa.dataframe_check
    def closure_has_a_first_day(cls, frame: pd.DataFrame) -> pd.Series:
        """a closure that ends has a first day, and does not end before it"""
        since, until = (pd.to_datetime(frame[name]) for name in ("closed_from", "closed_until"))
        return until.isna() | (since.notna() & (since <= until))


class CalendarInput(CalendarColumns, RawContract):
    """Days that change demand or work, in canonical form."""

    class Config:
        name = "aid.raw_calendar"
        unique = ["day", "area_id", "kind", "name"]
