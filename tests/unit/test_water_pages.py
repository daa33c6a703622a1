"""What water's pages are made of: limits that readings break, charts, what a community is told first."""

from __future__ import annotations

import datetime

import pandas as pd

from socialai_assets.serving.dashboard.community_rows import villages
from socialai_assets.serving.dashboard.station_rows import charts, latest_values

LIMIT = {"parameter": "ph", "lower": 6.5, "upper": 8.5, "standard": "WHO"}
FAR = {"parameter": "ph", "lower": None, "upper": 900.0, "standard": "WHO"}
HOUR = datetime.datetime(2026, 6, 1, 8)


def _reading(mean: float | None, hour: datetime.datetime = HOUR) -> dict:
    return {"parameter": "ph", "hour": hour, "unit": None, "mean": mean, "minimum": mean, "maximum": mean}


def test_the_last_value_is_held_against_its_limits() -> None:
    recent = [_reading(7.0), _reading(9.0, HOUR.replace(hour=9)), _reading(None, HOUR.replace(hour=10))]

    (row,) = latest_values(recent, [LIMIT], "en")

    assert (row["value"], row["hour"].hour) == ("9", 9)
    assert row["beyond"] == "6.5 to 8.5 (WHO)"


def test_a_chart_shows_limits_that_are_near_alone() -> None:
    (made,) = charts([_reading(7.0), _reading(8.0)], [LIMIT, FAR], "en")

    assert [line["value"] for line in made["chart"]["limits"]] == [6.5, 8.5]


def test_what_needs_somebody_stands_first_and_old_visits_assure_nobody() -> None:
    today = datetime.date(2026, 6, 1)
    systems = pd.DataFrame(
        {
            "system_id": ["fine", "old", "dry", "untreated", "unknown"],
            "name": ["A", "B", None, "D", "E"],
            "management": ["Municipality", None, None, None, None],
            "last_report": pd.to_datetime(["2026-05-01", "2020-05-01", "2026-05-01", "2026-05-01", None]),
            "is_synthetic": True,
        }
    )
    points = pd.DataFrame(
        {
            "system_id": ["fine", "old", "untreated"],
            "component": ["treatment", "treatment", "treatment"],
            "works": pd.array([True, True, False], dtype="boolean"),
            "state": [None, None, None],
        }
    )
    visits = pd.DataFrame({"system_id": ["dry", "untreated"], "day": pd.to_datetime(["2026-06-03", "2026-05-03"])})
    repairs = pd.DataFrame({"system_id": ["untreated", None]})

    made = villages(systems, points, pd.DataFrame({"system_id": ["dry"]}), repairs, visits, today)

    assert [one.state for one in made] == ["dry", "untreated", "unknown", "old", "fine"]
    assert made[0].visit_on == datetime.date(2026, 6, 3)
    assert made[1].visit_on is None
    assert [one.is_proposed for one in made] == [False, True, False, False, False]
    assert made[0].name == "dry"
