"""Learners of the probability of a yes or no about a case, one interface for all. No splits, no scores, no baselines.

All follow `area_model.AreaModel` (fit, predict, clone, save, load), read a frame with one row a case and date, allow
missing values, and add scikit-learn's ``predict_proba``. Columns that say nothing where a model learns are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from socialai_assets.methods.area_model import AreaModel
from socialai_assets.methods.failure_probability import Calibration
from socialai_assets.methods.one_thread import on_one_thread
from socialai_assets.methods.risk_learners import FailureNetwork
from socialai_assets.methods.stacked_ensemble import StackedEnsemble

FORESTS_MISSING = -1e6
"""What stands for a missing value in a forest: far below any other, so that a split can set it apart."""


class Probabilities:
    """``predict_proba`` of a model whose ``predict`` says the probability of a yes."""

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """(n, 2) probabilities of no and of yes."""
        yes = np.clip(self.predict(X), 0.0, 1.0)  # pyright: ignore[reportAttributeAccessIssue]
        return np.column_stack([1.0 - yes, yes])


@dataclass
class CaseLearner(Probabilities, AreaModel):
    """Base of the learners that are one estimator of scikit-learn.

    Attributes:
        features: columns read; numbers or yes and no.
        seed: seed of whatever is drawn.
    """

    features: tuple[str, ...] = ()
    seed: int = 0

    def unfitted(self) -> Any:
        """The estimator that learns."""
        raise NotImplementedError

    @on_one_thread
    def fit(self, X: pd.DataFrame, y: Iterable[float], weights: np.ndarray | None = None) -> Self:
        """Learn from cases and their outcomes.

        Args:
            X: one row a case and date.
            y: (n,) outcomes, 0 or 1.
            weights: (n,) how much each row counts; all the same if None.

        Raises:
            ValueError: outcomes of another length or kind, only one of the two, or no column that says anything.
        """
        values = outcomes(y, len(X))
        kept = [name for name in self.features if X[name].nunique() > 1]
        if not kept:
            raise ValueError(f"None of the {len(self.features)} columns has more than one value to learn from.")
        self.learned_ = {"rows": len(values), "rate": float(values.mean()), "features": kept}
        self.learners_ = {"classifier": self.unfitted().fit(self.design(X), values.astype(int), sample_weight=weights)}
        return self

    def design(self, X: pd.DataFrame) -> np.ndarray:
        """What the estimator sees, (n, columns kept)."""
        return X[self.learned_["features"]].to_numpy(dtype=np.float64, na_value=np.nan)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The columns of `design`."""
        return tuple(self.learned_["features"]) if self.learned_ else self.features

    @on_one_thread
    def estimate(self, table: np.ndarray) -> np.ndarray:
        """Probabilities of a yes, (n,), of what `design` makes."""
        return self.learners_["classifier"].predict_proba(table)[:, 1]

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Probabilities of a yes, (n,)."""
        self.require_fitted()
        return self.estimate(self.design(X))


@dataclass
class DecisionTree(CaseLearner):
    """One small tree that a person can read.

    Attributes:
        most_leaves: leaves at most.
        least_rows: rows in a leaf at least.
    """

    most_leaves: int = 16
    least_rows: int = 50

    def unfitted(self) -> Any:
        """A tree of scikit-learn, which sends missing values to the better side."""
        from sklearn.tree import DecisionTreeClassifier

        return DecisionTreeClassifier(
            max_leaf_nodes=self.most_leaves, min_samples_leaf=self.least_rows, random_state=self.seed
        )


@dataclass
class RandomForest(CaseLearner):
    """A forest (Breiman 2001).

    Attributes:
        trees: how many.
        least_rows: rows in a leaf at least.
        share_of_features: share of the columns looked at for each split.
    """

    trees: int = 150
    least_rows: int = 10
    share_of_features: float = 0.25

    def unfitted(self) -> Any:
        """A forest of scikit-learn, on one thread."""
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(
            self.trees, min_samples_leaf=self.least_rows, max_features=self.share_of_features, random_state=self.seed
        )

    def design(self, X: pd.DataFrame) -> np.ndarray:
        """What the forest sees: missing values far below all others."""
        return np.nan_to_num(super().design(X), nan=FORESTS_MISSING)


@dataclass
class GradientBoosting(CaseLearner):
    """Boosted trees on histograms, log loss, tame: most of what happens to a person is not in any table.

    Attributes:
        trees, rate, most_leaves, least_rows, shrinkage, share_of_features: iterations, learning rate, leaves, rows in
            a leaf, L2 penalty, share of the columns looked at for each split.
    """

    trees: int = 200
    rate: float = 0.04
    most_leaves: int = 8
    least_rows: int = 40
    shrinkage: float = 30.0
    share_of_features: float = 0.15

    def unfitted(self) -> Any:
        """Histogram boosting of scikit-learn, without a random hold-out that would mix dates."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(
            max_iter=self.trees,
            learning_rate=self.rate,
            max_leaf_nodes=self.most_leaves,
            min_samples_leaf=self.least_rows,
            l2_regularization=self.shrinkage,
            max_features=self.share_of_features,
            early_stopping=False,  # pyright: ignore[reportArgumentType]
            random_state=self.seed,
        )


@dataclass
class CaseNetwork(Probabilities, FailureNetwork):
    """A small Keras perceptron on the columns alone, squared error of 0 and 1 (the Brier score)."""

    lag_scales_km: tuple[float, ...] = ()
    hidden: tuple[int, ...] = (32, 16)
    epochs: int = 12


@dataclass
class CalibratedEnsemble(Probabilities, StackedEnsemble):
    """A weighted mean of fitted learners, its log odds scaled to what happened later (Platt 1999).

    Weights and scaling come from estimates of dates that none of the members had learned from; see
    `evaluation.out_of_time`. It is put together with `assembled` and `calibrated`, not fitted by itself.
    """

    bounds: tuple[float, float] | None = (0.0, 1.0)

    def calibrated(self, calibration: Calibration) -> Self:
        """The same ensemble with its scaling; returns self."""
        self.learned_ |= {"intercept": calibration.intercept, "slope": calibration.slope}
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Calibrated probabilities of a yes, (n,)."""
        mean = super().predict(X)
        if "slope" not in self.learned_:
            return mean
        return Calibration(self.learned_["intercept"], self.learned_["slope"])(mean)


def outcomes(y: Iterable[float], rows: int) -> np.ndarray:
    """Outcomes as float64, (n,).

    Raises:
        ValueError: another length, something other than 0 and 1, or only one of the two.
    """
    values = np.asarray(y, dtype=np.float64)
    if values.shape != (rows,) or not np.isin(values, (0.0, 1.0)).all() or len(np.unique(values)) < 2:
        raise ValueError(f"Learning from {rows} rows needs an outcome, 0 or 1, for each, and some of both.")
    return values


def compared(features: Sequence[str], *, seed: int = 0, networks: bool = True) -> dict[str, AreaModel]:
    """The unfitted learners that are compared, by name, as set by default.

    Args:
        features: columns they read.
        seed: of all of them.
        networks: whether a Keras network is among them (TensorFlow takes seconds to import).
    """
    names = tuple(features)
    made: dict[str, AreaModel] = {
        "decision_tree": DecisionTree(names, seed=seed),
        "random_forest": RandomForest(names, seed=seed),
        "gradient_boosting": GradientBoosting(names, seed=seed),
    }
    return made | ({"network": CaseNetwork(names, seed=seed)} if networks else {})


def variants(learner: AreaModel, settings: Iterable[Mapping[str, Any]]) -> list[AreaModel]:
    """Unfitted copies of a learner, one for each set of settings, to choose among."""
    return [learner.clone(**changed) for changed in settings]
