"""Aid's tables in the home of the browser tests, by hand. No tests."""

from __future__ import annotations

import datetime

from socialai_assets.aid import contracts
from tests.browser.country import DISTRICTS, middle, written
from tests.browser.served_home import Making

DAY = datetime.date(2026, 6, 8)
WEEK = datetime.date(2026, 6, 8)
SITES = ("P1", "P2", "P3")


def fill(making: Making) -> None:
    """Three sites and a depot; one site is short, one is left out by the routes, one stock is to be ordered."""
    lake = making.lake
    written(
        lake,
        contracts.Items,
        [{"item_id": "water", "name": "Drinking water", "name_es": "Agua potable", "unit": "m3", "weight_kg": 1000.0}],
    )
    places = [_place(number) for number in range(len(SITES))]
    written(lake, contracts.Sites, [{"site_id": place["place_id"], **place} for place in places])
    written(lake, contracts.Depots, [{"depot_id": "D1", "name": "Depot North", "area_id": DISTRICTS[0], **_at(0)}])
    forecasts = [
        {
            "place_id": code, "place_kind": "area", "level": level, "item_id": "water", "period": "week",
            "period_start": WEEK + datetime.timedelta(7 * ahead), "horizon": ahead + 1, "model": "combination",
            "q025": 5.0, "q050": 6.0, "q100": 8.0, "q200": 9.0, "q500": 10.0 * size, "q800": 60.0, "q900": 70.0,
            "q950": 80.0, "q975": 90.0, "expected": 10.0 * size,
        }
        for size, (code, level) in enumerate(
            [("country", "country"), *((area, "area") for area in DISTRICTS[:4])], start=1
        )
        for ahead in range(2)
    ]  # fmt: skip
    written(lake, contracts.DemandForecasts, forecasts)
    drivers = [("recent demand", "importance", 0.4), ("month 01", "season", 1.2), ("month 02", "season", 0.8)]
    written(
        lake,
        contracts.DemandDrivers,
        [{"item_id": "water", "driver": name, "kind": kind, "value": value} for name, kind, value in drivers],
    )
    plan = [
        {
            "scenario": scenario, "item_id": "water", "place_id": place["place_id"], "name": place["name"],
            "people": place["people"], "area_id": place["area_id"], "depot_id": "D1", "period_start": WEEK,
            "demand": 10.0, "met": 9.0 - 3 * number, "received": 9.0 - 3 * number, "quantity": 9.0 - 3 * number,
            "minimum": 5.0, "shortfall": 2.0 * (number == 2), "coverage": 0.9 - 0.3 * number, "status": "optimal",
            "reason": "there is not enough stock at the depots within reach" if number == 2 else None,
        }
        for scenario in ("baseline", "less_fuel")
        for number, place in enumerate(places)
    ]  # fmt: skip
    written(lake, contracts.AllocationPlan, plan)
    curve = [
        {"scenario": "baseline", "share_of_floor": share, "least_coverage": 0.2 + 0.1 * share, "people_reached": 900.0}
        for share in (0.0, 0.5, 1.0)
    ]
    written(lake, contracts.FairnessCurve, curve)
    written(lake, contracts.InventoryPolicy, [{
        "scenario": "baseline", "depot_id": "D1", "item_id": "water", "expected_demand": 50.0, "safety_stock": 20.0,
        "reorder_point": 70.0, "order_up_to": 110.0, "on_hand": 30.0, "on_order": 10.0, "order_quantity": 70.0,
        "service_level": 0.95,
    }])  # fmt: skip
    written(lake, contracts.Stock, [{"depot_id": "D1", "item_id": "water", "batch": "B1", "on_hand": 30.0}])
    written(lake, contracts.RoutePlan, [{
        "scenario": "baseline", "day": DAY, "vehicle_id": "V1", "depot_id": "D1", "vehicle_type": "truck", "stops": 2,
        "trips": 1, "people": 500.0, "km": 80.0, "starts_minute": 420.0, "ends_minute": 700.0,
    }])  # fmt: skip
    written(lake, contracts.RouteStops, _stops())
    written(lake, contracts.UnservedStops, [{
        "scenario": "baseline", "day": DAY, "site_id": "P3", "name": "Site 3", "priority": 1, "people": 300.0,
        "load_kg": 900.0, "load_m3": 1.0, "reason": "capacity", "explanation": "No room.", "change": "capacity",
        "change_vehicle_id": "V1", "change_kg": 400.0, "change_m3": 0.0,
    }])  # fmt: skip
    written(lake, contracts.DeliveryPerformance, [
        {
            "provider": "Carrier A", "item_id": "water", "area_id": DISTRICTS[0], "year": 2026, "month": month,
            "deliveries": 4, "delivered": 3, "planned_quantity": 40.0, "delivered_quantity": 30.0, "timed": 3,
            "on_time_share": 2 / 3, "mean_minutes_late": 12.0,
        }
        for month in (3, 4)
    ])  # fmt: skip


def _at(number: int) -> dict[str, float]:
    longitude, latitude = middle(DISTRICTS[number])
    return {"latitude": latitude, "longitude": longitude}


def _place(number: int) -> dict:
    return {
        "place_id": SITES[number], "name": f"Site {number + 1}", "area_id": DISTRICTS[number],
        "people": 100.0 * (number + 1), **_at(number),
    }  # fmt: skip


def _stops() -> list[dict]:
    """From the depot to two sites with a break between them, and back."""
    common = {"scenario": "baseline", "day": DAY, "vehicle_id": "V1", "trip": 1}
    visits = [
        ("start", "D1", "Depot North", 0, 420.0, 420.0, 440.0, None),
        ("stop", "P1", "Site 1", 0, 500.0, 500.0, 520.0, "water 3 m3"),
        ("break", None, None, None, 520.0, 520.0, 560.0, None),
        ("stop", "P2", "Site 2", 1, 620.0, 620.0, 640.0, "water 2 m3"),
        ("end", "D1", "Depot North", 0, 700.0, 700.0, 700.0, None),
    ]
    return [
        common | {
            "sequence": number, "kind": kind, "place_id": place, "name": name, "arrives_minute": arrives,
            "begins_minute": begins, "leaves_minute": leaves, "items": items, "km": 20.0 * number,
            **({} if at is None else _at(at)),
        }
        for number, (kind, place, name, at, arrives, begins, leaves, items) in enumerate(visits)
    ]  # fmt: skip
