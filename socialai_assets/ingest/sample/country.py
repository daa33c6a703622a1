"""An invented country in the open ocean: outline, mountains, areas of three levels, people. Draws no other data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample.areas import SampleAreas, generator, natural_regions, shapes_km2, smooth_field
from socialai_assets.ingest.sample.names import invented_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

CENTRE_LONGITUDE, CENTRE_LATITUDE = -92.6, -10.0
HALF_WIDTH, HALF_HEIGHT = 1.9, 2.4
DISTRICTS = 180
DECIMALS = 6
_CELLS_PER_DISTRICT = 36
_LEAST_CELLS = 6
_SUMMIT_M = 3900.0


def sample_country(scale: float, seed: int) -> SampleAreas:
    """The sample country: 180 x `scale` districts, a sixth as many provinces, 6 x sqrt(`scale`) departments.

    It lies between 7 and 13 degrees south and 95 and 90 degrees west, where there is no land: coast in the west,
    mountains above 3,000 m in the middle, jungle in the east. Its size on the map does not change with `scale`.

    Returns:
        Areas of all levels by `area_id`; besides what `SampleAreas` needs, `name`, `area_km2`, `capital` and
        `natural_region` (which is part of the truth). Only districts have a polygon.
    """
    import shapely

    random = generator(seed, "country")
    counts = _counts(scale)
    points, cells = _cells(random, sum(map(sum, counts)) * _CELLS_PER_DISTRICT)
    # Bent before they are cut straight, so that borders run in curves.
    bent = points + 0.1 * np.column_stack([smooth_field(random, points[:, 1], points[:, 0], 0.5) for _ in range(2)])

    codes, capitals, shapes = [], [], []
    departments = _parted(random, bent, np.arange(len(points)), [sum(inner) for inner in counts])
    for i, (department, inner) in enumerate(zip(departments, counts, strict=True), 1):
        for j, province in enumerate(_parted(random, bent, department, inner), 1):
            for k, district in enumerate(_parted(random, bent, province, [1] * inner[j - 1]), 1):
                middle = points[district].mean(axis=0)
                codes.append(f"S{i:02}{j:02}{k:02}")
                capitals.append(points[district[((points[district] - middle) ** 2).sum(axis=1).argmin()]])
                shapes.append(shapely.coverage_union_all(cells[district]))
    return SampleAreas(_with_levels_above(random, _districts(random, codes, np.array(capitals), np.array(shapes))))


def _counts(scale: float) -> list[list[int]]:
    """Districts in each province of each department."""
    districts = max(6, round(DISTRICTS * scale))
    provinces = max(1, round(districts / 6))
    departments = min(provinces, max(1, round(6 * np.sqrt(districts / DISTRICTS))))
    in_province = iter(_even(districts, provinces))
    return [[next(in_province) for _ in range(count)] for count in _even(provinces, departments)]


def _even(total: int, parts: int) -> list[int]:
    return np.diff(np.round(np.linspace(0, total, parts + 1)).astype(int)).tolist()


def _cells(random: np.random.Generator, number: int) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """About `number` points on land, shape (n, 2) as longitude and latitude, and the Voronoi cell of each.

    Districts are unions of whole cells, so they share borders exactly and the coast needs no cutting.
    """
    import shapely

    spacing = np.sqrt(np.pi * HALF_WIDTH * HALF_HEIGHT / number)
    x, y = np.meshgrid(
        np.arange(-1.5 * HALF_WIDTH, 1.5 * HALF_WIDTH, spacing),
        np.arange(-1.5 * HALF_HEIGHT, 1.5 * HALF_HEIGHT, spacing),
    )
    points = np.column_stack([x.ravel(), y.ravel()]) + random.uniform(-0.45, 0.45, (x.size, 2)) * spacing
    points += (CENTRE_LONGITUDE, CENTRE_LATITUDE)
    # Rounded at the vertices the cells share, before any union: what is written is then still a tiling.
    found = shapely.voronoi_polygons(shapely.multipoints(points), ordered=True)
    cells = shapely.transform(shapely.get_parts(found), lambda vertices: np.round(vertices, DECIMALS))
    land = _on_land(random, points)
    return points[land], cells[land]


def _on_land(random: np.random.Generator, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points are inside the outline: an ellipse whose radius swings with the direction."""
    x = (points[:, 0] - CENTRE_LONGITUDE) / HALF_WIDTH
    y = (points[:, 1] - CENTRE_LATITUDE) / HALF_HEIGHT
    direction, radius = np.arctan2(y, x), np.hypot(x, y)
    edge = np.full(len(points), 0.97)
    for wave in range(2, 40):
        edge += 0.13 / wave * random.normal() * np.cos(wave * direction + random.uniform(0, 2 * np.pi))
    return radius < np.clip(edge, 0.72, 1.2)


def _parted(
    random: np.random.Generator, points: NDArray[np.float64], members: NDArray[np.int64], weights: list[int]
) -> list[NDArray[np.int64]]:
    """Part cells into compact groups, about in proportion to their weights (in districts), by halving again and again.

    Each cut runs across the longer side, a little askew, and off the middle, so that groups differ in shape and size.
    """
    if len(weights) == 1:
        return [members]
    half = len(weights) // 2
    left, right = sum(weights[:half]), sum(weights[half:])
    centred = points[members] - points[members].mean(axis=0)
    longest = np.linalg.eigh(centred.T @ centred)[1][:, 1]
    # An eigenvector's sign is arbitrary; north to south numbers groups alike everywhere.
    longest = -longest if (longest[1], longest[0]) > (0.0, 0.0) else longest
    askew = random.normal(0.0, 0.35)
    turned = (
        longest[0] * np.cos(askew) - longest[1] * np.sin(askew),
        longest[0] * np.sin(askew) + longest[1] * np.cos(askew),
    )
    order = members[np.argsort(centred @ np.array(turned), kind="stable")]
    cut = round(len(members) * left / (left + right) * np.exp(random.normal(0.0, 0.12)))
    cut = min(max(cut, left * _LEAST_CELLS), len(members) - right * _LEAST_CELLS)
    return _parted(random, points, order[:cut], weights[:half]) + _parted(random, points, order[cut:], weights[half:])


def _altitude(random: np.random.Generator, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres above sea level: a plateau of mountains from north to south that falls to the sea and to the jungle."""
    wave = 0.08 * np.sin(1.5 * (points[:, 1] - CENTRE_LATITUDE) + random.uniform(0, 2 * np.pi))
    east = (points[:, 0] - CENTRE_LONGITUDE) / HALF_WIDTH + 0.12 + wave
    rise = np.exp(-((np.abs(east) / 0.38) ** 4))
    rough = smooth_field(random, points[:, 1], points[:, 0], 0.25)
    plain = np.where(east < 0, 30.0, 220.0)
    metres = plain + _SUMMIT_M * rise * (1 + 0.07 * rough) + 15 * rough
    return np.asarray(np.round(np.maximum(metres, 2.0)), dtype=np.float64)


def _districts(
    random: np.random.Generator, codes: list[str], capitals: NDArray[np.float64], shapes: NDArray[np.object_]
) -> pd.DataFrame:
    frame = pd.DataFrame({"area_id": codes, "level": "admin3"})
    frame["parent_id"] = frame["area_id"].str[:5]
    frame["longitude"], frame["latitude"] = np.round(capitals, DECIMALS).T
    frame["altitude_m"] = _altitude(random, capitals)
    frame["natural_region"] = natural_regions(frame)
    frame["geometry"] = shapes
    frame["area_km2"] = np.round(shapes_km2(shapes), 2)
    frame["name"] = invented_names(random, len(frame))
    frame["capital"] = frame["name"]
    frame["population"] = _population(random, frame)
    return frame


def _population(random: np.random.Generator, districts: pd.DataFrame) -> NDArray[np.float64]:
    """Log-normal, with more people at the coast, and one city in each province, department and the country."""
    by_region = districts["natural_region"].map({"coast": 2.2, "highlands": 1.0, "jungle": 0.8})
    people = random.lognormal(np.log(6000.0), 0.85, len(districts)) * by_region.to_numpy(float)
    for prefix, factor in ((5, 2.5), (3, 3.0), (1, 3.0)):
        seats = pd.Series(people).groupby(districts["area_id"].str[:prefix]).idxmax()
        people[seats.to_numpy()] *= factor
    return np.round(people)


def _with_levels_above(random: np.random.Generator, districts: pd.DataFrame) -> pd.DataFrame:
    """Districts with their provinces and departments, whose capital is that of their most populous district."""
    levels = [districts]
    for level, length in (("admin2", 5), ("admin1", 3)):
        code = districts["area_id"].str[:length]
        grouped = districts.groupby(code)
        seats = districts.loc[grouped["population"].idxmax()].set_index(code.loc[grouped["population"].idxmax()])
        above = seats[["capital", "latitude", "longitude", "altitude_m"]].rename_axis("area_id").reset_index()
        above["level"] = level
        above["parent_id"] = above["area_id"].str[:3] if level == "admin2" else None
        above["population"] = grouped["population"].sum().to_numpy()
        above["area_km2"] = grouped["area_km2"].sum().round(2).to_numpy()
        above["name"] = above["capital"] if level == "admin2" else invented_names(random, len(above))
        levels.append(above)
    return pd.concat(levels).sort_values("area_id", ignore_index=True)
