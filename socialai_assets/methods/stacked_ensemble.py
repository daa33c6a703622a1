"""An estimator that weighs others by what they are worth on blocks they have not seen. The others live elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from socialai_assets.methods.area_model import AreaModel, cross_fit, load
from socialai_assets.methods.validation import blocked_folds


def convex_weights(estimates: np.ndarray, values: np.ndarray, *, towards_equal: float = 0.1) -> np.ndarray:
    """Weights of a mean of estimates that err least (squared), none negative, one in all (Breiman 1996, Stacking).

    Args:
        estimates: (n, k) out-of-sample estimates of k models.
        values: (n,) observed values.
        towards_equal: strength, in variances of ``values``, of the pull towards equal weights, since estimates that
            are nearly alike cannot be told apart by few rows.

    Returns:
        (k,) weights, all at least 0, with sum 1.

    Raises:
        ValueError: shapes that do not fit or values that are not finite.
    """
    from scipy.optimize import nnls

    table, target = np.asarray(estimates, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or not table.shape[1] or target.shape != (len(table),):
        raise ValueError(f"Estimates of shape {table.shape} do not fit values of shape {target.shape}.")
    if not (np.isfinite(table).all() and np.isfinite(target).all()):
        raise ValueError("Weights need finite estimates and values.")
    number = table.shape[1]
    scale = float(target.std()) or 1.0
    # With the sum fixed at one the error of the mean is the mean of the errors, whatever the level of the values.
    errors = (table - target[:, np.newaxis]) / scale
    pull = np.sqrt(len(table) * towards_equal) * (np.eye(number) - 1.0 / number)
    one = 1e3 * np.sqrt(len(table))
    system = np.vstack([errors, pull, np.full((1, number), one)])
    wanted = np.concatenate([np.zeros(len(table) + number), [one]])
    weights = nnls(system, wanted)[0]
    return weights / weights.sum()


@dataclass
class StackedEnsemble(AreaModel):
    """A weighted mean of several estimators.

    Weights come from blocked folds inside the rows learned from, so neither a held-out row nor an estimate of a row
    that was learned from has a say; then every member learns from all rows (van der Laan et al. 2007).

    Attributes:
        members: unfitted estimators.
        inner_folds: folds the weights are learned on; 0 for equal weights, which costs no further fits.
        block: the column whose units stay together in the inner folds.
        bounds: estimates are cut to this range.
        seed: seed of the inner folds.
    """

    not_saved: ClassVar[tuple[str, ...]] = ("members",)

    members: tuple[AreaModel, ...] = ()
    inner_folds: int = 0
    block: str = "block"
    bounds: tuple[float, float] | None = None
    seed: int = 0

    def fit(self, X: pd.DataFrame, y: Iterable[float]) -> Self:
        """Learn the weights, then every member from all rows.

        Raises:
            ValueError: no member, fewer blocks than inner folds, or what a member refuses.
        """
        if not self.members:
            raise ValueError("A stacked ensemble needs at least one member.")
        values = np.asarray(y, dtype=np.float64)
        weights = np.full(len(self.members), 1.0 / len(self.members))
        if self.inner_folds:
            folds = blocked_folds(X[self.block], self.inner_folds, self.seed)
            inner = [cross_fit(member, X, values, folds)["estimate"].to_numpy() for member in self.members]
            weights = convex_weights(np.column_stack(inner), values)
        self.fitted_ = [member.clone().fit(X, values) for member in self.members]
        self.learned_ = {"weights": weights.tolist(), "rows": len(values)}
        return self

    def assembled(self, fitted: Sequence[AreaModel], rows: int, weights: Iterable[float] | None = None) -> Self:
        """A fitted ensemble, of equal weights if None, from copies of the members that learned from the same rows."""
        whole = self.clone()
        whole.fitted_ = list(fitted)
        shares = [1.0 / len(whole.fitted_)] * len(whole.fitted_) if weights is None else [float(w) for w in weights]
        whole.learned_ = {"weights": shares, "rows": rows}
        return whole

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """The weighted mean of the members' estimates."""
        self.require_fitted()
        return self.combine([member.predict(X) for member in self.fitted_], self.learned_["weights"])

    def combine(self, estimates: Iterable[np.ndarray], weights: Iterable[float] | None = None) -> np.ndarray:
        """The weighted mean (equal weights if None) of the members' estimates of the same rows, within the bounds."""
        table = np.column_stack(list(estimates))
        shares = np.full(table.shape[1], 1.0 / table.shape[1]) if weights is None else np.asarray(list(weights))
        mean = table @ shares
        return mean if self.bounds is None else np.clip(mean, *self.bounds)

    def difficulty(self, estimate: np.ndarray) -> np.ndarray:
        """The first member's: what it says depends on the estimate and the bounds only."""
        return self.members[0].difficulty(estimate) if self.members else super().difficulty(estimate)

    def save_parts(self, folder: Path) -> None:
        """Write each fitted member into a folder of its own, in order."""
        for number, member in enumerate(self.fitted_):
            member.save(folder / "members" / str(number))

    def load_parts(self, folder: Path) -> None:
        """Read the members back."""
        found = sorted((folder / "members").iterdir(), key=lambda path: int(path.name))
        self.fitted_ = [load(path) for path in found]
        self.members = tuple(member.clone() for member in self.fitted_)
