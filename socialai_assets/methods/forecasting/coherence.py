"""Forecasts that add up from place to nation, by hierarchicalforecast. Makes no forecast of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

TOP = "country"


@dataclass(frozen=True)
class Hierarchy:
    """Which places make up which.

    Args:
        levels: level of each node, from the country down; the last ones are the places at the bottom.
        names: code of each node.
        summing: (nodes, places) 1 where a place is part of a node; the last rows are the identity.
    """

    levels: tuple[str, ...]
    names: tuple[str, ...]
    summing: np.ndarray

    @property
    def bottom(self) -> int:
        """Number of places at the bottom."""
        return self.summing.shape[1]


def hierarchy(places: pd.DataFrame, levels: Sequence[str]) -> Hierarchy:
    """The hierarchy of places.

    Args:
        places: one row a place at the bottom, a column for each level from the widest below the country to the place
            itself (the last), with the code of the node the place is in; missing where it is in none.
        levels: those columns, in that order.
    """
    size = len(places)
    labels, names, rows = [TOP], [TOP], [np.ones(size)]
    for level in levels[:-1]:
        codes = places[level].to_numpy(object)
        for code in sorted(places[level].dropna().unique()):
            labels.append(level)
            names.append(str(code))
            rows.append((codes == code).astype(float))
    labels += [levels[-1]] * size
    names += [str(code) for code in places[levels[-1]]]
    return Hierarchy(tuple(labels), tuple(names), np.vstack([*rows, np.eye(size)]))


def summed(values: np.ndarray, filled: np.ndarray, tree: Hierarchy, least_share: float = 0.5) -> np.ndarray:
    """(periods, nodes) totals of what places (periods, places) reported.

    Where a place did not report, ``filled`` stands in, so that a missing report is not read as a fall; a total of
    which less than ``least_share`` was reported is missing itself.
    """
    whole = np.nan_to_num(np.where(np.isfinite(values), values, filled))
    reported = np.nan_to_num(values) @ tree.summing.T
    total = whole @ tree.summing.T
    anything = np.isfinite(values).astype(float) @ tree.summing.T > 0
    made = np.where(anything & (reported >= least_share * total), total, np.nan)
    made[:, -tree.bottom :] = values
    return made


def reconciled(forecasts: np.ndarray, residuals: np.ndarray, tree: Hierarchy) -> np.ndarray:
    """Forecasts of all nodes that add up and are not negative: minimum trace with a shrunk covariance.

    Places below zero are set to zero and totals summed again, as good as a quadratic programme (Di Fonzo and
    Girolimetto 2023) and without its failures. Source: Wickramasuriya, Athanasopoulos and Hyndman (2019).

    Args:
        forecasts: (nodes, horizon).
        residuals: (nodes, past forecasts) observed minus forecast of past origins, NaN where not reported.
        tree: the hierarchy.

    Returns:
        (nodes, horizon), each node exactly the sum of its places.
    """
    from hierarchicalforecast.methods import MinTrace

    if tree.bottom == 1:
        return np.repeat(np.maximum(forecasts[-1:], 0.0), len(tree.names), axis=0)
    # Of nodes with the same places only the lowest takes part: their errors are one and the same.
    last = {row.tobytes(): place for place, row in enumerate(tree.summing)}
    used = np.array(sorted(last.values()))
    part = tree.summing[used]
    usable = np.where(np.isfinite(residuals[used]), residuals[used], 0.0)
    # A node that was never wrong, or never reported, has no error to learn from.
    deviation = usable.std(axis=1)
    floor = np.maximum(1e-3, 1e-3 * np.abs(forecasts[used]).mean(axis=1))
    if usable.shape[1] >= 10 and len(used) > tree.bottom:
        noise = np.random.default_rng(0).standard_normal(usable.shape)
        usable = usable + np.where(deviation < floor, floor, 0.0)[:, None] * noise
        how = MinTrace(method="mint_shrink")
        made = how.fit_predict(
            S=part,
            y_hat=np.maximum(forecasts[used], 0.0),
            y_insample=usable,
            y_hat_insample=np.zeros_like(usable),
        )["mean"]
        places = np.asarray(made)[-tree.bottom :]
    else:
        places = forecasts[-tree.bottom :]
    return tree.summing @ np.maximum(places, 0.0)
