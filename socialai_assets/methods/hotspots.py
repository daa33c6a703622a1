"""Local clusters of a value over areas: Getis-Ord Gi*, local Moran's I, false-discovery control. No maps.

Sources: Getis and Ord 1992, Geographical Analysis 24(3), and Ord and Getis 1995, 27(4); Anselin 1995, 27(2);
Benjamini and Hochberg 1995, JRSS B 57(1); Caldas de Castro and Singer 2006, Geographical Analysis 38(2).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NOT_SIGNIFICANT = "not significant"
NO_NEIGHBOURS = "no neighbours"


def benjamini_hochberg(p_values: Iterable[float]) -> np.ndarray:
    """Adjusted p-values: rejecting those <= q keeps the expected share of false discoveries at or below q.

    Args:
        p_values: (n,) in [0, 1], none missing.

    Returns:
        (n,), at least the p-values themselves and in the same order.

    Raises:
        ValueError: a value outside [0, 1] or missing.
    """
    from scipy.stats import false_discovery_control

    values = np.asarray(list(p_values), dtype=np.float64)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("p-values lie between 0 and 1 and none may be missing.")
    return false_discovery_control(values, method="bh") if len(values) else values


def contiguity(area_ids: Iterable[str], neighbours: pd.DataFrame) -> csr_array:
    """Binary weights (n, n) of areas from pairs of neighbours; pairs with an area not given are left out.

    Args:
        area_ids: (n,) distinct.
        neighbours: `area_id, neighbour_id`, each pair in both directions.
    """
    from scipy.sparse import csr_array

    place = {area: number for number, area in enumerate(area_ids)}
    rows, columns = neighbours["area_id"].map(place), neighbours["neighbour_id"].map(place)
    known = (rows.notna() & columns.notna()).to_numpy()
    where = (rows[known].to_numpy(dtype=int), columns[known].to_numpy(dtype=int))
    return csr_array((np.ones(int(known.sum())), where), shape=(len(place), len(place)))


def getis_ord_star(values: np.ndarray, weights: csr_array) -> np.ndarray:
    """Gi* as a z-score, (n,): Ord and Getis 1995, equation 6, binary weights and the area itself counted.

    Args:
        values: (n,) not constant.
        weights: (n, n) binary, zero diagonal.
    """
    counted = weights.sum(axis=1) + 1
    n, mean, deviation = len(values), values.mean(), values.std()
    above = weights @ values + values - counted * mean
    # Where everything is a neighbour there is nothing to stand out from.
    spread = np.sqrt((n * counted - counted**2) / (n - 1))
    return np.divide(above, deviation * spread, out=np.zeros(n), where=spread > 0)


def local_moran(
    values: np.ndarray, weights: csr_array, *, permutations: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Local Moran's I with row-standardised weights and its p from conditional permutations.

    Each area keeps its value while the others are dealt out at random over its neighbours; the p is two-sided by
    doubling the smaller tail, (m + 1) / (permutations + 1) with m draws at least as extreme, and at most 1.

    Args:
        values: (n,) not constant.
        weights: (n, n) binary, zero diagonal, no row empty.
        permutations: draws an area.
        seed: seed of the draws.

    Returns:
        I (n,), p (n,), and the neighbours' mean deviation (n,) whose sign says the quadrant.
    """
    generator = np.random.default_rng(seed)
    deviation = values - values.mean()
    scale = (len(values) - 1) / (deviation**2).sum()
    counts = weights.sum(axis=1).astype(int)
    around = (weights @ deviation) / counts
    observed = scale * deviation * around
    p_values = np.empty(len(values))
    for count in np.unique(counts):
        for area in np.flatnonzero(counts == count):
            others = np.delete(deviation, area)
            drawn = _draws_without_replacement(generator, len(others), int(count), permutations)
            simulated = scale * deviation[area] * others[drawn].mean(axis=1)
            tail = min((simulated >= observed[area]).sum(), (simulated <= observed[area]).sum())
            p_values[area] = min(1.0, 2 * (tail + 1) / (permutations + 1))
    return observed, p_values, around


def _draws_without_replacement(generator: np.random.Generator, size: int, count: int, draws: int) -> np.ndarray:
    """(draws, count) distinct numbers below size in each row, drawn again where a row repeats one."""
    if count > size // 4:
        return generator.permuted(np.tile(np.arange(size), (draws, 1)), axis=1)[:, :count]
    drawn = generator.integers(size, size=(draws, count))
    while True:
        ordered = np.sort(drawn, axis=1)
        repeated = (np.diff(ordered, axis=1) == 0).any(axis=1)
        if not repeated.any():
            return drawn
        drawn[repeated] = generator.integers(size, size=(int(repeated.sum()), count))


def local_clusters(
    values: pd.DataFrame,
    value: str,
    neighbours: pd.DataFrame,
    *,
    false_discovery_rate: float = 0.05,
    permutations: int = 4999,
    seed: int = 0,
) -> pd.DataFrame:
    """Gi* and local Moran's I of each area, with p-values and the cluster they make it part of.

    Gi* counts the area itself, has binary weights, and a two-sided p from the normal distribution. Local Moran's I
    has row-standardised weights and a p from conditional permutations, two-sided by doubling (at most 1). Each
    family of p-values is adjusted over all areas that have a neighbour. An area without one gets neither.

    Args:
        values: `area_id` and the value; none missing.
        value: name of the column.
        neighbours: `area_id, neighbour_id`, each pair in both directions.
        false_discovery_rate: share of false clusters that is accepted.
        permutations: conditional permutations of local Moran's I.
        seed: seed of the permutations.

    Returns:
        One row an area: `area_id, neighbour_count, gi_star_z, gi_star_p, gi_star_p_adjusted, gi_cluster`
        (hotspot, coldspot, not significant), `local_moran_i, local_moran_p, local_moran_p_adjusted, moran_cluster`
        (high-high, low-low, high-low, low-high, not significant).

    Raises:
        ValueError: a missing value, an area twice, a constant value, or no neighbours at all.
    """
    from scipy.stats import norm

    table = pd.DataFrame({"area_id": values["area_id"].to_numpy(), "value": values[value].to_numpy(dtype=np.float64)})
    if table["value"].isna().any() or table["area_id"].duplicated().any():
        raise ValueError(f"Every area needs one {value} and none may be missing.")
    table["neighbour_count"] = contiguity(table["area_id"], neighbours).sum(axis=1).astype(int)
    joined = table[table["neighbour_count"] > 0].reset_index(drop=True)
    if joined.empty or np.ptp(joined["value"]) == 0:
        raise ValueError(f"Clusters need neighbours, and a {value} that differs between areas.")
    known = joined["value"].to_numpy()
    weights = contiguity(joined["area_id"], neighbours)
    joined["gi_star_z"] = getis_ord_star(known, weights)
    joined["gi_star_p"] = 2 * norm.sf(np.abs(joined["gi_star_z"]))
    index, p_values, around = local_moran(known, weights, permutations=permutations, seed=seed)
    joined["local_moran_i"], joined["local_moran_p"] = index, p_values
    for statistic in ("gi_star", "local_moran"):
        joined[f"{statistic}_p_adjusted"] = benjamini_hochberg(joined[f"{statistic}_p"])
    spot = np.where(joined["gi_star_z"] > 0, "hotspot", "coldspot")
    joined["gi_cluster"] = np.where(joined["gi_star_p_adjusted"] <= false_discovery_rate, spot, NOT_SIGNIFICANT)
    own, others = (np.where(side > 0, "high", "low") for side in (known - known.mean(), around))
    quadrant = pd.Series(own) + "-" + pd.Series(others)
    joined["moran_cluster"] = np.where(
        joined["local_moran_p_adjusted"] <= false_discovery_rate, quadrant, NOT_SIGNIFICANT
    )
    found = table.drop(columns="value").merge(
        joined.drop(columns=["value", "neighbour_count"]), on="area_id", how="left"
    )
    found[["gi_cluster", "moran_cluster"]] = found[["gi_cluster", "moran_cluster"]].fillna(NO_NEIGHBOURS)
    return found
