"""Tests of plans judged by what came true: the common rule can be carried out, foresight is best, scenarios pay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialai_assets.methods.allocation.checker import violations
from socialai_assets.methods.allocation.comparison import (
    FORESIGHT,
    POINT,
    SCENARIOS,
    SHARES,
    compare_on_observed,
    proportional_shares,
    value_of_stochastic_solution,
)
from socialai_assets.methods.allocation.frames import checkable
from tests.unit.allocation_problems import EXACT, drawn_problem, one_depot


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_proportional_shares_can_be_carried_out(seed: int) -> None:
    problem = drawn_problem(seed)
    assert violations(**checkable(problem, proportional_shares(problem))) == []


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_nothing_beats_perfect_foresight(seed: int) -> None:
    drawn = drawn_problem(seed)
    problem = replace(drawn, minimum=np.zeros_like(drawn.minimum), whole=np.zeros_like(drawn.whole))
    compared = compare_on_observed(problem, problem.demand[0] * 1.1, terms=EXACT).set_index("plan")
    assert set(compared.index) == {SCENARIOS, POINT, SHARES, FORESIGHT}
    assert (compared["regret_people"] >= -3e-4 * max(1.0, compared["people_reached"].max())).all()
    assert compared.loc[FORESIGHT, "regret_people"] == 0


def test_shares_by_hand() -> None:
    plan = proportional_shares(one_depot([100, 50], 60))
    assert plan.received.ravel() == pytest.approx([40, 20])
    assert proportional_shares(one_depot([100, 50], 600)).received.ravel() == pytest.approx([100, 50])


def test_planning_for_scenarios_pays_where_demand_is_skewed() -> None:
    # Two places of equal mean: one always needs 10, the other 0 or, once in ten, 100. Ten units go to the first.
    demand = np.zeros((10, 2, 1, 1))
    demand[:, 0], demand[0, 1] = 10, 100
    problem = one_depot([10, 11], 10, demand=demand)
    value = value_of_stochastic_solution(problem, demand, terms=EXACT)
    assert value.by_scenarios == pytest.approx(10, rel=1e-3)
    assert value.by_mean == pytest.approx(1.1, rel=1e-2)
    assert value.value > 8
