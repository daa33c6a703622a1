"""Shares of areas' points that fail, from risks of points and visits. Reads no table, fits nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from socialai_assets.methods.failure_probability import share_interval

LEVELS = {"admin3": "area_id", "admin2": "admin2_id", "admin1": "admin1_id"}
LEAST_SHARE_WITH_RISK = 0.5
"""Share of an area's points that must have a risk for their mean to stand for all."""
LEVEL = 0.9


def area_risks(
    points: pd.DataFrame, systems: pd.DataFrame, correlation: Mapping[str, Mapping[str, Mapping[str, float]]]
) -> pd.DataFrame:
    """One row an area of each level and target.

    Args:
        points: `water.point_risks` with `admin2_id, admin1_id`.
        systems: `water.systems`.
        correlation: target and how near other visits are to overdispersion by column of the area.

    Returns:
        Columns of `water.area_risk`. The people of a system with several points are shared out over them evenly.
    """
    found = points.merge(systems[["system_id", "served_population"]], on="system_id", how="left")
    alike = found.groupby(["system_id", "target"])["point_id"].transform("size")
    found["people"] = found["served_population"].fillna(0.0).to_numpy(float) / alike.to_numpy(float)
    rows = []
    for level, column in LEVELS.items():
        known = found[found[column].notna()]
        for (area_id, target), part in known.groupby([column, "target"], sort=True):
            rows.append(
                {
                    "area_id": area_id,
                    "level": level,
                    "target": target,
                    **_share(part, column, correlation.get(str(target), {})),
                    "is_synthetic": bool(part["is_synthetic"].any()),
                }
            )
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS = [
    "area_id",
    "level",
    "target",
    "points",
    "observed_points",
    "failed_share",
    "expected_share",
    "lower",
    "upper",
    "served_population",
    "people_affected",
    "people_affected_lower",
    "people_affected_upper",
    "basis",
    "is_synthetic",
]


def _share(part: pd.DataFrame, column: str, correlation: Mapping[str, Mapping[str, float]]) -> dict[str, object]:
    risk, people = part["risk"].to_numpy(float), part["people"].to_numpy(float)
    has_risk = ~np.isnan(risk)
    visited = part["observed"].dropna().astype(float).to_numpy()
    found: dict[str, object] = {
        "points": len(part),
        "observed_points": len(visited),
        "failed_share": float(visited.mean()) if len(visited) else np.nan,
        "served_population": float(people.sum()),
    }
    if has_risk.mean() >= LEAST_SHARE_WITH_RISK:
        by = correlation.get(str(part.loc[has_risk, "nearest_visits"].mode().iloc[0]), {})
        likeness = by.get(column, 0.0)
        expected, weights = float(risk[has_risk].mean()), people[has_risk]
        lower, upper = share_interval(expected, float(has_risk.sum()), likeness, level=LEVEL)
        weighted = (expected, lower, upper)
        if weights.sum() > 0:
            # People are fewer independent ones where few points serve most of them.
            effective = float(weights.sum() ** 2 / (weights**2).sum())
            mean = float(risk[has_risk] @ weights / weights.sum())
            weighted = (mean, *share_interval(mean, effective, likeness, level=LEVEL))
        return {**found, **_figures(expected, lower, upper, weighted, people.sum()), "basis": "model"}
    if len(visited):
        from scipy.stats import beta

        failed = visited.sum()
        share = float(visited.mean())
        # Jeffreys' interval (Brown, Cai and DasGupta 2001).
        ends = beta.ppf([(1 - LEVEL) / 2, (1 + LEVEL) / 2], failed + 0.5, len(visited) - failed + 0.5)
        lower, upper = min(float(ends[0]), share), max(float(ends[1]), share)
        return {**found, **_figures(share, lower, upper, (share, lower, upper), people.sum()), "basis": "visits"}
    return {**found, **_figures(np.nan, np.nan, np.nan, (np.nan,) * 3, people.sum()), "basis": "withheld"}


def _figures(
    expected: float, lower: float, upper: float, weighted: tuple[float, ...], people: float
) -> dict[str, object]:
    return {
        "expected_share": expected,
        "lower": lower,
        "upper": upper,
        "people_affected": weighted[0] * people,
        "people_affected_lower": weighted[1] * people,
        "people_affected_upper": weighted[2] * people,
    }
