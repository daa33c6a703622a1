"""Travel between places: from a landed matrix, by a road graph, or as the crow flies. Asks no server.

Every result carries in `source` where its figures come from, for a plan on straight lines is not one on roads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socialai_assets.methods.routing.problem import NO_ROAD, MatrixTravel

EARTH_METRES = 6_371_008.8
# Roads are about a third longer than straight lines (Boscoe, Henry and Zdeb 2012, Professional Geographer 64:188-196:
# 1.4 over the United States; Ballou, Rahardja and Sakai 2002, Transportation Research A 36:843-848: 1.2 to 2.1).
DETOUR = 1.4


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
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import dijkstra

        nodes, access = self.nearest_nodes(points)
        distinct, of_point = np.unique(nodes, return_inverse=True)
        size, kept = len(self.coordinates), self._open
        graph = self._fastest(kept)
        times, before = dijkstra(
            csr_matrix((graph["seconds"], (graph["start"], graph["end"])), shape=(size, size)),
            indices=distinct,
            return_predecessors=True,
        )
        lengths = self._lengths(graph, distinct, times, before)
        walk = access / (access_kilometres_per_hour / 3.6)
        seconds = times[:, distinct][np.ix_(of_point, of_point)] + walk[:, None] + walk[None]
        metres = lengths[:, distinct][np.ix_(of_point, of_point)] + access[:, None] + access[None]
        closed = ~np.isfinite(seconds)
        seconds = np.where(closed, NO_ROAD, np.round(np.where(closed, 0, seconds))).astype(np.int64)
        metres = np.where(closed, NO_ROAD, np.round(np.where(closed, 0, metres))).astype(np.int64)
        for matrix in (seconds, metres):
            np.fill_diagonal(matrix, 0)
        return MatrixTravel(seconds, metres, "road graph")

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

    def _lengths(
        self,
        graph: pd.DataFrame,
        sources: NDArray[np.int64],
        times: NDArray[np.float64],
        before: NDArray[np.int32],
    ) -> NDArray[np.float64]:
        """Lengths of the fastest ways, by walking each tree outwards from its source."""
        from scipy.sparse import csr_matrix

        size = len(self.coordinates)
        length_of = csr_matrix((graph["metres"], (graph["start"], graph["end"])), shape=(size, size))
        lengths = np.full(times.shape, np.inf)
        for row, source in enumerate(sources):
            reached = np.flatnonzero(before[row] >= 0)
            step = np.zeros(size)
            if len(reached):
                step[reached] = np.asarray(length_of[before[row][reached], reached]).ravel()
            lengths[row, source] = 0.0
            for node in reached[np.argsort(times[row][reached], kind="stable")]:
                lengths[row, node] = lengths[row, before[row][node]] + step[node]
        return lengths


def unreachable(travel: MatrixTravel, depots: Sequence[int]) -> NDArray[np.int64]:
    """Locations to or from which no depot has an open way, for a road graph that falls apart."""
    there = (travel.seconds[list(depots)] < NO_ROAD).any(axis=0)
    back = (travel.seconds[:, list(depots)] < NO_ROAD).any(axis=1)
    return np.flatnonzero(~(there & back))
