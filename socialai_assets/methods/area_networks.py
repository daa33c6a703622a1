"""Estimators of an area's value with Keras networks: on covariates, and on pictures around it. No splits, no scores.

Both follow `area_model.AreaModel`; the networks themselves are in neural_networks.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from socialai_assets.methods import neural_networks as networks
from socialai_assets.methods.area_model import AreaModel, load
from socialai_assets.methods.area_regression import AreaRegression
from socialai_assets.methods.patches import SIDE, read_patches
from socialai_assets.methods.validation import blocked_folds

PICTURE = "picture_estimate"


@dataclass
class TabularNetwork(AreaRegression):
    """A perceptron on what `AreaRegression` gives its trees: covariates and the lag of other blocks' values.

    Covariates are brought to normal scores, missing ones to their median. ``members`` networks with other seeds are
    averaged; ``learners`` and ``trees`` mean nothing here.

    Attributes:
        hidden: units of each hidden layer.
        epochs: times every row is seen.
    """

    members: int = 1
    hidden: tuple[int, ...] = (64, 32)
    epochs: int = 25

    def fit(self, X: pd.DataFrame, y: Iterable[float]) -> Self:
        """Learn from areas and their values; see `AreaRegression.fit`."""
        from sklearn.impute import SimpleImputer
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import QuantileTransformer

        values = self.learn_places(X, y)
        scaling = make_pipeline(
            SimpleImputer(strategy="median", keep_empty_features=True),
            QuantileTransformer(n_quantiles=min(50, len(X)), output_distribution="normal", random_state=0),
        )
        table = scaling.fit_transform(self.design(X)).astype(np.float32)
        centre, spread = float(values.mean()), float(values.std()) or 1.0
        self.networks_ = []
        for member in range(self.members):
            network = networks.tabular_network(table.shape[1], self.hidden, self.seed + member)
            networks.train(network, [table], (values - centre) / spread, self.seed + member, epochs=self.epochs)
            self.networks_.append(network)
        self.learners_ = {"scaling": scaling}
        self.learned_ = {"centre": centre, "spread": spread, "features": list(self.feature_names)}
        return self

    def estimate(self, table: np.ndarray) -> np.ndarray:
        """Estimates, (n,), of what `design` makes; see `AreaRegression.estimate`."""
        scaled_table = self.learners_["scaling"].transform(table).astype(np.float32)
        scaled = np.mean([networks.estimate(network, [scaled_table]) for network in self.networks_], axis=0)
        value = self.learned_["centre"] + self.learned_["spread"] * scaled
        return value if self.bounds is None else np.clip(value, *self.bounds)

    def save_parts(self, folder: Path) -> None:
        """Write the networks as ``network_<n>.keras``."""
        _save_networks(self.networks_, folder)

    def load_parts(self, folder: Path) -> None:
        """Read the networks back."""
        self.networks_ = _load_networks(folder)


@dataclass
class PictureBoosting(AreaModel):
    """A convolutional network on night and day patches whose estimate is a covariate of boosted trees.

    The trees must not learn from estimates of pictures the network was trained on: the rows learned from are cut into
    ``inner_folds`` by block, a network is trained without each fold and estimates it. A new area gets the mean of
    these networks. Inner layers of different networks cannot be compared, so it is their estimate that is handed on.

    Attributes:
        features: covariate columns of the trees.
        patch: the column of patches (`patches.cut_patches`: night first, then day).
        day_weights: first weights of the day encoder (`neural_networks.night_from_day`), or None.
        block, latitude, longitude, region: the columns that place an area, as in `AreaRegression`.
        inner_folds: networks trained.
        epochs: times a network sees every patch.
        members: boosted models averaged.
        bounds: estimates are cut to this range.
        seed: seed of folds, networks and trees.
    """

    not_saved: ClassVar[tuple[str, ...]] = ("day_weights",)

    features: tuple[str, ...] = ()
    patch: str = "patch"
    day_weights: tuple[np.ndarray, ...] | None = field(default=None, repr=False, compare=False)
    block: str = "block"
    latitude: str = "latitude"
    longitude: str = "longitude"
    region: str = ""
    inner_folds: int = 2
    epochs: int = 8
    members: int = 2
    bounds: tuple[float, float] | None = None
    seed: int = 0

    def fit(self, X: pd.DataFrame, y: Iterable[float]) -> Self:
        """Train the networks, then the trees.

        Raises:
            ValueError: fewer blocks than inner folds, unreadable patches, or what the trees refuse.
        """
        values = np.asarray(y, dtype=np.float64)
        centre, spread = float(values.mean()), float(values.std()) or 1.0
        inputs = self._inputs(X)
        folds = blocked_folds(X[self.block], self.inner_folds, self.seed)
        picture = np.empty(len(values))
        self.networks_ = []
        for fold in range(self.inner_folds):
            rest, held_out = folds != fold, folds == fold
            network = networks.picture_network(SIDE, self.seed + fold, self.day_weights)
            networks.train(
                network,
                [part[rest] for part in inputs],
                (values[rest] - centre) / spread,
                self.seed + fold,
                epochs=self.epochs,
            )
            picture[held_out] = networks.estimate(network, [part[held_out] for part in inputs])
            self.networks_.append(network)
        self.trees_ = AreaRegression(
            (*self.features, PICTURE),
            block=self.block,
            latitude=self.latitude,
            longitude=self.longitude,
            region=self.region,
            members=self.members,
            bounds=self.bounds,
            seed=self.seed,
        ).fit(X.assign(**{PICTURE: centre + spread * picture}), values)
        self.learned_ = {"centre": centre, "spread": spread, "rows": len(values)}
        return self

    def picture_estimate(self, X: pd.DataFrame) -> np.ndarray:
        """What the networks alone say, (n,), in the unit of the values."""
        self.require_fitted()
        inputs = self._inputs(X)
        scaled = np.mean([networks.estimate(network, inputs) for network in self.networks_], axis=0)
        return self.learned_["centre"] + self.learned_["spread"] * scaled

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Estimates of the trees, which see those of the networks."""
        self.require_fitted()
        return self.trees_.predict(X.assign(**{PICTURE: self.picture_estimate(X)}))

    def difficulty(self, estimate: np.ndarray) -> np.ndarray:
        """See `AreaRegression.difficulty`."""
        return AreaRegression(bounds=self.bounds).difficulty(estimate)

    def _inputs(self, X: pd.DataFrame) -> list[np.ndarray]:
        if self.patch not in X.columns:
            raise ValueError(f"The frame lacks the columns {self.patch}.")
        both = read_patches(X[self.patch])
        if both.shape[-1] != 6:
            raise ValueError(f"A patch has six bands, night and day; these have {both.shape[-1]}.")
        return [both[..., :3], both[..., 3:]]

    def save_parts(self, folder: Path) -> None:
        """Write the networks as ``network_<n>.keras`` and the trees into ``trees/``."""
        _save_networks(self.networks_, folder)
        self.trees_.save(folder / "trees")

    def load_parts(self, folder: Path) -> None:
        """Read networks and trees back."""
        self.networks_ = _load_networks(folder)
        trees = load(folder / "trees")
        assert isinstance(trees, AreaRegression)
        self.trees_ = trees


def pretrained_day_weights(patches: Iterable[bytes], seed: int, *, epochs: int = 10) -> tuple[np.ndarray, ...]:
    """First weights for `PictureBoosting`, learned from patches alone; see `neural_networks.night_from_day`."""
    both = read_patches(patches)
    return tuple(networks.night_from_day(both[..., :3], both[..., 3:], seed, epochs=epochs))


def _save_networks(made: list[Any], folder: Path) -> None:
    for number, network in enumerate(made):
        networks.save(network, folder / f"network_{number}.keras")


def _load_networks(folder: Path) -> list[Any]:
    files = sorted(folder.glob("network_*.keras"), key=lambda file: int(file.stem.removeprefix("network_")))
    return [networks.load(file) for file in files]
