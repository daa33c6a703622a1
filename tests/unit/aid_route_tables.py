"""A small made-up district with depots, fleet and sites, as aid's tables. No tests."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from socialai_assets.aid.routes import AidTables

MONDAY = datetime.date(2026, 11, 23)


def aid_tables(sites: int = 24, *, breaks: bool = False, seed: int = 0) -> AidTables:
    """Two depots, five vehicles, sites around them; one site is tied to a depot, two let in pickups only."""
    random = np.random.default_rng(seed)
    names = [f"site{n}" for n in range(sites)]
    site_table = pd.DataFrame(
        {
            "site_id": names,
            "name": [f"Caserío Ñaupe {n}" for n in range(sites)],
            "area_id": [f"14010{n % 4}" for n in range(sites)],
            "admin2_id": "1401",
            "admin1_id": "14",
            "latitude": -6.77 + random.normal(0, 0.08, sites),
            "longitude": -79.84 + random.normal(0, 0.08, sites),
            "people": random.integers(20, 400, sites).astype(float),
            "opens_minute": 420,
            "closes_minute": np.where(np.arange(sites) % 6 == 0, 660, 1020),
            "service_minutes": 15.0,
            "priority": 1 + np.arange(sites) % 5,
            "largest_vehicle": [("pickup" if n in (3, 4) else None) for n in range(sites)],
            "depot_id": [("north" if n == 5 else None) for n in range(sites)],
            "source": "sample",
            "is_synthetic": True,
        }
    )
    wanted = pd.DataFrame({"site_id": names, "item_id": "water", "quantity": random.uniform(1, 6, sites).round(1)})
    kits = pd.DataFrame({"site_id": names[::3], "item_id": "kit", "quantity": 20.0})
    items = pd.DataFrame(
        {
            "item_id": ["water", "kit", "case"],
            "name": ["Water", "Hygiene kit", "Case"],
            "name_es": ["Agua", "Kit de higiene", "Caso"],
            "unit": ["m3", "kit", "case"],
            "weight_kg": [1000.0, 4.0, np.nan],
            "volume_m3": [1.0, 0.02, np.nan],
            "is_synthetic": True,
        }
    )
    depots = pd.DataFrame(
        {
            "depot_id": ["north", "south"],
            "name": ["Depósito Norte", "Depósito Sur"],
            "latitude": [-6.72, -6.82],
            "longitude": [-79.84, -79.85],
            "opens_minute": 360,
            "closes_minute": 1140,
        }
    )
    vehicles = pd.DataFrame(
        {
            "vehicle_id": ["T1", "T2", "T3", "P1", "P2"],
            "depot_id": ["north", "south", "south", "north", "south"],
            "vehicle_type": ["truck", "truck", "small_truck", "pickup", "pickup"],
            "capacity_kg": [12_000.0, 12_000.0, 6000.0, 1500.0, 6000.0],
            "capacity_m3": [12.0, 12.0, 6.0, 1.5, 6.0],
            "cost_per_km_usd": [0.9, 0.9, 0.6, 0.4, 0.4],
            "cost_per_hour_usd": [6.0, 6.0, 6.0, 5.0, 5.0],
            "fixed_cost_usd": [40.0, 40.0, 30.0, 15.0, 15.0],
            "shift_start_minute": 420,
            "shift_end_minute": 960,
            "overtime_minutes": 60,
            "break_minutes": 45 if breaks else 0,
            "most_trips": 3,
            "is_synthetic": True,
        }
    )
    travel = pd.DataFrame(columns=["from_id", "to_id", "weekday", "hour", "minutes", "km"])
    calendar = pd.DataFrame(columns=["day", "area_id", "kind", "name"])
    roads = pd.DataFrame(
        columns=["from_id", "to_id", "km", "minutes", "closed_from", "closed_until", "largest_vehicle"]
    )
    return AidTables(
        pd.concat([wanted, kits], ignore_index=True), site_table, items, depots, vehicles, travel, calendar, roads
    )
