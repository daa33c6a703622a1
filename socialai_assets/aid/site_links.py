"""Which depot can serve which site and how far it is, by the sources that routes take travel from. Shares no stock.

Each pair goes by the first source that knows both its ends, in the order of `travel` in routing.yaml: landed times, the
road graph, a server, straight lines.
"""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socialai_assets.aid.route_travel import open_links
from socialai_assets.ingest.supply_inputs import VEHICLE_TYPES
from socialai_assets.methods.routing.problem import NO_ROAD
from socialai_assets.methods.routing.travel import GreatCircleTravel, great_circle_metres, ways_from_links
from socialai_assets.methods.routing.travel_servers import server_travel

if TYPE_CHECKING:
    from socialai_assets.aid.sharing import AidTables
    from socialai_assets.aid.sharing_settings import SharingSettings

MATRIX, ROADS = "landed matrix", "road graph"


@dataclass(frozen=True)
class Ways:
    """Ways from depots (D) to sites (S); `km` and `minutes` are infinite where no open road leads.

    Attributes:
        source: where the figures of each pair come from.
    """

    km: NDArray[np.float64]
    minutes: NDArray[np.float64]
    source: NDArray[np.object_]


def site_links(tables: AidTables, settings: SharingSettings, day: datetime.date | None = None) -> pd.DataFrame:
    """Which depot can serve which site: numbers of both, km and minutes one way, and their `source`.

    Args:
        day: whose closed roads count; None for a rule that outlasts closures.

    Raises:
        TravelServerError: the routing server that the settings name does not answer.
    """
    sites, depots = tables.sites, tables.depots
    ways = depot_ways(tables, day)
    joined = np.isfinite(ways.km)
    laid_down = sites["depot_id"].map({name: row for row, name in enumerate(depots["depot_id"])}).to_numpy(dtype=float)
    rank = np.argsort(np.argsort(ways.km, axis=0, kind="stable"), axis=0)
    allowed = (rank < settings.depots_per_site) & (ways.km <= settings.most_km)
    own = np.arange(len(depots))[:, None] == laid_down[None]
    allowed = joined & np.where(np.isfinite(laid_down)[None], own, allowed)
    depot, site = np.nonzero(allowed)
    figures = {"km": ways.km[allowed], "minutes": ways.minutes[allowed], "source": ways.source[allowed]}
    return pd.DataFrame({"depot": depot, "place": site, **figures})


def travel_source(links: pd.DataFrame) -> str:
    """The sources of the links in words, the most used first: a great circle is no road."""
    counted = Counter(links["source"])
    return "; ".join(f"{source} ({number} of {len(links)} links)" for source, number in counted.most_common())


def depot_ways(tables: AidTables, day: datetime.date | None) -> Ways:
    """Ways from every depot to every site."""
    depots, sites = tables.depots["depot_id"].tolist(), tables.sites["site_id"].tolist()
    wanted = tables.travel.source
    ways = _named_or_straight(tables)
    if wanted in ("automatic", "road_graph") and len(tables.road_links):
        _take_roads(ways, tables, depots, sites, day)
    if wanted in ("automatic", "matrix") and len(tables.travel_times):
        _take_pairs(ways, tables.travel_times, depots, sites)
    return ways


def _named_or_straight(tables: AidTables) -> Ways:
    """By the server the settings name, or in straight lines; nowhere where another source is to be used alone."""
    settings = tables.travel
    there, here = (table[["latitude", "longitude"]].to_numpy(dtype=float) for table in (tables.sites, tables.depots))
    shape = (len(here), len(there))
    if settings.source in ("matrix", "road_graph"):
        return _filled(np.full(shape, np.inf), np.full(shape, np.inf), settings.source.replace("_", " "))
    if settings.url and settings.source != "great_circle":
        kind = settings.server if settings.source == "automatic" else settings.source
        points = np.vstack([here, there])
        found = server_travel(kind, settings.url, points, profile=settings.profile, starts=len(here))
        seconds, metres = (matrix[: len(here), len(here) :] for matrix in (found.seconds, found.metres))
        gone = seconds >= NO_ROAD
        return _filled(np.where(gone, np.inf, metres / 1000), np.where(gone, np.inf, seconds / 60), found.source)
    km = great_circle_metres(here, there) * settings.detour / 1000
    return _filled(km, km / settings.kilometres_per_hour * 60, GreatCircleTravel(there).source)


def _filled(km: NDArray[np.float64], minutes: NDArray[np.float64], source: str) -> Ways:
    return Ways(km, minutes, np.full(km.shape, source, dtype=object))


def _take_roads(ways: Ways, tables: AidTables, depots: list[str], sites: list[str], day: datetime.date | None) -> None:
    """Set the pairs that the road graph knows, by the roads that a depot's smallest vehicle may use."""
    links = tables.road_links
    on_roads = {*links["from_id"], *links["to_id"]}
    ends = np.array([site in on_roads for site in sites], dtype=bool)
    sizes = {name: size for size, name in enumerate(VEHICLE_TYPES)}
    smallest = tables.vehicles["vehicle_type"].map(sizes).groupby(tables.vehicles["depot_id"]).min()
    size = np.array([int(smallest.get(depot, 0)) for depot in depots])
    for each in np.unique(size):
        # A day before any closure leaves every road open.
        usable = open_links(links, day or datetime.date.min, VEHICLE_TYPES[each])
        rows = np.array([mine == each and depot in on_roads for mine, depot in zip(size, depots, strict=True)])
        if not rows.any() or not ends.any():
            continue
        starts = [depot for depot, kept in zip(depots, rows, strict=True) if kept]
        wanted = [site for site, kept in zip(sites, ends, strict=True) if kept]
        seconds, metres = ways_from_links(usable, starts, wanted)
        inside = np.ix_(rows, ends)
        ways.km[inside], ways.minutes[inside], ways.source[inside] = metres / 1000, seconds / 60, ROADS


def _take_pairs(ways: Ways, pairs: pd.DataFrame, depots: list[str], sites: list[str]) -> None:
    """Set the pairs whose ends landed times know: no road joins those that are not there themselves."""
    ends = {*pairs["from_id"], *pairs["to_id"]}
    both = np.ix_([depot in ends for depot in depots], [site in ends for site in sites])
    ways.km[both], ways.minutes[both], ways.source[both] = np.inf, np.inf, MATRIX
    # Rows of any day go before those of one weekday, and the slowest hour counts, as on the road.
    own = pairs[pairs["from_id"].isin(depots) & pairs["to_id"].isin(sites)].dropna(subset=["minutes", "km"])
    ordered = own.assign(one_day=own["weekday"].notna()).sort_values(["one_day", "minutes"], ascending=[True, False])
    usual = ordered.drop_duplicates(["from_id", "to_id"])
    row = usual["from_id"].map({name: number for number, name in enumerate(depots)}).to_numpy(dtype=int)
    column = usual["to_id"].map({name: number for number, name in enumerate(sites)}).to_numpy(dtype=int)
    ways.km[row, column], ways.minutes[row, column] = usual["km"].to_numpy(), usual["minutes"].to_numpy()
