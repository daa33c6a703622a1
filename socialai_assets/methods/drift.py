"""Whether a model's features are still distributed as when it was trained. Says what moved, not what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

STABILITY_LIMIT = 0.25
"""Population stability index from which a shift is called significant (Siddiqi 2006, Credit Risk Scorecards)."""
SIGNIFICANCE = 0.01
LEAST_SHARE = 1e-4


def population_stability_index(before: np.ndarray, now: np.ndarray, bins: int = 10) -> float:
    """Population stability index of a feature: sum of (share now - before) * log(share now / before) over bins.

    Args:
        before: (n,) values at training; NaN is a bin of its own.
        now: (m,) values to compare; NaN likewise.
        bins: quantile bins of the values at training.

    Returns:
        0 for equal shares; below 0.1 is usually called stable, from 0.25 on shifted. Unitless.

    Raises:
        ValueError: one of the two is empty.
    """
    first, second = np.asarray(before, dtype=np.float64), np.asarray(now, dtype=np.float64)
    if not len(first) or not len(second):
        raise ValueError("Stability needs values from both times.")
    known = first[~np.isnan(first)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])) if len(known) else np.empty(0)
    shares = []
    for values in (first, second):
        missing = np.isnan(values)
        # On the right side, so that a value which is an edge itself keeps its bin.
        counts = np.bincount(np.searchsorted(edges, values[~missing], side="left"), minlength=len(edges) + 1)
        shares.append(np.maximum(np.append(counts, missing.sum()) / len(values), LEAST_SHARE))
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def feature_drift(before: pd.DataFrame, now: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    """How far each feature has moved.

    A feature has drifted if its stability index reaches `STABILITY_LIMIT` and a two-sample Kolmogorov-Smirnov test,
    corrected for the number of features (Holm 1979), makes chance unlikely: with few areas the index alone is noise.

    Args:
        before: (n rows) features as they were at training.
        now: (m rows) features to compare.
        features: columns of both; a column that one lacks counts as missing throughout.

    Returns:
        A row a feature, the furthest moved first: `feature, stability_index, p_value` (corrected), `has_drifted`.
    """
    from scipy.stats import ks_2samp

    rows = []
    for name in features:
        first, second = (_values(frame, name) for frame in (before, now))
        index = population_stability_index(first, second)
        # Missing values rank below all others, so that a feature which goes missing is seen to move.
        ranked = [np.where(np.isnan(values), -np.inf, values) for values in (first, second)]
        rows.append((name, index, float(ks_2samp(*ranked).pvalue)))  # pyright: ignore[reportAttributeAccessIssue]
    moved = pd.DataFrame(rows, columns=["feature", "stability_index", "p_value"]).sort_values("p_value", kind="stable")
    corrected = moved["p_value"] * np.arange(len(moved), 0, -1)
    moved["p_value"] = corrected.cummax().clip(upper=1.0)
    moved["has_drifted"] = (moved["stability_index"] >= STABILITY_LIMIT) & (moved["p_value"] < SIGNIFICANCE)
    return moved.sort_values("stability_index", ascending=False, kind="stable", ignore_index=True)


def _values(frame: pd.DataFrame, name: str) -> np.ndarray:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
