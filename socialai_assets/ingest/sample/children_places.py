"""Synthetic schools, terms, services and staff for children. Draws no child."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample.areas import SampleAreas, generator
from socialai_assets.ingest.sample.children_catalogue import CATALOGUE, NO_INTERVENTION
from socialai_assets.ingest.sample.names import invented_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCHOOLS, LEAST_SCHOOLS, AREAS_A_SCHOOL = 60, 6, 0.4
FIRST_YEAR, LAST_YEAR = 2023, 2026
LAST_PRIMARY_GRADE, LAST_GRADE = 6, 11
STAFF_CODES = 98_000_000
"""Codes of staff look like national numbers; none so high has been given out."""
TERM_DATES = (("1", "03-11", "07-19"), ("2", "08-05", "12-13"))

_SERVED_AT_SCHOOL = ("tutoring", "attendance_mentor", "attendance_talk", "mother_tongue", "counselling")


@dataclass(frozen=True, eq=False)
class SchoolPlaces:
    """Where the sample's children go to school.

    Attributes:
        schools: columns of `children.raw_schools`; every area has a primary and a secondary school.
        area_ids: the smallest areas drawn on, sorted.
    """

    schools: pd.DataFrame
    area_ids: list[str]


def draw_places(areas: SampleAreas, poverty_rate_pct: pd.Series, scale: float, seed: int) -> SchoolPlaces:
    """Schools in some areas, from the least poor parent area to the poorest.

    Args:
        areas: areas to draw on.
        poverty_rate_pct: poverty by `area_id`.
        scale: number of schools, 1 is 60 in 24 areas.
        seed: seed of all random numbers.
    """
    random = generator(seed, "schools")
    number = max(LEAST_SCHOOLS, round(SCHOOLS * scale))
    own = _chosen_areas(areas, poverty_rate_pct, round(number * AREAS_A_SCHOOL))
    # One of each level everywhere, the rest where more people live, two primary ones to a secondary one.
    number = max(number, 2 * len(own))
    share = np.sqrt(own["population"].to_numpy(float)) + 1
    more = random.choice(len(own), number - 2 * len(own), p=share / share.sum())
    row = np.concatenate([np.arange(len(own)), np.arange(len(own)), more])
    level = np.array(["primary"] * len(own) + ["secondary"] * len(own) + ["primary"] * len(more), dtype=object)
    level[2 * len(own) :][2::3] = "secondary"
    order = np.lexsort((level, row))
    row, level = row[order], level[order]
    points = _beside_capital(random, own, row)
    schools = pd.DataFrame(
        {
            "school_id": [f"E{code:06}" for code in 100_000 + np.sort(random.choice(800_000, number, replace=False))],
            "name": [f"Escuela {name}" for name in invented_names(random, number)],
            "level": level,
            "area_id": own["area_id"].to_numpy()[row],
            "lat_deg": points[:, 1],
            "lon_deg": points[:, 0],
        }
    )
    return SchoolPlaces(schools, own["area_id"].tolist())


def terms() -> pd.DataFrame:
    """Two terms in each school year, from March to July and from August to December."""
    return pd.DataFrame(
        [
            (f"{year}-{number}", year, f"{year}-{start}", f"{year}-{end}")
            for year in range(FIRST_YEAR, LAST_YEAR + 1)
            for number, start, end in TERM_DATES
        ],
        columns=["term_id", "school_year", "starts_on", "ends_on"],
    )


def services(places: SchoolPlaces, seed: int) -> pd.DataFrame:
    """Places at which help is given: some kinds at schools, the others for a whole area; one names unknown help."""
    random = generator(seed, "services for children")
    schools = places.schools
    rows = []
    for intervention_id in (kind.intervention_id for kind in CATALOGUE):
        at_school = intervention_id in _SERVED_AT_SCHOOL
        offered = schools if at_school else schools.drop_duplicates("area_id")
        for school in offered[random.uniform(size=len(offered)) < (0.55 if at_school else 0.75)].itertuples():
            places_there = int(random.integers(4, 13) if at_school else random.integers(8, 25))
            school_id = school.school_id if at_school else None
            rows.append((intervention_id, school.area_id, school_id, school.lat_deg, school.lon_deg, places_there))
    first = schools.iloc[0]
    rows.append((NO_INTERVENTION, first["area_id"], None, first["lat_deg"], first["lon_deg"], 3))
    table = pd.DataFrame(rows, columns=["intervention_id", "area_id", "school_id", "lat_deg", "lon_deg", "places"])
    table.insert(0, "service_id", [f"SV{i:04}" for i in range(1, len(table) + 1)])
    return table


def staff(places: SchoolPlaces, seed: int) -> pd.DataFrame:
    """Counsellors, one to about four schools, and half as many social workers; with a name, which nobody may keep."""
    random = generator(seed, "staff for children")
    schools = places.schools
    counsellors = max(2, round(len(schools) / 4))
    workers = max(2, round(counsellors / 2))
    at = np.concatenate([np.linspace(0, len(schools) - 1, n).round().astype(int) for n in (counsellors, workers)])
    role = np.array(["school_counsellor"] * counsellors + ["social_worker"] * workers, dtype=object)
    codes = STAFF_CODES + np.sort(random.choice(1_000_000, len(at), replace=False))
    return pd.DataFrame(
        {
            "staff_id": codes.astype(str),
            "nombre": person_names(random, len(at)),
            "role": role,
            "area_id": schools["area_id"].to_numpy()[at],
            "lat_deg": schools["lat_deg"].to_numpy()[at],
            "lon_deg": schools["lon_deg"].to_numpy()[at],
            "hours_per_week": random.choice([20.0, 30.0, 40.0], len(at)),
            "most_children": random.integers(15, 31, len(at)),
        }
    )


def person_names(random: np.random.Generator, number: int) -> list[str]:
    """Invented first and last names of people, of which nobody may be found below ingestion."""
    parts = invented_names(random, 400)
    first, last, second = (random.integers(0, len(parts), number) for _ in range(3))
    return [f"{parts[i]} {parts[j]} {parts[k]}" for i, j, k in zip(first, last, second, strict=True)]


def _chosen_areas(areas: SampleAreas, poverty_rate_pct: pd.Series, number: int) -> pd.DataFrame:
    """The most populous areas of parents that lie evenly between the least poor and the poorest."""
    own = areas.smallest.copy()
    own["poverty"] = own["area_id"].map(poverty_rate_pct).to_numpy(float)
    number = min(max(2, number), len(own))
    parents = own.groupby("parent_id")["poverty"].mean().sort_values(kind="stable").index
    wanted = parents[np.unique(np.linspace(0, len(parents) - 1, max(1, round(number / 5))).round().astype(int))]
    own["later"] = ~own["parent_id"].isin(wanted)
    own["rank"] = own.groupby("parent_id")["population"].rank(ascending=False, method="first")
    chosen = own.sort_values(["later", "rank", "area_id"], kind="stable").head(number)
    return chosen.sort_values("area_id", ignore_index=True)


def _beside_capital(random: np.random.Generator, own: pd.DataFrame, row: NDArray[np.int64]) -> NDArray[np.float64]:
    """Longitude and latitude within a few kilometres of each area's capital, in the area; at the capital where not."""
    import shapely

    capital = own[["longitude", "latitude"]].to_numpy(float)[row]
    beside = capital + random.normal(0, 0.015, capital.shape)
    inside = shapely.contains_xy(own["geometry"].to_numpy(dtype=object)[row], beside[:, 0], beside[:, 1])
    return np.round(np.where(inside[:, None], beside, capital), 6)
