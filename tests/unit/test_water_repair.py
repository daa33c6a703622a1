"""Tests of who has water within reach and of the repair plan's rows, on a country small enough to work out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from resources.errors import SettingsError
from socialai_assets.ingest.contract import validate
from socialai_assets.methods.base_rates import shrunken_rates
from socialai_assets.methods.covering.planning import cover_fairness_curve
from socialai_assets.water.access_tables import access_of, gap_rows, pressure_rows
from socialai_assets.water.failure_odds import point_odds, system_odds
from socialai_assets.water.repair import RepairCase, RepairTables, repair_case
from socialai_assets.water.repair_contracts import PointPressure, ServiceGaps
from socialai_assets.water.repair_settings import WaterSettings, water_settings
from socialai_assets.water.repair_tables import comparison_rows, gain_rows, plan_rows, solved_plan

KM = 1 / 111.195
TODAY = pd.Timestamp("2026-11-01")


def country() -> RepairTables:
    """Two districts: in A three hamlets of 100 people, 10 km apart, with systems at the first two; in B one of 300.

    The first system works, the second's treatment was found broken today; B has none but is registered by a system
    that lies far from everybody.
    """
    places = pd.DataFrame(
        {
            "place_id": ["p1", "p2", "p3", "p4", "town"],
            "area_id": ["A", "A", "A", "B", "B"],
            "name": ["one", "two", "three", "four", "town"],
            "kind": ["rural"] * 4 + ["urban"],
            "latitude": [0.0, 10 * KM, 20 * KM, 50 * KM, 60 * KM],
            "longitude": 0.0,
            "is_synthetic": True,
        }
    )
    systems = pd.DataFrame(
        {
            "system_id": ["s1", "s2", "s3"],
            "area_id": ["A", "A", "B"],
            "name": ["first", "second", "far"],
            "lat_deg": [0.1 * KM, 10.2 * KM, 80 * KM],
            "lon_deg": 0.0,
            "supply": ["gravity", "hand pump", "gravity"],
            "served_population": [120.0, 600.0, np.nan],
            "last_report": TODAY.date(),
            "is_synthetic": True,
        }
    )
    points = pd.DataFrame(
        {
            "point_id": ["s1-t", "s2-t", "s3-c"],
            "system_id": ["s1", "s2", "s3"],
            "area_id": ["A", "A", "B"],
            "component": ["treatment", "treatment", "catchment"],
            "state": [None, None, "B"],
            "works": pd.array([True, False, None], dtype="boolean"),
            "last_report": TODAY.date(),
            "is_synthetic": True,
        }
    )
    areas = pd.DataFrame(
        {
            "area_id": ["D", "A", "B"],
            "level": ["admin1", "admin3", "admin3"],
            "admin1_id": ["D", "D", "E"],
            "admin2_id": [None, "DA", "DB"],
            "population": [np.nan, 300.0, 300.0],
            "natural_region": None,
            "is_synthetic": True,
        }
    )
    staleness = pd.DataFrame({"as_of": [TODAY.date()], "is_synthetic": [True]})
    poverty = pd.DataFrame(
        {"area_id": ["A", "B"], "estimate": [20.0, 60.0], "lower": [10.0, 40.0], "is_synthetic": True}
    )
    return RepairTables(systems, points, areas, places, risks(), staleness, poverty)


def risks(**given: tuple[float, float, float]) -> pd.DataFrame:
    """`water.point_risks` of some points; without any the columns alone."""
    rows = [(point.replace("_", "-"), False, *values, True) for point, values in given.items()]
    columns = ["point_id", "is_withheld", "risk", "lower", "upper", "is_synthetic"]
    return pd.DataFrame(rows, columns=columns).astype({"is_withheld": bool, "is_synthetic": bool})


def settings(**repair: Any) -> WaterSettings:
    return water_settings({"repair": {"budget_usd": 1e6, "build_least_people": 1, **repair}})


def made(tables: RepairTables, chosen: WaterSettings) -> tuple[RepairCase, Any]:
    case = repair_case(tables, chosen)
    return case, solved_plan(case, chosen.repair)


def test_hamlets_without_a_working_system_in_walking_distance_are_the_gap() -> None:
    tables = country()
    access = access_of(tables.systems, tables.points, tables.areas, tables.places, settings().access)
    rows = gap_rows(access, synthetic=True).set_index("place_id")
    assert rows["is_in_gap"].to_dict() == {"p1": False, "p2": True, "p3": True, "p4": True, "town": False}
    assert rows.loc["town", "left_out"] == "kind of place not looked at"
    assert rows.loc[["p1", "p2", "p3"], "people"].tolist() == pytest.approx([100, 100, 100])
    assert rows["people_in_gap"].sum() == pytest.approx(200 + rows.loc["p4", "people"])
    assert rows.loc["p1", "working_system_id"] == "s1" and pd.isna(rows.loc["p2", "working_system_id"])
    assert rows.loc["p3", "km_to_working"] == pytest.approx(19.9, abs=0.01)


def test_pressure_is_people_served_over_what_the_technology_serves() -> None:
    tables = country()
    chosen = settings().access
    access = access_of(tables.systems, tables.points, tables.areas, tables.places, chosen)
    surveys = pd.DataFrame(
        {"system_id": ["s1"], "parameter": ["storage_volume"], "value": [2000.0], "is_latest": [True]}
    )
    rows = pressure_rows(access, tables.points, surveys, chosen, synthetic=True).set_index("system_id")
    # 2,000 L are a quarter of the day of 100 people at 80 L; a hand pump serves 500.
    assert rows.loc["s1", ["capacity", "capacity_basis"]].tolist() == [100, "storage"]
    assert rows.loc["s2", ["capacity", "capacity_basis", "pressure"]].tolist() == [500, "hand pump", 1.2]
    assert rows.loc["s1", "pressure"] == pytest.approx(1.2) and rows.loc["s1", "sole_people"] == pytest.approx(100)
    assert rows.loc["s3", ["local_population", "served_basis"]].tolist() == [0, "reach"]
    assert np.isnan(rows.loc["s3", "crucialness"]) and np.isnan(rows.loc["s3", "pressure"])


def test_the_plan_repairs_what_fails_and_builds_where_nothing_is() -> None:
    case, plan = made(country(), settings(budget_usd=1e6))
    rows = plan_rows(case, plan, settings().repair).set_index("action_id")
    assert set(rows.index[rows["is_chosen"]]) >= {"repair:s2", "build:p3", "build:p4"}
    gains = gain_rows(case, plan).set_index("place_id")
    assert gains.loc["p2", "access_before"] == pytest.approx(0, abs=1e-9) and gains["access_after"].eq(1).all()
    assert rows["people_gaining"].sum() == pytest.approx(gains["people_gaining"].sum())
    assert gains["people_gaining"].to_numpy() == pytest.approx(
        (gains["people"] * (gains["access_after"] - gains["access_before"])).to_numpy()
    )
    assert rows.loc["repair:s2", "cost_usd"] == pytest.approx(300 + 1500 + 7 * 600)
    assert rows.loc["build:p3", "cost_usd"] == pytest.approx(5000 + 80 * 100)


def test_a_small_budget_is_kept_and_the_rest_told_why() -> None:
    chosen = settings(budget_usd=7000)
    case, plan = made(country(), chosen)
    rows = plan_rows(case, plan, chosen.repair)
    assert rows.loc[rows["is_chosen"], "action_id"].tolist() == ["repair:s2"]
    assert rows.loc[rows["is_chosen"], "cost_usd"].sum() <= 7000
    assert rows.loc[~rows["is_chosen"], "reason"].str.startswith("not chosen:").all()
    compared = comparison_rows(case, plan, chosen.repair).set_index("method")
    assert (compared["cost_usd"] <= 7000).all()
    assert (compared["weighted_gain"] <= compared.loc["plan", "weighted_gain"] * 1.001).all()
    assert compared.loc["risk alone", "builds"] == 0


def test_a_guarantee_that_the_budget_does_not_pay_for_is_infeasible_with_the_reason() -> None:
    chosen = settings(budget_usd=7000, guaranteed_share=0.9)
    case, plan = made(country(), chosen)
    rows = plan_rows(case, plan, chosen.repair)
    assert plan.status == "infeasible" and not rows["is_chosen"].any()
    assert (
        rows["status"].iloc[0].startswith("infeasible: the budget") and rows["reason"].str.startswith("no plan").all()
    )
    assert (gain_rows(case, plan)["people_gaining"] == 0).all()


def test_cautious_plans_gain_no_more_and_cost_no_less() -> None:
    tables = country()
    tables = RepairTables(**{**vars(tables), "risks": risks(s1_t=(0.4, 0.2, 0.7))})
    case = repair_case(tables, settings(finding_half_life_years=0.001))
    assert (case.cautious.people <= case.expected.people + 1e-9).all()
    assert (case.cautious.cost >= case.expected.cost - 1e-9).all()
    assert (case.cautious.weight <= case.expected.weight).all()


def test_a_withheld_risk_is_replaced_by_the_areas_rate_and_a_given_one_is_used() -> None:
    tables = country()
    old = tables.points.assign(last_report=pd.Timestamp("2021-11-01").date())
    given = risks(s1_t=(0.3, 0.2, 0.4), s2_t=(0.9, 0.8, 1.0))
    given.loc[1, ["is_withheld", "risk", "lower", "upper"]] = [True, np.nan, np.nan, np.nan]
    chosen = settings(finding_half_life_years=5.0)
    odds = point_odds(old, tables.areas, given, tables.staleness, chosen.access, chosen.repair).set_index("point_id")
    # Five years are one half-life: half of what the visit found, half of the rest.
    assert odds.loc["s1-t", "fails"] == pytest.approx(0.15, abs=2e-3)
    assert 0.5 < odds.loc["s2-t", "fails"] < 0.9 and not odds.loc["s2-t", "has_risk"]
    of_systems = system_odds(tables.systems, odds.reset_index())
    assert of_systems["basis"].tolist() == ["visit and risk", "visit and area's rate", "visit and area's rate"]


def test_rates_of_few_rows_are_drawn_to_those_above() -> None:
    happened = np.array([1.0] * 1 + [0.0] * 99 + [1.0] * 50 + [np.nan])
    level = np.array(["small"] * 1 + ["low"] * 99 + ["high"] * 51, dtype=object)
    found = shrunken_rates(happened, [level], prior_rows=10)
    mean = (0.5 + 51) / 151
    assert found["rate"][0] == pytest.approx((1 + 10 * mean) / 11)
    assert found["rate"][1] == pytest.approx(10 * mean / 109) and found["rate"][150] == found["rate"][149]
    assert (found["lower"] <= found["rate"]).all() and (found["rate"] <= found["upper"]).all()


def test_settings_out_of_their_limits_are_refused_by_name() -> None:
    with pytest.raises(SettingsError, match=r"repair\.budget_usd"):
        water_settings({"repair": {"budget_usd": -1}})
    with pytest.raises(SettingsError, match="of catchment, treatment"):
        water_settings({"repair": {"repair_usd": {"roof": 1}}})
    assert water_settings().access.reach_km == pytest.approx(1 / 1.3)


@pytest.mark.parametrize(
    "without", [("systems", "points"), ("places",), ("systems", "points", "places", "areas", "poverty")]
)
def test_where_nothing_has_landed_the_tables_are_empty_and_plans_do_nothing(without: tuple[str, ...]) -> None:
    tables = country()
    tables = RepairTables(**{n: f.head(0) if n in without else f for n, f in vars(tables).items()})
    chosen = settings(budget_usd=1e5)
    access = access_of(tables.systems, tables.points, tables.areas, tables.places, chosen.access)
    rows = validate(gap_rows(access, synthetic=False), ServiceGaps)
    assert len(rows) == len(tables.places)
    surveys = pd.DataFrame({"system_id": [], "parameter": [], "value": [], "is_latest": pd.Series([], dtype=bool)})
    validate(pressure_rows(access, tables.points, surveys, chosen.access, synthetic=False), PointPressure)
    case, plan = made(tables, chosen)
    assert not plan.chosen.any() and plan.status == "optimal"
    assert comparison_rows(case, plan, chosen.repair)["people_gaining"].sum() == 0
    assert not len(plan_rows(case, plan, chosen.repair)) and not gain_rows(case, plan)["people_gaining"].any()
    curve = cover_fairness_curve(case.problem(chosen.repair), 1e5, chosen.repair.fairness_steps)
    assert (curve["people_gaining"] == 0).all()
