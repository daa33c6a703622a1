"""What a visit finds together with the targets stays out of the features, whatever it says."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest

from socialai_assets.ingest.contract import describe, landed_columns, validate
from socialai_assets.water import contracts, covariates
from socialai_assets.water.checks import LEAKS
from socialai_assets.water.features import features
from socialai_assets.water.leakage import AREA_COVARIATES, IDENTITIES, KEYS, LEAKAGE, ORIGINS, TARGETS

SIASAR = (
    contracts.SiasarCatchments,
    contracts.SiasarTreatments,
    contracts.SiasarStorages,
    contracts.SiasarDistributions,
)
USED = {column for columns in ORIGINS.values() for column in columns}
FOUND_BY_VISITS = ("state", "works", "reports", "last_report", "service_level", "facility_type")


def test_every_column_of_siasar_is_a_target_leakage_an_identity_or_used_and_only_one_of_them() -> None:
    columns = {column.name for contract in SIASAR for column in landed_columns(contract)}
    parts = [set(TARGETS), set(LEAKAGE), set(IDENTITIES), USED]
    assert set.union(*parts) == columns
    assert sum(len(part) for part in parts) == len(columns)
    assert all(len(reason) >= 5 for part in (TARGETS, LEAKAGE, IDENTITIES) for reason in part.values())


def test_the_feature_table_has_keys_and_features_of_known_origin_and_nothing_else() -> None:
    columns = [column.name for column in describe(contracts.Features)]
    assert sorted(columns) == sorted([*KEYS, *ORIGINS])
    assert not USED & {*TARGETS, *LEAKAGE, *IDENTITIES}


def test_the_asset_reads_neither_surveys_nor_outcomes() -> None:
    assert {".".join(key.path) for key in features.dependency_keys} == {
        "water.points",
        "water.systems",
        "geography.areas",
        "geography.places",
        "poverty.district_features",
        "poverty.official_rates",
    }


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    random = np.random.default_rng(5)
    systems = pd.DataFrame(
        {
            "system_id": ["W1", "W2", "W3"],
            "area_id": ["A1", "A1", None],
            "lat_deg": [-6.0, -6.02, -7.0],
            "lon_deg": [-77.0, -77.0, -78.0],
            "altitude_m": [2100.0, np.nan, 900.0],
            "install_year": pd.array([2001, None, 1998], dtype="Int64"),
            "supply": ["gravity", None, "pumped"],
            "served_population": [120.0, np.nan, 80.0],
            "served_households": [30.0, np.nan, 0.0],
            "reports": [3, 2, 1],
        }
    )
    points = pd.DataFrame(
        {
            "point_id": [f"P{i}" for i in range(6)],
            "system_id": ["W1", "W1", "W2", "W2", "W3", "W3"],
            "component": ["catchment", "treatment"] * 3,
            "water_source": ["River", None] * 3,
            "water_tech": [None, "Chlorination"] * 3,
            "state": random.choice(list("ABCD"), 6),
            "works": random.choice([True, False], 6),
            "reports": 2,
            "last_report": "2015-09-13",
            "service_level": "basic",
            "facility_type": "improved",
            "source": "test",
            "is_synthetic": False,
        }
    )
    areas = pd.DataFrame(
        {
            "area_id": ["A1", "A0"],
            "level": ["admin3", "admin1"],
            "admin1_id": ["A0", "A0"],
            "admin2_id": ["A9", None],
            "latitude": [-6.0, -6.0],
            "longitude": [-77.0, -77.0],
            "altitude_m": [2000.0, 2000.0],
            "population": [500.0, 900.0],
            "area_km2": [50.0, 90.0],
            "urban_place_share": [0.25, 0.5],
            "natural_region": ["highlands", None],
        }
    )
    # North by 0.03 and 0.07 degrees: 3.3 and 7.8 km.
    places = pd.DataFrame(
        {"latitude": [-5.97, -5.93], "longitude": [-77.0, -77.0], "kind": ["rural", "urban"]},
    )
    districts = pd.DataFrame({"area_id": ["A1"], **dict.fromkeys(AREA_COVARIATES.values(), 1.5)})
    return {
        "points": points,
        "systems": systems,
        "areas": areas,
        "places": places,
        "districts": districts.drop(columns="poverty_rate_pct"),
        "rates": pd.DataFrame({"area_id": ["A1"], "poverty_rate_pct": [31.0]}),
    }


def test_features_are_those_of_system_area_and_surroundings(tables: dict[str, pd.DataFrame]) -> None:
    found = covariates.point_features(**tables).set_index("point_id")
    first = found.loc["P0"]
    assert (first["water_source"], first["supply"], first["admin2_id"]) == ("River", "gravity", "A9")
    assert first["people_per_household"] == 4.0
    assert (first["area_poverty_pct"], first["area_night_light"], first["lat_deg"]) == (31.0, 1.5, -6.0)
    assert first["above_capital_m"] == 100.0
    assert first["area_people_per_km2"] == 10.0
    assert first["km_to_capital"] == pytest.approx(0.0, abs=1e-6)
    assert first["km_to_urban_place"] == pytest.approx(7.78, abs=0.02)
    assert (first["places_within_5_km"], found.loc["P2", "places_within_5_km"]) == (1, 0)
    assert found.loc["P2", "km_to_capital"] == pytest.approx(2.22, abs=0.01)
    unknown = found.loc["P4"]
    assert (
        unknown[["admin1_id", "area_poverty_pct", "km_to_capital", "area_people_per_km2", "people_per_household"]]
        .isna()
        .all()
    )
    # Who is in which table says who was visited for what, so a point knows only its own source and technology.
    assert found.loc["P1", "water_source"] is None
    assert len(validate(found.reset_index(), contracts.Features)) == 6


def test_what_visits_found_changes_no_feature(tables: dict[str, pd.DataFrame]) -> None:
    turned = tables["points"].copy()
    for name in FOUND_BY_VISITS:
        turned[name] = turned[name].to_numpy()[::-1]
    turned["works"], turned["state"] = ~turned["works"], "D"
    otherwise = {**tables, "points": turned, "systems": tables["systems"].assign(reports=99)}
    pd.testing.assert_frame_equal(covariates.point_features(**tables), covariates.point_features(**otherwise))


def test_the_check_finds_a_feature_that_states_a_target_and_passes_over_what_is_missing() -> None:
    random = np.random.default_rng(0)
    outcome = random.random(60) < 0.4
    table = pd.DataFrame({name: random.random(60) for name in ORIGINS})
    table["point_id"] = [f"P{i}" for i in range(60)]
    # What is not known of any point is NaN, and what is the same of all has no correlation.
    table["km_to_urban_place"], table["places_within_5_km"] = np.nan, 0.0
    table["altitude_m"] = np.where(random.random(60) < 0.5, np.nan, table["altitude_m"])
    visits = pd.DataFrame({"point_id": table["point_id"], "target": "treatment_fails", "outcome": outcome})

    def found() -> list[str]:
        with duckdb.connect() as connection:
            connection.execute("ATTACH ':memory:' AS lake")
            connection.execute("CREATE SCHEMA lake.water")
            for name, rows in (("features", table), ("visit_outcomes", visits)):
                connection.register("rows", rows)
                connection.execute(f"CREATE TABLE lake.water.{name} AS FROM rows")
                connection.unregister("rows")
            return [row[1] for row in connection.execute(LEAKS).fetchall()]

    assert found() == []
    table["install_year"] = 2000 - outcome + random.uniform(-0.1, 0.1, 60)
    assert found() == ["install_year"]
