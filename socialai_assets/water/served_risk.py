"""A served risk model of one target: fold models for visited systems, one for the rest, calibration, files.

How models are compared and chosen is in risk_training.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from resources.errors import ModelError
from socialai_assets.methods import failure_probability as probability
from socialai_assets.methods.area_model import AreaModel, fit_copies, load
from socialai_assets.methods.scores import Improvement
from socialai_assets.water.risk_rows import column_names, estimable, nearest_visits, with_columns
from socialai_assets.water.risk_training import LEVEL, SPLIT_OF, Evaluation, Served, classes_of, learners

DESCRIPTION = "risk.json"
VISITED = "visited.parquet"
OUT_OF_SAMPLE = "out_of_sample.parquet"
FORMAT = 1
_OF_VISITED = ["point_id", "system_id", "area_id", "admin2_id", "admin1_id"]


@dataclass(frozen=True)
class ServedRisk:
    """Fitted models of one target, by how near other visits are.

    Attributes:
        target: what is feared.
        columns: columns the models read.
        visited: systems and areas learned from.
        served: what is served, by `NEAREST`.
        full: fitted on all visits; none where withheld.
        folds: fitted without each fold.
        fold_of: fold of each visited system.
    """

    target: str
    columns: tuple[str, ...]
    visited: pd.DataFrame
    served: Mapping[str, Served]
    full: Mapping[str, AreaModel]
    folds: Mapping[str, Mapping[int, AreaModel]]
    fold_of: Mapping[str, Mapping[str, int]]

    def rows(self, features: pd.DataFrame) -> pd.DataFrame:
        """The points the target is about, with the columns models read and `nearest_visits`."""
        rows = with_columns(estimable(features, self.target), self.columns)
        return rows.assign(nearest_visits=nearest_visits(rows, self.visited))

    def parts(self, rows: pd.DataFrame) -> list[tuple[str, np.ndarray, AreaModel]]:
        """How near, which rows, (n,), and the model that estimates them: of a visited system one that never saw it."""
        found = []
        for nearest, full in self.full.items():
            fold = rows["system_id"].map(self.fold_of[nearest])
            here = rows["nearest_visits"].eq(nearest).to_numpy(bool)
            for number, model in [(None, full), *self.folds[nearest].items()]:
                chosen = here & (fold.isna() if number is None else fold.eq(number)).to_numpy(bool)
                if chosen.any():
                    found.append((nearest, chosen, model))
        return found

    def estimate(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Risks with intervals and classes.

        Args:
            rows: `rows`.

        Returns:
            `point_id, nearest_visits, model, is_withheld, risk, lower, upper, risk_class`; no figures where withheld.
        """
        made = rows[["point_id", "nearest_visits"]].reset_index(drop=True)
        made["model"] = made["nearest_visits"].map({nearest: one.name for nearest, one in self.served.items()})
        made[["risk", "lower", "upper"]], made["risk_class"] = np.nan, None
        for nearest, chosen, model in self.parts(rows):
            how = self.served[nearest]
            risk = how.calibration(np.clip(model.predict(rows[chosen]), 0, 1))
            lower, upper = probability.rate_interval(risk, how.correlation["area_id"], level=LEVEL)
            made.loc[chosen, "risk"], made.loc[chosen, "lower"], made.loc[chosen, "upper"] = risk, lower, upper
            made.loc[chosen, "risk_class"] = classes_of(risk, how.rate)
        return made.assign(is_withheld=made["risk"].isna())

    def save(self, folder: Path) -> None:
        """Write `risk.json`, `visited.parquet` and, of what is served, `<nearest>/full` and `<nearest>/folds/n`."""
        for nearest, model in self.full.items():
            model.save(folder / nearest / "full")
            for number, copy in self.folds[nearest].items():
                copy.save(folder / nearest / "folds" / str(number))
        self.visited.to_parquet(folder / VISITED, index=False)
        description = {
            "format": FORMAT,
            "target": self.target,
            "columns": self.columns,
            "served": {nearest: asdict(one) for nearest, one in self.served.items()},
            "fold_of": self.fold_of,
        }
        (folder / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def fit_served(target: str, rows: pd.DataFrame, evaluation: Evaluation, *, seed: int = 0) -> ServedRisk:
    """Fit what is served on all visits, and once without each fold.

    Args:
        target: what is feared.
        rows: `risk_rows.visited_rows`.
        evaluation: of the same rows.
        seed: as in the evaluation.
    """
    columns = column_names(rows, of_places=True)
    table, observed = with_columns(rows, columns), rows["failed"].to_numpy(float)
    full: dict[str, AreaModel] = {}
    copies: dict[str, dict[int, AreaModel]] = {}
    fold_of: dict[str, dict[str, int]] = {}
    for nearest, how in evaluation.served.items():
        if how.is_withheld:
            continue
        split = SPLIT_OF[nearest]
        folds = evaluation.folds[split]
        numbers = [int(number) for number in np.unique(folds)]
        parts = [np.full(len(rows), True), *(folds != number for number in numbers)]
        full[nearest], *fitted = fit_copies(learners(rows, split, seed=seed)[how.name], table, observed, parts)
        copies[nearest] = dict(zip(numbers, fitted, strict=True))
        fold_of[nearest] = dict(zip(rows["system_id"], folds.tolist(), strict=True))
    return ServedRisk(
        target, columns, rows[_OF_VISITED].drop_duplicates(), dict(evaluation.served), full, copies, fold_of
    )


def load_served(folder: Path) -> ServedRisk:
    """Read back what `ServedRisk.save` wrote.

    Raises:
        ModelError: another version of the platform wrote it in another form.
    """
    description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    if description.get("format") != FORMAT:
        raise ModelError(
            f"The model was saved in format {description.get('format')}, and this version reads format {FORMAT}",
            where=str(folder),
            do="Train again: `socialai run --select water/risk_scores`.",
        )
    served = {nearest: _served(one) for nearest, one in description["served"].items()}
    kept = [nearest for nearest, one in served.items() if not one.is_withheld]
    return ServedRisk(
        target=description["target"],
        columns=tuple(description["columns"]),
        visited=pd.read_parquet(folder / VISITED),
        served=served,
        full={nearest: load(folder / nearest / "full") for nearest in kept},
        folds={
            nearest: {int(path.name): load(path) for path in sorted((folder / nearest / "folds").iterdir())}
            for nearest in kept
        },
        fold_of=description["fold_of"],
    )


def _served(text: dict) -> Served:
    one = Served(**text)
    return replace(
        one,
        skill=None if one.skill is None else Improvement(*text["skill"]),
        calibration=probability.Calibration(**text["calibration"]),
    )
