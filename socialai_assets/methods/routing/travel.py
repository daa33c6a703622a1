"""Travel between places: from a landed matrix, by a road graph, or as the crow flies. Asks no server.

Every result carries in `source` where its figures come from, for a plan on straight lines is not one on roads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socialai_assets.methods.routing.problem import NO_ROAD, MatrixTravel

EARTH_METRES = 6_371_008.8
# Roads are about a third longer than straight lines (Boscoe, Henry and Zdeb 2012, Professional Geographer 64:188-196:
# 1.4 over the United States; Ballou, Rahardja and Sakai 2002, Transportation Research A 36:843-848: 1.2 to 2.1).
DETOUR = 1.4
ROAD_GRAPH = "road graph"
# Trees of fastest ways kept in memory together, each with every node of the graph.
SOURCES_AT_ONCE = 64


@dataclass(frozen=True)
class GreatCircleTravel:
    """Straight lines times a detour factor at one speed: the last resort, computed only where asked for.

    Attributes:
        coordinates: (n, 2) latitude and longitude in degrees, EPSG:4326.
    """

    coordinates: NDArray[np.float64]
    detour: float = DETOUR
    kilometres_per_hour: float = 40.0
    source: str = field(default="great circle with a detour factor")

    def square(self, locations: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Seconds and metres between some locations, two arrays (n, n)."""
        points = self.coordinates[locations]
        metres = great_circle_metres(points, points) * self.detour
        return np.round(metres / (self.kilometres_per_hour / 3.6)).astype(np.int64), np.round(metres).astype(np.int64)


def great_circle_metres(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances (n, m) in metres between points (n, 2) and (m, 2), latitude and longitude in degrees (haversine)."""
    first, second = np.radians(start)[:, None, :], np.radians(end)[None, :, :]
    half = np.sin((second - first) / 2) ** 2
    chord = half[..., 0] + np.cos(first[..., 0]) * np.cos(second[..., 0]) * half[..., 1]
    return 2 * EARTH_METRES * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))


def from_pairs(pairs: pd.DataFrame, places: Sequence[str], source: str = "landed matrix") -> MatrixTravel:
    """Travel of a landed table of pairs.

    Args:
        pairs: `from_id`, `to_id`, `minutes`, `km`; pairs that are absent or missing have no road.
        places: the identifiers in the order of the locations.

    Raises:
        ValueError: a pair comes twice, or a figure is negative; the message names the pair.
    """
    known = pairs[pairs["from_id"].isin(places) & pairs["to_id"].isin(places)].dropna(subset=["minutes", "km"])
    doubled = known[known.duplicated(["from_id", "to_id"])]
    negative = known[(known["minutes"] < 0) | (known["km"] < 0)]
    for what, rows in (("comes more than once", doubled), ("is negative", negative)):
        if len(rows):
            raise ValueError(f"Travel from {rows['from_id'].iloc[0]} to {rows['to_id'].iloc[0]} {what}.")
    position = {place: number for number, place in enumerate(places)}
    rows, columns = known["from_id"].map(position).to_numpy(), known["to_id"].map(position).to_numpy()
    seconds = np.full((len(places), len(places)), NO_ROAD, dtype=np.int64)
    metres = seconds.copy()
    seconds[rows, columns] = np.round(known["minutes"].to_numpy() * 60).astype(np.int64)
    metres[rows, columns] = np.round(known["km"].to_numpy() * 1000).astype(np.int64)
    for matrix in (seconds, metres):
        np.fill_diagonal(matrix, 0)
    return MatrixTravel(seconds, metres, source)


@dataclass(frozen=True)
class RoadGraph:
    """A road network: directed edges between nodes, some of them closed.

    Attributes:
        coordinates: (nodes, 2) latitude and longitude in degrees.
        starts, ends: (edges,) nodes; a road in both directions is two edges.
        metres, seconds: (edges,) positive.
        closed: positions of edges nobody may use.

    Raises:
        ValueError: arrays that do not fit each other, a node that does not exist, a length that is not positive.
    """

    coordinates: NDArray[np.float64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    metres: NDArray[np.float64]
    seconds: NDArray[np.float64]
    closed: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if len({len(self.starts), len(self.ends), len(self.metres), len(self.seconds)}) != 1:
            raise ValueError("Every road needs a start, an end, a length and a time.")
        nodes = np.concatenate([self.starts, self.ends])
        if len(nodes) and (nodes.min() < 0 or nodes.max() >= len(self.coordinates)):
            raise ValueError(f"A road leads to a node beyond the {len(self.coordinates)} there are.")
        if len(nodes) and not (self.metres.min() > 0 and self.seconds.min() > 0):
            raise ValueError("Lengths and times of roads are positive.")

    def without(self, roads: Iterable[tuple[int, int]]) -> RoadGraph:
        """The graph with roads closed, given as pairs of nodes, in both directions.

        Raises:
            ValueError: there is no road between two of the nodes.
        """
        closed = set(self.closed)
        for one, other in roads:
            forth = (self.starts == one) & (self.ends == other)
            found = np.flatnonzero(forth | ((self.starts == other) & (self.ends == one)))
            if not len(found):
                raise ValueError(f"There is no road between the nodes {one} and {other}, so it cannot be closed.")
            closed.update(found.tolist())
        return RoadGraph(self.coordinates, self.starts, self.ends, self.metres, self.seconds, frozenset(closed))

    @cached_property
    def _open(self) -> NDArray[np.int64]:
        keep = np.ones(len(self.starts), dtype=bool)
        keep[list(self.closed)] = False
        return np.flatnonzero(keep)

    def nearest_nodes(self, points: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The nearest node of each point (n, 2) and how far it is, metres."""
        metres = great_circle_metres(points, self.coordinates)
        nearest = metres.argmin(axis=1)
        return nearest, metres[np.arange(len(points)), nearest]

    def travel(self, points: NDArray[np.float64], access_kilometres_per_hour: float = 15.0) -> MatrixTravel:
        """The fastest open ways between points, each joined to its nearest node by a straight line.

        Args:
            points: (n, 2) latitude and longitude in degrees.
            access_kilometres_per_hour: speed between a point and its node.
        """
        nodes, access = self.nearest_nodes(points)
        walk = access / (access_kilometres_per_hour / 3.6)
        seconds, metres = self.ways(nodes, nodes)
        return _matrix(seconds + walk[:, None] + walk[None], metres + access[:, None] + access[None])

    def between(self, nodes: NDArray[np.int64]) -> MatrixTravel:
        """The fastest open ways between nodes."""
        return _matrix(*self.ways(nodes, nodes))

    def ways(
        self, starts: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Seconds and metres (n, m) of the fastest open ways from nodes to nodes, infinite where there is none."""
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import dijkstra

        distinct, of_start = np.unique(starts, return_inverse=True)
        targets, of_end = np.unique(ends, return_inverse=True)
        size = len(self.coordinates)
        graph = self._fastest(self._open)
        roads = (graph["start"], graph["end"])
        durations, lengths = (csr_matrix((graph[name], roads), shape=(size, size)) for name in ("seconds", "metres"))
        seconds = np.full((len(distinct), len(targets)), np.inf)
        metres = seconds.copy()
        for first in range(0, len(distinct), SOURCES_AT_ONCE):
            rows = slice(first, first + SOURCES_AT_ONCE)
            times, before = dijkstra(durations, indices=distinct[rows], return_predecessors=True)
            seconds[rows] = times[:, targets]
            metres[rows] = [
                _way_lengths(lengths, source, tree)[targets]
                for source, tree in zip(distinct[rows], before, strict=True)
            ]
        return seconds[np.ix_(of_start, of_end)], metres[np.ix_(of_start, of_end)]

    def _fastest(self, kept: NDArray[np.int64]) -> pd.DataFrame:
        """The fastest of parallel roads, for a sparse matrix would add them up."""
        edges = pd.DataFrame(
            {
                "start": self.starts[kept],
                "end": self.ends[kept],
                "metres": self.metres[kept],
                "seconds": self.seconds[kept],
            }
        )
        return edges.sort_values("seconds", kind="stable").drop_duplicates(["start", "end"])


def _matrix(seconds: NDArray[np.float64], metres: NDArray[np.float64]) -> MatrixTravel:
    closed = ~np.isfinite(seconds)
    whole = [
        np.where(closed, NO_ROAD, np.round(np.where(closed, 0, one))).astype(np.int64) for one in (seconds, metres)
    ]
    for matrix in whole:
        np.fill_diagonal(matrix, 0)
    return MatrixTravel(whole[0], whole[1], ROAD_GRAPH)


def _way_lengths(length_of: Any, source: int, before: NDArray[np.int32]) -> NDArray[np.float64]:
    """Length of the way to every node of a tree of fastest ways, infinite where it does not lead.

    Args:
        length_of: sparse matrix of the roads' lengths.
        before: (nodes,) the node before each on the way from the source; negative where there is none.
    """
    nodes = np.flatnonzero(before >= 0)
    lengths = np.zeros(len(before))
    if len(nodes):
        lengths[nodes] = np.asarray(length_of[before[nodes], nodes]).ravel()
    # Each pass doubles how far back a node looks, so that a way of a thousand roads takes ten.
    ahead = np.where(before >= 0, before, source)
    while (ahead != source).any():
        lengths = lengths + lengths[ahead]
        ahead = ahead[ahead]
    lengths[before < 0] = np.inf
    lengths[source] = 0.0
    return lengths


def graph_of_links(links: pd.DataFrame) -> tuple[RoadGraph, dict[str, int]]:
    """A road graph of named places, and the node of each.

    Args:
        links: `from_id`, `to_id`, `km`, `minutes` of open roads; a road leads back by the same length and time unless
            the way back is a row of its own.

    Raises:
        ValueError: a length or time that is not positive.
    """
    back = links.rename(columns={"from_id": "to_id", "to_id": "from_id"})
    there = pd.MultiIndex.from_frame(links[["from_id", "to_id"]])
    back = back[~pd.MultiIndex.from_frame(back[["from_id", "to_id"]]).isin(there)]
    roads = pd.concat([links, back], ignore_index=True)
    names = sorted({*roads["from_id"], *roads["to_id"]})
    node = {name: number for number, name in enumerate(names)}
    graph = RoadGraph(
        np.full((len(names), 2), np.nan),
        roads["from_id"].map(node).to_numpy(dtype=np.int64),
        roads["to_id"].map(node).to_numpy(dtype=np.int64),
        1000 * roads["km"].to_numpy(dtype=float),
        60 * roads["minutes"].to_numpy(dtype=float),
    )
    return graph, node


def from_links(links: pd.DataFrame, places: Sequence[str]) -> MatrixTravel:
    """Travel by the fastest open ways of a road graph; places that no open road reaches have none.

    Args:
        links: as in `graph_of_links`.
        places: the identifiers in the order of the locations.
    """
    graph, node = graph_of_links(links)
    known = np.array([place in node for place in places], dtype=bool)
    seconds = np.full((len(places), len(places)), NO_ROAD, dtype=np.int64)
    metres = seconds.copy()
    if known.any():
        found = graph.between(np.array([node[place] for place in places if place in node]))
        inside = np.ix_(known, known)
        seconds[inside], metres[inside] = found.seconds, found.metres
    # The same place twice is no way, though no road should lead there.
    same = np.array(places, dtype=object)[:, None] == np.array(places, dtype=object)[None]
    return MatrixTravel(np.where(same, 0, seconds), np.where(same, 0, metres), ROAD_GRAPH)


def ways_from_links(
    links: pd.DataFrame, starts: Sequence[str], ends: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Seconds and metres (n, m) of the fastest ways of a road graph from places to places, infinite where none leads.

    Args:
        links: as in `graph_of_links`.
    """
    graph, node = graph_of_links(links)
    known = [np.array([place in node for place in places], dtype=bool) for places in (starts, ends)]
    seconds = np.full((len(starts), len(ends)), np.inf)
    metres = seconds.copy()
    if all(some.any() for some in known):
        nodes = (np.array([node[place] for place in places if place in node]) for places in (starts, ends))
        inside = np.ix_(*known)
        seconds[inside], metres[inside] = graph.ways(*nodes)
    return seconds, metres


def unreachable(travel: MatrixTravel, depots: Sequence[int]) -> NDArray[np.int64]:
    """Locations to or from which no depot has an open way, for a road graph that falls apart."""
    there = (travel.seconds[list(depots)] < NO_ROAD).any(axis=0)
    back = (travel.seconds[:, list(depots)] < NO_ROAD).any(axis=1)
    return np.flatnonzero(~(there & back))
