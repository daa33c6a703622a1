"""Which places are in reach of which points, who relies on which point, how sure water is there. Plans nothing.

Crucialness and pressure are those of the Water Point Data Exchange (waterpointdata.org, Rehabilitation Priority Tool,
methodology, October 2021): the people around a point are shared among the points in their reach, more to the nearer
ones, which gives its users; crucialness is users over people in reach, pressure users over what the point can serve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from socialai_assets.methods.spatial import pairs_within_km

# A point at the edge of the reach still has users where it is the only one.
EDGE_SHARE = 1e-6


@dataclass(frozen=True)
class Reach:
    """Pairs of a place and a point in its reach.

    Attributes:
        place: (pairs,) position of the place, ascending.
        point: (pairs,) position of the point.
        km: (pairs,) straight-line distance.
        places: number of places.
        points: number of points.
        most_km: the reach, straight line.
    """

    place: np.ndarray
    point: np.ndarray
    km: np.ndarray
    places: int
    points: int
    most_km: float

    @classmethod
    def of(cls, places: np.ndarray, points: np.ndarray, most_km: float) -> Reach:
        """From (n, 2) and (m, 2) latitude and longitude in degrees."""
        place, point, km = pairs_within_km(places, points, most_km)
        return cls(place, point, km, len(places), len(points), most_km)

    def around(self, people: np.ndarray) -> np.ndarray:
        """(points,) people in reach of each point; people of places (n,) that are not known count as nobody."""
        return np.bincount(self.point, np.nan_to_num(people)[self.place], self.points)


@dataclass(frozen=True)
class Reliance:
    """Who relies on each point, (points,) each.

    Attributes:
        around: people in reach.
        users: of these, the ones it serves beside the working points near it, itself taken to work.
        nearest: people in reach whose nearest working point it is, or would be if it worked.
        sole: people in reach with no other working point in reach.
    """

    around: np.ndarray
    users: np.ndarray
    nearest: np.ndarray
    sole: np.ndarray


def reliance(reach: Reach, people: np.ndarray, works: np.ndarray) -> Reliance:
    """Who relies on each point.

    Args:
        reach: of the points.
        people: (places,) people; NaN counts as nobody.
        works: (points,) whether a point gives water. One that does not is looked at as if it alone were repaired.
    """
    amount, working = np.nan_to_num(people)[reach.place], works[reach.point]
    weight = 1 - reach.km / reach.most_km + EDGE_SHARE
    of_working = np.bincount(reach.place, weight * working, reach.places)[reach.place]
    share = weight / (of_working + weight * ~working)
    least = np.full(reach.places, np.inf)
    np.minimum.at(least, reach.place[working], reach.km[working])
    others = np.bincount(reach.place[working], minlength=reach.places)[reach.place] - working
    # Of two equally near ones the first has the people, so that nobody counts twice.
    nearer = np.where(working, reach.km <= least[reach.place], reach.km < least[reach.place])
    first = np.zeros(len(reach.place), dtype=bool)
    at = np.flatnonzero(nearer & working)
    first[at[np.unique(reach.place[at], return_index=True)[1]]] = True
    nearest = np.where(working, first, nearer)
    sums = [np.bincount(reach.point, amount * part, reach.points) for part in (share, nearest, others == 0)]
    return Reliance(reach.around(people), *sums)


def access_probability(reach: Reach, works: np.ndarray) -> np.ndarray:
    """(places,) probability that some point in reach works; 0 where there is none.

    Args:
        reach: of the points.
        works: (points,) probability that each works, taken to be independent of the others.
    """
    with np.errstate(divide="ignore"):
        fails = np.log1p(-np.clip(works, 0.0, 1.0))
    # A sure point makes the sum minus infinity, which is no access lost; bincount would give NaN for none of it.
    none = np.bincount(reach.place, np.maximum(fails, -1e3)[reach.point], reach.places)
    return -np.expm1(none)


def nearest_in_reach(reach: Reach, wanted: np.ndarray) -> np.ndarray:
    """(places,) position of the nearest wanted point in reach, -1 where there is none; `wanted` is (points,)."""
    kept = wanted[reach.point]
    place, point, km = reach.place[kept], reach.point[kept], reach.km[kept]
    order = np.lexsort((point, km, place))
    found = np.full(reach.places, -1)
    first = np.unique(place[order], return_index=True)
    found[first[0]] = point[order][first[1]]
    return found
