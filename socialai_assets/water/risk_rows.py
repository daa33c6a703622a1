"""The rows risk models learn from and estimate: features as numbers, blocks, and how near other visits are.

Fits nothing and reads no table.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from socialai_assets.water.leakage import KEYS, ORIGINS
from socialai_assets.water.risk_contracts import NEAREST

COMPONENT = {"treatment_fails": "treatment", "catchment_fails": "catchment"}
WORDED = ("water_source", "water_tech", "supply", "natural_region")
LEAST_OF_A_KIND = 20
BLOCK = {"random": "chance", "district": "area_id", "province": "admin2_id", "department": "admin1_id"}
"""Column of what each split holds out; `chance` is one of twenty lots that whole systems are dealt to."""
LOTS = 20


def visited_rows(features: pd.DataFrame, outcomes: pd.DataFrame, target: str) -> pd.DataFrame:
    """Visits with what is known of their point, those without an area left out, in the order of their codes.

    Args:
        features: `water.features`.
        outcomes: `water.visit_outcomes`.
        target: which of its targets.

    Returns:
        `estimable`'s columns, `visit_number` and `failed`, 0 or 1.
    """
    own = outcomes.loc[outcomes["target"] == target, ["point_id", "visit_number", "outcome"]]
    rows = estimable(features, target).merge(own, on="point_id")
    rows["failed"] = rows.pop("outcome").astype(float)
    rows = rows[rows["area_id"].notna()]
    return rows.sort_values(["point_id", "visit_number"], ignore_index=True)


def estimable(features: pd.DataFrame, target: str) -> pd.DataFrame:
    """Points of the component a target is about, with blocks; an area without one above it is its own."""
    rows = features[features["component"] == COMPONENT[target]].reset_index(drop=True)
    rows["admin1_id"] = rows["admin1_id"].fillna(rows["area_id"])
    rows["admin2_id"] = rows["admin2_id"].fillna(rows["admin1_id"])
    lots = pd.util.hash_array(rows["system_id"].astype(str).to_numpy(dtype=object)) % LOTS
    rows["chance"] = lots.astype(str)
    return rows


def column_names(rows: pd.DataFrame, *, of_places: bool) -> tuple[str, ...]:
    """Columns models learn from: numbers that differ, and kinds that are neither rare nor universal.

    Args:
        rows: `visited_rows`.
        of_places: whether coordinates are among them, which say nothing of a department nobody visited.
    """
    numbers = [
        name
        for name in ORIGINS
        if name not in (*WORDED, *KEYS)
        and rows[name].nunique() > 1
        and (of_places or name not in ("lat_deg", "lon_deg"))
    ]
    kinds = []
    for name in WORDED:
        counts = rows[name].value_counts()
        kinds += [f"{name}={kind}" for kind, count in counts.items() if LEAST_OF_A_KIND <= count < len(rows)]
    return *numbers, *sorted(kinds)


def with_columns(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Rows with a column of 0 and 1 for each name of the form ``feature=kind``."""
    made = {
        name: rows[name.partition("=")[0]].eq(name.partition("=")[2]).to_numpy(dtype=bool).astype(float)
        for name in names
        if "=" in name
    }
    return rows.assign(**made)


def nearest_visits(rows: pd.DataFrame, visited: pd.DataFrame) -> np.ndarray:
    """(n,) of `NEAREST`: the smallest area of each row in which another system was visited.

    Args:
        rows: `estimable`.
        visited: `visited_rows` of the same target.
    """
    found = np.full(len(rows), NEAREST[-1], dtype=object)
    for name, column in reversed([("district", "area_id"), ("province", "admin2_id"), ("department", "admin1_id")]):
        systems = visited.drop_duplicates("system_id").groupby(column).size()
        others = rows[column].map(systems).fillna(0).to_numpy(float)
        others -= rows["system_id"].isin(visited["system_id"]).to_numpy(float)
        found[others > 0] = name
    return found
