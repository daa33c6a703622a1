"""Tests of reach, reliance and access: against plain loops over every pair, and WPdx's own examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from socialai_assets.methods.access import Reach, access_probability, nearest_in_reach, reliance
from socialai_assets.methods.spatial import great_circle_km, pairs_within_km

DEGREES = st.floats(-0.02, 0.02)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(np.float64, st.tuples(st.integers(0, 12), st.just(2)), elements=DEGREES),
    hnp.arrays(np.float64, st.tuples(st.integers(0, 9), st.just(2)), elements=DEGREES),
    st.floats(0.1, 4),
)
def test_pairs_are_those_of_the_whole_table_of_distances(here: np.ndarray, there: np.ndarray, most: float) -> None:
    place, point, km = pairs_within_km(here, there, most)
    assert (km <= most).all()
    if len(here) and len(there):
        every = great_circle_km(here, there)
        # Pairs at the very edge may fall on either side by rounding.
        assert set(zip(place, point, strict=True)) >= set(zip(*np.nonzero(every < most - 1e-6), strict=True))
        assert km == pytest.approx(every[place, point], abs=1e-6)


def line(km: list[float]) -> np.ndarray:
    """Places on the equator at these kilometres."""
    return np.column_stack([np.zeros(len(km)), np.array(km) / 111.195])


def test_one_point_is_all_crucial_and_two_share_as_wpdx_says() -> None:
    people = np.array([100.0])
    alone = reliance(Reach.of(line([0]), line([0.2]), 1.0), people, np.array([True]))
    assert alone.users / alone.around == pytest.approx([1.0])
    two = reliance(Reach.of(line([0]), line([0.3, -0.3]), 1.0), people, np.array([True, True]))
    assert two.users / two.around == pytest.approx([0.5, 0.5])
    assert two.sole.tolist() == [0, 0] and two.nearest.sum() == 100
    # One of them broken: all rely on the other, and if it alone were repaired they would share.
    broken = reliance(Reach.of(line([0]), line([0.3, -0.3]), 1.0), people, np.array([True, False]))
    assert broken.users == pytest.approx([100, 50]) and broken.sole.tolist() == [100, 0]


@settings(max_examples=80, deadline=None)
@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 8), st.just(2)), elements=DEGREES),
    hnp.arrays(np.float64, (5, 2), elements=DEGREES),
    hnp.arrays(np.bool_, 5),
    st.integers(0, 2**31),
)
def test_reliance_is_what_a_loop_over_places_finds(
    here: np.ndarray, there: np.ndarray, works: np.ndarray, seed: int
) -> None:
    people = np.random.default_rng(seed).uniform(0, 500, len(here))
    reach = Reach.of(here, there, 1.5)
    found = reliance(reach, people, works)
    assert (found.users <= found.around + 1e-9).all() and (found.nearest <= found.around + 1e-9).all()
    assert (found.sole <= found.users + 1e-9).all()
    served = np.isin(np.arange(len(here)), reach.place[works[reach.point]])
    # Working points share exactly the people who have one in reach, and each of these has one nearest.
    assert found.users[works].sum() == pytest.approx(people[served].sum())
    assert found.nearest[works].sum() == pytest.approx(people[served].sum())
    for point in range(5):
        own = set(reach.place[reach.point == point])
        others = set(reach.place[works[reach.point] & (reach.point != point)])
        assert found.sole[point] == pytest.approx(sum(people[place] for place in own - others))


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(np.float64, (6, 2), elements=DEGREES),
    hnp.arrays(np.float64, (4, 2), elements=DEGREES),
    hnp.arrays(np.float64, 4, elements=st.floats(0, 1)),
)
def test_access_is_one_minus_the_product_of_failures(here: np.ndarray, there: np.ndarray, works: np.ndarray) -> None:
    reach = Reach.of(here, there, 1.5)
    for place, probability in enumerate(access_probability(reach, works)):
        assert probability == pytest.approx(1 - np.prod(1 - works[reach.point[reach.place == place]]), abs=1e-12)


def test_the_nearest_wanted_point_in_reach() -> None:
    reach = Reach.of(line([0, 5]), line([0.2, 0.1, 0.4]), 1.0)
    assert nearest_in_reach(reach, np.array([True, False, True])).tolist() == [0, -1]
    assert nearest_in_reach(reach, np.array([False, False, False])).tolist() == [-1, -1]
