"""Tests of the polygons made fit for use: valid, simplified without gaps, measured on the ellipsoid."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from socialai_assets.methods.shapes import valid_shapes

SQUARE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
HOLE = [(0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)]
SEMI_MAJOR_AXIS_KM = 6378.137
ECCENTRICITY = 0.0818191908426215
BOW_TIE = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


def boundaries(*geometries: BaseGeometry | None, crs: str | None = "EPSG:4326") -> gpd.GeoDataFrame:
    names = [f"a{number}" for number in range(len(geometries))]
    return gpd.GeoDataFrame({"area_id": names}, geometry=list(geometries), crs=crs)


def zone_km2(south: float, north: float, degrees: float) -> float:
    """Surface of WGS 84 between two parallels over some degrees of longitude, by the closed formula."""

    def half_zone(latitude: float) -> float:
        x = ECCENTRICITY * np.sin(np.radians(latitude))
        return (x / (1 - x**2) + np.arctanh(x)) / ECCENTRICITY

    belt = SEMI_MAJOR_AXIS_KM**2 * (1 - ECCENTRICITY**2) / 2 * (half_zone(north) - half_zone(south))
    return float(np.radians(degrees) * belt)


def parallels(south: float, north: float, degrees: float) -> Polygon:
    """A zone whose edges follow its parallels, which the straight edges of a box do not."""
    east = np.linspace(0, degrees, 400)
    return Polygon([*((x, south) for x in east), *((x, north) for x in east[::-1])])


def jagged_neighbours(seed: int) -> list[Polygon]:
    """Two areas of one square with a jagged border between them."""
    random = np.random.default_rng(seed)
    border = [(float(0.5 + random.uniform(-0.004, 0.004)), float(y)) for y in np.linspace(0, 1, 200)]
    return [Polygon([(0, 0), *border, (0, 1)]), Polygon([*border, (1, 1), (1, 0)])]


class TestValidity:
    def test_a_bow_tie_becomes_its_two_halves(self) -> None:
        shapes = valid_shapes(boundaries(BOW_TIE))
        assert not BOW_TIE.is_valid
        assert shapes.geometry.is_valid.all()
        assert shapes.geometry[0].geom_type == "MultiPolygon" and len(shapes.geometry[0].geoms) == 2
        assert shapes.geometry[0].area == pytest.approx(0.5)

    def test_a_valid_polygon_stays_as_it_is(self) -> None:
        shapes = valid_shapes(boundaries(Polygon(SQUARE, [HOLE[::-1]])))
        assert shapes.geometry[0].normalize() == Polygon(SQUARE, [HOLE]).normalize()

    def test_of_a_collection_the_polygons_stay_and_lines_and_points_go(self) -> None:
        mixed = GeometryCollection([box(0, 0, 1, 1), box(2, 0, 3, 1), LineString([(5, 5), (9, 9)]), Point(7, 0)])
        shapes = valid_shapes(boundaries(mixed))
        assert shapes.geometry[0].equals(MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1)]))

    def test_a_spike_without_surface_is_cut_off(self) -> None:
        spiked = Polygon([*SQUARE, (0, 0), (-1, 0)])
        shapes = valid_shapes(boundaries(spiked))
        assert shapes.geometry[0].equals(box(0, 0, 1, 1))

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.tuples(st.integers(-8, 8), st.integers(-8, 8)), min_size=4, max_size=9, unique=True))
    def test_any_ring_with_a_surface_becomes_valid_polygons(self, ring: list[tuple[int, int]]) -> None:
        # The square keeps the shape from having no surface at all.
        raw = MultiPolygon([Polygon(ring), box(20, 20, 21, 21)])
        shapes = valid_shapes(boundaries(raw))
        for column in ("geometry", "geometry_web"):
            assert shapes[column].is_valid.all() and not shapes[column].is_empty.any()
            assert set(shapes[column].geom_type) <= {"Polygon", "MultiPolygon"}

    def test_of_a_collection_an_invalid_polygon_stays_without_its_lines(self) -> None:
        spiked = Polygon([(0, 0), (1, 0), (0, 1), (0, -1)])
        shapes = valid_shapes(boundaries(GeometryCollection([spiked, box(20, 20, 21, 21)])))
        assert shapes.geometry[0].area == pytest.approx(0.5 + 1)


class TestRows:
    def test_columns_and_order_stay_and_the_index_starts_again(self) -> None:
        wanted = boundaries(box(3, 3, 4, 4), box(0, 0, 1, 1), box(5, 0, 6, 1))
        wanted.index = [9, 9, 4]
        shapes = valid_shapes(wanted)
        assert shapes.index.tolist() == [0, 1, 2]
        assert shapes["area_id"].tolist() == ["a0", "a1", "a2"]
        assert shapes.geometry.bounds["minx"].tolist() == [3, 0, 5]
        assert shapes.columns.tolist() == ["area_id", "geometry", "geometry_web", "area_km2"]

    def test_the_input_is_left_alone(self) -> None:
        wanted = boundaries(BOW_TIE)
        valid_shapes(wanted)
        assert wanted.columns.tolist() == ["area_id", "geometry"] and not wanted.geometry.is_valid[0]

    def test_shapes_in_metres_come_back_in_degrees(self) -> None:
        shapes = valid_shapes(boundaries(box(500_000, 8_600_000, 510_000, 8_610_000), crs="EPSG:32718"))
        assert shapes.crs.to_epsg() == 4326 and shapes["geometry_web"].crs.to_epsg() == 4326
        assert shapes.geometry.bounds.iloc[0].tolist() == pytest.approx([-75, -12.66, -74.91, -12.57], abs=0.01)

    def test_boundaries_without_a_reference_system_are_refused(self) -> None:
        with pytest.raises(ValueError, match="no coordinate reference system"):
            valid_shapes(boundaries(box(0, 0, 1, 1), crs=None))

    @pytest.mark.parametrize(
        "nothing",
        [None, Polygon(), GeometryCollection([Point(0, 0), LineString([(0, 0), (1, 1)])])],
        ids=["missing", "empty", "only lines and points"],
    )
    def test_rows_without_a_polygon_are_counted_and_the_first_is_named(self, nothing: BaseGeometry | None) -> None:
        with pytest.raises(ValueError, match="2 boundaries hold no polygon, the first in row 1"):
            valid_shapes(boundaries(box(0, 0, 1, 1), nothing, box(2, 0, 3, 1), nothing))

    @pytest.mark.parametrize(
        "line",
        [LineString([(5, 5), (9, 9)]), Polygon([(5, 5), (6, 6), (7, 7)])],
        ids=["a line", "a polygon without surface"],
    )
    def test_rows_with_a_line_alone_are_named_too(self, line: BaseGeometry) -> None:
        with pytest.raises(ValueError, match="1 boundaries hold no polygon, the first in row 1"):
            valid_shapes(boundaries(box(0, 0, 1, 1), line))


class TestSurface:
    @pytest.mark.parametrize(("south", "north"), [(0.0, 1.0), (-13.0, -12.0), (60.0, 61.0)])
    def test_the_surface_is_that_of_the_ellipsoid_at_any_latitude(self, south: float, north: float) -> None:
        shapes = valid_shapes(boundaries(parallels(south, north, 2)))
        assert shapes["area_km2"][0] == pytest.approx(zone_km2(south, north, 2), rel=1e-5)

    def test_the_surface_does_not_depend_on_the_direction_of_the_ring(self) -> None:
        shapes = valid_shapes(boundaries(Polygon(SQUARE), Polygon(SQUARE[::-1])))
        assert shapes["area_km2"][0] == pytest.approx(shapes["area_km2"][1])
        assert shapes["area_km2"][0] == pytest.approx(12_309, rel=1e-3)

    def test_a_hole_does_not_count(self) -> None:
        whole, hole, ring = valid_shapes(boundaries(Polygon(SQUARE), Polygon(HOLE), Polygon(SQUARE, [HOLE[::-1]])))[
            "area_km2"
        ]
        assert ring == pytest.approx(whole - hole)

    def test_the_surface_is_that_of_the_full_shape_and_not_of_the_simplified_one(self) -> None:
        left, right = jagged_neighbours(1)
        fine = valid_shapes(boundaries(left, right), tolerance=0)
        coarse = valid_shapes(boundaries(left, right), tolerance=0.3)
        assert coarse["area_km2"].tolist() == fine["area_km2"].tolist()

    def test_a_hole_does_not_count_whatever_its_direction(self) -> None:
        opposite, same = valid_shapes(boundaries(Polygon(SQUARE, [HOLE[::-1]]), Polygon(SQUARE, [HOLE])))["area_km2"]
        assert same == pytest.approx(opposite)

    def test_the_surface_of_several_parts_is_their_sum_whatever_their_direction(self) -> None:
        there = [(x + 2, y) for x, y in SQUARE]
        alike, mixed = valid_shapes(
            boundaries(
                MultiPolygon([Polygon(SQUARE), Polygon(there)]), MultiPolygon([Polygon(SQUARE), Polygon(there[::-1])])
            )
        )["area_km2"]
        assert mixed == pytest.approx(alike)


class TestSimplification:
    def test_the_web_copy_has_far_fewer_points_and_the_geometry_all(self) -> None:
        left, right = jagged_neighbours(2)
        shapes = valid_shapes(boundaries(left, right))
        detailed = shapely.get_num_coordinates(shapes.geometry.to_numpy())
        simple = shapely.get_num_coordinates(shapes["geometry_web"].to_numpy())
        assert (detailed > 200).all() and (simple < 0.5 * detailed).all()

    @settings(max_examples=15, deadline=None)
    @given(st.integers(0, 10_000), st.sampled_from([0.005, 0.02, 0.1]))
    def test_neighbours_still_fill_their_square_without_gap_or_overlap(self, seed: int, tolerance: float) -> None:
        shapes = valid_shapes(boundaries(*jagged_neighbours(seed)), tolerance=tolerance)
        left, right = shapes["geometry_web"]
        assert left.intersection(right).area == pytest.approx(0, abs=1e-12)
        assert left.union(right).symmetric_difference(box(0, 0, 1, 1)).area == pytest.approx(0, abs=1e-9)

    def test_no_area_is_simplified_away(self) -> None:
        speck = box(5, 5, 5.0001, 5.0001)
        shapes = valid_shapes(boundaries(box(0, 0, 1, 1), speck), tolerance=1)
        assert (shapes["geometry_web"].area > 0).all()
        assert shapes["geometry_web"][1].within(speck.buffer(1e-9))
