"""Where vehicles are from minute to minute."""

from __future__ import annotations

import itertools

from socialai_assets.serving.dashboard.vehicle_tracks import step_at, steps_of


def visit(kind: str, arrives: float, begins: float, leaves: float, **cells: object) -> dict[str, object]:
    place = {"name": None, "latitude": None, "longitude": None}
    return {"kind": kind, "arrives_minute": arrives, "begins_minute": begins, "leaves_minute": leaves, **place, **cells}


HOME = {"name": "Depot", "latitude": -10.0, "longitude": -75.0}
SITE = {"name": "Site", "latitude": -9.0, "longitude": -74.0}


def test_a_day_has_no_gaps_and_says_what_the_vehicle_does() -> None:
    steps = steps_of(
        [
            visit("start", 420, 420, 440, **HOME),
            visit("stop", 500, 510, 530, **SITE),
            visit("end", 590, 590, 590, **HOME),
        ]
    )
    assert [step["activity"] for step in steps] == ["loading", "driving", "waiting", "unloading", "driving"]
    assert all(before["to"] == after["from"] for before, after in itertools.pairwise(steps))
    assert (steps[1]["start"], steps[1]["end"], steps[1]["place"]) == ([-10.0, -75.0], [-9.0, -74.0], "Site")
    assert step_at(steps, 515) == steps[3]
    assert step_at(steps, 419) is None
    assert step_at(steps, 590) is None


def test_a_break_on_the_way_lies_on_the_way() -> None:
    steps = steps_of(
        [visit("start", 420, 420, 420, **HOME), visit("break", 440, 440, 470), visit("stop", 530, 530, 540, **SITE)]
    )
    resting = next(step for step in steps if step["activity"] == "break")
    assert resting["start"] == resting["end"] == [-9.75, -74.75]
    assert steps[0]["place"] == "Site"
