"""How good forecasts are, by the definitions of the M4 competition and of the field. No models, no splits.

Arrays are observed and forecast values in the series' unit; missing values are an error of the caller, but for
``wape`` and the other pooled scores, where ``np.nan`` among the observed means no report and is left out.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def smape(observed: np.ndarray, forecast: np.ndarray) -> float:
    """Symmetric mean absolute percentage error of M4 (%): mean of 200 |y - f| / (|y| + |f|); 0 where both are 0.

    Source: Makridakis, Spiliotis and Assimakopoulos (2020), The M4 Competition, eq. 1.
    """
    observed, forecast = np.asarray(observed, float), np.asarray(forecast, float)
    size = np.abs(observed) + np.abs(forecast)
    error = np.abs(observed - forecast)
    return float(np.mean(np.divide(200.0 * error, size, out=np.zeros_like(error), where=size > 0)))


def naive_error(history: np.ndarray, season: int = 1) -> float:
    """Mean absolute difference of a history (n,) to the value one season before: the scale of MASE.

    Pairs with a missing value are left out; NaN where no pair is left.
    """
    history = np.asarray(history, float)
    if len(history) <= season:
        return float("nan")
    steps = np.abs(history[season:] - history[:-season])
    steps = steps[np.isfinite(steps)]
    return float(steps.mean()) if len(steps) else float("nan")


def mase_scale(history: np.ndarray, season: int) -> float:
    """The scale of MASE: the error of seasonal naive within a history (n,), of the last value where it is too short.

    Too short is one with fewer than a quarter of a season of reports that lie a season after another. NaN where
    neither tells anything: nothing was reported, or nothing ever changed.
    """
    history = np.asarray(history, float)
    pairs = np.isfinite(history[season:] - history[:-season]).sum() if len(history) > season else 0
    scale = naive_error(history, season if pairs >= max(1, season // 4) else 1)
    return scale if scale > 0 else float("nan")


def mase(observed: np.ndarray, forecast: np.ndarray, history: np.ndarray, season: int = 1) -> float:
    """Mean absolute scaled error: absolute error over that of the seasonal naive forecast within the history.

    NaN where the history is constant or shorter than a season. Source: Hyndman and Koehler (2006).
    """
    scale = naive_error(history, season)
    if not scale > 0:
        return float("nan")
    return float(np.mean(np.abs(np.asarray(observed, float) - np.asarray(forecast, float))) / scale)


def owa(smape_mean: float, mase_mean: float, naive2_smape: float, naive2_mase: float) -> float:
    """Overall weighted average of M4: mean of sMAPE and MASE, each over that of Naive2 (means over all series)."""
    return (smape_mean / naive2_smape + mase_mean / naive2_mase) / 2


def wape(observed: np.ndarray, forecast: np.ndarray) -> float:
    """Weighted absolute percentage error: sum of absolute errors over the sum of observed values (0.2 = 20 %)."""
    observed, forecast = _reported(observed, forecast)
    total = float(np.abs(observed).sum())
    return float(np.abs(observed - forecast).sum()) / total if total > 0 else float("nan")


def relative_bias(observed: np.ndarray, forecast: np.ndarray) -> float:
    """Sum of forecast minus observed over the sum of observed values: positive where forecasts are too high."""
    observed, forecast = _reported(observed, forecast)
    total = float(np.abs(observed).sum())
    return float((forecast - observed).sum()) / total if total > 0 else float("nan")


def pinball(observed: np.ndarray, forecast: np.ndarray, level: float) -> float:
    """Mean pinball (quantile) loss of forecasts of one quantile, in the series' unit.

    Args:
        observed: (n,) values, NaN where nothing was reported.
        forecast: (n,) quantile forecasts.
        level: which quantile, 0 to 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"A quantile's level lies between 0 and 1, got {level}.")
    observed, forecast = _reported(observed, forecast)
    short = observed - forecast
    return float(np.mean(np.maximum(level * short, (level - 1) * short)))


def coverage(observed: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> float:
    """Share of reported values within their interval, bounds included (0 to 1)."""
    observed = np.asarray(observed, float)
    kept = np.isfinite(observed)
    if not kept.any():
        return float("nan")
    inside = (np.asarray(lower, float) <= observed) & (observed <= np.asarray(upper, float))
    return float(inside[kept].mean())


def m4_scores(
    test: dict[str, np.ndarray], forecast: dict[str, np.ndarray], history: dict[str, np.ndarray], season: int
) -> pd.DataFrame:
    """sMAPE and MASE of every series as M4 counts them.

    Args:
        test: observed values (horizon,) by series.
        forecast: forecasts (horizon,) by series.
        history: training values (n,) by series.
        season: M4's frequency of the data set (weekly 1, monthly 12, …).

    Returns:
        ``unique_id, smape, mase``, one row a series; means over rows are M4's figures.
    """
    rows = [
        (name, smape(values, forecast[name]), mase(values, forecast[name], history[name], season))
        for name, values in test.items()
    ]
    return pd.DataFrame(rows, columns=["unique_id", "smape", "mase"])


def _reported(observed: np.ndarray, forecast: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    observed, forecast = np.asarray(observed, float), np.asarray(forecast, float)
    if observed.shape != forecast.shape:
        raise ValueError(f"Scores compare two arrays of one shape, got {observed.shape} and {forecast.shape}.")
    kept = np.isfinite(observed)
    if not kept.any():
        raise ValueError("No value was reported, so there is nothing to score.")
    if np.isnan(forecast[kept]).any():
        raise ValueError(f"{np.isnan(forecast[kept]).sum()} forecasts of reported values are missing.")
    return observed[kept], forecast[kept]
