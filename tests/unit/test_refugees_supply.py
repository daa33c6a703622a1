"""Supply plans of camps: closed roads, truck hours, minimums and reasons, beside what can be worked out by hand."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from resources.errors import SettingsError
from socialai_assets.methods.allocation.checker import violations
from socialai_assets.methods.allocation.comparison import FORESIGHT, proportional_shares
from socialai_assets.methods.allocation.frames import checkable
from socialai_assets.methods.allocation.planning import plan_allocation
from socialai_assets.methods.allocation.reasons import LIMITS, NO_DEPOT
from socialai_assets.refugees.arrival_forecasting import QUANTILE_COLUMNS
from socialai_assets.refugees.convoy_contracts import REASONS
from socialai_assets.refugees.convoys import plan_convoys
from socialai_assets.refugees.needs_tables import CampGroups
from socialai_assets.refugees.standards import item_table, read_standards
from socialai_assets.refugees.supply import SupplyCase, SupplyTables, supply_case
from socialai_assets.refugees.supply_comparison import LAST, WAYS, Past, compare_on_past, past_of
from socialai_assets.refugees.supply_settings import ComparisonSettings, SupplySettings, supply_settings
from socialai_assets.refugees.supply_tables import supply_plan_table

MONDAY = datetime.date(2025, 1, 6)
STANDARDS = read_standards({"planning": {"minimum_share": 0.6}})
SETTINGS = SupplySettings(weeks=2, kilometres_per_hour=40, loading_hours=2, objective="people", segments=12)
FOOD = 7 * 2100 / 3900
"""kg a person and week."""


def tables(**changes: pd.DataFrame) -> SupplyTables:
    """Depot at the hub; near camp at 40 km, far camp at 100 km straight and 300 km round by the town; one cut off."""
    links = [("hub", "near", 40.0), ("far", "hub", 100.0), ("hub", "town", 150.0), ("far", "town", 150.0)]
    stock = {"depot_id": "d", "item_id": "food_ration", "on_order": 0.0, "arrives_on": pd.NaT, "expires_on": pd.NaT}
    known = SupplyTables(
        camps=pd.DataFrame({"camp_id": ["near", "far", "cut"], "conflict_id": "c"}),
        population=pd.DataFrame({"camp_id": ["near", "far", "cut"], "conflict_id": "c", "people": 1000.0}),
        links=pd.DataFrame(links, columns=["from_id", "to_id", "km"]).assign(conflict_id="c"),
        closures=pd.DataFrame(columns=["conflict_id", "from_id", "to_id", "closed_from", "closed_until"]),
        items=item_table(STANDARDS),
        depots=pd.DataFrame({"depot_id": ["d"], "conflict_id": "c", "place_id": "hub", "capacity_m3": np.nan}),
        stock=pd.DataFrame([stock | {"batch": "B1", "on_hand": 1e6}]),
        vehicles=pd.DataFrame(
            {
                "vehicle_id": ["t"], "depot_id": "d", "vehicle_type": "truck", "fixed_cost_usd": 50.0, "most_trips": 2,
                "capacity_kg": 10000.0, "capacity_m3": 50.0,
                "cost_per_km_usd": 1.0, "cost_per_hour_usd": 10.0, "shift_start_minute": 360,
                "shift_end_minute": 960, "break_minutes": 60,
            }
        ),
    )  # fmt: skip
    return replace(known, **changes)


def closure(first: datetime.date, last: datetime.date | None) -> pd.DataFrame:
    row = {"conflict_id": "c", "from_id": "far", "to_id": "hub", "closed_from": first, "closed_until": last}
    return pd.DataFrame([row])


def case_of(known: SupplyTables, settings: SupplySettings = SETTINGS) -> SupplyCase:
    rows = [
        {"conflict_id": "c", "camp_id": camp, "horizon": week + 1, "is_synthetic": False}
        | {"week_start": MONDAY + datetime.timedelta(weeks=week)}
        | dict.fromkeys(QUANTILE_COLUMNS, 1000.0)
        for camp in ("near", "far", "cut")
        for week in range(2)
    ]
    shares = STANDARDS.default_groups()
    groups = CampGroups(
        pd.concat([shares.assign(camp_id=camp) for camp in ("near", "far", "cut")]), pd.Series(dtype=object)
    )
    case = supply_case(known, "c", pd.DataFrame(rows), groups, STANDARDS, settings)
    assert case is not None
    return case


def planned(case: SupplyCase, settings: SupplySettings = SETTINGS) -> pd.DataFrame:
    plan = plan_allocation(case.problem, settings.objective, settings.terms)
    assert violations(**checkable(case.problem, plan)) == []
    return supply_plan_table(case, plan, settings)


def test_needs_ways_and_costs_by_hand() -> None:
    rows = planned(case_of(tables())).query("item_id == 'food_ration'").set_index(["camp_id", "week_start"])
    near, far = rows.loc[("near", MONDAY)], rows.loc[("far", MONDAY)]
    assert near["needed"] == pytest.approx(1000 * FOOD) == near["received"]
    assert (near["km"], far["km"]) == (40.0, 100.0)
    # There and back 80 km and two hours, two hours of loading, shared by the load of a truck of 10 t.
    assert near["cost_usd"] == pytest.approx((80 * 1 + 4 * 10) * 1000 * FOOD / 10000)
    assert near["met_probability"] == 1 and near["shortfall"] == 0 and near["reason"] is None
    cut = rows.loc[("cut", MONDAY)]
    assert cut["received"] == 0 and cut["reason"] == NO_DEPOT


def test_a_closed_road_is_gone_round_in_its_week_only() -> None:
    rows = planned(case_of(tables(closures=closure(MONDAY, MONDAY + datetime.timedelta(days=2)))))
    rows = rows[(rows["item_id"] == "food_ration") & (rows["camp_id"] == "far")].set_index("week_start")
    assert rows["km"].tolist() == [300.0, 100.0]


def test_a_camp_behind_closed_roads_says_so() -> None:
    only = tables().links.iloc[:2]
    case = case_of(tables(links=only, closures=closure(MONDAY - datetime.timedelta(days=9), None)))
    rows = planned(case)
    far = rows[(rows["camp_id"] == "far") & (rows["item_id"] == "food_ration")]
    assert (far["received"] == 0).all()
    assert set(far["reason"]) == {LIMITS["closures"]}
    # The common rule uses no closed road either.
    shares = proportional_shares(case.problem)
    assert violations(**checkable(case.problem, shares)) == []
    assert shares.received[case.problem.places.index("far")].sum() == 0


def test_trucks_hours_limit_what_far_camps_get() -> None:
    # Nine hours a day, one day a week, half planned with: 4.5 hours, a trip to the far camp takes seven.
    settings = SETTINGS.model_copy(update={"delivery_days": 1, "load_share": 0.5})
    case = case_of(tables(), settings)
    rows = planned(case, settings).query("item_id == 'food_ration' and week_start == @MONDAY").set_index("camp_id")
    used = rows.loc["near", "quantity"] / 10000 * 4 + rows.loc["far", "quantity"] / 10000 * 7
    assert used == pytest.approx(4 * 1000 * FOOD / 10000 + 7 * 1000 * FOOD / 10000) and used <= 4.5
    tight = tables(vehicles=tables().vehicles.assign(capacity_kg=2000.0))
    rows = planned(case_of(tight, settings), settings).query("item_id == 'food_ration' and week_start == @MONDAY")
    rows = rows.set_index("camp_id")
    assert rows.loc["far", "reason"] == LIMITS["vehicles"]
    hours = rows.loc["near", "quantity"] / 2000 * 4 + rows.loc["far", "quantity"] / 2000 * 7
    assert hours == pytest.approx(4.5)
    shares = proportional_shares(case_of(tight, settings).problem)
    assert violations(**checkable(case_of(tight, settings).problem, shares)) == []


def test_scarce_stock_goes_to_minimums_first_and_is_used_up() -> None:
    scarce = tables(stock=tables().stock.assign(on_hand=2000 * FOOD))
    rows = planned(case_of(scarce)).query("item_id == 'food_ration' and camp_id != 'cut'")
    assert rows["received"].sum() == pytest.approx(2000 * FOOD)
    assert rows["minimum"].to_numpy() == pytest.approx(np.full(4, 600 * FOOD))
    assert set(rows.loc[rows["shortfall"] > 0, "reason"]) == {LIMITS["stock"]}


def test_a_plan_that_uses_a_closed_road_is_found_out() -> None:
    case = case_of(tables(closures=closure(MONDAY, MONDAY)))
    free = case_of(tables())
    plan = plan_allocation(free.problem, "people", SETTINGS.terms)
    told = checkable(case.problem, plan_allocation(case.problem, "people", SETTINGS.terms))
    told["shipments"] = checkable(free.problem, plan)["shipments"]
    told["links"] = told["links"][told["links"]["place_id"] != "far"]
    assert any("far" in text and "no such way" in text for text in violations(**told))


def test_convoys_bring_the_first_week_and_say_what_is_left_out() -> None:
    known = tables()
    plan = planned(case_of(known)).assign(is_synthetic=False)
    routing = supply_settings({"routing": {"limits": {"iterations": 100}}}).routing
    made = plan_convoys(known, plan, known.items, routing)
    assert made.unserved.empty
    stops = made.stops[made.stops["kind"] == "stop"].set_index("camp_id")
    assert stops["delivered_kg"].to_dict() == {"near": 3770.0, "far": 3770.0}
    # Either way round, by one trip or by two, it is 280 km.
    assert made.convoys["km"].sum() == pytest.approx(280.0)
    assert stops["items"].str.startswith("food_ration 3,769 kg").all()
    # Nine hours are not enough for both, and what is left out has a reason.
    short = plan.assign(delivery_days=1)
    late = plan_convoys(known, short, known.items, routing)
    assert len(late.unserved) == 1 and len(late.convoys) == 1
    delivered = late.stops["delivered_kg"].sum() + late.unserved["load_kg"].sum()
    assert delivered == 7540.0 and late.unserved["reason"].isin(REASONS).all()
    gone = replace(known, vehicles=known.vehicles.iloc[:0])
    assert set(plan_convoys(gone, plan, known.items, routing).unserved["reason"]) == {"no_vehicle"}


def test_convoys_go_round_a_closed_road() -> None:
    known = tables(closures=closure(MONDAY, MONDAY))
    plan = planned(case_of(known)).assign(is_synthetic=False)
    routing = supply_settings({"routing": {"limits": {"iterations": 100}}}).routing
    made = plan_convoys(known, plan, known.items, routing)
    assert made.convoys["km"].sum() == pytest.approx(80 + 600)


@pytest.fixture(scope="module")
def groups() -> CampGroups:
    shares = STANDARDS.default_groups()
    return CampGroups(
        pd.concat([shares.assign(camp_id=camp) for camp in ("near", "far", "cut")]), pd.Series(dtype=object)
    )


def past(far: list[float]) -> Past:
    weeks = [MONDAY + datetime.timedelta(weeks=week) for week in range(len(far))]
    people = {"near": [1000.0] * len(far), "far": far, "cut": [500.0] * len(far)}
    population = pd.DataFrame(
        [("c", camp, week, people[camp][row]) for camp in people for row, week in enumerate(weeks)],
        columns=["conflict_id", "camp_id", "week_start", "people"],
    )
    columns = ["conflict_id", "camp_id", "model", "origin_week", "week_start", "horizon", *QUANTILE_COLUMNS]
    return past_of(tables(), "c", population, pd.DataFrame(columns=columns))


def test_with_enough_for_all_only_the_camp_without_a_road_is_short(groups: CampGroups) -> None:
    comparison = ComparisonSettings(weeks=3, starts=(0.5,), opening_weeks=2, arriving_share=1)
    found = compare_on_past(past([1000.0] * 8), groups, STANDARDS, SETTINGS, comparison).set_index("plan")
    assert set(found.index) == set(WAYS)
    assert found["people_weeks"].tolist() == [7500.0] * 4
    assert found["people_weeks_short"].to_numpy() == pytest.approx(np.full(4, 1500.0), rel=1e-4)
    assert (found["least_coverage"] < 1e-6).all()
    assert found["waste_kg"].to_numpy() == pytest.approx(np.zeros(4), abs=0.1)


def test_knowing_who_comes_is_never_worse(groups: CampGroups) -> None:
    comparison = ComparisonSettings(weeks=4, starts=(0.4,), opening_weeks=1, arriving_share=0.9)
    growing = [400.0, 400, 400, 400, 900, 1400, 1900, 2400, 2400, 2400]
    found = compare_on_past(past(growing), groups, STANDARDS, SETTINGS, comparison).set_index("plan")
    assert (found["regret_people_weeks"] > -1e-3 * found["people_weeks"]).all()
    assert found.loc[LAST, "regret_people_weeks"] > 1
    assert found.loc[FORESIGHT, "regret_people_weeks"] == 0


def test_wrong_settings_are_refused_by_name() -> None:
    assert supply_settings().plan == SupplySettings()
    for changes, named in (
        ({"plan": {"objective": "greed"}}, "plan.objective"),
        ({"plan": {"weeks": 13}}, "plan.weeks"),
        ({"plan": {"weaks": 4}}, "plan.weaks"),
        ({"comparison": {"starts": [1.5]}}, "comparison.starts"),
    ):
        with pytest.raises(SettingsError, match=named):
            supply_settings(changes)
