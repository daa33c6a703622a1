"""Tests of the networks: what they learn from covariates and pictures, what they must not see, and what they save."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from socialai_assets.methods.area_model import AreaModel, cross_fit, end_processes, load
from socialai_assets.methods.area_networks import PictureBoosting, TabularNetwork, pretrained_day_weights
from socialai_assets.methods.patches import SIDE, cut_patches, read_patches
from socialai_assets.methods.scores import r2
from socialai_assets.methods.tiles import Raster
from socialai_assets.methods.validation import blocked_folds

FEATURES = ("noise",)


@pytest.fixture(scope="module")
def country() -> tuple[pd.DataFrame, np.ndarray]:
    """240 areas whose value follows how bright their night patch is and, less, a covariate."""
    random = np.random.default_rng(5)
    X = pd.DataFrame({"latitude": random.uniform(-10, 0, 240), "longitude": random.uniform(-80, -70, 240)})
    X["block"] = [f"b{n % 24:02d}" for n in range(240)]
    X["noise"] = random.normal(size=240)
    X.loc[::50, "noise"] = np.nan
    light = random.uniform(0, 1, 240)
    pixels = random.integers(0, 60, (240, SIDE, SIDE, 6))
    pixels[..., :3] += (150 * light).astype(int)[:, None, None, None]
    pixels[..., 3:] += (80 * light).astype(int)[:, None, None, None]
    X["patch"] = [patch.tobytes() for patch in pixels.astype(np.uint8)]
    y = 60 - 40 * light + 6 * np.nan_to_num(X["noise"]) + random.normal(size=240)
    return X, y


@pytest.fixture(scope="module")
def day_weights(country: tuple) -> tuple[np.ndarray, ...]:
    return pretrained_day_weights(country[0]["patch"], 0, epochs=2)


def networks(day_weights: tuple[np.ndarray, ...]) -> list[AreaModel]:
    return [
        TabularNetwork(FEATURES, hidden=(16,), epochs=15, bounds=(0.0, 100.0)),
        PictureBoosting(FEATURES, day_weights=day_weights, members=1, bounds=(0.0, 100.0)),
    ]


@pytest.mark.parametrize("number", [0, 1], ids=["tabular", "pictures"])
def test_saved_networks_estimate_the_same_and_hold_no_pickle(
    number: int, country: tuple, day_weights: tuple, tmp_path: Path
) -> None:
    X, y = country
    model = networks(day_weights)[number]
    fitted, once_more = model.clone().fit(X[:200], y[:200]), model.clone().fit(X[:200], y[:200])
    assert np.array_equal(fitted.predict(X[200:]), once_more.predict(X[200:])), "the same data and seed"
    assert not np.array_equal(fitted.predict(X), model.clone(seed=9).fit(X[:200], y[:200]).predict(X))
    fitted.save(tmp_path / "model")
    assert load(tmp_path / "model").predict(X[200:]) == pytest.approx(fitted.predict(X[200:]), abs=1e-9)
    suffixes = {file.suffix for file in (tmp_path / "model").rglob("*") if file.is_file()}
    assert suffixes == {".json", ".parquet", ".skops", ".keras"}


@pytest.mark.parametrize("number", [0, 1], ids=["tabular", "pictures"])
def test_held_out_values_reach_neither_networks_nor_estimates(number: int, country: tuple, day_weights: tuple) -> None:
    X, y = country
    model = networks(day_weights)[number]
    folds = blocked_folds(X["block"], 2, 0)
    held_out = folds == 1
    changed = y.copy()
    changed[held_out] = np.random.default_rng(0).permutation(y[held_out])
    honest, disturbed = (cross_fit(model, X, values, folds)["estimate"].to_numpy() for values in (y, changed))
    assert np.array_equal(honest[held_out], disturbed[held_out])
    assert not np.array_equal(honest[~held_out], disturbed[~held_out])


def test_trees_learn_from_estimates_of_pictures_their_network_had_not_seen(
    country: tuple, day_weights: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With values that have nothing to do with the pictures, an honest estimate does not follow them."""
    X, _ = country
    shuffled = np.random.default_rng(1).normal(40, 10, len(X))
    seen: list[np.ndarray] = []
    from socialai_assets.methods import area_networks

    class Watched(area_networks.AreaRegression):
        def fit(self, X: pd.DataFrame, y: np.ndarray) -> Watched:  # type: ignore[override]
            seen.append(X["picture_estimate"].to_numpy())
            return super().fit(X, y)

    monkeypatch.setattr(area_networks, "AreaRegression", Watched)
    PictureBoosting(FEATURES, day_weights=day_weights, members=1, epochs=40).fit(X, shuffled)
    assert abs(np.corrcoef(seen[0], shuffled)[0, 1]) < 0.2


def test_pictures_tell_what_covariates_do_not(country: tuple, day_weights: tuple) -> None:
    X, y = country
    folds = blocked_folds(X["block"], 3, 0)
    model = PictureBoosting(FEATURES, day_weights=day_weights, members=1, epochs=15)
    with_pictures = r2(y, cross_fit(model, X, y, folds)["estimate"].to_numpy())
    without = r2(y, cross_fit(TabularNetwork(FEATURES, hidden=(16,)), X, y, folds)["estimate"].to_numpy())
    assert with_pictures > 0.6 > without


def test_frames_without_fitting_patches_are_refused(country: tuple) -> None:
    X, y = country
    with pytest.raises(ValueError, match="lacks the columns patch"):
        PictureBoosting(FEATURES).fit(X.drop(columns="patch"), y)
    with pytest.raises(ValueError, match="six bands"):
        PictureBoosting(FEATURES).fit(X.assign(patch=[patch[: 3 * SIDE * SIDE] for patch in X["patch"]]), y)
    with pytest.raises(ValueError, match="call fit first"):
        PictureBoosting(FEATURES).predict(X)


def test_a_patch_is_centred_on_its_place_and_dark_beyond_the_picture() -> None:
    from rasterio.transform import from_origin

    pixels = np.zeros((3, 200, 200), dtype=np.float32)
    pixels[:, 100, 60] = (10, 20, 30)
    raster = Raster(pixels, from_origin(0, 200_000, 1000, 1000))
    # The middle of row 100, column 60 is 60.5 km east and 99.5 km north of the origin of EPSG:3857.
    there = [np.degrees(2 * np.arctan(np.exp(99_500 / 6378137)) - np.pi / 2), np.degrees(60_500 / 6378137)]
    patches = read_patches(cut_patches([raster, raster], np.array([there, [60.0, 60.0]])))
    assert patches.shape == (2, SIDE, SIDE, 6)
    assert patches[0, SIDE // 2, SIDE // 2] * 255 == pytest.approx([10, 20, 30, 10, 20, 30])
    assert np.count_nonzero(patches[0].sum(axis=-1)) == 1 and not patches[1].any()
    with pytest.raises(ValueError, match="all have the same bytes"):
        read_patches([b"12", b"123"])
    with pytest.raises(ValueError, match="EPSG:3857"):
        cut_patches([], np.array([there]))


def test_folds_fitted_in_processes_of_their_own_give_the_same_to_the_last_bit(
    country: tuple, day_weights: tuple
) -> None:
    X, y = country
    folds = blocked_folds(X["block"], 3, 0)
    for model in networks(day_weights):
        alone, beside = cross_fit(model, X, y, folds), cross_fit(model, X, y, folds, processes=2)
        pd.testing.assert_frame_equal(beside, alone, check_exact=True)
    end_processes()
