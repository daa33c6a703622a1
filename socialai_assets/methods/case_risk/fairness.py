"""How a list of limited length treats groups, with intervals, and whose figures are withheld. Changes no list.

Rates are those of fairlearn's MetricFrame (Bird et al. 2020); intervals are bootstrapped over persons with the list as
it is. What a group's figures rest on may be too few people to tell: then they are withheld, and said to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

ALL = "all"
METRICS = (
    "base_rate",
    "selection_rate",
    "precision",
    "recall",
    "false_negative_rate",
    "false_positive_rate",
    "calibration_gap",
)
"""Share befallen; share on the list; of those on the list, befallen; of the befallen, on the list and not; of the
others, on the list; mean probability less the share befallen."""
ROUNDED_TO = 10
LEVEL = 0.95


@dataclass(frozen=True)
class Withholding:
    """Of whom no figures are given.

    Attributes:
        least_people: a group of fewer persons has none.
        least_cell: nor has a figure which rests on fewer persons than this, on both sides or on one, nor one that would
            tell of a whole group that it befell them; 1 for people whose data are public anyway.
    """

    least_people: int = 50
    least_cell: int = 10


def rates_by_group(
    people: pd.DataFrame,
    attributes: Sequence[Sequence[str]],
    *,
    withholding: Withholding,
    draws: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """Rates of every group of every attribute, or of attributes together, beside those of all.

    Args:
        people: `person, observed` (0 or 1), `estimate` (probability), `chance` (of a place on the list, see
            `capacity.chance_of_a_place`), and the attributes' columns; a missing value is a group of its own.
        attributes: columns that make up groups, such as ``[["sex"], ["sex", "age"]]``.
        withholding: of whom no figures are given. Where one group alone of an attribute would lack a figure, the
            smallest other one lacks it too, since all less the others would tell it.
        draws: of the bootstrap.
        seed: of the draws.

    Returns:
        `attribute, group` (values joined by ", "), `people` (persons, to the nearest ten), `metric, value, lower,
        upper, difference` (from all), `difference_lower, difference_upper, is_withheld`. Figures are missing where
        withheld, or where nothing is there to count. The first rows are those of ``all``.

    Raises:
        ValueError: a chance or an outcome is missing.
    """
    if people[["observed", "estimate", "chance"]].isna().to_numpy().any():
        raise ValueError("Every person needs an outcome, an estimate and a chance of a place.")
    times = _times_drawn(people["person"], draws, seed)
    everyone = _Figures.of(people, np.ones((len(people), 1)), times)
    rows = [_rows(ALL, [ALL], everyone, everyone, np.array([people["person"].nunique()]), None)]
    for columns in attributes:
        values, names = groups_of(people, columns)
        table = np.equal.outer(values, np.arange(len(names))).astype(float)
        found = _Figures.of(people, table, times)
        persons = people["person"].groupby(values).nunique().reindex(range(len(names))).to_numpy()
        withheld = _withheld(_persons_in_cells(people, values, len(names)), persons, withholding)
        found = found.with_values(_metric_frame(people, values, len(names)))
        rows.append(_rows(" and ".join(columns), names, found, everyone, persons, withheld))
    return pd.concat(rows, ignore_index=True)


def groups_of(people: pd.DataFrame, columns: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """(n,) number of each row's group, and the groups' names in their order."""
    alike = people.groupby(list(columns), dropna=False, observed=True, sort=False).ngroup().to_numpy()
    _, first = np.unique(alike, return_index=True)
    told = people[list(columns)].iloc[first].astype(object)
    joined = told.map(lambda value: "not known" if pd.isna(value) else str(value)).agg(", ".join, axis=1)
    codes, names = pd.factorize(joined, sort=True)
    return codes[alike], [str(name) for name in names]


@dataclass(frozen=True)
class _Figures:
    """Sums by draw (the first is everybody once) and group, (1 + draws, groups), and rates made of them."""

    people: np.ndarray
    befallen: np.ndarray
    listed: np.ndarray
    right: np.ndarray
    expected: np.ndarray
    values: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, people: pd.DataFrame, groups: np.ndarray, times: np.ndarray) -> _Figures:
        """Figures of groups, (n, groups) of 0 or 1, by how often each row is drawn, (draws, n)."""
        columns = people[["observed", "chance", "estimate"]].to_numpy(float)
        observed, chance, estimate = columns.T
        sums = [
            times @ (groups * one[:, np.newaxis])
            for one in (np.ones(len(people)), observed, chance, chance * observed, estimate)
        ]
        count, befallen, listed, right, expected = sums
        others = count - befallen
        with np.errstate(invalid="ignore", divide="ignore"):
            values = {
                "base_rate": befallen / count,
                "selection_rate": listed / count,
                "precision": right / listed,
                "recall": right / befallen,
                "false_negative_rate": 1 - right / befallen,
                "false_positive_rate": (listed - right) / others,
                "calibration_gap": (expected - befallen) / count,
            }
        return cls(count, befallen, listed, right, expected, values)

    def with_values(self, first: Mapping[str, np.ndarray]) -> _Figures:
        """The same with the first draw's rates as given."""
        values = {name: np.vstack([first[name], table[1:]]) for name, table in self.values.items()}
        return _Figures(self.people, self.befallen, self.listed, self.right, self.expected, values)


def _metric_frame(people: pd.DataFrame, values: np.ndarray, groups: int) -> dict[str, np.ndarray]:
    """Rates by group as fairlearn counts them, `chance` standing for yes and no."""
    from fairlearn.metrics import MetricFrame

    # fairlearn takes rows one by one; those of a group that are alike are one row with a weight.
    alike = (
        people.groupby([values, people["observed"].to_numpy(float), people["chance"].to_numpy(float)])["estimate"]
        .agg(["size", "mean"])
        .rename_axis(["group", "observed", "chance"])
        .reset_index()
    )

    def ratio(over: np.ndarray, under: np.ndarray) -> float:
        return float(over.sum() / under.sum()) if under.sum() > 0 else float("nan")

    metrics = {
        "base_rate": lambda y_true, y_pred, weight, **_: ratio(weight * y_true, weight),  # noqa: ARG005
        "selection_rate": lambda y_true, y_pred, weight, **_: ratio(weight * y_pred, weight),  # noqa: ARG005
        "precision": lambda y_true, y_pred, weight, **_: ratio(weight * y_true * y_pred, weight * y_pred),
        "recall": lambda y_true, y_pred, weight, **_: ratio(weight * y_true * y_pred, weight * y_true),
        "false_negative_rate": lambda y_true, y_pred, weight, **_: ratio(
            weight * y_true * (1 - y_pred), weight * y_true
        ),
        "false_positive_rate": lambda y_true, y_pred, weight, **_: ratio(
            weight * (1 - y_true) * y_pred, weight * (1 - y_true)
        ),
        "calibration_gap": lambda y_true, y_pred, weight, estimate: ratio(  # noqa: ARG005
            weight * (estimate - y_true), weight
        ),
    }
    weights = {"weight": alike["size"].to_numpy(float), "estimate": alike["mean"].to_numpy()}
    frame = MetricFrame(
        metrics=metrics,
        y_true=alike["observed"].to_numpy(),
        y_pred=alike["chance"].to_numpy(),
        sensitive_features=alike["group"].to_numpy(),
        sample_params=dict.fromkeys(metrics, weights),
    )
    return {name: frame.by_group[name].reindex(range(groups)).to_numpy(float) for name in metrics}


def _times_drawn(persons: Iterable, draws: int, seed: int) -> np.ndarray:
    """(1 + draws, n) how often each row is drawn, rows of a person together; everybody once in the first."""
    codes, labels = pd.factorize(np.asarray(list(persons)))
    random = np.random.default_rng(seed)
    drawn = [
        np.bincount(random.integers(0, len(labels), len(labels)), minlength=len(labels))[codes] for _ in range(draws)
    ]
    return np.vstack([np.ones(len(codes)), *drawn])


_CELLS = {
    "base_rate": (("listed", "unlisted"), ("listed_not", "unlisted_not")),
    "selection_rate": (("listed", "listed_not"), ("unlisted", "unlisted_not")),
    "precision": (("listed",), ("listed_not",)),
    "recall": (("listed",), ("unlisted",)),
    "false_negative_rate": (("listed",), ("unlisted",)),
    "false_positive_rate": (("listed_not",), ("unlisted_not",)),
    "calibration_gap": (("listed", "unlisted"), ("listed_not", "unlisted_not")),
}
"""What a rate counts, and the rest of what it is a share of: befallen or not, on the list or not."""
_TELLS_OF_ALL = ("base_rate", "precision", "calibration_gap")
"""Where nobody is left over, these tell of everyone in the group that it befell them."""


def _persons_in_cells(people: pd.DataFrame, values: np.ndarray, groups: int) -> dict[tuple[str, ...], np.ndarray]:
    """(groups,) distinct persons of whom each side of each rate of `_CELLS` has a row."""
    befallen, chance = people["observed"].to_numpy(float) > 0.5, people["chance"].to_numpy(float)
    of = {
        "listed": befallen & (chance > 0),
        "unlisted": befallen & (chance < 1),
        "listed_not": ~befallen & (chance > 0),
        "unlisted_not": ~befallen & (chance < 1),
    }
    found = {}
    for side in {side for pair in _CELLS.values() for side in pair}:
        rows = np.any([of[name] for name in side], axis=0)
        counted = people.loc[rows, "person"].groupby(values[rows]).nunique()
        found[side] = counted.reindex(range(groups), fill_value=0).to_numpy()
    return found


def _withheld(
    counted: Mapping[tuple[str, ...], np.ndarray], persons: np.ndarray, rule: Withholding
) -> dict[str, np.ndarray]:
    """Metric to (groups,) whether its figure is withheld."""
    made = {}
    for metric in METRICS:
        cells = np.stack([counted[side] for side in _CELLS[metric]])
        hidden = (persons < rule.least_people) | ((cells > 0) & (cells < rule.least_cell)).any(axis=0)
        if rule.least_cell > 1:
            hidden |= cells.sum(axis=0) < rule.least_cell
            if metric in _TELLS_OF_ALL:
                hidden |= cells[1] == 0
        if hidden.sum() == 1 and len(hidden) > 1:
            others = np.where(hidden, np.inf, persons.astype(float))
            hidden[int(np.argmin(others))] = True
        made[metric] = hidden
    return made


def _rows(
    attribute: str,
    names: Sequence[str],
    found: _Figures,
    everyone: _Figures,
    persons: np.ndarray,
    withheld: Mapping[str, np.ndarray] | None,
) -> pd.DataFrame:
    ends, parts = [(1 - LEVEL) / 2, (1 + LEVEL) / 2], []
    for metric in METRICS:
        table, whole = found.values[metric], everyone.values[metric]
        gap = table - whole
        with np.errstate(invalid="ignore"):
            lower, upper = _quantiles(table[1:], ends)
            gap_lower, gap_upper = _quantiles(gap[1:], ends)
        hidden = np.zeros(len(names), bool) if withheld is None else withheld[metric]
        figures = {
            "value": table[0],
            "lower": lower,
            "upper": upper,
            "difference": gap[0],
            "difference_lower": gap_lower,
            "difference_upper": gap_upper,
        }
        parts.append(
            pd.DataFrame(
                {
                    "attribute": attribute,
                    "group": names,
                    "people": ROUNDED_TO * np.round(persons / ROUNDED_TO).astype(int),
                    "metric": metric,
                    **{name: np.where(hidden, np.nan, one) for name, one in figures.items()},
                    "is_withheld": hidden,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _quantiles(table: np.ndarray, ends: Sequence[float]) -> np.ndarray:
    """(2, groups) quantiles over the draws in which there was anything to count; NaN where there never was."""
    made = np.full((2, table.shape[1]), np.nan)
    for number, column in enumerate(table.T):
        known = column[np.isfinite(column)]
        if len(known):
            made[:, number] = np.quantile(known, ends)
    return made
