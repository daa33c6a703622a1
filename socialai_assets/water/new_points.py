"""Risks with reasons for points of water systems that are in no table: what the service is asked. Trains nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from socialai_assets.water.point_risk_rows import told_rows
from socialai_assets.water.served_risk import ServedRisk

SHOWN = ("point_id", "risk", "lower", "upper", "risk_class", "is_withheld", "nearest_visits", "reason", "drivers")
BESIDE = 2000


@dataclass(frozen=True)
class PointScorer:
    """A served model with the points that ranks are made among.

    Attributes:
        served: the model in use.
        version: its version.
        points: `water.features`.
    """

    served: ServedRisk
    version: int
    points: pd.DataFrame

    def score(self, rows: pd.DataFrame) -> list[dict[str, Any]]:
        """Risk, 90 % interval and reason of each row, or why its risk is withheld.

        Args:
            rows: columns of `water.features`, of the component that the model is about, with a `point_id` of its own
                for each row; a known point's row goes before the one that is known.
        """
        others = self.points[~self.points["point_id"].isin(rows["point_id"])]
        everything = pd.concat([others, rows], ignore_index=True)
        asked = self.served.rows(everything)
        own = asked["point_id"].isin(rows["point_id"])
        beside = asked[~own]
        # What is typical is the mean of the points told beside: all, or so many evenly spaced ones.
        beside = beside.iloc[:: 1 + len(beside) // BESIDE]
        made = told_rows(self.served, self.version, pd.concat([beside, asked[own]], ignore_index=True))
        ordered = made.set_index("point_id").reindex(rows["point_id"]).reset_index()
        return [{str(name): value for name, value in row.items()} for row in ordered[list(SHOWN)].to_dict("records")]
