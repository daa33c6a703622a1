"""What groups of columns add to an estimate compared with a typical row, for any model on a table. No words.

A group's effect is the mean of what it takes away when it is made typical last and what it adds when it is set first:
the two ends of Shapley's orders (Shapley 1953), which need two estimates a group. Trees alone have exact values in
explanation.py; these also hold for networks and for combinations of what does not see the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from socialai_assets.methods.area_model import AreaModel
from socialai_assets.methods.area_regression import AreaRegression
from socialai_assets.methods.risk_learners import FewColumns
from socialai_assets.methods.stacked_ensemble import StackedEnsemble


def driver_effects(
    model: AreaModel, X: pd.DataFrame, group_of: Callable[[str], str], *, otherwise: str
) -> tuple[np.ndarray, pd.DataFrame]:
    """Take estimates apart by groups of columns.

    Args:
        model: fitted; a `StackedEnsemble` is taken apart member by member.
        X: (n rows) what it reads.
        group_of: the group of a column of the model's table.
        otherwise: the group that all of a model without a table (a rate of areas) is put down to.

    Returns:
        (n,) the estimates for a typical row, which has each column's median, and (n rows, groups) what each group adds.
        Together they are what the model estimates.
    """
    if isinstance(model, StackedEnsemble):
        parts = [driver_effects(one, X, group_of, otherwise=otherwise) for one in model.fitted_]
        weights = model.learned_["weights"]
        base = sum((weight * part for weight, (part, _) in zip(weights, parts, strict=True)), np.zeros(len(X)))
        groups = sorted({name for _, effects in parts for name in effects})
        summed = sum(
            weight * effects.reindex(columns=groups, fill_value=0.0).to_numpy()
            for weight, (_, effects) in zip(weights, parts, strict=True)
        )
        return base, pd.DataFrame(summed, columns=groups)
    if not isinstance(model, (AreaRegression, FewColumns)):
        estimate = model.predict(X)
        typical = float(np.median(estimate))
        return np.full(len(X), typical), pd.DataFrame({otherwise: estimate - typical})
    return _of_table(model, model.design(X), model.feature_names, group_of)


def _of_table(
    model: AreaRegression | FewColumns, table: np.ndarray, names: Sequence[str], group_of: Callable[[str], str]
) -> tuple[np.ndarray, pd.DataFrame]:
    base, effects = group_effects(model.estimate, table, typical_row(table), [group_of(name) for name in names])
    return np.full(len(table), base), effects


def typical_row(table: np.ndarray) -> np.ndarray:
    """(k,) median of each column of a table, (n, k); missing where nothing is known."""
    known = ~np.isnan(table).all(axis=0)
    typical = np.full(table.shape[1], np.nan)
    typical[known] = np.nanmedian(table[:, known], axis=0)
    return typical


def group_effects(
    estimate: Callable[[np.ndarray], np.ndarray], table: np.ndarray, typical: np.ndarray, groups: Sequence[str]
) -> tuple[float, pd.DataFrame]:
    """Take the estimates of any model on a table apart by groups of columns.

    Args:
        estimate: (n, k) table to (n,) estimates.
        table: (n, k) rows asked about.
        typical: (k,) the row they are compared with.
        groups: (k,) group of each column.

    Returns:
        The estimate for the typical row, and (n rows, groups) what each group adds; together the estimates.
    """
    base, whole = float(estimate(typical[np.newaxis])[0]), estimate(table)
    columns_of: dict[str, list[int]] = {}
    for column, group in enumerate(groups):
        columns_of.setdefault(group, []).append(column)
    made = {}
    for group, columns in columns_of.items():
        without, only = table.copy(), np.tile(typical, (len(table), 1))
        without[:, columns], only[:, columns] = typical[columns], table[:, columns]
        made[group] = (whole - estimate(without) + estimate(only) - base) / 2
    effects = pd.DataFrame(made)
    # What the two ends leave is shared out in proportion, so that the parts give the whole exactly.
    size = effects.abs().to_numpy()
    total = size.sum(axis=1, keepdims=True)
    left = (whole - base - effects.to_numpy().sum(axis=1))[:, np.newaxis]
    share = np.divide(size, total, out=np.full_like(size, 1 / len(columns_of)), where=total > 0)
    return base, effects + left * share
