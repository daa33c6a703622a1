"""What came of help, and the counts of it by area that disclosure control may let out. Compares nobody.

Matched comparisons are in help_records.py.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.children.help_contracts import OutcomeCells, SupportOutcomes
from socialai_assets.children.help_eligibility import latest
from socialai_assets.ingest.contract import any_synthetic, empty, validate

WAITS = "waits"
_CONTACT = (("0 to 7 days", 7), ("8 to 14 days", 14), ("15 to 30 days", 30))
_LATER, _NOT_YET = "over 30 days", "not yet"
_KEY = ["child_id", "label"]


def support_outcomes(
    support: pd.DataFrame, outcomes: pd.DataFrame, interventions: pd.DataFrame, children: pd.DataFrame
) -> pd.DataFrame:
    """Rows of `children.support_outcomes`: each help offered with what was found last."""
    if not len(support):
        return empty(SupportOutcomes)
    found = outcomes.sort_values("found_on", kind="stable").drop_duplicates("support_id", keep="last")
    rows = (
        support.merge(found[["support_id", "outcome", "found_on"]], on="support_id", how="left")
        .merge(interventions[["intervention_id", "acts_on"]], on="intervention_id", how="inner")
        .merge(children[["child_id", "area_id"]], on="child_id", how="left")
        .rename(columns={"acts_on": "label"})
    )
    waited = (pd.to_datetime(rows["started_on"]) - pd.to_datetime(rows["offered_on"])).dt.days
    rows = rows.assign(outcome=rows["outcome"].fillna(WAITS), days_to_first_contact=waited.astype("Int64"))
    rows["is_synthetic"] = any_synthetic(support, outcomes)
    return validate(rows[list(empty(SupportOutcomes).columns)], SupportOutcomes)


def outcome_cells(
    scores: pd.DataFrame, assignments: pd.DataFrame, recommendations: pd.DataFrame, helped: pd.DataFrame
) -> pd.DataFrame:
    """Rows of `children.outcome_cells`: each child counted once a risk and measure, by its area.

    Args:
        scores: `children.risk_scores`; those flagged on the last date are what coverage is of.
        assignments: `children.assignments`.
        recommendations: `children.recommendations`, which say who is already being helped.
        helped: `children.support_outcomes`.
    """
    parts = [
        _coverage(scores, assignments, recommendations).assign(measure="coverage"),
        _contact(helped).assign(measure="days_to_first_contact"),
        _found(helped).assign(measure="outcome"),
    ]
    rows = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True).dropna(subset=["area_id"])
    if not len(rows):
        return empty(OutcomeCells)
    keys = ["area_id", "label", "measure", "value"]
    made = rows.groupby(keys)["child_id"].nunique().rename("children").reset_index()
    made["is_synthetic"] = any_synthetic(scores, helped)
    return validate(made[list(empty(OutcomeCells).columns)], OutcomeCells)


def _coverage(scores: pd.DataFrame, assignments: pd.DataFrame, recommendations: pd.DataFrame) -> pd.DataFrame:
    last = latest(scores)
    flagged = last.loc[last["flagged"].astype(bool), [*_KEY, "area_id"]]
    already = recommendations.loc[recommendations["rule"].str.startswith("already"), _KEY].drop_duplicates()
    proposed = _among(flagged, assignments[_KEY].drop_duplicates())
    value = np.select(
        [_among(flagged, already), proposed], ["helped already", "help proposed"], default="no help proposed"
    )
    return flagged.assign(value=value)


def _contact(helped: pd.DataFrame) -> pd.DataFrame:
    """How long each child waited for the first contact after its first offer."""
    first = helped.sort_values(["offered_on", "support_id"]).drop_duplicates(_KEY)
    days = pd.to_numeric(first["days_to_first_contact"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    value = np.select(
        [np.isnan(days), *(days <= most for _, most in _CONTACT)],
        [_NOT_YET, *(words for words, _ in _CONTACT)],
        default=_LATER,
    )
    return first[[*_KEY, "area_id"]].assign(value=value)


def _found(helped: pd.DataFrame) -> pd.DataFrame:
    """What was found of each child after its last help that began."""
    begun = helped[helped["started_on"].notna()]
    last = begun.sort_values(["started_on", "support_id"]).drop_duplicates(_KEY, keep="last")
    return last[[*_KEY, "area_id"]].assign(value=last["outcome"])


def _among(rows: pd.DataFrame, others: pd.DataFrame) -> np.ndarray:
    there = set(others[_KEY].itertuples(index=False, name=None))
    return np.array([row in there for row in rows[_KEY].itertuples(index=False, name=None)], dtype=bool)
