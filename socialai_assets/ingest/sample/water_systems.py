"""Synthetic water systems, points, visits and people served, with what they follow from. Draws no station."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample import settlements
from socialai_assets.ingest.sample.areas import SampleAreas, generator, logistic
from socialai_assets.ingest.sample.names import invented_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

SYSTEMS = 150
LEAST_SYSTEMS = 12
VISITS = ("2021-06-15", "2023-05-20", "2025-09-10")
UNKNOWN = "W-unknown"
NO_DAY, NO_YEAR = "1969-12-31", 1969
IMPOSSIBLE_ALTITUDE_M, IMPOSSIBLE_PEOPLE_A_DWELLING = 341662.0, 40
RISING_NTU_A_YEAR = 1.6
"""What is planted: by position among the systems, which cannot be true of it."""
PLANTED = {
    0: "components have the system's coordinates",
    1: "altitude",
    2: "install_year",
    3: "nobody served",
    4: "people a dwelling",
    5: "first visit without a day",
    6: "storage of 0 L",
    7: "turbidity rises",
    8: "area unknown",
}
_COMPONENTS = ("catchment", "treatment", "storage", "distribution")
_SUPPLIES = ("gravity", "pumped")
_SOURCES = {"River": 0.45, "Spring": 0.35, "Drilled well": 0.2}
_STATES = ("A", "B", "C", "D")


@dataclass(frozen=True, eq=False)
class SampleWater:
    """The sample's water systems.

    Attributes:
        systems: columns of `water.raw_water_systems`.
        points: columns of `water.raw_water_points`.
        truth: by system, `age_years`, `km_to_capital`, `fail_probability` that its treatment does not work on a day
            of visit, and `planted`, what is wrong with its rows.
    """

    systems: pd.DataFrame
    points: pd.DataFrame
    truth: pd.DataFrame


def draw_water(areas: SampleAreas, scale: float, seed: int) -> SampleWater:
    """Systems in areas drawn by chance, more where more people live, each with its components and taps.

    Each lies a few hundred metres from a rural settlement. Treatments fail more often in old systems and far from the
    capital.

    Args:
        areas: areas to draw on.
        scale: number of systems, 1 is 150; at least 12, so that each thing planted has a system of its own.
        seed: seed of all random numbers.
    """
    random = generator(seed, "water systems")
    number = max(LEAST_SYSTEMS, round(SYSTEMS * scale))
    own = areas.smallest
    share = np.sqrt(own["population"].to_numpy(float))
    row = np.sort(random.choice(len(own), number, p=share / share.sum()))
    anywhere = settlements.points_inside(random, own["geometry"].to_numpy(dtype=object)[row])
    places = _beside_settlements(areas, own.iloc[row], anywhere, seed)
    built = random.integers(1985, 2021, number)
    systems = pd.DataFrame(
        {
            "system_id": [f"W{i:04}" for i in range(1, number + 1)],
            "name": invented_names(random, number),
            "area_id": own["area_id"].to_numpy()[row],
            "area_names": None,
            "lat_deg": np.round(places[:, 1], 6),
            "lon_deg": np.round(places[:, 0], 6),
            "altitude_m": np.clip(own["altitude_m"].to_numpy(float)[row] + random.normal(0, 60, number), 1, 5200),
            "install_year": built.astype(float),
            "management": random.choice(["Water committee", "Municipality"], number, p=[0.8, 0.2]),
            "supply": random.choice(_SUPPLIES, number, p=[0.8, 0.2]),
        }
    )
    capital = own[["latitude", "longitude"]].to_numpy(float)[row]
    km = 111.2 * np.hypot(places[:, 1] - capital[:, 0], places[:, 0] - capital[:, 1])
    truth = systems[["system_id"]].copy()
    truth["age_years"], truth["km_to_capital"] = 2025.0 - built, km.round(3)
    truth["fail_probability"] = logistic(-1.6 + 0.06 * (truth["age_years"] - 20) + 0.12 * (km - 8))
    truth["planted"] = truth.index.map(PLANTED)
    points = _points(random, systems)
    systems.loc[1, "altitude_m"], systems.loc[2, "install_year"] = IMPOSSIBLE_ALTITUDE_M, NO_YEAR
    systems.loc[8, "area_id"] = "nowhere"
    return SampleWater(systems, points, truth)


def surveys(water: SampleWater, seed: int) -> pd.DataFrame:
    """Three visits to every system, with the columns of `water.raw_water_surveys`.

    Where a treatment does not work there is little chlorine at the tap and often Escherichia coli. One system is
    visited on a day nobody wrote down, another has a storage that holds nothing, at a third turbidity rises from
    visit to visit; one row is on a system nobody knows.
    """
    random = generator(seed, "water surveys")
    rows: list[tuple[str, str | None, str, str, float, str | None]] = []
    points = water.points.groupby("system_id")
    risk = water.truth.set_index("system_id")["fail_probability"]
    for position, system_id in enumerate(water.systems["system_id"]):
        own = points.get_group(system_id)
        component = {str(kind): str(point) for point, kind in zip(own["point_id"], own["component"], strict=True)}
        for visit, day in enumerate(VISITS):
            fails = bool(random.random() < risk[system_id])
            written = NO_DAY if position == 5 and visit == 0 else day

            def found(point: str | None, name: str, value: float = np.nan, grade: str | None = None) -> None:
                rows.append((system_id, point, written, name, value, grade))  # noqa: B023

            found(component["treatment"], "treatment_works", grade="no" if fails else "yes")
            for kind in ("catchment", "storage", "distribution"):
                worse = 0.45 if fails else 0.15
                found(component[kind], f"{kind}_state", grade=str(random.choice(_STATES, p=_shares(worse))))
            found(
                component["storage"], "storage_volume", 0.0 if position == 6 else float(random.integers(5, 40) * 1000)
            )
            found(component["distribution"], "service_hours", float(random.integers(2, 12 if fails else 25)))
            found(None, "enough_in_dry_season", grade=str(random.choice(["yes", "no"], p=[0.7, 0.3])))
            tap = component["access_point"]
            rising = 0.5 + RISING_NTU_A_YEAR * 2 * visit
            found(tap, "turbidity", rising if position == 7 else float(random.gamma(2.0, 1.2 if fails else 0.4)))
            found(tap, "free_chlorine", float(random.uniform(0.0, 0.25) if fails else random.uniform(0.35, 1.2)))
            found(tap, "ph", float(random.normal(7.4, 0.25)))
            found(tap, "e_coli", float(random.poisson(4) if fails else random.random() < 0.03))
            found(tap, "water_available", grade="no" if fails and random.random() < 0.3 else "yes")
    rows.append((UNKNOWN, None, VISITS[-1], "enough_in_dry_season", np.nan, "yes"))
    columns = ["system_id", "point_id", "report_date", "parameter", "value", "grade"]
    return pd.DataFrame(rows, columns=columns)


def population_served(water: SampleWater, seed: int) -> pd.DataFrame:
    """People and dwellings of every system at the first and the last visit; columns of `raw_population_served`.

    One system serves nobody, another 40 people a dwelling; one report is on a system nobody knows.
    """
    random = generator(seed, "people served")
    number = len(water.systems)
    dwellings = np.maximum(8, random.lognormal(4.2, 0.6, number).round())
    people = (dwellings * random.uniform(2.8, 4.8, number)).round()
    parts = []
    for day, growth in ((VISITS[0], 1.0), (VISITS[-1], 1.08)):
        part = pd.DataFrame(
            {
                "system_id": water.systems["system_id"],
                "report_date": day,
                "served_population": (people * growth).round(),
                "served_households": (dwellings * growth).round(),
            }
        )
        part.loc[3, ["served_population", "served_households"]] = 0.0
        part.loc[4, "served_population"] = IMPOSSIBLE_PEOPLE_A_DWELLING * part.loc[4, "served_households"]
        parts.append(part)
    lost = pd.DataFrame(
        {"system_id": [UNKNOWN], "report_date": VISITS[-1], "served_population": 90.0, "served_households": 25.0}
    )
    return pd.concat([*parts, lost], ignore_index=True)


def _beside_settlements(
    areas: SampleAreas, own: pd.DataFrame, anywhere: NDArray[np.float64], seed: int
) -> NDArray[np.float64]:
    """Longitude and latitude beside a rural settlement of each area, in the area; as given where it has none."""
    import shapely

    random = generator(seed, "water systems beside settlements")
    drawn = settlements.places(areas, seed)
    rural = drawn[(drawn["kind"] == "rural") & ~drawn["is_outside"]].groupby("area_id")[["longitude", "latitude"]]
    found = anywhere.copy()
    for row, (area_id, shape) in enumerate(zip(own["area_id"], own["geometry"], strict=True)):
        if area_id in rural.groups:
            there = rural.get_group(area_id).to_numpy(float)
            place = there[random.integers(len(there))]
            beside = place + random.normal(0, 0.0015, 2)
            found[row] = beside if shapely.contains_xy(shape, *beside) else place
    return found


def _points(random: np.random.Generator, systems: pd.DataFrame) -> pd.DataFrame:
    """Four components and a tap of each system, within some hundred metres; those of the first lie where it does."""
    number = len(systems)
    source = random.choice(list(_SOURCES), number, p=list(_SOURCES.values()))
    parts = []
    for component in (*_COMPONENTS, "access_point"):
        part = systems[["system_id", "lat_deg", "lon_deg", "install_year"]].copy()
        for name in ("lat_deg", "lon_deg"):
            moved = part[name] + random.uniform(-0.004, 0.004, number)
            part[name] = moved.where(part.index != 0, part[name]).round(6)
        part["point_id"] = part["system_id"] + "-" + component
        part["component"] = component
        part["water_source"] = source if component == "catchment" else None
        part["water_tech"] = {"treatment": "Chlorination", "access_point": "Tap"}.get(component)
        part["facility_type"] = "improved"
        part["service_level"] = "basic" if component == "access_point" else None
        parts.append(part)
    # Years are the system's, so the points say nothing of their own.
    return pd.concat(parts).assign(install_year=np.nan).sort_values("point_id", ignore_index=True)


def _shares(worse: float) -> NDArray[np.float64]:
    """Shares of the states A to D, of which C and D together have `worse`."""
    return np.array([0.7 * (1 - worse), 0.3 * (1 - worse), 0.6 * worse, 0.4 * worse])
