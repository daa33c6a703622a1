"""The models of camps' population, fitted on some conflicts and used on another. What is served is chosen elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import pandas as pd

from socialai_assets.methods.forecasting import competition, damped_trend, growth, growth_models
from socialai_assets.methods.forecasting.levels import drifts, last_values, outcomes
from socialai_assets.refugees.arrival_roads import free_room, road_km
from socialai_assets.refugees.arrival_series import HORIZON, Conflict

LAST_VALUE, DRIFT = "last_value", "drift"
NAIVE = (LAST_VALUE, DRIFT)
ETS, ROBUST_TREND, BOOSTING, NETWORK, SPATIAL = "ets", "robust_trend", "boosting", "network", "spatial"
LEARNED = (ROBUST_TREND, BOOSTING, NETWORK, SPATIAL, ETS)
LEAST_ROWS = 60
"""With fewer past forecasts to learn from, there are naive forecasts only."""

One = TypeVar("One")


@dataclass(frozen=True, eq=False)
class Panel:
    """A conflict with what models look at, made once.

    Args:
        conflict: its camps and weeks.
        km: (weeks, camps) distance by open roads to the nearest conflict zone.
        room: (weeks, camps) share of the capacity that is free.
    """

    conflict: Conflict
    km: np.ndarray
    room: np.ndarray

    @cached_property
    def covariates(self) -> np.ndarray:
        """(weeks, camps, covariates) named `growth.NAMES`."""
        return growth.growth(self.conflict.levels)

    @cached_property
    def rows(self) -> growth.Rows:
        """Past forecasts to learn from."""
        return growth.rows(self.conflict.levels, self.covariates)

    @cached_property
    def came(self) -> np.ndarray:
        """(weeks, horizon, camps) what was reported; NaN without a report."""
        return outcomes(self.conflict.levels, HORIZON)

    @cached_property
    def naive(self) -> dict[str, np.ndarray]:
        """(weeks, horizon, camps) of the naive models."""
        return {LAST_VALUE: last_values(self.conflict.levels, HORIZON), DRIFT: drifts(self.conflict.levels, HORIZON)}

    def ets(self, how: damped_trend.Smoothing) -> np.ndarray:
        """(weeks, horizon, camps) of ETS(A,Ad,N) with some parameters."""
        return damped_trend.damped_trends(self.conflict.levels, HORIZON, how)

    def spatial(self, how: competition.Competition) -> np.ndarray:
        """(weeks, horizon, camps) of camps that compete for arrivals, with some parameters."""
        levels = self.conflict.levels
        change = self.covariates[..., growth.NAMES.index("median of 3 changes")] * (levels.values + growth.UNIT)
        return competition.competing(levels, change, self.km, self.room, HORIZON, how)

    def losses(self, week: int) -> dict[object, float]:
        """Mean WAPE of each candidate's parameters over `growth.ANCHORS`, of weeks before ``week``."""
        if week not in self._losses:
            made: dict[object, float] = {}
            for how in damped_trend.CANDIDATES:
                made[how] = self._loss(self.ets(how), week)
            for how in competition.CANDIDATES:
                made[how] = self._loss(self.spatial(how), week)
            self._losses[week] = made
        return self._losses[week]

    @cached_property
    def _losses(self) -> dict[int, dict[object, float]]:
        return {}

    def _loss(self, points: np.ndarray, week: int) -> float:
        target = np.arange(len(points))[:, None, None] + np.arange(1, HORIZON + 1)[None, :, None]
        came = np.where(target < week, self.came, np.nan)
        found = []
        for ahead in growth.ANCHORS:
            observed, made = came[:, ahead - 1], points[:, ahead - 1]
            total = np.nansum(observed)
            if total > 0:
                found.append(np.nansum(np.abs(observed - made)) / total)
        return float(np.mean(found)) if found else np.nan


def panels(
    conflicts: Sequence[Conflict],
    camps: pd.DataFrame,
    links: pd.DataFrame,
    closures: pd.DataFrame,
    locations: pd.DataFrame,
) -> list[Panel]:
    """Each conflict with its roads and what room its camps have; rows of the tables of these names."""
    return [Panel(one, road_km(one, links, closures, locations), free_room(one, camps)) for one in conflicts]


@dataclass(frozen=True)
class Models:
    """Models that have been fitted.

    Args:
        growth: models of relative growth by name.
        smoothing: parameters of ETS.
        competition: parameters of the spatial model.
    """

    growth: Mapping[str, growth_models.RobustTrend | growth_models.BoostedGrowth | growth_models.NetworkGrowth]
    smoothing: damped_trend.Smoothing
    competition: competition.Competition

    def points(self, panel: Panel) -> dict[str, np.ndarray]:
        """(weeks, horizon, camps) forecasts by each model, naive ones among them."""
        levels = panel.conflict.levels
        made = {name: growth.points(levels, one.growth(panel.covariates)) for name, one in self.growth.items()}
        return {
            **panel.naive,
            **made,
            ETS: panel.ets(self.smoothing),
            SPATIAL: panel.spatial(self.competition),
        }


def fitted(known: Sequence[tuple[Panel, int]], *, names: Sequence[str] = LEARNED, seed: int = 0) -> Models | None:
    """Fit the models on forecasts of past weeks; None where too few are known.

    Args:
        known: panels, each with the first of its weeks that is not known.
        names: which of `LEARNED`; ETS and the spatial model are always there.
        seed: of all that is drawn.
    """
    parts = [panel.rows.until(week) for panel, week in known]
    parts = [part for part in parts if len(part.target)]
    if sum(len(part.target) for part in parts) < LEAST_ROWS:
        return None
    rows = growth.joined(parts)
    made: dict[str, growth_models.RobustTrend | growth_models.BoostedGrowth | growth_models.NetworkGrowth] = {}
    if ROBUST_TREND in names:
        made[ROBUST_TREND] = growth_models.robust_trend(rows)
    if BOOSTING in names:
        made[BOOSTING] = growth_models.boosted_growth(rows, seed=seed)
    if NETWORK in names:
        made[NETWORK] = growth_models.network_growth(rows, seed=seed)
    losses = [panel.losses(week) for panel, week in known]
    return Models(made, _least(damped_trend.CANDIDATES, losses), _least(competition.CANDIDATES, losses))


def _least(candidates: Sequence[One], losses: Sequence[Mapping[object, float]]) -> One:
    means = [np.nanmean([loss[candidate] for loss in losses]) for candidate in candidates]
    return candidates[int(np.nanargmin(means))]
