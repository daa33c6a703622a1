"""Refugees' tables in the home of the browser tests, by hand. No tests."""

from __future__ import annotations

import datetime

from socialai_assets.refugees import contracts
from tests.browser.country import DISTRICTS, middle, written
from tests.browser.served_home import Making

WEEK = datetime.date(2026, 6, 8)


def fill(making: Making) -> None:
    """Two camps, one above its capacity and short of soap; a decision of last week, an audit."""
    lake = making.lake
    camps = [
        {
            "camp_id": f"C{number}", "conflict_id": "north", "name": f"Camp {number}", "capacity": 1000.0,
            "capacity_basis": "stated", "longitude": middle(DISTRICTS[number])[0],
            "latitude": middle(DISTRICTS[number])[1], "country": "XSA",
        }
        for number in (1, 2)
    ]  # fmt: skip
    written(lake, contracts.Camps, camps)
    written(lake, contracts.ReliefItems, [
        {"item_id": "soap", "name": "Bathing and laundry soap", "unit": "set of 450 g", "use": "consumed",
         "weight_kg": 0.5, "is_carried": True},
    ])  # fmt: skip
    written(lake, contracts.CampPopulation, [
        {"camp_id": f"C{number}", "conflict_id": "north", "week_start": WEEK - datetime.timedelta(7 * back),
         "people": 600.0 * number - back}
        for number in (1, 2)
        for back in range(1, 6)
    ])  # fmt: skip
    written(lake, contracts.PopulationForecasts, [
        {"camp_id": f"C{number}", "conflict_id": "north", "origin_week": WEEK - datetime.timedelta(7),
         "week_start": WEEK + datetime.timedelta(7 * ahead), "horizon": ahead + 1, "q025": 500.0, "q050": 510.0,
         "q100": 520.0, "q200": 550.0, "q500": 600.0 * number, "q800": 1250.0, "q900": 1300.0, "q950": 1310.0,
         "q975": 1350.0}
        for number in (1, 2)
        for ahead in range(3)
    ])  # fmt: skip
    written(lake, contracts.SupplyPlan, [
        {"scenario": "baseline", "camp_id": f"C{number}", "conflict_id": "north", "item_id": "soap",
         "depot_id": "north:depot", "week_start": WEEK, "needed": 100.0, "minimum": 60.0, "quantity": 100.0 / number,
         "received": 100.0 / number, "met": 100.0 / number, "shortfall": 10.0 * (number - 1), "status": "optimal",
         "reason": "the depot's vehicles are full" if number == 2 else None}
        for number in (1, 2)
    ])  # fmt: skip
    written(lake, contracts.Overrides, [
        {"override_id": "O1", "scenario": "baseline", "camp_id": "C1", "conflict_id": "north", "item_id": "soap",
         "week_start": WEEK, "decision": "change", "quantity": 80.0, "recommended": 100.0,
         "reason": "The store is full.", "decided_by": "camp_manager"},
    ])  # fmt: skip
    written(lake, contracts.OverrideDecisions, [
        {"scenario": "baseline", "override_id": "O1", "camp_id": "C1", "conflict_id": "north", "item_id": "soap",
         "week_start": WEEK, "quantity": 80.0, "state": "set aside", "reason": "the depot's vehicles are full"},
    ])  # fmt: skip
    written(lake, contracts.FairnessAudit, [
        {"basis": "reported", "dimension": "sex", "group": sex, "met_share": share, "lower": share - 0.1,
         "upper": share + 0.1, "people": 900.0, "camps": 2, "is_below": sex == "female", "is_certain": sex == "female"}
        for sex, share in (("female", 0.5), ("male", 0.8))
    ])  # fmt: skip
