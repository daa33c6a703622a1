"""Scores of past demand forecasts by model, item, level and periods ahead: one pure function. Makes no forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.methods.forecasting.conformal import LEVELS
from socialai_assets.methods.forecasting.rolling import BASELINES

QUANTILES = tuple(f"q{round(level * 1000):03d}" for level in LEVELS)
GROUP = ["model", "item_id", "period", "leaf_level", "level"]


def forecast_scores(past: pd.DataFrame) -> pd.DataFrame:
    """Figures of `aid.forecast_out_of_sample` over its scored origins.

    Args:
        past: that table.

    Returns:
        The columns of `aid.forecast_scores`. Metrics that nothing can be said about, such as the coverage of a model
        without intervals, have no row.
    """
    rows = past[past["is_scored"]]
    off = rows["estimate"] - rows["observed"]
    limits = rows[list(QUANTILES)].to_numpy(float)
    short = rows["observed"].to_numpy(float)[:, None] - limits
    levels = np.array(LEVELS)
    known = np.isfinite(limits).all(axis=1)
    measured = rows[[*GROUP, "horizon", "observed", "is_synthetic"]].assign(
        error=off.abs(),
        off=off,
        mase=(off.abs() / rows["naive_error"]).where(rows["naive_error"] > 0),
        pinball=np.maximum(levels * short, (levels - 1) * short).mean(axis=1),
        coverage_80=np.where(known, rows["observed"].between(rows["q100"], rows["q900"]), np.nan),
        coverage_95=np.where(known, rows["observed"].between(rows["q025"], rows["q975"]), np.nan),
    )
    measured = pd.concat([measured, measured.assign(horizon=0)], ignore_index=True)
    by = measured.groupby([*GROUP, "horizon"], sort=True)
    total = by["observed"].sum()
    figures = by[["mase", "pinball", "coverage_80", "coverage_95"]].mean()
    figures["wape"] = (by["error"].sum() / total).where(total > 0)
    figures["bias"] = (by["off"].sum() / total).where(total > 0)
    long = figures.melt(ignore_index=False, var_name="metric", value_name="value").dropna().reset_index()
    about = by.agg(forecasts=("observed", "size"), is_synthetic=("is_synthetic", "any")).reset_index()
    return long.merge(about, on=[*GROUP, "horizon"]).assign(is_baseline=lambda frame: frame["model"].isin(BASELINES))
