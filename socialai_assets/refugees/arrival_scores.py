"""Scores of camps' population forecasts, from past forecasts beside what was reported. Makes no forecast."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from socialai_assets.methods.forecasting.growth import ANCHORS
from socialai_assets.methods.forecasting.scores import coverage, relative_bias, wape
from socialai_assets.refugees.arrival_contracts import ALL_CONFLICTS
from socialai_assets.refugees.arrival_models import NAIVE


def scores(past: pd.DataFrame) -> pd.DataFrame:
    """Scores of every model on the same past forecasts: the rows of `refugees.population_scores`."""
    scored = past[past["horizon"].isin(ANCHORS) & past["observed"].notna()]
    # A model that learned from the conflict's own first months has no forecast of those, and none is scored by them.
    place = ["camp_id", "origin_week", "horizon"]
    models = scored.groupby("conflict_id")["model"].transform("nunique")
    by_all = scored.groupby(place)["model"].transform("size") == models
    keys = ["conflict_id", "horizon", "model"]
    rows = [
        {**dict(zip(keys, key, strict=True)), "metric": metric, "value": value, "forecasts": len(part)}
        for key, part in scored[by_all].groupby(keys)
        for metric, value in _figures(part)
        if np.isfinite(value)
    ]
    frame = pd.DataFrame(rows, columns=[*keys, "metric", "value", "forecasts"])
    frame["is_synthetic"] = frame["conflict_id"].map(past.groupby("conflict_id")["is_synthetic"].any()).astype(bool)
    together = frame.groupby(["horizon", "model", "metric"], as_index=False).agg(
        value=("value", "mean"), forecasts=("forecasts", "sum"), is_synthetic=("is_synthetic", "any")
    )
    whole = pd.concat([frame, together.assign(conflict_id=ALL_CONFLICTS)], ignore_index=True)
    return whole.assign(is_baseline=whole["model"].isin(NAIVE))


def _figures(part: pd.DataFrame) -> Iterator[tuple[str, float]]:
    came, made = part["observed"].to_numpy(float), part["q500"].to_numpy(float)
    missed = np.abs(came - made)
    yield "mae", float(missed.mean())
    if came.sum() > 0:
        yield "wape", wape(came, made)
        yield "bias", relative_bias(came, made)
        weeks = pd.DataFrame({"week": part["week_start"].to_numpy(), "missed": missed, "people": came})
        summed = weeks.groupby("week")[["missed", "people"]].sum()
        summed = summed[summed["people"] > 0]
        yield "ard", float((summed["missed"] / summed["people"]).mean())
    scale = part["naive_error"].to_numpy(float)
    if np.isfinite(scale).any():
        yield "mase", float(missed[np.isfinite(scale)].sum() / np.nansum(scale))
    yield "coverage_80", coverage(came, part["q100"].to_numpy(float), part["q900"].to_numpy(float))
    yield "coverage_95", coverage(came, part["q025"].to_numpy(float), part["q975"].to_numpy(float))
