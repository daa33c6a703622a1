"""Estimators of the probability that something at a place fails, and baselines they must beat. No splits, no scores.

All follow `area_model.AreaModel`, with values 0 or 1. Rows lie in areas, areas in blocks; what is known of areas near
by comes from other blocks only, so that it means the same while learning and when a block is held out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from socialai_assets.methods.area_model import AreaModel
from socialai_assets.methods.area_networks import TabularNetwork
from socialai_assets.methods.area_regression import AreaRegression
from socialai_assets.methods.one_thread import on_one_thread
from socialai_assets.methods.spatial import distance_weights, great_circle_km

# So many rows at the overall rate stand beside what is known near by.
PRIOR_ROWS = 10.0


@dataclass
class _WithNearbyRates(AreaRegression):
    """Covariates, and for each scale the shrunken rate of other blocks near by and how much that rests on.

    Attributes:
        area: column of the area; rates are kept by area and block.
        lag_scales_km: lengths of the kernel; see `AreaRegression`.
    """

    area: str = "area_id"
    lag_scales_km: tuple[float, ...] = (15.0, 60.0)
    bounds: tuple[float, float] | None = (0.0, 1.0)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Covariates, then rate and logarithm of its weight for each scale."""
        lags = (name for scale in self.lag_scales_km for name in (f"rate_{scale:g}km", f"known_{scale:g}km"))
        return *self.features, *lags

    def learn_places(self, X: pd.DataFrame, y: Iterable[float]) -> np.ndarray:
        """Remember how many rows there are in each area and block and how many failed; returns the values."""
        values = np.asarray(y, dtype=np.float64)
        if values.shape != (len(X),) or not np.isin(values, (0.0, 1.0)).all():
            raise ValueError(f"One value, 0 or 1, is needed for each of the {len(X)} rows to learn from.")
        if self.lag_scales_km:
            cells = self._cells(X).assign(failed=values, rows=1.0).groupby(["area", "block"], as_index=False)
            self.reference_ = cells.agg(
                latitude=("latitude", "mean"),
                longitude=("longitude", "mean"),
                failed=("failed", "sum"),
                rows=("rows", "sum"),
            )
        return values

    def design(self, X: pd.DataFrame) -> np.ndarray:
        """What the learners see, (n, features), in the order of `feature_names`."""
        covariates = X[list(self.features)].to_numpy(dtype=np.float64, na_value=np.nan)
        if not self.lag_scales_km:
            return covariates
        if self.reference_ is None:
            raise ValueError("There are no known values near by: call fit first.")
        asked = self._cells(X)
        codes, _ = pd.factorize(pd.MultiIndex.from_frame(asked[["area", "block"]]))
        cells = asked.groupby(codes).agg({"block": "first", "latitude": "mean", "longitude": "mean"})
        known = self.reference_
        distance = great_circle_km(
            cells[["latitude", "longitude"]].to_numpy(float), known[["latitude", "longitude"]].to_numpy(float)
        )
        other = cells["block"].to_numpy()[:, None] != known["block"].to_numpy()[None, :]
        failed, rows = known["failed"].to_numpy(float), known["rows"].to_numpy(float)
        overall = failed.sum() / rows.sum()
        made = []
        for scale in self.lag_scales_km:
            weights = np.where(other, distance_weights(distance, scale), 0.0)
            weight = weights @ rows
            made += [(weights @ failed + PRIOR_ROWS * overall) / (weight + PRIOR_ROWS), np.log1p(weight)]
        return np.column_stack([covariates, np.column_stack(made)[codes]])

    def _cells(self, X: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "area": X[self.area].astype(str).to_numpy(),
                "block": X[self.block].astype(str).to_numpy(),
                "latitude": X[self.latitude].to_numpy(float),
                "longitude": X[self.longitude].to_numpy(float),
            }
        )


@dataclass
class FailureTrees(_WithNearbyRates):
    """Forests or boosting whose squared error of 0 and 1 is the Brier score; tame, since most of it is chance.

    Attributes:
        learners: ``hist_gradient_boosting``, ``random_forest`` or ``extra_trees``.
    """

    members: int = 1
    trees: int = 80

    def _unfitted(self) -> dict[str, Any]:
        from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor, RandomForestRegressor

        forest = {
            "n_estimators": self.trees,
            "min_samples_leaf": 10,
            "max_features": 1 / 3,
            "n_jobs": self.n_jobs,
            "random_state": self.seed,
        }
        made: dict[str, Any] = {}
        for learner in self.learners:
            if learner == "hist_gradient_boosting":
                for member in range(self.members):
                    made[f"{learner}_{member}"] = HistGradientBoostingRegressor(
                        max_iter=80,
                        learning_rate=0.05,
                        max_leaf_nodes=8,
                        min_samples_leaf=30,
                        l2_regularization=5.0,
                        max_features=0.3,
                        early_stopping=False,  # pyright: ignore[reportArgumentType]
                        random_state=self.seed + member,
                    )
            elif learner == "random_forest":
                made[learner] = RandomForestRegressor(**forest)
            elif learner == "extra_trees":
                made[learner] = ExtraTreesRegressor(**{**forest, "max_features": 0.7})
            else:
                raise ValueError(f"Unknown learner {learner!r}.")
        return made


@dataclass
class FailureNetwork(_WithNearbyRates, TabularNetwork):
    """A Keras perceptron on the same."""

    hidden: tuple[int, ...] = (32, 16)
    epochs: int = 12


@dataclass
class HierarchicalRate(AreaModel):
    """Baseline: the rate of the row's area, shrunk towards that of the area above, and so on up to the overall rate.

    Attributes:
        levels: columns of the areas, the smallest first.
        prior_rows: rows at the rate above that stand beside those of an area.
    """

    levels: tuple[str, ...] = ("area_id", "admin2_id", "admin1_id")
    prior_rows: float = 10.0

    def fit(self, X: pd.DataFrame, y: Iterable[float]) -> Self:
        """Learn the rates of all areas."""
        values = np.asarray(y, dtype=np.float64)
        overall = float(values.mean())
        above = np.full(len(X), overall)
        rates: dict[str, dict[str, float]] = {}
        for level in reversed(self.levels):
            frame = pd.DataFrame({"area": X[level].astype(str).to_numpy(), "value": values, "above": above})
            by = frame.groupby("area").agg(failed=("value", "sum"), rows=("value", "size"), above=("above", "first"))
            rate = (by["failed"] + self.prior_rows * by["above"]) / (by["rows"] + self.prior_rows)
            rates[level] = {str(area): float(value) for area, value in rate.items()}
            above = frame["area"].map(rates[level]).to_numpy(float)
        self.learned_ = {"overall": overall, "rates": rates}
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """The rate of the smallest area that is known, (n,)."""
        self.require_fitted()
        found = np.full(len(X), np.nan)
        for level in self.levels:
            rate = X[level].astype(str).map(self.learned_["rates"][level]).to_numpy(float)
            found = np.where(np.isnan(found), rate, found)
        return np.where(np.isnan(found), self.learned_["overall"], found)


@dataclass
class FewColumns(AreaModel):
    """Baseline: a logistic regression on few columns, missing values at their median.

    Attributes:
        features: the columns.
    """

    features: tuple[str, ...] = ()

    @on_one_thread
    def fit(self, X: pd.DataFrame, y: Iterable[float]) -> Self:
        """Learn the coefficients."""
        from sklearn.impute import SimpleImputer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        values = np.asarray(y, dtype=np.float64)
        line = make_pipeline(
            SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler(), LogisticRegression(C=0.1)
        )
        self.learners_ = {"logistic": line.fit(self._table(X), values.astype(int))}
        self.learned_ = {"rows": len(values)}
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Probabilities, (n,)."""
        self.require_fitted()
        return self.learners_["logistic"].predict_proba(self._table(X))[:, 1]

    def _table(self, X: pd.DataFrame) -> np.ndarray:
        return X[list(self.features)].to_numpy(dtype=np.float64, na_value=np.nan)
