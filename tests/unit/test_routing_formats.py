"""VROOM's JSON in and out and back in, and the readers of published instances."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from socialai_assets.methods.routing import vroom_input, vroom_output
from socialai_assets.methods.routing.benchmark_instances import read_cordeau, read_solomon, read_vrplib
from socialai_assets.methods.routing.checking import violations
from socialai_assets.methods.routing.reasons import explain
from socialai_assets.methods.routing.solving import solve
from socialai_assets.methods.routing.stopping import Limits

NOON = 1_700_000_000
PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data" / "benchmarks" / "routing"


def request() -> dict[str, Any]:
    """Two vehicles, one of which need not come back; a job that none may do, one with two windows, one too heavy."""
    return {
        "vehicles": [
            {
                "id": 1, "start": [-77.04, -12.05], "end": [-77.04, -12.05], "capacity": [10], "skills": [1],
                "time_window": [NOON, NOON + 14_400], "costs": {"fixed": 100, "per_hour": 3600, "per_km": 500},
            },
            {"id": 2, "start": [-77.00, -12.00], "capacity": [10], "time_window": [NOON, NOON + 14_400]},
        ],
        "jobs": [
            {"id": 11, "location": [-77.05, -12.06], "service": 300, "delivery": [4], "skills": [1]},
            {"id": 12, "location": [-77.01, -12.01], "service": 300, "delivery": [4], "priority": 50,
             "time_windows": [[NOON, NOON + 60], [NOON + 7200, NOON + 9000]]},
            {"id": 13, "location": [-77.02, -12.02], "pickup": [3], "description": "empties"},
            {"id": 14, "location": [-77.03, -12.03], "delivery": [1], "skills": [9]},
            {"id": 15, "location": [-77.03, -12.04], "delivery": [12]},
        ],
    }  # fmt: skip


def test_a_vroom_request_is_solved_written_and_read_back() -> None:
    asked = vroom_input.read(request())
    plan = solve(asked.problem, Limits(iterations=200))
    assert not violations(asked.problem, plan)
    written = json.loads(json.dumps(vroom_output.write(asked, plan, explain(asked.problem, plan))))
    assert written["code"] == 0
    left = {entry["id"]: entry["reason"] for entry in written["unassigned"]}
    assert left == {14: "vehicle_type", 15: "capacity"}
    done = [step for route in written["routes"] for step in route["steps"] if step["type"] == "job"]
    assert sorted(step["id"] for step in done) == [11, 12, 13]
    twelfth = next(step for step in done if step["id"] == 12)
    begin = twelfth["arrival"] + twelfth["waiting_time"]
    assert begin <= NOON + 60 or NOON + 7200 <= begin <= NOON + 9000
    for route in written["routes"]:
        # What VROOM's clients rely on: times add up, and only vehicle 1 comes back.
        first, last = route["steps"][0], route["steps"][-1]
        assert last["arrival"] - first["arrival"] == route["duration"] + route["service"] + route["waiting_time"] or (
            route["vehicle"] == 2
        )
        assert (last["type"] == "end") == (route["vehicle"] == 1)
    again = vroom_input.read(request(), plan=written)
    assert again.start == tuple(order for order in plan.orders)
    warm = solve(again.problem, Limits(iterations=1), start=again.start)
    assert warm.cost + warm.lost_prizes <= plan.cost + plan.lost_prizes


def test_shipments_of_a_request_are_planned_and_read_back() -> None:
    """Two goods go from place to place, one that no vehicle has the skill for stays; a job may have the same number."""
    asked = request()
    asked["jobs"] = asked["jobs"][:3]
    asked["shipments"] = [
        {"amount": [9], "pickup": {"id": 11, "location": [-77.02, -12.01], "service": 60},
         "delivery": {"id": 11, "location": [-77.03, -12.05], "time_windows": [[NOON, NOON + 7200]]}},
        {"amount": [9], "pickup": {"id": 21, "location": [-77.02, -12.03]},
         "delivery": {"id": 31, "location": [-77.05, -12.02]}},
        {"amount": [1], "skills": [9], "pickup": {"id": 22, "location": [-77.02, -12.03]},
         "delivery": {"id": 32, "location": [-77.05, -12.02]}},
    ]  # fmt: skip
    read = vroom_input.read(asked)
    plan = solve(read.problem, Limits(iterations=50, wall_seconds=20))
    assert plan.engine == "ortools"
    assert not violations(read.problem, plan)
    written = json.loads(json.dumps(vroom_output.write(read, plan, explain(read.problem, plan))))
    left = {(entry["type"], entry["id"]): entry for entry in written["unassigned"]}
    assert set(left) == {("pickup", 22), ("delivery", 32)}
    assert {entry["reason"] for entry in left.values()} == {"vehicle_type"}
    assert left["delivery", 32]["change"]["constraint"] == "vehicle_type"
    done = {
        (step["type"], step["id"]): (route["vehicle"], position, step["load"])
        for route in written["routes"]
        for position, step in enumerate(route["steps"])
        if step["type"] in ("job", "pickup", "delivery")
    }
    assert len(done) == 7
    for pickup, delivery in ((11, 11), (21, 31)):
        taken, brought = done["pickup", pickup], done["delivery", delivery]
        assert taken[0] == brought[0]
        assert taken[1] < brought[1]
        assert taken[2][0] >= 9
    # The jobs bring 8 and take 3, the two shipments are taken aboard and unloaded again.
    assert written["summary"]["delivery"] == [8 + 18]
    assert written["summary"]["pickup"] == [3 + 18]
    again = vroom_input.read(asked, plan=written)
    assert again.start == plan.orders
    warm = solve(again.problem, Limits(iterations=1, wall_seconds=20), start=again.start)
    assert warm.cost + warm.lost_prizes <= plan.cost + plan.lost_prizes


def test_steps_and_matrices_of_a_request_are_used() -> None:
    asked = {
        "vehicles": [
            {"id": 1, "start_index": 0, "end_index": 0, "steps": [{"type": "job", "id": 2}, {"type": "job", "id": 1}]}
        ],
        "jobs": [{"id": 1, "location_index": 1}, {"id": 2, "location_index": 2}],
        "matrices": {"car": {"durations": [[0, 10, 20], [10, 0, 10], [20, 10, 0]]}},
    }  # fmt: skip
    read = vroom_input.read(asked)
    assert read.start[0].steps == ("2", "1")
    plan = solve(read.problem, Limits(iterations=20))
    assert vroom_output.write(read, plan)["summary"]["cost"] == 40


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shipments": [{}]}, "shipments.0.pickup"),
        (
            {"shipments": 2 * [{"pickup": {"id": 1, "location": [0, 0]}, "delivery": {"id": 1, "location": [0, 0]}}]},
            "'pickup 1' comes more than once",
        ),
        (
            {"shipments": [{"pickup": {"id": 1}, "delivery": {"id": 1, "location": [0, 0]}}]},
            "Pickup 1 .* neither a location nor an index",
        ),
        ({"vehicles": [{"id": 1, "max_tasks": 3, "start": [0, 0]}]}, "vehicles.0.max_tasks"),
        ({"vehicles": [{"id": 1}]}, "Vehicle 1 .* neither a start nor an end"),
        ({"jobs": [{"id": 1}]}, "Job 1 .* neither a location nor an index"),
        ({"jobs": [{"id": 1, "location": [0, 0], "priority": 101}]}, "jobs.0.priority"),
        ({"jobs": [{"id": 1, "location": [0, 0]}, {"id": 1, "location": [0, 0]}]}, "'1' comes more than once"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        vroom_input.read({**request(), **change})


def test_a_small_vrplib_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "tiny.vrp"
    file.write_text(
        "NAME : tiny\nTYPE : CVRP\nDIMENSION : 3\nEDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : 5\n"
        "NODE_COORD_SECTION\n1 0 0\n2 3 4\n3 0 2.6\nDEMAND_SECTION\n1 0\n2 3\n3 4\nDEPOT_SECTION\n1\n-1\nEOF\n"
    )
    instance = read_vrplib(file)
    plan = solve(instance.problem, Limits(iterations=20))
    # Two trips, 5 + 5 and 3 + 3 with distances rounded to whole numbers.
    assert instance.cost(plan) == 16
    assert instance.best_known is None


def test_a_small_cordeau_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "tiny.txt"
    file.write_text("2 1 2 2\n0 5\n0 5\n1 0 1 0 3 1 1 1\n2 10 1 0 3 1 1 1\n3 0 0 0 0 0 0\n4 10 0 0 0 0 0\n")
    instance = read_cordeau(file)
    assert instance.cost(solve(instance.problem, Limits(iterations=20))) == pytest.approx(4.0)
    file.write_text("0 1 2 2\n")
    with pytest.raises(ValueError, match="not a multi-depot instance"):
        read_cordeau(file)


@pytest.mark.real
@pytest.mark.parametrize(
    ("file", "read", "stops"),
    [
        ("cvrp_x/X-n101-k25.vrp", read_vrplib, 100),
        ("solomon/RC208.txt", read_solomon, 100),
        ("cordeau_mdvrp/p01.txt", read_cordeau, 50),
    ],
)
def test_published_instances_are_read_with_their_best_known_cost(file: str, read: Any, stops: int) -> None:
    if not PUBLISHED.is_dir():
        pytest.skip(f"the published instances are not at {PUBLISHED}")
    instance = read(PUBLISHED / file)
    assert len(instance.problem.stops) == stops
    plan = solve(instance.problem, Limits(iterations=50))
    assert not violations(instance.problem, plan)
    # Within 15 % after fifty steps, and never better than the best known by more than its rounding.
    assert 0.999 * instance.best_known <= instance.cost(plan) <= 1.15 * instance.best_known
