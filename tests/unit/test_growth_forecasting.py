"""Models of growth on numbers worked out by hand, and what is served where nothing beats the last report."""

from __future__ import annotations

import numpy as np
import pytest

from socialai_assets.methods.forecasting.competition import Competition, competing
from socialai_assets.methods.forecasting.damped_trend import Smoothing, damped_trends
from socialai_assets.methods.forecasting.growth import ANCHORS, NAMES, between_anchors, growth, joined, rows
from socialai_assets.methods.forecasting.growth_models import least_absolute_errors
from socialai_assets.methods.forecasting.levels import Levels, outcomes
from socialai_assets.refugees.arrival_models import BOOSTING, ETS, LAST_VALUE, NAIVE, ROBUST_TREND, SPATIAL
from socialai_assets.refugees.arrival_serving import COMBINED, LEVELS, Evidence, choose, spread


def walks(series: int = 30, periods: int = 80, seed: int = 0) -> Levels:
    """Levels that no past change foretells."""
    steps = np.random.default_rng(seed).normal(0, 0.03, (periods, series))
    return Levels(10_000 * np.exp(np.cumsum(steps, axis=0)), np.ones((periods, series), bool))


def test_a_damped_trend_goes_on_over_weeks_without_a_report() -> None:
    levels = Levels(np.array([[100.0], [120.0], [120.0]]), np.array([[1], [1], [0]], bool))
    made = damped_trends(levels, 2, Smoothing(level=1.0, trend=0.5, damping=0.5))
    # The report is 20 above what was expected: the trend is 10, half of which is left each week.
    np.testing.assert_allclose(made[1, :, 0], [125, 127.5])
    np.testing.assert_allclose(made[2, :, 0], [127.5, 128.75])


def test_camps_that_are_near_and_have_room_draw_the_arrivals() -> None:
    levels = Levels(np.full((1, 3), 1000.0), np.ones((1, 3), bool))
    change, km = np.array([[90.0, 0.0, -30.0]]), np.array([[100.0, 100.0, np.inf]])
    how = Competition(moved=0.5, reach_km=100.0, damping=1.0)
    # Half of 90 stays with the first; the other half is shared by the two that can be reached, the second half full.
    room = np.array([[1.0, 0.5, 1.0]])
    made = competing(levels, change, km, room, 1, how)
    np.testing.assert_allclose(made[0, 0], [1000 + 45 + 30, 1000 + 15, 1000 - 30])
    nowhere = competing(levels, change, np.full((1, 3), np.inf), room, 1, how)
    np.testing.assert_allclose(nowhere[0, 0], [1090, 1000, 970])


def test_growth_is_what_was_known_and_lines_join_the_anchors() -> None:
    levels = walks(3)
    later = levels.values.copy()
    later[50:] *= 3
    before, after = growth(levels), growth(Levels(later, levels.reported))
    np.testing.assert_array_equal(before[:50], after[:50])
    assert not np.array_equal(before[50:], after[50:])
    assert before.shape == (80, 3, len(NAMES))
    np.testing.assert_allclose(before[20, 0, NAMES.index("growth, 13")], np.log(
        (levels.values[20, 0] + 50) / (levels.values[7, 0] + 50)))  # fmt: skip
    joint = between_anchors(np.array([[[0.1], [0.4], [0.8], [0.8]]]))[0, :, 0]
    np.testing.assert_allclose(joint, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.8, 0.8, 0.8, 0.8])


def test_rows_weigh_each_panel_alike_and_know_only_what_came_before() -> None:
    large, small = walks(20), walks(2, seed=1)
    both = joined([rows(large, growth(large)), rows(small, growth(small))])
    for panel in (0, 1):
        for ahead in ANCHORS:
            mine = (both.panel == panel) & (both.ahead == ahead)
            missed = (both.weight[mine] * np.abs(both.target[mine])).sum()
            error = np.abs(both.observed[mine] - both.level[mine]).sum()
            assert missed == pytest.approx(error / both.observed[mine].sum())
    assert both.until(40).period.max() == 39


def test_least_absolute_errors_are_not_moved_by_outliers() -> None:
    random = np.random.default_rng(0)
    design = random.normal(size=(500, 2))
    target = design @ [0.5, -0.2]
    target[:50] += 100
    found = least_absolute_errors(design, target, np.ones(500), rounds=100)
    np.testing.assert_allclose(found, [0.5, -0.2], atol=0.02)
    assert least_absolute_errors(design[:0], target[:0], np.ones(0)).tolist() == [0, 0]


def evidence(levels: Levels, better: float) -> Evidence:
    """Models that know ``better`` of what comes, 1 being all of it, and noise beside it; the last value knows none."""
    came = outcomes(levels, 12)
    last = np.repeat(levels.values[:, None], 12, axis=1)
    noise = np.random.default_rng(1).normal(0, 0.02, came.shape) * last
    points = dict.fromkeys(NAIVE, last)
    points[ROBUST_TREND] = last + better * (np.nan_to_num(came, nan=0.0) - last)
    points |= dict.fromkeys((SPATIAL, BOOSTING, ETS), last + noise)
    return Evidence(points, came, growth(levels))


def test_the_last_report_is_served_where_nothing_beat_it() -> None:
    nothing = choose([evidence(walks(seed=seed), -0.2) for seed in range(3)])
    assert (nothing.weights, nothing.is_baseline) == ({LAST_VALUE: 1.0}, True)
    some = choose([evidence(walks(seed=seed), 0.5) for seed in range(3)])
    assert (some.weights, some.text) == ({ROBUST_TREND: 1.0}, "robust_trend 100%")
    assert not some.is_baseline and set(some.weights) <= set(COMBINED)
    assert choose([]).is_baseline


def test_intervals_of_other_panels_hold_what_they_say_of_a_new_one() -> None:
    others = [evidence(walks(seed=seed), 0.5) for seed in range(4)]
    made = spread(others, [one.points[LAST_VALUE] for one in others])
    new = evidence(walks(seed=9), 0.5)
    quantiles = made.around(new.points[LAST_VALUE], new.covariates)
    assert (np.diff(quantiles, axis=0) >= 0).all() and (quantiles >= 0).all()
    known = np.isfinite(new.came)
    for low, high in ((2, 6), (0, 8)):
        inside = (quantiles[low] <= new.came) & (new.came <= quantiles[high])
        assert inside[known].mean() == pytest.approx(LEVELS[high] - LEVELS[low], abs=0.06)
