"""Figures of models of risk as people read them: over dates, at capacities, by group. Small groups are withheld."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.children.risk_settings import RiskSettings
from socialai_assets.children.risk_training import BASELINES, RANDOM, Judgement
from socialai_assets.methods.case_risk.capacity import chance_of_a_place, list_stability
from socialai_assets.methods.case_risk.evaluation import scores_by_date
from socialai_assets.methods.scores import bootstrap

OF_PROBABILITIES = ("brier", "calibration_error")
OF_LISTS = ("accuracy", "precision", "recall", "f1")


def scores_of(judgement: Judgement, label: str, settings: RiskSettings) -> pd.DataFrame:
    """Scores of every model and baseline, by date and over all dates (no date).

    Lists and AUC are of scores as they rank; Brier score and calibration error are of probabilities calibrated on
    earlier dates.

    Returns:
        `model, test_date, metric, capacity, value, lower, upper, is_baseline, is_served`. `capacity` is missing where
        a metric has none; `lower` and `upper` (95 %, schools drawn) are of the AUC over all dates. Figures of dates
        on which it befell fewer children than `least_befallen` are left out; those of lists that found fewer too: of
        all dates where they did on any, as the mean would tell, and of the mean where they did in all.
    """
    estimates = _enough(judgement.estimates, settings)
    capacities = settings.capacity.scored(label)
    ranked = scores_by_date(estimates.assign(estimate=estimates["raw"]), capacities=capacities)
    probable = scores_by_date(estimates, capacities=())
    by_date = pd.concat(
        [
            ranked[~ranked["metric"].isin(OF_PROBABILITIES)].astype({"capacity": float}),
            probable[probable["metric"].isin(OF_PROBABILITIES)].astype({"capacity": float}),
            _stability(judgement, estimates, settings.capacity.of(label)),
        ],
        ignore_index=True,
    )
    by_date = by_date[["model", "test_date", "metric", "capacity", "value"]]
    by_date = by_date.astype({"test_date": "datetime64[ns]", "capacity": float, "value": float})
    by_date, few = _few_found(by_date, estimates, settings)
    mean = by_date.groupby(["model", "metric", "capacity"], dropna=False, as_index=False)["value"].mean()
    regret = judgement.regret.melt(["model"], ["mean_regret", "max_regret"], "metric")
    whole = pd.concat([by_date[~few], mean, regret.assign(capacity=settings.capacity.of(label))], ignore_index=True)
    whole["test_date"] = pd.to_datetime(whole["test_date"])
    whole = whole.merge(_intervals(judgement, estimates, settings), on=["model", "metric", "test_date"], how="left")
    return whole.assign(
        is_baseline=whole["model"].isin(BASELINES), is_served=whole["model"] == judgement.served
    ).reset_index(drop=True)


def _few_found(
    by_date: pd.DataFrame, estimates: pd.DataFrame, settings: RiskSettings
) -> tuple[pd.DataFrame, pd.Series]:
    """Scores without lists that found too few over all dates, and which of the rest found too few on a date."""
    befallen = estimates.groupby(["model", "test_date"])["observed"].sum().rename("befallen")
    recall = by_date[by_date["metric"] == "recall"].merge(befallen.reset_index(), on=["model", "test_date"])
    found = (recall["value"] * recall["befallen"]).groupby([recall["model"], recall["capacity"]]).agg(["min", "sum"])
    # Places drawn by chance tell the rate alone.
    told = found["sum"].where(found.index.get_level_values("model") != RANDOM, np.inf)
    least = settings.withholding.least_befallen
    key = pd.MultiIndex.from_frame(by_date[["model", "capacity"]])
    of_lists = by_date["metric"].isin(OF_LISTS).to_numpy()
    none = of_lists & key.isin(found.index[(told < least).to_numpy()])
    few = of_lists & key.isin(found.index[(found["min"] < least).to_numpy()])
    kept = by_date[~none].reset_index(drop=True)
    return kept, pd.Series(few[~none], index=kept.index)


def _enough(estimates: pd.DataFrame, settings: RiskSettings) -> pd.DataFrame:
    befallen = estimates.groupby(["model", "test_date"])["observed"].transform("sum")
    return estimates[befallen >= settings.withholding.least_befallen]


def _stability(judgement: Judgement, estimates: pd.DataFrame, capacity: float) -> pd.DataFrame:
    child = judgement.rows["child_id"].to_numpy()[estimates["row"]]
    parts = [
        list_stability(own, capacity, person="child_id", date="test_date", score="raw").assign(model=model)
        for model, own in estimates.assign(child_id=child).groupby("model")
        # A list drawn by chance is another one each time.
        if model != RANDOM
    ]
    if not parts:
        return pd.DataFrame(columns=["model", "test_date", "metric", "capacity", "value"])
    found = pd.concat(parts, ignore_index=True).rename(columns={"to_date": "test_date", "jaccard": "value"})
    return found[["model", "test_date", "value"]].assign(metric="list_stability", capacity=capacity)


def _intervals(judgement: Judgement, estimates: pd.DataFrame, settings: RiskSettings) -> pd.DataFrame:
    rows = []
    for model, own in estimates.groupby("model"):
        found = bootstrap(
            own["observed"].to_numpy(),
            own["raw"].to_numpy(),
            "auc",
            blocks=judgement.rows["school_id"].to_numpy()[own["row"]],
            strata=own["test_date"],
            draws=settings.training.draws,
            seed=settings.training.seed,
        )
        rows.append((model, "auc", pd.NaT, found.lower, found.upper))
    made = pd.DataFrame(rows, columns=["model", "metric", "test_date", "lower", "upper"])
    return made.assign(test_date=pd.to_datetime(made["test_date"]))


def audit_by_group(judgement: Judgement, label: str, settings: RiskSettings) -> pd.DataFrame:
    """What the served model's list does to groups of children, over the dates judged.

    Returns:
        `attribute, group, children, selection_rate, precision, recall, withheld`; no figure, and no number of
        children, of a group that is smaller than the settings allow.
    """
    own = judgement.estimates[judgement.estimates["model"] == judgement.served]
    listed = np.empty(len(own))
    for day in own["test_date"].unique():
        here = (own["test_date"] == day).to_numpy()
        listed[here] = chance_of_a_place(own["raw"].to_numpy()[here], settings.capacity.of(label))
    rows = judgement.rows.iloc[own["row"]].reset_index(drop=True)
    poverty = pd.Series(rows["area_poverty_pct"].rank(pct=True))
    groups = {
        "sex": rows["sex"],
        "disability": pd.Series(rows["disability"]).map({1.0: "yes", 0.0: "no"}).fillna("not asked"),
        "language": rows["language"],
        "area_poverty": pd.cut(poverty, [0, 1 / 3, 2 / 3, 1], labels=["least poor", "middle", "poorest"]).astype(str),
    }
    observed = own["observed"].to_numpy()
    found = []
    for attribute, group_of in groups.items():
        for group in sorted(group_of.unique()):
            inside = (group_of == group).to_numpy()
            children, befallen = rows.loc[inside, "child_id"].nunique(), observed[inside].sum()
            places, right = listed[inside].sum(), float(listed[inside] @ observed[inside])
            few = children < settings.withholding.least_children or befallen < settings.withholding.least_befallen
            figures = (
                (None, None, None, None)
                if few
                else (children, places / inside.sum(), right / places if places else None, right / befallen)
            )
            found.append((attribute, str(group), *figures, few))
    names = ["attribute", "group", "children", "selection_rate", "precision", "recall", "withheld"]
    # Rounded, so that no number of children can be told from a rate.
    return pd.DataFrame(found, columns=names).astype({"children": "Int64"}).round(2)


def held_out(judgement: Judgement, label: str) -> pd.DataFrame:
    """The estimates as rows of `children.out_of_sample`."""
    estimates = judgement.estimates
    rows = judgement.rows.iloc[estimates["row"]]
    return pd.DataFrame(
        {
            "child_id": rows["child_id"].to_numpy(),
            "as_of_date": pd.to_datetime(estimates["test_date"]).dt.date.to_numpy(),
            "label": label,
            "model": estimates["model"].to_numpy(),
            "score": estimates["raw"].to_numpy(),
            "estimate": estimates["estimate"].to_numpy(),
            "observed": estimates["observed"].to_numpy() > 0,
            "is_synthetic": rows["is_synthetic"].astype(bool).to_numpy(),
        }
    )
