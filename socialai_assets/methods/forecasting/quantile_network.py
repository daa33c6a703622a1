"""One small Keras network for all series and periods ahead, with all quantiles as outputs. The best validation is kept.

Covariates come from `windows`; what trees need not, scaling and gaps, is done here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from socialai_assets.methods.forecasting.boosting import training_rows
from socialai_assets.methods.forecasting.windows import Windows
from socialai_assets.methods.neural_networks import tensorflow

QUANTILES = (0.025, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.975)
"""Levels of the quantiles that are forecast."""

BATCH = 256
RATE = 2e-3


@dataclass(frozen=True)
class QuantileNetwork:
    """A fitted network and how its covariates are scaled."""

    network: Any
    middle: np.ndarray
    spread: np.ndarray
    validation_loss: float
    unit: float = 1.0

    def quantiles(self, covariates: np.ndarray) -> np.ndarray:
        """(rows, levels) ascending quantiles of the targets of (rows, covariates)."""
        made = np.asarray(self.network(_scaled(covariates, self.middle, self.spread)), dtype=np.float64)
        return np.sort(made, axis=1) * self.unit

    def forecast(self, windows: Windows, origins: Sequence[int] | np.ndarray, horizon: int) -> np.ndarray:
        """Quantiles (levels, origins, horizon, series) in the series' unit, ascending; NaN before a series begins."""
        size = windows.values.shape[1]
        rows, series = (part.ravel() for part in np.meshgrid(np.asarray(origins), np.arange(size), indexing="ij"))
        begun = np.isfinite(windows.level[rows, series]) & np.isfinite(windows.scale[rows, series])
        made = np.full((len(QUANTILES), horizon, len(rows)), np.nan)
        for ahead in range(1, horizon + 1):
            covariates = windows.covariates(rows[begun], series[begun], ahead)
            for level, column in enumerate(self.quantiles(covariates).T):
                made[level, ahead - 1, begun] = windows.back(column, rows[begun], series[begun])
        return made.reshape(len(QUANTILES), horizon, len(origins), size).swapaxes(1, 2)


def fit(
    windows: Windows, end: int, horizon: int, *, rows: int = 40_000, epochs: int = 12, patience: int = 3, seed: int = 0
) -> QuantileNetwork:
    """Fit the network on what came before period ``end``, pinball loss over all quantiles.

    A tenth of the rows, drawn at random, is kept for validation; the weights with the least loss there are kept, and
    training ends when ``patience`` epochs brought nothing. Scores come from later origins, never from this part.
    """
    covariates, targets, scales = training_rows(windows, end, range(1, horizon + 1), rows // horizon, None, seed)
    # Series count by their size, yet one large series must not be all that is learned.
    weights = np.minimum(scales / scales.mean(), 10.0) + 0.1
    return fit_rows(covariates, np.clip(targets, -20, 20), weights, epochs=epochs, patience=patience, seed=seed)


def fit_rows(
    covariates: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray,
    *,
    epochs: int = 12,
    patience: int = 3,
    unit: float = 1.0,
    seed: int = 0,
) -> QuantileNetwork:
    """Fit the network on rows as they are, in the way of `fit`.

    Args:
        covariates: (rows, covariates), NaN where missing.
        targets: (rows,) what came.
        weights: (rows,) how much each counts, about 1.
        epochs: most epochs.
        patience: epochs without a lower loss after which training ends.
        unit: size of the targets; the network's own are about 1.
        seed: of all that is drawn.
    """
    tf = tensorflow()
    tf.keras.utils.set_random_seed(seed)
    with np.errstate(all="ignore"):
        middle, spread = np.nanmedian(covariates, axis=0), np.nanstd(np.clip(covariates, -50, 50), axis=0)
    middle, spread = np.nan_to_num(middle), np.where(np.nan_to_num(spread) > 1e-6, spread, 1.0)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(targets))
    held = order[: max(1, len(order) // 10)]
    kept = order[len(held) :]
    kept = kept if len(kept) else held
    layers = tf.keras.layers
    network = tf.keras.Sequential(
        [
            layers.Input((2 * covariates.shape[1],)),
            layers.Dense(64, "relu"),
            layers.Dropout(0.1),
            layers.Dense(32, "relu"),
            layers.Dense(len(QUANTILES)),
        ]
    )
    seen = tf.constant(_scaled(covariates, middle, spread))
    wanted = tf.constant(targets[:, None] / unit, tf.float32)
    counted = tf.constant(weights[:, None], tf.float32)
    levels = tf.constant([QUANTILES], tf.float32)
    optimizer = tf.keras.optimizers.Adam(RATE)
    variables = network.trainable_variables
    optimizer.build(variables)

    def pinball(rows: Any, training: bool) -> Any:
        short = tf.gather(wanted, rows) - network(tf.gather(seen, rows), training=training)
        loss = tf.maximum(levels * short, (levels - 1) * short)
        return tf.reduce_mean(tf.gather(counted, rows) * loss)

    @tf.function
    def epoch(batches: Any) -> None:
        for step in tf.range(tf.shape(batches)[0]):
            with tf.GradientTape() as tape:
                loss = pinball(batches[step], True)
            optimizer.apply(tape.gradient(loss, variables), variables)

    batch = min(BATCH, len(kept))
    validation = tf.constant(held, tf.int32)
    best, least, waited = network.get_weights(), float(pinball(validation, False)), 0
    for _ in range(epochs):
        drawn = rng.permutation(kept)[: len(kept) // batch * batch].reshape(-1, batch)
        epoch(tf.constant(drawn, tf.int32))
        loss = float(pinball(validation, False))
        if loss < least:
            best, least, waited = network.get_weights(), loss, 0
        else:
            waited += 1
            if waited == patience:
                break
    network.set_weights(best)
    return QuantileNetwork(network, middle, spread, least, unit)


def _scaled(covariates: np.ndarray, middle: np.ndarray, spread: np.ndarray) -> np.ndarray:
    # What is missing is in the middle, and said to be missing by a column of its own.
    missing = ~np.isfinite(covariates)
    scaled = np.clip((np.where(missing, middle, covariates) - middle) / spread, -6, 6)
    return np.hstack([scaled, missing]).astype(np.float32)
