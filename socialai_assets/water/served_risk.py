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
from socialai_assets.methods.area_model import AreaModel, load
from socialai_assets.methods.drift import feature_drift
from socialai_assets.methods.driver_effects import driver_effects
from socialai_assets.methods.scores import Improvement
from socialai_assets.methods.stacked_ensemble import StackedEnsemble
from socialai_assets.water.leakage import KEYS, ORIGINS
from socialai_assets.water.risk_classes import classes_of
from socialai_assets.water.risk_rows import WORDED, column_names, estimable, nearest_visits, with_columns
from socialai_assets.water.risk_training import LEVEL, SPLIT_OF, Evaluation, Served, learners
from socialai_assets.water.risk_wording import DRIVERS, NEAR_BY, group_of

DESCRIPTION = "risk.json"
VISITED = "visited.parquet"
FEATURES_AT_TRAINING = "features.parquet"
OUT_OF_SAMPLE = "out_of_sample.parquet"
FORMAT = 2
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
        known: features of all points as they were at training.
    """

    target: str
    columns: tuple[str, ...]
    visited: pd.DataFrame
    served: Mapping[str, Served]
    full: Mapping[str, AreaModel]
    folds: Mapping[str, Mapping[int, AreaModel]]
    fold_of: Mapping[str, Mapping[str, int]]
    known: pd.DataFrame

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
            made.loc[chosen, "risk_class"] = classes_of(risk, how.rate, how.classes)
        return made.assign(is_withheld=made["risk"].isna())

    def drivers(self, rows: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
        """Risks taken apart by driver.

        Args:
            rows: `rows`.

        Returns:
            (n,) risk of a typical point, and (n rows, drivers) what each driver adds to it; NaN where withheld.
        """
        typical, effects = np.full(len(rows), np.nan), pd.DataFrame(np.nan, range(len(rows)), list(DRIVERS))
        for nearest, chosen, model in self.parts(rows):
            calibration = self.served[nearest].calibration
            base, parts = driver_effects(model, rows[chosen], group_of, otherwise=NEAR_BY)
            whole = parts.to_numpy().sum(axis=1)
            typical[chosen] = calibration(base)
            moved = calibration(np.clip(base + whole, 0, 1)) - typical[chosen]
            # Calibration is a curve; along it, every driver keeps its part of the way.
            scale = np.divide(moved, whole, out=np.zeros_like(moved), where=np.abs(whole) > 1e-9)
            shown = parts.reindex(columns=list(DRIVERS), fill_value=0.0).to_numpy() * scale[:, np.newaxis]
            effects.iloc[np.flatnonzero(chosen)] = shown
        return typical, effects

    def save(self, folder: Path) -> None:
        """Write `risk.json`, `visited.parquet` and, of what is served, `<nearest>/full` and `<nearest>/folds/n`."""
        for nearest, model in self.full.items():
            model.save(folder / nearest / "full")
            for number, copy in self.folds[nearest].items():
                copy.save(folder / nearest / "folds" / str(number))
        self.visited.to_parquet(folder / VISITED, index=False)
        self.known.to_parquet(folder / FEATURES_AT_TRAINING, index=False)
        description = {
            "format": FORMAT,
            "target": self.target,
            "columns": self.columns,
            "served": {nearest: asdict(one) for nearest, one in self.served.items()},
            "fold_of": self.fold_of,
        }
        (folder / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def fit_served(
    target: str,
    rows: pd.DataFrame,
    evaluation: Evaluation,
    *,
    features: pd.DataFrame,
    seed: int = 0,
    networks: bool = True,
) -> ServedRisk:
    """Fit what is served on all visits; the copies without each fold are the evaluation's.

    Args:
        target: what is feared.
        rows: `risk_rows.visited_rows`.
        evaluation: of the same rows.
        features: `water.features`, kept to notice a drift.
        seed: as in the evaluation.
        networks: as in the evaluation.
    """
    columns = column_names(rows, elsewhere=False)
    table, observed = with_columns(rows, columns), rows["failed"].to_numpy(float)
    full: dict[str, AreaModel] = {}
    copies: dict[str, dict[int, AreaModel]] = {}
    fold_of: dict[str, dict[str, int]] = {}
    for nearest, how in evaluation.served.items():
        if how.is_withheld:
            continue
        split = SPLIT_OF[nearest]
        folds = evaluation.folds[split]
        model = learners(rows, split, seed=seed, networks=networks)[how.name]
        if isinstance(model, StackedEnsemble):
            members = [member.clone().fit(table, observed) for member in model.members]
            full[nearest] = model.assembled(members, len(rows), evaluation.weights[split])
        else:
            full[nearest] = model.fit(table, observed)
        copies[nearest] = evaluation.fitted[split]
        fold_of[nearest] = dict(zip(rows["system_id"], folds.tolist(), strict=True))
    return ServedRisk(
        target,
        columns,
        rows[_OF_VISITED].drop_duplicates(),
        dict(evaluation.served),
        full,
        copies,
        fold_of,
        _numbers(features, target),
    )


def load_served(folder: Path, *, models: bool = True) -> ServedRisk:
    """Read back what `ServedRisk.save` wrote.

    Args:
        folder: the model's files.
        models: whether the fitted models are read too, which takes some seconds; without them nothing is estimated.

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
    kept = [nearest for nearest, one in served.items() if models and not one.is_withheld]
    return ServedRisk(
        target=description["target"],
        columns=tuple(description["columns"]),
        visited=pd.read_parquet(folder / VISITED),
        known=pd.read_parquet(folder / FEATURES_AT_TRAINING),
        served=served,
        full={nearest: load(folder / nearest / "full") for nearest in kept},
        folds={
            nearest: {int(path.name): load(path) for path in sorted((folder / nearest / "folds").iterdir())}
            for nearest in kept
        },
        fold_of=description["fold_of"],
    )


def since_training(served: ServedRisk, features: pd.DataFrame) -> pd.DataFrame:
    """How far each numeric feature of the points a model is about has moved since training; see `methods.drift`.

    Args:
        served: the model in use.
        features: `water.features` as it is now.
    """
    return feature_drift(served.known, _numbers(features, served.target), NUMBERS)


NUMBERS = tuple(name for name in ORIGINS if name not in (*WORDED, *KEYS))


def _numbers(features: pd.DataFrame, target: str) -> pd.DataFrame:
    return estimable(features, target)[list(NUMBERS)].astype(float)


def can_be_read(folder: Path) -> bool:
    """Whether this version of the platform reads a saved model."""
    return json.loads((folder / DESCRIPTION).read_text(encoding="utf-8")).get("format") == FORMAT


def _served(text: dict) -> Served:
    one = Served(**text)
    return replace(
        one,
        skill=None if one.skill is None else Improvement(*text["skill"]),
        calibration=probability.Calibration(**text["calibration"]),
        classes=tuple(one.classes),
    )
