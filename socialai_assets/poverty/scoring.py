"""Every figure `poverty.model_scores` holds of one model on one split, over all areas and by group. Fits nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from socialai_assets.methods.scores import METRICS, coverage, selection_scores, targeting_errors

COVERAGE_RANGE = (0.87, 0.93)
# Of fewer areas the share covered says little: its standard error at 90 % is 3 points at 100 areas.
LEAST_JUDGED = 100
POOREST_SHARE = 0.2
TARGETED_SHARES = (0.2, 0.4)
# Degree of urbanisation (Eurostat and others 2021): 300 inhabitants per km2 and 5,000 inhabitants, here of a district.
URBAN_DENSITY, URBAN_POPULATION = 300.0, 5000.0


def population(rows: pd.DataFrame) -> np.ndarray:
    """(n,) inhabitants, 0 where unknown, from `population_log`."""
    return np.nan_to_num(np.expm1(rows["population_log"].to_numpy(dtype=float)))


def is_urban(rows: pd.DataFrame) -> np.ndarray:
    """(n,) whether a district is urban by its density and inhabitants; not where they are unknown.

    Args:
        rows: `population_log, population_density_log`.
    """
    density = np.exp(rows["population_density_log"].to_numpy(dtype=float))
    return (np.nan_to_num(density) >= URBAN_DENSITY) & (population(rows) >= URBAN_POPULATION)


def area_groups(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Which rows belong to each group that is scored: urban, rural, the natural regions, the departments.

    Args:
        rows: `population_log, population_density_log, natural_region, admin1_id`.

    Returns:
        Group to (n,) membership; departments are named `department <code>`. Groups without a member are left out.
    """
    known, urban = rows["population_density_log"].notna().to_numpy(), is_urban(rows)
    region = rows["natural_region"]
    groups = {
        "urban": urban,
        "rural": known & ~urban,
        **{str(name): region.eq(name).to_numpy(dtype=bool) for name in sorted(region.dropna().unique())},
        **{
            f"department {code}": rows["admin1_id"].eq(code).to_numpy(dtype=bool)
            for code in sorted(rows["admin1_id"].unique())
        },
    }
    return {name: members for name, members in groups.items() if members.any()}


def scores_of(
    rows: pd.DataFrame, observed: np.ndarray, estimate: np.ndarray, lower: np.ndarray, upper: np.ndarray
) -> Iterator[tuple[str, str, float]]:
    """Group, metric and value of one model's out-of-sample estimates.

    Args:
        rows: what `area_groups` reads, and `lower_pct, upper_pct`, the ends of the official 95 % interval.
        observed: (n,) official rates, %.
        estimate: (n,) estimates, %.
        lower: (n,) lower ends of the 90 % intervals.
        upper: (n,) upper ends.
    """
    yield "all", "areas", float(len(rows))
    for metric, score in METRICS.items():
        yield "all", metric, score(observed, estimate)
    yield "all", "coverage_90", coverage(observed, lower, upper)
    yield "all", "interval_width_90", float(np.mean(upper - lower))
    official = rows[["lower_pct", "upper_pct"]].to_numpy(dtype=float)
    stated = np.isfinite(official).all(axis=1)
    if stated.any():
        yield "all", "inside_official_95", coverage(estimate[stated], official[stated, 0], official[stated, 1])
    for metric, value in selection_scores(observed, estimate, POOREST_SHARE).items():
        yield "all", f"{metric}_poorest_{POOREST_SHARE:.0%}".replace("%", ""), value
    people = population(rows)
    for share in TARGETED_SHARES if people.any() else ():
        for metric, value in targeting_errors(observed, estimate, people, share).items():
            yield "all", f"{metric}_{share:.0%}".replace("%", ""), value
    for group, members in area_groups(rows).items():
        yield group, "areas", float(members.sum())
        yield group, "bias", METRICS["bias"](observed[members], estimate[members])
        if not group.startswith("department "):
            yield group, "r2", METRICS["r2"](observed[members], estimate[members])
            yield group, "rmse", METRICS["rmse"](observed[members], estimate[members])
            yield group, "coverage_90", coverage(observed[members], lower[members], upper[members])


def judge_coverage(scores: pd.DataFrame, model: str, split: str) -> tuple[bool, pd.DataFrame]:
    """Whether the intervals of a model cover 90 % within 3 points, over all areas and in each group.

    A group that misses by no more than chance explains (two standard errors of a share of 90 %) is marked so and does
    not fail: of 140 areas, one in four well-calibrated groups misses by 3 points.

    Args:
        scores: `model, split, group, metric, value`.
        model: the model served.
        split: what was held out.

    Returns:
        The verdict, and `group, areas, coverage_90, verdict` with groups too small to be judged marked so.
    """
    chosen = scores[(scores["model"] == model) & (scores["split"] == split)]
    table = chosen.pivot(index="group", columns="metric", values="value")
    table = table[table["coverage_90"].notna()][["areas", "coverage_90"]].reset_index()
    covers = table["coverage_90"].between(*COVERAGE_RANGE)
    judged = table["areas"] >= LEAST_JUDGED
    chance = (table["coverage_90"] - 0.9).abs() <= 2 * np.sqrt(0.9 * 0.1 / table["areas"])
    table["verdict"] = np.select(
        [~judged, covers, chance],
        ["too few areas to judge", "covers", "misses by no more than chance explains"],
        "does not cover",
    )
    return bool((covers | chance | ~judged).all()), table
