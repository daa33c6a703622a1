"""Tests of scores and of the paired bootstrap, against scikit-learn and scipy where these have the same score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import spearmanr
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from socialai_assets.methods import scores

pairs = hnp.arrays(float, st.tuples(st.just(2), st.integers(3, 40)), elements=st.integers(-50, 50).map(float))


@settings(max_examples=80, deadline=None)
@given(pairs)
def test_scores_agree_with_the_reference_implementations(pair: np.ndarray) -> None:
    observed, estimate = pair
    assert scores.rmse(observed, estimate) == pytest.approx(root_mean_squared_error(observed, estimate))
    assert scores.mae(observed, estimate) == pytest.approx(mean_absolute_error(observed, estimate))
    if np.ptp(observed) == 0:
        assert np.isnan(scores.r2(observed, estimate)) and np.isnan(scores.spearman(observed, estimate))
        return
    assert scores.r2(observed, estimate) == pytest.approx(r2_score(observed, estimate))
    if np.ptp(estimate) > 0:
        assert scores.spearman(observed, estimate) == pytest.approx(spearmanr(observed, estimate).statistic)


def test_bias_and_coverage_by_hand() -> None:
    observed = np.array([1.0, 2.0, 3.0, 4.0])
    assert scores.bias(observed, observed + np.array([1, 1, 1, -1])) == 0.5
    assert scores.coverage(observed, np.array([1, 0, 4, 0]), np.array([1, 1, 5, 9])) == 0.5


def test_missing_and_uneven_values_are_refused() -> None:
    with pytest.raises(ValueError, match="0 observed values and 1 estimates are missing"):
        scores.r2(np.ones(2), np.array([1.0, np.nan]))
    with pytest.raises(ValueError, match="one length"):
        scores.mae(np.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="one length"):
        scores.rmse(np.array([]), np.array([]))


def example(noise: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Observed values, a poor and a better estimate with block-wise errors, and the blocks."""
    random = np.random.default_rng(0)
    blocks = np.repeat(np.arange(40), 10)
    observed = random.normal(size=400)
    shared = random.normal(size=40)[blocks]
    return observed, observed + shared, observed + noise * shared, blocks


@pytest.mark.parametrize("metric", ["r2", "rmse", "mae", "spearman"])
def test_a_better_model_is_found_better_and_turning_round_turns_the_sign(metric: str) -> None:
    observed, poor, better, blocks = example(0.5)
    gain = scores.paired_bootstrap(observed, poor, better, metric, blocks=blocks, draws=300)
    assert 0 < gain.lower < gain.gain < gain.upper
    loss = scores.paired_bootstrap(observed, better, poor, metric, blocks=blocks, draws=300)
    assert loss == pytest.approx((-gain.gain, -gain.upper, -gain.lower))


def test_equal_models_show_no_gain_and_whole_blocks_widen_the_interval() -> None:
    observed, poor, _, blocks = example(0.5)
    assert scores.paired_bootstrap(observed, poor, poor, blocks=blocks, draws=50) == (0.0, 0.0, 0.0)
    flat = np.full(400, observed.mean())
    by_block = scores.paired_bootstrap(observed, poor, flat, "rmse", blocks=blocks, draws=400)
    by_row = scores.paired_bootstrap(observed, poor, flat, "rmse", draws=400)
    assert by_block.upper - by_block.lower > 1.5 * (by_row.upper - by_row.lower)


def test_the_seed_decides_and_mistakes_are_refused() -> None:
    observed, poor, better, blocks = example(0.9)
    one = scores.paired_bootstrap(observed, poor, better, blocks=blocks, draws=100, seed=1)
    assert one == scores.paired_bootstrap(observed, poor, better, blocks=blocks, draws=100, seed=1)
    assert one != scores.paired_bootstrap(observed, poor, better, blocks=blocks, draws=100, seed=2)
    with pytest.raises(ValueError, match="Unknown metric 'bias'"):
        scores.paired_bootstrap(observed, poor, better, "bias")
    with pytest.raises(ValueError, match="two blocks"):
        scores.paired_bootstrap(observed, poor, better, blocks=np.zeros(400))


@settings(max_examples=80, deadline=None)
@given(pairs, st.floats(0.05, 1))
def test_errors_of_selection_and_targeting_are_shares(pair: np.ndarray, share: float) -> None:
    observed, estimate = np.abs(pair)
    selected = scores.selection_scores(observed, estimate, share)
    errors = scores.targeting_errors(observed, estimate, np.arange(1, len(observed) + 1), share)
    known = [value for value in (*selected.values(), *errors.values()) if not np.isnan(value)]
    assert all(-1e-9 <= value <= 1 + 1e-9 for value in known)
    assert scores.selection_scores(observed, observed, share) == dict.fromkeys(selected, 1.0)
    best = scores.targeting_errors(observed, observed, np.arange(1, len(observed) + 1), share)
    assert np.isnan(best["exclusion_error"]) or best["exclusion_error"] <= errors["exclusion_error"] + 1e-9


def test_targeting_errors_by_hand() -> None:
    """100 of 200 people: the area estimated poorest (60 people) and 40 of the next one's 100."""
    errors = scores.targeting_errors(
        np.array([50.0, 20.0, 100.0]), np.array([9.0, 8.0, 7.0]), np.array([60.0, 100.0, 40.0]), 0.5
    )
    assert errors == {"exclusion_error": pytest.approx(1 - 38 / 90), "inclusion_error": pytest.approx(0.62)}


def test_selection_by_hand() -> None:
    found = scores.selection_scores(np.array([5.0, 4, 3, 2, 1]), np.array([5.0, 1, 4, 2, 3]), 0.4)
    assert found == {"accuracy": pytest.approx(0.6), "precision": 0.5, "recall": 0.5, "f1": 0.5}


def test_auc_is_the_share_of_pairs_in_order_and_its_bootstrap_that_of_the_drawn_rows() -> None:
    random = np.random.default_rng(3)
    observed, estimate = (random.random(80) < 0.4).astype(float), random.integers(0, 12, 80).astype(float)
    estimate += 2 * observed
    above = estimate[observed > 0][:, None] - estimate[observed == 0][None, :]
    assert scores.auc(observed, estimate) == pytest.approx(np.where(above == 0, 0.5, above > 0).mean())
    assert np.isnan(scores.auc(np.ones(4), np.arange(4.0)))
    blocks = random.integers(0, 9, 80)
    found = scores.bootstrap(observed, estimate, "auc", blocks=blocks, draws=50, seed=2)
    drawn = np.random.default_rng(2).integers(9, size=(50, 9))
    rows = [np.concatenate([np.flatnonzero(blocks == block) for block in one]) for one in drawn]
    by_hand = [scores.auc(observed[one], estimate[one]) for one in rows]
    assert (found.lower, found.upper) == pytest.approx(tuple(np.quantile(by_hand, [0.025, 0.975])))
    assert found.gain == pytest.approx(scores.auc(observed, estimate))


def test_confusion_and_brier_scores() -> None:
    observed, flagged = np.array([1.0, 1, 0, 0, 0]), np.array([1.0, 0, 1, 0, 0])
    expected = {"accuracy": 0.6, "precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert scores.confusion_scores(observed, flagged) == pytest.approx(expected)
    assert scores.brier(observed, np.full(5, 0.5)) == 0.25
    assert np.isnan(scores.confusion_scores(observed, np.zeros(5))["precision"])
