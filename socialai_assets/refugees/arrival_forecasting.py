"""Camps' population forecasts as tables: tried on past weeks, scored, made. Pure functions on frames, no Dagster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from socialai_assets.methods.forecasting import levels as naive
from socialai_assets.methods.forecasting.quantile_network import QUANTILES
from socialai_assets.methods.forecasting.relative_errors import around, error_quantiles, relative_errors
from socialai_assets.methods.forecasting.scores import coverage, relative_bias, wape
from socialai_assets.refugees.arrival_contracts import ALL_CONFLICTS
from socialai_assets.refugees.arrival_series import HORIZON, Conflict

COMBINATION, LAST_VALUE, DRIFT = "combination", "last_value", "drift"
NAIVE = (LAST_VALUE, DRIFT)
LEVELS = np.array(QUANTILES)
QUANTILE_COLUMNS = tuple(f"q{round(1000 * level):03d}" for level in QUANTILES)
SCORED = (1, 4, 8, 12)
"""Weeks ahead that are scored; of the others only the combination is kept."""
LEAST_ERRORS = 30
SPREAD_A_WEEK = 0.1
"""Standard deviation of a week's relative error that is assumed where no other forecast tells it; grows as a walk."""

Points = Mapping[str, np.ndarray]


def naive_points(conflict: Conflict) -> dict[str, np.ndarray]:
    """(weeks, horizon, camps) forecasts of each week by the naive models."""
    return {
        LAST_VALUE: naive.last_values(conflict.levels, HORIZON),
        DRIFT: naive.drifts(conflict.levels, HORIZON),
    }


def tried(conflicts: Sequence[Conflict]) -> pd.DataFrame:
    """Forecasts of past weeks by every model beside what came: the rows of `refugees.population_out_of_sample`."""
    points = {conflict.conflict_id: naive_points(conflict) for conflict in conflicts}
    parts = []
    for conflict in conflicts:
        others = [other for other in conflicts if other is not conflict]
        for name, point in points[conflict.conflict_id].items():
            spread = _spread(others, {other.conflict_id: points[other.conflict_id][name] for other in others})
            parts.append(_rows(conflict, name, around(point, spread[..., None])))
            if name == LAST_VALUE:
                parts.append(_rows(conflict, COMBINATION, around(point, spread[..., None])).assign(is_baseline=True))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def forecast(conflicts: Sequence[Conflict]) -> pd.DataFrame:
    """Forecasts from each conflict's last week: the rows of `refugees.population_forecasts`."""
    parts = []
    spread = _spread(conflicts, {one.conflict_id: naive_points(one)[LAST_VALUE] for one in conflicts})
    for conflict in conflicts:
        point = naive_points(conflict)[LAST_VALUE][-1:]
        rows = _rows(conflict, LAST_VALUE, around(point, spread[..., None]), [len(conflict.weeks) - 1])
        parts.append(rows.drop(columns=["observed", "naive_error"]).assign(weights=f"{LAST_VALUE} 100%"))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def scores(past: pd.DataFrame) -> pd.DataFrame:
    """Scores of every model on the same past forecasts: the rows of `refugees.population_scores`."""
    scored = past[past["horizon"].isin(SCORED) & past["observed"].notna()]
    keys = ["conflict_id", "horizon", "model"]
    rows = [
        {**dict(zip(keys, key, strict=True)), "metric": metric, "value": value, "forecasts": len(part)}
        for key, part in scored.groupby(keys)
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
    scaled = missed / part["naive_error"].to_numpy(float)
    if np.isfinite(scaled).any():
        yield "mase", float(np.nanmean(scaled))
    yield "coverage_80", coverage(came, part["q100"].to_numpy(float), part["q900"].to_numpy(float))
    yield "coverage_95", coverage(came, part["q025"].to_numpy(float), part["q975"].to_numpy(float))


def _spread(conflicts: Sequence[Conflict], points: Points) -> np.ndarray:
    """(levels, 1, horizon) quantiles of relative errors that a model made in some conflicts, by weeks ahead."""
    errors = [relative_errors(naive.outcomes(one.levels, HORIZON), points[one.conflict_id]) for one in conflicts]
    spread = np.empty((len(LEVELS), 1, HORIZON))
    for ahead in range(HORIZON):
        known = [panel[:, ahead].ravel() for panel in errors]
        if sum(int(np.isfinite(panel).sum()) for panel in known) >= LEAST_ERRORS:
            spread[:, 0, ahead] = error_quantiles(known, LEVELS)
        else:
            spread[:, 0, ahead] = _assumed(ahead + 1)
    # Few errors can make a later week look more certain than an earlier one, which it is not.
    lower = (LEVELS < 0.5)[:, None, None]
    return np.where(lower, np.minimum.accumulate(spread, axis=2), np.maximum.accumulate(spread, axis=2))


def _assumed(ahead: int) -> np.ndarray:
    from scipy.stats import norm

    return SPREAD_A_WEEK * np.sqrt(ahead) * norm.ppf(LEVELS)


def _rows(conflict: Conflict, model: str, quantiles: np.ndarray, origins: Sequence[int] | None = None) -> pd.DataFrame:
    """One row a forecast of a camp that had begun; of past origins only weeks that are known by now.

    Args:
        conflict: whose camps they are.
        model: name of the model.
        quantiles: (levels, origins, horizon, camps).
        origins: rows of the conflict's weeks, all of them by default.
    """
    size = len(conflict.weeks)
    kept = np.zeros(quantiles.shape[1:], bool)
    kept[:, [ahead - 1 for ahead in (range(1, HORIZON + 1) if model == COMBINATION or origins else SCORED)]] = True
    at = np.arange(size) if origins is None else np.asarray(origins)
    kept &= conflict.levels.begun[at][:, None, :]
    if origins is None:
        kept &= (at[:, None] + np.arange(1, HORIZON + 1) < size)[..., None]
    row, ahead, camp = np.nonzero(kept)
    week = pd.date_range(conflict.weeks[0], periods=size + HORIZON, freq="7D").date
    rows = pd.DataFrame(
        {
            "conflict_id": conflict.conflict_id,
            "camp_id": np.array(conflict.camps, object)[camp],
            "origin_week": week[at[row]],
            "week_start": week[at[row] + ahead + 1],
            "horizon": ahead + 1,
            "model": model,
        }
    )
    rows[list(QUANTILE_COLUMNS)] = quantiles[:, kept].T
    rows["observed"] = naive.outcomes(conflict.levels, HORIZON)[at[row], ahead, camp]
    rows["naive_error"] = naive.mean_steps(conflict.levels)[at[row], camp]
    rows["is_baseline"] = model in NAIVE
    return rows.assign(is_synthetic=conflict.is_synthetic[camp])
