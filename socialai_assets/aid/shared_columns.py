"""Columns that a landed input of aid and the table made of it have alike, and what codes may be. Names no table.

Stock and vehicles, which other domains land too, are in ingest/supply_inputs.py.
"""

from __future__ import annotations

import datetime

from socialai_assets.ingest.contract import Contract, column
from socialai_assets.ingest.supply_inputs import CODE, VEHICLE_TYPES

PLACE_KINDS = ("site", "area")
PERIODS = ("week", "month")
CALENDAR_KINDS = ("holiday", "season", "event", "closure")


class TravelTimeColumns(Contract):
    """Time and way from one place to another."""

    from_id: str = column("Site or depot one starts from.", str_matches=CODE)
    to_id: str = column("Site or depot one goes to.", str_matches=CODE)
    weekday: int = column("Day of the week, 0 Monday to 6 Sunday; missing: any.", nullable=True, ge=0, le=6)
    hour: int = column("Hour of departure; missing: any.", unit="h", nullable=True, ge=0, le=23)
    minutes: float = column("Time it takes.", unit="minutes", ge=0)
    km: float = column("Length of the way.", unit="km", ge=0)


class RoadLinkColumns(Contract):
    """A road, with its closure."""

    from_id: str = column("Site, depot or junction the road starts from.", str_matches=CODE)
    to_id: str = column(
        "Site, depot or junction it leads to; back too, unless the way back is a row of its own.", str_matches=CODE
    )
    km: float = column("Length of the road.", unit="km", ge=0.001)
    minutes: float = column("Time a vehicle takes.", unit="minutes", ge=0.01)
    closed_from: datetime.date = column("First day it is closed; missing: it is open.", nullable=True)
    closed_until: datetime.date = column(
        "Last day it is closed; missing where it is closed until further notice, or open.", nullable=True
    )
    largest_vehicle: str = column(
        "Largest type of vehicle that may use it; missing: any.", nullable=True, isin=VEHICLE_TYPES
    )


class CalendarColumns(Contract):
    """A day that changes demand or work."""

    day: datetime.date = column("The day.")
    area_id: str = column("Area it is for, of any level; missing: everywhere.", nullable=True)
    kind: str = column("Holiday, season, event, or closure (no deliveries).", isin=CALENDAR_KINDS)
    name: str = column("Name of the holiday, season, event or closure.")
