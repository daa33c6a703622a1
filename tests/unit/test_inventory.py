"""Tests of stock policies: closed forms, conservation of units, and rules that know nothing later than their day."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from socialai_assets.methods.inventory import average_use_levels, order_policy, quantile_levels, simulate_stock
from socialai_assets.methods.quantile_draws import draws_from_quantiles, related_uniforms


def test_levels_of_normal_demand_are_those_of_the_textbook() -> None:
    draw = np.random.default_rng(1)
    paths = draw.normal(100, 20, (40_000, 1, 6))
    policy = order_policy(paths, np.full((40_000, 1), 3), review=1, service_level=0.95, shelf_life=np.array([np.inf]))
    z = norm.ppf(0.95)
    assert policy.safety_stock[0] == pytest.approx(z * 20 * np.sqrt(3), rel=0.03)
    assert policy.order_up_to[0] == pytest.approx(400 + z * 20 * 2, rel=0.005)
    loss = 40 * (norm.pdf(z) - z * (1 - 0.95))
    assert policy.expected_shortage[0] == pytest.approx(loss, rel=0.1)
    assert policy.expected_waste[0] == 0


def test_uncertain_lead_times_raise_the_levels_and_short_shelf_life_wastes() -> None:
    paths = np.full((1000, 1, 8), 10.0)
    lead = np.where(np.arange(1000) % 2 == 0, 1, 3)[:, None]
    policy = order_policy(paths, lead, review=1, service_level=0.9, shelf_life=np.array([2.0]))
    assert policy.reorder_point[0] == 30 and policy.order_up_to[0] == 40 and policy.safety_stock[0] == 10
    assert policy.expected_waste[0] == 20
    with pytest.raises(ValueError, match="periods"):
        order_policy(paths, lead + 6, review=1, service_level=0.9, shelf_life=np.array([2.0]))


def test_a_stock_by_hand() -> None:
    # Level 10, demand 6, 6, 6: the order of each period arrives in the next.
    demand, levels = np.full((1, 3), 6.0), np.full((1, 3), 10.0)
    record = simulate_stock(demand, levels, np.ones((1, 3)), review=1, shelf_life=np.array([np.inf]), start=0)
    # 10 - 6 = 4; 6 are ordered in the second period and come in the third, which starts with 4 - 4 + 6.
    assert record.met[0] == 6 + 4 + 6 and record.fill_rate[0] == pytest.approx(16 / 18)
    assert record.stock_out_share[0] == pytest.approx(1 / 3) and record.wasted[0] == 0
    spoiled = simulate_stock(demand, levels, np.zeros((1, 3)), review=1, shelf_life=np.array([1.0]), start=0)
    assert spoiled.fill_rate[0] == 1 and spoiled.wasted[0] == 12 and spoiled.average_stock[0] == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_no_unit_appears_or_vanishes(seed: int) -> None:
    draw = np.random.default_rng(seed)
    places, periods = int(draw.integers(1, 5)), int(draw.integers(2, 30))
    demand = draw.poisson(5, (places, periods)).astype(float)
    demand[draw.random(demand.shape) < 0.2] = np.nan
    levels = draw.uniform(0, 30, (places, periods))
    life = np.where(draw.random(places) < 0.5, draw.integers(1, 6, places).astype(float), np.inf)
    lead = draw.integers(0, 4, (places, periods))
    record = simulate_stock(demand, levels, lead, review=int(draw.integers(1, 4)), shelf_life=life, start=0)
    assert (record.met <= record.demand + 1e-9).all() and (record.met >= 0).all() and (record.wasted >= 0).all()
    assert (record.met + record.wasted <= record.ordered + 1e-6).all()
    assert (record.wasted[np.isinf(life)] == 0).all()
    huge = simulate_stock(
        demand, np.full_like(levels, 1e4), lead, review=1, shelf_life=np.full(places, np.inf), start=0
    )
    assert (huge.met == huge.demand).all()


def test_rules_know_nothing_later_than_their_day() -> None:
    draw = np.random.default_rng(3)
    demand = draw.poisson(20, (2, 120)).astype(float)
    changed = demand.copy()
    changed[:, 80:] *= 9
    for rule in (
        lambda known: average_use_levels(known, window=13, cover=13),
        lambda known: quantile_levels(known, window=13, interval=4, memory=104, service_level=0.9),
    ):
        assert np.array_equal(rule(demand)[:, :81], rule(changed)[:, :81], equal_nan=True)
        assert not np.array_equal(rule(demand)[:, 90:], rule(changed)[:, 90:])


def test_levels_cover_the_share_of_intervals_they_promise() -> None:
    draw = np.random.default_rng(4)
    demand = draw.negative_binomial(3, 0.1, (30, 300)).astype(float)
    levels = quantile_levels(demand, window=13, interval=4, memory=156, service_level=0.9)
    sums = np.lib.stride_tricks.sliding_window_view(demand, 4, axis=1).sum(axis=2)
    known = np.isfinite(levels[:, :297])
    assert (sums[known] <= levels[:, :297][known]).mean() == pytest.approx(0.9, abs=0.02)


def test_draws_follow_their_quantiles_and_groups() -> None:
    levels = np.array([0.025, 0.1, 0.5, 0.9, 0.975])
    quantiles = np.tile(norm.ppf(levels, 100, 10), (3, 1))
    uniforms = related_uniforms(8_000, np.array(["a", "a", "b"]), shared=0.8, seed=0)
    drawn = draws_from_quantiles(levels, quantiles, uniforms)
    assert pytest.approx(quantiles, abs=1.0) == np.quantile(drawn, levels, axis=0).T
    related = np.corrcoef(drawn.T)
    assert related[0, 1] > 0.75 and 0.3 < related[0, 2] < 0.5
    assert draws_from_quantiles(levels, np.array([[0.0, 0, 1, 2, 3]]), np.zeros((1, 1)))[0, 0] == 0
    with pytest.raises(ValueError, match="ascend"):
        draws_from_quantiles(np.array([0.5, 0.5]), quantiles[:, :2], uniforms)
