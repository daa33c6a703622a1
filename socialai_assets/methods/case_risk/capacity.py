"""How good a ranked list is for a team that can see only so many people. Fits nothing, knows no groups.

A capacity is a number of people or, below 1, a share of all on the list. Equal scores at its edge are not ordered:
scores are those expected when places are drawn among them, so that the order of rows never counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pandas as pd


def places(capacity: float, people: int) -> int:
    """How many of ``people`` a capacity reaches: a share of them (below 1, rounded, at least one) or a whole number.

    Raises:
        ValueError: not positive, a number that is not whole, or nobody on the list.
    """
    if people < 1 or not capacity > 0 or (capacity >= 1 and capacity != int(capacity)):
        raise ValueError(f"A capacity of {capacity} for {people} people: give a share below 1 or a whole number.")
    return min(people, int(capacity) if capacity >= 1 else max(1, round(capacity * people)))


def chance_of_a_place(scores: Iterable[float], capacity: float) -> np.ndarray:
    """(n,) chance of each to be among the highest scores a capacity reaches: 1, 0, or in between for ties at its edge.

    Args:
        scores: (n,) what ranks people, the highest first; none missing.
        capacity: see `places`.
    """
    score = np.asarray(scores, dtype=np.float64)
    if np.isnan(score).any():
        raise ValueError(f"{int(np.isnan(score).sum())} of {len(score)} scores are missing.")
    number = places(capacity, len(score))
    edge = np.partition(score, len(score) - number)[len(score) - number]
    above, tied = score > edge, score == edge
    return above + tied * ((number - above.sum()) / tied.sum())


def capacity_scores(observed: Iterable[float], scores: Iterable[float], capacity: float) -> dict[str, float]:
    """Scores of the list a capacity reaches (triage's ``precision@k``, ``recall@k``), ties by expectation.

    Args:
        observed: (n,) outcomes, 0 or 1.
        scores: (n,) what ranks people.
        capacity: see `places`.

    Returns:
        `accuracy, precision, recall, f1`, each 0 to 1; recall is NaN where no outcome is 1.
    """
    truth = np.asarray(observed, dtype=np.float64)
    chance = chance_of_a_place(scores, capacity)
    if truth.shape != chance.shape:
        raise ValueError(f"{len(truth)} outcomes for {len(chance)} scores.")
    listed, ones = float(chance.sum()), float(truth.sum())
    right = float(chance @ truth)
    return {
        "accuracy": 1 - (listed + ones - 2 * right) / len(truth),
        "precision": right / listed,
        "recall": right / ones if ones else float("nan"),
        "f1": 2 * right / (listed + ones),
    }


def listed(people: Iterable, scores: Iterable[float], capacity: float) -> pd.Index:
    """Who is on the list, the highest scores first; among equals whoever comes first by identifier."""
    table = pd.DataFrame({"person": list(people), "score": list(scores)})
    ordered = table.sort_values(["score", "person"], ascending=[False, True], kind="stable")
    return pd.Index(ordered["person"].iloc[: places(capacity, len(ordered))])


def list_stability(scored: pd.DataFrame, capacity: float, *, person: str, date: str, score: str) -> pd.DataFrame:
    """How much of the list stays from each date to the next: Jaccard's index of the people on both lists.

    Args:
        scored: one row a person and date.
        capacity: see `places`.
        person, date, score: names of the columns.

    Returns:
        One row for each two dates that follow each other: `from_date, to_date, people` (scored on both dates), and
        `jaccard` (0 to 1) of the lists among them, so that those who came or left do not count as a change of mind.
        No row where fewer than two dates share people.
    """
    dates = sorted(scored[date].unique())
    rows = []
    for earlier, later in pairwise(dates):
        pair = [scored[scored[date] == day].set_index(person)[score] for day in (earlier, later)]
        both = pair[0].index.intersection(pair[1].index)
        if both.empty:
            continue
        first, second = (set(listed(both, one.loc[both], capacity)) for one in pair)
        rows.append((earlier, later, len(both), len(first & second) / len(first | second)))
    return pd.DataFrame(rows, columns=["from_date", "to_date", "people", "jaccard"])


def expected_calibration_error(observed: Iterable[float], probability: Iterable[float], *, bins: int = 10) -> float:
    """Mean distance of probability and rate over bins of equally many people (Naeini et al. 2015), 0 to 1."""
    truth, said = np.asarray(observed, dtype=np.float64), np.asarray(probability, dtype=np.float64)
    curve = calibration_curve(truth, said, bins=bins)
    return float((curve["people"] * (curve["probability"] - curve["rate"]).abs()).sum() / len(truth))


def calibration_curve(observed: Iterable[float], probability: Iterable[float], *, bins: int = 10) -> pd.DataFrame:
    """`probability` (mean), `rate` (of outcomes that are 1) and `people` by bin of equally many; ties share a bin."""
    truth, said = np.asarray(observed, dtype=np.float64), np.asarray(probability, dtype=np.float64)
    ranks = pd.Series(said).rank(method="average").to_numpy() / len(said)
    bin_of = np.minimum(np.ceil(ranks * bins), bins).astype(int)
    people, rates, means = (np.bincount(bin_of, weights) for weights in (None, truth, said))
    used = people > 0
    rate, mean = rates[used] / people[used], means[used] / people[used]
    return pd.DataFrame({"probability": mean, "rate": rate, "people": people[used].astype(int)})
