"""Why the served model estimates a district as it does, and what would change its rank, in figures. No words here.

The words are in wording.py and explanations.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from socialai_assets.methods.applicability import Dissimilarity, dissimilarity
from socialai_assets.methods.counterfactual import Alternatives, alternatives, shifted, smallest_change
from socialai_assets.methods.explanation import Attribution, attribute, can_be_explained, design_of, estimate_of
from socialai_assets.poverty.served_model import ServedModel
from socialai_assets.poverty.wording import BOUNDS, DRIVERS, LEVERS, wording

POOREST_SHARE = 0.2
# Where the poorest fifth is out of reach: a move by so many of all ranks is told.
RANKS_TOLD = 0.05
# Districts that stand for all, evenly spaced from the one estimated poorest to the least poor.
BACKGROUND = 12


@dataclass(frozen=True)
class Explained:
    """What was found out about each district, in the order of the features.

    Attributes:
        table: (n, k) what the model that estimated each district sees of it.
        attribution: the estimates taken apart.
        other: estimates with one lever moved.
        likeness: how unlike each is to those learned from.
    """

    table: np.ndarray
    attribution: Attribution
    other: Alternatives
    likeness: Dissimilarity


def explain(served: ServedModel, features: pd.DataFrame, estimates: np.ndarray) -> Explained | None:
    """Take the estimates of all districts apart, and ask the served model again with other values.

    Args:
        served: the model in use.
        features: the table `district_features`, with a block for every area.
        estimates: (n,) what was served for them, which background areas are chosen by.

    Returns:
        None where a baseline is served, which has no reasons to give.
    """
    if served.is_baseline or not can_be_explained(served.full):
        return None
    background = background_of(features, estimates)
    whole: dict[str, np.ndarray] = {}
    names: tuple[str, ...] = ()
    other = Alternatives((), np.zeros(0), np.zeros((0, 0)))
    for rows, model in served.models_of(features):
        table, names = design_of(model, features[rows])
        among = features.reindex(columns=list(names)).to_numpy(dtype=float, na_value=np.nan)
        levers = {lever: [names.index(name) for name in moved if name in names] for lever, moved in LEVERS.items()}
        other = alternatives(
            lambda asked, model=model: estimate_of(model, asked),
            table,
            among,
            {lever: columns for lever, columns in levers.items() if columns},
        )
        found = attribute(model, table, design_of(model, background)[0])
        for name, part in {
            "table": table,
            "base": found.base,
            "effects": found.effects,
            "cut": found.cut,
            "other": other.estimates.T,
        }.items():
            whole.setdefault(name, np.zeros((len(features), *part.shape[1:])))[rows] = part
    covariates = [name for name in names if name in features]
    importance = np.abs(whole["effects"]).mean(axis=0)[: len(covariates)]
    fold = features["area_id"].map(served.fold_of).fillna(-1).to_numpy(dtype=int)
    return Explained(
        whole["table"],
        Attribution(names, whole["base"], whole["effects"], whole["cut"]),
        replace(other, estimates=whole["other"].T),
        _likeness(whole["table"][:, : len(covariates)], importance, fold),
    )


def background_of(features: pd.DataFrame, estimates: np.ndarray) -> pd.DataFrame:
    """Districts that stand for all, evenly spaced from the one estimated poorest to the least poor."""
    spaced = (np.arange(BACKGROUND) + 0.5) / BACKGROUND * len(features)
    return features.iloc[np.argsort(estimates, kind="stable")[np.unique(spaced.astype(int))]]


def _likeness(table: np.ndarray, importance: np.ndarray, fold: np.ndarray) -> Dissimilarity:
    """Unknown where the areas the model learned from are no longer there: a new country before its first training."""
    if len(np.unique(fold[fold >= 0])) < 2:
        return Dissimilarity(np.full(len(table), np.nan), np.nan, np.zeros(len(table), dtype=int))
    return dissimilarity(table, importance, fold)


def driver_effects(table: np.ndarray, attribution: Attribution, area: np.ndarray, middles: np.ndarray) -> pd.DataFrame:
    """The effect of each driver on each district, and the covariate that leads it.

    Args:
        table: (n, k) what the model sees of each district.
        attribution: the estimates taken apart.
        area: (n,) code of each.
        middles: (k,) mean of each covariate over the country's districts.

    Returns:
        `area_id, rank, driver, covariate, value, middle, effect, direction`: value of the leading covariate, and its
        mean over the districts. A row `bounds` only where the estimate was cut to 0 or 100.
    """
    driver_of = np.array([wording(name).driver for name in attribution.names])
    rows, parts = np.arange(len(area)), []
    for driver in dict.fromkeys(driver_of):
        columns = np.flatnonzero(driver_of == driver)
        effects = attribution.effects[:, columns]
        effect = effects.sum(axis=1)
        lead = columns[(effects * np.where(effect >= 0, 1, -1)[:, np.newaxis]).argmax(axis=1)]
        parts.append(
            pd.DataFrame(
                {
                    "area_id": area,
                    "driver": driver,
                    "covariate": np.array(attribution.names)[lead],
                    "value": table[rows, lead],
                    "middle": middles[lead],
                    "effect": effect,
                }
            )
        )
    cut = pd.DataFrame({"area_id": area, "driver": BOUNDS, "covariate": None, "effect": attribution.cut})
    parts.append(cut[np.abs(cut["effect"]) > 1e-6])
    effects_of = pd.concat(parts, ignore_index=True).astype({"value": float, "middle": float})
    # Beyond the sixth decimal sums depend on the order they are made in.
    effects_of["effect"] = effects_of["effect"].round(6)
    order = {driver: number for number, driver in enumerate(DRIVERS)}
    effects_of = effects_of.assign(size=-effects_of["effect"].abs(), place=effects_of["driver"].map(order))
    effects_of = effects_of.sort_values(["area_id", "size", "place"], ignore_index=True).drop(columns=["size", "place"])
    effects_of["rank"] = effects_of.groupby("area_id").cumcount() + 1
    return effects_of.assign(direction=np.where(effects_of["effect"] >= 0, "raises", "lowers"))


def poverty_ranks(estimates: np.ndarray) -> np.ndarray:
    """(n,) rank of each estimate, 1 for the greatest; equal ones share the better rank."""
    return pd.Series(-estimates).rank(method="min").to_numpy(dtype=int)


def rank_changes(explained: Explained, estimates: np.ndarray) -> pd.DataFrame:
    """The smallest change found that moves each district across the mark of the poorest fifth, or in the ranking.

    Args:
        explained: see `explain`.
        estimates: (n,) estimates as served, which ranks are made of.

    Returns:
        `outcome, covariate, value, changed, estimate, rank` in the same order; missing where nothing moves it.
    """
    other, count = explained.other, len(estimates)
    rank = poverty_ranks(estimates)
    poorest = max(1, round(POOREST_SHARE * count))
    ordered = np.sort(estimates)
    greater = count - np.searchsorted(ordered, other.estimates, side="right")
    new_rank = 1 + greater - (estimates > other.estimates)
    crosses = (new_rank <= poorest) != (rank <= poorest)
    crossing = smallest_change(other, crosses)
    moving = smallest_change(other, np.abs(new_rank - rank) >= max(1, round(RANKS_TOLD * count)))
    chosen = np.where(crossing >= 0, crossing, moving)
    rows = []
    for row, number in enumerate(chosen):
        if number < 0:
            rows.append({"outcome": "nothing tried moves it"})
            continue
        lever = other.levers[number]
        column = explained.attribution.names.index(lever)
        value = explained.table[row, [column]]
        left = rank[row] <= poorest
        outcome = "leaves the poorest fifth" if left else "enters the poorest fifth"
        rows.append(
            {
                "outcome": outcome if crossing[row] >= 0 else "moves in the ranking",
                "covariate": lever,
                "value": float(value[0]),
                "changed": float(shifted(value, explained.table[:, column], float(other.shifts[number]))[0]),
                "estimate": float(other.estimates[number, row]),
                "rank": int(new_rank[number, row]),
            }
        )
    columns = ["outcome", "covariate", "value", "changed", "estimate", "rank"]
    return pd.DataFrame(rows, columns=columns)
