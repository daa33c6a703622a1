"""Bad rows of refugees are turned away at the door with the reason, the others pass."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from socialai_assets.ingest.contract import RawContract, apply, landed_columns
from socialai_assets.refugees import contracts
from socialai_assets.refugees.countries import FLEE_NAMES, ISO_3166, KNOWN_CODES

MACROS = Path(__file__).parents[2] / "dbt_project" / "macros" / "flee.sql"
GROUPS = ("0_4", "5_11", "12_17", "18_59", "60", "other", "total")
GOOD: dict[type[RawContract], dict[str, str]] = {
    contracts.CampsInput: {
        "camp_id": "A1",
        "conflict_id": "mali2012",
        "name": "Mbera",
        "country": "MRT",
        "latitude": "15.8",
        "longitude": "-5.8",
    },
    contracts.LocationsInput: {
        "location_id": "T1",
        "conflict_id": "mali2012",
        "name": "Mopti",
        "kind": "town",
        "country": "MLI",
        "latitude": "14.5",
        "longitude": "-4.2",
    },
    contracts.CampRegistrationsInput: {
        "camp_id": "A1",
        "part": "all",
        "reported_on": "2012-03-01",
        "report_number": "1",
        "people": "1200",
    },
    contracts.LinksInput: {"conflict_id": "mali2012", "from_id": "A1", "to_id": "T1", "km": "98.5"},
    contracts.ClosuresInput: {
        "closure_id": "X1",
        "conflict_id": "mali2012",
        "kind": "border",
        "from_id": "MLI",
        "to_id": "MRT",
        "closed_from": "2012-03-01",
    },
    contracts.PopulationGroupsInput: {
        "year": "2025",
        "origin": "MLI",
        "asylum": "MRT",
        "population_type": "refugees",
        "location": "all",
        "accommodation": "all",
        "sex": "female",
        "age_group": "0-4",
        "people": "310",
    },
    contracts.FleeLocations: {
        "name": "Mbera",
        "country": "Mauritania",
        "latitude": "15.8",
        "longitude": "-5.8",
        "location_type": "camp",
    },
    contracts.FleeRegistrations: {"reported_on": "2012-03-01", "people": "1200"},
    contracts.FleeClosures: {"closure_type": "country", "name1": "Mali", "closure_start": "0", "closure_end": "22"},
    contracts.UnhcrDemographics: {
        **{f"{sex}_{group}": "0.0" for sex in ("f", "m") for group in GROUPS},
        **dict.fromkeys(("coo", "coo_iso"), "MLI"),
        **dict.fromkeys(("coa", "coa_iso"), "MRT"),
        "year": "2025.0",
        "coo_name": "Mali",
        "coa_name": "Mauritania",
        "pop_type": "REF",
        "location": "Mbera",
        "loc_type": "R",
        "acc_type": "P",
        "total": "10.0",
    },
}


@pytest.mark.parametrize(
    ("contract", "changes", "reason"),
    [
        *((contract, {}, None) for contract in GOOD),
        (contracts.CampsInput, {"country": "QQQ"}, "a code of ISO 3166-1"),
        (contracts.CampsInput, {"latitude": "0", "longitude": "0"}, "not at 0 degrees"),
        (contracts.CampsInput, {"capacity": "-1"}, "capacity: '-1' is below 0"),
        (contracts.LocationsInput, {"country": "XXX"}, "a code of ISO 3166-1"),
        (contracts.CampRegistrationsInput, {"people": "-5"}, "people: '-5' is below 0"),
        (contracts.CampRegistrationsInput, {"reported_on": "2199-01-01"}, "not in the future"),
        (contracts.CampRegistrationsInput, {"part": ""}, "part: is missing"),
        (contracts.LinksInput, {"to_id": "A1"}, "leads from one place to another"),
        (contracts.LinksInput, {"km": "0"}, "km: '0' is below"),
        (contracts.ClosuresInput, {"closed_until": "2012-02-28"}, "does not end before it begins"),
        (contracts.ClosuresInput, {"to_id": ""}, "has another end"),
        (contracts.ClosuresInput, {"kind": "place"}, "has another end"),
        (contracts.ClosuresInput, {"kind": "place", "from_id": "A1", "to_id": ""}, None),
        (contracts.PopulationGroupsInput, {"origin": "QQQ"}, "the origin and the asylum are codes"),
        (contracts.PopulationGroupsInput, {"origin": "UNK"}, None),
        (contracts.PopulationGroupsInput, {"year": "2199"}, "the year is not in the future"),
        (contracts.PopulationGroupsInput, {"sex": "all"}, "one over all sexes and all ages"),
        (contracts.FleeLocations, {"country": "Atlantis"}, "country: 'Atlantis'"),
        (contracts.FleeRegistrations, {"people": "-1"}, "people: '-1' is below 0"),
        (contracts.FleeRegistrations, {"reported_on": "2199-01-01"}, "not in the future"),
        (contracts.FleeClosures, {"closure_type": "weather"}, "closure_type: 'weather'"),
        (contracts.UnhcrDemographics, {"f_0_4": "3.0"}, "ages of each sex add up"),
        (contracts.UnhcrDemographics, {"f_0_4": "30.0", "f_total": "30.0"}, "no more than all"),
    ],
)
def test_bad_rows_are_named_and_good_ones_pass(
    contract: type[RawContract], changes: dict[str, str], reason: str | None
) -> None:
    columns = [column.name for column in landed_columns(contract)]
    row = dict.fromkeys(columns, "") | GOOD[contract] | changes
    passed, rejected = apply(pd.DataFrame([row]), contract)
    assert len(passed) == (reason is None), rejected["reason"].tolist()
    if reason is not None:
        assert reason in rejected["reason"].iloc[0]


def test_dbt_and_the_contract_know_the_same_countries_of_flee() -> None:
    pairs = dict(re.findall(r'^    "(\w+)": "([A-Z]{3})",$', MACROS.read_text(), re.MULTILINE))
    assert pairs == FLEE_NAMES
    assert set(pairs.values()) <= ISO_3166
    assert len(ISO_3166) == 249
    assert len(KNOWN_CODES) == 254
