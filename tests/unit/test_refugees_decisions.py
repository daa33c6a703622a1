"""Tests of people's decisions on a supply plan: fixed where they can be, set aside with a reason where they cannot."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from socialai_assets.ingest.contract import RawContract, apply, landed_columns
from socialai_assets.methods.allocation.planning import plan_allocation
from socialai_assets.methods.allocation.reasons import LIMITS
from socialai_assets.refugees.feedback_contracts import KEPT, NOT_PLANNED, SET_ASIDE
from socialai_assets.refugees.feedback_input_contracts import NeedsReportedInput, OverridesInput
from socialai_assets.refugees.plan_decisions import decided, decisions_of
from tests.unit.allocation_problems import EXACT, one_depot

WEEK = datetime.date(2026, 1, 5)


def decisions(*rows: tuple[str, str, float, str | None], superseded: tuple[str, ...] = ()) -> pd.DataFrame:
    """Decisions by code, camp, quantity and depot, made one hour after another."""
    table = pd.DataFrame(rows, columns=["override_id", "camp_id", "quantity", "depot_id"])
    times = [datetime.datetime(2026, 1, 2, hour) for hour in range(len(rows))]
    return table.assign(item_id="water", week_start=WEEK, decided_at=times).assign(
        is_superseded=table["override_id"].isin(superseded)
    )


def test_decisions_are_kept_and_the_rest_is_shared_around_them() -> None:
    problem = one_depot([10, 10, 10], 20)
    made = decisions(("a", "place0", 9, None), ("b", "place1", 5, None), ("c", "place1", 0, None), superseded=("b",))
    fixed, told = decided(problem, [WEEK], made)
    assert told.set_index("override_id")["state"].to_dict() == {"a": KEPT, "c": KEPT}
    assert plan_allocation(fixed, "people", EXACT).received.ravel() == pytest.approx([9, 0, 10], abs=1e-6)
    plan = pd.DataFrame(
        {"camp_id": ["place0", "place2"], "item_id": "water", "week_start": WEEK, "depot_id": ["depot", None]}
    )
    codes = decisions_of(plan, told)
    assert codes.iloc[0] == "a" and codes.isna().tolist() == [False, True]


def test_decisions_too_many_are_set_aside_with_the_reason_the_first_kept() -> None:
    made = decisions(("a", "place0", 10, None), ("b", "place1", 9, None), ("c", "place1", 3, "elsewhere"))
    fixed, told = decided(one_depot([10, 10], 15), [WEEK], made)
    assert told.set_index("override_id")["state"].to_dict() == {"a": KEPT, "b": SET_ASIDE, "c": NOT_PLANNED}
    assert LIMITS["stock"] in told.set_index("override_id").loc["b", "reason"]
    assert len(fixed.fixed) == 1
    late = decisions(("a", "place0", 10, None)).assign(week_start=WEEK + datetime.timedelta(days=7))
    unchanged, told = decided(one_depot([10, 10], 15), [WEEK], late)
    assert told["state"].tolist() == [NOT_PLANNED] and not len(unchanged.fixed)
    past = decisions(("a", "place0", 10, None)).assign(week_start=WEEK - datetime.timedelta(days=7))
    assert decided(one_depot([10, 10], 15), [WEEK], past)[1].empty


def test_a_plan_without_decisions_is_as_it_was() -> None:
    problem = one_depot([10, 10], 15)
    unchanged, told = decided(problem, [WEEK], decisions(("a", "place0", 10, None)).iloc[:0])
    assert unchanged is problem and told.empty
    assert decisions_of(pd.DataFrame(columns=["camp_id", "item_id", "week_start", "depot_id"]), told).empty


GOOD = {
    OverridesInput: {
        "override_id": "o1", "camp_id": "C1", "item_id": "soap", "week_start": "2026-01-05", "decision": "change",
        "quantity": "12", "reason": "a store burnt down", "decided_by": "camp_manager",
        "decided_at": "2026-01-02T09:00:00",
    },
    NeedsReportedInput: {
        "camp_id": "C1", "item_id": "soap", "week_start": "2026-01-05", "sex": "all", "age_group": "all",
        "needed": "12", "met": "9",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("contract", "change", "says"),
    [
        (OverridesInput, {}, None),
        (OverridesInput, {"decision": "refuse", "quantity": ""}, None),
        (OverridesInput, {"week_start": "2020-01-06", "plan_start": "2020-01-06"}, None),
        (OverridesInput, {"week_start": "2025-12-22"}, "not past"),
        (OverridesInput, {"plan_start": "2026-01-12"}, "not past"),
        (OverridesInput, {"week_start": "2026-01-06"}, "Monday"),
        (OverridesInput, {"quantity": "-1"}, "quantity"),
        (OverridesInput, {"quantity": ""}, "has a quantity"),
        (OverridesInput, {"decision": "refuse"}, "has a quantity"),
        (OverridesInput, {"reason": " "}, "reason"),
        (OverridesInput, {"decided_by": "Ana Quispe"}, "decided_by"),
        (OverridesInput, {"decided_at": "2126-01-02T09:00:00", "week_start": "2126-01-07"}, "future"),
        (NeedsReportedInput, {}, None),
        (NeedsReportedInput, {"met": "13"}, "no more is met"),
        (NeedsReportedInput, {"week_start": "2126-01-07"}, "future"),
        (NeedsReportedInput, {"sex": "women"}, "sex"),
    ],
)
def test_what_lands_is_held_to_its_rules(contract: type[RawContract], change: dict[str, str], says: str | None) -> None:
    names = [column.name for column in landed_columns(contract)]
    rows = pd.DataFrame([{name: (GOOD[contract] | change).get(name) for name in names}]).astype("string")
    accepted, refused = apply(rows.assign(file_name="f.csv", file_line=2), contract)[:2]
    assert (len(accepted), len(refused)) == ((0, 1) if says else (1, 0))
    assert says is None or says in refused["reason"].iloc[0]


def test_quantities_of_a_sample_are_those_people_would_type() -> None:
    from socialai_assets.ingest.sample.refugee_feedback import DISADVANTAGE, WORSE_SERVED, needs_reported, overrides

    days = pd.to_datetime(pd.Series(["2025-12-02", "2025-12-09", "2025-12-10", "2025-12-10"]))
    made = pd.DataFrame(
        {
            "camp_id": ["C1", "C1", "C2", "C-unknown"], "item_id": "food_ration", "planned_on": days,
            "delivered_on": days.where([True, False, True, True]),
            "planned_quantity": [1500.0, 1600.0, 700.0, 5.0], "delivered_quantity": [1000.0, None, 700.0, 5.0],
        }
    )  # fmt: skip
    camps = pd.DataFrame({"camp_id": ["C1", "C2"], "people": [500.0, 300.0]})
    rows = needs_reported(camps, made, 0).set_index(["camp_id", "week_start", "sex"])
    assert (rows["met"] <= rows["needed"]).all()
    shares = rows["met"] / rows["needed"]
    first = shares["C1"][pd.Timestamp("2025-12-01")]
    assert first[WORSE_SERVED] / first["male"] == pytest.approx(DISADVANTAGE, abs=0.01)
    assert first["all"] == pytest.approx(1000 / (500 * 3.77), rel=0.06)
    assert np.allclose(shares["C1"][pd.Timestamp("2025-12-08")], 0)
    told = overrides(made)
    assert told["camp_id"].tolist()[-1] == "C-unknown" and told["override_id"].is_unique
    assert (told["decision"] == "refuse").eq(told["quantity"].isna()).all()
