"""Estimates with reasons for rows of features that are in no table: what the service is asked. Trains nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from socialai_assets.methods.explanation import Attribution, attribute, can_be_explained, design_of
from socialai_assets.poverty import reason_texts, reasons
from socialai_assets.poverty.served_model import ServedModel, blocked


@dataclass(frozen=True)
class DistrictScorer:
    """A served model with the districts that its reasons compare with.

    Attributes:
        served: the model in use.
        background: districts that stand for all; None where a baseline is served, which has no reasons to give.
        middles: (k,) mean of each covariate over all districts.
    """

    served: ServedModel
    background: pd.DataFrame | None
    middles: np.ndarray

    def score(self, rows: pd.DataFrame) -> list[dict[str, Any]]:
        """Estimate, 90 % interval and reasons of each row.

        Args:
            rows: columns of `poverty.district_features`, with an `area_id` of its own for each row.
        """
        features = blocked(rows)
        scored = self.served.predict(features).to_dict("records")
        told = self._reasons(features)
        return [
            {str(name): value for name, value in row.items()} | {"reasons": told.get(row["area_id"], [])}
            for row in scored
        ]

    def _reasons(self, features: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
        if self.background is None:
            return {}
        found: dict[str, list[dict[str, Any]]] = {}
        for rows, model in self.served.models_of(features):
            own = features[rows]
            table, _ = design_of(model, own)
            attribution: Attribution = attribute(model, table, design_of(model, self.background)[0])
            effects = reasons.driver_effects(table, attribution, own["area_id"].to_numpy(), self.middles)
            for row in effects.to_dict("records"):
                kept = {name: row[name] for name in ("driver", "covariate", "value", "effect")}
                words = {f"text_{language}": reason_texts.reason_text(row, language) for language in ("en", "es")}
                found.setdefault(row["area_id"], []).append({**kept, **words})
        return found


def district_scorer(served: ServedModel, districts: pd.DataFrame, estimates: pd.DataFrame) -> DistrictScorer:
    """A scorer.

    Args:
        served: the model in use.
        districts: `poverty.district_features`.
        estimates: `poverty.district_predictions`, which the districts compared with are chosen by.
    """
    if served.is_baseline or not can_be_explained(served.full):
        return DistrictScorer(served, None, np.zeros(0))
    known = blocked(districts).merge(estimates[["area_id", "estimate"]], on="area_id")
    background = reasons.background_of(known, known["estimate"].to_numpy(dtype=float))
    return DistrictScorer(served, background, np.nanmean(design_of(served.full, known)[0], axis=0))
