"""Tests of conformal intervals."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialai_assets.methods.calibration import coverage_by_level
from socialai_assets.methods.intervals import ConformalIntervals, calibrate, conformal_quantile, cross_conformal
from socialai_assets.methods.scores import coverage


def test_the_quantile_has_the_finite_sample_correction() -> None:
    assert conformal_quantile(np.arange(1.0, 10.0), 0.9) == 9.0
    assert conformal_quantile(np.arange(1.0, 20.0), 0.9) == 18.0
    assert conformal_quantile(np.arange(1.0, 9.0), 0.9) == float("inf")
    with pytest.raises(ValueError, match="between 0 and 1"):
        conformal_quantile(np.ones(3), 1.0)
    with pytest.raises(ValueError, match="1 of 2 calibration errors"):
        conformal_quantile(np.array([1.0, np.nan]), 0.5)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e3, 1e3), min_size=10, max_size=80), st.floats(0.5, 0.9))
def test_calibration_rows_are_covered_at_the_level(residuals: list[float], level: float) -> None:
    calibrated = calibrate(np.array(residuals), level=level)
    lower, upper = calibrated.bounds(np.zeros(len(residuals)))
    assert coverage(np.array(residuals), lower, upper) >= level


def test_new_rows_are_covered_on_average() -> None:
    random = np.random.default_rng(5)
    covered = []
    for _ in range(300):
        calibrated = calibrate(random.standard_t(3, 60), level=0.9)
        covered.append(coverage(random.standard_t(3, 200), *calibrated.bounds(np.zeros(200))))
    # Exchangeable rows: the expected coverage is between 0.9 and 0.9 + 1/61; 300 calibrations leave 0.003 of noise.
    assert 0.89 < np.mean(covered) < 0.93


def test_difficulty_narrows_easy_rows_and_groups_get_their_own() -> None:
    random = np.random.default_rng(1)
    difficulty = np.repeat([1.0, 10.0], 2000)
    residuals = random.normal(size=4000) * difficulty
    scaled = calibrate(residuals, difficulty=difficulty)
    lower, upper = scaled.bounds(np.zeros(4000), difficulty=difficulty)
    for part in (slice(0, 2000), slice(2000, 4000)):
        assert coverage(residuals[part], lower[part], upper[part]) == pytest.approx(0.9, abs=0.02)
    assert (upper - lower)[-1] == pytest.approx(10 * (upper - lower)[0])

    names = np.repeat(["calm", "wild"], 2000)
    grouped = calibrate(residuals, groups=names)
    lower, upper = grouped.bounds(np.zeros(4000), groups=names)
    assert coverage(residuals[:2000], lower[:2000], upper[:2000]) == pytest.approx(0.9, abs=0.01)
    assert coverage(residuals[2000:], lower[2000:], upper[2000:]) == pytest.approx(0.9, abs=0.01)


def test_small_and_unknown_groups_fall_back() -> None:
    residuals = np.concatenate([np.full(100, 1.0), np.full(5, 50.0)])
    calibrated = calibrate(residuals, level=0.9, groups=["big"] * 100 + ["small"] * 5, minimum_group=20)
    assert calibrated.half_width_of == {"big": 1.0}
    _, upper = calibrated.bounds(np.zeros(3), groups=["big", "small", "new"])
    assert upper.tolist() == [1.0, calibrated.half_width, calibrated.half_width]


def test_bounds_stay_within_the_range() -> None:
    lower, upper = calibrate(np.full(30, 8.0)).bounds(np.array([3.0, 50.0, 97.0]), within=(0, 100))
    assert lower.tolist() == [0, 42, 89] and upper.tolist() == [11, 58, 100]


def test_intervals_survive_json() -> None:
    calibrated = calibrate(np.arange(300.0), groups=np.repeat(["a", "b", "c"], 100))
    assert ConformalIntervals(**json.loads(json.dumps(dataclasses.asdict(calibrated)))) == calibrated


def test_difficulty_must_be_given_both_times_and_be_positive() -> None:
    with pytest.raises(ValueError, match="neither time"):
        calibrate(np.ones(30)).bounds(np.zeros(2), difficulty=np.ones(2))
    with pytest.raises(ValueError, match="neither time"):
        calibrate(np.ones(30), difficulty=np.ones(30)).bounds(np.zeros(2))
    with pytest.raises(ValueError, match="positive"):
        calibrate(np.ones(2), difficulty=np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match="2 errors but 1 groups"):
        calibrate(np.ones(2), groups=["a"])


def test_a_fold_has_no_say_in_its_own_width() -> None:
    random = np.random.default_rng(2)
    folds, observed = np.repeat([0, 1, 2], 50), random.normal(size=150)
    estimate = np.zeros(150)
    lower, upper = cross_conformal(observed, estimate, folds)
    louder = np.where(folds == 1, observed * 100, observed)
    louder_lower, louder_upper = cross_conformal(louder, estimate, folds)
    assert louder_upper[folds == 1].tolist() == upper[folds == 1].tolist()
    assert louder_lower[folds == 1].tolist() == lower[folds == 1].tolist()
    assert (louder_upper[folds != 1] > upper[folds != 1]).all()
    with pytest.raises(ValueError, match="two folds"):
        cross_conformal(observed, estimate, np.zeros(150))


def test_coverage_by_level_is_close_where_errors_are_exchangeable_and_far_where_a_group_errs_more() -> None:
    random = np.random.default_rng(0)
    estimate, noisy = random.uniform(20, 80, 2000), np.arange(2000) % 4 == 0
    observed = estimate + random.normal(0, np.where(noisy, 12, 4))
    arguments = {
        "difficulty": np.ones(2000),
        "judged": {"noisy": noisy},
        "within": (0.0, 100.0),
        "levels": (0.5, 0.9),
    }
    folds = random.integers(0, 5, 2000)
    common = coverage_by_level(observed, estimate, folds, calibrated_by=np.zeros(2000), **arguments)
    everybody, group = (common[common["group"] == name].set_index("nominal") for name in ("all", "noisy"))
    np.testing.assert_allclose(everybody["covered"], everybody.index, atol=0.03)
    assert (group["covered"] < group.index - 0.1).all()
    assert group["areas"].tolist() == [500, 500]
    own = coverage_by_level(observed, estimate, folds, calibrated_by=noisy, **arguments)
    np.testing.assert_allclose(own["covered"], own["nominal"], atol=0.05)
