"""Plan Cisterna: every delivery is located or quarantined with its reason, and sites keep their codes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from resources.landing import LandingZone
from socialai_assets.aid import contracts
from socialai_assets.aid.water_trucks import locate, slug
from socialai_assets.catalog import all_sources
from socialai_assets.ingest.contract import validate
from socialai_assets.ingest.rows import ingest

CAPITALS = pd.DataFrame({"area_id": ["160201", "010201"], "latitude": [-5.9, -5.64], "longitude": [-76.11, -78.53]})


def delivery(number: int, ubigeo: str = "160201", east: float = 377000.0, north: float = 9347800.0, **other) -> dict:
    row = {
        "uuid": str(number),
        "anio_ejecucion": 2020,
        "fecha_registro": "20200012",
        "nombre_eps": "SEDA HUÁNUCO S.A.",
        "tipo_de_servicio": "EMERGENCIA",
        "ubigeo": ubigeo,
        "coordenada_este": east,
        "coordenada_norte": north,
        "zona": None,
        "volumen_m3_distribuido": 34.0,
        "cantidad_distribucion": 1,
        "viviendas_beneficiadas": 100,
        "source": "otass_water_trucks",
        "is_synthetic": False,
        "file_name": "aid/x.csv",
        "file_line": number + 1,
    }
    return {**row, **other}


def test_sites_are_places_and_not_deliveries() -> None:
    rows = [
        delivery(1, zona="Sector La Primavera "),
        delivery(2, east=377300.0, zona="SECTOR LA PRIMAVERA"),
        delivery(3, east=377306.0),
        delivery(4, east=377600.0, zona="Otro sector"),
        delivery(5, east=379000.0, zona="Sector La Primavera"),
    ]
    located, refused = locate(pd.DataFrame(rows), CAPITALS)
    assert refused.empty
    sites = located.set_index("delivery_id")["site_id"]
    # The same words 300 m apart, then the same coordinate to 10 m; other words and other places are other sites.
    assert sites["otass-1"] == sites["otass-2"] == sites["otass-3"]
    assert sites.nunique() == 3
    assert (located["utm_zone"] == 18).all()
    assert (located["depot_id"] == "otass-seda-huanuco-s-a").all()

    more = pd.DataFrame([*rows, delivery(6, east=377001.0)])
    again = locate(more.sample(frac=1, random_state=0), CAPITALS)[0].set_index("delivery_id")["site_id"]
    assert again[sites.index].equals(sites)
    assert again["otass-6"] == sites["otass-1"]


def test_what_fits_no_zone_is_quarantined_with_the_reason() -> None:
    rows = pd.DataFrame([delivery(1), delivery(2, north=9000000.0), delivery(3, ubigeo="250108")])
    located, refused = locate(rows, CAPITALS)
    assert located["delivery_id"].tolist() == ["otass-1"]
    assert refused["file_line"].tolist() == [3, 4]
    assert "km from the capital of district 160201" in refused["reason"][0]
    assert "district 250108 is not known" in refused["reason"][1]


def test_nothing_landed_is_an_empty_table() -> None:
    located, refused = locate(pd.DataFrame([delivery(1)]).head(0), CAPITALS)
    assert validate(located, contracts.LocatedDeliveries).empty
    assert validate(refused, contracts.Quarantine).empty


def test_codes_of_names() -> None:
    assert slug("  SEDA HUÁNUCO S.A. ") == "seda-huanuco-s-a"


@pytest.mark.real
def test_real_deliveries_are_located_or_quarantined(real_landing: Path, tmp_path: Path) -> None:
    source = next(source for source in all_sources() if source.name == "otass_water_trucks")
    read = ingest(LandingZone(tmp_path, real_landing, "none", all_sources()).files(source), source)
    assert (len(read.accepted), len(read.quarantined)) == (2864, 0)
    districts = pd.read_csv(real_landing / "geography/ubigeo_aumentado/districts.csv", dtype=str)
    located, refused = locate(read.accepted, districts.rename(columns={"inei": "area_id"}).dropna(subset="area_id"))
    assert len(refused) == 18
    assert refused["reason"].str.contains("is not known").sum() == 1
    assert len(located) == 2864 - 18
    validate(located, contracts.LocatedDeliveries)
    assert set(located["utm_zone"]) == {17, 18}
    assert located["depot_id"].nunique() == 20
    spread = located.groupby("site_id")[["latitude", "longitude"]].agg(lambda values: values.max() - values.min())
    assert (spread.max() * 111.2 < 2.0).all()
