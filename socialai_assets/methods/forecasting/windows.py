"""What a forecast of one period of one series may know when it is made, as covariates for global models. No models.

Covariates and targets are differences to the series' present level, over its present scale, so that series of every
size can be learned from together.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from socialai_assets.methods.forecasting.panel import rolling_mean, shifted

MOVED_BY = (4, 13)
"""Periods whose mean tells the level that seasons of other years are moved to; `WindowShape.means` must hold them."""


@dataclass(frozen=True)
class WindowShape:
    """How far windows look back.

    Args:
        season: periods of a year.
        lags: number of last values that are covariates.
        means: over how many last periods means are taken.
        years: number of years back whose same season is looked at.
        positive: whether series are positive, multiplicative and long: their logarithms are used, the level is the
            last value and the scale the mean absolute step. Else, for counts with zeros and gaps, the level is the
            mean of the last ``level_periods`` and the scale that mean plus one.
        level_periods: see above.
    """

    season: int
    lags: int = 9
    means: tuple[int, ...] = (2, 3, 4, 8, 13, 26, 52)
    years: int = 4
    positive: bool = False
    level_periods: int = 6


@dataclass
class Windows:
    """Covariates of a panel's series, computed once and looked up by origin, series and periods ahead.

    Args:
        values: (periods, series), NaN where nothing was reported.
        shape: how far windows look back.
        groups: labels (series,) of groups whose totals are covariates, by name, such as provinces.
        time_of_year: (periods + horizon,) share of the year that has passed when each period begins, or None.
        static: covariates (series,) of a series that do not change, by name.
        known: covariates (periods + horizon, series) known beforehand, such as holidays, by name.
    """

    values: np.ndarray
    shape: WindowShape
    groups: dict[str, np.ndarray] = field(default_factory=dict)
    time_of_year: np.ndarray | None = None
    static: dict[str, np.ndarray] = field(default_factory=dict)
    known: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = self.shape
        self.y = np.log(self.values) if shape.positive else self.values
        if shape.positive:
            self.level = pd.DataFrame(self.y).ffill().to_numpy()
            steps = np.abs(self.y - shifted(self.y, 1))
            self.scale = rolling_mean(steps, shape.season) + 1e-3
            self.unrest = rolling_mean(steps, max(4, shape.season // 4)) / self.scale
        else:
            self.level = pd.DataFrame(rolling_mean(self.y, shape.level_periods)).ffill().to_numpy()
            self.scale = self.level + 1.0
            deviation = pd.DataFrame(self.y).rolling(13, min_periods=2).std().to_numpy()
            self.unrest = deviation / self.scale
        self._means = {periods: rolling_mean(self.y, periods) for periods in shape.means}
        self._smooth = shifted(rolling_mean(self.y, 5), -2)
        self._missing = rolling_mean(np.isnan(self.values).astype(float), 13)
        self._zero = rolling_mean(np.where(np.isnan(self.values), np.nan, self.values == 0), 26)
        self._totals = {name: self._group_totals(labels) for name, labels in self.groups.items()}

    @property
    def kinds(self) -> list[str]:
        """What each covariate tells, in order: several say much the same."""
        shape = self.shape
        recent = ["recent demand"] * (shape.lags + len(shape.means)) + ["size and unrest"] * 2
        recent += ["gaps in reports", "recent demand", "gaps in reports"]
        recent += [f"demand of the {name}" for name in self.groups for _ in range(4)] + list(self.static)
        ahead = ["periods ahead"] + ["same season of other years"] * (3 * shape.years + 2 * len(MOVED_BY) + 1)
        ahead += [f"demand of the {name}" for name in self.groups]
        ahead += ["time of year"] * (2 if self.time_of_year is not None else 0)
        return recent + ahead + list(self.known)

    def covariates(self, origins: np.ndarray, series: np.ndarray, ahead: int) -> np.ndarray:
        """(rows, covariates) of forecasts of series made at the end of periods ``origins``, ``ahead`` periods ahead."""
        with np.errstate(all="ignore"):
            return np.column_stack([*self._recent(origins, series), *self._ahead(origins, series, ahead)])

    def targets(self, origins: np.ndarray, series: np.ndarray, ahead: int) -> np.ndarray:
        """(rows,) what came, as difference to the level over the scale; NaN where not reported or not yet there."""
        return (_at(self.y, origins + ahead, series) - self.level[origins, series]) / self.scale[origins, series]

    def back(self, estimate: np.ndarray, origins: np.ndarray, series: np.ndarray) -> np.ndarray:
        """Estimates of targets in the series' own unit, never negative."""
        made = self.level[origins, series] + estimate * self.scale[origins, series]
        return np.exp(made) if self.shape.positive else np.maximum(made, 0.0)

    def _recent(self, origins: np.ndarray, series: np.ndarray) -> list[np.ndarray]:
        level, scale = self.level[origins, series], self.scale[origins, series]
        columns = [(_at(self.y, origins - lag, series) - level) / scale for lag in range(self.shape.lags)]
        columns += [(mean[origins, series] - level) / scale for mean in self._means.values()]
        known = np.cumsum(np.isfinite(self.values), axis=0)
        columns += [
            np.log(np.maximum(scale, 1e-9)),
            self.unrest[origins, series],
            self._missing[origins, series],
            self._zero[origins, series],
            np.minimum(known[origins, series], 10 * self.shape.season).astype(float),
        ]
        for total in self._totals.values():
            quarter = total[13]
            columns += [
                total[1][origins, series] / quarter[origins, series],
                total[4][origins, series] / quarter[origins, series],
                _at(quarter, origins - 4, series) / quarter[origins, series],
                quarter[origins, series] / total[52][origins, series],
            ]
        return [*columns, *(values[series].astype(float) for values in self.static.values())]

    def _ahead(self, origins: np.ndarray, series: np.ndarray, ahead: int) -> list[np.ndarray]:
        shape = self.shape
        columns, smooth = [np.full(len(origins), float(ahead))], []
        for year in range(1, shape.years + 1):
            then = origins - year * shape.season
            level, scale = _at(self.level, then, series), _at(self.scale, then, series)
            if shape.positive:
                scale = self.scale[origins, series]
            # Nothing of the smoothed season may come from after the origin.
            around = np.where(then + ahead + 2 <= origins, _at(self._smooth, then + ahead, series), np.nan)
            smooth.append((around - level) / scale)
            growth = (level - self.level[origins, series]) / self.scale[origins, series]
            columns += [(_at(self.y, then + ahead, series) - level) / scale, smooth[-1], growth]
        columns += self._moved_seasons(origins, series, ahead)
        stacked = np.column_stack(smooth)
        seen = np.isfinite(stacked).sum(axis=1)
        columns.append(np.where(seen > 0, np.nansum(stacked, axis=1) / np.maximum(seen, 1), np.nan))
        for total in self._totals.values():
            then = origins - shape.season
            columns.append(_at(total[4], then + ahead, series) / _at(total[13], then, series))
        if self.time_of_year is not None:
            turn = 2 * np.pi * self.time_of_year[origins + ahead]
            columns += [np.sin(turn), np.cos(turn)]
        return [*columns, *(_at(values, origins + ahead, series) for values in self.known.values())]

    def _moved_seasons(self, origins: np.ndarray, series: np.ndarray, ahead: int) -> list[np.ndarray]:
        """The same season one and two years before, moved to the level of the last month and of the last quarter."""
        level, scale = self.level[origins, series], self.scale[origins, series]
        columns = []
        for mean in (self._means[periods] for periods in MOVED_BY):
            years = []
            for year in (1, 2):
                then = origins - year * self.shape.season
                now, before = mean[origins, series], _at(mean, then, series)
                if self.shape.positive:
                    made = _at(self.y, then + ahead, series) - before + now
                else:
                    around = np.where(then + ahead + 2 <= origins, _at(self._smooth, then + ahead, series), np.nan)
                    made = (around + 1) / (before + 1) * (now + 1) - 1
                years.append((made - level) / scale)
            columns += [years[0], (years[0] + years[1]) / 2]
        return columns

    def _group_totals(self, labels: np.ndarray) -> dict[int, np.ndarray]:
        # Where a member did not report, its level stands in, so that a missing report is not a fall of the total.
        whole = np.nan_to_num(np.where(np.isnan(self.values), self.level, self.values))
        total = np.empty_like(whole)
        for label in np.unique(labels):
            total[:, labels == label] = whole[:, labels == label].sum(axis=1, keepdims=True)
        return {periods: rolling_mean(total, periods) + 1.0 for periods in (1, 4, 13, 52)}


def _at(matrix: np.ndarray, periods: np.ndarray, series: np.ndarray) -> np.ndarray:
    inside = (periods >= 0) & (periods < len(matrix))
    return np.where(inside, matrix[np.clip(periods, 0, len(matrix) - 1), series], np.nan)
