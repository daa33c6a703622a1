"""How models of one label are set, judged by date and chosen, and how the chosen one is fitted. Stores nothing.

Every date is judged by models that learned only what was known on it. Their settings are chosen on earlier dates whose
outcomes were in before the first date judged; which learner is served, by regret over the dates judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from socialai_assets.children.fairness_groups import FEATURES_OF
from socialai_assets.children.risk_contracts import feature_names
from socialai_assets.children.risk_settings import RiskSettings
from socialai_assets.methods.area_model import AreaModel
from socialai_assets.methods.area_regression import AreaMean
from socialai_assets.methods.case_risk.capacity import capacity_scores
from socialai_assets.methods.case_risk.evaluation import ENSEMBLE, least_regretted, out_of_time
from socialai_assets.methods.case_risk.fairness_options import EXCLUSION
from socialai_assets.methods.case_risk.learners import CalibratedEnsemble, compared, variants
from socialai_assets.methods.case_risk.place_rule import WorstPlaceFirst
from socialai_assets.methods.case_risk.points_score import PointsScore
from socialai_assets.methods.case_risk.temporal_validation import TemporalSplit, regrets, temporal_splits
from socialai_assets.methods.failure_probability import calibrate
from socialai_assets.methods.scores import Improvement, paired_bootstrap
from socialai_assets.methods.stacked_ensemble import convex_weights

MODELS = {"leaves_school": "children.leaves_school", "case_opens": "children.case_opens"}
"""Label to the name its model is registered under."""
POOREST_SCHOOLS, POINTS, RANDOM = "poorest_schools", "points_score", "random"
BASELINES = (POOREST_SCHOOLS, POINTS, RANDOM)
TRIED: dict[str, list[dict[str, Any]]] = {
    "decision_tree": [{"most_leaves": 8}, {"most_leaves": 16}, {"most_leaves": 32}],
    "random_forest": [{"least_rows": 5}, {"least_rows": 20}],
    "gradient_boosting": [{"trees": 100}, {"trees": 200}, {"trees": 200, "most_leaves": 16}],
    "network": [{"hidden": (16,)}, {"hidden": (32, 16)}],
}
"""Settings that are tried of each learner; the others are the learner's own."""
POINT_CONDITIONS = (
    "absence_recent",
    "absence_change",
    "subjects_failing",
    "years_over_age",
    "siblings_left",
    "cases_before",
    "school_km",
    "income_per_member_usd",
)
"""What the points score may count: what a teacher or social worker can look up."""


@dataclass(frozen=True)
class Judgement:
    """What judging one label's models gave.

    Attributes:
        rows: `cases_of`, by which `estimates` count rows.
        estimates: `evaluation.out_of_time` of all models and baselines.
        models: the unfitted learners as they were set, and the baselines.
        regret: `temporal_validation.regrets` of the learners, by precision at capacity.
        tuned_on: dates their settings were chosen on; none where no outcomes were in early enough.
        served: name of what is served.
        is_baseline: whether that is a baseline, as nothing beat all of them for certain.
        reason: why, with figures.
        gains: gain in AUC of the least regretted learner over each baseline.
    """

    rows: pd.DataFrame
    estimates: pd.DataFrame
    models: Mapping[str, AreaModel]
    regret: pd.DataFrame
    tuned_on: tuple[pd.Timestamp, ...]
    served: str
    is_baseline: bool
    reason: str
    gains: Mapping[str, Improvement]


def learned_columns(settings: RiskSettings) -> tuple[str, ...]:
    """The columns models read: all features that people did not exclude (`sex` excludes `is_girl`)."""
    excluded = set(settings.features.excluded) | ({"is_girl"} if "sex" in settings.features.excluded else set())
    if settings.fairness.option == EXCLUSION:
        excluded |= set(FEATURES_OF[settings.fairness.attribute])
    return tuple(name for name in feature_names() if name not in excluded)


def as_numbers(features: pd.DataFrame) -> pd.DataFrame:
    """Features with every column that models may read as float64, `is_girl` added, and dates as timestamps."""
    made = features.assign(is_girl=features["sex"].eq("F"), as_of_date=pd.to_datetime(features["as_of_date"]))
    numbers = {name: made[name].astype("Float64").to_numpy(np.float64, na_value=np.nan) for name in feature_names()}
    return made.assign(**numbers).reset_index(drop=True)


def cases_of(features: pd.DataFrame, labels: pd.DataFrame, label: str) -> pd.DataFrame:
    """Features and what became of each child: `as_numbers` with `outcome` (0 or 1), `known_on`, `ends_on`."""
    own = labels[labels["label"] == label][["child_id", "as_of_date", "outcome", "known_on", "ends_on"]]
    days = {name: pd.to_datetime(own[name]) for name in ("as_of_date", "known_on", "ends_on")}
    own = own.assign(outcome=own["outcome"].astype(float), **days)
    rows = as_numbers(features).merge(own, on=["child_id", "as_of_date"])
    return rows.sort_values(["as_of_date", "child_id"], ignore_index=True)


def splits_of(rows: pd.DataFrame, settings: RiskSettings) -> tuple[list[TemporalSplit], list[TemporalSplit]]:
    """Dates that judge, and earlier ones that choose settings; models learn of every so many months before each."""
    how = settings.training
    found = temporal_splits(rows["as_of_date"], rows["known_on"])
    splits = [
        replace(one, train=one.train & taught(rows["as_of_date"], one.train, how.learn_every_months)) for one in found
    ]
    splits = [
        one
        for one in splits
        if one.train.sum() >= how.least_rows
        and rows.loc[one.train, "outcome"].nunique() == 2
        and rows.loc[one.test, "outcome"].nunique() == 2
    ]
    judged = splits[::-1][:: how.judged_every_months][: how.judged_dates][::-1]
    if not judged:
        return [], []
    in_time = (rows["known_on"] <= judged[0].test_date).to_numpy()
    early = [replace(split, test=split.test & in_time) for split in splits]
    early = [split for split in early if rows.loc[split.test, "outcome"].nunique() == 2]
    return judged, early[::-1][: how.tuning_dates][::-1]


def taught(days: pd.Series, among: np.ndarray, every_months: int) -> np.ndarray:
    """(n,) which rows models learn of: every so many months, counted back from the last date.

    Args:
        days: (n,) date of each row.
        among: (n,) rows that may teach.
        every_months: 1 for all dates.
    """
    months = days.dt.year * 12 + days.dt.month
    return ((months[among].max() - months) % every_months == 0).to_numpy() & among


def judge(
    rows: pd.DataFrame, label: str, settings: RiskSettings, *, report: Callable[[str], None] = lambda _: None
) -> Judgement:
    """Set, judge and choose among all models of one label.

    Args:
        rows: `cases_of`.
        label: what is foreseen.
        settings: of dates, capacity and training.
        report: told model and date, without any row.

    Raises:
        ValueError: no date can be judged, since too few outcomes are in.
    """
    judged, tuning = splits_of(rows, settings)
    if not judged:
        raise ValueError(f"No date of {label} can be judged: {len(rows)} outcomes are in, too few before any date.")
    how, columns = settings.training, learned_columns(settings)
    learners = compared(columns, seed=how.seed, networks=how.networks)
    if tuning:
        for name, learner in learners.items():
            learners[name], _ = least_regretted(rows, "outcome", variants(learner, TRIED[name]), tuning)
            report(f"{label}: settings of {name} chosen")
    models: dict[str, AreaModel] = {
        **learners,
        POOREST_SCHOOLS: WorstPlaceFirst("school_poverty_pct"),
        POINTS: PointsScore(tuple(name for name in POINT_CONDITIONS if name in columns)),
        RANDOM: AreaMean(),
    }
    estimates = out_of_time(
        rows,
        "outcome",
        models,
        judged,
        ensemble=tuple(learners),
        report=lambda line: report(f"{label}: {line}"),
    )
    regret = _regret(estimates, [*learners, ENSEMBLE], settings.capacity.of(label))
    served, is_baseline, reason, gains = _chosen(rows, estimates, regret, settings, label)
    return Judgement(
        rows, estimates, models, regret, tuple(one.test_date for one in tuning), served, is_baseline, reason, gains
    )


def _regret(estimates: pd.DataFrame, learners: Sequence[str], capacity: float) -> pd.DataFrame:
    found = [
        (model, day, capacity_scores(own["observed"], own["raw"], capacity)["precision"])
        for (model, day), own in estimates[estimates["model"].isin(learners)].groupby(["model", "test_date"])
    ]
    return regrets(pd.DataFrame(found, columns=["model", "test_date", "value"]))


def _chosen(
    rows: pd.DataFrame, estimates: pd.DataFrame, regret: pd.DataFrame, settings: RiskSettings, label: str
) -> tuple[str, bool, str, dict[str, Improvement]]:
    """The least regretted learner if it certainly beats every baseline, else the best baseline."""
    table = estimates.pivot(index=["test_date", "row"], columns="model", values="raw")
    first = estimates.drop_duplicates(["test_date", "row"]).set_index(["test_date", "row"]).loc[table.index]
    observed, dates = first["observed"].to_numpy(), table.index.get_level_values("test_date")
    schools = rows["school_id"].to_numpy()[table.index.get_level_values("row")]
    name = str(regret["model"].iloc[0])
    gains = {
        baseline: paired_bootstrap(
            observed,
            table[baseline].to_numpy(),
            table[name].to_numpy(),
            "auc",
            # Children of one school resemble each other.
            blocks=schools,
            strata=dates,
            draws=settings.training.draws,
            seed=settings.training.seed,
        )
        for baseline in BASELINES
    }
    beaten = all(gain.lower > 0 for gain in gains.values())
    told = "; ".join(f"{one} by {g.gain:+.3f} ({g.lower:+.3f} to {g.upper:+.3f})" for one, g in gains.items())
    capacity = settings.capacity.of(label)
    reason = (
        f"{name} is least behind the best learner of each date ({regret['mean_regret'].iloc[0]:.3f} in mean precision "
        f"at a capacity of {capacity:g}); in AUC it differs from {told}"
    )
    if beaten:
        return name, False, reason, gains
    best = min(gains, key=lambda one: gains[one].gain)
    return best, True, f"{best} is served: {reason}, not certainly above every baseline", gains


def fit_served(judgement: Judgement, settings: RiskSettings) -> CalibratedEnsemble:
    """What is served, fitted on all outcomes that are in, weighed and calibrated by the dates judged.

    A single learner or baseline is an ensemble of one.
    """
    rows, estimates = judgement.rows, judgement.estimates
    learners = [name for name in judgement.models if name not in BASELINES]
    names = learners if judgement.served == ENSEMBLE else [judgement.served]
    own = rows[taught(rows["as_of_date"], np.ones(len(rows), bool), settings.training.learn_every_months)]
    fitted = [judgement.models[name].clone().fit(own, own["outcome"]) for name in names]
    table = estimates.pivot(index=["test_date", "row"], columns="model", values="raw")[names]
    first = estimates.drop_duplicates(["test_date", "row"]).set_index(["test_date", "row"]).loc[table.index]
    observed = first["observed"].to_numpy()
    weights = convex_weights(table.to_numpy(), observed) if len(names) > 1 else np.ones(1)
    whole = CalibratedEnsemble(tuple(judgement.models[name] for name in names)).assembled(fitted, len(own), weights)
    return whole.calibrated(
        calibrate(observed, table.to_numpy() @ weights, table.index.get_level_values("test_date").to_numpy())
    )
