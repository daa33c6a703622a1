"""A Keras autoencoder of a station's sensors as a detector. Other detectors: detectors.py."""

from __future__ import annotations

import numpy as np

from socialai_assets.methods.anomaly.detectors import SEEN
from socialai_assets.methods.anomaly.station_series import ROWS, StationSeries, drawn
from socialai_assets.methods.neural_networks import tensorflow

BATCH = 256
LARGE = 3.0
"""Readings further off than three times what is large are not learned from."""


class Autoencoder:
    """How badly readings are rebuilt from a few numbers by a network that learned to rebuild usual ones.

    Training rows beyond what is large, which may be events, are left out; no label is used.
    """

    def __init__(self, *, seed: int = 0, code: int = 4, epochs: int = 12) -> None:
        self.seed, self.code, self.epochs = seed, code, epochs

    def fit(self, series: StationSeries, rows: np.ndarray) -> None:
        """Train on usual rows."""
        tf = tensorflow()
        tf.keras.utils.set_random_seed(self.seed)
        self._scales = series.scales(rows)
        some = drawn(rows, ROWS, self.seed)
        inputs = series.signed(self._scales, SEEN, some)
        usual = np.abs(inputs).max(axis=1) < LARGE
        width, layers = inputs.shape[1], tf.keras.layers
        network = tf.keras.Sequential(
            [
                layers.Input((width,)),
                layers.Dense(width, "tanh"),
                layers.Dense(self.code, "tanh"),
                layers.Dense(width, "tanh"),
                layers.Dense(width),
            ]
        )
        network.compile("adam", "mse")
        learned = inputs[usual] if usual.any() else inputs
        network.fit(learned, learned, batch_size=BATCH, epochs=self.epochs, verbose=0)
        self._network = network

    def scores(self, series: StationSeries, rows: np.ndarray) -> np.ndarray:
        """(rows,) root of the mean squared error of rebuilding."""
        inputs = series.signed(self._scales, SEEN, rows)
        rebuilt = self._network.predict(inputs, batch_size=8192, verbose=0)
        return np.sqrt(((inputs - rebuilt) ** 2).mean(axis=1)).astype(float)
