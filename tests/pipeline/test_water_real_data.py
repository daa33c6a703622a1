"""SIASAR's rural systems and GECCO's plant: known problems of the sources are handled, counted and listed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from resources import settings as settings_module
from resources.lake import Lake
from tests.assets.ticking import Platform, use_home
from tests.pipeline.test_real_data import run

pytestmark = [pytest.mark.real, pytest.mark.long]


# The days around the end of summer time: a tenth of the plant's readings, with events and empty minutes among them.
FIRST_LINE, LAST_LINE = "2016-10-25 00:00:00", "2016-11-03 23:59:00"
LAST = ("features", "visit_outcomes", "cleaned_values", "column_contents", "parameters", "exceedances", "staleness")


@pytest.fixture(scope="module")
def plant(real_landing: Path) -> pd.DataFrame:
    """Those days of GECCO's file, all text as it is there."""
    whole = pd.read_csv(real_landing / "water" / "gecco2018" / "water_quality.csv", dtype=str, keep_default_na=False)
    return whole[whole["Time"].between(FIRST_LINE, LAST_LINE)]


@pytest.fixture(scope="module")
def made(real_landing: Path, plant: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """The tables of the real water data on the real districts, up to a risk model's features; nothing is trained."""
    folder = tmp_path_factory.mktemp("water")
    for source in ("water/siasar_peru", "geography/ubigeo_aumentado", "geography/inei_district_boundaries"):
        link = folder / "landing" / source
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(real_landing.resolve() / source, target_is_directory=True)
    (folder / "landing" / "water" / "gecco2018").mkdir()
    plant.to_csv(folder / "landing" / "water" / "gecco2018" / "days.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        use_home(patch, folder / "home", landing=str(folder / "landing"), sample="none", domains="water")
        platform = Platform.at(folder / "home")
        outcome, printed = run(platform, " or ".join(f'+key:"water/{table}"' for table in LAST))
        assert outcome.success, printed
        assert not outcome.checks_failed, printed
        warnings = [warning.split(":") for warning in outcome.warnings]
        assert sorted(check.strip() for table, check, *_ in warnings if table.startswith("water.")) == [
            "areas_are_found",
            "columns_say_something",
            "coordinates_are_their_own",
            "limits_hold",
            "none_cleaned",
            "readings_are_complete",
            "reports_are_recent",
        ], printed
        yield platform.lake
        platform.close()
    settings_module.current.cache_clear()


def test_every_row_of_every_file_is_accepted_and_none_refused(made: Lake) -> None:
    rows = {"catchments": 1639, "treatments": 5136, "storages": 391, "distributions": 391}
    for name, expected in rows.items():
        assert len(made.read_frame(f"water.raw_siasar_{name}")) == expected
    assert not made.exists("water.quarantine") or made.read_frame("water.quarantine").empty
    assert made.read_frame("water.refused_records").empty
    points = made.read_frame("water.points")
    assert points.groupby("component").size().sum() == sum(rows.values())
    assert points["has_system_coordinates"].all()


def test_empty_and_constant_columns_are_listed(made: Lake) -> None:
    contents = made.read_frame("water.column_contents")
    counted = contents.groupby(["table_name", "contents"]).size().unstack()
    assert counted["empty"].to_dict() == {
        "raw_siasar_catchments": 15,
        "raw_siasar_distributions": 11,
        "raw_siasar_storages": 12,
        "raw_siasar_treatments": 12,
    }
    assert counted["constant"].sum() == 36
    constant = contents[contents["contents"] == "constant"].set_index(["table_name", "column_name"])["only_value"]
    assert float(constant["raw_siasar_storages", "almc_volumen"]) == 0
    assert constant["raw_siasar_catchments", "fuente_caudal_fecha"] == "1969-12-31"


def test_sentinels_and_impossible_values_are_left_out_and_listed(made: Lake) -> None:
    cleaned = made.read_frame("water.cleaned_values")
    counted = cleaned.groupby(["input", "column_name"]).size().to_dict()
    assert counted == {
        ("population_served", "report_date"): 16,
        ("population_served", "served_households"): 240,
        ("population_served", "served_population"): 240,
        ("water_points", "install_year"): 153,
        ("water_surveys", "report_date"): 60,
        ("water_surveys", "value"): 391,
        ("water_systems", "altitude_m"): 23,
        ("water_systems", "install_year"): 111,
    }
    too_many = cleaned[cleaned["reason"].str.contains("above 15,000") & (cleaned["column_name"] == "served_population")]
    assert sorted(too_many["landed_value"].astype(float)) == [20000.0, 44040.0]
    systems = made.read_frame("water.systems")
    assert (systems["altitude_m"].max(), systems["install_year"].min()) == (5130, 1971)
    assert systems["served_population"].max() == pytest.approx(8146)
    # 16 systems were visited on a day that cannot be.
    assert systems["last_report"].isna().sum() == 16
    assert str(systems["last_report"].dropna().min()) > "2015"


def test_systems_are_once_each_in_the_district_they_name(made: Lake) -> None:
    systems = made.read_frame("water.systems")
    assert len(systems) == 6076
    assert systems["area_basis"].value_counts().to_dict() == {"names": 6049, "coordinates": 27}
    assert (systems["name"].isna().sum(), systems["points"].max()) == (11, 4)


def test_targets_are_those_of_the_visits(made: Lake) -> None:
    outcomes = made.read_frame("water.visit_outcomes")
    assert outcomes.groupby(["target", "outcome"]).size().to_dict() == {
        ("catchment_fails", False): 1052,
        ("catchment_fails", True): 587,
        ("treatment_fails", False): 3698,
        ("treatment_fails", True): 1438,
    }
    assert len(made.read_frame("water.features")) == 7557


def test_the_hour_that_comes_twice_is_two_hours_and_every_minute_is_there_once(made: Lake, plant: pd.DataFrame) -> None:
    """Summer time ended in the plant's night of 30 October 2016, so 60 times come twice and no minute does."""
    local = pd.DatetimeIndex(plant["Time"])
    assert local.duplicated().sum() == 60
    minutes = local.tz_localize("Europe/Berlin", ambiguous="infer").tz_convert("UTC").tz_localize(None)
    readings = made.read_frame("water.regular_readings")
    for name, parameter in (("pH", "ph"), ("Cl", "chlorine_dioxide"), ("Fm_2", "flow_2")):
        own = readings[readings["parameter"] == parameter].sort_values("measured_at")
        assert own["measured_at"].tolist() == minutes.tolist()
        written = pd.to_numeric(plant[name].replace("NA", None))
        pd.testing.assert_series_equal(own["value"], written, check_names=False, check_index=False)
        assert (own["status"] == "empty").tolist() == written.isna().tolist()
    assert (readings["status"] != "gap").all()
    # Around the change of clocks the plant has no values for an hour, in all its sensors.
    empty = readings[readings["status"] == "empty"].groupby("parameter")["measured_at"].agg(["min", "max", "size"])
    around = (pd.Timestamp("2016-10-30 00:35"), pd.Timestamp("2016-10-30 01:34"), 60)
    assert set(empty.itertuples(index=False, name=None)) == {around} and len(empty) == 9


def test_events_are_runs_of_remarkable_minutes(made: Lake, plant: pd.DataFrame) -> None:
    events = made.read_frame("water.station_events")
    remarkable = (plant["EVENT"] == "TRUE").to_numpy()
    assert events["minutes"].sum() == remarkable.sum() > 0
    assert len(events) == (remarkable[1:] & ~remarkable[:-1]).sum() + remarkable[0]
    assert ((events["event_until"] - events["event_from"]).dt.total_seconds() / 60 + 1 == events["minutes"]).all()


def test_days_beyond_a_limit_name_the_clause(made: Lake, plant: pd.DataFrame) -> None:
    exceeded = made.read_frame("water.exceedances")
    assert set(zip(exceeded["limit_id"], exceeded["clause"], strict=True)) == {("pe_ph", "Annex II")}
    ph = pd.to_numeric(plant["pH"].replace("NA", None))
    assert exceeded["beyond"].sum() == ((ph < 6.5) | (ph > 8.5)).sum() > 0
    history = made.read_frame("water.parameters")
    assert set(history.loc[history["limits_exceeded"] > 0, "parameter"]) == {"ph"}
