"""Synthetic water: what was planted can be found again, and real systems are never mixed with invented visits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from resources.landing import LandingZone
from resources.settings import Settings
from socialai_assets.catalog import all_sources
from socialai_assets.ingest.rows import ingest
from socialai_assets.ingest.sample import INPUTS, SampleAreas, settlements, water_stations, water_systems, write_sample
from socialai_assets.ingest.sample.country import sample_country
from socialai_assets.methods.spatial import nearest_km
from socialai_assets.sampling import WATER_REGISTER, WATER_STATIONS, missing_inputs

SEED = 3
WATER = tuple(name for name, domain in INPUTS.items() if domain == "water")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("water")
    write_sample(folder, scale=0.2, seed=SEED, inputs=WATER)
    zone = LandingZone(folder, None, "all", all_sources())
    sources = {source.name: source for source in all_sources() if source.canonical}
    found = {name: ingest(zone.files(sources[name]), sources[name]).accepted for name in WATER}
    for name in ("systems", "sensor_faults"):
        found[name] = pd.read_csv(folder / "water" / "sample" / "_truth" / f"{name}.csv")
    return found


def test_every_system_has_its_points_and_visits(tables: dict[str, pd.DataFrame]) -> None:
    systems = set(tables["water_systems"]["system_id"])
    points = tables["water_points"]
    assert len(systems) == 30
    assert points.groupby("system_id")["component"].nunique().to_dict() == dict.fromkeys(systems, 5)
    visits = tables["water_surveys"]
    assert set(visits["system_id"]) - systems == {water_systems.UNKNOWN}
    assert set(visits["point_id"].dropna()) <= set(points["point_id"])


def test_treatments_fail_where_the_truth_says_they_do(tables: dict[str, pd.DataFrame]) -> None:
    visits = tables["water_surveys"]
    fails = (
        visits[visits["parameter"] == "treatment_works"].groupby("system_id")["grade"].agg(lambda g: (g == "no").mean())
    )
    risk = tables["systems"].set_index("system_id")["fail_probability"]
    assert fails[risk > 0.7].mean() > fails[risk < 0.3].mean() + 0.3
    assert np.corrcoef(risk, tables["systems"]["km_to_capital"])[0, 1] > 0.5


def test_what_is_planted_is_there(tables: dict[str, pd.DataFrame]) -> None:
    systems = tables["water_systems"].set_index("system_id")
    planted = tables["systems"].dropna(subset="planted").set_index("planted")["system_id"]
    assert systems.loc[planted["altitude"], "altitude_m"] == water_systems.IMPOSSIBLE_ALTITUDE_M
    assert systems.loc[planted["install_year"], "install_year"] == water_systems.NO_YEAR
    served = tables["population_served"].groupby("system_id")["served_population"].max()
    assert served[planted["nobody served"]] == 0
    undated = tables["water_surveys"][tables["water_surveys"]["report_date"].astype(str) == water_systems.NO_DAY]
    assert set(undated["system_id"]) == {planted["first visit without a day"]}
    faults = tables["sensor_faults"].set_index("fault")
    readings = tables["sensor_readings"]
    stuck = faults.loc["sticks"]
    of_sensor = readings[
        (readings["station_id"] == stuck["station_id"]) & (readings["parameter"] == stuck["parameter"])
    ]
    times = of_sensor["measured_at"]
    inside = of_sensor[(times >= pd.Timestamp(stuck["from"])) & (times <= pd.Timestamp(stuck["until"]))]
    assert (inside["value"].nunique(), len(inside)) == (1, 181)
    silent = faults.loc["is silent"]
    times = readings.loc[readings["station_id"] == silent["station_id"], "measured_at"]
    assert not times.between(pd.Timestamp(silent["from"]), pd.Timestamp(silent["until"])).any()
    assert readings["value"].isna().sum() == 25


def test_few_areas_are_enough() -> None:
    areas = sample_country(1, 0)
    few = SampleAreas(areas.table[areas.table["level"] == "admin3"].head(2))
    assert len(water_systems.draw_water(few, 0.01, 0).systems) == water_systems.LEAST_SYSTEMS
    assert len(water_stations.draw_stations(few, 0).stations) == 3


@pytest.mark.parametrize(
    ("landed", "kept", "left_out"),
    [("water_systems", WATER_STATIONS, WATER_REGISTER), ("stations", WATER_REGISTER, WATER_STATIONS)],
)
def test_nothing_is_invented_beside_what_is_real(
    tmp_path: Path, landed: str, kept: tuple[str, ...], left_out: tuple[str, ...]
) -> None:
    landing = tmp_path / "landed"
    (landing / "water" / landed).mkdir(parents=True)
    (landing / "water" / landed / "mine.csv").write_text("system_id\nA\n")
    settings = Settings(home=tmp_path / "home", landing=landing)
    wanted = {source.name for source in missing_inputs(settings, all_sources(settings))}
    assert not wanted & set(left_out)
    assert set(kept) <= wanted


def test_systems_lie_beside_rural_settlements() -> None:
    areas = sample_country(1, 0)
    systems, places = water_systems.draw_water(areas, 1.0, 0).systems, settlements.places(areas, 0)
    rural = places[places["kind"] == "rural"]
    km, _ = nearest_km(systems[["lat_deg", "lon_deg"]].to_numpy(), rural[["latitude", "longitude"]].to_numpy())
    assert np.median(km) < 0.3 and km.max() < 1.0
