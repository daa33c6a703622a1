"""How far each camp is, week by week, from where the conflict was, on the roads open then. Forecasts nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.refugees.arrival_series import Conflict


def road_km(conflict: Conflict, links: pd.DataFrame, closures: pd.DataFrame, locations: pd.DataFrame) -> np.ndarray:
    """(weeks, camps) kilometres to the nearest conflict zone the conflict had reached; infinite where no road is open.

    A road is closed in a week when it is on the week's last day, so that nothing later is known.

    Args:
        conflict: whose weeks and camps.
        links: rows of `refugees.links`.
        closures: rows of `refugees.closures`.
        locations: rows of `refugees.locations`.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    roads = links[links["conflict_id"] == conflict.conflict_id]
    zones = locations[(locations["conflict_id"] == conflict.conflict_id) & (locations["kind"] == "conflict_zone")]
    shut = closures[closures["conflict_id"] == conflict.conflict_id]
    names = sorted({*roads["from_id"], *roads["to_id"], *conflict.camps, *zones["location_id"]})
    place = pd.Series(range(len(names)), index=names)
    camps = place[list(conflict.camps)].to_numpy()
    ends = pd.MultiIndex.from_frame(roads[["from_id", "to_id"]])
    start, stop = place[roads["from_id"]].to_numpy(), place[roads["to_id"]].to_numpy()
    first, last = pd.to_datetime(shut["closed_from"]), pd.to_datetime(shut["closed_until"])
    reached = pd.to_datetime(zones["conflict_from"])
    made: dict[tuple[bytes, bytes], np.ndarray] = {}
    km = np.full((len(conflict.weeks), len(camps)), np.inf)
    for week, begins in enumerate(conflict.weeks):
        ends_on = begins + pd.Timedelta(days=6)
        closed = shut[(first <= ends_on) & (last.isna() | (last >= ends_on))]
        is_open = ~ends.isin(pd.MultiIndex.from_frame(closed[["from_id", "to_id"]]))
        active = (reached.isna() | (reached <= ends_on)).to_numpy()
        state = (np.packbits(is_open).tobytes(), np.packbits(active).tobytes())
        if state not in made:
            sources = place[zones["location_id"]].to_numpy()[active]
            graph = coo_matrix(
                (roads["km"].to_numpy()[is_open], (start[is_open], stop[is_open])), shape=(len(names),) * 2
            )
            found = dijkstra(graph.tocsr(), directed=False, indices=sources) if len(sources) else np.empty((0, 0))
            made[state] = found[:, camps].min(axis=0) if len(sources) else np.full(len(camps), np.inf)
        km[week] = made[state]
    return km


def free_room(conflict: Conflict, camps: pd.DataFrame) -> np.ndarray:
    """(weeks, camps) share of a camp's capacity that is free, 1 where its source states none that is a limit.

    Capacities that are only the most people ever reported would tell what is to come, and are not looked at.
    """
    stated = camps[camps["capacity_basis"] == "stated"].set_index("camp_id")["capacity"]
    capacity = stated.reindex(list(conflict.camps)).to_numpy(float)
    return np.clip(np.where(np.isfinite(capacity), 1 - conflict.levels.values / capacity, 1.0), 0.0, 1.0)
