"""Drift: what moved is found, what did not is left alone, chance and missing values included."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from socialai_assets.methods.drift import feature_drift, population_stability_index


def frame(areas: int, seed: int, features: int = 40) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(areas, features))).rename(columns=str)


def test_the_index_is_zero_for_equal_shares_and_the_published_sum_otherwise() -> None:
    before = np.arange(100.0)
    assert population_stability_index(before, before) == 0
    halves = population_stability_index(np.array([0.0] * 50 + [1.0] * 50), np.array([0.0] * 80 + [1.0] * 20), bins=2)
    assert halves == pytest.approx(0.3 * np.log(0.8 / 0.5) - 0.3 * np.log(0.2 / 0.5))
    with pytest.raises(ValueError, match="both times"):
        population_stability_index(before, np.empty(0))


@pytest.mark.parametrize("areas", [60, 180, 2000])
def test_chance_is_no_drift_however_few_the_areas(areas: int) -> None:
    names = frame(1, 0).columns
    found = [feature_drift(frame(areas, seed), frame(areas, seed + 100), names) for seed in range(5)]
    assert not any(moved["has_drifted"].any() for moved in found)


def test_what_moved_is_named_first() -> None:
    before, now = frame(180, 0), frame(180, 1)
    now["7"] += 1.5
    moved = feature_drift(before, now, list(before.columns))
    assert moved["feature"][moved["has_drifted"]].tolist() == ["7"]
    assert moved["feature"][0] == "7"


def test_a_feature_that_goes_missing_has_drifted_and_one_that_always_was_has_not() -> None:
    before, now = frame(180, 0).assign(never=np.nan), frame(180, 0).assign(never=np.nan)
    now["3"] = np.nan
    moved = feature_drift(before, now.drop(columns="4"), list(before.columns)).set_index("feature")["has_drifted"]
    assert sorted(moved.index[moved]) == ["3", "4"]
