"""Groups of points that fail alike, what they share, and how often they fail where the groups were not made.

Reads no table; the groups themselves are found by methods/honest_groups.py.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.methods.failure_probability import overdispersion, share_interval
from socialai_assets.methods.honest_groups import Condition, honest_groups
from socialai_assets.methods.validation import blocked_folds
from socialai_assets.water.risk_rows import column_names, estimable, visited_rows, with_columns
from socialai_assets.water.risk_training import LEAST_BLOCKS, LEAST_VISITS, LEVEL, MODELS

NAMES = {
    "install_year": "year built",
    "altitude_m": "altitude (m)",
    "served_population": "people served",
    "served_households": "dwellings served",
    "people_per_household": "people a dwelling",
    "km_to_capital": "km to the district's capital",
    "above_capital_m": "m above the district's capital",
    "area_people_per_km2": "people per km2",
    "area_urban_place_share": "share of urban places",
    "km_to_urban_place": "km to an urban place",
    "places_within_5_km": "places within 5 km",
    "lat_deg": "latitude",
    "lon_deg": "longitude",
    "area_poverty_pct": "poor people of the district (%)",
    "area_night_light": "light at night",
    "area_lit_share": "share lit at night",
    "area_greenness": "greenness",
    "area_ruggedness": "ruggedness",
    "area_indigenous_language_pct": "indigenous mother tongue (%)",
    "area_dropout_pct": "school dropout (%)",
    "area_km_to_admin1_capital": "km to the department's capital",
    "area_km_to_city": "km to a city",
    "area_population_potential_log": "people around (log)",
    "area_places_per_km2_log": "places per km2 (log)",
}
COLUMNS = ["target", "cluster", "shares", "points", "visits", "failed_share", "lower", "upper", "is_synthetic"]


def failure_clusters(
    features: pd.DataFrame, outcomes: pd.DataFrame, *, seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Groups of every target, and the group of each point.

    Half of the districts make the groups, the other half say how often they fail.

    Args:
        features: `water.features`.
        outcomes: `water.visit_outcomes`.
        seed: which districts are in which half.

    Returns:
        Rows of `water.failure_clusters`, and `point_id, target, cluster`; none for a target with too few visits.
    """
    tables, points = [], []
    for target in MODELS:
        rows = visited_rows(features, outcomes, target)
        if len(rows) < LEAST_VISITS or rows["area_id"].nunique() < LEAST_BLOCKS or rows["failed"].nunique() < 2:
            continue
        names = column_names(rows, elsewhere=False)
        asked = with_columns(estimable(features, target), names)
        known, outcome = with_columns(rows, names), rows["failed"].to_numpy(float)
        grows = blocked_folds(rows["area_id"], 2, seed, groups=rows["system_id"]) == 0
        groups = honest_groups(
            known[list(names)].astype(float), outcome, grows, asked[list(names)].astype(float), seed=seed
        )
        of_point = pd.DataFrame({"point_id": asked["point_id"], "target": target, "cluster": groups.group})
        points.append(of_point)
        of_visit = rows["point_id"].map(of_point.set_index("point_id")["cluster"]).to_numpy()
        for number, conditions in enumerate(groups.conditions, start=1):
            measured = (of_visit == number) & ~grows
            tables.append(
                {
                    "target": target,
                    "cluster": number,
                    "shares": "; ".join(_said(condition) for condition in conditions) or "nothing in particular",
                    "points": int((groups.group == number).sum()),
                    "visits": int(measured.sum()),
                    **_measured(outcome[measured], rows.loc[measured, "area_id"]),
                    "is_synthetic": bool(rows["is_synthetic"].any()),
                }
            )
    found = pd.concat(points, ignore_index=True) if points else pd.DataFrame(columns=["point_id", "target", "cluster"])
    return pd.DataFrame(tables, columns=COLUMNS), found


def _measured(failed: np.ndarray, districts: pd.Series) -> dict[str, float]:
    if not len(failed):
        return {"failed_share": np.nan, "lower": np.nan, "upper": np.nan}
    share = float(failed.mean())
    # Visits of one district are alike, so that few districts tell less than their visits' number says.
    likeness = overdispersion(failed, np.full(len(failed), np.clip(share, 0.01, 0.99)), districts)
    sizes = districts.value_counts().to_numpy(float)
    effective = len(failed) / (1 + (float((sizes**2).sum() / sizes.sum()) - 1) * likeness)
    lower, upper = share_interval(share, effective, 0.0, level=LEVEL)
    return {"failed_share": share, "lower": min(lower, share), "upper": max(upper, share)}


def _said(condition: Condition) -> str:
    feature, _, kind = condition.column.partition("=")
    if kind:
        word = feature.removeprefix("water_").replace("_", " ")
        return f"{word} {'is' if condition.above is not None else 'is not'} {kind.lower()}"
    name = NAMES[feature]
    ends = [
        *([f"above {condition.above:.6g}"] if condition.above is not None else []),
        *([f"up to {condition.up_to:.6g}"] if condition.up_to is not None else []),
    ]
    return f"{name} {' and '.join(ends)}"
