"""Tests of the stacked ensemble: its weights, what it must not see, and what it saves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialai_assets.methods.area_model import cross_fit, load
from socialai_assets.methods.area_regression import AreaMean, AreaRegression, SingleCovariate
from socialai_assets.methods.scores import r2
from socialai_assets.methods.spatial import regional_lag
from socialai_assets.methods.stacked_ensemble import StackedEnsemble, convex_weights
from socialai_assets.methods.validation import blocked_folds

FEATURES = ("light", "noise")


@pytest.fixture(scope="module")
def country() -> tuple[pd.DataFrame, np.ndarray]:
    """300 areas in 30 blocks of 6 regions, each region with a level of its own that no covariate shows."""
    random = np.random.default_rng(3)
    number = np.arange(300)
    X = pd.DataFrame({"latitude": random.uniform(-10, 0, 300), "longitude": random.uniform(-80, -70, 300)})
    X["block"], X["region"] = [f"b{n % 30:02d}" for n in number], [f"r{n % 6}" for n in number]
    X["light"], X["noise"] = random.normal(size=300), random.normal(size=300)
    X.loc[::40, "light"] = np.nan
    level = np.array([-14.0, -6.0, 0.0, 3.0, 7.0, 12.0])[number % 6]
    y = 50 + level - 8 * np.tanh(np.nan_to_num(X["light"])) + random.normal(size=300)
    return X, y


def ensemble(inner_folds: int = 3) -> StackedEnsemble:
    regression = AreaRegression(FEATURES, members=1, trees=10, region="region")
    process = regression.clone(learners=("gaussian_process",))
    members = (regression, process, regression.clone(learners=("extra_trees",)), SingleCovariate("light"))
    return StackedEnsemble(members, inner_folds, bounds=(0.0, 100.0))


@given(st.integers(0, 1000), st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_weights_are_convex_and_no_worse_than_equal_ones_where_nothing_pulls(seed: int, models: int) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(40, 10, 80)
    estimates = values[:, np.newaxis] + random.normal(size=(80, models)) * random.uniform(0.5, 8, models)
    weights = convex_weights(estimates, values, towards_equal=0.0)
    assert (weights >= 0).all() and weights.sum() == pytest.approx(1)
    error = ((estimates @ weights - values) ** 2).mean()
    assert error <= ((estimates.mean(axis=1) - values) ** 2).mean() * (1 + 1e-6)
    assert convex_weights(estimates, values, towards_equal=1e6) == pytest.approx(np.full(models, 1 / models), abs=1e-3)


def test_weights_refuse_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        convex_weights(np.ones((3, 2)), np.ones(4))
    with pytest.raises(ValueError, match="finite"):
        convex_weights(np.full((3, 2), np.nan), np.ones(3))


def test_a_useless_member_gets_less_weight_than_its_share(country: tuple) -> None:
    X, y = country
    fitted = StackedEnsemble((ensemble().members[0], AreaMean()), inner_folds=3).fit(X, y)
    assert fitted.learned_["weights"][1] < 0.2
    equal = StackedEnsemble((ensemble().members[0], AreaMean())).fit(X, y)
    assert equal.learned_["weights"] == [0.5, 0.5]
    with pytest.raises(ValueError, match="at least one member"):
        StackedEnsemble().fit(X, y)


@pytest.mark.parametrize("inner_folds", [0, 3])
def test_saved_and_loaded_ensembles_estimate_the_same(inner_folds: int, country: tuple, tmp_path: Path) -> None:
    X, y = country
    fitted = ensemble(inner_folds).fit(X[:240], y[:240])
    fitted.save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert again.get_params() == fitted.get_params()
    assert np.array_equal(again.predict(X[240:]), fitted.predict(X[240:]))
    files = [file for file in (tmp_path / "model").rglob("*") if file.is_file()]
    assert {file.suffix for file in files} == {".json", ".parquet", ".skops"}
    # The Cholesky factor of the Gaussian process would be 240 x 240 doubles and more.
    assert max(file.stat().st_size for file in files if "gaussian" in file.name) < 240 * 240 * 8


@pytest.mark.parametrize("inner_folds", [0, 3])
def test_held_out_values_cannot_influence_their_estimates(inner_folds: int, country: tuple) -> None:
    X, y = country
    folds = blocked_folds(X["block"], 3, 0)
    held_out = folds == 1
    changed = y.copy()
    changed[held_out] = np.random.default_rng(0).permutation(y[held_out]) + 20
    honest, disturbed = (cross_fit(ensemble(inner_folds), X, values, folds) for values in (y, changed))
    assert honest.loc[held_out, "estimate"].tolist() == disturbed.loc[held_out, "estimate"].tolist()
    assert honest.loc[~held_out, "estimate"].tolist() != disturbed.loc[~held_out, "estimate"].tolist()


def test_sharing_the_fits_of_members_changes_no_estimate(country: tuple) -> None:
    from socialai_assets.poverty.training import _cross_fitted

    X, y = country
    folds = blocked_folds(X["block"], 3, 0)
    done: list = []
    shared = _cross_fitted(ensemble(0), X, y, folds, done, processes=1, keep=False)
    assert shared.estimates.equals(cross_fit(ensemble(0), X, y, folds))
    assert len(done) == 5
    assert _cross_fitted(ensemble(0).members[1], X, y, folds, done, processes=1, keep=False) is done[1]


def test_the_level_of_a_region_is_learned_from_its_other_blocks(country: tuple) -> None:
    X, y = country
    folds = blocked_folds(X["block"], 5, 0)
    with_region = AreaRegression(FEATURES, members=1, region="region")
    score = {
        model.region: r2(y, cross_fit(model, X, y, folds)["estimate"].to_numpy())
        for model in (with_region, with_region.clone(region=""))
    }
    assert score["region"] > score[""] + 0.2
    assert with_region.feature_names[-1] == "lagged_value_region"


def test_regional_lag_by_hand() -> None:
    regions, blocks = np.array(["r", "r", "r", "s"]), np.array(["a", "a", "b", "c"])
    values = np.array([10.0, 20.0, 40.0, 90.0])  # mean 40
    lag = regional_lag(regions, blocks, regions, blocks, values, prior_rows=1.0)
    # Rows of block a see b only: 40 + 0 / 2; b sees both of a: 40 + (-30 - 20) / 3; s has no other block.
    assert lag.tolist() == pytest.approx([40.0, 40.0, 40 - 50 / 3, 40.0])


@given(st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_regional_lag_never_sees_its_own_block(seed: int) -> None:
    random = np.random.default_rng(seed)
    blocks = random.integers(0, 6, 40).astype(str)
    regions = (blocks.astype(int) // 2).astype(str)
    values = random.normal(size=40)
    own = blocks == blocks[0]
    # The mean of all stays the same: what is taken from one row of the block is given to another.
    changed = values.copy()
    changed[own] += 50 * (random.permutation(own.sum()) - (own.sum() - 1) / 2)
    before, after = (regional_lag(regions, blocks, regions, blocks, known) for known in (values, changed))
    assert after[own] == pytest.approx(before[own], abs=1e-9)
    alone = regional_lag(regions, regions, regions, regions, values)
    assert (alone == values.mean()).all()
