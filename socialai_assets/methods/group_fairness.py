"""How well groups are served beside each other, with intervals. Knows no domain and decides nothing.

A place counts by its people. Intervals are bootstrapped over places within their group (Efron and Tibshirani 1993, An
Introduction to the Bootstrap, ch. 13): a group of one place has none.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

LEVEL = 0.95


def served_by_group(
    places: pd.DataFrame, *, limit: float, draws: int = 2000, seed: int = 0, level: float = LEVEL
) -> pd.DataFrame:
    """Share of needs met in each group, and its ratio to the best served group and to all together.

    Args:
        places: `group`, `people` (weight, not negative), `met_share` (in [0, 1]); one row a place in a group.
        limit: ratio to the best served below which a group is served worse.
        draws: of the bootstrap.
        seed: of its random numbers.
        level: of the intervals.

    Returns:
        One row a group, in the order of its name: group, places, people, met_share, lower, upper (missing for groups
        of one place), ratio_to_best, ratio_lower, ratio_upper (missing where either group is of one place, or it is
        the best itself), ratio_to_all, is_below (the ratio is below the limit), is_certain (its whole interval is).

    Raises:
        ValueError: a share outside [0, 1] or a weight that is missing or negative.
    """
    rows = places[places["people"] > 0]
    if not places["people"].ge(0).all() or not rows["met_share"].between(0, 1).all():
        raise ValueError("Shares lie within [0, 1], and people are not negative.")
    random = np.random.default_rng(seed)
    names, shares, drawn, found = [], [], [], []
    for name, own in rows.groupby("group", sort=True):
        weight, share = own["people"].to_numpy(float), own["met_share"].to_numpy(float)
        picked = random.integers(0, len(own), (draws, len(own)))
        names.append(name)
        shares.append(float(weight @ share / weight.sum()))
        drawn.append((weight[picked] * share[picked]).sum(axis=1) / weight[picked].sum(axis=1))
    if not names:
        columns = ["group", "places", "people", "met_share", "lower", "upper", "ratio_to_best", "ratio_lower"]
        return pd.DataFrame(columns=[*columns, "ratio_upper", "ratio_to_all", "is_below", "is_certain"])
    sizes, people = (rows.groupby("group", sort=True)["people"].agg(how).to_numpy() for how in ("size", "sum"))
    best = int(np.argmax(shares))
    everyone = float(np.asarray(shares) @ people / people.sum())
    tails = [(1 - level) / 2, (1 + level) / 2]
    for number, name in enumerate(names):
        several = sizes[number] > 1
        lower, upper = np.quantile(drawn[number], tails) if several else (np.nan, np.nan)
        ratio_lower = ratio_upper = np.nan
        if number != best and several and sizes[best] > 1 and shares[best] > 0:
            whole = drawn[best]
            ratios = np.divide(drawn[number], whole, out=np.ones(draws), where=whole > 0)
            ratio_lower, ratio_upper = np.quantile(ratios, tails)
        ratio = shares[number] / shares[best] if shares[best] > 0 else 1.0
        found.append(
            {
                "group": name,
                "places": int(sizes[number]),
                "people": float(people[number]),
                "met_share": shares[number],
                "lower": float(lower),
                "upper": float(upper),
                "ratio_to_best": float(ratio),
                "ratio_lower": float(ratio_lower),
                "ratio_upper": float(ratio_upper),
                "ratio_to_all": float(shares[number] / everyone) if everyone > 0 else 1.0,
                "is_below": bool(ratio < limit),
                "is_certain": bool(ratio_upper < limit),
            }
        )
    return pd.DataFrame(found)


def thirds(values: pd.Series, names: tuple[str, str, str]) -> pd.Series:
    """The third each value lies in, by name, lowest first; missing where the value is; ties stay together.

    With fewer than three different values there are fewer groups, never a group by chance.
    """
    known = values.dropna()
    edges = np.quantile(known, [1 / 3, 2 / 3]) if len(known) else np.zeros(2)
    number = np.searchsorted(edges, values.to_numpy(dtype=float), side="left")
    return pd.Series(np.array(names, dtype=object)[np.minimum(number, 2)], index=values.index).where(values.notna())
