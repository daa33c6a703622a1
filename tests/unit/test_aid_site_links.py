"""Sharing goes by the same travel sources as routes, in the same order, pair by pair."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from socialai_assets.aid.sharing import AidTables
from socialai_assets.aid.sharing_settings import SharingSettings
from socialai_assets.aid.site_links import depot_ways, site_links, travel_source
from socialai_assets.methods.routing.settings import TravelSettings
from tests.unit.test_aid_sharing import tables  # noqa: F401

DAY = datetime.date(2025, 1, 5)
STRAIGHT = "great circle with a detour factor"


@pytest.fixture
def on_roads(tables: AidTables) -> AidTables:  # noqa: F811
    """D1 by roads to P0 (landed too), P1, P2, and P3 over a closed one; D2 to P1 by one too narrow for its pickup."""
    rows = [
        ("D1", "P0", 50.0, 60.0, None, None, None),
        ("D1", "J1", 10.0, 12.0, None, None, None),
        ("J1", "P1", 5.0, 6.0, None, None, None),
        ("J1", "P2", 9.0, 9.0, None, None, "truck"),
        ("P2", "P3", 4.0, 4.0, DAY, DAY + datetime.timedelta(days=6), None),
        ("D2", "P1", 3.0, 3.0, None, None, "motorcycle"),
    ]
    names = ["from_id", "to_id", "km", "minutes", "closed_from", "closed_until", "largest_vehicle"]
    return replace(tables, road_links=pd.DataFrame(rows, columns=names).assign(is_synthetic=True))


def of_pair(made: AidTables, depot: str, site: str, day: datetime.date | None = DAY) -> tuple[float, float, str]:
    ways = depot_ways(made, day)
    at = made.depots["depot_id"].tolist().index(depot), made.sites["site_id"].tolist().index(site)
    return float(ways.km[at]), float(ways.minutes[at]), ways.source[at]


def test_each_pair_goes_by_the_first_source_that_knows_both_ends(on_roads: AidTables) -> None:
    assert of_pair(on_roads, "D1", "P0") == (12.0, 30.0, "landed matrix")
    assert of_pair(on_roads, "D1", "P1") == (15.0, 18.0, "road graph")
    assert of_pair(on_roads, "D1", "P2") == (19.0, 21.0, "road graph")
    km, minutes, source = of_pair(on_roads, "D1", "P5")
    assert source == STRAIGHT
    assert km == pytest.approx(0.1 * 111.195 * 1.4, rel=1e-3)
    assert minutes == pytest.approx(km / 35 * 60)


def test_closed_and_narrow_roads_are_not_driven(on_roads: AidTables) -> None:
    assert of_pair(on_roads, "D1", "P3") == (np.inf, np.inf, "road graph")
    assert of_pair(on_roads, "D1", "P3", DAY + datetime.timedelta(days=7))[0] == 23.0
    assert of_pair(on_roads, "D1", "P3", None)[0] == 23.0
    assert of_pair(on_roads, "D2", "P1") == (np.inf, np.inf, "road graph")
    small = on_roads.vehicles.assign(vehicle_type=["truck", "motorcycle"])
    assert of_pair(replace(on_roads, vehicles=small), "D2", "P1")[0] == 3.0


def test_links_leave_out_what_no_road_joins_and_say_their_sources(on_roads: AidTables) -> None:
    links = site_links(on_roads, SharingSettings(), DAY)
    place = {site: number for number, site in enumerate(on_roads.sites["site_id"])}
    assert set(links.loc[links["place"] == place["P1"], "depot"]) == {0}
    # P3's road is closed; nothing is known of its way to D2 but its coordinates.
    assert set(links.loc[links["place"] == place["P3"], "depot"]) == set()
    # A site that a depot is laid down for goes by that one.
    assert set(links.loc[links["place"] == place["P11"], "depot"]) == {1}
    said = travel_source(links)
    assert said.startswith(STRAIGHT)
    assert "landed matrix (1 of" in said and "road graph (2 of" in said


def test_a_source_that_is_named_is_used_alone(on_roads: AidTables) -> None:
    for source, known in (("road_graph", 3), ("matrix", 1)):
        made = replace(on_roads, travel=TravelSettings(source=source))  # type: ignore[arg-type]
        assert np.isfinite(depot_ways(made, DAY).km).sum() == known
    straight = replace(on_roads, travel=TravelSettings(source="great_circle", detour=2.0, kilometres_per_hour=70))
    ways = depot_ways(straight, DAY)
    assert set(ways.source.ravel()) == {STRAIGHT}
    assert ways.minutes == pytest.approx(ways.km / 70 * 60)


def test_rows_of_any_day_go_before_those_of_one_and_the_slowest_hour_counts(on_roads: AidTables) -> None:
    rows = [("D1", "P0", 2, None, 99.0), ("D1", "P0", None, 7, 44.0), ("D1", "P1", 2, None, 77.0)]
    more = pd.DataFrame(rows, columns=["from_id", "to_id", "weekday", "hour", "minutes"]).assign(km=12.0)
    made = replace(on_roads, travel_times=pd.concat([on_roads.travel_times, more.assign(is_synthetic=True)]))
    assert of_pair(made, "D1", "P0")[1] == 44.0
    assert of_pair(made, "D1", "P1")[1] == 77.0
