"""Helped people beside others like them, in pairs: what became of both, and how alike they are. Estimates no help."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from socialai_assets.methods.benefit import Z90, logit


@dataclass(frozen=True)
class Matched:
    """Helped people beside others like them.

    Attributes:
        pairs: helped rows that found their like.
        unmatched: helped rows that did not.
        rate_helped: rate of the outcome among the paired helped.
        rate_compared: rate among their like.
        difference: the former less the latter.
        lower: end of its 90 % interval.
        upper: other end.
        imbalance_before: greatest standardised mean difference of a covariate before matching.
        imbalance_after: the same after; above 0.1 the two are not alike.
    """

    pairs: int
    unmatched: int
    rate_helped: float
    rate_compared: float
    difference: float
    lower: float
    upper: float
    imbalance_before: float
    imbalance_after: float


def matched_comparison(
    features: pd.DataFrame,
    helped: np.ndarray,
    outcome: np.ndarray,
    propensity: np.ndarray,
    strata: Iterable[Any],
    people: Iterable[Any],
    *,
    caliper: float = 0.2,
) -> Matched:
    """Pairs of one helped and one not, of the same stratum, nearest by the logit of the probability of help.

    Without replacement, within a caliper in standard deviations of the logit (Austin 2011, Pharmaceutical Statistics
    10:150-161); the interval sums a helped person's pairs first.

    Args:
        features: (n, k) covariates whose balance is told.
        helped: (n,) whether help was given.
        outcome: (n,) whether what should not happen did.
        propensity: (n,) probability of help.
        strata: (n,) only rows of the same one are paired, such as of one date.
        people: (n,) whose row it is.
        caliper: widest difference.
    """
    helped, outcome = np.asarray(helped, dtype=bool), np.asarray(outcome, dtype=float)
    odds = logit(propensity)
    widest = caliper * float(odds.std())
    groups = pd.Series(np.arange(len(helped))).groupby(pd.factorize(pd.Series(list(strata)))[0])
    pairs = [pair for rows in groups.indices.values() for pair in _nearest(rows, helped, odds, widest)]
    one, other = (np.array([pair[side] for pair in pairs], dtype=int) for side in (0, 1))
    total = int(helped.sum())
    before = _imbalance(features, np.flatnonzero(helped), np.flatnonzero(~helped))
    if not pairs:
        missing = float("nan")
        return Matched(0, total, missing, missing, missing, missing, missing, before, missing)
    differences = outcome[one] - outcome[other]
    codes, _ = pd.factorize(pd.Series(list(people)).iloc[one].to_numpy())
    centred = np.bincount(codes, differences - differences.mean())
    error = float(np.sqrt((centred**2).sum()) / len(one))
    mean = float(differences.mean())
    rates = float(outcome[one].mean()), float(outcome[other].mean())
    ends = mean - Z90 * error, mean + Z90 * error
    return Matched(len(one), total - len(one), *rates, mean, *ends, before, _imbalance(features, one, other))


def _nearest(rows: np.ndarray, helped: np.ndarray, odds: np.ndarray, widest: float) -> list[tuple[int, int]]:
    """Pairs of a stratum; those whom help was likeliest for choose first, as they have fewest like them."""
    free = rows[~helped[rows]]
    free = free[np.argsort(odds[free], kind="stable")]
    values, taken, found = odds[free], np.zeros(len(free), dtype=bool), []
    own = rows[helped[rows]]
    for row in own[np.argsort(-odds[own], kind="stable")]:
        near = np.flatnonzero(~taken & (np.abs(values - odds[row]) <= widest))
        if len(near):
            best = near[np.argmin(np.abs(values[near] - odds[row]))]
            taken[best] = True
            found.append((int(row), int(free[best])))
    return found


def _imbalance(features: pd.DataFrame, one: np.ndarray, other: np.ndarray) -> float:
    """Greatest standardised mean difference of a covariate; NaN where nobody is on a side."""
    if not len(one) or not len(other) or not features.shape[1]:
        return float("nan")
    X = features.to_numpy(dtype=float, na_value=np.nan)
    X = np.where(np.isnan(X), np.nanmean(np.where(np.isnan(X).all(axis=0), 0.0, X), axis=0), X)
    spread = X.std(axis=0)
    known = spread > 0
    apart = np.abs(X[one].mean(axis=0) - X[other].mean(axis=0))[known] / spread[known]
    return float(apart.max(initial=0.0))
