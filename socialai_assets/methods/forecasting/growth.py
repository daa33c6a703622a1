"""What is known of a level's growth when it is forecast, as covariates for models of many panels. No models.

Relative changes throughout, so that camps of every size, and conflicts, can be learned from together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from socialai_assets.methods.forecasting.levels import Levels, outcomes
from socialai_assets.methods.forecasting.relative_errors import UNIT

ANCHORS = (1, 4, 8, 12)
"""Periods ahead that models are fitted for; what is between them is interpolated by `between_anchors`."""
LOOKBACKS = (4, 13, 26)
"""Periods over which growth is looked at."""
STEP_LIMITS = (-0.1, 0.2)
"""Growth a period between two reports is cut to these: beyond, a register was counted anew, or is wrong."""
KINDS = {
    "growth, 4": "growth of the last weeks",
    "growth, 13": "growth of the last weeks",
    "growth, 26": "growth of the last weeks",
    "last step": "growth between the last reports",
    "median of 3 steps": "growth between the last reports",
    "median of 5 steps": "growth between the last reports",
    "mean of steps": "growth between the last reports",
    "median of 3 changes": "growth between the last reports",
    "since the last report": "time since the last report",
    "since the first report": "age of the camp",
    "growth of the panel, 4": "growth of the whole conflict",
    "growth of the panel, 13": "growth of the whole conflict",
    "growth of the others, 8": "growth of the other camps",
    "share of young others": "new camps beside it",
    "to the highest so far": "fall since the most people",
    "share of the panel": "share in the conflict",
    "unrest": "unrest of the last weeks",
    "level": "people in the camp",
}
"""Covariates in order, and what each is about in words that need no statistics."""
NAMES = tuple(KINDS)
YOUNG = 13
"""Periods in which a series counts as young."""


@dataclass(frozen=True)
class Rows:
    """Forecasts to learn from: those of periods with a report.

    Args:
        covariates: (rows, covariates) known at the origin.
        ahead: (rows,) periods ahead.
        level: (rows,) last report at the origin.
        observed: (rows,) what came.
        panel: (rows,) number of the panel.
        period: (rows,) the period that is forecast.
    """

    covariates: np.ndarray
    ahead: np.ndarray
    level: np.ndarray
    observed: np.ndarray
    panel: np.ndarray
    period: np.ndarray

    @property
    def target(self) -> np.ndarray:
        """(rows,) what came less the level, over the level and `UNIT`."""
        return (self.observed - self.level) / (self.level + UNIT)

    @cached_property
    def weight(self) -> np.ndarray:
        """(rows,) level and `UNIT` over what came to the panel in all, at that many periods ahead.

        The weighted sum of absolute errors of the target is the sum of the panels' WAPE.
        """
        _, group = np.unique(np.column_stack([self.panel, self.ahead]), axis=0, return_inverse=True)
        total = np.bincount(group.ravel(), self.observed)
        return (self.level + UNIT) / np.maximum(total, UNIT)[group.ravel()]

    def until(self, period: int) -> Rows:
        """Those whose forecast period came before ``period``; weights too know of no other."""
        return self.at(self.period < period)

    def at(self, kept: np.ndarray) -> Rows:
        """Those of (rows,) that are marked."""
        return Rows(*(part[kept] for part in self._parts()))

    def _parts(self) -> tuple[np.ndarray, ...]:
        return self.covariates, self.ahead, self.level, self.observed, self.panel, self.period


def joined(parts: Sequence[Rows]) -> Rows:
    """Rows of several panels, one below the other and numbered anew."""
    numbered = [replace(part, panel=np.full(len(part.panel), number)) for number, part in enumerate(parts)]
    return Rows(*(np.concatenate(column) for column in zip(*(part._parts() for part in numbered), strict=True)))


def rows(levels: Levels, covariates: np.ndarray) -> Rows:
    """What can be learned from one panel at `ANCHORS` periods ahead; ``covariates`` are its `growth`."""
    came = outcomes(levels, max(ANCHORS))
    found = [np.nonzero(np.isfinite(came[:, ahead - 1]) & levels.begun) for ahead in ANCHORS]
    period = np.concatenate([periods for periods, _ in found])
    series = np.concatenate([columns for _, columns in found])
    ahead = np.repeat(ANCHORS, [len(periods) for periods, _ in found])
    return Rows(
        covariates[period, series],
        ahead,
        levels.values[period, series],
        came[period, ahead - 1, series],
        np.zeros(len(period), int),
        period + ahead,
    )


def between_anchors(growth_at_anchors: np.ndarray) -> np.ndarray:
    """(…, anchors, series) growth at `ANCHORS` as (…, 12, series), by straight lines that begin at 0."""
    knots = np.array([0, *ANCHORS])
    padded = np.concatenate([np.zeros_like(growth_at_anchors[..., :1, :]), growth_at_anchors], axis=-2)
    ahead = np.arange(1, knots[-1] + 1)
    right = np.searchsorted(knots, ahead)
    share = ((ahead - knots[right - 1]) / (knots[right] - knots[right - 1]))[:, None]
    return padded[..., right - 1, :] * (1 - share) + padded[..., right, :] * share


def points(levels: Levels, growth_at_anchors: np.ndarray) -> np.ndarray:
    """(periods, 12, series) levels from growth (periods, anchors, series), never below 0."""
    level = levels.values[:, None, :]
    return np.maximum(level + between_anchors(growth_at_anchors) * (level + UNIT), 0.0)


def growth(levels: Levels) -> np.ndarray:
    """(periods, series, covariates) named `NAMES`, known at the end of each period; NaN before a series begins."""
    values, size = levels.values, len(levels.values)
    periods = np.arange(size)[:, None]
    first = np.minimum(levels.first, size - 1)[None, :]
    total = np.nansum(values, axis=1, keepdims=True)
    made = {f"growth, {back}": _log_ratio(values, levels.before(back)) for back in LOOKBACKS}
    made |= _steps(levels)
    made["since the last report"] = np.minimum(periods - levels.last_report, 26)
    made["since the first report"] = np.minimum(periods - first, 104)
    for back in (4, 13):
        made[f"growth of the panel, {back}"] = _log_ratio(total, total[np.maximum(np.arange(size) - back, 0)])
    made["growth of the others, 8"] = _others_growth(levels, 8)
    young = np.where(levels.begun & (periods - first <= YOUNG), values, 0.0)
    made["share of young others"] = (young.sum(axis=1, keepdims=True) - young) / np.maximum(total, 1.0)
    made["to the highest so far"] = _log_ratio(values, np.fmax.accumulate(values, axis=0))
    made["share of the panel"] = values / np.maximum(total, 1.0)
    made["unrest"] = _mean_change(levels, 13)
    made["level"] = np.log(values + UNIT)
    return np.stack(
        [np.where(levels.begun, np.broadcast_to(made[name], values.shape), np.nan) for name in NAMES], axis=-1
    )


def _log_ratio(now: np.ndarray, before: np.ndarray) -> np.ndarray:
    return np.log((now + UNIT) / (before + UNIT))


def _steps(levels: Levels) -> dict[str, np.ndarray]:
    """(periods, series) growth a period between the last reports; 0 where there is one report only."""
    size, series = levels.values.shape
    names = ("last step", "median of 3 steps", "median of 5 steps", "mean of steps", "median of 3 changes")
    made = {name: np.full((size, series), np.nan) for name in names}
    for column in range(series):
        told = np.flatnonzero(levels.reported[:, column])
        if not len(told):
            continue
        values, apart = levels.values[told, column], np.diff(told)
        step = np.append(0.0, np.clip(_log_ratio(values[1:], values[:-1]) / apart, *STEP_LIMITS))
        change = np.append(0.0, np.diff(values) / apart)
        mean = np.zeros(len(told))
        for place in range(1, len(told)):
            # Half of it is of the last period, whether or not it had a report.
            mean[place] = mean[place - 1] + (1 - 0.5 ** apart[place - 1]) * (step[place] - mean[place - 1])
        found = {
            "last step": step,
            "median of 3 steps": _rolling_median(step, 3),
            "median of 5 steps": _rolling_median(step, 5),
            "mean of steps": mean,
            "median of 3 changes": np.clip(_rolling_median(change, 3) / (values + UNIT), *STEP_LIMITS),
        }
        place = np.searchsorted(told, np.arange(size), side="right") - 1
        known = place >= 0
        for name, steps in found.items():
            made[name][known, column] = steps[place[known]]
    return made


def _rolling_median(steps: np.ndarray, size: int) -> np.ndarray:
    # The first report has no step before it.
    return np.array([np.median(steps[max(1, at - size + 1) : at + 1]) if at else 0.0 for at in range(len(steps))])


def _mean_change(levels: Levels, back: int) -> np.ndarray:
    """Mean absolute log change a period over the last ``back`` periods, or since the series began."""
    whole = np.cumsum(np.nan_to_num(np.abs(_log_ratio(levels.values, levels.before(1)))), axis=0)
    earlier = np.vstack([np.zeros((back, whole.shape[1])), whole[:-back]])[: len(whole)]
    age = np.arange(len(whole))[:, None] - np.minimum(levels.first, len(whole) - 1)[None, :]
    return (whole - earlier) / np.clip(age, 1, back)


def _others_growth(levels: Levels, back: int) -> np.ndarray:
    """Growth of the sum of the other series that had begun ``back`` periods before; 0 where there are none."""
    values = levels.values
    earlier = values[np.maximum(np.arange(len(values)) - back, 0)]
    both = np.isfinite(values) & np.isfinite(earlier)
    now, then = np.where(both, values, 0.0), np.where(both, earlier, 0.0)
    return _log_ratio(now.sum(axis=1, keepdims=True) - now, then.sum(axis=1, keepdims=True) - then)
