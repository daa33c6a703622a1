"""Where vehicles are from minute to minute, from a route plan's stops: what the map's clock moves. Plans nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Visit = dict[str, Any]
Step = dict[str, Any]
Point = list[float]
AT = {"start": "loading", "reload": "loading", "stop": "unloading", "break": "break", "end": "back"}


def steps_of(visits: Sequence[Visit]) -> list[Step]:
    """What one vehicle does on one day, without gaps.

    Args:
        visits: its rows of `aid.route_stops`, in order.

    Returns:
        A row a step: `from` and `to` (minutes after midnight), `start` and `end` (latitude, longitude; the same where
        it stands), `activity` (driving, waiting, loading, unloading, break) and `place` (where it is or drives to).
    """
    steps: list[Step] = []
    here, now, place = _point(visits[0]), visits[0]["begins_minute"], visits[0]["name"]
    for number, visit in enumerate(visits):
        arrival = max(now, min(visit["arrives_minute"], visit["begins_minute"])) if number else now
        there, towards = _where(visits, number, here, arrival - now)
        if arrival > now:
            steps.append(_step("driving", now, arrival, here, there, towards))
        place = visit["name"] or place
        if visit["begins_minute"] > arrival:
            steps.append(_step("waiting", arrival, visit["begins_minute"], there, there, towards))
        if visit["leaves_minute"] > visit["begins_minute"]:
            activity = AT[visit["kind"]]
            steps.append(_step(activity, visit["begins_minute"], visit["leaves_minute"], there, there, place))
        here, now = there, visit["leaves_minute"]
    return steps


def step_at(steps: Sequence[Step], minute: float) -> Step | None:
    """What a vehicle does at a minute; None before it starts and after it is back."""
    return next((step for step in steps if step["from"] <= minute < step["to"]), None)


def _where(visits: Sequence[Visit], number: int, here: Point, driven: float) -> tuple[Point, str | None]:
    """Where a visit is, and the place it is on the way to: a break has no place of its own, but lies on the way."""
    visit = visits[number]
    if visit["latitude"] is not None:
        return _point(visit), visit["name"]
    following = next((later for later in visits[number + 1 :] if later["latitude"] is not None), None)
    if following is None or driven <= 0:
        return here, following["name"] if following else None
    left = max(0.0, following["arrives_minute"] - visit["leaves_minute"])
    share = driven / (driven + left) if driven + left else 0.0
    goal = _point(following)
    return [start + share * (end - start) for start, end in zip(here, goal, strict=True)], following["name"]


def _step(activity: str, begin: float, end: float, here: Point, there: Point, place: str | None) -> Step:
    return {"activity": activity, "from": begin, "to": end, "start": here, "end": there, "place": place}


def _point(visit: Visit) -> Point:
    return [round(float(visit["latitude"]), 5), round(float(visit["longitude"]), 5)]
