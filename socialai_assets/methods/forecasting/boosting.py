"""One gradient-boosted model for all series and periods ahead (Montero-Manso and Hyndman 2021: global models)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from socialai_assets.methods.forecasting.windows import Windows


@dataclass(frozen=True)
class Boosting:
    """How the model is fitted.

    Args:
        rounds: number of trees.
        rate: learning rate.
        leaves: most leaves of a tree.
        rows: most rows (series, origin, periods ahead) it is fitted on, drawn at random.
        recent: only origins among the last so many periods; None for all.
        size_weight: 1 weighs rows by their scale, so that the sum of absolute errors in the series' unit is least;
            0 counts all series alike.
        drawn: rows are drawn again by their weights, not weighed: close to it, and several times as fast, since the
            learner bins weighted rows slowly.
        together: one model for all periods ahead; else one for each, better where there are few.
        seed: of drawing and fitting.
    """

    rounds: int = 120
    rate: float = 0.06
    leaves: int = 15
    rows: int = 60_000
    recent: int | None = None
    size_weight: float = 1.0
    drawn: bool = False
    together: bool = False
    seed: int = 0


def training_rows(
    windows: Windows, end: int, aheads: Sequence[int], rows: int, recent: int | None, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Covariates, targets and scales of windows whose target came before period ``end``.

    Args:
        windows: the panel's windows.
        end: first period that is not yet known.
        aheads: periods ahead.
        rows: most rows a period ahead, drawn at random.
        recent: only origins among the last so many periods before ``end``; None for all.
        seed: of drawing.

    Returns:
        (rows, covariates), (rows,) targets and (rows,) scales.
    """
    rng = np.random.default_rng(seed)
    first = max(windows.shape.lags, end - recent if recent else 0)
    parts = []
    for ahead in aheads:
        reported = np.isfinite(windows.values[first + ahead : end])
        usable = (
            reported & np.isfinite(windows.level[first : end - ahead]) & np.isfinite(windows.scale[first : end - ahead])
        )
        origins, series = np.nonzero(usable)
        if len(origins) > rows:
            drawn = np.sort(rng.choice(len(origins), rows, replace=False))
            origins, series = origins[drawn], series[drawn]
        origins = origins + first
        parts.append(
            (
                windows.covariates(origins, series, ahead),
                windows.targets(origins, series, ahead),
                windows.scale[origins, series],
            )
        )
    covariates, targets, scales = (np.concatenate(part) for part in zip(*parts, strict=True))
    return covariates, targets, scales


def fit(windows: Windows, end: int, horizon: int, how: Boosting) -> list[Any]:
    """Medians by gradient boosting on absolute errors, from what came before period ``end``.

    Returns:
        A model for each period ahead; the same one ``horizon`` times where they are fitted together.
    """
    if how.together:
        return [_fitted(windows, end, range(1, horizon + 1), how)] * horizon
    return [fit_one(windows, end, ahead, how) for ahead in range(1, horizon + 1)]


def fit_one(windows: Windows, end: int, ahead: int, how: Boosting) -> Any:
    """The model of one number of periods ahead, from what came before period ``end``."""
    return _fitted(windows, end, [ahead], how)


def _fitted(windows: Windows, end: int, aheads: Sequence[int], how: Boosting) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    covariates, targets, scales = training_rows(windows, end, aheads, how.rows // len(aheads), how.recent, how.seed)
    # Short panels have covariates nobody knows yet, such as two years before, and the learner refuses empty columns.
    covariates[:, np.isnan(covariates).all(axis=0)] = 0.0
    weights = how.size_weight * scales / scales.mean() + 1 - how.size_weight
    model = HistGradientBoostingRegressor(
        loss="absolute_error",
        max_iter=how.rounds,
        learning_rate=how.rate,
        max_leaf_nodes=how.leaves,
        min_samples_leaf=60,
        l2_regularization=1.0,
        max_features=0.4,
        early_stopping=False,
        random_state=how.seed,
    )
    if how.drawn:
        rng = np.random.default_rng(how.seed)
        rows = np.sort(rng.choice(len(weights), len(weights), p=weights / weights.sum()))
        return model.fit(covariates[rows], np.clip(targets[rows], -60, 60))
    # A few wild targets of tiny scale would only make the first trees coarse.
    return model.fit(covariates, np.clip(targets, -60, 60), sample_weight=weights)


def forecast(models: Sequence[Any], windows: Windows, origins: Sequence[int] | np.ndarray) -> np.ndarray:
    """Forecasts (origins, horizon, series) made at the end of some periods, in the series' unit.

    NaN where a series had not begun.
    """
    steps = [forecast_one(model, windows, origins, step + 1) for step, model in enumerate(models)]
    return np.stack(steps, axis=1)


def forecast_one(model: Any, windows: Windows, origins: Sequence[int] | np.ndarray, ahead: int) -> np.ndarray:
    """Forecasts (origins, series) of one number of periods ahead, as `forecast`."""
    size = windows.values.shape[1]
    rows, series = (part.ravel() for part in np.meshgrid(np.asarray(origins), np.arange(size), indexing="ij"))
    begun = np.isfinite(windows.level[rows, series]) & np.isfinite(windows.scale[rows, series])
    made = np.full(len(rows), np.nan)
    estimate = model.predict(windows.covariates(rows[begun], series[begun], ahead))
    made[begun] = windows.back(estimate, rows[begun], series[begun])
    return made.reshape(len(origins), size)
