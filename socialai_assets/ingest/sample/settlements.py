"""Settlements inside areas, and a second scheme of area codes. Knows nothing of poverty or pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample.areas import SampleAreas, generator
from socialai_assets.ingest.sample.names import invented_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

OUTSIDE_SHARE = 0.01
CODE_SCHEME = "registry"
_ATTEMPTS = 40


def places(areas: SampleAreas, seed: int) -> pd.DataFrame:
    """Settlements of the smallest areas, the capital first: more where more people live, 1 % outside their own area.

    Returns:
        `place_id`, `area_id`, `name`, `kind` (urban or rural), `latitude`, `longitude` (EPSG:4326), and the truth
        `is_outside`.
    """
    random = generator(seed, "places")
    own = areas.smallest
    people = own["population"].to_numpy()
    counts = 2 + random.poisson(6 + 0.04 * np.sqrt(people * own["area_km2"].to_numpy() ** 0.5))
    row = np.repeat(np.arange(len(own)), counts)
    order = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    points = points_inside(random, own["geometry"].to_numpy(dtype=object)[row])
    capital = order == 0
    points[capital] = own[["longitude", "latitude"]].to_numpy()[row[capital]]

    outside = ~capital & (random.uniform(size=len(row)) < OUTSIDE_SHARE)
    points[outside] = _points_beyond(own["geometry"].to_numpy(dtype=object)[row[outside]], points[outside])
    town = random.uniform(size=len(row)) < 0.06 + 0.5 * np.clip(np.log10(people[row] / 5000), 0, 1.6) / 1.6
    return pd.DataFrame(
        {
            "place_id": own["area_id"].to_numpy()[row] + np.char.mod("%04d", order + 1).astype(object),
            "area_id": own["area_id"].to_numpy()[row],
            "name": np.array(invented_names(random, 4000), dtype=object)[random.integers(0, 4000, len(row))],
            "kind": np.where(town | (capital & (people[row] > 2500)), "urban", "rural"),
            "latitude": np.round(points[:, 1], 6),
            "longitude": np.round(points[:, 0], 6),
            "is_outside": outside,
        }
    )


def area_codes(areas: SampleAreas) -> pd.DataFrame:
    """A second code for every area, `area_id`, `scheme`, `code`: numbers that follow the list, not the hierarchy."""
    codes = np.sort(areas.table["area_id"].to_numpy())
    return pd.DataFrame(
        {"area_id": codes, "scheme": CODE_SCHEME, "code": np.char.mod("%06d", 100_000 + 7 * np.arange(len(codes)))}
    )


def points_inside(random: np.random.Generator, shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """A random point in each polygon, shape (n, 2) as longitude and latitude."""
    import shapely

    shapely.prepare(shapes)
    west, south, east, north = shapely.bounds(shapes).T
    points = np.column_stack([shapely.get_x(shapely.point_on_surface(shapes)), np.zeros(len(shapes))])
    points[:, 1] = shapely.get_y(shapely.point_on_surface(shapes))
    open_rows = np.arange(len(shapes))
    for _ in range(_ATTEMPTS):
        x = random.uniform(west[open_rows], east[open_rows])
        y = random.uniform(south[open_rows], north[open_rows])
        hit = shapely.contains_xy(shapes[open_rows], x, y)
        points[open_rows[hit]] = np.column_stack([x[hit], y[hit]])
        open_rows = open_rows[~hit]
        if not len(open_rows):
            break
    return points


def _points_beyond(shapes: NDArray[np.object_], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points moved east until they are a tenth of a degree beyond the polygon."""
    import shapely

    return np.column_stack([shapely.bounds(shapes)[:, 2] + 0.1, points[:, 1]])
