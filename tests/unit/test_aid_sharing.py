"""Tests of aid's sharing tables: settings, plan, groups, comparison and stock levels on a small made-up network."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pandas as pd
import pytest

from resources.errors import SettingsError
from socialai_assets.aid import contracts as contracts_of_tables
from socialai_assets.aid import plan_contracts as contracts
from socialai_assets.aid.forecasting import COMBINATION
from socialai_assets.aid.sharing import (
    LEVELS,
    AidTables,
    coming_quantiles,
    recent_quantiles,
    sharing_case,
    stock_batches,
)
from socialai_assets.aid.sharing_settings import InventorySettings, SharingSettings, plan_settings
from socialai_assets.aid.sharing_tables import comparison_days, comparison_table, forecasts_at, group_table, plan_table
from socialai_assets.aid.stock_levels import policy_table, simulation_table
from socialai_assets.factories.plan_scenarios import inputs_hash, with_scenarios
from socialai_assets.ingest.contract import empty, validate
from socialai_assets.methods.allocation.comparison import FORESIGHT, SCENARIOS
from socialai_assets.methods.allocation.planning import PEOPLE, plan_allocation

START = datetime.date(2025, 1, 5)
WEEKS = 80


@pytest.fixture(scope="module")
def history() -> pd.DataFrame:
    """Eighty weeks of demand of twelve sites for two items, and of one area for one; some weeks not reported."""
    draw = np.random.default_rng(5)
    days = [START - datetime.timedelta(weeks=WEEKS - week) for week in range(WEEKS)]
    places = [(f"P{number}", "site", item) for number in range(12) for item in ("water", "kit")]
    rows = []
    for place, kind, item in [*places, ("0101", "area", "cases")]:
        quantity = draw.poisson(30 if item == "water" else 6, WEEKS).astype(float)
        quantity[draw.random(WEEKS) < 0.05] = np.nan
        rows += [
            (place, kind, item, "week", day, value, not math.isnan(value))
            for day, value in zip(days, quantity, strict=True)
        ]
    columns = ["place_id", "place_kind", "item_id", "period", "period_start", "quantity", "is_reported"]
    return pd.DataFrame(rows, columns=columns).assign(is_synthetic=True)


@pytest.fixture(scope="module")
def tables() -> AidTables:
    """Twelve sites in two provinces, two depots with a vehicle each, stock for some weeks."""
    number = np.arange(12)
    sites = pd.DataFrame(
        {
            "site_id": [f"P{one}" for one in number],
            "name": [f"Site {one}" for one in number],
            "area_id": [f"01010{one % 3}" for one in number],
            "admin2_id": np.where(number < 6, "0101", "0102"),
            "admin1_id": "01",
            "latitude": -6.0 - number / 50,
            "longitude": -79.0,
            "people": 100.0 + 10 * number,
            "priority": 1 + number % 5,
            "depot_id": [None] * 11 + ["D2"],
        }
    )
    items = pd.DataFrame(
        {
            "item_id": ["water", "kit", "cases"],
            "weight_kg": [1000.0, 6.0, np.nan],
            "volume_m3": [1.0, 0.02, np.nan],
            "shelf_life_days": pd.array([None, 21, None], dtype="Int64"),
            "is_carried": [True, True, False],
        }
    )
    depots = pd.DataFrame(
        {"depot_id": ["D1", "D2"], "latitude": [-6.0, -6.2], "longitude": -79.0, "capacity_m3": [500.0, np.nan]}
    )
    vehicles = pd.DataFrame(
        {
            "vehicle_id": ["V1", "V2"],
            "depot_id": ["D1", "D2"],
            "vehicle_type": ["truck", "pickup"],
            "capacity_kg": 10_000.0,
            "capacity_m3": 20.0,
            "cost_per_km_usd": 0.7,
            "cost_per_hour_usd": 8.0,
            "most_trips": 3,
        }
    )
    stock = pd.DataFrame(
        [
            ("D1", "water", "B1", 300.0, 0.0, None, None),
            ("D1", "water", "B2", 0.0, 200.0, START + datetime.timedelta(days=10), None),
            ("D2", "water", "B1", 250.0, 0.0, None, None),
            ("D1", "kit", "B1", 60.0, 0.0, None, START + datetime.timedelta(days=13)),
            ("D2", "kit", "B1", 80.0, 0.0, None, START + datetime.timedelta(days=40)),
        ],
        columns=["depot_id", "item_id", "batch", "on_hand", "on_order", "arrives_on", "expires_on"],
    ).assign(as_of=START)
    travel = pd.DataFrame(
        {"from_id": ["D1"], "to_id": ["P0"], "weekday": [None], "hour": [None], "minutes": [30.0], "km": [12.0]}
    )
    poverty = pd.DataFrame(
        {"area_id": ["010100", "010101"], "lower": [10.0, 40], "estimate": [20.0, 60], "upper": [35.0, 70]}
    )
    made = (sites, items, depots, vehicles, stock, travel, poverty, empty(contracts_of_tables.RoadLinks))
    return AidTables(*(table.assign(is_synthetic=True) for table in made))


def scenario(frame: pd.DataFrame, contract: type) -> pd.DataFrame:
    """The frame with a scenario's columns, validated."""
    return validate(frame.assign(scenario="baseline", inputs="0", is_stale=False, is_synthetic=True), contract)


def test_a_plan_of_the_tables_keeps_its_contracts(tables: AidTables, history: pd.DataFrame) -> None:
    settings = SharingSettings(scenarios=6, compared_days=2)
    forecasts = recent_quantiles(history, settings.weeks)
    assert set(forecasts["period_start"]) == {START + datetime.timedelta(weeks=week) for week in range(4)}
    case = sharing_case(tables, forecasts, settings)
    assert case is not None and case.problem.items == ("kit", "water") and len(case.problem.places) == 12
    plan = plan_allocation(case.problem, settings.objective, settings.terms)
    table = scenario(plan_table(case, plan, settings), contracts.AllocationPlan)
    once = table.drop_duplicates(["place_id", "item_id", "period_start"])
    assert table["quantity"].sum() == pytest.approx(once["received"].sum())
    assert table.loc[table["shortfall"] > 0, "reason"].notna().all() and (table["shortfall"] > 0).any()
    # Kits of the first depot expire within the second week, those on order of water come in the third.
    sent = table[table["depot_id"] == "D1"]
    assert sent.loc[sent["item_id"] == "kit", "period_start"].max() <= START + datetime.timedelta(weeks=1)
    assert set(table.loc[(table["place_id"] == "P11") & (table["quantity"] > 0), "depot_id"]) == {"D2"}
    groups = group_table(case, plan, plan_allocation(case.problem, PEOPLE, settings.terms), tables.poverty)
    found = scenario(groups, contracts.AllocationGroups)
    assert set(found["group_kind"]) == {"province", "poverty", "priority"}
    assert "not estimated" in set(found["group"])
    compared = scenario(comparison_table(tables, history, settings), contracts.PlanComparison).set_index("plan")
    assert len(compared) == 4 and (compared["origins"] == 2).all()
    assert compared.loc[FORESIGHT, "regret_people"] == 0


def test_past_days_are_planned_from_what_was_forecast_then(tables: AidTables, history: pd.DataFrame) -> None:
    settings = SharingSettings(scenarios=4, compared_days=2, minimum_coverage=0.2)
    # Forecasts that knew what came, made on three days; the last of them too late to be judged whole.
    days = [START - datetime.timedelta(weeks=back) for back in (8, 4, 2)]
    weekly = history[history["place_kind"] == "site"].dropna(subset=["quantity"])
    parts = []
    for day in days:
        rows = weekly[(weekly["period_start"] >= day)].copy()
        rows["horizon"] = [(one - day).days // 7 + 1 for one in rows["period_start"]]
        origin = day - datetime.timedelta(weeks=1)
        parts.append(rows[rows["horizon"] <= 4].assign(origin_start=origin, level="site", model=COMBINATION))
    past = pd.concat(parts, ignore_index=True)
    past[list(LEVELS)] = np.repeat(past[["quantity"]].to_numpy(), len(LEVELS), axis=1)
    others = past.assign(model="ses", **dict.fromkeys(LEVELS, np.nan))
    tried = forecasts_at(pd.concat([past, others]), 4)
    assert comparison_days(list(tried), START, settings) == [days[1], days[0]]
    by_recent, by_forecast = (
        scenario(comparison_table(tables, history, settings, known), contracts.PlanComparison).set_index("plan")
        for known in (None, past)
    )
    assert set(by_forecast["demand_known_from"]) == {"forecasts"}
    assert set(by_recent["demand_known_from"]) == {"recent weeks"}
    # Of demand that is known, a plan lacks only what planning for weeks without a report costs.
    assert by_forecast.loc[SCENARIOS, "regret_share"] < 0.02 < by_recent.loc[SCENARIOS, "regret_share"]


def test_an_infeasible_plan_says_why_in_every_row(tables: AidTables, history: pd.DataFrame) -> None:
    settings = SharingSettings(scenarios=4, minimum_coverage=1.0, minimum_required=True)
    case = sharing_case(tables, recent_quantiles(history, 4), settings)
    assert case is not None
    table = plan_table(case, plan_allocation(case.problem, "people", settings.terms), settings)
    table = scenario(table, contracts.AllocationPlan)
    assert (table["status"] == "infeasible").all() and not table["quantity"].any()
    assert table.loc[table["shortfall"] > 0, "reason"].str.startswith("no plan was made: ").all()


def test_stock_levels_of_the_tables_keep_their_contracts(tables: AidTables, history: pd.DataFrame) -> None:
    sharing, inventory = SharingSettings(), InventorySettings(draws=200)
    policy = policy_table(tables, recent_quantiles(history, 4), history, sharing, inventory)
    policy = scenario(policy, contracts.InventoryPolicy)
    assert len(policy) == 4 and (policy["order_up_to"] > policy["expected_demand"]).all()
    assert policy["average_use_level"].notna().all()
    simulated = scenario(simulation_table(tables, history, sharing, inventory), contracts.InventorySimulation)
    assert set(simulated["store_kind"]) == {"depot", "area"} and len(simulated) == 2 * 5
    held = simulated.groupby("rule")["weeks_of_stock"].mean()
    assert held["quantile of demand"] < held["average use"]


def test_forecasts_of_a_past_day_know_nothing_later(history: pd.DataFrame) -> None:
    day = START - datetime.timedelta(weeks=8)
    changed = history.copy()
    later = pd.to_datetime(changed["period_start"]) >= pd.Timestamp(day)
    changed.loc[later, "quantity"] *= 100
    pd.testing.assert_frame_equal(recent_quantiles(history, 4, day), recent_quantiles(changed, 4, day))


def test_plans_use_the_forecasts_served_and_recent_weeks_where_there_are_none(history: pd.DataFrame) -> None:
    recent = recent_quantiles(history, 4)
    water = recent["item_id"] == "water"
    served = recent[water].assign(period="week", q500=recent.loc[water, "q500"] + 7)
    monthly = served.assign(period="month", q500=-1.0)
    country = served.assign(level="country", q500=-1.0)
    coming = coming_quantiles(pd.concat([served, monthly, country]), history, 3).set_index(["place_id", "item_id"])
    assert set(coming["horizon"]) == {1, 2, 3}
    assert len(coming) == (recent["horizon"] <= 3).sum()
    expected = recent[recent["horizon"] <= 3].set_index(["place_id", "item_id"])
    more = coming.sort_index().groupby(level=[0, 1])["q500"].first() - expected.groupby(level=[0, 1])["q500"].first()
    assert (more.xs("water", level=1) == 7).all() and (more.drop("water", level=1) == 0).all()
    nothing = coming_quantiles(served.iloc[:0], history, 4)
    pd.testing.assert_frame_equal(nothing, recent)


def test_batches_are_sent_only_in_weeks_they_are_there_and_in_date() -> None:
    day, later = START, datetime.timedelta(days=1)
    stock = pd.DataFrame(
        {
            "depot_id": "D1",
            "item_id": "water",
            "on_hand": [5.0, 5, 5, 0],
            "on_order": [0.0, 0, 0, 7],
            "arrives_on": [None, None, None, day + 8 * later],
            "expires_on": [day + 5 * later, day + 6 * later, None, None],
        }
    )
    names = pd.DataFrame({"depot_id": ["D1"], "item_id": ["water"]})
    batches = stock_batches(stock, names, names, day, 4)
    assert batches["expires"].tolist() == [-1, 0, 4, 4] and batches["arrives"].tolist() == [0, 0, 0, 2]


def test_settings_of_the_file_are_the_defaults_and_wrong_ones_are_named() -> None:
    assert plan_settings() == plan_settings(text="")
    assert plan_settings({"sharing": {"objective": "max_min"}}).sharing.objective == "max_min"
    for wrong, says in (
        ({"sharing": {"objective": "profit"}}, "objective"),
        ({"sharing": {"week": 4}}, "week"),
        ({"inventory": {"service_level": 2}}, "service_level"),
        ({"sharing": {"fairness_steps": [0.5, 0]}}, "ascend"),
    ):
        with pytest.raises(SettingsError, match=says):
            plan_settings(wrong)
    with pytest.raises(SettingsError, match="YAML"):
        plan_settings(text="sharing: [")


def test_a_scenario_replaces_its_own_rows_only_and_marks_stale_ones(lake) -> None:
    def rows(value: float) -> pd.DataFrame:
        columns = {"share_of_floor": [0.0], "least_coverage": [0.1], "people_reached": [value]}
        return pd.DataFrame(
            columns | {"price_of_fairness": [0.0], "gini": [0.1], "cost_usd": [1.0], "is_synthetic": [True]}
        )

    contract = contracts.FairnessCurve
    for name, inputs, value in (("baseline", "a", 1.0), ("flood", "a", 2.0), ("baseline", "b", 3.0)):
        whole = with_scenarios(lake, rows(value), contract, scenario=name, inputs=inputs)
        lake.replace("aid.fairness_curve", validate(whole, contract), author="test")
    found = lake.read_frame("aid.fairness_curve").set_index("scenario")
    assert found["people_reached"].to_dict() == {"baseline": 3.0, "flood": 2.0}
    assert found["is_stale"].to_dict() == {"baseline": False, "flood": True}


def test_inputs_are_the_same_in_whatever_order_their_rows_are() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    assert inputs_hash({"t": frame}) == inputs_hash({"t": frame[::-1]})
    assert inputs_hash({"t": frame}) != inputs_hash({"t": frame.assign(a=[1, 3])})
