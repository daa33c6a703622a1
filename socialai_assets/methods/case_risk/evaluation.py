"""Every learner judged on dates it could not know, and put together and calibrated on them. No learner lives here.

The ensemble's weights and every learner's calibration for a date come from estimates of earlier test dates, so that
neither costs a fit of its own and neither sees the date it is judged on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from socialai_assets.methods.area_model import AreaModel
from socialai_assets.methods.case_risk.capacity import capacity_scores, expected_calibration_error
from socialai_assets.methods.case_risk.learners import CalibratedEnsemble
from socialai_assets.methods.case_risk.temporal_validation import TemporalSplit, regrets
from socialai_assets.methods.failure_probability import Calibration, calibrate
from socialai_assets.methods.scores import auc, brier
from socialai_assets.methods.stacked_ensemble import convex_weights

ENSEMBLE = "calibrated_ensemble"


def out_of_time(
    rows: pd.DataFrame,
    outcome: str,
    models: Mapping[str, AreaModel],
    splits: Sequence[TemporalSplit],
    *,
    ensemble: Sequence[str] = (),
    kept: dict[str, AreaModel] | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> pd.DataFrame:
    """Estimates of every model for every test date, and of the ensemble of some of them.

    Args:
        rows: one row a case and date, outcome included.
        outcome: name of the column of outcomes, 0 or 1.
        models: unfitted, by name; they are copied.
        splits: dates tested, in order; see `temporal_splits`.
        ensemble: names of the ensemble's members; none, no ensemble.
        kept: gets the models fitted for the last date, the ensemble among them.
        report: told model and date, without any row.

    Returns:
        `row` (position in `rows`), `model, test_date, raw, estimate, observed`. `estimate` is `raw` calibrated on
        earlier test dates, and `raw` itself on the first, for which there are none.
    """
    observed = rows[outcome].to_numpy(dtype=np.float64)
    parts: list[pd.DataFrame] = []
    for split in splits:
        tested = np.flatnonzero(split.test)
        fitted = {
            name: model.clone().fit(rows.loc[split.train], observed[split.train]) for name, model in models.items()
        }
        raw = {name: np.clip(one.predict(rows.loc[split.test]), 0, 1) for name, one in fitted.items()}
        earlier = pd.concat(parts) if parts else None
        if ensemble:
            weights = _weights(earlier, ensemble)
            members = [fitted[name] for name in ensemble]
            whole = CalibratedEnsemble(tuple(models[name] for name in ensemble))
            fitted[ENSEMBLE] = whole.assembled(members, int(split.train.sum()), weights)
            raw[ENSEMBLE] = whole.combine([raw[name] for name in ensemble], weights)
        for name, one in raw.items():
            scaling = _calibration(earlier, name)
            model = fitted[name]
            if scaling is not None and isinstance(model, CalibratedEnsemble):
                model.calibrated(scaling)
            part = {"row": tested, "model": name, "test_date": split.test_date, "raw": one}
            part |= {"estimate": one if scaling is None else scaling(one), "observed": observed[tested]}
            parts.append(pd.DataFrame(part))
            report(f"{split.test_date:%Y-%m-%d} {name}")
        if kept is not None:
            kept.clear()
            kept.update(fitted)
    return pd.concat(parts, ignore_index=True)


def _weights(earlier: pd.DataFrame | None, members: Sequence[str]) -> list[float]:
    if earlier is None:
        return [1 / len(members)] * len(members)
    table = earlier.pivot(index=["test_date", "row"], columns="model", values="raw")[list(members)]
    observed = earlier.drop_duplicates(["test_date", "row"]).set_index(["test_date", "row"])["observed"]
    return convex_weights(table.to_numpy(), observed.loc[table.index].to_numpy()).tolist()


def _calibration(earlier: pd.DataFrame | None, name: str) -> Calibration | None:
    if earlier is None:
        return None
    own = earlier[earlier["model"] == name]
    if own["observed"].nunique() < 2 or own["raw"].nunique() < 2:
        return None
    return calibrate(own["observed"].to_numpy(), own["raw"].to_numpy(), own["test_date"].to_numpy())


def scores_by_date(
    estimates: pd.DataFrame,
    *,
    capacities: Iterable[float] = (0.05, 0.1, 0.2),
    draws: int = 0,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Scores of every model and test date, with intervals where draws are asked for.

    Args:
        estimates: `model, test_date, estimate, observed`, and `person` where there are draws; see `out_of_time`.
        capacities: see `capacity.places`.
        draws: of a bootstrap over persons (Efron and Tibshirani 1993, ch. 13): all rows of one stay together.
        seed: of the draws, the same for all models, so that they can be compared.
        level: of the intervals.

    Returns:
        Long: `model, test_date, metric, capacity, value, lower, upper`. `auc, brier, calibration_error` have no
        capacity (missing); `accuracy, precision, recall, f1` are those of each capacity's list. Without draws the
        ends are missing.
    """
    asked, rows = list(capacities), []
    for (model, day), own in estimates.groupby(["model", "test_date"], sort=True):
        truth, said = own["observed"].to_numpy(float), own["estimate"].to_numpy(float)
        whole = all_scores(truth, said, asked)
        lower = upper = dict.fromkeys(whole, np.nan)
        if draws:
            drawn = pd.DataFrame(
                [all_scores(truth[picked], said[picked], asked) for picked in drawn_rows(own["person"], draws, seed)]
            )
            lower, upper = (drawn.quantile(end).to_dict() for end in ((1 - level) / 2, (1 + level) / 2))
        rows += [(model, day, *key, value, lower[key], upper[key]) for key, value in whole.items()]
    return pd.DataFrame(rows, columns=["model", "test_date", "metric", "capacity", "value", "lower", "upper"])


def all_scores(
    observed: np.ndarray, estimate: np.ndarray, capacities: Iterable[float]
) -> dict[tuple[str, float | None], float]:
    """Every score of one list, by metric and capacity (None where it has none)."""
    found: dict[tuple[str, float | None], float] = {
        ("auc", None): auc(observed, estimate),
        ("brier", None): brier(observed, estimate),
        ("calibration_error", None): expected_calibration_error(observed, estimate),
    }
    for capacity in capacities:
        found |= {(name, capacity): one for name, one in capacity_scores(observed, estimate, capacity).items()}
    return found


def drawn_rows(persons: Iterable, draws: int, seed: int) -> Iterator[np.ndarray]:
    """Positions of the rows of persons drawn with replacement, draw after draw; each person's rows stay together."""
    codes, labels = pd.factorize(np.asarray(list(persons)))
    order = np.argsort(codes, kind="stable")
    random = np.random.default_rng(seed)
    for _ in range(draws):
        times = np.bincount(random.integers(0, len(labels), len(labels)), minlength=len(labels))
        yield np.repeat(order, times[codes[order]])


def least_regretted(
    rows: pd.DataFrame,
    outcome: str,
    candidates: Sequence[AreaModel],
    splits: Sequence[TemporalSplit],
    *,
    metric: Callable[[np.ndarray, np.ndarray], float] = auc,
) -> tuple[AreaModel, pd.DataFrame]:
    """The settings of a learner that regret least over the test dates, and the figures of all.

    Args:
        rows: see `out_of_time`.
        outcome: name of the column of outcomes.
        candidates: unfitted copies with other settings; see `learners.variants`.
        splits: dates tested: never one that is to judge the learner afterwards.
        metric: of observed and estimated values, more is better.
    """
    named = {str(number): one for number, one in enumerate(candidates)}
    estimates = out_of_time(rows, outcome, named, splits)
    found = [
        (model, day, metric(own["observed"].to_numpy(), own["raw"].to_numpy()))
        for (model, day), own in estimates.groupby(["model", "test_date"])
    ]
    figures = regrets(pd.DataFrame(found, columns=["model", "test_date", "value"]))
    return named[str(figures["model"].iloc[0])], figures
