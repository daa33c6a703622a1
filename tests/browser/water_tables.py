"""Water's tables in the home of the browser tests, by hand: a station with an alarm, four systems, a plan, a round."""

from __future__ import annotations

import pandas as pd

from socialai_assets.water import (
    contracts,
    detection_contracts,
    outreach_contracts,
    quality_contracts,
    repair_contracts,
    risk_contracts,
)
from tests.browser.country import DISTRICTS, middle, written
from tests.browser.served_home import Making

STATION, ALARM = "ST1", "ST1:sensor_fault:1"
SYSTEMS = ("Alto", "Bajo", "Cerro", "Prado")
HOURS = pd.date_range("2026-06-01", periods=24, freq="h")


def fill(making: Making) -> None:
    """Readings that leave a limit, an alarm nobody knows of, one dry system and one untreated, a plan, a round."""
    lake = making.lake
    making.accounts["community_representative"] = making.accounts["community_representative"].model_copy(
        update={"areas": (DISTRICTS[0][:2],)}
    )
    written(lake, contracts.Stations, [{"station_id": STATION, "name": "Station One", "last_reading": HOURS[-1]}])
    written(
        lake,
        outreach_contracts.RecentReadings,
        [
            {"station_id": STATION, "parameter": "ph", "hour": hour, "mean": mean, "minimum": mean, "maximum": mean}
            for hour, mean in zip(HOURS, [7.2] * 23 + [9.1], strict=True)
        ],
    )
    written(
        lake,
        quality_contracts.QualityLimits,
        [{"limit_id": "ph", "standard": "WHO", "parameter": "ph", "lower": 6.5, "upper": 8.5}],
    )
    alarm = {
        "alarm_id": ALARM, "station_id": STATION, "kind": "sensor_fault", "severity": "low", "state": "open",
        "sensors": "ph", "parameter": "ph", "fault": "drifts", "value": 9.1, "usual": 7.2,
    }  # fmt: skip
    written(lake, detection_contracts.Alarms, [alarm])
    written(lake, detection_contracts.OpenAlarms, [{**alarm, "is_shown": True}])
    now = pd.Timestamp.now().normalize()
    places = [dict(zip(("lon_deg", "lat_deg"), middle(DISTRICTS[place]), strict=True)) for place in range(len(SYSTEMS))]
    # The last of them is not the community's.
    areas = (*DISTRICTS[:3], DISTRICTS[6])
    systems = [
        {
            "system_id": f"W{place}", "name": name, "area_id": areas[place], "management": "Water committee",
            "last_report": now - pd.Timedelta(30, "D"), **places[place],
        }
        for place, name in enumerate(SYSTEMS)
    ]  # fmt: skip
    written(lake, contracts.Systems, systems)
    written(
        lake,
        contracts.Points,
        [
            {
                "point_id": f"W{place}-treatment", "system_id": f"W{place}", "area_id": areas[place],
                "component": "treatment", "works": place != 1, **places[place],
            }
            for place in range(len(SYSTEMS))
        ],
    )  # fmt: skip
    written(lake, outreach_contracts.SupplyFailures, [{"system_id": "W0", "area_id": areas[0], **places[0]}])
    _risks(making, areas)
    _plans(making, areas, places, now)


def _risks(making: Making, areas: tuple[str, ...]) -> None:
    targets = {"treatment_fails": ("model", 0.4), "catchment_fails": ("withheld", None)}
    levels = {1: "admin1", 2: "admin2", 3: "admin3"}
    written(
        making.lake,
        risk_contracts.AreaRisk,
        [
            {
                "area_id": area, "level": levels[len(area)], "target": target, "basis": basis, "points": 4,
                "expected_share": share, "lower": share and share - 0.1, "upper": share and share + 0.1,
            }
            for target, (basis, share) in targets.items()
            for area in (*DISTRICTS, "1", "2", "11", "12", "21", "22")
        ],
    )  # fmt: skip
    written(
        making.lake,
        risk_contracts.PointRisks,
        [
            {
                "point_id": f"W{place}-treatment", "system_id": f"W{place}", "area_id": areas[place], "target": target,
                "component": target.split("_")[0], "risk": share, "lower": share and 0.3, "upper": share and 0.5,
                "risk_class": "high" if share else None, "is_withheld": share is None,
            }
            for target, (_, share) in targets.items()
            for place in range(len(SYSTEMS))
        ],
    )  # fmt: skip
    written(
        making.lake,
        risk_contracts.RiskModels,
        [{"target": target, "auc": 0.7, "auc_lower": 0.6, "auc_upper": 0.8, "visits": 90} for target in targets],
    )


def _plans(making: Making, areas: tuple[str, ...], places: list[dict], now: pd.Timestamp) -> None:
    lake = making.lake
    plan = {"scenario": "baseline", "budget_usd": 9_000.0, "status": "optimal", "objective": "people"}
    written(
        lake,
        repair_contracts.RepairPlan,
        [
            {
                **plan, "action_id": f"repair:W{place}", "action": "repair", "is_chosen": place == 0,
                "system_id": f"W{place}", "area_id": areas[place], "name": SYSTEMS[place], "cost_usd": 5_000.0,
                "people_gaining": 120.0, "people_gaining_cautious": 90.0, "cost_per_person": 40.0 + place,
                "fails": 0.9, "fails_lower": 0.8, "fails_upper": 0.95,
                "latitude": places[place]["lat_deg"], "longitude": places[place]["lon_deg"],
                "reason": "chosen: 24.0 people in reach gain per 1,000 USD; it fails with 90 % by visit and risk",
            }
            for place in range(2)
        ],
    )  # fmt: skip
    fairness = [{"scenario": "baseline", "share_of_floor": share, "people_gaining": 120.0} for share in (0.0, 1.0)]
    written(lake, repair_contracts.RepairFairness, fairness)
    written(lake, repair_contracts.RepairComparison, [{"scenario": "baseline", "method": "plan"}])
    soon = now + pd.Timedelta(5, "D")
    written(
        lake,
        outreach_contracts.InspectionStops,
        [
            {
                "scenario": "baseline", "system_id": f"W{place}", "name": SYSTEMS[place], "area_id": areas[place],
                "rank": place + 1, "why": "uncertain", "status": "not_chosen" if place else "planned",
                "reason": "out_of_reach" if place else None, "day": None if place else soon, **places[place],
            }
            for place in range(len(SYSTEMS))
        ],
    )  # fmt: skip
    written(
        lake,
        outreach_contracts.InspectionRoutes,
        [
            {
                "scenario": "baseline", "day": soon, "crew": "crew 1", "sequence": place, "kind": kind,
                "system_id": "W0" if kind == "stop" else None, "name": SYSTEMS[0], "arrives_minute": 450.0 + place,
                "why": "uncertain" if kind == "stop" else None, **places[0],
            }
            for place, kind in enumerate(("start", "stop", "end"))
        ],
    )  # fmt: skip
