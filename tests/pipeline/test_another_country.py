"""A country with its own codes, columns, encodings and decimal commas becomes a map by `mapping.yaml` alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.pipeline.command import Home

REGIONS, PROVINCES, DISTRICTS = 4, 4, 6

MAPPINGS = {
    "regiones.txt": """
source: Oficina de Estadística
file: {encoding: cp1252, delimiter: "|"}
columns: {area_id: CVE, name: NOMBRE}
constants: {level: admin1, parent_id: "", population: "", area_km2: "", altitude_m: "", capital: "", latitude: "",
            longitude: "", natural_region: ""}
""",
    "provincias.json": """
source: Oficina de Estadística
file: {records: result.records}
columns: {area_id: cve, name: nombre, parent_id: padre.cve}
constants: {level: admin2, population: "", area_km2: "", altitude_m: "", capital: "", latitude: "", longitude: "",
            natural_region: ""}
""",
    "comunas.csv": """
source: Oficina de Estadística
file: {encoding: latin-1, delimiter: ";", decimal: ",", thousands: ".", missing: ["s/d"]}
columns: {area_id: CÓDIGO, name: Comuna, parent_id: Provincia, population: Población, area_km2: Superficie_ha,
          altitude_m: Altitud}
constants: {level: admin3, capital: "", latitude: "", longitude: "", natural_region: ""}
units: {area_km2: ha}
""",
    "limites.geojson": """
columns: {area_id: ID_COMUNA}
""",
    "censo.xlsx": """
source: Censo
file: {sheet: Tabla 7, decimal: ","}
columns: {area_id: Código}
unpivot:
  names_to: indicator
  values_to: value
  columns: {Deserción: dropout_rate_pct, Lengua: indigenous_language_pct}
""",
    "pobreza.csv": """
source: Encuesta de Hogares
file: {encoding: utf-16, delimiter: "\\t", decimal: ","}
columns: {area_id: Codigo, poverty_rate_pct: Tasa}
constants: {year: "2021", lower_pct: "", estimate_group: ""}
expressions: {upper_pct: "least(100, replace(Tasa, ',', '.')::double + 5)"}
""",
}
SOURCES = {
    "regiones.txt": "geography.areas",
    "provincias.json": "geography.areas",
    "comunas.csv": "geography.areas",
    "limites.geojson": "geography.area_boundaries",
    "censo.xlsx": "poverty.area_indicators",
    "pobreza.csv": "poverty.poverty_rates",
}


@dataclass
class Country:
    """Where its files are, and what they say."""

    folder: Path
    districts: pd.DataFrame


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    """96 square districts whose poverty follows dropout and altitude, written as six offices would."""
    folder = tmp_path_factory.mktemp("country")
    rng = np.random.default_rng(0)
    rows = []
    for region in range(REGIONS):
        for province in range(PROVINCES):
            for district in range(DISTRICTS):
                x, y = region * 2 + district % 3 * 0.5, province * 1.2 + district // 3 * 0.5
                altitude = 300 + 250 * region + 100 * province + rng.normal(0, 60)
                dropout = float(np.clip(4 + altitude / 150 + rng.normal(0, 2), 0.5, 40))
                poverty = float(np.clip(5 + 2.2 * dropout + rng.normal(0, 2), 1, 95))
                rows.append((f"R{region}", f"R{region}P{province}", f"R{region}P{province}D{district}", x, y,
                             round(altitude, 1), round(dropout, 2), round(poverty, 2)))  # fmt: skip
    names = ["region", "province", "code", "x", "y", "altitude", "dropout", "poverty"]
    districts = pd.DataFrame(rows, columns=names)
    write(folder, districts)
    return Country(folder, districts)


def comma(value: float) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def write(folder: Path, districts: pd.DataFrame) -> None:
    regions = "".join(f"{code}|Región {code}\n" for code in districts["region"].unique())
    (folder / "regiones.txt").write_bytes(f"CVE|NOMBRE\n{regions}".encode("cp1252"))
    provinces = districts.drop_duplicates("province")
    records = [
        {"cve": row.province, "nombre": f"Provincia {row.province}", "padre": {"cve": row.region}}
        for row in provinces.itertuples()
    ]
    (folder / "provincias.json").write_text(json.dumps({"success": True, "result": {"records": records, "x": []}}))
    lines = [
        f"{row.code};Ñuñoa {i};{row.province};{comma(1000 + 37 * i)};{comma(250_000.5)};{comma(row.altitude)}"
        for i, row in enumerate(districts.itertuples())
    ]
    lines[5] = lines[5].replace(comma(districts["altitude"][5]), "s/d")
    head = "CÓDIGO;Comuna;Provincia;Población;Superficie_ha;Altitud"
    (folder / "comunas.csv").write_bytes("\r\n".join([head, *lines, "X;mal;R0P0;12.5;1;1"]).encode("latin-1"))
    features = [
        {"type": "Feature", "properties": {"ID_COMUNA": row.code}, "geometry": {"type": "Polygon", "coordinates": [
            [[20 + row.x, 5 + row.y], [20.5 + row.x, 5 + row.y], [20.5 + row.x, 5.5 + row.y],
             [20 + row.x, 5.5 + row.y], [20 + row.x, 5 + row.y]]]}}
        for row in districts.itertuples()
    ]  # fmt: skip
    (folder / "limites.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    census = pd.DataFrame(
        {"Código": districts["code"], "Deserción": districts["dropout"].map(comma), "Lengua": districts["x"]}
    )
    census.to_excel(folder / "censo.xlsx", sheet_name="Tabla 7", index=False)
    rates = "".join(f"{row.code}\t{comma(row.poverty)}\n" for row in districts.itertuples())
    (folder / "pobreza.csv").write_bytes(f"Codigo\tTasa\n{rates}".encode("utf-16"))
    for name, text in MAPPINGS.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def home(country: Country, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which the country has landed and everything has been made, without any sample data."""
    home = Home(tmp_path_factory.mktemp("another") / "home", {"SOCIALAI_SAMPLE": "none", "SOCIALAI_DOMAINS": "poverty"})
    for name, source in SOURCES.items():
        mapping = country.folder / f"{name}.yaml"
        said = home.done("land", str(country.folder / name), "--as", source, "--mapping", str(mapping))
        assert f", {int(name == 'comunas.csv')} to quarantine" in said, said
    home.done("run")
    return home


def test_every_district_has_its_figures(home: Home, country: Country) -> None:
    rows = home.rows(
        "SELECT area_id, admin1_id, admin2_id, name, population, altitude_m, tabled_area_km2 FROM geography.areas "
        "WHERE level = 'admin3' ORDER BY area_id"
    )
    found = pd.DataFrame(rows, columns=["code", "region", "province", "name", "people", "altitude", "km2"])
    expected = country.districts
    assert found[["code", "region", "province"]].equals(expected[["code", "region", "province"]])
    assert found["name"].tolist() == [f"Ñuñoa {i}" for i in range(len(expected))]
    assert found["people"].astype(float).tolist() == [1000.0 + 37 * i for i in range(len(expected))]
    assert found["km2"].astype(float).to_numpy() == pytest.approx(2500.005)
    assert found["altitude"][5] == ""
    assert found["altitude"].drop(5).astype(float).tolist() == expected["altitude"].drop(5).tolist()


def test_the_ambiguous_number_is_in_quarantine(home: Home) -> None:
    ((name, reason),) = home.rows("SELECT file_name, reason FROM geography.quarantine")
    assert name.endswith("comunas.csv") and reason.startswith("population: '12.5 (not written with ,)' is not a number")


def test_predictions_follow_what_was_planted(home: Home, country: Country) -> None:
    rows = home.rows(
        "SELECT area_id, estimate, lower, upper, official, is_synthetic FROM poverty.district_predictions ORDER BY 1"
    )
    found = pd.DataFrame(rows, columns=["code", "estimate", "lower", "upper", "official", "synthetic"])
    assert found["code"].tolist() == country.districts["code"].tolist()
    figures = found[["estimate", "lower", "upper", "official"]].astype(float)
    assert figures["official"].tolist() == country.districts["poverty"].tolist()
    assert np.corrcoef(figures["estimate"], figures["official"])[0, 1] > 0.7
    assert (figures["lower"] <= figures["upper"]).all()
    assert set(found["synthetic"]) <= {"false", "False"}


def test_the_map_names_the_country_s_own_sources(home: Home) -> None:
    page = (home.path / "published" / "poverty" / "district_poverty.html").read_text(encoding="utf-8")
    for text in ("Encuesta de Hogares", "Ñuñoa 17"):
        assert text in page or text.encode("unicode_escape").decode() in page
    assert 'class="banner" role="note"' not in page, "the map calls real data synthetic"
