"""The sample country: same bytes for the same seed, in the contracts' shape, with its truth to be found again."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.errors import SettingsError
from resources.landing import LandingZone
from resources.settings import PROJECT
from socialai_assets.catalog import all_sources
from socialai_assets.ingest.rows import Ingested, ingest
from socialai_assets.ingest.sample import INPUTS, SampleAreas, write_sample
from socialai_assets.ingest.sample.areas import shapes_km2, smooth_field
from socialai_assets.ingest.sample.country import sample_country
from socialai_assets.ingest.sample.faults import BETWEEN_COLUMNS, FAULTS, REPEATED, Fault, plant
from socialai_assets.ingest.sample.poverty import poverty_rates, poverty_truth
from socialai_assets.methods.imagery import daylight_covariates, night_light_covariates
from socialai_assets.methods.tiles import mosaic
from socialai_assets.sampling import NEVER_DRAWN

SEED = 7
TABLES = tuple(FAULTS)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("landing")
    write_sample(folder, scale=1, seed=SEED)
    return folder


@pytest.fixture(scope="module")
def ingested(landing: Path) -> dict[str, Ingested]:
    """Every input as the platform reads it."""
    zone = LandingZone(landing, None, "all", all_sources())
    sources = {source.name: source for source in all_sources() if source.canonical}
    return {name: ingest(zone.files(sources[name]), sources[name]) for name in INPUTS}


@cache
def country(scale: float = 1.0) -> SampleAreas:
    return sample_country(scale, SEED)


def truth(landing: Path, domain: str, name: str) -> pd.DataFrame:
    return pd.read_csv(landing / domain / "sample" / "_truth" / name, dtype={"area_id": str})


class TestFiles:
    def test_covers_every_canonical_source(self) -> None:
        canonical = {source.name: source.domain for source in all_sources() if source.canonical}
        assert canonical.keys() >= NEVER_DRAWN
        assert {name: domain for name, domain in canonical.items() if name not in NEVER_DRAWN} == INPUTS

    def test_same_seed_same_bytes_and_another_seed_other_bytes(self, landing: Path, tmp_path: Path) -> None:
        write_sample(tmp_path / "again", scale=1, seed=SEED)
        assert contents(tmp_path / "again") == contents(landing)
        write_sample(tmp_path / "other", scale=1, seed=SEED + 1, inputs=["areas", "poverty_rates"])
        other, same = contents(tmp_path / "other"), contents(landing)
        assert all(other[name] != same[name] for name in other)

    def test_some_inputs_are_the_same_as_among_all(self, landing: Path, tmp_path: Path) -> None:
        for name in ("poverty_rates", "places"):
            write_sample(tmp_path, scale=1, seed=SEED, inputs=[name])
        whole, some = contents(landing), contents(tmp_path)
        inputs = {Path(name).stem for name in some if "_truth" not in name}
        assert inputs == {"poverty_rates", "places"}
        assert all(whole[name] == some[name] for name in some if not name.endswith("bad_rows.csv"))

    def test_writing_one_input_keeps_the_list_of_the_others_bad_rows(self, tmp_path: Path) -> None:
        write_sample(tmp_path / "at once", scale=0.1, seed=SEED, inputs=TABLES)
        for name in TABLES:
            write_sample(tmp_path / "one by one", scale=0.1, seed=SEED, inputs=[name])
        assert contents(tmp_path / "one by one") == contents(tmp_path / "at once")

    def test_returns_every_file_and_leaves_no_other(self, tmp_path: Path) -> None:
        written = write_sample(tmp_path, scale=0.1, seed=SEED)
        assert sorted(p for p in tmp_path.rglob("*") if p.is_file()) == written

    def test_unchanged_files_keep_their_time(self, tmp_path: Path) -> None:
        written = write_sample(tmp_path, scale=0.1, seed=SEED)
        before = [path.stat().st_mtime_ns for path in written]
        write_sample(tmp_path, scale=0.1, seed=SEED)
        assert [path.stat().st_mtime_ns for path in written] == before

    def test_tiles_of_an_earlier_country_are_taken_away(self, tmp_path: Path) -> None:
        write_sample(tmp_path, scale=0.1, seed=SEED, inputs=["satellite_night"])
        table = country(0.1).smallest.assign(level="admin3")
        moved = table.assign(
            longitude=table["longitude"] + 40,
            geometry=shapely.transform(table["geometry"].to_numpy(dtype=object), lambda xy: np.add(xy, [40, 0])),
        )
        write_sample(tmp_path, scale=1, seed=SEED, inputs=["satellite_night"], areas=SampleAreas(moved))
        columns = {int(path.parent.name) for path in tmp_path.rglob("*.png")}
        assert columns and all(x / 256 * 360 - 180 > -60 for x in columns)

    def test_unknown_inputs_are_refused_before_anything_is_written(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="water_wells"):
            write_sample(tmp_path, scale=1, seed=SEED, inputs=["places", "water_wells"])
        assert not contents(tmp_path)


class TestContracts:
    @pytest.mark.parametrize("name", TABLES)
    def test_quarantine_finds_exactly_the_planted_rows(
        self, landing: Path, ingested: dict[str, Ingested], name: str
    ) -> None:
        listed = truth(landing, INPUTS[name], "bad_rows.csv")
        file = f"{INPUTS[name]}/sample/{name}.csv"
        planted = listed[listed["file"] == file].set_index("line")
        found = ingested[name].quarantined.set_index("file_line")
        assert sorted(found.index) == sorted(planted.index)
        assert len(planted) == len(FAULTS[name])
        for line, fault in planted.iterrows():
            reason = str(found.loc[line, "reason"])
            # A key is reported by its columns, a rule between columns as one of the row.
            named = fault["column"] if fault["rule"] not in (REPEATED.rule, *BETWEEN_COLUMNS) else ""
            assert reason.startswith(named), (fault.to_dict(), reason)

    @pytest.mark.parametrize("name", [name for name in INPUTS if name not in TABLES])
    def test_pictures_and_polygons_are_all_accepted(self, ingested: dict[str, Ingested], name: str) -> None:
        assert len(ingested[name].accepted) > 0
        assert ingested[name].quarantined.empty

    def test_rows_are_known_as_synthetic(self, ingested: dict[str, Ingested]) -> None:
        for table in ingested.values():
            assert table.accepted["is_synthetic"].all()
            assert set(table.accepted["source"]) == {"sample"}

    def test_keys_fit_together(self, ingested: dict[str, Ingested]) -> None:
        areas = ingested["areas"].accepted
        districts = set(areas.loc[areas["level"] == "admin3", "area_id"])
        assert areas["parent_id"].dropna().isin(areas["area_id"]).all()
        assert set(ingested["area_boundaries"].accepted["area_id"]) == districts
        assert set(ingested["area_indicators"].accepted["area_id"]) == districts
        assert set(ingested["places"].accepted["area_id"]) == districts
        assert set(ingested["poverty_rates"].accepted["area_id"]) < districts
        assert set(ingested["area_codes"].accepted["area_id"]) == set(areas["area_id"])

    @settings(deadline=None, max_examples=50)
    @given(rows=st.integers(3, 40), seed=st.integers(0, 10_000))
    def test_without_the_planted_lines_nothing_is_lost(self, rows: int, seed: int) -> None:
        good = pd.DataFrame({"key": [f"k{i}" for i in range(rows)], "value": "1"})
        faults = (Fault("row", "", "repeated"), Fault("value", "x", "a"), Fault("value", "y", "b"))
        together, listed = plant(np.random.default_rng(seed), good, faults)
        left = together.drop(index=listed["line"] - 2).reset_index(drop=True)
        pd.testing.assert_frame_equal(left, good)
        repeated = listed.loc[listed["column"] == "row", "line"].iloc[0] - 2
        assert together["key"].iloc[repeated] == together["key"].iloc[repeated - 1]


class TestCountry:
    @pytest.mark.parametrize(("scale", "counts"), [(0.1, (2, 3, 18)), (1, (6, 30, 180)), (4, (12, 120, 720))])
    def test_grows_with_scale(self, scale: float, counts: tuple[int, int, int]) -> None:
        levels = country(scale).table["level"].value_counts()
        assert tuple(levels[level] for level in ("admin1", "admin2", "admin3")) == counts

    @pytest.mark.parametrize("scale", [0.1, 1, 4])
    def test_polygons_tile_the_country(self, scale: float) -> None:
        shapes = country(scale).smallest["geometry"].to_numpy(dtype=object)
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)
        assert shapely.area(shapely.union_all(shapes)) == pytest.approx(shapely.area(shapes).sum(), rel=1e-9)

    def test_written_polygons_still_tile(self, ingested: dict[str, Ingested]) -> None:
        shapes = ingested["area_boundaries"].accepted["geometry"].to_numpy(dtype=object)
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)

    def test_lies_where_there_is_no_land(self) -> None:
        west, south, east, north = shapely.total_bounds(country().smallest["geometry"].to_numpy(dtype=object))
        assert -95.5 < west < east < -89.5
        assert -13.0 < south < north < -7.0

    def test_surface_agrees_with_an_equal_area_projection(self) -> None:
        own = country().smallest
        projected = gpd.GeoSeries(own["geometry"].to_numpy(), crs="EPSG:4326").to_crs("EPSG:6933").area / 1e6
        np.testing.assert_allclose(shapes_km2(own["geometry"].to_numpy(dtype=object)), projected, rtol=0.01)

    def test_capitals_are_inside_and_rise_above_3000_m_everywhere(self) -> None:
        own = country().smallest
        assert shapely.contains_xy(own["geometry"].to_numpy(dtype=object), own["longitude"], own["latitude"]).all()
        degrees = own["latitude"].round()
        inner = degrees.isin([-9, -10, -11])
        assert (own["altitude_m"].groupby(degrees[inner]).max() > 3000).all()

    @pytest.mark.parametrize("scale", [1, 4])
    def test_the_platforms_rule_finds_the_planted_regions(self, scale: float) -> None:
        import duckdb

        (model,) = (PROJECT / "dbt_project" / "models" / "geography").rglob("*natural_regions.sql")
        districts = country(scale).table.drop(columns="geometry").query("level == 'admin3'")
        connection = duckdb.connect()
        connection.register("stg_areas", districts)
        found = connection.sql(model.read_text().replace('{{ ref("stg_areas") }}', "stg_areas")).df()
        both = districts.merge(found, on="area_id", suffixes=("_planted", "_found"))
        assert set(both["natural_region_planted"]) == {"coast", "highlands", "jungle"}
        assert both["natural_region_planted"].tolist() == both["natural_region_found"].tolist()

    def test_parents_add_up(self) -> None:
        table = country().table
        above = table[table["level"] != "admin3"].set_index("area_id")
        below = table.groupby("parent_id")
        np.testing.assert_allclose(below["population"].sum()[above.index], above["population"])
        assert above["capital"].isin(table.loc[table["level"] == "admin3", "name"]).all()

    def test_places_are_inside_but_for_those_listed(self, landing: Path, ingested: dict[str, Ingested]) -> None:
        places = ingested["places"].accepted
        shapes = ingested["area_boundaries"].accepted.set_index("area_id")["geometry"]
        own = shapes.loc[places["area_id"]].to_numpy(dtype=object)
        outside = ~shapely.contains_xy(own, places["longitude"], places["latitude"])
        listed = truth(landing, "geography", "places_outside.csv")
        assert set(places.loc[outside, "place_id"]) == set(listed["place_id"])
        assert 0.005 < outside.mean() < 0.02


class TestPoverty:
    def test_rates_scatter_around_the_truth_as_their_intervals_say(self) -> None:
        areas = country(4)
        planted = poverty_truth(areas, SEED)
        rates = poverty_rates(areas, planted, SEED).merge(planted, on="area_id")
        own = rates[rates["estimate_group"].isna()]
        covered = own["true_rate_pct"].between(own["lower_pct"], own["upper_pct"])
        assert covered.mean() == pytest.approx(0.95, abs=0.03)
        assert np.corrcoef(own["poverty_rate_pct"], own["true_rate_pct"])[0, 1] > 0.95
        assert (own["lower_pct"] < own["poverty_rate_pct"]).all()
        assert (own["poverty_rate_pct"] < own["upper_pct"]).all()

    def test_some_areas_have_no_rate_and_some_share_one(self) -> None:
        areas = country(4)
        rates = poverty_rates(areas, poverty_truth(areas, SEED), SEED)
        assert 1 - len(rates) / len(areas.smallest) == pytest.approx(0.08, abs=0.03)
        grouped = rates.dropna(subset="estimate_group")
        assert len(grouped) / len(areas.smallest) == pytest.approx(0.10, abs=0.02)
        groups = grouped.assign(parent=grouped["area_id"].str[:5]).groupby("estimate_group")
        assert groups.size().min() >= 2
        assert (groups[["poverty_rate_pct", "lower_pct", "upper_pct", "parent"]].nunique() == 1).all(axis=None)

    def test_hotspots_are_poorer_than_their_covariates_say(self, landing: Path) -> None:
        planted = truth(landing, "poverty", "poverty.csv")
        assert set(truth(landing, "poverty", "hotspots.csv")["area_id"]) == set(
            planted.loc[planted["hotspot"] > 0, "area_id"]
        )
        logit = np.log(planted["true_rate_pct"] / (100 - planted["true_rate_pct"]))
        covariates = [
            np.log1p(planted["remoteness_km"] / 10),
            country().smallest["altitude_m"],
            np.log(planted["indigenous_language_pct"] / (100 - planted["indigenous_language_pct"])),
            np.log(planted["dropout_rate_pct"]),
            planted["light_per_head"],
            planted["hotspot"] > 0,
            np.ones(len(planted)),
        ]
        design = np.column_stack(covariates).astype(float)
        found, *_ = np.linalg.lstsq(design, logit - planted["residual_logit"], rcond=None)
        # Noise-free, so the planted sum comes back but for the four decimals of the file.
        np.testing.assert_allclose(design @ found, logit - planted["residual_logit"], atol=0.01)
        assert found[5] == pytest.approx(0.9, abs=0.01)
        assert found[4] < 0

    def test_what_is_published_explains_most_of_it_but_not_all(self, ingested: dict[str, Ingested]) -> None:
        """Ridge regression on what the inputs show, held out by province, as a district model would do it."""
        shapes = gpd.GeoDataFrame(ingested["area_boundaries"].accepted[["area_id", "geometry"]], crs="EPSG:4326")
        shapes = shapes.set_geometry("geometry")
        night = night_light_covariates(mosaic(ingested["satellite_night"].accepted), shapes)
        day = daylight_covariates(mosaic(ingested["satellite_day"].accepted), shapes)
        indicators = ingested["area_indicators"].accepted.pivot(index="area_id", columns="indicator", values="value")
        own = country().smallest
        cities = own.nlargest(6, "population")
        distance = np.min(
            np.hypot(
                own["longitude"].to_numpy()[:, None] - cities["longitude"].to_numpy(),
                own["latitude"].to_numpy()[:, None] - cities["latitude"].to_numpy(),
            ),
            axis=1,
        )
        known = own[["area_id", "altitude_m"]].assign(
            log_density=np.log(own["population"] / own["area_km2"]),
            log_population=np.log(own["population"]),
            log_distance=np.log1p(10 * distance),
        )
        table = known.merge(night).merge(day).merge(indicators, on="area_id")
        table = ingested["poverty_rates"].accepted[["area_id", "poverty_rate_pct"]].merge(table, on="area_id")
        covariates = table.drop(columns=["area_id", "poverty_rate_pct"]).to_numpy()
        covariates = (covariates - covariates.mean(axis=0)) / covariates.std(axis=0)
        rate = table["poverty_rate_pct"].to_numpy()
        fold = table["area_id"].str[:5].rank(method="dense").to_numpy() % 10
        estimate = np.empty(len(rate))
        for held_out in range(10):
            test, X, y = fold == held_out, covariates[fold != held_out], rate[fold != held_out]
            weights = np.linalg.solve(X.T @ X + 10 * np.eye(X.shape[1]), X.T @ (y - y.mean()))
            estimate[test] = y.mean() + covariates[test] @ weights
        r2 = 1 - ((rate - estimate) ** 2).sum() / ((rate - rate.mean()) ** 2).sum()
        assert 0.55 < r2 < 0.90

    def test_neighbours_are_alike(self) -> None:
        steps = np.linspace(0, 3, 400)
        fields = np.array([smooth_field(np.random.default_rng(seed), steps, np.zeros(400), 0.5) for seed in range(200)])
        correlation = np.corrcoef(fields.T)
        near, far = np.atleast_2d(correlation)[0, np.searchsorted(steps, [0.25, 2.5])]
        assert near == pytest.approx(np.exp(-0.125), abs=0.1)
        assert abs(far) < 0.25
        assert fields.std() == pytest.approx(1, abs=0.1)


class TestPictures:
    def test_cities_shine_and_the_sea_is_dark(self, ingested: dict[str, Ingested]) -> None:
        tiles = ingested["satellite_night"].accepted
        assert len(tiles) <= 60
        own = country().smallest
        shapes = gpd.GeoDataFrame(own[["area_id"]], geometry=own["geometry"].to_numpy(), crs="EPSG:4326")
        light = night_light_covariates(mosaic(tiles), shapes).set_index("area_id")
        density = (own["population"] / own["area_km2"]).to_numpy()
        assert light["night_light_mean"].corr(pd.Series(density, light.index), method="spearman") > 0.6
        assert light["night_light_max"].loc[own["area_id"][own["population"].idxmax()]] > 150
        assert mosaic(tiles).array[:, :20, :20].max() < 60

    def test_day_colours_tell_the_regions_apart(self, ingested: dict[str, Ingested]) -> None:
        table = country().table
        own = table[table["level"] == "admin3"]
        shapes = gpd.GeoDataFrame(own[["area_id"]], geometry=own["geometry"].to_numpy(), crs="EPSG:4326")
        look = daylight_covariates(mosaic(ingested["satellite_day"].accepted), shapes).merge(own, on="area_id")
        regions = look.groupby("natural_region")
        assert regions["daylight_greenness_mean"].mean().idxmax() == "jungle"
        brightness = regions["daylight_brightness_mean"].mean()
        assert brightness["coast"] > brightness["highlands"] > brightness["jungle"]
