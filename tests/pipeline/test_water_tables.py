"""Water's tables of the sample country: bad rows listed and left out, the rest used; what was planted shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from resources.lake import Lake
from socialai_assets.ingest.sample import water_stations as stations_planted
from socialai_assets.ingest.sample.faults import FAULTS
from socialai_assets.ingest.sample.water_stations import FIRST_MINUTE, INTERVALS
from socialai_assets.ingest.sample.water_systems import PLANTED, RISING_NTU_A_YEAR, UNKNOWN, VISITS
from socialai_assets.ingest.sample.writing import INPUTS
from tests.conftest import make_lake

WATER = tuple(name for name, domain in INPUTS.items() if domain == "water")
SYSTEM = {what: f"W{position + 1:04}" for position, what in PLANTED.items()}


@pytest.fixture(scope="module")
def made(prepared_home: Path) -> Lake:
    return make_lake(prepared_home, read_only=True)


def minute(number: int) -> pd.Timestamp:
    return pd.Timestamp(FIRST_MINUTE) + pd.Timedelta(number, "min")


def test_every_planted_row_is_in_the_quarantine(made: Lake) -> None:
    found = made.read_frame("water.quarantine")["source_name"].value_counts()
    assert found.to_dict() == {name: len(FAULTS[name]) for name in WATER}


def test_rows_of_unknown_systems_and_stations_are_refused_and_the_rest_used(made: Lake) -> None:
    refused = made.read_frame("water.refused_records")
    assert sorted(refused["input"]) == ["population_served", "sensor_readings", "water_surveys"]
    assert set(refused["rule"]) == {"unknown"}
    assert refused["reason"].str.contains(f"{UNKNOWN}|{stations_planted.UNKNOWN}").all()
    for table, used, left_out in (
        ("stg_water_systems", "systems", 0),
        ("stg_water_points", "points", 0),
        ("stg_water_surveys", "surveys", 1),
        ("stg_population_served", "population_served", 1),
    ):
        rows = made.read_frame(f"water.{used}")
        assert len(rows) == len(made.read_frame(f"water.{table}")) - left_out
        assert rows["is_synthetic"].all()


def test_what_cannot_be_true_is_left_out_and_listed_and_the_row_is_used(made: Lake) -> None:
    cleaned = made.read_frame("water.cleaned_values")
    found = {(row.row_key.split("|")[0].split("-")[0], row.column_name) for row in cleaned.itertuples()}  # type: ignore[union-attr]
    assert found == {
        (SYSTEM["altitude"], "altitude_m"),
        (SYSTEM["install_year"], "install_year"),
        (SYSTEM["area unknown"], "area_id"),
        *(
            (SYSTEM[what], f"served_{of}")
            for what in ("nobody served", "people a dwelling")
            for of in ("population", "households")
        ),
        (SYSTEM["first visit without a day"], "report_date"),
        (SYSTEM["storage of 0 L"], "value"),
    }
    systems = made.read_frame("water.systems").set_index("system_id")
    assert np.isnan(systems.loc[SYSTEM["altitude"], "altitude_m"])
    assert pd.isna(systems.loc[SYSTEM["install_year"], "install_year"])
    assert systems.loc[[SYSTEM["nobody served"], SYSTEM["people a dwelling"]], "served_population"].isna().all()
    assert systems["served_population"].isna().sum() == 2
    surveys = made.read_frame("water.surveys")
    assert set(surveys.loc[surveys["report_date"].isna(), "system_id"]) == {SYSTEM["first visit without a day"]}


def test_a_system_without_a_known_area_gets_that_of_its_coordinates(made: Lake) -> None:
    systems = made.read_frame("water.systems").set_index("system_id")
    assert systems["area_basis"].value_counts().to_dict() == {"code": len(systems) - 1, "coordinates": 1}
    assert systems.loc[SYSTEM["area unknown"], "area_basis"] == "coordinates"
    assert not systems["is_outside_area"].any()


def test_points_say_what_the_latest_visit_found(made: Lake) -> None:
    points = made.read_frame("water.points")
    surveys = made.read_frame("water.surveys")
    last = surveys[surveys["report_date"].astype(str) == VISITS[-1]]
    works = last[last["parameter"] == "treatment_works"].set_index("point_id")["grade"] == "yes"
    treatments = points[points["component"] == "treatment"].set_index("point_id")
    assert (treatments["works"].astype(bool) == works.reindex(treatments.index)).all()
    states = last[last["parameter"].str.endswith("_state")].set_index("point_id")["grade"]
    judged = points[points["state"].notna()].set_index("point_id")
    assert (judged["state"] == states.reindex(judged.index)).all() and len(judged) == len(states)
    same = points[points["has_system_coordinates"]]
    assert set(same["system_id"]) == {"W0001"} and len(same) == 5
    outcomes = made.read_frame("water.visit_outcomes")
    assert (outcomes["target"].value_counts() == 3 * len(works)).all()


def test_history_has_a_trend_and_limits_with_their_clause(made: Lake) -> None:
    history = made.read_frame("water.parameters")
    rising = history[
        (history["subject_id"] == f"{SYSTEM['turbidity rises']}-access_point") & (history["parameter"] == "turbidity")
    ].sort_values("day")
    assert rising["trend_per_year"].isna().tolist() == [True, True, False]
    years = pd.to_datetime(rising["day"]).diff().dt.days.dropna() / 365.25
    assert rising["change"].dropna().to_numpy() == pytest.approx([2 * RISING_NTU_A_YEAR] * 2)
    assert rising["trend_per_year"].iloc[-1] == pytest.approx(4 * RISING_NTU_A_YEAR / years.sum(), rel=0.02)
    exceeded = made.read_frame("water.exceedances")
    own = exceeded[(exceeded["subject_id"] == rising["subject_id"].iloc[0]) & (exceeded["parameter"] == "turbidity")]
    days = own.groupby("limit_id")["day"].agg(lambda day: sorted(day.astype(str))).to_dict()
    assert days == {"who_turbidity": list(VISITS[1:]), "pe_turbidity": [VISITS[2]]}
    assert set(exceeded.loc[exceeded["limit_id"] == "pe_chlorine_lower", "clause"]) == {"Article 66"}
    # A limit is broken by a value, whichever side it is on.
    limits = made.read_frame("water.quality_limits").set_index("limit_id")
    beyond = exceeded.join(limits[["lower", "upper"]], on="limit_id")
    assert ((beyond["worst"] < beyond["lower"]) | (beyond["worst"] > beyond["upper"])).all()


def test_readings_are_regular_and_what_is_missing_is_flagged_and_never_filled_in(made: Lake) -> None:
    readings = made.read_frame("water.regular_readings")
    for station_id, own in readings.groupby("station_id"):
        steps = own.drop_duplicates("measured_at")["measured_at"].sort_values().diff().dropna().unique()
        assert [pd.Timedelta(step) for step in steps] == [pd.Timedelta(INTERVALS[str(station_id)], "min")]
    assert (readings["value"].isna() == (readings["status"] != "reported")).all()
    station_id, first, last = stations_planted.GAP
    gaps = readings[readings["status"] == "gap"]
    assert set(gaps["station_id"]) == {station_id}
    assert (gaps["measured_at"].min(), gaps["measured_at"].max()) == (minute(first), minute(last - 4))
    assert len(gaps) == 4 * 8
    station_id, parameter, first, last = stations_planted.EMPTY
    empty = readings[readings["status"] == "empty"]
    assert set(zip(empty["station_id"], empty["parameter"], strict=True)) == {(station_id, parameter)}
    assert sorted(empty["measured_at"]) == [minute(number) for number in range(first, last + 1)]
    stations = made.read_frame("water.stations").set_index("station_id")
    assert stations[["empty", "gaps", "events"]].to_numpy().tolist() == [[0, 0, 1], [25, 0, 0], [0, 32, 0]]


def test_staleness_counts_from_the_day_it_was_made(made: Lake) -> None:
    stale = made.read_frame("water.staleness")
    days = (pd.to_datetime(stale["as_of"]) - pd.to_datetime(stale["last_report"])).dt.days
    assert (stale["days_since_report"] == days).all()
    most = stale["subject_kind"].map({"system": 730, "station": 1})
    assert (stale["is_stale"] == (days > most)).all()
    assert len(stale) == len(made.read_frame("water.systems")) + len(made.read_frame("water.stations"))


def test_features_have_a_row_for_every_point_and_follow_the_truth(made: Lake, prepared_home: Path) -> None:
    features = made.read_frame("water.features")
    assert set(features["point_id"]) == set(made.read_frame("water.points")["point_id"])
    truth = pd.read_csv(prepared_home / "landing" / "water" / "sample" / "_truth" / "systems.csv")
    together = features.merge(truth, on="system_id")
    assert np.abs(together["km_to_capital_x"] - together["km_to_capital_y"]).max() < 1.5
    assert features["admin1_id"].notna().all()
