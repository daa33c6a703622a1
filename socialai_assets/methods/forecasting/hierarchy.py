"""Series and their totals by area: how totals are made of reports, and forecasts that add up. Fits no forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.methods.forecasting.panel import rolling_mean

MOST_SERIES_FOR_SHRINKAGE = 60
FEWEST_ERRORS_FOR_SHRINKAGE = 30


@dataclass(frozen=True)
class Hierarchy:
    """Nodes from the largest total to the single series, and which series each is the sum of.

    Args:
        sums: (nodes, leaves) 1 where a leaf belongs to a node, else 0; the last rows are the leaves themselves.
        levels: (nodes,) name of each node's level.
        names: (nodes,) name of each node, unique within its level.
    """

    sums: np.ndarray
    levels: tuple[str, ...]
    names: tuple[str, ...]


def hierarchy(leaf_level: str, leaves: Sequence[str], parents: Mapping[str, Sequence[str | None]]) -> Hierarchy:
    """The hierarchy of leaves whose parents at each level are known.

    Args:
        leaf_level: name of the leaves' level.
        leaves: (leaves,) names.
        parents: by level, the largest first, (leaves,) each leaf's node, or None where it is in none: it then counts
            in the levels above only.
    """
    rows, levels, names = [], [], []
    for level, labels in parents.items():
        for name in sorted({str(label) for label in labels if isinstance(label, str)}):
            rows.append([float(label == name) for label in labels])
            levels.append(level)
            names.append(name)
    sums = np.vstack([*rows, np.eye(len(leaves))])
    return Hierarchy(sums, (*levels, *[leaf_level] * len(leaves)), (*names, *map(str, leaves)))


def totals(values: np.ndarray, sums: np.ndarray, least_share: float = 0.8) -> np.ndarray:
    """Series and their totals (periods, nodes) from series (periods, leaves) with gaps.

    A leaf that did not report is not a zero: in a total, the mean of its last four reports stands in, and where
    less than ``least_share`` of what was expected has been reported, the total is missing too. Nothing in a period is
    taken from later ones.

    Args:
        values: (periods, leaves), NaN where nothing was reported or before a leaf begins.
        sums: (nodes, leaves), as in `Hierarchy`.
        least_share: see above.
    """
    expected = pd.DataFrame(rolling_mean(values, 4)).ffill().to_numpy()
    reported = np.isfinite(values)
    whole = np.nan_to_num(np.where(reported, values, expected)) @ sums.T
    usual = np.nan_to_num(expected) @ sums.T
    share = np.divide(
        np.where(reported, np.nan_to_num(expected), 0.0) @ sums.T, usual, out=np.ones_like(usual), where=usual > 0
    )
    begun = reported.astype(float) @ sums.T > 0
    made = np.where(begun & (share >= least_share), whole, np.nan)
    single = sums.sum(axis=1) == 1
    made[:, single] = values[:, sums[single].argmax(axis=1)]
    return made


def reconciled(forecasts: np.ndarray, tree: Hierarchy, errors: np.ndarray | None = None) -> np.ndarray:
    """Forecasts that add up and are not negative, near to those given.

    Minimum trace (Wickramasuriya et al. 2019) by hierarchicalforecast: with the shrunk covariance of past errors where
    there are few nodes and enough errors, else with structural weights. Leaves below zero are then set to zero and
    summed again (Di Fonzo and Girolimetto 2023).

    Args:
        forecasts: (…, nodes) forecasts of every node, none missing.
        tree: the hierarchy.
        errors: (times, nodes) errors of past forecasts, or None; times with a missing one are left out.

    Returns:
        (…, nodes) coherent forecasts.
    """
    from hierarchicalforecast.methods import MinTrace

    shape = forecasts.shape
    flat = forecasts.reshape(-1, shape[-1]).T
    size = tree.sums.shape[1]
    if tree.sums.shape[0] == size:
        return np.maximum(forecasts, 0.0)
    known = errors[np.isfinite(errors).all(axis=1)] if errors is not None else np.empty((0, shape[-1]))
    if len(tree.names) <= MOST_SERIES_FOR_SHRINKAGE and len(known) >= FEWEST_ERRORS_FOR_SHRINKAGE:
        past = {"y_insample": known.T, "y_hat_insample": np.zeros_like(known.T)}
        made = MinTrace("mint_shrink").fit_predict(S=tree.sums, y_hat=flat, **past)["mean"]
    else:
        made = MinTrace("wls_struct").fit_predict(S=tree.sums, y_hat=flat)["mean"]
    return (np.maximum(made[-size:], 0.0).T @ tree.sums.T).reshape(shape)
