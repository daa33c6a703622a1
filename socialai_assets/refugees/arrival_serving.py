"""What is served of the models of camps' population, and how sure of it one can be, as past forecasts elsewhere tell.

Fits none of the models; knows no tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from socialai_assets.methods.forecasting.combination import best_weights, combine
from socialai_assets.methods.forecasting.growth import ANCHORS, NAMES
from socialai_assets.methods.forecasting.quantile_network import QUANTILES
from socialai_assets.methods.forecasting.relative_errors import around, error_quantiles, relative_errors
from socialai_assets.refugees.arrival_models import BOOSTING, ETS, LAST_VALUE, NAIVE, ROBUST_TREND, SPATIAL
from socialai_assets.refugees.arrival_series import HORIZON

COMBINED = (ROBUST_TREND, SPATIAL, BOOSTING, ETS)
"""Models that are combined."""
LEVELS = np.array(QUANTILES)
LEAST_ERRORS = 30
"""With fewer past forecasts nothing is chosen by them, and no interval rests on them."""
SPREAD_A_WEEK = 0.1
"""Standard deviation of a week's relative error that is assumed where no past forecast tells it; grows as a walk."""
SMALLEST_ERROR = 0.005
LEAST_PANELS = 3
WIDER = np.arange(1.0, 2.01, 0.05)
Described = tuple[np.ndarray, np.ndarray]
"""What the size of errors depends on (errors, columns), and the errors (errors,)."""


@dataclass(frozen=True)
class Evidence:
    """Past forecasts of one conflict that were made without what came.

    Args:
        points: (weeks, horizon, camps) by model; NaN where none was made.
        came: (weeks, horizon, camps) what came; NaN where it was not reported, or must not be looked at.
        covariates: (weeks, camps, covariates) named `growth.NAMES`.
    """

    points: Mapping[str, np.ndarray]
    came: np.ndarray
    covariates: np.ndarray

    def errors(self, points: np.ndarray) -> np.ndarray:
        """(weeks, horizon, camps) relative errors of forecasts."""
        return relative_errors(self.came, points)


@dataclass(frozen=True)
class Choice:
    """Models and weights that are served."""

    weights: Mapping[str, float]

    @property
    def is_baseline(self) -> bool:
        """Whether a naive forecast is served."""
        return set(self.weights) <= set(NAIVE)

    @property
    def text(self) -> str:
        """Models and weights for people to read, the heaviest first."""
        ordered = sorted(self.weights.items(), key=lambda pair: (-pair[1], pair[0]))
        return ", ".join(f"{name} {share:.0%}" for name, share in ordered)

    def points(self, points: Mapping[str, np.ndarray]) -> np.ndarray:
        """The weighted mean of forecasts by model."""
        return combine(points, self.weights)


def choose(evidence: Sequence[Evidence]) -> Choice:
    """Weights with the least WAPE over the last value's, mean over conflicts and `ANCHORS`; naive if that is not below.

    Only forecasts count that every model made, so that all are judged by the same.
    """
    names = (*NAIVE, *COMBINED)
    came, weight = [], []
    points: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for ahead in ANCHORS:
        part = []
        for one in evidence:
            if not set(names) <= set(one.points):
                continue
            made = {name: one.points[name][:, ahead - 1] for name in names}
            known = np.isfinite(one.came[:, ahead - 1]) & np.all([np.isfinite(m) for m in made.values()], axis=0)
            observed = one.came[:, ahead - 1][known]
            if observed.sum() > 0:
                part.append((observed, {name: m[known] for name, m in made.items()}))
        for observed, made in part:
            naive = np.mean([np.abs(o - m[LAST_VALUE]).sum() / o.sum() for o, m in part])
            came.append(observed)
            weight.append(np.full(len(observed), 1 / (observed.sum() * max(naive, 1e-6) * len(part))))
            for name in names:
                points[name].append(made[name])
    if sum(map(len, came)) < LEAST_ERRORS:
        return Choice({LAST_VALUE: 1.0})
    observed, counted = np.concatenate(came), np.concatenate(weight)

    def loss(forecast: np.ndarray) -> float:
        return float((counted * np.abs(observed - forecast)).sum())

    flat = {name: np.concatenate(parts) for name, parts in points.items()}
    naive = min(NAIVE, key=lambda name: loss(flat[name]))
    weights = best_weights({name: flat[name] for name in COMBINED}, loss)
    return Choice(weights if loss(combine(flat, weights)) < loss(flat[naive]) else {naive: 1.0})


@dataclass(frozen=True)
class Spread:
    """How far off forecasts were: a size that depends on what is known, and quantiles of errors in that size.

    Args:
        coefficients: of `_describing`, of the logarithm of the absolute relative error; None: sizes are assumed.
        quantiles: (levels, anchors) of relative errors over their size.
    """

    coefficients: np.ndarray | None
    quantiles: np.ndarray

    def around(self, points: np.ndarray, covariates: np.ndarray) -> np.ndarray:
        """(levels, weeks, horizon, camps) quantiles of forecasts (weeks, horizon, camps), no narrower further ahead."""
        aheads = np.arange(1, HORIZON + 1)
        wanted = np.array([np.interp(aheads, ANCHORS, row) for row in self.quantiles])[:, None, :, None]
        if self.coefficients is None:
            size = (SPREAD_A_WEEK * np.sqrt(aheads))[None, :, None] * np.ones_like(points)
        else:
            described = np.stack([_describing(covariates, ahead) for ahead in range(1, HORIZON + 1)], axis=1)
            size = _size(described, self.coefficients)
        errors = wanted * size
        lower = (LEVELS < 0.5)[:, None, None, None]
        errors = np.where(lower, np.minimum.accumulate(errors, axis=2), np.maximum.accumulate(errors, axis=2))
        return around(points, errors)


def spread(evidence: Sequence[Evidence], points: Sequence[np.ndarray]) -> Spread:
    """Sizes and quantiles of the errors of ``points``, one array for each conflict, all conflicts alike.

    With enough conflicts, quantiles are widened until those of the other conflicts hold what they say of each, on
    average: errors within a conflict are alike, so that the quantiles of a few are too narrow for a new one.
    """
    panels = []
    for one, made in zip(evidence, points, strict=True):
        errors = one.errors(made)
        found: list[Described] = []
        for ahead in ANCHORS:
            week, camp = np.nonzero(np.isfinite(errors[:, ahead - 1]))
            found.append((_describing(one.covariates[week, camp], ahead), errors[week, ahead - 1, camp]))
        if sum(len(error) for _, error in found):
            panels.append(found)
    whole = _fitted(panels)
    if whole is None:
        return _assumed()
    if len(panels) < LEAST_PANELS:
        return whole
    elsewhere = [(panel, _fitted([other for other in panels if other is not panel])) for panel in panels]
    wider = np.ones(len(LEVELS))
    for low in range(len(LEVELS) // 2):
        high, nominal = len(LEVELS) - 1 - low, LEVELS[len(LEVELS) - 1 - low] - LEVELS[low]
        held = [[_held(panel, by, low, high, by_how) for panel, by in elsewhere if by] for by_how in WIDER]
        enough = np.mean(held, axis=1) >= nominal
        wider[[low, high]] = WIDER[enough.argmax()] if enough.any() else WIDER[-1]
    return Spread(whole.coefficients, np.sort(whole.quantiles * wider[:, None], axis=0))


def _fitted(panels: Sequence[Sequence[Described]]) -> Spread | None:
    """Least squares for the sizes and pooled quantiles for each anchor; None where too few errors are known."""
    described = [part for panel in panels for part, _ in panel]
    sizes = [np.log(np.abs(error) + SMALLEST_ERROR) for panel in panels for _, error in panel]
    if sum(map(len, sizes)) < LEAST_ERRORS:
        return None
    counts = [np.full(len(error), 1 / sum(len(other) for _, other in panel)) for panel in panels for _, error in panel]
    design, weight = np.concatenate(described), np.concatenate(counts)
    square = (design * weight[:, None]).T @ design
    penalty = 1e-3 * np.trace(square) / len(square) * np.eye(len(square))
    coefficients = np.linalg.solve(square + penalty, (design * weight[:, None]).T @ np.concatenate(sizes))
    quantiles = np.zeros((len(LEVELS), len(ANCHORS)))
    for place in range(len(ANCHORS)):
        scaled = [error / _size(part, coefficients) for part, error in (panel[place] for panel in panels)]
        if sum(map(len, scaled)) < LEAST_ERRORS:
            return None
        quantiles[:, place] = error_quantiles(scaled, LEVELS)
    return Spread(coefficients, quantiles)


def _held(panel: Sequence[Described], by: Spread, low: int, high: int, wider: float) -> float:
    """Mean over anchors of the share of a conflict's errors within the quantiles of others, made wider."""
    assert by.coefficients is not None
    shares = []
    for place, (part, error) in enumerate(panel):
        if len(error):
            scaled = error / _size(part, by.coefficients) / wider
            shares.append(np.mean((by.quantiles[low, place] <= scaled) & (scaled <= by.quantiles[high, place])))
    return float(np.mean(shares))


def _size(described: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    return np.exp(np.clip(described @ coefficients, -7.0, 1.0))


def _describing(covariates: np.ndarray, ahead: int) -> np.ndarray:
    """(…, columns) what the size of an error depends on."""
    column = {name: covariates[..., place] for place, name in enumerate(NAMES)}
    return np.stack(
        [
            np.ones_like(column["level"]),
            np.full_like(column["level"], np.log(ahead)),
            np.log(ahead + column["since the last report"]),
            np.log(column["unrest"] + 0.002),
            np.log1p(column["since the first report"]),
            column["level"] - 9.0,
        ],
        axis=-1,
    )


def _assumed() -> Spread:
    from scipy.stats import norm

    return Spread(None, np.repeat(norm.ppf(LEVELS)[:, None], len(ANCHORS), axis=1))
