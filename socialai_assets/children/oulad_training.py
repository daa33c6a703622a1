"""How risk is learned and judged on OULAD: what teaches, what tests, which learners and baselines. No assets.

Presentations before 2014J teach, 2014J tests and has no say in anything that is chosen. Settings and model are chosen
on 2013J and 2014B, each taught by the presentations before it; results of 2013J came after 2014B had begun, so those
two serve to choose and no claim rests on them. The last day of every course of 2014B is before 2014J's first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from socialai_assets.children.oulad_features import DAYS, NOT_FEATURES, dummies, features
from socialai_assets.children.oulad_history import FAILED, starts_on
from socialai_assets.children.oulad_records import STUDENT, Records
from socialai_assets.methods.area_model import AreaModel
from socialai_assets.methods.area_regression import AreaMean, SingleCovariate
from socialai_assets.methods.case_risk.capacity import calibration_curve
from socialai_assets.methods.case_risk.evaluation import ENSEMBLE, least_regretted, out_of_time, scores_by_date
from socialai_assets.methods.case_risk.learners import (
    CaseNetwork,
    DecisionTree,
    GradientBoosting,
    RandomForest,
    variants,
)
from socialai_assets.methods.case_risk.points_score import PointsScore
from socialai_assets.methods.case_risk.temporal_validation import TemporalSplit, regrets
from socialai_assets.methods.risk_learners import HierarchicalRate

PRESENTATIONS: tuple[str, ...] = ("2013B", "2013J", "2014B", "2014J")
TEST = "2014J"
CAPACITIES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
ALL, HANDED_IN = "all", "handed_in"
BASELINES = ("random", "module_rate", "most_deprived_first", "points_score", "untuned_boosting")
LEARNERS = ("decision_tree", "random_forest", "gradient_boosting", "network")
MODELS = (*BASELINES, *LEARNERS, ENSEMBLE)
LEAST_HANDED_IN = 0.1
MEMBERS = ("random_forest", "gradient_boosting", "network")
READABLE = (
    "attempts_before",
    "credits",
    "education_level",
    "deprivation_tenth",
    "modules_at_once",
    "earlier_submitted_share",
    "missed",
    "submitted",
    "score_mean",
    "days_since_submission",
)
"""Columns a points score may use: what a counsellor knows by heart."""
UNTUNED = {"trees": 100, "rate": 0.1, "most_leaves": 31, "least_rows": 20, "shrinkage": 0.0, "share_of_features": 1.0}
TREES = ({"most_leaves": 12}, {"most_leaves": 24, "least_rows": 100})
FORESTS = ({"least_rows": 10}, {"least_rows": 25, "share_of_features": 0.15})
BOOSTINGS = ({}, {"most_leaves": 4, "trees": 300}, {"trees": 120, "share_of_features": 0.1})


def learning_rows(records: Records, table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Features with outcome (`failed`: Fail or Withdrawn) and the columns to learn from.

    Args:
        records: OULAD's tables.
        table: `oulad_features.features` of one day.
    """
    results = records.students[[*STUDENT, "final_result"]]
    rows = table.merge(results, on=STUDENT, validate="one_to_one")
    rows["failed"] = rows.pop("final_result").isin(FAILED).astype(float)
    texts = {name: tuple(sorted(rows[name].unique())) for name in ("code_module", "region")}
    rows = dummies(rows, texts)
    return rows, tuple(name for name in rows.columns if name not in (*NOT_FEATURES, "failed"))


def splits(rows: pd.DataFrame, tested: Sequence[str]) -> list[TemporalSplit]:
    """Each presentation tested, taught by all before it."""
    order = rows["code_presentation"].map(PRESENTATIONS.index).to_numpy()
    first_days = dict(zip(PRESENTATIONS, starts_on(pd.Series(PRESENTATIONS)), strict=True))
    return [
        TemporalSplit(first_days[name], order < PRESENTATIONS.index(name), order == PRESENTATIONS.index(name))
        for name in tested
    ]


def models(
    rows: pd.DataFrame, names: tuple[str, ...], *, seed: int = 0, networks: bool = True
) -> tuple[dict[str, AreaModel], dict[str, str]]:
    """Unfitted baselines and learners, these with the settings that regret least on the presentations that choose.

    Args:
        rows: `learning_rows` of one day.
        names: columns to learn from.
        seed: of all learners.
        networks: whether a Keras network is among them.

    Returns:
        Models by name, and the settings chosen for each learner in words.
    """
    taught = rows[rows["code_presentation"] != TEST].reset_index(drop=True)
    choosing = splits(taught, PRESENTATIONS[1:-1])
    made: dict[str, AreaModel] = {
        "random": AreaMean(),
        "module_rate": HierarchicalRate(("code_module",)),
        "most_deprived_first": SingleCovariate("deprivation_tenth"),
        "points_score": PointsScore(READABLE),
        "untuned_boosting": GradientBoosting(names, seed, **UNTUNED),
    }
    words = {}
    for name, learner, settings in (
        ("decision_tree", DecisionTree(names, seed), TREES),
        ("random_forest", RandomForest(names, seed), FORESTS),
        ("gradient_boosting", GradientBoosting(names, seed), BOOSTINGS),
    ):
        made[name], _ = least_regretted(taught, "failed", variants(learner, settings), choosing)
        params = made[name].get_params()
        words[name] = ", ".join(f"{key}={one}" for key, one in params.items() if key not in ("features", "seed"))
    if networks:
        made["network"] = CaseNetwork(names, seed=seed)
    return made, words


def out_of_sample(
    records: Records,
    tables: Mapping[int, pd.DataFrame],
    *,
    seed: int = 0,
    networks: bool = True,
    report: Callable[[str], None] = lambda _: None,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """What every model says of presentations it has not learned from, on every day.

    Args:
        records: OULAD's tables.
        tables: day to `oulad_features.features`.
        seed: of learners.
        networks: whether Keras networks are compared; else their column is missing throughout.
        report: told what is under way, without any row.

    Returns:
        One row a student, course and day of all presentations but the first: `id_student, code_module,
        code_presentation, day, handed_in` (anything of their own work), `observed`, then an estimate for each of
        `MODELS`; and the settings chosen, in words, by `day learner`.
    """
    parts, settings = [], {}
    members = tuple(name for name in MEMBERS if networks or name != "network")
    for day, table in tables.items():
        rows, names = learning_rows(records, table)
        made, words = models(rows, names, seed=seed, networks=networks)
        settings |= {f"day {day} {name}": one for name, one in words.items()}
        report(f"day {day}")
        found = out_of_time(rows, "failed", made, splits(rows, PRESENTATIONS[1:]), ensemble=members)
        wide = found.pivot(index="row", columns="model", values="estimate").reindex(columns=list(MODELS))
        told = rows.iloc[wide.index][[*STUDENT, "day"]].reset_index(drop=True)
        told["handed_in"] = (rows["submitted"] > rows["banked"]).to_numpy()[wide.index]
        told["observed"] = rows["failed"].to_numpy()[wide.index]
        parts.append(pd.concat([told, wide.astype(np.float64).reset_index(drop=True)], axis=1))
    return pd.concat(parts, ignore_index=True), settings


def scores(estimates: pd.DataFrame, *, draws: int = 100, seed: int = 0) -> pd.DataFrame:
    """Scores of every model, day and presentation, of the test with intervals, and which model is chosen.

    Args:
        estimates: see `out_of_sample`.
        draws: of a bootstrap over students, for what is said of all students of the test.
        seed: of the draws.

    Returns:
        `day, presentation, people` (`all`, or `handed_in` among those with work of their own), `students, model,
        metric, capacity, value, lower, upper, is_baseline, is_chosen`.
    """
    parts = []
    for (day, presentation), own in estimates.groupby(["day", "code_presentation"], sort=True):
        for people in (ALL, HANDED_IN):
            some = own if people == ALL else own[own["handed_in"].astype(bool)]
            # On the first day almost nobody has handed anything in.
            if len(some) < LEAST_HANDED_IN * len(own):
                continue
            names = [name for name in MODELS if some[name].notna().all()]
            long = some.melt(["id_student", "observed"], names, "model", "estimate")
            long = long.rename(columns={"id_student": "person"}).assign(test_date=presentation)
            times = draws if presentation == TEST and people == ALL else 0
            found = scores_by_date(long, capacities=CAPACITIES, draws=times, seed=seed)
            parts.append(found.assign(day=day, people=people, students=len(some)))
    made = pd.concat(parts, ignore_index=True).rename(columns={"test_date": "presentation"})
    made["capacity"] = made["capacity"].astype(np.float64)
    made["is_baseline"] = made["model"].isin(BASELINES)
    made["is_chosen"] = made["model"].eq(str(regret(made)["model"].iloc[0]))
    order = ["day", "presentation", "people", "students", "model", "metric", "capacity"]
    return made[[*order, "value", "lower", "upper", "is_baseline", "is_chosen"]].sort_values(order, ignore_index=True)


def regret(scored: pd.DataFrame) -> pd.DataFrame:
    """Regret in AUC of learners over days and the presentations that choose; never the one that tests.

    Returns:
        `model, mean_value, mean_regret, max_regret, dates`, the one to choose first.
    """
    own = scored[(scored["metric"] == "auc") & (scored["people"] == ALL) & (scored["presentation"] != TEST)]
    own = own[own["model"].isin((*LEARNERS, ENSEMBLE))]
    return regrets(own.assign(test_date=own["presentation"] + " day " + own["day"].astype(str)))


def features_of_days(records: Records, days: Sequence[int] = DAYS, *, marking_days: int = 0) -> dict[int, pd.DataFrame]:
    """Day to features; see `oulad_features.features`."""
    return {day: features(records, day, marking_days=marking_days) for day in days}


def by_day(table: pd.DataFrame) -> dict[int, pd.DataFrame]:
    """Day to features, from the table that holds all days; numbers as float64."""
    numbers = [name for name in table.columns if name not in NOT_FEATURES]
    table = table.astype(dict.fromkeys(numbers, "float64"))
    return {int(str(day)): own.reset_index(drop=True) for day, own in table.groupby("day")}


def calibration(estimates: pd.DataFrame, names: Sequence[str] = (*LEARNERS, ENSEMBLE)) -> pd.DataFrame:
    """`day, model, bin, probability, rate, people` (to the nearest ten) of the test, by tenth of students."""
    tested = estimates[estimates["code_presentation"] == TEST]
    parts = []
    for day, own in tested.groupby("day"):
        for name in names:
            if own[name].notna().all():
                curve = calibration_curve(own["observed"], own[name])
                parts.append(curve.assign(day=day, model=name, bin=np.arange(1, len(curve) + 1)))
    made = pd.concat(parts, ignore_index=True)
    made["people"] = 10 * (made["people"] / 10).round().astype(int)
    return made[["day", "model", "bin", "probability", "rate", "people"]]
