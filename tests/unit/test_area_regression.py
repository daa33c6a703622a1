"""Tests of the area estimators: what they learn, what they must not see, and what they save."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from socialai_assets.methods.area_model import AreaModel, cross_fit, load
from socialai_assets.methods.area_regression import AreaMean, AreaRegression, NearestNeighbours, SingleCovariate
from socialai_assets.methods.scores import r2
from socialai_assets.methods.validation import blocked_folds

FEATURES = ("light", "noise")


@pytest.fixture(scope="module")
def country() -> tuple[pd.DataFrame, np.ndarray]:
    """400 areas in 40 blocks; the value follows a covariate and a smooth trend over the map, between 0 and 100."""
    random = np.random.default_rng(7)
    place = np.column_stack([random.uniform(-10, 0, 400), random.uniform(-80, -70, 400)])
    X = pd.DataFrame(place, columns=["latitude", "longitude"])
    X["block"] = [f"{int(-a // 2)}:{int((o + 80) // 1.25)}" for a, o in place]
    X["light"], X["noise"] = random.normal(size=400), random.normal(size=400)
    X.loc[::50, "light"] = np.nan
    y = 50 + 15 * np.sin(place[:, 0] / 2) - 12 * np.tanh(np.nan_to_num(X["light"])) + random.normal(size=400)
    return X, y


def models() -> list[AreaModel]:
    return [
        AreaRegression(FEATURES, members=2, bounds=(0.0, 100.0)),
        AreaRegression(FEATURES, ("random_forest", "hist_gradient_boosting", "extra_trees"), members=1, trees=10),
        AreaRegression(FEATURES, ("extra_trees",), lag_scales_km=(), trees=10),
        AreaMean(),
        SingleCovariate("light"),
        NearestNeighbours(ks=(1, 3, 10)),
    ]


def identify(model: AreaModel) -> str:
    return "+".join([type(model).__name__, *getattr(model, "learners", ())])


@pytest.mark.parametrize("model", models(), ids=identify)
def test_saved_and_loaded_models_estimate_the_same(model: AreaModel, country: tuple, tmp_path: Path) -> None:
    X, y = country
    fitted = model.clone().fit(X[:300], y[:300])
    fitted.save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert type(again) is type(model) and again.get_params() == model.get_params()
    assert np.array_equal(again.predict(X[300:]), fitted.predict(X[300:]))
    assert {file.suffix for file in (tmp_path / "model").iterdir()} <= {".json", ".parquet", ".skops"}


@pytest.mark.parametrize("model", models(), ids=identify)
def test_the_same_data_give_the_same_model(model: AreaModel, country: tuple) -> None:
    X, y = country
    threads = {"n_jobs": 2} if isinstance(model, AreaRegression) else {}
    one, other = model.clone().fit(X, y), model.clone(**threads).fit(X, y)
    assert np.array_equal(one.predict(X), other.predict(X))


@pytest.mark.parametrize("model", models(), ids=identify)
def test_unfitted_models_neither_predict_nor_save(model: AreaModel, country: tuple, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="call fit first"):
        model.predict(country[0])
    with pytest.raises(ValueError, match="call fit first"):
        model.save(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_another_seed_gives_another_model(country: tuple) -> None:
    X, y = country
    model = models()[0]
    assert not np.array_equal(model.clone(seed=1).fit(X, y).predict(X), model.clone(seed=2).fit(X, y).predict(X))


def test_the_lag_feature_is_that_of_other_blocks_in_training_and_prediction(country: tuple) -> None:
    X, y = country
    model = AreaRegression(FEATURES, members=1).fit(X, y)
    assert model.feature_names == ("light", "noise", "lagged_value_100km")
    lag = model.design(X)[:, 2]
    own = (X["block"] == X["block"].iloc[0]).to_numpy()
    changed = AreaRegression(FEATURES, members=1).fit(X, np.where(own, 1e5, y))
    assert changed.design(X)[own, 2] == pytest.approx(lag[own])
    assert (changed.design(X)[~own, 2] > lag[~own]).all()


def test_held_out_values_cannot_influence_their_estimates(country: tuple) -> None:
    X, y = country
    folds = blocked_folds(X["block"], 4, 0)
    for model in (models()[0], NearestNeighbours()):
        honest = cross_fit(model, X, y, folds)
        disturbed = cross_fit(model, X, np.where(folds == 2, 0.0, y), folds)
        held_out = folds == 2
        assert honest.loc[held_out, "estimate"].tolist() == disturbed.loc[held_out, "estimate"].tolist()
        assert honest.loc[~held_out, "estimate"].tolist() != disturbed.loc[~held_out, "estimate"].tolist()


def test_the_regression_beats_every_baseline_out_of_fold(country: tuple) -> None:
    X, y = country
    folds = blocked_folds(X["block"], 5, 0)
    score = {identify(model): r2(y, cross_fit(model, X, y, folds)["estimate"].to_numpy()) for model in models()}
    best = score["AreaRegression+hist_gradient_boosting"]
    assert best > 0.85
    assert best > max(score[name] for name in ("AreaMean", "SingleCovariate", "NearestNeighbours")) + 0.1
    # The trend over the map is invisible to covariates alone: the lag is what finds it.
    assert best > score["AreaRegression+extra_trees"] + 0.1
    assert score["AreaMean"] < 0.05


def test_cross_fit_keeps_index_and_leaves_the_model_unfitted(country: tuple) -> None:
    X, y = country
    named = X.set_index(pd.Index([f"area{row}" for row in range(len(X))]))
    model = AreaMean()
    folds = np.arange(len(X)) % 2
    result = cross_fit(model, named, y, folds)
    assert result.index.equals(named.index) and result.columns.tolist() == ["fold", "estimate", "difficulty"]
    assert result["estimate"].to_numpy() == pytest.approx(np.where(folds == 0, y[1::2].mean(), y[::2].mean()))
    assert not model.learned_
    with pytest.raises(ValueError, match="two folds"):
        cross_fit(model, X, y, np.zeros(len(X)))
    with pytest.raises(ValueError, match="must agree"):
        cross_fit(model, X, y[:-1], folds)


def test_bounds_cut_estimates_and_shape_the_difficulty(country: tuple) -> None:
    X, y = country
    model = AreaRegression(FEATURES, members=1, bounds=(45.0, 55.0)).fit(X, y)
    estimate = model.predict(X)
    assert (estimate.min(), estimate.max()) == (45.0, 55.0)
    assert model.difficulty(np.array([50.0]))[0] == 1.0
    assert 0 < model.difficulty(np.array([45.0]))[0] == pytest.approx(model.difficulty(np.array([55.0]))[0])
    assert AreaMean().difficulty(estimate).tolist() == [1.0] * 400


def test_single_covariate_is_monotone_and_knows_the_missing(country: tuple) -> None:
    X, y = country
    model = SingleCovariate("light").fit(X, y)
    probe = pd.DataFrame({"light": [-99.0, -1.0, 0.0, 1.0, 99.0, np.nan]})
    estimate = model.predict(probe)
    assert (np.diff(estimate[:5]) <= 0).all() and estimate[0] > estimate[4]
    assert estimate[5] == pytest.approx(y.mean())
    blind = model.fit(X.assign(light=np.nan), y).predict(probe)
    assert blind == pytest.approx(np.full(len(probe), y.mean()))


def test_nearest_neighbours_by_hand() -> None:
    X = pd.DataFrame({"latitude": 0.0, "longitude": [0.0, 1.0, 2.0, 9.0], "block": ["p", "p", "q", "r"]})
    model = NearestNeighbours(ks=(1, 2)).fit(X, [10.0, 20.0, 40.0, 80.0])
    # Leaving blocks out, k = 1 errs by 30, 20, 20, 40 and k = 2 by 50, 40, 25, 50.
    assert model.learned_["k"] == 1
    assert model.predict(X).tolist() == [40.0, 40.0, 20.0, 40.0]
    alone = NearestNeighbours(ks=(1,)).fit(X.assign(block="p"), [10.0, 20.0, 40.0, 80.0])
    assert alone.predict(X.assign(block="p")).tolist() == [37.5] * 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": ["light"]}, "lacks the columns light"),
        ({"columns": ["block"]}, "needs its block in the column 'block'"),
    ],
)
def test_absent_columns_are_named(country: tuple, change: dict, message: str) -> None:
    X, y = country
    with pytest.raises(ValueError, match=message):
        AreaRegression(FEATURES).fit(X.drop(**change), y)


def test_bad_values_are_refused(country: tuple) -> None:
    X, y = country
    model = AreaRegression(FEATURES)
    with pytest.raises(ValueError, match="columns light hold infinite values"):
        model.fit(X.assign(light=np.inf), y)
    with pytest.raises(ValueError, match="400 areas have no latitude or longitude"):
        model.fit(X.assign(latitude=np.nan), y)
    with pytest.raises(ValueError, match="One finite value"):
        model.fit(X, np.where(np.arange(400) == 3, np.nan, y))
    with pytest.raises(ValueError, match="Unknown learner 'oracle'"):
        model.clone(learners=("oracle",)).fit(X, y)
    with pytest.raises(ValueError, match="At least one learner"):
        model.clone(learners=()).fit(X, y)


def test_a_folder_of_an_unknown_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path)
    (tmp_path / "model.json").write_text(json.dumps({"model": "Oracle", "parameters": {}}))
    with pytest.raises(ValueError, match="holds a Oracle; known are AreaMean, AreaRegression"):
        load(tmp_path)
