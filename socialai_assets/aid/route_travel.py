"""Which travel a day's routes are planned with: landed matrix, road graph, server or straight lines. Plans no route."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socialai_assets.ingest.supply_inputs import VEHICLE_TYPES
from socialai_assets.methods.routing.problem import MatrixTravel, Travel
from socialai_assets.methods.routing.settings import TravelSettings
from socialai_assets.methods.routing.travel import GreatCircleTravel, from_links, from_pairs
from socialai_assets.methods.routing.travel_servers import server_travel

ANY = "road"
LACKING_NAMED = 3


@dataclass(frozen=True)
class DayTravel:
    """Travel of one day.

    Attributes:
        by_profile: travel by the name of a profile.
        profile_of: profile of each type of vehicle.
    """

    by_profile: dict[str, Travel]
    profile_of: dict[str, str]


def travel_of_day(
    travel_times: pd.DataFrame,
    road_links: pd.DataFrame,
    names: Sequence[str],
    points: NDArray[np.float64],
    day: datetime.date,
    types: Sequence[str],
    settings: TravelSettings,
) -> DayTravel:
    """Travel between places on a day; where it comes from is the first source that knows every place, or the one set.

    Args:
        travel_times: rows of `aid.travel_times`.
        road_links: rows of `aid.road_links`.
        names: site or depot of each location.
        points: (n, 2) latitude and longitude of each location in degrees.
        types: types of the vehicles of the fleet.

    Raises:
        TravelServerError: the routing server that the settings name does not answer.
    """
    today = _of_weekday(travel_times, day.weekday())
    known = {*today["from_id"], *today["to_id"]}
    on_roads = {*road_links["from_id"], *road_links["to_id"]}
    source = settings.source
    if source == "automatic":
        if set(names) <= known:
            source = "matrix"
        elif set(names) <= on_roads:
            source = "road_graph"
        else:
            source = settings.server if settings.url else "great_circle"
    if source == "road_graph":
        return _by_roads(road_links, names, day, types)
    travel: Travel
    if source == "matrix":
        travel = _repeated(from_pairs, today, names)
    elif source == "great_circle":
        travel = GreatCircleTravel(points, settings.detour, settings.kilometres_per_hour)
    else:
        assert settings.url is not None
        travel = server_travel(source, settings.url, points, profile=settings.profile)
    if settings.source == "automatic" and source != "matrix":
        # What has landed and is not used would otherwise be missed by nobody.
        short = [_lacking(what, found, names) for what, found in (("matrix", known), ("road graph", on_roads)) if found]
        if short:
            travel = replace(travel, source=f"{travel.source}; {'; '.join(short)}")  # type: ignore[type-var]
    return DayTravel({ANY: travel}, dict.fromkeys(types, ANY))


def open_links(road_links: pd.DataFrame, day: datetime.date, vehicle_type: str) -> pd.DataFrame:
    """The roads that a type of vehicle may use on a day.

    A road with `closed_from` and no `closed_until` is closed from then on.
    """
    since, until = (pd.to_datetime(road_links[name]).dt.date for name in ("closed_from", "closed_until"))
    begun = since.notna() & (since.fillna(datetime.date.max) <= day)
    closed = begun & (until.isna() | (until.fillna(datetime.date.max) >= day))
    sizes = {name: size for size, name in enumerate(VEHICLE_TYPES)}
    largest = road_links["largest_vehicle"].map(sizes).fillna(len(sizes))
    return road_links[~closed & (largest >= sizes[vehicle_type])]


def _by_roads(road_links: pd.DataFrame, names: Sequence[str], day: datetime.date, types: Sequence[str]) -> DayTravel:
    """One profile for the vehicles that may use every road, and one for each type of larger ones."""
    by_profile: dict[str, Travel] = {}
    profile_of = {}
    widest = open_links(road_links, day, VEHICLE_TYPES[0])
    for kind in sorted(set(types)) or [VEHICLE_TYPES[0]]:
        links = open_links(road_links, day, kind)
        profile_of[kind] = ANY if len(links) == len(widest) else f"{ANY}, {kind}"
        if profile_of[kind] not in by_profile:
            by_profile[profile_of[kind]] = _repeated(from_links, links, names)
    return DayTravel(by_profile, profile_of)


def _repeated(
    make: Callable[[pd.DataFrame, list[str]], MatrixTravel], rows: pd.DataFrame, names: Sequence[str]
) -> MatrixTravel:
    """Travel among distinct places, spread over locations, of which several may be one place."""
    unique = list(dict.fromkeys(names))
    travel = make(rows, unique)
    where = np.array([unique.index(name) for name in names])
    return MatrixTravel(*travel.square(where), travel.source)


def _of_weekday(pairs: pd.DataFrame, weekday: int) -> pd.DataFrame:
    """One row a pair: those of the weekday go before those of any day, and the slowest hour counts."""
    mine = pairs[pairs["weekday"].isna() | (pairs["weekday"] == weekday)]
    ordered = mine.assign(any_day=mine["weekday"].isna()).sort_values(["any_day", "minutes"], ascending=[True, False])
    return ordered.drop_duplicates(["from_id", "to_id"])


def _lacking(what: str, known: set[str], names: Sequence[str]) -> str:
    missing = sorted(set(names) - known)
    named = ", ".join(missing[:LACKING_NAMED]) + (", ..." if len(missing) > LACKING_NAMED else "")
    return f"the landed {what} lacks {len(missing)} of {len(set(names))} places ({named})"
