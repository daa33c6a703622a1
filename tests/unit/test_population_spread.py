"""Tests of people spread over places: totals are kept, sizes are found again, what is not known stays so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from socialai_assets.methods.population_spread import people_of_places, place_sizes


def country(counts: np.ndarray, population: np.ndarray, strata: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Areas with so many rural (column 0) and urban (column 1) places."""
    names = np.array([f"a{row}" for row in range(len(counts))])
    areas = pd.DataFrame({"area_id": names, "population": population, "stratum": strata})
    parts = [
        pd.DataFrame({"area_id": np.repeat(names, counts[:, column]), "kind": kind})
        for column, kind in enumerate(("rural", "urban"))
    ]
    return areas, pd.concat(parts, ignore_index=True)


def test_sizes_of_hamlets_and_towns_are_found_again() -> None:
    random = np.random.default_rng(0)
    counts = np.column_stack([random.integers(1, 90, 300), random.integers(0, 4, 300)])
    people = counts @ np.array([60.0, 2500.0]) * random.lognormal(0, 0.3, 300)
    assert place_sizes(people, counts.astype(float)) == pytest.approx([60, 2500], rel=0.12)


def test_strata_have_sizes_of_their_own() -> None:
    random = np.random.default_rng(1)
    counts = np.column_stack([random.integers(1, 90, 120), random.integers(1, 4, 120)])
    rural = np.where(np.arange(120) < 60, 20.0, 200.0)
    areas, places = country(counts, rural * counts[:, 0] + 1000 * counts[:, 1], ["low"] * 60 + ["high"] * 60)
    places["people"] = people_of_places(areas, places)
    by_area = places[places["kind"] == "rural"].groupby("area_id")["people"].first()
    assert by_area["a5"] == pytest.approx(20, rel=1e-4) and by_area["a100"] == pytest.approx(200, rel=1e-4)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(np.int64, (8, 2), elements=st.integers(0, 30)),
    hnp.arrays(np.float64, 8, elements=st.floats(0.5, 1e7)),
)
def test_every_area_keeps_its_people(counts: np.ndarray, population: np.ndarray) -> None:
    areas, places = country(counts, population, ["one"] * 8)
    if not len(places):
        return
    places["people"] = people_of_places(areas, places)
    assert (places["people"] >= 0).all()
    total = places.groupby("area_id")["people"].sum()
    assert total.to_numpy() == pytest.approx(areas.set_index("area_id").loc[total.index, "population"].to_numpy())


def test_people_are_not_known_where_the_area_is_not() -> None:
    areas = pd.DataFrame({"area_id": ["a", "b"], "population": [100.0, np.nan], "stratum": [None, "x"]})
    places = pd.DataFrame({"area_id": ["a", "a", "b", "c"], "kind": "rural"})
    assert people_of_places(areas, places) == pytest.approx([50, 50, np.nan, np.nan], nan_ok=True)
