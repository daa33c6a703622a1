"""Bad rows of water are turned away at the door with the reason, the others pass; parameters and units agree."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from socialai_assets.ingest.contract import RawContract, apply, landed_columns
from socialai_assets.water import contracts
from socialai_assets.water.parameters import PARAMETERS, SENSED

DBT = Path(__file__).parents[2] / "dbt_project"
SYSTEM = {
    "fecha_encuesta": "2015-09-13",
    "id": "135492",
    "pais": "Perú",
    "divisiones": "AMAZONAS,CHACHAPOYAS,ASUNCION",
    "latitud": "-6.03",
    "longitud": "-77.7",
}
GOOD: dict[type[RawContract], dict[str, str]] = {
    contracts.WaterSystemsInput: {"system_id": "W1", "lat_deg": "-6.0", "lon_deg": "-77.7"},
    contracts.WaterPointsInput: {
        "point_id": "P1",
        "system_id": "W1",
        "component": "treatment",
        "lat_deg": "-6.0",
        "lon_deg": "-77.7",
    },
    contracts.WaterSurveysInput: {
        "system_id": "W1",
        "point_id": "P1",
        "report_date": "2025-03-01",
        "parameter": "treatment_works",
        "grade": "no",
    },
    contracts.PopulationServedInput: {"system_id": "W1", "report_date": "2025-03-01", "served_population": "120"},
    contracts.StationsInput: {"station_id": "T1", "name": "Waterworks", "interval_minutes": "1"},
    contracts.SensorReadingsInput: {
        "station_id": "T1",
        "measured_at": "2025-03-01T10:00:00",
        "parameter": "ph",
        "value": "7.4",
    },
    contracts.StationEventsInput: {
        "station_id": "T1",
        "event_from": "2025-03-01T10:00:00",
        "event_until": "2025-03-01T10:00:00",
        "kind": "unspecified",
    },
    contracts.SiasarCatchments: {
        **SYSTEM,
        "fuente_id": "1",
        "fuente_latitud": "-6.03",
        "fuente_longitud": "-77.7",
        "capt_estado": "A - BUENO",
    },
    contracts.SiasarTreatments: {
        **SYSTEM,
        "trat_id": "1",
        "trat_latitud": "-6.03",
        "trat_longitud": "-77.7",
        "trat_funciona": "SI",
    },
    contracts.SiasarStorages: {**SYSTEM, "almc_id": "1", "almc_latitud": "-6.03", "almc_longitud": "-77.7"},
    contracts.SiasarDistributions: {**SYSTEM, "dist_id": "1", "dist_horas": "24"},
    contracts.Gecco2018: {"local_time": "2016-08-03 11:49:00", "tp": "6.5", "event": "FALSE"},
}
MEASURED = {"parameter": "turbidity", "grade": ""}


@pytest.mark.parametrize(
    ("contract", "changes", "reason"),
    [
        *((contract, {}, None) for contract in GOOD),
        (contracts.WaterSystemsInput, {"lat_deg": "0", "lon_deg": "0"}, "not at 0 degrees"),
        (contracts.WaterSystemsInput, {"supply": "bucket"}, "supply: 'bucket'"),
        # What cannot be true of a system is cleaned in the open further on: the row is of use all the same.
        (contracts.WaterSystemsInput, {"altitude_m": "341662"}, None),
        (contracts.WaterPointsInput, {"component": "toilet"}, "component: 'toilet'"),
        (contracts.WaterPointsInput, {"service_level": "excellent"}, "service_level: 'excellent'"),
        (contracts.WaterSurveysInput, {"grade": ""}, "value and no grade"),
        (contracts.WaterSurveysInput, {"grade": "A"}, "a grade of its scale"),
        (contracts.WaterSurveysInput, {"value": "1"}, "value and no grade"),
        (contracts.WaterSurveysInput, {**MEASURED, "value": "1.5"}, None),
        (contracts.WaterSurveysInput, {**MEASURED, "value": "1.5", "grade": "no"}, "value and no grade"),
        (contracts.WaterSurveysInput, {"report_date": ""}, None),
        (contracts.WaterSurveysInput, {"report_date": "2199-01-01"}, "not in the future"),
        (contracts.WaterSurveysInput, {"parameter": "taste"}, "parameter: 'taste'"),
        (contracts.PopulationServedInput, {"served_population": "-1"}, "served_population: '-1' is below 0"),
        (contracts.PopulationServedInput, {"report_date": "2199-01-01"}, "not in the future"),
        (contracts.StationsInput, {"interval_minutes": "0"}, "interval_minutes: '0' is below 1"),
        (contracts.SensorReadingsInput, {"value": ""}, None),
        (contracts.SensorReadingsInput, {"value": "n/d"}, "value: 'n/d' is not a number"),
        (contracts.SensorReadingsInput, {"parameter": "e_coli"}, "parameter: 'e_coli'"),
        (contracts.SensorReadingsInput, {"measured_at": "2199-01-01"}, "not in the future"),
        (contracts.StationEventsInput, {"event_until": "2025-03-01T09:59:00"}, "does not end before it begins"),
        (contracts.SiasarCatchments, {"capt_estado": "E"}, "capt_estado: 'E'"),
        (contracts.SiasarCatchments, {"pob_servida": "-4"}, "pob_servida: '-4' is below 0"),
        (contracts.SiasarTreatments, {"trat_funciona": "TAL VEZ"}, "trat_funciona: 'TAL VEZ'"),
        (contracts.SiasarDistributions, {"dist_horas": "25"}, "dist_horas: '25' is above 24"),
        (contracts.Gecco2018, {"ph": "acid"}, "ph: 'acid' is not a number"),
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


def test_dbt_and_the_contract_know_the_same_units() -> None:
    macros = (DBT / "macros" / "water.sql").read_text()
    pairs = dict(re.findall(r'^    "(\w+)": "([^"]+)",$', macros.partition("macro water_units")[2], re.MULTILINE))
    assert pairs == {name: parameter.unit for name, parameter in PARAMETERS.items() if parameter.unit}
    assert all(PARAMETERS[name].scale is None for name in SENSED)


def test_every_limit_names_its_clause_and_bounds_what_is_measured() -> None:
    text = (DBT / "models" / "water" / "marts" / "quality_limits.sql").read_text()
    limits = re.findall(r"\('(\w+)', \{\{ (\w+) \}\}, '([^']+)', '(\w+)', ([^,]+), ([^,]+),", text)
    assert len(limits) == text.count("('") == 17
    for _, _, clause, parameter, lower, upper in limits:
        assert re.match(r"Table|Annex|Article|Chapter", clause)
        assert PARAMETERS[parameter].scale is None
        assert (lower, upper) != ("null", "null")
