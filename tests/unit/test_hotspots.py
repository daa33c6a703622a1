"""Tests of local cluster statistics: against their formulas, against what was planted, and under no pattern at all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialai_assets.methods.hotspots import benjamini_hochberg, local_clusters


def lattice(side: int) -> pd.DataFrame:
    """Rook contiguity of a square lattice, each pair in both directions."""
    pairs = []
    for row in range(side):
        for column in range(side):
            for down, right in ((0, 1), (1, 0)):
                if row + down < side and column + right < side:
                    one, other = f"{row}-{column}", f"{row + down}-{column + right}"
                    pairs += [(one, other), (other, one)]
    return pd.DataFrame(pairs, columns=["area_id", "neighbour_id"])


def areas(values: np.ndarray) -> pd.DataFrame:
    """Values of a square lattice as a table."""
    side = len(values)
    ids = [f"{row}-{column}" for row in range(side) for column in range(side)]
    return pd.DataFrame({"area_id": ids, "rate": values.ravel()})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_benjamini_hochberg_keeps_order_and_never_lowers(p_values: list[float]) -> None:
    adjusted = benjamini_hochberg(p_values)
    assert (adjusted >= np.asarray(p_values) - 1e-12).all() and (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p_values, kind="stable")]) >= -1e-12).all()


def test_benjamini_hochberg_of_the_paper() -> None:
    """The 15 p-values of Benjamini and Hochberg 1995, section 4.1: at 0.05 the four smallest are rejected."""
    values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
    values += [0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    assert (benjamini_hochberg(values) <= 0.05).tolist() == [True] * 4 + [False] * 11


def test_statistics_are_their_formulas() -> None:
    values = np.random.default_rng(3).normal(30, 8, (6, 6))
    table, pairs = areas(values), lattice(6)
    found = local_clusters(table, "rate", pairs, permutations=99).set_index("area_id")
    rate = table.set_index("area_id")["rate"]
    n, mean, deviation = len(rate), rate.mean(), rate.std(ddof=0)
    for area in ("0-0", "2-3", "5-1"):
        around = pairs.loc[pairs["area_id"] == area, "neighbour_id"].tolist()
        near = [area, *around]
        # Ord and Getis 1995, equation 6 with binary weights.
        k = len(near)
        gi_star = (rate[near].sum() - k * mean) / (deviation * np.sqrt((n * k - k**2) / (n - 1)))
        assert found.loc[area, "gi_star_z"] == pytest.approx(gi_star)
        # Anselin 1995, equation 12, scaled as esda does by n - 1.
        moran = (n - 1) * (rate[area] - mean) * (rate[around].mean() - mean) / ((rate - mean) ** 2).sum()
        assert found.loc[area, "local_moran_i"] == pytest.approx(moran)


def test_planted_clusters_and_an_outlier_are_found() -> None:
    values = np.random.default_rng(0).normal(50, 1, (20, 20))
    values[2:7, 2:7] += 25
    values[13:18, 13:18] -= 25
    values[4, 4] = 20
    found = local_clusters(areas(values), "rate", lattice(20), permutations=4999).set_index("area_id")
    assert found.loc["5-5", "gi_cluster"] == "hotspot" and found.loc["15-15", "gi_cluster"] == "coldspot"
    assert found.loc["3-3", "moran_cluster"] == "high-high" and found.loc["15-15", "moran_cluster"] == "low-low"
    assert found.loc["4-4", "moran_cluster"] == "low-high"
    assert found.loc["10-3", "gi_cluster"] == "not significant"


def test_without_a_pattern_almost_nothing_is_found() -> None:
    """Under the null any discovery is false: the share of maps with one is near the rate asked for."""
    generator = np.random.default_rng(1)
    with_discovery = 0
    for draw in range(40):
        found = local_clusters(areas(generator.normal(size=(10, 10))), "rate", lattice(10), permutations=99, seed=draw)
        with_discovery += bool((found["gi_cluster"] != "not significant").any())
    # Gi* of neighbours overlap, so the bound is not exact; unadjusted, nearly every map would show some.
    assert with_discovery <= 8


def test_an_area_without_neighbours_says_so_and_the_seed_fixes_the_rest() -> None:
    table = pd.concat(
        [areas(np.random.default_rng(2).normal(size=(5, 5))), pd.DataFrame({"area_id": ["isle"], "rate": [9.0]})]
    )
    first, again = (local_clusters(table, "rate", lattice(5), permutations=99) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    isle = first.set_index("area_id").loc["isle"]
    assert isle["gi_cluster"] == isle["moran_cluster"] == "no neighbours" and np.isnan(isle["gi_star_z"])
    assert isle["neighbour_count"] == 0


@pytest.mark.parametrize("broken", [{"rate": [1.0, np.nan]}, {"rate": [2.0, 2.0]}])
def test_what_cannot_be_tested_is_refused(broken: dict) -> None:
    table = pd.DataFrame({"area_id": ["0-0", "0-1"], **broken})
    with pytest.raises(ValueError):
        local_clusters(table, "rate", lattice(2))
