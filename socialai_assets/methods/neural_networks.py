"""Small Keras networks: how they are built, trained and read, the same with every run. Knows no area and no folds.

Everything runs on one thread with deterministic operations: on networks of this size a second one gains nothing.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

BATCH = 64
RATE = 3e-3
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@cache
def tensorflow() -> Any:
    """TensorFlow, imported late (it takes seconds) and set to one thread and deterministic operations."""
    # A solver of OR-Tools loaded after TensorFlow ends the process (github.com/google/or-tools/issues/3230), and a run
    # trains before it plans.
    import ortools.linear_solver.pywraplp
    import ortools.sat.python.cp_model  # noqa: F401

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # The same sums on every processor.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    with _without_notices():
        import tensorflow as tf

        try:
            tf.config.threading.set_intra_op_parallelism_threads(1)
            tf.config.threading.set_inter_op_parallelism_threads(1)
        except RuntimeError:
            # Somebody has used TensorFlow in this process already: deterministic operations suffice.
            pass
        # Devices are looked for, and spoken of, at the first operation.
        tf.constant(0.0)
    tf.config.experimental.enable_op_determinism()
    return tf


@contextlib.contextmanager
def _without_notices() -> Iterator[None]:
    """TensorFlow's libraries announce processors and absent graphics cards on standard error, whatever their log level
    is; an exception passes with all that was written."""
    with tempfile.TemporaryFile() as notices:
        sys.stderr.flush()
        kept = os.dup(2)
        os.dup2(notices.fileno(), 2)
        try:
            yield
        except BaseException:
            notices.seek(0)
            os.write(kept, notices.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def tabular_network(
    columns: int, hidden: Sequence[int], seed: int, *, dropout: float = 0.1, decay: float = 1e-3
) -> Any:
    """A perceptron from ``columns`` scaled covariates to one value."""
    tf = tensorflow()
    tf.keras.utils.set_random_seed(seed)
    layers = tf.keras.layers
    stack = [layers.Input((columns,))]
    for width in hidden:
        regulariser = tf.keras.regularizers.L2(decay)
        stack += [layers.Dense(width, "relu", kernel_regularizer=regulariser), layers.Dropout(dropout)]
    return tf.keras.Sequential(
        [*stack, layers.Dense(1)], name="-".join(["tabular", *map(str, (columns, *hidden, dropout, decay))])
    )


def _encoder(name: str, side: int) -> Any:
    tf = tensorflow()
    layers = tf.keras.layers
    return tf.keras.Sequential(
        [
            layers.Input((side, side, 3)),
            layers.Conv2D(12, 3, strides=2, activation="relu"),
            layers.Conv2D(16, 3, strides=2, activation="relu"),
            layers.Conv2D(16, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
        ],
        name=name,
    )


def night_from_day(night: np.ndarray, day: np.ndarray, seed: int, *, epochs: int = 10) -> list[np.ndarray]:
    """Weights of a day encoder that has learned to tell the light by night from the look by day (Jean et al. 2016).

    Args:
        night: (n, side, side, 3) patches from 0 to 1.
        day: likewise.
        seed: seed of first weights and shuffling.
        epochs: times every patch is seen.

    Returns:
        The encoder's weights. No figure about people goes into them.
    """
    tf = tensorflow()
    tf.keras.utils.set_random_seed(seed)
    encoder = _encoder("day", day.shape[1])
    network = tf.keras.Sequential([encoder, tf.keras.layers.Dense(1)], name=f"light-{day.shape[1]}")
    light = np.log(0.02 + (night @ LUMINANCE).mean(axis=(1, 2)))
    train(network, [day], (light - light.mean()) / (light.std() or 1.0), seed, epochs=epochs)
    return encoder.get_weights()


def picture_network(side: int, seed: int, day_weights: Sequence[np.ndarray] | None = None) -> Any:
    """A convolutional network from a night and a day patch to one value, its day encoder given first weights."""
    tf = tensorflow()
    tf.keras.utils.set_random_seed(seed)
    layers = tf.keras.layers
    inputs = [layers.Input((side, side, 3), name=name) for name in ("night_patch", "day_patch")]
    encoders = [_encoder(name, side) for name in ("night", "day")]
    if day_weights is not None:
        encoders[1].set_weights(list(day_weights))
    seen = layers.Concatenate()([encoder(patch) for encoder, patch in zip(encoders, inputs, strict=True)])
    return tf.keras.Model(inputs, layers.Dense(1)(layers.Dense(16, "relu")(seen)), name=f"picture-{side}")


def train(network: Any, inputs: Sequence[np.ndarray], values: np.ndarray, seed: int, *, epochs: int) -> None:
    """Fit a network in place, squared error, the learning rate falling to zero along a cosine.

    Args:
        network: one of this module's.
        inputs: (n, ...) what it reads, an array an input.
        values: (n,) what it is to say.
        seed: seed of shuffling.
        epochs: times every row is seen.
    """
    batch = min(BATCH, len(values))
    generator = np.random.default_rng(seed)
    # What is left over when the rows are cut into batches is left out, other rows in every epoch.
    batches = [generator.permutation(len(values))[: len(values) // batch * batch] for _ in range(epochs)]
    _training(network)(network, np.concatenate(batches).reshape(-1, batch), inputs, values)


def _training(network: Any) -> _Training:
    if network.name not in _TRAININGS:
        _TRAININGS[network.name] = _Training(network)
    return _TRAININGS[network.name]


class _Training:
    """The training of all networks of one name, which says their layers and losses, as one graph.

    Keras' own loop costs some milliseconds a step, several times what such small networks need for the step itself;
    and making a graph costs more than training one of them.
    """

    def __init__(self, network: Any) -> None:
        tf = tensorflow()
        self.network = tf.keras.models.clone_model(network)
        self.optimizer = tf.keras.optimizers.Adam(RATE)
        variables = self.network.trainable_variables
        self.optimizer.build(variables)
        parts = [tf.TensorSpec([None, *each.shape[1:]], tf.float32) for each in self.network.inputs]

        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32), parts, tf.TensorSpec([None], tf.float32)])
        def run(order: Any, parts: Any, wanted: Any) -> None:
            steps = tf.shape(order)[0]
            for step in tf.range(steps):
                self.optimizer.learning_rate.assign(RATE / 2 * (1 + tf.cos(np.pi * tf.cast(step / steps, tf.float32))))
                rows = order[step]
                with tf.GradientTape() as tape:
                    seen = [tf.gather(part, rows) for part in parts]
                    said = self.network(seen if len(seen) > 1 else seen[0], training=True)[:, 0]
                    error = said - tf.gather(wanted, rows)
                    loss = tf.reduce_mean(error**2) + tf.add_n([*self.network.losses, tf.constant(0.0)])
                self.optimizer.apply(tape.gradient(loss, variables), variables)

        self.run = run

    def __call__(self, network: Any, order: np.ndarray, inputs: Sequence[np.ndarray], values: np.ndarray) -> None:
        """Train a network of this name on batches of rows, (steps, batch), in their order."""
        tf = tensorflow()
        # All variables, not the weights alone: how dropout's chance stands is one of them.
        for ours, theirs in zip(self.network.variables, network.variables, strict=True):
            ours.assign(theirs)
        for variable in self.optimizer.variables:
            variable.assign(tf.zeros_like(variable))
        self.run(
            tf.constant(order, tf.int32),
            [tf.constant(part, tf.float32) for part in inputs],
            tf.constant(values, tf.float32),
        )
        network.set_weights(self.network.get_weights())


_TRAININGS: dict[str, _Training] = {}


def estimate(network: Any, inputs: Sequence[np.ndarray], *, chunk: int = 512) -> np.ndarray:
    """One value a row, float64."""
    made = [np.empty(0)]
    for start in range(0, len(inputs[0]), chunk):
        seen = [part[start : start + chunk].astype(np.float32) for part in inputs]
        value = network(seen if len(seen) > 1 else seen[0], training=False)
        made.append(np.asarray(value, dtype=np.float64)[:, 0])
    return np.concatenate(made)


def save(network: Any, file: Path) -> None:
    """Write a network as ``.keras``: a zip of JSON and weights, which runs no code when read."""
    network.save(file)


def load(file: Path) -> Any:
    """Read a network back, to estimate with."""
    return tensorflow().keras.models.load_model(file, compile=False, safe_mode=True)
