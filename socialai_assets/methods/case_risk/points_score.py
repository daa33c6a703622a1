"""A score a person can add up by hand: a few conditions, each worth some points. No other learner lives here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from socialai_assets.methods.area_model import AreaModel
from socialai_assets.methods.case_risk.learners import Probabilities, outcomes
from socialai_assets.methods.one_thread import on_one_thread

MOST_POINTS = 5


@dataclass
class PointsScore(Probabilities, AreaModel):
    """At most a few conditions of one column each, worth 1 to 5 points; more points, more risk.

    Each column is cut once where it tells the outcome best; a sparse logistic regression (Tibshirani 1996) keeps the
    conditions worth having; their weights are rounded to points (Ustun and Rudin 2016). A missing value meets none.

    Attributes:
        features: columns conditions are made of.
        most_conditions: conditions at most.
        least_share: share of the rows that must meet a condition, and must not.
    """

    features: tuple[str, ...] = ()
    most_conditions: int = 6
    least_share: float = 0.02

    @on_one_thread
    def fit(self, X: pd.DataFrame, y: Iterable[float]) -> Self:
        """Choose conditions and points, and learn which probability each sum stands for."""
        from sklearn.linear_model import LogisticRegression

        values = outcomes(y, len(X))
        found = [one for name in self.features if (one := self._cut(name, X[name], values))]
        if not found:
            raise ValueError(f"No condition on the {len(self.features)} columns tells the outcomes apart.")
        table = np.column_stack([meets(X, one) for one in found])
        kept: list[tuple[dict[str, Any], float]] = []
        # From sparse to rich, and the last that is short enough.
        for strength in np.geomspace(1e-4, 1.0, 25):
            line = LogisticRegression(C=float(strength), solver="liblinear", l1_ratio=1.0, random_state=0).fit(
                table, values
            )
            chosen = [(one, w) for one, w in zip(found, line.coef_[0], strict=True) if w > 0.02]
            if len(chosen) > self.most_conditions:
                break
            kept = chosen or kept
        kept = kept or [(found[0], 1.0)]
        unit = max(weight for _, weight in kept) / MOST_POINTS
        conditions = [{**one, "points": max(1, round(weight / unit))} for one, weight in kept]
        conditions.sort(key=lambda one: (-one["points"], one["column"]))
        self.learned_ = {"conditions": conditions, "rows": len(values)}
        line = LogisticRegression().fit(self.points(X)[:, np.newaxis], values)
        self.learned_ |= {"intercept": float(line.intercept_[0]), "slope": float(line.coef_[0, 0])}
        return self

    def points(self, X: pd.DataFrame) -> np.ndarray:
        """(n,) sums of points."""
        return np.sum([meets(X, one) * one["points"] for one in self.learned_["conditions"]], axis=0)

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """The probability each sum of points stands for, (n,)."""
        self.require_fitted()
        return 1 / (1 + np.exp(-(self.learned_["intercept"] + self.learned_["slope"] * self.points(X))))

    def lines(self) -> list[str]:
        """The score as lines to read: points, column, condition."""
        self.require_fitted()
        return [
            f"{one['points']} {'point' if one['points'] == 1 else 'points'}: {one['column']} "
            f"{'above' if one['above'] else 'at most'} {one['edge']:.4g}"
            for one in self.learned_["conditions"]
        ]

    def _cut(self, name: str, column: pd.Series, values: np.ndarray) -> dict[str, Any] | None:
        from sklearn.tree import DecisionTreeClassifier

        known = column.notna().to_numpy()
        least = max(1, int(self.least_share * len(values)))
        if known.sum() < 2 * least:
            return None
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        stump = DecisionTreeClassifier(max_depth=1, min_samples_leaf=least, random_state=0)
        stump.fit(numbers[known, np.newaxis], values[known])
        if stump.tree_.node_count < 3:
            return None
        edge = float(stump.tree_.threshold[0])
        high = numbers[known] > edge
        above = bool(values[known][high].mean() > values[known][~high].mean())
        return {"column": name, "edge": edge, "above": above}


def meets(X: pd.DataFrame, condition: dict[str, Any]) -> np.ndarray:
    """(n,) whether each row meets a condition; a missing value does not."""
    numbers = X[condition["column"]].to_numpy(dtype=np.float64, na_value=np.nan)
    return (numbers > condition["edge"]) if condition["above"] else (numbers <= condition["edge"])
