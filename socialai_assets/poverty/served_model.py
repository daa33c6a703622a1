"""The served district model: fold models for areas with an official figure, one for the rest, intervals, files.

How candidates are compared is in training.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from resources.errors import ModelError
from socialai_assets.methods.area_model import AreaModel, fit_copies, load
from socialai_assets.methods.intervals import ConformalIntervals
from socialai_assets.poverty.training import PERCENT, interval_groups

DESCRIPTION = "served.json"
OUT_OF_SAMPLE = "out_of_sample.parquet"
FEATURES_AT_TRAINING = "features.parquet"
# Raised whenever an older folder would be read wrongly.
FORMAT = 1


@dataclass(frozen=True)
class ServedModel:
    """A fitted model ready to estimate any area.

    Attributes:
        algorithm: name of the model or baseline.
        is_baseline: whether it is a baseline, served because nothing beat it.
        full: fitted on all areas with an official figure.
        folds: fitted on all folds but one, by number of the fold left out.
        fold_of: fold of each area that was learned from.
        intervals: calibrated half-widths.
    """

    algorithm: str
    is_baseline: bool
    full: AreaModel
    folds: dict[int, AreaModel]
    fold_of: dict[str, int]
    intervals: ConformalIntervals

    def predict(self, features: pd.DataFrame) -> pd.DataFrame:
        """Estimates with 90 % intervals.

        Args:
            features: the table `district_features`, with a column `block`.

        Returns:
            `area_id, estimate, lower, upper, is_cross_fitted`; an area that was learned from is estimated by the
            model that had not seen its fold.
        """
        estimate = np.full(len(features), np.nan)
        for rows, model in self.models_of(features):
            estimate[rows] = model.predict(features[rows])
        lower, upper = self.intervals.bounds(
            estimate,
            difficulty=self.full.difficulty(estimate),
            groups=interval_groups(features),
            within=PERCENT,
        )
        return pd.DataFrame(
            {
                "area_id": features["area_id"].to_numpy(),
                "estimate": np.clip(estimate, *PERCENT),
                "lower": lower,
                "upper": upper,
                "is_cross_fitted": features["area_id"].isin(self.fold_of).to_numpy(),
            }
        )

    def models_of(self, features: pd.DataFrame) -> Iterator[tuple[np.ndarray, AreaModel]]:
        """Which rows, (n,), each model estimates: of an area learned from the one that had not seen its fold."""
        fold = features["area_id"].map(self.fold_of)
        for number, model in [(None, self.full), *self.folds.items()]:
            rows = (fold.isna() if number is None else fold == number).to_numpy()
            if rows.any():
                yield rows, model

    def save(self, folder: Path) -> None:
        """Write the model into a folder: `full/`, `folds/<n>/`, `served.json`; no file runs code when loaded."""
        self.full.save(folder / "full")
        for number, model in self.folds.items():
            model.save(folder / "folds" / str(number))
        description = {
            "format": FORMAT,
            "algorithm": self.algorithm,
            "is_baseline": self.is_baseline,
            "fold_of": self.fold_of,
            "intervals": asdict(self.intervals),
        }
        (folder / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def fit_served(
    name: str,
    model: AreaModel,
    is_baseline: bool,
    rows: pd.DataFrame,
    folds: np.ndarray,
    intervals: ConformalIntervals,
    *,
    without: Mapping[int, AreaModel] | None = None,
    processes: int = 1,
) -> ServedModel:
    """Fit a model on all areas, and once for each fold without it unless that has been done.

    Args:
        name: the algorithm.
        model: unfitted.
        is_baseline: whether it is a baseline.
        rows: what it learns from, with `poverty_rate_pct`.
        folds: (n,) fold of each row.
        intervals: calibrated on out-of-fold errors.
        without: copies fitted without each fold, where there are such already.
        processes: models fitted at a time.
    """
    observed = rows["poverty_rate_pct"].to_numpy(dtype=float)
    numbers = [] if without else [int(number) for number in np.unique(folds)]
    learned_from = [np.full(len(rows), True), *(folds != number for number in numbers)]
    full, *fitted = fit_copies(model, rows, observed, learned_from, processes=processes)
    return ServedModel(
        algorithm=name,
        is_baseline=is_baseline,
        full=full,
        folds=dict(without or zip(numbers, fitted, strict=True)),
        fold_of=dict(zip(rows["area_id"], folds.tolist(), strict=True)),
        intervals=intervals,
    )


def blocked(features: pd.DataFrame) -> pd.DataFrame:
    """Features with a block for every area: its admin2 area, or the admin1 area where it has none."""
    return features.assign(admin2_id=features["admin2_id"].fillna(features["admin1_id"]))


def load_served(folder: Path) -> ServedModel:
    """Read back what `ServedModel.save` wrote.

    Raises:
        ModelError: another version of the platform wrote it in another form.
    """
    description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    if description.get("format") != FORMAT:
        raise ModelError(
            f"The model was saved in format {description.get('format')}, and this version reads format {FORMAT}",
            where=str(folder),
            do="Train again: `socialai run --select poverty/model_scores`.",
        )
    folds = sorted((folder / "folds").iterdir(), key=lambda path: int(path.name))
    return ServedModel(
        algorithm=description["algorithm"],
        is_baseline=description["is_baseline"],
        full=load(folder / "full"),
        folds={int(path.name): load(path) for path in folds},
        fold_of=description["fold_of"],
        intervals=ConformalIntervals(**description["intervals"]),
    )
