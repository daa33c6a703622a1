"""Tests of the covariates of an area: from pictures, tables, places and shapes to the frame the model sees."""

from __future__ import annotations

from io import BytesIO
from random import Random

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from shapely.geometry import box

from socialai_assets.ingest.contract import describe
from socialai_assets.methods.spatial import great_circle_km, neighbours
from socialai_assets.methods.tiles import tile_bounds
from socialai_assets.poverty import contracts, covariates, features

ZOOM, COLUMN, ROW = 6, 32, 31
"""The tile whose south-west corner is latitude 0, longitude 0; its side is 5.6 degrees."""
AVERAGED = ("altitude_m", "night_light_mean")
AREAS = ("a", "b", "c", "d", "e", "island")


def tile(colour: tuple[int, int, int], column: int = COLUMN, *, synthetic: bool = False) -> pd.DataFrame:
    """One tile of one colour."""
    written = BytesIO()
    Image.new("RGB", (16, 16), colour).save(written, format="PNG")
    return pd.DataFrame(
        {"z": [ZOOM], "x": [column], "y": [ROW], "image": [written.getvalue()], "is_synthetic": [synthetic]}
    )


def no_tiles() -> pd.DataFrame:
    return tile((0, 0, 0)).head(0)


def halves() -> gpd.GeoDataFrame:
    """The tile's western and eastern half, and an area that no tile shows, in the tiles' own reference system."""
    west, south, east, north = tile_bounds(ZOOM, COLUMN, ROW)
    middle = (west + east) / 2
    polygons = [box(west, south, middle, north), box(middle, south, east, north), box(-9e6, 0, -8e6, 1e6)]
    return gpd.GeoDataFrame({"area_id": ["west", "east", "far"]}, geometry=polygons, crs="EPSG:3857", index=[7, 7, 9])


class TestPictureStatistics:
    def test_night_and_day_stand_side_by_side_for_each_area(self) -> None:
        table = covariates.picture_statistics(tile((200, 150, 100)), tile((40, 90, 30)), halves()).set_index("area_id")
        assert table.index.tolist() == ["west", "east", "far"]
        for area in ("west", "east"):
            assert table.loc[area, "night_light_warmth_mean"] == pytest.approx(100)
            assert table.loc[area, "night_light_lit_share"] == pytest.approx(1)
            assert table.loc[area, "daylight_brightness_mean"] == pytest.approx(160 / 3, abs=1e-4)

    def test_an_area_no_picture_shows_is_there_and_unknown(self) -> None:
        table = covariates.picture_statistics(tile((200, 150, 100)), tile((40, 90, 30)), halves()).set_index("area_id")
        assert table.loc["far"].drop("is_synthetic").isna().all()

    @pytest.mark.parametrize(("missing", "there"), [("night", "daylight"), ("day", "night")])
    def test_without_one_kind_of_picture_the_other_is_still_read(self, missing: str, there: str) -> None:
        pictures = {"night": tile((200, 150, 100)), "day": tile((40, 90, 30)), missing: no_tiles()}
        table = covariates.picture_statistics(**pictures, shapes=halves())
        columns = table.columns.drop(["area_id", "is_synthetic"])
        assert len(columns) and all(name.startswith(there) for name in columns)
        assert len(table) == 3

    def test_without_any_picture_every_area_is_still_there(self) -> None:
        table = covariates.picture_statistics(no_tiles(), no_tiles(), halves())
        assert table["area_id"].tolist() == ["west", "east", "far"] and not table["is_synthetic"].any()
        assert table.index.tolist() == [0, 1, 2]

    @pytest.mark.parametrize("synthetic", [(True, False), (False, True), (False, False)])
    def test_one_synthetic_picture_flags_every_area(self, synthetic: tuple[bool, bool]) -> None:
        night = pd.concat([tile((9, 9, 9)), tile((9, 9, 9), COLUMN + 1, synthetic=synthetic[0])])
        table = covariates.picture_statistics(night, tile((9, 9, 9), synthetic=synthetic[1]), halves())
        assert table["is_synthetic"].tolist() == [any(synthetic)] * 3


def shapes() -> gpd.GeoDataFrame:
    """A row of five areas of one degree each, the first in the west, and an island in the north."""
    polygons = [box(number, 0, number + 1, 1) for number in range(5)] + [box(2, 3, 3, 4)]
    return gpd.GeoDataFrame({"area_id": list(AREAS)}, geometry=polygons, crs="EPSG:4326")


def districts() -> pd.DataFrame:
    """The mart: a to c in province p, d and e in q, the island in none; all in one department."""
    return pd.DataFrame(
        {
            "area_id": list(AREAS),
            "admin1_id": "z",
            "admin2_id": ["p", "p", "p", "q", "q", None],
            "natural_region": ["coast"] * 3 + ["jungle"] * 3,
            "latitude": [0.5] * 5 + [3.5],
            "longitude": [0.5, 1.5, 2.5, 3.5, 4.5, 2.5],
            "altitude_m": [10.0, 20.0, 60.0, np.nan, 100.0, 5.0],
            "urban_place_share": [0.9, 0.1, 0.2, 0.3, 0.4, 0.5],
            "dropout_rate_pct": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            "indigenous_language_pct": np.nan,
            "is_synthetic": [False, True, False, False, False, False],
            "population": [60_000.0, 1_000.0, np.nan, 2_000.0, 250_000.0, 100.0],
            "area_km2": 12_300.0,
            "place_count": [2, 1, 0, 0, 0, 0],
        }
    )


def pictures() -> pd.DataFrame:
    """Statistics of all areas but the island; those of d come from synthetic pictures."""
    return pd.DataFrame(
        {
            "area_id": ["e", "d", "c", "b", "a"],
            **{
                described.name: [5.0, 4.0, 3.0, 2.0, 1.0]
                for described in describe(contracts.PictureStatistics)
                if described.dtype == "double"
            },
            "night_light_mean": [50.0, 40.0, 30.0, 20.0, 10.0],
            "night_light_lit_share": 0.5,
            "is_synthetic": [False, True, False, False, False],
        }
    )


def places() -> pd.DataFrame:
    """An urban and a rural place in a, a rural one in b."""
    return pd.DataFrame(
        {
            "place_id": ["1", "2", "3"],
            "area_id": ["a", "a", "b"],
            "kind": ["urban", "rural", "rural"],
            "latitude": [0.5, 0.5, 0.5],
            "longitude": [0.5, 0.8, 1.5],
        }
    )


def areas() -> pd.DataFrame:
    """All levels; the capital of p lies where b's does, that of q where e's does, that of z where a's does."""
    parents = pd.DataFrame(
        {
            "area_id": ["p", "q", "z"],
            "level": ["admin2", "admin2", "admin1"],
            "latitude": 0.5,
            "longitude": [1.5, 4.5, 0.5],
        }
    )
    return pd.concat([parents, districts()[["area_id", "latitude", "longitude"]].assign(level="admin3")])


def made(**changed: pd.DataFrame) -> pd.DataFrame:
    parts = {"districts": districts(), "pictures": pictures(), "places": places(), "areas": areas()} | changed
    frame = covariates.district_features(**parts, shapes=shapes(), neighbours=neighbours(shapes()), averaged=AVERAGED)
    return frame.set_index("area_id", drop=False)


def kilometres(degrees: float) -> float:
    """Length of some degrees of longitude at latitude 0.5."""
    return float(great_circle_km(np.array([[0.5, 0.0]]), np.array([[0.5, degrees]]))[0, 0])


class TestDistrictFeatures:
    def test_each_area_has_one_row_in_the_order_of_the_codes(self) -> None:
        shuffled = districts().sample(frac=1, random_state=1)
        assert made(districts=shuffled)["area_id"].tolist() == sorted(AREAS)

    def test_distances_to_capitals_are_those_to_the_areas_own_province_and_department(self) -> None:
        frame = made()
        assert frame["distance_to_admin2_capital_km"].tolist() == pytest.approx(
            [kilometres(1), 0, kilometres(1), kilometres(1), 0, np.nan], nan_ok=True
        )
        assert frame.loc[list("abcde"), "distance_to_admin1_capital_km"].tolist() == pytest.approx(
            [kilometres(degrees) for degrees in range(5)]
        )
        assert frame.loc["island", "distance_to_admin1_capital_km"] > kilometres(3)

    def test_distances_to_cities_follow_the_inhabitants(self) -> None:
        frame = made().loc[list("abcde")]
        assert frame["distance_to_city_50000_km"].tolist() == pytest.approx(
            [kilometres(degrees) for degrees in (0, 1, 2, 1, 0)]
        )
        far = [kilometres(degrees) for degrees in (4, 3, 2, 1, 0)]
        assert frame["distance_to_city_200000_km"].tolist() == pytest.approx(far)
        assert frame["distance_to_largest_city_km"].tolist() == pytest.approx(far)

    def test_only_urban_places_count_as_urban(self) -> None:
        to_urban = made()["place_distance_to_urban_km"]
        assert to_urban["a"] == pytest.approx(kilometres(0.3) / 2)
        assert to_urban["b"] == pytest.approx(kilometres(1))
        assert to_urban[["c", "d", "e", "island"]].isna().all()

    def test_the_share_of_urban_places_is_the_marts(self) -> None:
        frame = made()
        assert frame["urban_place_share"].tolist() == districts()["urban_place_share"].tolist()

    def test_the_outline_is_that_of_the_whole_country_and_not_of_the_area(self) -> None:
        distance = made()["distance_to_outline_km"]
        assert distance["c"] == pytest.approx(kilometres(0.5), rel=0.01)
        bay = districts().assign(latitude=0.5, longitude=[1.0, 2.0, 3.0, 4.0, 2.0, 3.0])
        # On the borders between two areas, yet half a degree from the coast.
        assert made(districts=bay)["distance_to_outline_km"].tolist() == pytest.approx([kilometres(0.5)] * 6, rel=0.01)

    def test_means_over_neighbours_leave_the_area_itself_and_the_unknown_out(self) -> None:
        frame = made()
        assert frame["neighbours_altitude_m"].tolist() == pytest.approx([20, 35, 20, 80, np.nan, np.nan], nan_ok=True)
        assert frame["neighbours_night_light_mean"].tolist() == pytest.approx([20, 20, 30, 40, 40, np.nan], nan_ok=True)
        assert [name for name in frame if name.startswith("neighbours_")] == [f"neighbours_{n}" for n in AVERAGED]

    def test_pictures_are_joined_by_code_and_unknown_where_there_are_none(self) -> None:
        frame = made()
        assert frame["night_light_mean"].tolist() == pytest.approx([10, 20, 30, 40, 50, np.nan], nan_ok=True)

    def test_an_area_is_synthetic_by_its_tables_or_by_its_pictures(self) -> None:
        frame = made()
        assert frame.index[frame["is_synthetic"]].tolist() == ["b", "d"]
        assert frame["is_synthetic"].dtype == bool

    def test_raw_counts_the_model_is_not_to_see_are_gone(self) -> None:
        assert not {"population", "area_km2", "place_count", "is_synthetic_pictures"} & set(made().columns)
        assert made()["population_log"]["b"] == pytest.approx(np.log(1_001))

    def test_without_any_area_the_reason_is_said(self) -> None:
        with pytest.raises(ValueError, match="no area with a boundary"):
            made(districts=districts().head(0))

    def test_an_area_without_coordinates_is_refused(self) -> None:
        with pytest.raises(ValueError, match="1 areas have no coordinates"):
            made(districts=districts().assign(latitude=[0.5] * 5 + [np.nan]))

    @settings(max_examples=8, deadline=None)
    @given(st.randoms(use_true_random=False))
    def test_the_order_of_the_rows_of_any_input_changes_nothing(self, random: Random) -> None:
        parts = {"districts": districts(), "pictures": pictures(), "places": places(), "areas": areas()}
        shuffled = {name: part.sample(frac=1, random_state=random.randint(0, 999)) for name, part in parts.items()}
        pd.testing.assert_frame_equal(made(**shuffled), made())


class TestAssets:
    @staticmethod
    def all_levels() -> gpd.GeoDataFrame:
        """The areas, and a department over all of them that is no row of any feature table."""
        department = gpd.GeoDataFrame({"area_id": ["z"]}, geometry=[box(0, 0, 5, 4)], crs="EPSG:4326")
        every = [shapes().assign(level="admin3"), department.assign(level="admin1")]
        return gpd.GeoDataFrame(pd.concat(every, ignore_index=True), crs="EPSG:4326")

    @pytest.mark.parametrize("night", [tile((200, 150, 100)), no_tiles()], ids=["with night pictures", "without"])
    def test_picture_statistics_have_every_column_of_the_contract_whatever_pictures_there_are(
        self, night: pd.DataFrame
    ) -> None:
        table = features.picture_statistics(night=night, day=tile((40, 90, 30)), shapes=self.all_levels())
        assert table.columns.tolist() == [described.name for described in describe(contracts.PictureStatistics)]
        assert table["area_id"].tolist() == list(AREAS)
        assert table["night_light_mean"].isna().all() == night.empty and table["daylight_redness_mean"].notna().all()

    def test_district_features_meet_their_contract(self) -> None:
        table = features.district_features(
            districts=districts(),
            pictures=pictures(),
            places=places(),
            areas=areas(),
            shapes=self.all_levels(),
            neighbours=neighbours(shapes()),
        )
        assert table.columns.tolist() == [described.name for described in describe(contracts.DistrictFeatures)]
        assert table["area_id"].tolist() == list(AREAS)
        assert table["neighbours_dropout_rate_pct"].tolist()[:5] == pytest.approx([2, 2, 3, 4, 4])

    def test_no_feature_reads_a_table_of_poverty_figures(self) -> None:
        read = {
            key.to_user_string()
            for asset in (features.picture_statistics, features.district_features)
            for key in asset.keys_by_input_name.values()
        }
        assert read == {
            "geography/area_shapes",
            "geography/areas",
            "geography/neighbours",
            "geography/places",
            "poverty/district_covariates",
            "poverty/picture_statistics",
            "poverty/stg_satellite_day",
            "poverty/stg_satellite_night",
        }
