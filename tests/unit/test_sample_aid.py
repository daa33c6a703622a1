"""Synthetic aid: what was planted can be found again, and what landed is drawn on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from resources.landing import LandingZone
from socialai_assets.catalog import all_sources
from socialai_assets.ingest.rows import ingest
from socialai_assets.ingest.sample import INPUTS, SampleAreas, write_sample
from socialai_assets.ingest.sample.aid_records import BREAK_FACTOR, BREAK_WEEK, FIRST_DAY, LATE_CARRIER, WEEKS
from socialai_assets.ingest.sample.country import sample_country
from socialai_assets.ingest.sample.poverty import poverty_truth

SEED, SCALE = 3, 0.5
AID = tuple(name for name, domain in INPUTS.items() if domain == "aid")


def accepted(landing: Path, names: tuple[str, ...] = AID) -> dict[str, pd.DataFrame]:
    zone = LandingZone(landing, None, "all", all_sources())
    sources = {source.name: source for source in all_sources() if source.canonical}
    return {name: ingest(zone.files(sources[name]), sources[name]).accepted for name in names}


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("aid")
    write_sample(folder, scale=SCALE, seed=SEED, inputs=AID)
    return folder


@pytest.fixture(scope="module")
def tables(landing: Path) -> dict[str, pd.DataFrame]:
    return accepted(landing)


@pytest.fixture(scope="module")
def truth(landing: Path) -> pd.DataFrame:
    return pd.read_csv(landing / "aid/sample/_truth/demand.csv")


@pytest.fixture(scope="module")
def weekly(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Reported demand, a row a series (site, item) and a column a week; missing where not reported."""
    history = tables["demand_history"]
    week = (pd.to_datetime(history["period_start"]) - pd.Timestamp(FIRST_DAY)).dt.days // 7
    return history.assign(week=week).pivot(index=["place_id", "item_id"], columns="week", values="quantity")


def test_size_follows_scale_and_everything_refers_to_something(tables: dict[str, pd.DataFrame]) -> None:
    assert (len(tables["sites"]), len(tables["depots"]), len(tables["vehicles"])) == (125, 3, 9)
    places = {*tables["sites"]["site_id"], *tables["depots"]["depot_id"]}
    assert set(tables["travel_times"]["from_id"]) == places == set(tables["travel_times"]["to_id"])
    assert set(tables["vehicles"]["depot_id"]) == set(tables["depots"]["depot_id"])
    assert set(tables["demand_history"]["place_id"]) <= set(tables["sites"]["site_id"])
    unknown = ~tables["deliveries"]["site_id"].isin(tables["sites"]["site_id"])
    assert tables["deliveries"].loc[unknown, "site_id"].tolist() == ["P-unknown"]


def test_levels_season_and_break_are_in_the_demand(weekly: pd.DataFrame, truth: pd.DataFrame) -> None:
    planted = truth.set_index(["site_id", "item_id"]).reindex(weekly.index)
    first_year = weekly.loc[:, :51].mean(axis=1)
    assert np.corrcoef(np.log(first_year + 0.1), np.log(planted["level"] + 0.1))[0, 1] > 0.95
    factor = weekly.loc[:, BREAK_WEEK:].mean(axis=1) / weekly.loc[:, BREAK_WEEK - 52 : BREAK_WEEK - 1].mean(axis=1)
    steady = planted["asked_share"] == 1.0
    broken = planted["break_factor"] > 1
    assert factor[steady & broken].median() == pytest.approx(BREAK_FACTOR * 1.03, rel=0.1)
    assert factor[steady & ~broken].median() == pytest.approx(1.03, rel=0.1)
    blankets = weekly.xs("blanket", level="item_id").sum()
    assert blankets[24:32].mean() > 2 * blankets[0:8].mean()


def test_intermittent_items_are_often_not_asked_for(weekly: pd.DataFrame) -> None:
    share = (weekly > 0).sum(axis=1) / weekly.notna().sum(axis=1)
    # Kits by the fourth, and some of the sites are so small that a batch rounds to nothing.
    assert 0.1 < share.xs("medical_kit", level="item_id").median() < 0.35
    assert share.xs("food_parcel", level="item_id").median() > 0.95


def test_poorer_sites_need_more_a_head(tables: dict[str, pd.DataFrame], truth: pd.DataFrame) -> None:
    poverty = poverty_truth(sample_country(SCALE, SEED), SEED).set_index("area_id")["true_rate_pct"]
    sites = tables["sites"].set_index("site_id")
    food = truth[truth["item_id"] == "food_parcel"].set_index("site_id")
    a_head = food["level"] / sites["people"].reindex(food.index)
    assert np.corrcoef(np.log(a_head), sites["area_id"].map(poverty).reindex(food.index))[0, 1] > 0.4


def test_unreported_weeks_are_no_zeros(tables: dict[str, pd.DataFrame], weekly: pd.DataFrame) -> None:
    history = tables["demand_history"]
    assert history.loc[~history["is_reported"], "quantity"].isna().all()
    assert weekly.shape[1] == WEEKS
    missing = weekly.isna().to_numpy().mean()
    assert 0.03 < missing < 0.08
    # Half of them are rows that say so, the other half are not there at all.
    stated = (~history["is_reported"]).sum() / weekly.isna().to_numpy().sum()
    assert 0.4 < stated < 0.6
    # A site that is silent is silent about everything.
    by_site = weekly.isna().groupby(level="place_id").agg(["all", "any"])
    assert (by_site.xs("all", axis=1, level=1) == by_site.xs("any", axis=1, level=1)).all(axis=None)


def test_the_late_carrier_is_late(tables: dict[str, pd.DataFrame]) -> None:
    late = tables["deliveries"].groupby("provider")["minutes_late"].mean()
    assert late.idxmax() == LATE_CARRIER
    assert late.max() > late.drop(LATE_CARRIER).max() + 30


def test_what_landed_is_drawn_on(tmp_path: Path) -> None:
    areas = SampleAreas(sample_country(0.1, SEED).table)
    own = areas.smallest.head(6)
    depots = pd.DataFrame(
        {
            "depot_id": ["north", "south"],
            "area_id": own["area_id"].iloc[[0, 5]].to_numpy(),
            "latitude": own["latitude"].iloc[[0, 5]].to_numpy(),
            "longitude": own["longitude"].iloc[[0, 5]].to_numpy(),
        }
    )
    sites = pd.DataFrame(
        {
            "site_id": [f"clinic-{number}" for number in range(6)],
            "area_id": own["area_id"],
            "latitude": own["latitude"],
            "longitude": own["longitude"],
            "people": 400.0,
            "depot_id": ["south", *[None] * 5],
        }
    )
    names = ("demand_history", "stock", "vehicles", "deliveries")
    write_sample(tmp_path, scale=1, seed=SEED, inputs=names, areas=areas, landed={"sites": sites, "depots": depots})
    drawn = accepted(tmp_path, names)
    assert set(drawn["demand_history"]["place_id"]) == set(sites["site_id"])
    assert set(drawn["stock"]["depot_id"]) == set(drawn["vehicles"]["depot_id"]) == {"north", "south"}
    write_sample(tmp_path, scale=0.1, seed=SEED, inputs=["depots"], areas=areas, landed={"sites": sites})
    assert set(accepted(tmp_path, ("depots",))["depots"]["area_id"]) <= set(sites["area_id"])
