"""Groups of rows that share a few conditions and an outcome's rate: leaves of a tree that one half of the places grows
and the other half measures (Athey and Imbens 2016, PNAS 113:7353). No words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.methods.one_thread import on_one_thread


@dataclass(frozen=True)
class Condition:
    """A column's values above ``above`` and up to ``up_to``; either may be missing."""

    column: str
    above: float | None
    up_to: float | None


@dataclass(frozen=True)
class Groups:
    """Groups, numbered from 1, the one with the highest rate first.

    Attributes:
        conditions: of each group.
        group: (n,) group of each row asked about.
    """

    conditions: tuple[tuple[Condition, ...], ...]
    group: np.ndarray


@on_one_thread
def honest_groups(
    known: pd.DataFrame,
    outcome: np.ndarray,
    grows: np.ndarray,
    asked: pd.DataFrame,
    *,
    most_groups: int = 6,
    least_share: float = 0.08,
    seed: int = 0,
) -> Groups:
    """Grow a shallow tree on some rows, and say which leaf every row is in.

    Args:
        known: (n, k) numbers of rows whose outcome is known; missing ones count as the median.
        outcome: (n,) 0 or 1.
        grows: (n,) which rows the tree is grown on; rates are to be measured on the others.
        asked: (m, k) rows to put into groups.
        most_groups: leaves at most.
        least_share: share of the rows that grow it which a leaf has at least.
        seed: breaks ties.
    """
    from sklearn.tree import DecisionTreeClassifier

    middle = known[grows].median().fillna(0.0)
    learned = known[grows].fillna(middle)
    tree = DecisionTreeClassifier(
        max_leaf_nodes=most_groups, min_samples_leaf=max(5, int(least_share * len(learned))), random_state=seed
    ).fit(learned.to_numpy(float), outcome[grows])
    grown = tree.tree_
    paths: dict[int, dict[str, tuple[float | None, float | None]]] = {}

    def follow(node: int, path: dict[str, tuple[float | None, float | None]]) -> None:
        left, right = int(grown.children_left[node]), int(grown.children_right[node])
        if left == right:
            paths[node] = path
            return
        name, edge = str(known.columns[grown.feature[node]]), float(grown.threshold[node])
        above, up_to = path.get(name, (None, None))
        follow(left, {**path, name: (above, edge)})
        follow(right, {**path, name: (edge, up_to)})

    follow(0, {})
    leaf = tree.apply(known.fillna(middle).to_numpy(float))
    rate = {node: float(outcome[(leaf == node) & grows].mean()) for node in paths}
    ordered = sorted(paths, key=lambda node: (-rate[node], node))
    number = {node: place + 1 for place, node in enumerate(ordered)}
    found = tree.apply(asked[list(known.columns)].fillna(middle).to_numpy(float))
    conditions = tuple(tuple(Condition(name, *ends) for name, ends in paths[node].items()) for node in ordered)
    return Groups(conditions, np.array([number[int(node)] for node in found], dtype=int))
