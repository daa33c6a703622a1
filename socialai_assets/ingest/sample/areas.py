"""The areas synthetic data is drawn for, invented or real, and the randomness all drawing shares. Draws no data."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from resources.errors import ContractError

if TYPE_CHECKING:
    from numpy.typing import NDArray

KM_PER_DEGREE = 111.2
_COLUMNS = ("area_id", "level", "parent_id", "latitude", "longitude", "population", "altitude_m", "geometry")
_LONE_AREA_DEGREES = 0.05
_WAVES = 256


@dataclass(frozen=True, eq=False)
class SampleAreas:
    """Areas that synthetic data is drawn for.

    Attributes:
        table: one row an area, of any levels, with the columns `area_id`, `level` (admin1 to admin3), `parent_id`,
            `latitude` and `longitude` of the capital (EPSG:4326), `population`, `altitude_m`, and `geometry`
            (shapely, EPSG:4326). All but the first two may be missing in a row.

    Raises:
        ContractError: a column is missing, or an area comes twice.
    """

    table: pd.DataFrame

    def __post_init__(self) -> None:
        absent = [name for name in _COLUMNS if name not in self.table.columns]
        if absent:
            raise ContractError(f"The areas to draw synthetic data for lack the columns {absent}")
        repeated = self.table.loc[self.table["area_id"].duplicated(), "area_id"]
        if len(repeated):
            raise ContractError(f"Area {repeated.iloc[0]} comes more than once among those to draw synthetic data for")

    @cached_property
    def smallest(self) -> pd.DataFrame:
        """The areas of the lowest level, by `area_id`, gaps filled, with `area_km2` of the polygon beside.

        A missing coordinate becomes a point in the polygon, a missing polygon a small disc around the capital, a
        missing population or altitude the median. Areas with neither coordinate nor polygon are left out.

        Raises:
            ContractError: no area is left.
        """
        import shapely

        lowest = self.table[self.table["level"] == self.table["level"].max()]
        # A frame may hold NaN for a missing polygon, which shapely does not take.
        shapes = np.where(lowest["geometry"].isna(), None, lowest["geometry"].to_numpy(dtype=object))
        inside = shapely.point_on_surface(shapes)
        frame = pd.DataFrame(
            {
                "area_id": lowest["area_id"].to_numpy(),
                "parent_id": lowest["parent_id"].fillna("").to_numpy(),
                "latitude": lowest["latitude"].fillna(pd.Series(shapely.get_y(inside), lowest.index)).to_numpy(float),
                "longitude": lowest["longitude"].fillna(pd.Series(shapely.get_x(inside), lowest.index)).to_numpy(float),
                "population": _filled(lowest["population"], 10_000.0),
                "altitude_m": _filled(lowest["altitude_m"], 0.0),
                "geometry": shapes,
            }
        )
        frame = frame[frame["latitude"].notna() & frame["longitude"].notna()].sort_values("area_id", ignore_index=True)
        if frame.empty:
            raise ContractError("None of the areas to draw synthetic data for has a coordinate or a polygon")
        lone = shapely.is_missing(frame["geometry"].to_numpy(dtype=object))
        discs = shapely.buffer(shapely.points(frame["longitude"], frame["latitude"]), _LONE_AREA_DEGREES)
        frame["geometry"] = np.where(lone, discs, frame["geometry"].to_numpy(dtype=object))
        frame["area_km2"] = shapes_km2(frame["geometry"].to_numpy(dtype=object))
        return frame


def _filled(values: pd.Series, otherwise: float) -> NDArray[np.float64]:
    numbers = values.astype("float64")
    return numbers.fillna(numbers.median() if numbers.notna().any() else otherwise).to_numpy()


def shapes_km2(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Surface of polygons in EPSG:4326, in km2, on a sphere and to about half a percent."""
    import shapely

    latitude = np.radians(shapely.get_y(shapely.centroid(shapes)))
    return shapely.area(shapes) * KM_PER_DEGREE**2 * np.cos(latitude)


def generator(seed: int, purpose: str) -> np.random.Generator:
    """Random numbers for one purpose: the same whatever else is drawn before."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def smooth_field(
    random: np.random.Generator,
    latitude: NDArray[np.float64],
    longitude: NDArray[np.float64],
    length_degrees: float,
) -> NDArray[np.float64]:
    """A Gaussian field at some places, mean 0 and variance 1, whose correlation fades over `length_degrees`.

    By random Fourier features (Rahimi and Recht 2007), so any places can be asked for, in any number.
    """
    frequencies = random.normal(0.0, 1.0 / length_degrees, (2, _WAVES))
    phases = random.uniform(0.0, 2 * np.pi, _WAVES)
    field = np.empty(len(latitude))
    # In parts, so that many places do not take much memory.
    for part in np.array_split(np.arange(len(latitude)), len(latitude) // 8192 + 1):
        places = np.column_stack([longitude[part], latitude[part]])
        field[part] = np.cos(places @ frequencies + phases).sum(axis=1) * np.sqrt(2.0 / _WAVES)
    return field


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values with mean 0 and standard deviation 1; 0 where all are equal."""
    spread = values.std()
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)


def logistic(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logistic function, from any number to a share between 0 and 1."""
    return 1.0 / (1.0 + np.exp(-values))


def natural_regions(areas: pd.DataFrame) -> NDArray[np.object_]:
    """Coast, highlands or jungle of areas with `latitude`, `longitude` and `altitude_m`.

    The mountains stand where the areas above 3,000 m are, by degree of latitude: below 500 m west of them is coast,
    below 2,000 m east of them jungle. Without any mountains the low land is jungle.
    """
    latitude, altitude = areas["latitude"].to_numpy(float), areas["altitude_m"].to_numpy(float)
    high = areas[altitude >= 3000]
    ridge = high.groupby(high["latitude"].round())["longitude"].mean()
    western = np.zeros(len(areas), dtype=bool)
    if len(ridge):
        nearest = np.abs(latitude[:, None] - ridge.index.to_numpy(float)[None, :]).argmin(axis=1)
        western = areas["longitude"].to_numpy(float) < ridge.to_numpy()[nearest]
    regions = np.full(len(areas), "highlands", dtype=object)
    regions[western & (altitude < 500)] = "coast"
    regions[~western & (altitude < 2000)] = "jungle"
    return regions
