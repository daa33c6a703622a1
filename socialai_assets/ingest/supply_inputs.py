"""Columns that stock, depots and vehicles have in every domain that lands them. Which table they make is said there."""

from __future__ import annotations

import datetime

import pandas as pd
import pandera.pandas as pa

from socialai_assets.ingest.contract import Contract, RawContract, column

CODE = r"\S+"
VEHICLE_TYPES = ("motorcycle", "pickup", "small_truck", "truck", "large_truck")
"""Types of vehicle from the smallest to the largest; a site lets in its `largest_vehicle` and all smaller ones."""
MINUTES_A_DAY = 1440


class StockColumns(Contract):
    """Stock on hand and on order at depots, by batch."""

    depot_id: str = column("Code of the depot.", str_matches=CODE)
    item_id: str = column("Code of the item.", str_matches=CODE)
    batch: str = column("Code of the batch.", str_matches=CODE)
    on_hand: float = column("Units in the depot.", ge=0)
    on_order: float = column("Units ordered and not yet there.", ge=0)
    arrives_on: datetime.date = column("Day the units on order arrive.", nullable=True)
    expires_on: datetime.date = column("Last day the batch may be handed out; missing where it keeps.", nullable=True)
    as_of: datetime.date = column("Day of the count.")


class VehicleColumns(Contract):
    """Vehicles that deliver."""

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


class LandedStock(RawContract, StockColumns):
    """Stock as it lands: what is on order arrives some day."""

    @pa.dataframe_check
    def orders_arrive(cls, frame: pd.DataFrame) -> pd.Series:
        """units on order have a day of arrival"""
        return ~((frame["on_order"] > 0) & frame["arrives_on"].isna())


class LandedVehicles(RawContract, VehicleColumns):
    """Vehicles as they land: a shift has some length."""

    @pa.dataframe_check
    def begins_before_it_ends(cls, frame: pd.DataFrame) -> pd.Series:
        """the shift begins before it ends"""
        return frame["shift_start_minute"] < frame["shift_end_minute"]
