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
from socialai_assets.ingest.sample import INPUTS, SampleAreas, write_sample
from socialai_assets.ingest.sample.country import sample_country
from socialai_assets.ingest.sample.refugee_camps import (
    FALL_DAY,
    FIRST_DAY,
    UNKNOWN,
    UNLINKED,
    draw_conflict,
    true_people,
)
from socialai_assets.sampling import REFUGEE_NETWORK, missing_inputs

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
