"""Camps' population as panels, one a conflict: which camps, which weeks, what was reported. Forecasts nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.methods.forecasting.levels import Levels

HORIZON = 12
"""Weeks ahead that are forecast."""


@dataclass(frozen=True)
class Conflict:
    """The weeks of one conflict, from its first report to its last.

    Args:
        conflict_id: code of the conflict.
        weeks: (weeks,) Mondays, none left out.
        camps: (camps,) codes.
        levels: people by week and camp.
        is_synthetic: (camps,) whether any report was made up by the sample generator.
    """

    conflict_id: str
    weeks: pd.DatetimeIndex
    camps: tuple[str, ...]
    levels: Levels
    is_synthetic: np.ndarray

    def until(self, weeks: int) -> Conflict:
        """The conflict as it was known after its first ``weeks`` weeks: camps that came later are not in it."""
        kept = np.asarray(self.levels.begun[:weeks].any(axis=0))
        known = Levels(self.levels.values[:weeks, kept], self.levels.reported[:weeks, kept])
        camps = tuple(self.camps[place] for place in np.flatnonzero(kept))
        return Conflict(self.conflict_id, self.weeks[:weeks], camps, known, self.is_synthetic[kept])


def conflicts(population: pd.DataFrame) -> list[Conflict]:
    """Panels from the rows of `refugees.camp_population`, by the conflicts' codes."""
    made = []
    for name, rows in population.groupby("conflict_id", sort=True):
        starts = pd.to_datetime(rows["week_start"])
        weeks = pd.date_range(starts.min(), starts.max(), freq="7D")
        rows = rows.assign(week=starts)
        people = rows.pivot(index="week", columns="camp_id", values="people").reindex(weeks)
        carried = rows.pivot(index="week", columns="camp_id", values="is_carried_forward").reindex(weeks)
        synthetic = rows.groupby("camp_id")["is_synthetic"].any().reindex(people.columns)
        values = people.to_numpy(float)
        reported = np.isfinite(values) & (carried.to_numpy(object) == False)  # noqa: E712
        camps = tuple(map(str, people.columns))
        made.append(Conflict(str(name), weeks, camps, Levels(values, reported), synthetic.to_numpy(bool)))
    return made
