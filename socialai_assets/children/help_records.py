"""Records of help as rows that can be compared: who was offered it after a date, who like them was not. Estimates none.

A row is a child on a date with what was known then. It counts where the child met the need, was of the age, was not
helped with the same risk before, and had not come to harm by the end of the days in which help could begin: so nobody
is counted as not helped because there was no time left to help (a landmark, against immortal time: Anderson, Cain and
Gelber 1983, Journal of Clinical Oncology 1:710-719).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.children.help_contracts import BANDS, BenefitEstimates, HelpComparisons
from socialai_assets.children.help_eligibility import needs_of
from socialai_assets.children.help_settings import HelpSettings
from socialai_assets.ingest.contract import empty, validate
from socialai_assets.methods.benefit import (
    Effect,
    Pseudo,
    effect_of_help,
    pseudo_outcomes,
    risk_bands,
    updated_effect,
)
from socialai_assets.methods.matching import matched_comparison

NOT_COVARIATES = ("child_id", "as_of_date", "school_id", "area_id", "sex", "language", "is_synthetic")
LIMITS = (
    "only what is on record is compared: who was helped may differ in what nobody wrote down; help is counted as "
    "offered, also where it was not taken up; what help others had later is not considered"
)


@dataclass(frozen=True, eq=False)
class HelpRecords:
    """Rows of one intervention that can be compared.

    Attributes:
        covariates: (n, k) what was known on the date, numbers.
        helped: (n,) whether the help was offered within the days after.
        outcome: (n,) whether the risk came true.
        people: (n,) whose row it is.
        dates: (n,) the date.
    """

    covariates: pd.DataFrame
    helped: np.ndarray
    outcome: np.ndarray
    people: np.ndarray
    dates: np.ndarray


def help_records(
    intervention: pd.Series,
    features: pd.DataFrame,
    labels: pd.DataFrame,
    support: pd.DataFrame,
    harms: pd.DataFrame,
    acts_on: pd.Series,
    settings: HelpSettings,
) -> HelpRecords:
    """The rows of an intervention.

    Args:
        intervention: its row of the catalogue.
        features: `children.risk_features`.
        labels: `children.risk_labels`.
        support: `children.support`.
        harms: `child_id, label, event_date`: when a risk came true.
        acts_on: the risk by `intervention_id`.
        settings: needs and days.
    """
    label, days = str(intervention["acts_on"]), pd.Timedelta(settings.benefit.start_days, "D")
    own = labels.loc[labels["label"] == label, ["child_id", "as_of_date", "outcome"]]
    rows = _dated(features, "as_of_date").merge(_dated(own, "as_of_date"), on=["child_id", "as_of_date"], how="inner")
    age = rows["age_years"].to_numpy(dtype=float)
    fits = (age >= int(intervention["min_age"])) & (age < int(intervention["max_age"]) + 1)
    fits &= needs_of(rows, settings.needs)[str(intervention["need"])].to_numpy()
    rows = rows[fits].reset_index(drop=True)
    help_given = _dated(support, "offered_on", "ended_on")
    help_given = help_given[help_given["intervention_id"].map(acts_on) == label]
    offers = rows[["child_id", "as_of_date"]].reset_index(names="row").merge(help_given, on="child_id")
    after = (offers["offered_on"] > offers["as_of_date"]) & (offers["offered_on"] <= offers["as_of_date"] + days)
    ended = offers["ended_on"].notna() & (offers["ended_on"] <= offers["as_of_date"])
    before = (offers["offered_on"] <= offers["as_of_date"]) & ~ended
    # An offer that was never taken up is over after half a year.
    before &= offers["started_on"].notna() | (offers["offered_on"] > offers["as_of_date"] - pd.Timedelta(182, "D"))
    same = offers["intervention_id"] == intervention.name
    harm = _dated(harms[harms["label"] == label], "event_date")
    came = rows[["child_id", "as_of_date"]].reset_index(names="row").merge(harm, on="child_id")
    early = (came["event_date"] > came["as_of_date"]) & (came["event_date"] <= came["as_of_date"] + days)
    left_out = np.zeros(len(rows), dtype=bool)
    for found in (offers.loc[before | (after & ~same), "row"], came.loc[early, "row"]):
        left_out[found.to_numpy(dtype=int)] = True
    helped = np.zeros(len(rows), dtype=bool)
    helped[offers.loc[after & same, "row"].to_numpy(dtype=int)] = True
    kept = ~left_out
    known = rows[[name for name in features.columns if name not in NOT_COVARIATES]]
    numbers = known.apply(pd.to_numeric, errors="coerce").astype(float)
    numbers.insert(0, "is_girl", (rows["sex"] == "F").astype(float))
    return HelpRecords(
        covariates=numbers[kept].reset_index(drop=True),
        helped=helped[kept],
        outcome=rows["outcome"].to_numpy(dtype=bool)[kept],
        people=rows["child_id"].to_numpy(dtype=object)[kept],
        dates=rows["as_of_date"].to_numpy()[kept],
    )


def harms_of(enrolments: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """`child_id, label, event_date`: when children left school, and when cases were opened."""
    left = enrolments.loc[enrolments["event"] == "left", ["child_id", "event_date"]].assign(label="leaves_school")
    opened = cases.loc[cases["event"] == "opened", ["child_id", "event_date"]].assign(label="case_opens")
    return pd.concat([left, opened], ignore_index=True)


def what_help_did(
    interventions: pd.DataFrame,
    features: pd.DataFrame,
    labels: pd.DataFrame,
    support: pd.DataFrame,
    harms: pd.DataFrame,
    settings: HelpSettings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of `children.benefit_estimates` and of `children.help_comparisons`.

    Args:
        interventions: the catalogue.
        features: `children.risk_features`.
        labels: `children.risk_labels`.
        support: `children.support`.
        harms: of `harms_of`.
        settings: needs, days, and when records are relied on.
    """
    if not len(interventions):
        return empty(BenefitEstimates), empty(HelpComparisons)
    catalogue = interventions.set_index("intervention_id")
    synthetic = bool(features["is_synthetic"].any()) if len(features) else bool(interventions["is_synthetic"].any())
    effects, pairs = [], []
    for name in catalogue.index:
        kind = catalogue.loc[name]
        records = help_records(kind, features, labels, support, harms, catalogue["acts_on"], settings)
        pseudo, why = _pseudo(records, settings)
        effects += [
            _effect_row(kind, band, records, pseudo, why, settings) for band in BANDS[: len(settings.benefit.bands) + 2]
        ]
        pairs.append(_pair_row(kind, records, pseudo))
    made = (pd.DataFrame(effects), BenefitEstimates), (pd.DataFrame(pairs), HelpComparisons)
    first, second = (validate(frame.assign(is_synthetic=synthetic), contract) for frame, contract in made)
    return first, second


def _pseudo(records: HelpRecords, settings: HelpSettings) -> tuple[Pseudo | None, str]:
    own = settings.benefit
    if records.helped.sum() < own.least_helped:
        return None, f"fewer than {own.least_helped} were helped"
    try:
        found = pseudo_outcomes(
            records.covariates, records.helped, records.outcome, records.people, folds=own.folds, seed=own.seed
        )
    except ValueError:
        return None, "too little befell those who were helped to compare them with others"
    return found, ""


def _effect_row(
    kind: pd.Series, band: str, records: HelpRecords, pseudo: Pseudo | None, why: str, settings: HelpSettings
) -> dict[str, object]:
    own, nan = settings.benefit, float("nan")
    if pseudo is None:
        helped, total = int(records.helped.sum()), len(records.helped)
        effect = Effect(helped, total - helped, nan, nan, nan, nan, nan, nan, nan, why)
    else:
        number = BANDS.index(band) - 1
        rows = None if number < 0 else risk_bands(pseudo.expected, own.bands) == number
        effect = effect_of_help(
            pseudo,
            records.helped,
            records.people,
            rows=rows,
            least_helped=own.least_helped,
            least_overlap=own.least_overlap,
        )
    known = float(kind["relative_effect"])
    used = updated_effect(known, own.catalogue_error[str(kind["evidence"])], effect)
    return {
        "intervention_id": kind.name,
        "label": kind["acts_on"],
        "band": band,
        "helped": effect.helped,
        "compared": effect.compared,
        "rate_with": effect.rate_with,
        "rate_without": effect.rate_without,
        "relative_effect": effect.relative_effect,
        "lower": effect.lower,
        "upper": effect.upper,
        "overlap_share": effect.overlap_share,
        "why_not": effect.why_not or None,
        "catalogue_effect": known,
        "used_effect": used[0],
        "used_lower": used[1],
        "used_upper": used[2],
        "basis": "catalogue" if effect.why_not else "catalogue and records",
    }


def _pair_row(kind: pd.Series, records: HelpRecords, pseudo: Pseudo | None) -> dict[str, object]:
    row: dict[str, object] = {
        "intervention_id": kind.name,
        "label": kind["acts_on"],
        "delivered_by": kind["delivered_by"],
        "pairs": 0,
        "unmatched": int(records.helped.sum()),
        **dict.fromkeys(("rate_helped", "rate_compared", "difference", "lower", "upper", "imbalance"), float("nan")),
        "limits": f"too few were helped to compare; {LIMITS}",
    }
    if pseudo is None:
        return row
    found = matched_comparison(
        records.covariates, records.helped, records.outcome, pseudo.propensity, records.dates, records.people
    )
    alike = "" if found.imbalance_after <= 0.1 else "the two are not alike in all that is on record; "
    return row | {
        "pairs": found.pairs,
        "unmatched": found.unmatched,
        "rate_helped": found.rate_helped,
        "rate_compared": found.rate_compared,
        "difference": found.difference,
        "lower": found.lower,
        "upper": found.upper,
        "imbalance": found.imbalance_after,
        "limits": alike + LIMITS,
    }


def _dated(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in columns})
