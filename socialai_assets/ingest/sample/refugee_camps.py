"""A synthetic conflict: camps, roads, closures and registrations with what they follow from. Draws no aid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample.areas import KM_PER_DEGREE, SampleAreas, generator, logistic
from socialai_assets.ingest.sample.names import invented_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONFLICT, ORIGIN, ASYLUM = "sample", "XSB", "XSA"
FIRST_DAY, DAYS = np.datetime64("2024-01-01"), 720
CAMPS, ZONES, TOWNS = 8, 4, 4
UNLINKED, UNKNOWN = "C-unlinked", "C-unknown"
FALL_DAY, FALL_SHARE = 400, 0.25
"""A camp's register is verified anew on this day, and this share of it was not there any more."""
DETOUR = 1.25
JITTER_DEGREES = 0.04
_GAPS = (3, 7, 7, 14, 28)
_GROUPS = {"0-4": 0.17, "5-11": 0.22, "12-17": 0.15, "18-59": 0.41, "60+": 0.05}


@dataclass(frozen=True, eq=False)
class SampleConflict:
    """The sample's conflict.

    Attributes:
        camps: columns of `refugees.raw_camps`; the last has no road.
        locations: columns of `refugees.raw_locations`.
        links: columns of `refugees.raw_links`; every place but the last camp can be reached.
        truth: by camp, what its population follows from: `opens_day`, `final_people`, `middle_day`, `width_days`,
            `falls_on_day` (missing where no register is verified anew), `is_in_parts`.
    """

    camps: pd.DataFrame
    locations: pd.DataFrame
    links: pd.DataFrame
    truth: pd.DataFrame


def draw_conflict(areas: SampleAreas, scale: float, seed: int) -> SampleConflict:
    """Camps, places and roads: who flees from the areas in the west goes to camps among those in the east.

    Args:
        areas: areas to draw on; with few of them several places lie in one.
        scale: number of camps, 1 is 8; at least 6, so that each thing planted has a camp of its own.
        seed: seed of all random numbers.
    """
    random = generator(seed, "refugee camps")
    number = max(6, round(CAMPS * scale))
    own = areas.smallest.sort_values(["longitude", "area_id"], ignore_index=True)
    west, east = own.iloc[: max(1, len(own) // 2)], own.iloc[len(own) // 2 :]
    camps = _points(random, east, number + 1)
    camps.insert(0, "camp_id", [f"C{i:02}" for i in range(1, number + 1)] + [UNLINKED])
    camps["conflict_id"], camps["country"], camps["region"] = CONFLICT, ASYLUM, None
    truth = _truth(random, camps["camp_id"].iloc[:-1])
    capacity = np.append(truth["final_people"].to_numpy() * random.uniform(1.1, 2.0, number), 5000.0).round(-2)
    # Of the first the capacity is only what was seen; of the second none is stated.
    capacity[0], capacity[1] = np.floor(truth["final_people"].iloc[0] * 0.9), np.nan
    camps["capacity"] = capacity

    zones, towns = _points(random, west, ZONES), _points(random, own, TOWNS)
    zones["kind"], towns["kind"] = "conflict_zone", "town"
    locations = pd.concat([zones, towns], ignore_index=True)
    locations.insert(0, "location_id", [f"L{i:02}" for i in range(1, len(locations) + 1)])
    border = west["longitude"].max()
    locations["conflict_id"] = CONFLICT
    locations["country"] = np.where(locations["longitude"] <= border, ORIGIN, ASYLUM)
    locations["people"] = random.lognormal(9.5, 0.6, len(locations)).round()
    started = FIRST_DAY + np.sort(random.integers(0, 300, len(locations)))
    locations["conflict_from"] = pd.Series(started).where(locations["kind"] == "conflict_zone")
    return SampleConflict(camps, locations, _links(camps.iloc[:-1], locations), truth)


def registrations(conflict: SampleConflict, seed: int) -> pd.DataFrame:
    """Reports on each camp at irregular days, with the columns of `refugees.raw_camp_registrations`.

    The second camp reports one day twice, the later report holds; two reports of the third came in the wrong order;
    the fourth is reported in two parts. One report is on a camp nobody knows, one on the camp without a road.
    """
    random = generator(seed, "camp registrations")
    parts = []
    for row in conflict.truth.itertuples():
        days = np.cumsum(random.choice(_GAPS, DAYS)) + int(row.opens_day)  # type: ignore[arg-type]
        days = days[days < DAYS]
        people = true_people(conflict.truth.loc[[row.Index]], days)[0].round()
        shares = {"north": 0.6, "south": 0.4} if row.is_in_parts else {"all": 1.0}
        for part, share in shares.items():
            parts.append(_reports(str(row.camp_id), part, days, (people * share).round()))
    second, third = parts[1], parts[2]
    wrong = second.iloc[[3]].assign(people=second["people"].iloc[3] + 90)
    parts[1] = _numbered(pd.concat([second.iloc[:3], wrong, second.iloc[3:]], ignore_index=True))
    order = np.arange(len(third))
    order[[5, 6]] = order[[6, 5]]
    parts[2] = _numbered(third.iloc[order].reset_index(drop=True))
    day = np.array([30])
    parts += [_reports(name, "all", day, np.array([100.0])) for name in (UNLINKED, UNKNOWN)]
    return pd.concat(parts, ignore_index=True)


def true_people(truth: pd.DataFrame, days: NDArray[np.int64]) -> NDArray[np.float64]:
    """People in each camp on some days after the first, shape (camps, days): logistic growth, less what falls."""
    opens, final, middle, width, falls = (
        truth[name].to_numpy(float)[:, None]
        for name in ("opens_day", "final_people", "middle_day", "width_days", "falls_on_day")
    )
    people = final * logistic((days - middle) / width)
    return np.where(days < opens, 0.0, people * np.where(days >= falls, 1 - FALL_SHARE, 1.0))


def closures(conflict: SampleConflict) -> pd.DataFrame:
    """A closed road, place and border, and a road that there is not, with the columns of `refugees.raw_closures`."""
    first, link = FIRST_DAY, conflict.links.iloc[0]
    rows = [
        ("link", link["from_id"], link["to_id"], first + 60, first + 120),
        ("place", conflict.locations["location_id"].iloc[-1], None, first + 200, None),
        ("border", ORIGIN, ASYLUM, first + 300, first + 313),
        ("link", conflict.camps["camp_id"].iloc[0], UNKNOWN, first + 10, first + 20),
    ]
    table = pd.DataFrame(rows, columns=["kind", "from_id", "to_id", "closed_from", "closed_until"])
    table.insert(0, "conflict_id", CONFLICT)
    table.insert(0, "closure_id", [f"X{i}" for i in range(1, len(table) + 1)])
    days = dict.fromkeys(("closed_from", "closed_until"), "datetime64[s]")
    return table.astype(days)


def population_groups(conflict: SampleConflict) -> pd.DataFrame:
    """Who fled, at the end of each year: in all, and by sex and age; columns of `refugees.raw_population_groups`."""
    rows = []
    for year, day in ((2024, 365), (2025, DAYS - 1)):
        total = float(true_people(conflict.truth, np.array([day])).sum().round())
        rows.append((year, "all", "all", total))
        for sex, part in (("female", 0.52), ("male", 0.48)):
            rows += [(year, sex, age, round(total * part * share)) for age, share in _GROUPS.items()]
    table = pd.DataFrame(rows, columns=["year", "sex", "age_group", "people"])
    constants = {"origin": ORIGIN, "asylum": ASYLUM, "population_type": "refugees", "location": "all"}
    return table.assign(**constants, accommodation="all", people=table["people"].astype(float))


def _points(random: np.random.Generator, areas: pd.DataFrame, number: int) -> pd.DataFrame:
    """Named points near the capitals of areas drawn by chance."""
    row = random.choice(len(areas), number, replace=len(areas) < number)
    frame = pd.DataFrame({"name": invented_names(random, number)})
    for name in ("latitude", "longitude"):
        frame[name] = areas[name].to_numpy()[row] + random.uniform(-JITTER_DEGREES, JITTER_DEGREES, number)
    return frame


def _truth(random: np.random.Generator, camp_ids: pd.Series) -> pd.DataFrame:
    number = len(camp_ids)
    table = pd.DataFrame({"camp_id": camp_ids.to_numpy()})
    table["opens_day"] = np.where(np.arange(number) < 4, 0, random.integers(20, 250, number))
    table["final_people"] = random.lognormal(9.3, 0.7, number).round()
    table["middle_day"] = table["opens_day"] + random.integers(60, 200, number)
    table["width_days"] = random.uniform(25.0, 70.0, number)
    # The fifth is large enough for the fall to stand out.
    table.loc[4, "final_people"] = 20000.0
    table["falls_on_day"] = np.where(np.arange(number) == 4, float(FALL_DAY), np.nan)
    table["is_in_parts"] = np.arange(number) == 3
    return table


def _links(camps: pd.DataFrame, locations: pd.DataFrame) -> pd.DataFrame:
    """The shortest roads that join all places, and one from each camp to its second nearest place."""
    from scipy.sparse.csgraph import minimum_spanning_tree

    names = np.concatenate([camps["camp_id"], locations["location_id"]])
    latitude = np.concatenate([camps["latitude"], locations["latitude"]])
    longitude = np.concatenate([camps["longitude"], locations["longitude"]])
    east = (longitude[:, None] - longitude) * np.cos(np.radians(latitude.mean()))
    km = KM_PER_DEGREE * np.hypot(latitude[:, None] - latitude, east) * DETOUR + 1.0
    np.fill_diagonal(km, 0.0)
    pairs = {tuple(sorted(pair)) for pair in np.argwhere(minimum_spanning_tree(km).toarray() > 0).tolist()}
    pairs |= {tuple(sorted((i, int(np.argsort(km[i])[2])))) for i in range(len(camps))}
    rows = [(CONFLICT, names[i], names[j], round(float(km[i, j]), 2)) for i, j in sorted(pairs)]
    return pd.DataFrame(rows, columns=["conflict_id", "from_id", "to_id", "km"])


def _reports(camp_id: str, part: str, days: NDArray[np.int64], people: NDArray[np.float64]) -> pd.DataFrame:
    frame = pd.DataFrame({"camp_id": camp_id, "part": part, "reported_on": FIRST_DAY + days, "people": people})
    return _numbered(frame)


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(report_number=np.arange(1, len(frame) + 1))
