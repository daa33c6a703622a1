"""What could be done where a list treats groups unequally, and what each costs. Chooses none: people do.

Thresholds by group (Hardt et al. 2016, equal opportunity), weights that part group and outcome (Kamiran and Calders
2012, reweighing), and leaving columns out. Whatever is set is set on earlier dates than those it is judged on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from socialai_assets.methods.case_risk.capacity import chance_of_a_place, places
from socialai_assets.methods.case_risk.evaluation import drawn_rows
from socialai_assets.methods.case_risk.fairness import Withholding

NONE = "none"
EQUAL_RECALL, EQUAL_SHARES = "equal_recall", "equal_shares"
REWEIGHING, EXCLUSION = "reweighing", "exclusion"
OPTIONS = (NONE, EQUAL_RECALL, EQUAL_SHARES, REWEIGHING, EXCLUSION)
LEVEL = 0.95
_STEPS = 40


def shares_of_equal_recall(
    observed: Iterable[float], scores: Iterable[float], groups: Iterable, capacity: float
) -> dict[str, float]:
    """Share of each group to list so that all groups' recall is the same, as far as earlier outcomes tell.

    Args:
        observed: (n,) outcomes, 0 or 1, of a date before the one the shares are for.
        scores: (n,) what ranked people on it.
        groups: (n,) their groups.
        capacity: see `capacity.places`.

    Returns:
        Group to share of its people; as many people in all as the capacity reaches. A group in which nobody was
        befallen gets the share of all.
    """
    truth, score = np.asarray(observed, float), np.asarray(scores, float)
    group = np.asarray(list(groups), dtype=object).astype(str)
    asked = places(capacity, len(truth))
    needed: dict[str, np.ndarray] = {}
    sizes = {name: int((group == name).sum()) for name in np.unique(group)}
    for name in sizes:
        own = group == name
        ranked = truth[own][np.argsort(-score[own], kind="stable")]
        if ranked.sum() > 0:
            needed[name] = np.cumsum(ranked) / ranked.sum()

    def listed(recall: float) -> dict[str, float]:
        return {name: float(np.searchsorted(curve, recall - 1e-12)) + 1 for name, curve in needed.items()}

    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(listed(middle).values()) <= asked else (low, middle)
    shares = {name: min(1.0, number / sizes[name]) for name, number in listed(low).items()}
    return {name: shares.get(name, asked / len(truth)) for name in sizes}


def chance_by_group(
    scores: Iterable[float], groups: Iterable, shares: Mapping[str, float], capacity: float
) -> np.ndarray:
    """(n,) chance of a place where each group has so many places as its share asks for, brought to the capacity.

    Args:
        scores: (n,) what ranks people.
        groups: (n,) their groups; one without a share has that of all.
        shares: group to share of its people.
        capacity: see `capacity.places`.
    """
    score = np.asarray(scores, float)
    group = np.asarray(list(groups), dtype=object).astype(str)
    asked = places(capacity, len(score))
    sizes = {str(name): int((group == name).sum()) for name in np.unique(group)}
    wanted = {name: max(shares.get(name, asked / len(score)), 1e-9) * size for name, size in sizes.items()}
    given = _whole_places(wanted, sizes, asked)
    made = np.zeros(len(score))
    for name, number in given.items():
        if number:
            own = group == name
            made[own] = chance_of_a_place(score[own], number)
    return made


def _whole_places(wanted: Mapping[str, float], sizes: Mapping[str, int], asked: int) -> dict[str, int]:
    """Whole places in proportion to what is wanted, as many as asked for in all (largest remainders), within sizes."""
    total = sum(wanted.values())
    exact = {name: min(sizes[name], one * asked / total) for name, one in wanted.items()}
    given = {name: int(np.floor(one)) for name, one in exact.items()}
    while sum(given.values()) < asked:
        name = max(
            (one for one in given if given[one] < sizes[one]),
            key=lambda one: (exact[one] - given[one], sizes[one], one),
        )
        given[name] += 1
    return given


def reweighing(observed: Iterable[float], groups: Iterable) -> np.ndarray:
    """(n,) weights by which group and outcome are independent: P(group) P(outcome) / P(group and outcome)."""
    table = pd.DataFrame({"observed": np.asarray(observed, float), "group": list(groups)})
    table["group"] = table["group"].astype(str)
    of = {name: table.groupby(name)[name].transform("size") for name in ("observed", "group")}
    both = table.groupby(["observed", "group"])["group"].transform("size")
    return (of["observed"] * of["group"] / (len(table) * both)).to_numpy(float)


def option_scores(
    lists: Mapping[str, np.ndarray],
    observed: Iterable[float],
    persons: Iterable,
    groups: Iterable,
    *,
    withholding: Withholding,
    draws: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """What each option's list finds, how unequal it is, and what it costs beside the list of option ``none``.

    Args:
        lists: option to (n,) chance of a place on its list; ``none`` among them, all of the same length of list.
        observed: (n,) outcomes, 0 or 1.
        persons: (n,) whose rows stay together in the bootstrap.
        groups: (n,) groups compared; those of fewer persons than `least_people` are left out of the gaps.
        withholding: of whom nothing is told: a figure that rests on fewer persons than `least_cell`, or a gap that does
            in any group, is missing, since two groups' rates follow from their gap and that of all.
        draws: of the bootstrap.
        seed: of the draws, the same for all options.

    Returns:
        One row an option: `option, precision, recall, recall_gap, selection_gap` (largest less smallest of the
        groups), `groups` (compared), and `precision_change, recall_change, recall_gap_change` from ``none``, each with
        `_lower` and `_upper`.
    """
    truth, who = np.asarray(observed, float), np.asarray(list(persons))
    codes, names = pd.factorize(np.asarray(list(groups), dtype=object).astype(str), sort=True)
    sizes = pd.Series(who).groupby(codes).nunique()
    compared = [number for number in range(len(names)) if sizes.get(number, 0) >= withholding.least_people]
    picks = [np.arange(len(truth)), *drawn_rows(who, draws, seed)]
    found = {
        name: np.array([_told(chance, truth, codes, compared, rows) for rows in picks])
        for name, chance in lists.items()
    }
    columns = ["precision", "recall", "recall_gap", "selection_gap"]
    made = []
    hidden = {name: _hidden(one, truth, codes, compared, withholding.least_cell) for name, one in lists.items()}
    for name, table in found.items():
        row: dict[str, object] = {"option": name, "groups": len(compared), **dict(zip(columns, table[0], strict=True))}
        change = table - found[NONE]
        ends = [_ends(column) for column in change[1:].T]
        for number, column in enumerate(columns[:3]):
            row |= {f"{column}_change": change[0, number]}
            row |= {f"{column}_change_lower": ends[number][0], f"{column}_change_upper": ends[number][1]}
        for column in columns:
            if column in hidden[name]:
                row[column] = float("nan")
            if column in hidden[name] | hidden[NONE]:
                row |= {key: float("nan") for key in row if key.startswith(f"{column}_change")}
        made.append(row)
    return pd.DataFrame(made)


def _told(
    chance: np.ndarray, truth: np.ndarray, codes: np.ndarray, compared: Sequence[int], rows: np.ndarray
) -> tuple[float, float, float, float]:
    """Precision, recall, and the gaps between groups of recall and of the share listed."""
    listed, befallen, group = chance[rows], truth[rows], codes[rows]
    right = listed * befallen
    top = max(compared, default=-1) + 1
    sums = [
        np.bincount(group, one, minlength=top)[list(compared)] for one in (right, befallen, listed, np.ones(len(rows)))
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        recall, share = sums[0] / sums[1], sums[2] / sums[3]
    gap = float(np.ptp(recall)) if len(compared) > 1 else 0.0
    return (
        _ratio(right.sum(), listed.sum()),
        _ratio(right.sum(), befallen.sum()),
        gap,
        float(np.ptp(share)) if len(compared) > 1 else 0.0,
    )


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")


def _ends(drawn: np.ndarray) -> tuple[float, float]:
    """Ends of an interval over the draws in which there was anything to count."""
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return float("nan"), float("nan")
    lower, upper = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(lower), float(upper)


def _hidden(
    chance: np.ndarray, truth: np.ndarray, codes: np.ndarray, compared: Sequence[int], least_cell: int
) -> set[str]:
    """Names of the figures of a list that rest on too few rows."""
    if least_cell <= 1:
        return set()
    listed, unlisted, befallen = chance > 0, chance < 1, truth > 0.5

    def is_few(*cells: np.ndarray) -> bool:
        return any(cell.sum() < least_cell for cell in cells)

    hidden = set()
    if is_few(listed & befallen, listed & ~befallen):
        hidden.add("precision")
    if is_few(listed & befallen, unlisted & befallen):
        hidden.add("recall")
    own = [codes == number for number in compared]
    if any(is_few(group & listed & befallen, group & unlisted & befallen) for group in own):
        hidden.add("recall_gap")
    if any(is_few(group & listed, group & unlisted) for group in own):
        hidden.add("selection_gap")
    return hidden
