"""Which flagged child may be given which help, by rule, and what to expect of it. Assigns nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.children.help_contracts import BANDS, Recommendations
from socialai_assets.children.help_settings import HelpSettings, NeedSettings
from socialai_assets.ingest.contract import any_synthetic, empty, validate

CLEARED = "cleared"
NEED_WORDS = {
    "irregular_attendance": "is often absent",
    "failing_marks": "fails subjects",
    "far_from_school": "lives far from school",
    "poor_household": "lives in a poor household",
    "language_differs": "has another first language than the school",
    "protection": "has, had or lives with a case of protection",
    "any": "is flagged",
}


def latest(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the last date of each risk."""
    days = pd.to_datetime(rows["as_of_date"])
    return rows[days == days.groupby(rows["label"]).transform("max")] if len(rows) else rows


def needs_of(features: pd.DataFrame, limits: NeedSettings) -> pd.DataFrame:
    """Which needs each row shows, a column each in the order of the interventions' needs; missing is no need.

    Args:
        features: rows of `children.risk_features`.
        limits: from where on something is a need.
    """
    number = {
        name: pd.to_numeric(features[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        for name in (
            "absence_recent",
            "subjects_failing",
            "school_km",
            "income_per_member_usd",
            "language_share_at_school",
            "cases_before",
            "siblings_with_case",
        )
    }
    open_case = features["has_open_case"].fillna(False).to_numpy(dtype=bool)
    return pd.DataFrame(
        {
            "irregular_attendance": number["absence_recent"] >= limits.absent_share,
            "failing_marks": number["subjects_failing"] >= limits.subjects_failing,
            "far_from_school": number["school_km"] >= limits.school_km,
            "poor_household": number["income_per_member_usd"] < limits.income_per_member_usd,
            "language_differs": number["language_share_at_school"] < limits.language_share,
            "protection": open_case | (number["cases_before"] > 0) | (number["siblings_with_case"] > 0),
            "any": np.ones(len(features), dtype=bool),
        },
        index=features.index,
    )


def bands_of(risk: pd.Series, label: pd.Series, shares: tuple[float, ...]) -> pd.Series:
    """Band of each risk among all scored ones of its label: lower, middle, highest."""
    names = np.array(BANDS[1:])
    place = risk.groupby(label).rank(method="average", pct=True).to_numpy(dtype=float)
    number = np.searchsorted(np.asarray(shares), place, side="left")
    return pd.Series(names[np.minimum(number, len(names) - 1)], index=risk.index)


def running_help(support: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Help that was offered or had begun by a day, as was known then, and had not ended; offers wait a month.

    Args:
        support: rows of `children.support`.
        as_of: the day.
    """
    known, offered, started, ended = (
        pd.to_datetime(support[name]) for name in ("knowledge_date", "offered_on", "started_on", "ended_on")
    )
    waits = started.isna() & (offered >= as_of - pd.Timedelta(31, "D"))
    runs = started.notna() & (ended.isna() | (ended > as_of))
    return support[(known <= as_of) & (offered <= as_of) & (waits | runs)]


def recommended(
    scores: pd.DataFrame,
    features: pd.DataFrame,
    support: pd.DataFrame,
    interventions: pd.DataFrame,
    estimates: pd.DataFrame,
    settings: HelpSettings,
) -> pd.DataFrame:
    """Every flagged child with every intervention that acts on its risk: rows of `children.recommendations`.

    Args:
        scores: `children.risk_scores`; the last date of each risk counts.
        features: `children.risk_features`.
        support: `children.support`.
        interventions: the catalogue.
        estimates: `children.benefit_estimates`.
        settings: the rules.
    """
    last = latest(scores)
    if not len(last) or not len(interventions):
        return empty(Recommendations)
    last = last.assign(band=bands_of(last["score"], last["label"], settings.benefit.bands))
    flagged = last[last["flagged"].astype(bool)][["child_id", "label", "as_of_date", "score", "band", "state"]]
    known = features.drop(columns=["is_synthetic"])
    known = known.assign(as_of_date=pd.to_datetime(known["as_of_date"]))
    flagged = flagged.assign(as_of_date=pd.to_datetime(flagged["as_of_date"]))
    rows = flagged.merge(known, on=["child_id", "as_of_date"], how="inner")
    if not len(rows):
        return empty(Recommendations)
    pairs = rows.merge(interventions, left_on="label", right_on="acts_on", how="inner").reset_index(drop=True)
    needs = needs_of(pairs, settings.needs).to_numpy()
    columns = {name: number for number, name in enumerate(NEED_WORDS)}
    meets = needs[np.arange(len(pairs)), pairs["need"].map(columns).to_numpy()]
    helped = _already_helped(pairs, support, interventions)
    pairs["rule"] = _rules(pairs, meets, helped, settings)
    pairs["eligible"] = pairs["rule"].str.startswith("eligible")
    effects = estimates[["intervention_id", "label", "band", "used_effect", "used_lower", "used_upper", "basis"]]
    pairs = pairs.merge(effects, on=["intervention_id", "label", "band"], how="left", validate="many_to_one")
    for name, effect in (("expected_benefit", "used_effect"), ("lower", "used_lower"), ("upper", "used_upper")):
        pairs[name] = pairs["score"] * pairs[effect]
    pairs["order"] = (
        pairs["expected_benefit"]
        .where(pairs["eligible"])
        .groupby([pairs["child_id"], pairs["label"]])
        .rank(method="first", ascending=False)
        .astype("Int64")
    )
    made = pairs.rename(columns={"score": "risk"})
    made["is_synthetic"] = any_synthetic(scores)
    return validate(made[list(empty(Recommendations).columns)], Recommendations)


def _already_helped(pairs: pd.DataFrame, support: pd.DataFrame, interventions: pd.DataFrame) -> np.ndarray:
    """(n,) whether the child is already helped with the same risk on the day of its score."""
    acts_on = interventions.set_index("intervention_id")["acts_on"]
    found = np.zeros(len(pairs), dtype=bool)
    for day, rows in pairs.groupby("as_of_date"):
        running = running_help(support, pd.Timestamp(str(day)))
        there = set(zip(running["child_id"], running["intervention_id"].map(acts_on), strict=True))
        found[rows.index] = [pair in there for pair in zip(rows["child_id"], rows["label"], strict=True)]
    return found


def _rules(pairs: pd.DataFrame, meets: np.ndarray, helped: np.ndarray, settings: HelpSettings) -> np.ndarray:
    """(n,) the first rule that applies, in words; those that begin with `eligible` let the child be helped."""
    need = pairs["need"].map(NEED_WORDS).to_numpy(dtype=object)
    excluded = pairs["label"].isin(settings.open_case_excludes) & pairs["has_open_case"].fillna(False).astype(bool)
    low, high = pairs["min_age"].to_numpy(dtype=int), pairs["max_age"].to_numpy(dtype=int)
    age = pairs["age_years"].to_numpy(dtype=float)
    spans = np.array([f"not {one} to {other} years old" for one, other in zip(low, high, strict=True)], dtype=object)
    return np.select(
        [
            (pairs["state"] == CLEARED).to_numpy(dtype=bool),
            excluded.to_numpy(dtype=bool),
            helped,
            (age < low) | (age >= high + 1),
            ~meets,
        ],
        [
            "cleared on review",
            "a case of protection is open: the social worker in charge decides",
            "already being helped with this risk",
            spans,
            np.array([f"no sign that the child {words}" for words in need], dtype=object),
        ],
        default=np.array([f"eligible: the child {words}" for words in need], dtype=object),
    )
