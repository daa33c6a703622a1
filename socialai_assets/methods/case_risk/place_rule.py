"""The rule that a model of persons must beat: whoever is at the place worst off comes first. Learns next to nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from socialai_assets.methods.area_model import AreaModel
from socialai_assets.methods.case_risk.learners import Probabilities, outcomes


@dataclass
class WorstPlaceFirst(Probabilities, AreaModel):
    """Ranks by one column of the place, the highest first; all of a place are equal.

    Attributes:
        column: of the place, such as its poverty; where it is missing the median of the rows learned from stands.
    """

    column: str = ""

    def fit(self, X: pd.DataFrame, y: Iterable[float]) -> Self:
        """Learn how the column is spread, and the rate of the outcome."""
        values = outcomes(y, len(X))
        numbers = X[self.column].to_numpy(dtype=np.float64, na_value=np.nan)
        known = numbers[~np.isnan(numbers)]
        low, middle, high = np.quantile(known, (0, 0.5, 1)).tolist() if len(known) else (0.0, 0.0, 0.0)
        self.learned_ = {"rate": float(values.mean()), "low": low, "middle": middle, "high": high}
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """(n,) twice the rate at the worst place, 0 at the best, in between by the column."""
        self.require_fitted()
        numbers = X[self.column].to_numpy(dtype=np.float64, na_value=np.nan)
        placed = np.where(np.isnan(numbers), self.learned_["middle"], numbers) - self.learned_["low"]
        span = (self.learned_["high"] - self.learned_["low"]) or 1.0
        return np.clip(2 * self.learned_["rate"] * placed / span, 0.0, 1.0)
