"""The sample drawn on areas that are there already: what they lack, what is refused, the districts of Peru."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from resources.errors import ContractError, SettingsError
from resources.landing import LandingZone
from socialai_assets.catalog import all_sources
from socialai_assets.ingest.rows import ingest
from socialai_assets.ingest.sample import SampleAreas, write_sample
from socialai_assets.ingest.sample.faults import FAULTS
from tests.unit.test_sample import SEED, country


class TestRealAreas:
    def test_gaps_are_filled_and_the_unplaceable_left_out(self, tmp_path: Path) -> None:
        table = country(0.1).table.query("level == 'admin3'").reset_index(drop=True)
        table.loc[0, ["latitude", "longitude"]] = np.nan
        table.loc[1, "geometry"] = None
        table.loc[2, ["population", "altitude_m"]] = np.nan
        table.loc[3, ["latitude", "longitude", "geometry"]] = np.nan, np.nan, None
        areas = SampleAreas(table)
        assert areas.smallest["area_id"].tolist() == table["area_id"].drop(3).tolist()
        assert areas.smallest.notna().all(axis=None)
        written = write_sample(tmp_path, scale=1, seed=SEED, areas=areas)
        names = {path.name for path in written}
        assert {"places.csv", "area_codes.csv", "poverty_rates.csv", "area_indicators.csv"} <= names
        assert not {"areas.csv", "area_boundaries.geojson"} & names

    def test_areas_themselves_are_not_made_up_beside_real_ones(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="areas"):
            write_sample(tmp_path, scale=1, seed=SEED, inputs=["areas"], areas=country(0.1))

    @pytest.mark.parametrize(
        ("spoil", "complaint"),
        [
            (lambda table: table.drop(columns="altitude_m"), "altitude_m"),
            (lambda table: pd.concat([table, table]), "more than once"),
        ],
    )
    def test_unusable_areas_are_refused(self, spoil: Callable[[pd.DataFrame], pd.DataFrame], complaint: str) -> None:
        with pytest.raises(ContractError, match=complaint):
            SampleAreas(spoil(country(0.1).table))

    @pytest.mark.real
    def test_draws_on_the_districts_of_peru(self, real_landing: Path, tmp_path: Path) -> None:
        boundaries = gpd.read_file(real_landing / "geography/inei_district_boundaries/district_boundaries.gpkg")
        districts = pd.read_csv(real_landing / "geography/ubigeo_aumentado/districts.csv", dtype={"inei": str})
        shapes = boundaries.set_index("ubigeo")["geometry"]
        districts = districts.dropna(subset="inei").drop_duplicates("inei")
        table = pd.DataFrame(
            {
                "area_id": districts["inei"],
                "level": "admin3",
                "parent_id": districts["inei"].str[:4] + "00",
                "latitude": pd.to_numeric(districts["latitude"], errors="coerce"),
                "longitude": pd.to_numeric(districts["longitude"], errors="coerce"),
                "population": np.nan,
                "altitude_m": pd.to_numeric(districts["altitude"], errors="coerce"),
                "geometry": pd.Series(districts["inei"].map(shapes).to_numpy(dtype=object), districts.index),
            }
        )
        inputs = ["poverty_rates", "area_indicators", "satellite_night"]
        write_sample(tmp_path, scale=1, seed=SEED, inputs=inputs, areas=SampleAreas(table))
        zone = LandingZone(tmp_path, None, "all", all_sources())
        sources = {source.name: source for source in all_sources()}
        rates = ingest(zone.files(sources["poverty_rates"]), sources["poverty_rates"])
        assert len(rates.quarantined) == len(FAULTS["poverty_rates"])
        assert rates.accepted["area_id"].isin(table["area_id"]).all()
        assert len(rates.accepted) / len(table) == pytest.approx(0.92, abs=0.03)
        assert 15 < rates.accepted["poverty_rate_pct"].mean() < 50
        tiles = ingest(zone.files(sources["satellite_night"]), sources["satellite_night"])
        assert tiles.quarantined.empty
        assert set(tiles.accepted["z"]) == {8}
