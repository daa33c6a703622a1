"""How good estimates are, and whether one set is better than another. No models, no splits.

Names are those of the field; every score compares ``observed`` with ``estimate``, arrays of shape (n,) in the unit
of the target. Missing values are an error of the caller, never left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

Metric = Callable[[np.ndarray, np.ndarray], float]


def _pair(observed: Iterable, estimate: Iterable) -> tuple[np.ndarray, np.ndarray]:
    first, second = np.asarray(observed, dtype=np.float64), np.asarray(estimate, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise ValueError(f"Scores compare two series of one length, got {first.shape} and {second.shape}.")
    if np.isnan(first).any() or np.isnan(second).any():
        raise ValueError(f"{np.isnan(first).sum()} observed values and {np.isnan(second).sum()} estimates are missing.")
    return first, second


def r2(observed: np.ndarray, estimate: np.ndarray) -> float:
    """Coefficient of determination: 1 - squared error / squared deviation from the observed mean (unitless).

    NaN where all observed values are equal.
    """
    observed, estimate = _pair(observed, estimate)
    variation = float(((observed - observed.mean()) ** 2).sum())
    return 1.0 - float(((observed - estimate) ** 2).sum()) / variation if variation > 0 else float("nan")


def rmse(observed: np.ndarray, estimate: np.ndarray) -> float:
    """Root mean squared error, in the target's unit."""
    observed, estimate = _pair(observed, estimate)
    return float(np.sqrt(np.mean((observed - estimate) ** 2)))


def mae(observed: np.ndarray, estimate: np.ndarray) -> float:
    """Mean absolute error, in the target's unit."""
    observed, estimate = _pair(observed, estimate)
    return float(np.mean(np.abs(observed - estimate)))


def bias(observed: np.ndarray, estimate: np.ndarray) -> float:
    """Mean of estimate minus observed, in the target's unit: positive where estimates are too high."""
    observed, estimate = _pair(observed, estimate)
    return float(np.mean(estimate - observed))


def spearman(observed: np.ndarray, estimate: np.ndarray) -> float:
    """Rank correlation, ties at their mean rank; NaN where either is constant."""
    observed, estimate = _pair(observed, estimate)
    ranks = pd.DataFrame({"observed": observed, "estimate": estimate}).rank().to_numpy()
    if (np.ptp(ranks, axis=0) == 0).any():
        return float("nan")
    return float(np.corrcoef(ranks, rowvar=False)[0, 1])


def coverage(observed: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> float:
    """Share of observed values within their interval, bounds included (0 to 1)."""
    observed, lower = _pair(observed, lower)
    observed, upper = _pair(observed, upper)
    return float(np.mean((lower <= observed) & (observed <= upper)))


def auc(observed: np.ndarray, estimate: np.ndarray) -> float:
    """Area under the ROC curve: how often a row that is 1 is ranked above one that is 0, ties counted half.

    NaN where all rows are alike.
    """
    observed, estimate = _pair(observed, estimate)
    positive = observed > 0.5
    ones, zeros = int(positive.sum()), int((~positive).sum())
    if not ones or not zeros:
        return float("nan")
    # Mann-Whitney's U, by the mean ranks of ties.
    _, place, counts = np.unique(estimate, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((rank[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def brier(observed: np.ndarray, estimate: np.ndarray) -> float:
    """Mean squared error of probabilities of an outcome that is 0 or 1 (Brier 1950), 0 to 1."""
    observed, estimate = _pair(observed, estimate)
    return float(np.mean((observed - estimate) ** 2))


def confusion_scores(observed: np.ndarray, flagged: np.ndarray) -> dict[str, float]:
    """How well a yes or no tells outcomes that are 0 or 1.

    Returns:
        `accuracy, precision, recall, f1`, each 0 to 1. Precision is NaN where nothing is flagged, recall where nothing
        is 1; f1 is 0 where nothing that is 1 is flagged.
    """
    observed, flagged = _pair(observed, flagged)
    truth, said = observed > 0.5, flagged > 0.5
    right = float((truth & said).sum())
    wrong = float((truth != said).sum())
    return {
        "accuracy": 1 - wrong / len(truth),
        "precision": right / said.sum() if said.any() else float("nan"),
        "recall": right / truth.sum() if truth.any() else float("nan"),
        "f1": 2 * right / (2 * right + wrong) if right + wrong else float("nan"),
    }


METRICS: dict[str, Metric] = {"r2": r2, "rmse": rmse, "mae": mae, "bias": bias, "spearman": spearman}
"""Metrics of point estimates by name."""

PROBABILITY_METRICS: dict[str, Metric] = {"auc": auc, "brier": brier}
"""Metrics of probabilities of outcomes that are 0 or 1, by name."""

HIGHER_IS_BETTER = {"r2": True, "rmse": False, "mae": False, "spearman": True, "auc": True, "brier": False}
"""Whether more of the metric is better; bias is neither and cannot be bootstrapped as an improvement."""


class Improvement(NamedTuple):
    """Gain of one set of estimates over another, positive where it is better, with its bootstrap interval."""

    gain: float
    lower: float
    upper: float


def paired_bootstrap(
    observed: np.ndarray,
    baseline: np.ndarray,
    candidate: np.ndarray,
    metric: str = "r2",
    *,
    blocks: Iterable | None = None,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Improvement:
    """How much better ``candidate`` is than ``baseline`` on the same rows.

    Whole blocks are drawn with replacement, since errors within a block are alike; both sets of estimates are
    scored on each draw (percentile bootstrap, Efron and Tibshirani 1993, chapter 13).

    Args:
        observed: (n,) observed values.
        baseline: (n,) estimates to beat.
        candidate: (n,) estimates that should be better.
        metric: r2, rmse, mae, spearman, auc or brier.
        blocks: (n,) block of each row; every row is its own when None.
        draws: number of bootstrap samples.
        seed: seed of the draws.
        level: two-sided confidence, e.g. 0.95.

    Returns:
        Gain on all rows and its lower and upper bound, in the metric's unit; positive favours ``candidate``.

    Raises:
        ValueError: an unknown metric, missing values, or fewer than two blocks.
    """
    if metric not in HIGHER_IS_BETTER:
        raise ValueError(f"Unknown metric {metric!r}: use one of {', '.join(HIGHER_IS_BETTER)}.")
    observed, baseline = _pair(observed, baseline)
    observed, candidate = _pair(observed, candidate)
    sign = 1.0 if HIGHER_IS_BETTER[metric] else -1.0
    codes, drawn = _drawn_blocks(blocks, len(observed), draws, seed)
    first, second = (_scores_of_draws(observed, one, metric, codes, drawn) for one in (baseline, candidate))
    return _with_bounds(sign * (second - first), level)


def bootstrap(
    observed: np.ndarray,
    estimate: np.ndarray,
    metric: str,
    *,
    blocks: Iterable | None = None,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Improvement:
    """A score with its interval, whole blocks drawn with replacement; see `paired_bootstrap`.

    Returns:
        The score on all rows (`gain`) and its lower and upper bound, in the metric's unit.
    """
    observed, estimate = _pair(observed, estimate)
    codes, drawn = _drawn_blocks(blocks, len(observed), draws, seed)
    return _with_bounds(_scores_of_draws(observed, estimate, metric, codes, drawn), level)


def _drawn_blocks(blocks: Iterable | None, rows: int, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(rows,) number of each row's block, and (1 + draws, blocks) numbers of the blocks drawn, all of them first."""
    codes, labels = pd.factorize(np.arange(rows) if blocks is None else np.asarray(list(blocks)), sort=True)
    if len(labels) < 2:
        raise ValueError("A block bootstrap needs at least two blocks.")
    drawn = np.random.default_rng(seed).integers(len(labels), size=(draws, len(labels)))
    return codes, np.vstack([np.arange(len(labels)), drawn])


def _scores_of_draws(
    observed: np.ndarray, estimate: np.ndarray, metric: str, codes: np.ndarray, drawn: np.ndarray
) -> np.ndarray:
    """(1 + draws,) scores of the rows of the blocks drawn."""
    number = drawn.shape[1]
    if metric != "auc":
        score = {**METRICS, **PROBABILITY_METRICS}[metric]
        rows_of = [np.flatnonzero(codes == code) for code in range(number)]
        chosen = (np.concatenate([rows_of[block] for block in blocks]) for blocks in drawn)
        return np.array([score(observed[rows], estimate[rows]) for rows in chosen])
    # Who is ranked above whom is counted once for each pair of blocks, and a draw only weighs the pairs.
    positive = observed > 0.5
    won = np.zeros((number, number))
    for code in range(number):
        lower = np.sort(estimate[~positive & (codes == code)])
        beaten = (np.searchsorted(lower, estimate[positive]) + np.searchsorted(lower, estimate[positive], "right")) / 2
        won[:, code] = np.bincount(codes[positive], beaten, minlength=number)
    ones = np.bincount(codes[positive], minlength=number)
    zeros = np.bincount(codes[~positive], minlength=number)
    times = np.zeros(drawn.shape)
    np.add.at(times, (np.arange(len(drawn))[:, np.newaxis], drawn), 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return ((times @ won) * times).sum(axis=1) / ((times @ ones) * (times @ zeros))


def _with_bounds(values: np.ndarray, level: float) -> Improvement:
    lower, upper = np.nanquantile(values[1:], [(1 - level) / 2, (1 + level) / 2])
    return Improvement(float(values[0]), float(lower), float(upper))


def selection_scores(observed: np.ndarray, estimate: np.ndarray, share: float) -> dict[str, float]:
    """How well the estimates pick the areas with the highest observed values, the same number in both (ties by order).

    Args:
        observed: (n,) observed values.
        estimate: (n,) estimates.
        share: share of areas that count as highest, e.g. 0.2; at least one area.

    Returns:
        `accuracy, precision, recall, f1`, each 0 to 1; the last three are equal since as many are picked as wanted.
    """
    observed, estimate = _pair(observed, estimate)
    number = max(1, round(share * len(observed)))
    wanted, picked = (np.zeros(len(observed), dtype=bool) for _ in range(2))
    wanted[np.argsort(-observed, kind="stable")[:number]] = True
    picked[np.argsort(-estimate, kind="stable")[:number]] = True
    right = float((wanted & picked).sum()) / number
    return {"accuracy": float((wanted == picked).mean()), "precision": right, "recall": right, "f1": right}


def targeting_errors(
    observed: np.ndarray, estimate: np.ndarray, population: np.ndarray, share: float
) -> dict[str, float]:
    """Errors of reaching a share of all people, areas with the highest estimates first, the last one in part.

    Args:
        observed: (n,) observed share of people in need, %.
        estimate: (n,) estimates, %.
        population: (n,) people, not negative, not all 0.
        share: share of all people that is reached, in (0, 1].

    Returns:
        `exclusion_error`, the share of people in need who are not reached, and `inclusion_error`, the share of people
        reached who are not in need; population-weighted (Coady, Grosh and Hoddinott 2004). NaN where nobody is in need.
    """
    observed, estimate = _pair(observed, estimate)
    people = np.asarray(population, dtype=np.float64)
    budget = share * people.sum()
    order = np.argsort(-estimate, kind="stable")
    before = np.cumsum(people[order]) - people[order]
    reached = np.empty(len(people))
    reached[order] = np.clip(budget - before, 0, people[order])
    needy, found = float(people @ observed) / 100, float(reached @ observed) / 100
    return {
        "exclusion_error": 1 - found / needy if needy > 0 else float("nan"),
        "inclusion_error": 1 - found / budget,
    }
