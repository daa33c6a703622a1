"""Who is served worse: needs met by camp and group, beside the best served group. Pure; makes no plan."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.methods.group_fairness import served_by_group, thirds
from socialai_assets.refugees.feedback_contracts import ALL, PLANNED, REPORTED
from socialai_assets.refugees.feedback_settings import FairnessFeedback

SIZES = ("small", "medium", "large")
DISTANCES = ("near", "middle", "far")
_CELL = ["conflict_id", "camp_id", "item_id", "sex", "age_group"]


def audited_groups(
    camps: pd.DataFrame,
    population: pd.DataFrame,
    links: pd.DataFrame,
    locations: pd.DataFrame,
    depots: pd.DataFrame,
) -> pd.DataFrame:
    """Which group each camp with a population is in; tables as in refugees' marts.

    Returns:
        camp_id, people (in its last week), camp_size, depot_distance, conflict_distance, host_country; a distance is
        missing where no road leads there.
    """
    last = population.sort_values("week_start").drop_duplicates("camp_id", keep="last")
    rows = camps[["camp_id", "country"]].merge(last[["camp_id", "people"]], on="camp_id")
    zones = locations.loc[locations["kind"] == "conflict_zone", ["conflict_id", "location_id"]]
    near = {
        "depot_distance": depots[["conflict_id", "place_id"]],
        "conflict_distance": zones.rename(columns={"location_id": "place_id"}),
    }
    groups = rows.rename(columns={"country": "host_country"}).assign(camp_size=thirds(rows["people"], SIZES))
    for dimension, places in near.items():
        km = groups["camp_id"].map(road_km(links, places))
        groups[dimension] = thirds(km, DISTANCES)
    return groups


def road_km(links: pd.DataFrame, places: pd.DataFrame) -> dict[str, float]:
    """Kilometres by road from each camp or location to the nearest of some places of its conflict.

    Args:
        links: `conflict_id`, `from_id`, `to_id`, `km`.
        places: `conflict_id`, `place_id`.

    Returns:
        By place; those that no road joins to any of the places are left out.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    found: dict[str, float] = {}
    for conflict_id, roads in links.groupby("conflict_id", sort=True):
        names = sorted({*roads["from_id"], *roads["to_id"]})
        at = {name: number for number, name in enumerate(names)}
        own = places.loc[places["conflict_id"] == conflict_id, "place_id"]
        sources = sorted({at[name] for name in own if name in at})
        if not sources:
            continue
        ends = roads["from_id"].map(at), roads["to_id"].map(at)
        graph = coo_matrix((roads["km"], ends), shape=(len(names), len(names))).tocsr()
        km = np.asarray(dijkstra(graph, directed=False, indices=sources, min_only=True))
        found |= {name: float(way) for name, way in zip(names, km, strict=True) if np.isfinite(way)}
    return found


def fairness_table(
    groups: pd.DataFrame, reported: pd.DataFrame, plan: pd.DataFrame, settings: FairnessFeedback
) -> pd.DataFrame:
    """The rows of `refugees.fairness_audit`.

    Args:
        groups: as `audited_groups` returns them.
        reported: `refugees.needs_reported`.
        plan: rows of `refugees.supply_plan` of one scenario; may be empty.
        settings: weeks, limit and draws.
    """
    week = pd.to_datetime(reported["week_start"])
    last = week.groupby(reported["conflict_id"]).transform("max")
    recent = reported[week > last - pd.Timedelta(weeks=settings.weeks)]
    parts = []
    if len(recent):
        shares = _met_shares(recent)
        whole = shares[(shares["sex"] == ALL) & (shares["age_group"] == ALL)]
        parts += [rows.assign(basis=REPORTED) for rows in _by_camp_group(groups, whole, settings)]
        for name, other in (("sex", "age_group"), ("age_group", "sex")):
            own = shares[(shares[name] != ALL) & (shares[other] == ALL)]
            people = own.merge(groups[["camp_id", "people"]], on="camp_id")
            parts.append(_audited(people.assign(group=people[name]), name, settings).assign(basis=REPORTED))
        parts = [part.assign(is_synthetic=bool(recent["is_synthetic"].any())) for part in parts]
    if len(plan):
        cells = plan.drop_duplicates(["camp_id", "item_id", "week_start"]).assign(sex=ALL, age_group=ALL)
        planned = _by_camp_group(groups, _met_shares(cells), settings)
        parts += [rows.assign(basis=PLANNED, is_synthetic=bool(plan["is_synthetic"].any())) for rows in planned]
    known = [part for part in parts if len(part)]
    return pd.concat(known, ignore_index=True) if known else pd.DataFrame()


def _met_shares(cells: pd.DataFrame) -> pd.DataFrame:
    """Share of needs met by camp, sex and age: the mean over items of units met over units needed."""
    sums = cells.groupby(_CELL)[["needed", "met"]].sum().reset_index()
    sums = sums[sums["needed"] > 0]
    sums["met_share"] = (sums["met"] / sums["needed"]).clip(0, 1)
    return sums.groupby(["camp_id", "sex", "age_group"])["met_share"].mean().reset_index()


def _by_camp_group(groups: pd.DataFrame, shares: pd.DataFrame, settings: FairnessFeedback) -> list[pd.DataFrame]:
    rows = groups.merge(shares[["camp_id", "met_share"]], on="camp_id")
    names = ("camp_size", "depot_distance", "conflict_distance", "host_country")
    return [_audited(rows.assign(group=rows[name]).dropna(subset=["group"]), name, settings) for name in names]


def _audited(rows: pd.DataFrame, dimension: str, settings: FairnessFeedback) -> pd.DataFrame:
    table = served_by_group(
        rows[["group", "people", "met_share"]], limit=settings.least_ratio, draws=settings.draws, seed=settings.seed
    )
    return table.rename(columns={"places": "camps"}).assign(dimension=dimension)
