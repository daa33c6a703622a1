"""Tests of what the cluster map's classes say: the colour of an area is the verdict on it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from socialai_assets.methods.hotspots import benjamini_hochberg
from socialai_assets.poverty.decision_maps import cluster_edges


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 3))
def test_classes_part_significant_areas_from_the_others(seed: int, spread: float) -> None:
    z = np.random.default_rng(seed).normal(scale=spread, size=60)
    significant = benjamini_hochberg(2 * norm.sf(np.abs(z))) <= 0.05
    cluster = np.where(significant, np.where(z > 0, "hotspot", "coldspot"), "not significant")
    edges = cluster_edges(pd.DataFrame({"gi_star_z": z, "gi_cluster": cluster}))
    assert edges[0] <= z.min() and edges[-1] >= z.max()
    if significant.any():
        assert ((np.abs(z) >= edges[-2]) == significant).all()
    else:
        assert len(edges) == 2
