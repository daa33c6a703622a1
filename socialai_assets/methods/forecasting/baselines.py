"""Statistical forecasts of each series by itself, by statsforecast. Nothing that learns from several series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from socialai_assets.methods.forecasting.naive import last_value

MODELS = ("AutoETS", "AutoCES", "DynamicOptimizedTheta", "MSTL", "SES", "SBA", "TSB", "Croston")
"""Names of the models that `statistical_forecasts` knows."""


def _model(name: str, season: int) -> Any:
    from statsforecast import models

    made = {
        "AutoETS": lambda: models.AutoETS(season_length=1, model="ZZN", alias=name),
        "AutoCES": lambda: models.AutoCES(season_length=1, alias=name),
        "DynamicOptimizedTheta": lambda: models.DynamicOptimizedTheta(season_length=1, alias=name),
        "MSTL": lambda: models.MSTL(
            season_length=season, trend_forecaster=models.AutoETS(season_length=1, model="ZZN"), alias=name
        ),
        "SES": lambda: models.SimpleExponentialSmoothingOptimized(alias=name),
        "SBA": lambda: models.CrostonSBA(alias=name),
        "TSB": lambda: models.TSB(alpha_d=0.2, alpha_p=0.2, alias=name),
        "Croston": lambda: models.CrostonOptimized(alias=name),
    }
    if name not in made:
        raise ValueError(f"No statistical model is called {name}: there are {', '.join(MODELS)}.")
    return made[name]()


def statistical_forecasts(
    values: np.ndarray, horizon: int, season: int, names: Sequence[str], *, positive: bool = False, last: int = 600
) -> dict[str, np.ndarray]:
    """Forecasts of each series by each model.

    Args:
        values: (periods, series); what is not reported within a series is bridged by a straight line, since these
            models need every period.
        horizon: periods ahead.
        season: periods of a season; MSTL needs two whole ones and is AutoETS where there are fewer.
        names: which of `MODELS`.
        positive: whether to forecast the logarithms.
        last: how many last periods are looked at, for the time that long series take.

    Returns:
        (horizon, series) by model, not below 0; the last value for series of fewer than 8 reports.
    """
    from statsforecast import StatsForecast

    fallback = np.column_stack([last_value(values[:, column], horizon) for column in range(values.shape[1])])
    parts = []
    for column in range(values.shape[1]):
        series = pd.Series(values[-last:, column])
        if series.count() < 8:
            continue
        series = series.loc[series.first_valid_index() :].interpolate().reset_index(drop=True)
        y = np.log(series) if positive else series
        parts.append(pd.DataFrame({"unique_id": column, "ds": np.arange(len(y)), "y": y}))
    if not parts:
        return {name: fallback.copy() for name in names}
    frame = pd.concat(parts, ignore_index=True)
    size = frame.groupby("unique_id")["y"].transform("size")
    made: dict[str, np.ndarray] = {}
    for name in ["AutoETS", *(name for name in names if name != "AutoETS")]:
        if name == "AutoETS" and name not in names and "MSTL" not in names:
            continue
        usable = frame[size > 2 * season] if name == "MSTL" else frame
        made[name] = (made["AutoETS"] if name == "MSTL" else fallback).copy()
        if len(usable):
            forecast: Any = StatsForecast(models=[_model(name, season)], freq=1, n_jobs=1).forecast(
                df=usable, h=horizon
            )
            for column, steps in forecast.groupby("unique_id")[name]:
                steps = steps.to_numpy(np.float64)
                made[name][:, int(column)] = np.exp(steps) if positive else np.maximum(steps, 0.0)
    return {name: np.where(np.isfinite(made[name]), made[name], fallback) for name in names}
