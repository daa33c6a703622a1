"""Models of relative growth that learn from several panels: robust regressions, boosting, a network. No covariates.

Each is fitted on `growth.Rows` and gives growth (periods, anchors, series) for a panel's covariates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from socialai_assets.methods.forecasting.growth import ANCHORS, NAMES, UNIT, YOUNG, Rows
from socialai_assets.methods.forecasting.quantile_network import QUANTILES, QuantileNetwork, fit_rows
from socialai_assets.methods.forecasting.scores import wape

LARGEST_FALL, LARGEST_RISE = -1.0, 2.0
"""Targets are cut to these: a camp that opens grows tenfold, and no model should learn that of others."""
GROWTH_LIMITS = (-0.7, 1.5)
TRENDS = ("median of 3 steps", "median of 5 steps", "median of 3 changes")
SHUFFLES = 5
SIZE = 0.01
"""Errors below a hundredth count alike in `least_absolute_errors`."""


@dataclass(frozen=True)
class RobustTrend:
    """Damped trends whose damping was learned: means of regressions on medians of the last steps.

    Args:
        coefficients: by anchor and regression, of the columns `_designs` makes.
    """

    coefficients: dict[int, list[np.ndarray]]

    def growth(self, covariates: np.ndarray) -> np.ndarray:
        """(periods, anchors, series) of (periods, series, covariates)."""
        flat = covariates.reshape(-1, covariates.shape[-1])
        designs = _designs(flat)
        made = [
            np.mean([design @ found for design, found in zip(designs, self.coefficients[ahead], strict=True)], axis=0)
            for ahead in ANCHORS
        ]
        return np.stack([part.reshape(covariates.shape[:2]) for part in made], axis=1)


def robust_trend(rows: Rows) -> RobustTrend:
    """Fit by least absolute errors, a regression for each design and anchor."""
    designs, target = _designs(rows.covariates), np.clip(rows.target, LARGEST_FALL, LARGEST_RISE)
    return RobustTrend(
        {
            ahead: [
                least_absolute_errors(design[mine], target[mine], rows.weight[mine])
                for design in designs
                for mine in [rows.ahead == ahead]
            ]
            for ahead in ANCHORS
        }
    )


def _designs(covariates: np.ndarray) -> list[np.ndarray]:
    """(rows, columns) of each regression: a trend with the quarter's growth, also apart for young series."""
    column = {name: covariates[:, place] for place, name in enumerate(NAMES)}
    quarter = np.clip(column["growth, 13"], *GROWTH_LIMITS)
    young = np.exp(-column["since the first report"] / YOUNG)
    pairs = [np.column_stack([column[name], quarter]) for name in TRENDS]
    return pairs + [np.column_stack([pair, pair * young[:, None]]) for pair in pairs[:2]]


def least_absolute_errors(
    design: np.ndarray, target: np.ndarray, weight: np.ndarray, *, ridge: float = 1e-3, rounds: int = 25
) -> np.ndarray:
    """(columns,) coefficients with the least weighted sum of absolute errors, by iterated weighted least squares.

    Args:
        design: (rows, columns), without a constant: who does not grow is forecast not to.
        target: (rows,).
        weight: (rows,) not negative.
        ridge: how much coefficients are drawn to 0, as a share of the mean square of the scaled columns.
        rounds: number of iterations.
    """
    columns = design.shape[1]
    if not len(design) or weight.sum() <= 0:
        return np.zeros(columns)
    scale = np.abs(design).mean(axis=0) + 1e-9
    scaled, found = design / scale, np.zeros(columns)
    for _ in range(rounds):
        share = weight / weight.sum() / np.maximum(np.abs(target - scaled @ found), SIZE)
        square = (scaled * share[:, None]).T @ scaled
        penalty = (ridge * np.trace(square) / columns + 1e-12) * np.eye(columns)
        found = np.linalg.solve(square + penalty, (scaled * share[:, None]).T @ target)
    return found / scale


@dataclass(frozen=True)
class BoostedGrowth:
    """Gradient boosting on absolute errors over all panels and periods ahead."""

    model: Any

    def growth(self, covariates: np.ndarray) -> np.ndarray:
        """(periods, anchors, series) of (periods, series, covariates); NaN before a series begins."""
        return _at_anchors(covariates, lambda flat: np.asarray(self.model.predict(flat)))


def boosted_growth(rows: Rows, *, rounds: int = 60, seed: int = 0) -> BoostedGrowth:
    """Fit few small trees: there are many rows, but few conflicts."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    model = HistGradientBoostingRegressor(
        loss="absolute_error",
        max_iter=rounds,
        learning_rate=0.06,
        max_leaf_nodes=8,
        min_samples_leaf=min(200, max(1, len(rows.target) // 20)),
        l2_regularization=1.0,
        max_features=0.4,
        early_stopping=False,
        random_state=seed,
    )
    target = np.clip(rows.target, LARGEST_FALL, LARGEST_RISE)
    return BoostedGrowth(model.fit(_with_ahead(rows.covariates, rows.ahead), target, sample_weight=_relative(rows)))


@dataclass(frozen=True)
class NetworkGrowth:
    """The median of a small quantile network over all panels and periods ahead."""

    network: QuantileNetwork

    def growth(self, covariates: np.ndarray) -> np.ndarray:
        """(periods, anchors, series) of (periods, series, covariates); NaN before a series begins."""
        middle = QUANTILES.index(0.5)
        return _at_anchors(covariates, lambda flat: self.network.quantiles(flat)[:, middle])


def network_growth(rows: Rows, *, epochs: int = 8, seed: int = 0) -> NetworkGrowth:
    """Fit the quantile network of `quantile_network` on growth."""
    target = np.clip(rows.target, LARGEST_FALL, LARGEST_RISE)
    # Growth is of the order of a tenth; the network's targets are of the order of one.
    network = fit_rows(
        _with_ahead(rows.covariates, rows.ahead), target, _relative(rows), epochs=epochs, unit=0.1, seed=seed
    )
    return NetworkGrowth(network)


def _relative(rows: Rows) -> np.ndarray:
    return rows.weight / rows.weight.mean()


def _with_ahead(covariates: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    return np.column_stack([covariates, ahead])


def _at_anchors(covariates: np.ndarray, predict: Any) -> np.ndarray:
    periods, series, size = covariates.shape
    flat = covariates.reshape(-1, size)
    begun = np.isfinite(flat[:, NAMES.index("level")])
    made = np.full((len(ANCHORS), len(flat)), np.nan)
    for place, ahead in enumerate(ANCHORS):
        made[place, begun] = predict(_with_ahead(flat[begun], np.full(int(begun.sum()), ahead)))
    return made.reshape(len(ANCHORS), periods, series).swapaxes(0, 1)


def importance(model: BoostedGrowth, held_out: Rows, kinds: Mapping[str, str], *, seed: int = 0) -> dict[str, float]:
    """How much WAPE rises when what a kind of covariate says is shuffled among held-out forecasts (Breiman 2001).

    Args:
        model: fitted on other rows.
        held_out: forecasts of one number of periods ahead or of several.
        kinds: covariate to kind; those of a kind are shuffled together, since they tell much the same.
        seed: of shuffling.

    Returns:
        Rise of WAPE by kind (0.05 = 5 points), mean of `SHUFFLES`; empty where nobody came.
    """
    if not held_out.observed.sum() > 0:
        return {}
    random = np.random.default_rng(seed)
    whole = _with_ahead(held_out.covariates, held_out.ahead)

    def missed(covariates: np.ndarray) -> float:
        made = held_out.level + model.model.predict(covariates) * (held_out.level + UNIT)
        return wape(held_out.observed, np.maximum(made, 0.0))

    as_known, risen = missed(whole), {}
    orders = [random.permutation(len(whole)) for _ in range(SHUFFLES)]
    for kind in dict.fromkeys(kinds.values()):
        places = np.array([place for place, name in enumerate(NAMES) if kinds[name] == kind])
        found = []
        for order in orders:
            shuffled = whole.copy()
            shuffled[:, places] = whole[np.ix_(order, places)]
            found.append(missed(shuffled) - as_known)
        risen[kind] = float(np.mean(found))
    return risen
