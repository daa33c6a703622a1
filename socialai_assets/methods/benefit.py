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
        error: standard error of the logarithm of rate_with / rate_without.
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
    error: float
    overlap_share: float
    why_not: str = ""


def pseudo_outcomes(
    features: pd.DataFrame,
    helped: np.ndarray,
    outcome: np.ndarray,
    people: Iterable[Any],
    *,
    folds: int = 5,
    least_propensity: float | None = None,
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
        least_propensity: rows with a probability of help below this, or above 1 less this, have no like; None: a fifth
            of the share helped, so that nobody counts for more than five of the others who were helped.
        seed: of folds and trees.

    Raises:
        ValueError: lengths differ, or some fold would see nobody helped, or of the others none or all whom it befell.
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
        for rows in (helped[rest], outcome[rest & ~helped]):
            if len(np.unique(rows)) < 2:
                raise ValueError("Too few were helped, or too little befell them, to compare them with others.")
        propensity[own], expected[own], with_help[own] = _fitted(X, helped, outcome, rest, own, seed)
    if least_propensity is None:
        least_propensity = min(0.5, float(helped.mean()) / 5)
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

    given, expected = rest & helped, without(own)
    likely = asked.predict_proba(X[own])[:, 1]
    if len(np.unique(outcome[given])) < 2:
        # Nothing can be learned of the few who were helped; the weights alone tell what became of them.
        return likely, expected, expected
    moved = LogisticRegression(C=1.0).fit(logit(without(given))[:, None], outcome[given])
    return likely, expected, moved.predict_proba(logit(expected)[:, None])[:, 1]


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
        return Effect(int(treated.sum()), int((used & ~treated).sum()), nan, nan, nan, nan, nan, nan, overlap, nobody)
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
        error,
        overlap,
        "; ".join(why),
    )


def risk_bands(expected: np.ndarray, shares: Sequence[float] = (0.5, 0.8)) -> np.ndarray:
    """(n,) band of each row's probability without help, from 0; parted at shares of the rows, ascending."""
    return np.searchsorted(np.quantile(expected, shares), expected, side="right")


def updated_effect(known: float, known_error: float, effect: Effect) -> tuple[float, float, float]:
    """What is known of an effect from elsewhere, moved towards what the records say as far as these are sure.

    Normal on the logarithm of the ratio of rates, so that a weak record moves little and none moves nothing.

    Args:
        known: relative effect known from elsewhere, in [0, 1].
        known_error: how unsure that is, as a standard error of the logarithm of the ratio.
        effect: of the records; one that is not to be relied on counts for nothing.

    Returns:
        The relative effect, and the ends of its 90 % interval.
    """
    before, weight = np.log(1 - min(known, 0.99)), known_error**-2
    if not effect.why_not and effect.error > 0:
        seen = effect.error**-2
        before = (weight * before + seen * np.log(1 - effect.relative_effect)) / (weight + seen)
        weight = weight + seen
    wide = Z90 * weight**-0.5
    middle, lower, upper = (float(1 - np.exp(value)) for value in (before, before + wide, before - wide))
    return middle, lower, upper


def logit(probability: np.ndarray) -> np.ndarray:
    """Logarithms of odds; of what is all but sure, those of a millionth less."""
    sure = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(sure / (1 - sure))
