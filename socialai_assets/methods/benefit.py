"""What help did, from records of who was helped and what became of whom; chance and choice are not told apart by hope.

Doubly robust: cross-fitted augmented inverse probability weighting (Robins, Rotnitzky and Zhao 1994, Journal of the
American Statistical Association 89:846-866; Chernozhukov et al. 2018, The Econometrics Journal 21:C1-C68). It holds
where everything that made help more likely and the outcome too is among the covariates; nothing here can test that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from socialai_assets.methods.one_thread import on_one_thread

Z90 = 1.6448536269514722
_LEAST_RATE = 1e-4


@dataclass(frozen=True, eq=False)
class Pseudo:
    """What each row would come to with help and without, as far as the records tell, (n,) each.

    Attributes:
        with_help: its augmented outcome with help; the mean estimates the rate if all were helped.
        without_help: the same without.
        propensity: probability of help, from rows of other people.
        expected: probability of the outcome without help, from rows of other people.
        overlaps: whether people like it were both helped and not.
    """

    with_help: np.ndarray
    without_help: np.ndarray
    propensity: np.ndarray
    expected: np.ndarray
    overlaps: np.ndarray


@dataclass(frozen=True)
class Effect:
    """What help takes away of a risk.

    Attributes:
        helped: rows with help, where others like them were not helped.
        compared: rows without.
        rate_with: rate of the outcome with help.
        rate_without: rate without.
        relative_effect: 1 - rate_with / rate_without; negative where help does harm.
        lower: end of its 90 % interval.
        upper: other end.
        overlap_share: share of rows that have their like on the other side.
        why_not: why it should not be relied on; empty where nothing speaks against it.
    """

    helped: int
    compared: int
    rate_with: float
    rate_without: float
    relative_effect: float
    lower: float
    upper: float
    overlap_share: float
    why_not: str = ""


def pseudo_outcomes(
    features: pd.DataFrame,
    helped: np.ndarray,
    outcome: np.ndarray,
    people: Iterable[Any],
    *,
    folds: int = 5,
    least_propensity: float = 0.005,
    seed: int = 0,
) -> Pseudo:
    """Augmented outcomes by models that never see a row of the same person.

    The probability of help is a regularised logistic regression; that of the outcome without help the mean of one and
    of boosted trees; with help it is the latter moved along its logits, since the helped are few.

    Args:
        features: (n, k) what was known before the help, numbers; may be missing.
        helped: (n,) whether help was given.
        outcome: (n,) whether what should not happen did.
        people: (n,) whose row it is.
        folds: of people.
        least_propensity: rows with a probability of help below this, or above 1 less this, have no like.
        seed: of folds and trees.

    Raises:
        ValueError: lengths differ, or some fold would see nobody helped or nobody not helped with either outcome.
    """
    helped, outcome = np.asarray(helped, dtype=bool), np.asarray(outcome, dtype=bool)
    codes, _ = pd.factorize(pd.Series(list(people)))
    if not len(features) == len(helped) == len(outcome) == len(codes):
        raise ValueError("Features, help, outcomes and people are of the same rows.")
    fold = np.random.default_rng(seed).permutation(int(codes.max(initial=-1)) + 1)[codes] % folds
    X = features.to_numpy(dtype=float, na_value=np.nan)
    propensity, expected, with_help = (np.full(len(X), np.nan) for _ in range(3))
    for part in range(folds):
        rest, own = fold != part, fold == part
        if not own.any():
            continue
        for rows in (helped[rest], outcome[rest & ~helped], outcome[rest & helped]):
            if len(np.unique(rows)) < 2:
                raise ValueError("Too few were helped, or too little befell them, to compare them with others.")
        propensity[own], expected[own], with_help[own] = _fitted(X, helped, outcome, rest, own, seed)
    overlaps = (propensity >= least_propensity) & (propensity <= 1 - least_propensity)
    sure = np.clip(propensity, least_propensity, 1 - least_propensity)
    return Pseudo(
        with_help=with_help + helped * (outcome - with_help) / sure,
        without_help=expected + ~helped * (outcome - expected) / (1 - sure),
        propensity=propensity,
        expected=expected,
        overlaps=overlaps,
    )


@on_one_thread
def _fitted(
    X: np.ndarray, helped: np.ndarray, outcome: np.ndarray, rest: np.ndarray, own: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities of help, of the outcome without help and with, of the rows `own` by models of the rows `rest`."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def line() -> Any:
        filled = SimpleImputer(strategy="median", keep_empty_features=True, add_indicator=True)
        return make_pipeline(filled, StandardScaler(), LogisticRegression(C=0.1, max_iter=500))

    asked = line().fit(X[rest], helped[rest])
    bare = rest & ~helped
    straight = line().fit(X[bare], outcome[bare])
    trees = HistGradientBoostingClassifier(
        max_iter=60, learning_rate=0.05, max_leaf_nodes=8, min_samples_leaf=40, l2_regularization=5.0, random_state=seed
    ).fit(X[bare], outcome[bare])

    def without(rows: np.ndarray) -> np.ndarray:
        return (straight.predict_proba(X[rows])[:, 1] + trees.predict_proba(X[rows])[:, 1]) / 2

    given = rest & helped
    moved = LogisticRegression(C=1.0).fit(_logit(without(given))[:, None], outcome[given])
    expected = without(own)
    return asked.predict_proba(X[own])[:, 1], expected, moved.predict_proba(_logit(expected)[:, None])[:, 1]


def effect_of_help(
    pseudo: Pseudo,
    helped: np.ndarray,
    people: Iterable[Any],
    *,
    rows: np.ndarray | None = None,
    least_helped: int = 50,
    least_overlap: float = 0.5,
) -> Effect:
    """The relative effect among rows that have their like, with a 90 % interval from sums by person.

    Args:
        pseudo: of all rows.
        helped: (n,) whether help was given.
        people: (n,) whose row it is.
        rows: (n,) rows to look at, such as a band of risk; None: all.
        least_helped: with fewer helped the effect is not to be relied on.
        least_overlap: nor where a smaller share of rows has its like.
    """
    asked = np.ones(len(helped), dtype=bool) if rows is None else np.asarray(rows, dtype=bool)
    used = asked & pseudo.overlaps
    treated, overlap = np.asarray(helped, dtype=bool) & used, float(used.sum() / max(asked.sum(), 1))
    if not treated.any() or not (used & ~treated).any():
        nan, nobody = float("nan"), "nobody was helped, or everybody was, among those who are like each other"
        return Effect(int(treated.sum()), int((used & ~treated).sum()), nan, nan, nan, nan, nan, overlap, nobody)
    one, none = pseudo.with_help[used], pseudo.without_help[used]
    rate_with, rate_without = (float(max(values.mean(), _LEAST_RATE)) for values in (one, none))
    # The influence of each person on the logarithm of the ratio of rates; a person's rows are not independent.
    influence = (one - rate_with) / rate_with - (none - rate_without) / rate_without
    codes, _ = pd.factorize(pd.Series(list(people))[used].to_numpy())
    error = float(np.sqrt((np.bincount(codes, influence) ** 2).sum()) / used.sum())
    ratio = rate_with / rate_without
    why = []
    if treated.sum() < least_helped:
        why.append(f"only {int(treated.sum())} were helped, of {least_helped} that are needed")
    if overlap < least_overlap:
        why.append(f"only {overlap:.0%} have their like on the other side")
    if error > 1:
        why.append("the interval is too wide to say anything")
    return Effect(
        int(treated.sum()),
        int((used & ~treated).sum()),
        rate_with,
        rate_without,
        1 - ratio,
        1 - ratio * float(np.exp(min(Z90 * error, 50.0))),
        1 - ratio * float(np.exp(-Z90 * error)),
        overlap,
        "; ".join(why),
    )


def risk_bands(expected: np.ndarray, shares: Sequence[float] = (0.5, 0.8)) -> np.ndarray:
    """(n,) band of each row's probability without help, from 0; parted at shares of the rows, ascending."""
    return np.searchsorted(np.quantile(expected, shares), expected, side="right")


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
    logit = _logit(propensity)
    widest = caliper * float(logit.std())
    groups = pd.Series(np.arange(len(helped))).groupby(pd.factorize(pd.Series(list(strata)))[0])
    pairs = [pair for rows in groups.indices.values() for pair in _nearest(rows, helped, logit, widest)]
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


def _nearest(rows: np.ndarray, helped: np.ndarray, logit: np.ndarray, widest: float) -> list[tuple[int, int]]:
    """Pairs of a stratum; those whom help was likeliest for choose first, as they have fewest like them."""
    free = rows[~helped[rows]]
    free = free[np.argsort(logit[free], kind="stable")]
    values, taken, found = logit[free], np.zeros(len(free), dtype=bool), []
    own = rows[helped[rows]]
    for row in own[np.argsort(-logit[own], kind="stable")]:
        near = np.flatnonzero(~taken & (np.abs(values - logit[row]) <= widest))
        if len(near):
            best = near[np.argmin(np.abs(values[near] - logit[row]))]
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


def _logit(probability: np.ndarray) -> np.ndarray:
    sure = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(sure / (1 - sure))
