"""Whether children or what becomes of them have changed since a model learned. Says what moved; retrains nothing."""

from __future__ import annotations

import math

import pandas as pd

from socialai_assets.children.risk_settings import RiskSettings
from socialai_assets.children.risk_training import as_numbers, cases_of, learned_columns
from socialai_assets.children.risk_wording import DRIVERS
from socialai_assets.ingest.contract import any_synthetic
from socialai_assets.methods.drift import feature_drift
from socialai_assets.methods.stacked_ensemble import StackedEnsemble

GROWING = (
    "days_at_school",
    "school_changes",
    "times_left",
    "years_repeated",
    "siblings_left",
    "siblings_with_case",
    "cases_before",
    "days_since_case",
    "support_before",
)
"""What grows by itself with the length of the records, as the calendar moves by itself."""

OF_SCHOOLS = (*DRIVERS["school"], *DRIVERS["language"])


def drift_rows(
    model: StackedEnsemble,
    label: str,
    features: pd.DataFrame,
    labels: pd.DataFrame,
    learned_until: pd.Timestamp,
    settings: RiskSettings,
) -> pd.DataFrame:
    """What has moved for one label, a row a feature and one for the outcomes.

    Features of the newest date are compared with those of the same day a year before, if that was learned from, else of
    the last day that was: absences and marks follow the season. Outcomes that came in since are held against what
    the model says, by the normal approximation of the Poisson-binomial distribution; on the newest date alone, since a
    child's outcomes of one month and the next are nearly one.

    Args:
        model: in use.
        label: what is foreseen.
        features: `children.risk_features`.
        labels: `children.risk_labels`.
        learned_until: last date it learned of.
        settings: limits.

    Returns:
        `label, what, stability_index, p_value, asks_for_training, reason, is_synthetic`.
    """
    numbers = as_numbers(features)
    newest = numbers["as_of_date"].max()
    columns = [name for name in learned_columns(settings) if name not in (*DRIVERS["records"], *GROWING)]
    year_before = newest - pd.DateOffset(years=1)
    known = numbers["as_of_date"].isin([year_before]).any() and year_before <= learned_until
    before = numbers[numbers["as_of_date"] == (year_before if known else learned_until)]
    now = numbers[numbers["as_of_date"] == newest]
    moved = pd.DataFrame(columns=["feature", "stability_index", "p_value", "has_drifted"])
    if newest > learned_until and len(before):
        # Pupils of a school share what is known of it, so that schools are counted there.
        schools = [name for name in columns if name in OF_SCHOOLS]
        own = [name for name in columns if name not in OF_SCHOOLS]
        then, today = (one.drop_duplicates(["school_id", "language"]) for one in (before, now))
        parts = [feature_drift(before, now, own), feature_drift(then, today, schools)]
        moved = pd.concat(parts, ignore_index=True)
    made = pd.DataFrame(
        {
            "what": moved["feature"],
            "stability_index": moved["stability_index"].astype(float),
            "p_value": moved["p_value"].astype(float),
            "asks_for_training": moved["has_drifted"].astype(bool),
            "reason": moved["has_drifted"].map({True: "moved", False: None}),
        }
    )
    rows = [made, pd.DataFrame([_outcomes(model, cases_of(features, labels, label), learned_until, settings)])]
    whole = pd.concat([one for one in rows if len(one)], ignore_index=True)
    return whole.assign(label=label, is_synthetic=any_synthetic(features))


def _outcomes(model: StackedEnsemble, rows: pd.DataFrame, learned_until: pd.Timestamp, settings: RiskSettings) -> dict:
    new = rows[rows["as_of_date"] > learned_until]
    compared = new[new["as_of_date"] == new["as_of_date"].max()]
    p_value = None
    if len(compared):
        risk = model.predict(compared)
        spread = math.sqrt(float((risk * (1 - risk)).sum()))
        off = abs(float(compared["outcome"].sum()) - float(risk.sum()))
        p_value = math.erfc(off / spread / math.sqrt(2)) if spread > 0 else None
    surprising = p_value is not None and p_value < settings.drift.retrain_below_p
    many = len(new) >= settings.drift.retrain_after_outcomes
    return {
        "what": "outcomes",
        "stability_index": float("nan"),
        "p_value": float("nan") if p_value is None else p_value,
        "asks_for_training": surprising or many,
        "reason": "surprising" if surprising else "many" if many else None,
    }
