"""Inspection rounds: the most uncertain and oldest first, every route within its shift, a reason for whoever waits."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from resources.errors import SettingsError
from socialai_assets.ingest.contract import validate
from socialai_assets.water.inspection_rounds import Rounds, bases_of, first_day, plan_rounds, urgent_systems
from socialai_assets.water.inspection_settings import Base, InspectionSettings, inspection_settings
from socialai_assets.water.outreach_contracts import InspectionRoutes, InspectionStops

FIRST = datetime.date(2026, 11, 23)
BASE = (Base(name="Capital", latitude=-6.0, longitude=-78.0),)
COUNT = 12


def systems() -> pd.DataFrame:
    """Eleven systems in a row within a day's way of the base, and one a thousand kilometres away."""
    number = np.arange(COUNT)
    return pd.DataFrame(
        {
            "system_id": [f"W{one:02}" for one in number],
            "name": None,
            "area_id": ["010101"] * 6 + ["010201"] * 6,
            "lat_deg": np.where(number == 11, -15.0, -6.0 - number / 100),
            "lon_deg": -78.0,
            "served_population": 100.0,
            "is_synthetic": True,
        }
    )


def risks() -> pd.DataFrame:
    """W00 has two points, of which the wider interval counts; W01's risk is withheld; W02 and later are ever surer."""
    rows = [("W00", 0.1, 0.2, False), ("W00", 0.1, 0.7, False), ("W01", None, None, True)]
    rows += [(f"W{one:02}", 0.1, 0.5 - one / 100, False) for one in range(2, COUNT - 1)]
    return pd.DataFrame(rows, columns=["system_id", "lower", "upper", "is_withheld"])


def staleness() -> pd.DataFrame:
    """All were visited 73 days ago, but W05, of which no visit is dated."""
    days = pd.array([73] * COUNT, dtype="Int64")
    days[5] = None
    return pd.DataFrame({"subject_kind": "system", "subject_id": systems()["system_id"], "days_since_report": days})


def rounds(**changes: object) -> Rounds:
    settings = InspectionSettings(crews=1, days=1, most_stops=11, **changes)  # type: ignore[arg-type]
    urgent = urgent_systems(systems(), risks(), staleness(), settings)
    return plan_rounds(urgent, BASE, FIRST, settings)


def test_urgency_is_uncertainty_and_age_by_their_weights() -> None:
    urgent = urgent_systems(systems(), risks(), staleness(), InspectionSettings(people_weight=0)).set_index("system_id")
    # A tenth of two years for the age; nothing is known of the risk of W11, which has no point that can fail so.
    assert urgent.loc["W00", ["uncertainty", "urgency"]].tolist() == pytest.approx([0.6, 0.7])
    assert urgent.loc[["W01", "W11"], "urgency"].tolist() == pytest.approx([1.1, 1.1])
    assert urgent.loc["W05", "urgency"] == pytest.approx(0.35 + 1.0)
    assert urgent["rank"].loc[["W05", "W01", "W11", "W00", "W02"]].tolist() == [1, 2, 3, 4, 5]
    assert urgent.loc["W05", "why"] == "never_visited"
    stale = InspectionSettings(staleness_weight=9)
    assert urgent_systems(systems(), risks(), staleness(), stale)["why"].tolist().count("stale") > 5


def test_routes_keep_the_shift_and_whoever_is_not_visited_has_a_reason() -> None:
    found = rounds()
    scenario = {"scenario": "baseline", "inputs": "0", "is_stale": False, "is_synthetic": True}
    stops = validate(found.stops.assign(**scenario), InspectionStops)
    routes = validate(found.routes.assign(**scenario), InspectionRoutes)
    assert routes["leaves_minute"].max() <= 450 + 540
    assert routes["arrives_minute"].min() >= 450
    planned = stops[stops["status"] == "planned"]
    # Nine hours hold at most eight visits of one hour with the ways between.
    assert 5 <= len(planned) <= 8
    assert set(planned["system_id"]) == set(routes.loc[routes["kind"] == "stop", "system_id"])
    assert set(planned["day"]) == {FIRST}
    waiting = stops[stops["status"] != "planned"]
    assert waiting["reason"].notna().all()
    assert waiting["explanation"].notna().all()
    assert stops.set_index("system_id").loc["W11", "status"] == "left_out"
    assert stops.set_index("system_id").loc["W11", "reason"] == "shift"
    assert (stops["status"] == "not_chosen").sum() == 1
    # The most urgent that can be reached goes first.
    assert "W05" in set(planned["system_id"])


def test_more_days_visit_more_and_the_same_seed_gives_the_same_rounds() -> None:
    urgent = urgent_systems(systems(), risks(), staleness(), InspectionSettings())
    settings = InspectionSettings(crews=1, days=2, most_stops=12)
    found, again = (plan_rounds(urgent, BASE, FIRST, settings) for _ in range(2))
    assert (found.stops["status"] == "planned").sum() == 11
    assert found.routes["day"].nunique() == 2
    pd.testing.assert_frame_equal(found.routes, again.routes)


def test_crews_start_at_capitals_unless_told_otherwise() -> None:
    areas = pd.DataFrame(
        {
            "area_id": ["010101", "010102", "010201"], "level": "admin3", "name": ["Small", "Large", "Other"],
            "admin2_id": ["0101", "0101", "0102"], "population": [10.0, 90, 50], "latitude": [-6.0, -6.1, -6.2],
            "longitude": -78.0,
        }
    )  # fmt: skip
    urgent = urgent_systems(systems(), risks(), staleness(), InspectionSettings())
    names = [base.name for base in bases_of(urgent, areas, InspectionSettings(crews=2))]
    assert sorted(names) == ["Large", "Other"]
    assert bases_of(urgent, areas, InspectionSettings(bases=BASE)) == BASE
    nowhere = plan_rounds(urgent, (), FIRST, InspectionSettings())
    assert nowhere.routes.empty
    assert set(nowhere.stops["status"]) == {"not_chosen"}


def test_the_first_day_is_a_monday_or_as_told_and_wrong_settings_are_refused() -> None:
    assert first_day(datetime.date(2026, 11, 21), InspectionSettings()) == FIRST
    assert first_day(FIRST, InspectionSettings()) == datetime.date(2026, 11, 30)
    assert first_day(FIRST, InspectionSettings(first_day="2026-12-01")) == datetime.date(2026, 12, 1)
    with pytest.raises(SettingsError, match="first_day"):
        inspection_settings({"first_day": "soon"})
    assert inspection_settings().crews == 2
