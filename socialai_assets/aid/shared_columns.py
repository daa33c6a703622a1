"""Columns that a landed input of aid and the table made of it have alike, and what codes may be. Names no table."""

from __future__ import annotations

import datetime

from socialai_assets.ingest.contract import Contract, column

CODE = r"\S+"
PLACE_KINDS = ("site", "area")
PERIODS = ("week", "month")
CALENDAR_KINDS = ("holiday", "season", "event", "closure")
VEHICLE_TYPES = ("motorcycle", "pickup", "small_truck", "truck", "large_truck")
"""Types of vehicle from the smallest to the largest; a site lets in its `largest_vehicle` and all smaller ones."""


class StockColumns(Contract):
    """A batch at a depot on the day of a count."""

    depot_id: str = column("Code of the depot.", str_matches=CODE)
    item_id: str = column("Code of the item.", str_matches=CODE)
    batch: str = column("Code of the batch.", str_matches=CODE)
    on_hand: float = column("Units in the depot.", ge=0)
    on_order: float = column("Units ordered and not yet there.", ge=0)
    arrives_on: datetime.date = column("Day the units on order arrive.", nullable=True)
    expires_on: datetime.date = column("Last day the batch may be handed out; missing where it keeps.", nullable=True)
    as_of: datetime.date = column("Day of the count.")


class VehicleColumns(Contract):
    """A vehicle that delivers."""

    vehicle_id: str = column("Code of the vehicle.", unique=True, str_matches=CODE)
    depot_id: str = column("Depot it starts from and returns to.", str_matches=CODE)
    vehicle_type: str = column("Type of the vehicle, by size.", isin=VEHICLE_TYPES)
    capacity_kg: float = column("Load it may carry.", unit="kg", ge=0)
    capacity_m3: float = column("Room for its load.", unit="m3", ge=0)
    cost_per_km_usd: float = column("Cost of a kilometre.", unit="USD/km", ge=0)
    cost_per_hour_usd: float = column("Cost of an hour on duty.", unit="USD/h", ge=0)
    fixed_cost_usd: float = column("Cost of a day it is used.", unit="USD", ge=0)
    shift_start_minute: int = column("When its shift begins.", unit="minutes after midnight", ge=0, le=1440)
    shift_end_minute: int = column("When its shift ends.", unit="minutes after midnight", ge=0, le=1440)
    overtime_minutes: int = column("Most minutes beyond the shift.", unit="minutes", ge=0, le=1440)
    break_minutes: int = column("Break in a shift; 0 for none.", unit="minutes", ge=0, le=1440)
    most_trips: int = column("Most trips in a shift, reloading at the depot between them.", ge=1)


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
