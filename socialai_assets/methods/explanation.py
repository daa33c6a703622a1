"""What each covariate adds to or takes from an area's estimate, so that all together give the estimate. No words.

Trees: exact SHAP values (Lundberg and others 2020, Nature Machine Intelligence 2:56-67), of boosting along the trees'
own paths, of forests against background areas. Gaussian process: integrated gradients (Sundararajan and others 2017,
ICML), the Aumann-Shapley value of a smooth model, from an area that is median in everything. All are additive, so their
weighted mean is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from socialai_assets.methods.area_model import AreaModel
from socialai_assets.methods.area_regression import AreaRegression
from socialai_assets.methods.stacked_ensemble import StackedEnsemble

# Nodes of the path integral: with 8 the parts miss the whole by less than a thousandth of a percentage point.
PATH_NODES = 8
# Rows taken at a time, so that the kernel of each against all areas learned from stays small.
CHUNK = 4000


@dataclass(frozen=True)
class Attribution:
    """Estimates taken apart: ``base + effects.sum(axis=1) + cut`` is the estimate.

    Attributes:
        names: (k,) covariates, as the learners see them.
        base: (n,) what is estimated before anything is known of the area.
        effects: (n, k) what each covariate adds, in the unit of the estimate.
        cut: (n,) what keeping estimates within their bounds adds.
    """

    names: tuple[str, ...]
    base: np.ndarray
    effects: np.ndarray
    cut: np.ndarray

    @property
    def estimate(self) -> np.ndarray:
        """(n,) the sum of all parts."""
        return self.base + self.effects.sum(axis=1) + self.cut


def can_be_explained(model: AreaModel) -> bool:
    """Whether a fitted model is made of trees and Gaussian processes that all see the same table."""
    members = _members(model)
    return bool(members) and all(_sees(member) == _sees(members[0]) for member in members)


def design_of(model: AreaModel, X: pd.DataFrame) -> tuple[np.ndarray, tuple[str, ...]]:
    """The table every part of the model sees, (n, k), and the names of its columns.

    Raises:
        ValueError: the model cannot be explained.
    """
    first = _explained(model)[0]
    return first.design(X), first.feature_names


def estimate_of(model: AreaModel, table: np.ndarray) -> np.ndarray:
    """The model's estimates, (n,), of a table as `design_of` makes it; what ``predict`` gives for its areas.

    Raises:
        ValueError: the model cannot be explained.
    """
    parts = [
        np.concatenate([member.estimate(table[start : start + CHUNK]) for start in range(0, len(table), CHUNK)])
        for member in _explained(model)
    ]
    return model.combine(parts, model.learned_["weights"]) if isinstance(model, StackedEnsemble) else parts[0]


def attribute(model: AreaModel, table: np.ndarray, background: np.ndarray) -> Attribution:
    """Take the model's estimates apart.

    Args:
        model: fitted, see `can_be_explained`.
        table: (n, k) as `design_of` makes it.
        background: (m, k) likewise, areas that stand for all: forests are explained by how an area differs from
            them. The time taken grows with their number.

    Raises:
        ValueError: the model cannot be explained.
    """
    members = _explained(model)
    weights = model.learned_["weights"] if isinstance(model, StackedEnsemble) else [1.0]
    base, effects = np.zeros(len(table)), np.zeros(table.shape)
    for member, weight in zip(members, weights, strict=True):
        for kind in member.learners:
            names = member.learners_of(kind)
            for name in names:
                share = weight / len(member.learners) / len(names)
                part_base, part_effects = _attribute_learner(member.learners_[name], table, background)
                base += share * part_base
                effects += share * part_effects
    return Attribution(members[0].feature_names, base, effects, estimate_of(model, table) - base - effects.sum(axis=1))


def _members(model: AreaModel) -> Sequence[AreaRegression]:
    parts = model.fitted_ if isinstance(model, StackedEnsemble) else [model]
    return [part for part in parts if isinstance(part, AreaRegression)] if _all_regressions(parts) else []


def _all_regressions(parts: Sequence[AreaModel]) -> bool:
    return all(isinstance(part, AreaRegression) for part in parts)


def _sees(member: AreaRegression) -> tuple[object, ...]:
    return member.feature_names, member.block, member.region, member.latitude, member.longitude


def _explained(model: AreaModel) -> Sequence[AreaRegression]:
    if not can_be_explained(model):
        raise ValueError(f"A {type(model).__name__} is not made of trees and Gaussian processes on one table.")
    return _members(model)


def _attribute_learner(learner: Any, table: np.ndarray, background: np.ndarray) -> tuple[float, np.ndarray]:
    import shap

    if hasattr(learner, "named_steps"):
        return _attribute_process(learner, table)
    if hasattr(learner, "estimators_"):
        # A forest compares in single precision. Its trees are deep, and against a few background areas some five times
        # as fast as along their paths.
        table, background = (values.astype(np.float32).astype(np.float64) for values in (table, background))
        explainer = shap.TreeExplainer(learner, data=background, feature_perturbation="interventional")
    else:
        # Boosting compares in double precision, which only the way along the paths keeps to.
        explainer = shap.TreeExplainer(learner, feature_perturbation="tree_path_dependent")
    effects = np.asarray(explainer.shap_values(table, check_additivity=False))
    return float(np.ravel(explainer.expected_value)[0]), effects


def _attribute_process(pipeline: Any, table: np.ndarray) -> tuple[float, np.ndarray]:
    """Integrated gradients of the process over its normal scores, from the median (0) of each."""
    process = pipeline.named_steps["gaussianprocessregressor"]
    places = pipeline[:-1].transform(table)
    positions, weights = np.polynomial.legendre.leggauss(PATH_NODES)
    effects = np.zeros(table.shape)
    for start in range(0, len(table), CHUNK):
        rows = slice(start, start + CHUNK)
        for position, weight in zip((positions + 1) / 2, weights / 2, strict=True):
            effects[rows] += weight * _process_gradient(process, position * places[rows])
    effects *= places
    base = float(process.predict(np.zeros((1, table.shape[1])))[0])
    # What the numerical integral leaves is shared out in proportion, so that the parts give the whole exactly.
    left = _process_estimates(process, places) - base - effects.sum(axis=1)
    size = np.abs(effects)
    total = size.sum(axis=1, keepdims=True)
    return base, effects + left[:, np.newaxis] * np.divide(size, total, out=np.zeros_like(size), where=total > 0)


def _process_estimates(process: Any, places: np.ndarray) -> np.ndarray:
    return np.concatenate([process.predict(places[start : start + CHUNK]) for start in range(0, len(places), CHUNK)])


def _process_gradient(process: Any, places: np.ndarray) -> np.ndarray:
    """Gradient of the posterior mean, (n, k): that of Matern 3/2 is -3 d / l^2 exp(-sqrt(3) |d| / l) for each area.

    Raises:
        ValueError: another kernel.
    """
    from sklearn.metrics.pairwise import euclidean_distances

    kernel = process.kernel_.k1
    if getattr(kernel, "nu", None) != 1.5:
        raise ValueError(f"The gradient of {kernel} is not known here.")
    known, length = process.X_train_, float(kernel.length_scale)
    falling = np.exp(-np.sqrt(3) / length * euclidean_distances(places, known)) * process.alpha_
    slope = places * falling.sum(axis=1, keepdims=True) - falling @ known
    return -3 / length**2 * slope * process._y_train_std
