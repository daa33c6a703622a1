"""Tests of neighbours, distances, lags, and the covariates of position."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from shapely.geometry import box

from socialai_assets.methods import location, spatial

KM = 1000.0


def grid(gap: float = 0.0) -> gpd.GeoDataFrame:
    """Squares of 10 km: a b above c d, and an island e; `gap` (m) parts the columns, negative to overlap."""
    squares = {
        "a": box(0, 10 * KM, 10 * KM, 20 * KM),
        "b": box(10 * KM + gap, 10 * KM, 20 * KM, 20 * KM),
        "c": box(0, 0, 10 * KM, 10 * KM),
        "d": box(10 * KM + gap, 0, 20 * KM, 10 * KM),
        "e": box(60 * KM, 0, 61 * KM, 1 * KM),
    }
    return gpd.GeoDataFrame({"area_id": list(squares)}, geometry=list(squares.values()), crs="EPSG:32718")


@pytest.mark.parametrize("gap", [0.0, 60.0, -60.0])
def test_queen_contiguity_across_slivers(gap: float) -> None:
    pairs = spatial.neighbours(grid(gap), tolerance_m=100)
    found = {(row.area_id, row.neighbour_id): row.shared_border_km for row in pairs.itertuples()}
    assert set(found) == {(one, other) for one in "abcd" for other in "abcd" if one != other}
    # UTM's scale is about 3 per mille off at 4.5 degrees from its meridian, and the tolerance adds at the ends.
    assert found["a", "c"] == pytest.approx(10, rel=0.03)
    assert found["a", "b"] == pytest.approx(10, rel=0.03)
    assert found["a", "d"] < 0.3
    assert all(found[one, other] == found[other, one] for one, other in found)


def test_a_gap_wider_than_the_tolerance_parts() -> None:
    pairs = spatial.neighbours(grid(250.0), tolerance_m=100)
    assert set(zip(pairs["area_id"], pairs["neighbour_id"], strict=True)) == {
        ("a", "c"), ("c", "a"), ("b", "d"), ("d", "b")
    }  # fmt: skip


def test_neighbours_refuse_shapes_without_crs_or_with_repeated_areas() -> None:
    with pytest.raises(ValueError, match="coordinate reference system"):
        spatial.neighbours(gpd.GeoDataFrame(grid().drop(columns="geometry"), geometry=list(grid().geometry)))
    with pytest.raises(ValueError, match="a comes more than once"):
        spatial.neighbours(grid().iloc[[0, 0]])


def test_neighbour_mean_by_hand() -> None:
    frame = pd.DataFrame(
        {"area_id": ["x", "y", "z", "island"], "v": [1.0, 2.0, np.nan, 9.0], "w": [0.0, 4.0, 8.0, 1.0]}
    )
    pairs = pd.DataFrame(
        [("x", "y", 3.0), ("y", "x", 3.0), ("x", "z", 1.0), ("z", "x", 1.0), ("x", "elsewhere", 50.0)],
        columns=["area_id", "neighbour_id", "shared_border_km"],
    )
    equal = spatial.neighbour_mean(frame, pairs, ["v", "w"])
    assert equal["area_id"].tolist() == ["x", "y", "z", "island"]
    assert equal["neighbours_v"].tolist() == pytest.approx([2.0, 1.0, 1.0, np.nan], nan_ok=True)
    assert equal["neighbours_w"].tolist() == pytest.approx([6.0, 0.0, 0.0, np.nan], nan_ok=True)
    border = spatial.neighbour_mean(frame, pairs, ["w"], weight="border")
    assert border["neighbours_w"][0] == pytest.approx((3 * 4 + 1 * 8) / 4)


def test_great_circle_of_known_places() -> None:
    lima, cusco, equator = (-12.0464, -77.0428), (-13.5320, -71.9675), (0.0, 0.0)
    assert spatial.great_circle_km(np.array([lima]), np.array([cusco]))[0, 0] == pytest.approx(573, abs=2)
    quarter = spatial.great_circle_km(np.array([equator]), np.array([(90.0, 0.0), (0.0, 180.0)]))[0]
    assert quarter == pytest.approx([np.pi / 2 * spatial.EARTH_RADIUS_KM, np.pi * spatial.EARTH_RADIUS_KM])


coordinates = hnp.arrays(float, st.tuples(st.integers(3, 12), st.just(2)), elements=st.floats(-80, 80))


@settings(max_examples=60, deadline=None)
@given(coordinates)
def test_nearest_agrees_with_all_distances(places: np.ndarray) -> None:
    targets = places[1:]
    distance, position = spatial.nearest_km(places, targets)
    everything = spatial.great_circle_km(places, targets)
    assert distance == pytest.approx(everything.min(axis=1), abs=1e-6)
    assert everything[np.arange(len(places)), position] == pytest.approx(distance, abs=1e-6)


def test_nearest_other_place_and_too_few_targets() -> None:
    places = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 5.0]])
    distance, position = spatial.nearest_km(places, places, nth=2)
    assert position.tolist() == [1, 0, 1] and distance.min() > 100
    with pytest.raises(ValueError, match="number 2 of 1"):
        spatial.nearest_km(places, places[:1], nth=2)


@settings(max_examples=60, deadline=None)
@given(coordinates, st.integers(0, 2**31), st.sampled_from(["exponential", "gaussian", "inverse"]))
def test_the_lag_never_sees_its_own_block(places: np.ndarray, seed: int, kernel: spatial.Kernel) -> None:
    random = np.random.default_rng(seed)
    blocks, values = random.choice(["p", "q", "r"], len(places)), random.normal(size=len(places))
    blocks[:2] = ["p", "q"]

    def lag(known: np.ndarray) -> np.ndarray:
        return spatial.distance_weighted_lag(places, blocks, places, blocks, known, scale_km=500, kernel=kernel)

    before = lag(values)
    for block in np.unique(blocks):
        own = blocks == block
        assert lag(np.where(own, 1e6, values))[own] == pytest.approx(before[own])
    assert (before >= values.min() - 1e-9).all() and (before <= values.max() + 1e-9).all()


def test_the_lag_by_hand_far_away_and_without_other_blocks() -> None:
    places = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 2.0]])
    one_degree = np.pi / 180 * spatial.EARTH_RADIUS_KM
    lag = spatial.distance_weighted_lag(
        places[:1], np.array(["p"]), places[1:], np.array(["q", "q"]), np.array([10.0, 20.0]), scale_km=one_degree
    )
    weight = np.exp([-1.0, -2.0])
    assert lag[0] == pytest.approx(weight @ [10, 20] / weight.sum())
    far = spatial.distance_weighted_lag(
        places[:1], np.array(["p"]), -places[1:] + [0, 180], np.array(["q", "q"]), np.array([10.0, 20.0]), scale_km=1.0
    )
    assert far[0] == pytest.approx(20.0)
    alone = spatial.distance_weighted_lag(
        places[:1], np.array(["p"]), places[1:], np.array(["p", "p"]), np.array([10.0, 20.0]), scale_km=1.0
    )
    assert alone[0] == 15.0


def test_potential_in_chunks_equals_potential_at_once() -> None:
    places = np.random.default_rng(0).uniform(-20, 0, (50, 2))
    people = np.arange(50.0)
    people[3] = np.nan
    whole = spatial.potential(places, places, people, scale_km=100)
    assert spatial.potential(places, places, people, scale_km=100, chunk=7) == pytest.approx(whole)
    assert whole.min() > 0 and spatial.potential(places[:1], places[:1], people[1:2], scale_km=9)[0] == 1.0


def test_settlement_covariates_by_hand() -> None:
    areas = pd.DataFrame(
        {"area_id": ["x", "y", "empty"], "area_km2": [2.0, 4.0, 1.0], "population": [100.0, np.nan, 0.0]}
    )
    places = pd.DataFrame(
        {
            "area_id": ["x", "x", "y"],
            "latitude": [0.0, 0.0, 0.0],
            "longitude": [0.0, 1.0, 2.0],
            "is_urban": [True, False, False],
        }
    )
    table = location.settlement_covariates(areas, places).set_index("area_id")
    one_degree = np.pi / 180 * spatial.EARTH_RADIUS_KM
    assert table.loc["x", "urban_place_share"] == 0.5
    assert table["place_distance_to_urban_km"].tolist() == pytest.approx(
        [one_degree / 2, 2 * one_degree, np.nan], nan_ok=True
    )
    assert table.loc["x", ["population_density_log", "population_per_place_log"]].tolist() == [np.log(50)] * 2
    assert table.loc["y", "place_density_log"] == np.log(1 / 4)
    assert table.loc[["y", "empty"], "population_density_log"].isna().all()


def test_access_covariates_by_hand() -> None:
    areas = pd.DataFrame(
        {
            "area_id": ["city", "village", "new"],
            "latitude": 0.0,
            "longitude": [0.0, 1.0, 3.0],
            "population": [1e5, 100.0, np.nan],
            "province": ["p", "p", "unknown"],
        }
    )
    capitals = {"province": pd.DataFrame({"area_id": ["p"], "latitude": [0.0], "longitude": [0.0]})}
    table = location.access_covariates(areas, capitals, city_populations=(50_000, 10**7))
    degrees = np.pi / 180 * spatial.EARTH_RADIUS_KM * np.array([0, 1, 3])
    assert table["distance_to_province_capital_km"].tolist() == pytest.approx([0, degrees[1], np.nan], nan_ok=True)
    assert table["distance_to_city_50000_km"].tolist() == pytest.approx(degrees.tolist(), abs=1e-3)
    assert table["distance_to_largest_city_km"].tolist() == pytest.approx(degrees.tolist(), abs=1e-3)
    assert table["distance_to_city_10000000_km"].isna().all()
    assert table["population_potential_log"].is_monotonic_decreasing


def test_outline_distance_ignores_slivers_inside() -> None:
    squares = grid(60.0).iloc[:4]
    centre = gpd.GeoSeries(gpd.points_from_xy([10 * KM], [10 * KM]), crs=squares.crs).to_crs("EPSG:4326")
    distance = location.outline_distance_km(np.array([[centre.y[0], centre.x[0]]]), squares)
    assert distance[0] == pytest.approx(10, rel=0.02)
