"""Synthetic refugees: what was planted can be found again, and real camps are never mixed with invented roads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from resources.landing import LandingZone
from resources.settings import Settings
from socialai_assets.catalog import all_sources
from socialai_assets.ingest.rows import ingest
from socialai_assets.ingest.sample import INPUTS, SampleAreas, refugee_supply, write_sample
from socialai_assets.ingest.sample.country import sample_country
from socialai_assets.ingest.sample.refugee_camps import (
    FALL_DAY,
    FIRST_DAY,
    UNKNOWN,
    UNLINKED,
    draw_conflict,
    true_people,
)
from socialai_assets.sampling import REFUGEE_NETWORK, RELIEF, missing_inputs, needs_areas, tables_to_draw_on

SEED = 3
REFUGEES = tuple(name for name, domain in INPUTS.items() if domain == "refugees")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("refugees")
    write_sample(folder, scale=0.5, seed=SEED, inputs=REFUGEES)
    zone = LandingZone(folder, None, "all", all_sources())
    sources = {source.name: source for source in all_sources() if source.canonical}
    found = {name: ingest(zone.files(sources[name]), sources[name]).accepted for name in REFUGEES}
    found["truth"] = pd.read_csv(folder / "refugees" / "sample" / "_truth" / "arrivals.csv")
    return found


def test_every_camp_but_one_can_be_reached_from_every_place(tables: dict[str, pd.DataFrame]) -> None:
    import networkx

    graph = networkx.Graph(tables["links"][["from_id", "to_id"]].itertuples(index=False))
    assert networkx.is_connected(graph)
    everything = {*tables["camps"]["camp_id"], *tables["locations"]["location_id"]}
    assert everything - set(graph) == {UNLINKED}


def test_reports_follow_the_truth_but_where_something_is_planted(tables: dict[str, pd.DataFrame]) -> None:
    truth = tables["truth"].set_index("camp_id")
    reports = tables["camp_registrations"]
    assert set(reports["camp_id"]) == {*truth.index, UNLINKED, UNKNOWN}
    reports = reports[reports["camp_id"].isin(truth.index)]
    days = (pd.to_datetime(reports["reported_on"]) - pd.Timestamp(FIRST_DAY)).dt.days
    whole = reports.assign(day=days).groupby(["camp_id", "day"])["people"].sum().reset_index()
    off = []
    for camp_id, rows in whole.groupby("camp_id"):
        expected = true_people(truth.loc[[camp_id]], rows["day"].to_numpy())[0]
        off += [camp_id] * int((np.abs(rows["people"] - expected) > 2).sum())
    # One day of one camp is reported twice.
    assert len(off) == 1


def test_what_is_planted_is_there(tables: dict[str, pd.DataFrame]) -> None:
    reports = tables["camp_registrations"].sort_values(["camp_id", "part", "report_number"])
    twice = reports[reports.duplicated(["camp_id", "part", "reported_on"], keep=False)]
    assert len(twice) == 2
    late = reports.groupby(["camp_id", "part"], dropna=False)["reported_on"].apply(
        lambda days: bool((pd.to_datetime(days).diff().dt.days < 0).any())
    )
    assert late.sum() == 1
    assert tables["truth"]["falls_on_day"].dropna().tolist() == [FALL_DAY]
    assert (tables["closures"]["to_id"] == UNKNOWN).sum() == 1


def test_few_areas_are_enough(tmp_path: Path) -> None:
    areas = sample_country(1, 0)
    few = SampleAreas(areas.table[areas.table["level"] == "admin3"].head(2))
    drawn = draw_conflict(few, 1, 0)
    assert len(drawn.camps) == 9
    assert (drawn.links["km"] > 0).all()


def test_nothing_is_invented_beside_a_real_conflict(tmp_path: Path) -> None:
    landing = tmp_path / "landed"
    (landing / "refugees" / "camps").mkdir(parents=True)
    (landing / "refugees" / "camps" / "mine.csv").write_text("camp_id\nA\n")
    settings = Settings(home=tmp_path / "home", landing=landing)
    wanted = {source.name for source in missing_inputs(settings, all_sources(settings))}
    assert not wanted & set(REFUGEE_NETWORK)
    assert "population_groups" in wanted
    # Relief is drawn on the camps that landed, which the lake has to know first.
    assert set(RELIEF) <= wanted
    assert needs_areas(settings, all_sources(settings))
    assert {"refugees.camps", "refugees.links"} <= set(tables_to_draw_on(settings, all_sources(settings)))


def test_relief_is_drawn_where_people_are_and_roads_lead() -> None:
    day = np.datetime64("2014-05-04")
    camps = pd.DataFrame(
        {"camp_id": ["a", "b", "c", "off"], "conflict_id": "x", "people": [9000.0, 500.0, 400.0, 70.0], "as_of": day}
    )
    links = pd.DataFrame(
        [("x", "a", "town", 50.0), ("x", "town", "b", 40.0), ("x", "b", "c", 30.0), ("x", "town", "zone", 1.0)],
        columns=["conflict_id", "from_id", "to_id", "km"],
    )
    places = refugee_supply.ConflictPlaces(camps, links, frozenset({"zone"}))
    depots = refugee_supply.depots(places, SEED)
    # Two: at most people, and where the rest is nearest.
    assert depots["place_id"].tolist() == ["a", "b"]
    stock, trucks = refugee_supply.stock(places, depots, SEED), refugee_supply.vehicles(places, depots, SEED)
    food = stock[(stock["item_id"] == "food_ration") & (stock["depot_id"] == "x:depot-1")]
    assert 0.4 < food["on_hand"].sum() / (9000 * 3.77) < 2.6
    assert (stock["as_of"] == pd.Timestamp(day)).all()
    assert set(trucks["depot_id"]) == set(depots["depot_id"])
    sent = refugee_supply.deliveries(places, depots, SEED)
    assert sent["delivered_quantity"].notna().equals(sent["delivered_on"].notna())
    assert set(sent["camp_id"]) == {"a", "b", "c", refugee_supply.NO_CAMP}
