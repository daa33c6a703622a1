"""Estimators of an area's value from covariates and location, and the baselines they must beat. No splits, no scores.

All follow `area_model.AreaModel`: one row an area, blocks and coordinates as columns of the frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from socialai_assets.methods.area_model import AreaModel
from socialai_assets.methods.spatial import distance_weighted_lag, great_circle_km, regional_lag


def _columns(X: pd.DataFrame, names: Iterable[str]) -> np.ndarray:
    """The named columns as float64; unknown names are an error that says which."""
    wanted = list(names)
    absent = [name for name in wanted if name not in X.columns]
    if absent:
        raise ValueError(f"The frame lacks the columns {', '.join(absent)}.")
    values = X[wanted].to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(values).any():
        infinite = [name for name, column in zip(wanted, values.T, strict=True) if np.isinf(column).any()]
        raise ValueError(f"The columns {', '.join(infinite)} hold infinite values.")
    return values


def _coordinates(X: pd.DataFrame, latitude: str, longitude: str) -> np.ndarray:
    values = _columns(X, [latitude, longitude])
    if np.isnan(values).any():
        raise ValueError(f"{np.isnan(values).any(axis=1).sum()} areas have no {latitude} or {longitude}.")
    return values


def _blocks(X: pd.DataFrame, block: str) -> np.ndarray:
    if block not in X.columns or X[block].isna().to_numpy().any():
        raise ValueError(f"Every area needs its block in the column {block!r}.")
    return X[block].astype(str).to_numpy()


def _reference(X: pd.DataFrame, y: np.ndarray, block: str, latitude: str, longitude: str) -> pd.DataFrame:
    """The places learned from and their values: columns block, latitude, longitude, value."""
    places = _coordinates(X, latitude, longitude)
    return pd.DataFrame({"block": _blocks(X, block), "latitude": places[:, 0], "longitude": places[:, 1], "value": y})


def _targets(y: Iterable[float], rows: int) -> np.ndarray:
    values = np.asarray(y, dtype=np.float64)
    if values.shape != (rows,) or not np.isfinite(values).all():
        raise ValueError(f"One finite value is needed for each of the {rows} areas to learn from.")
    return values


def _estimate(learner: Any, table: np.ndarray) -> np.ndarray:
    """A fitted learner's estimates, the same to the last bit every time.

    A forest's own ``predict`` adds its trees up in the order in which its threads happen to finish.
    """
    if not hasattr(learner, "estimators_"):
        return learner.predict(table)
    single = table.astype(np.float32)
    return np.mean([tree.predict(single, check_input=False) for tree in learner.estimators_], axis=0)


def gaussian_process() -> Any:
    """An unfitted Gaussian process on covariates brought to normal scores, missing ones at their median.

    Matern kernel 3/2 whose length (12 standard deviations) and noise (0.3 of the variance) are fixed: with some
    forty covariates the likelihood has no clear maximum, and a search costs a hundred fits.
    """
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import Matern, WhiteKernel
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import QuantileTransformer

    kernel = Matern(12.0, "fixed", nu=1.5) + WhiteKernel(0.3, "fixed")
    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        QuantileTransformer(n_quantiles=50, output_distribution="normal", random_state=0),
        GaussianProcessRegressor(kernel, optimizer=None, normalize_y=True),  # pyright: ignore[reportArgumentType]
    )


@dataclass
class AreaRegression(AreaModel):
    """Trees on covariates and on the values of other blocks near by.

    To the covariates come, for each scale, the distance-weighted mean of the known values in *other* blocks
    (`spatial.distance_weighted_lag`). While learning, an area does not see its own block either, so the feature means
    the same in training and in prediction: give as ``block`` the unit that is held out.

    Attributes:
        features: covariate columns; missing values are allowed.
        learners: any of ``hist_gradient_boosting``, ``random_forest``, ``extra_trees`` and
            ``gaussian_process``; their estimates are averaged, each kind with the same weight.
        lag_scales_km: decay lengths of the lag's exponential kernel; empty for no lag.
        block, latitude, longitude: the columns that place an area (needed for the lag only).
        region: column of a larger unit; the shrunken mean of the known values in other blocks of an area's region is
            a covariate too, since surveys and the estimates made from them have a level of their own in each region.
            Empty for none. Where the region is the block, it says nothing and does no harm.
        members: boosted models averaged, each with another seed: they draw features at random.
        trees: trees in a forest.
        bounds: estimates are cut to this range, e.g. (0, 100).
        seed: seed of all learners. The same data and seed give the same model whatever ``n_jobs``.
        n_jobs: threads used by the forests.
    """

    features: tuple[str, ...] = ()
    learners: tuple[str, ...] = ("hist_gradient_boosting",)
    lag_scales_km: tuple[float, ...] = (100.0,)
    block: str = "block"
    latitude: str = "latitude"
    longitude: str = "longitude"
    region: str = ""
    members: int = 3
    trees: int = 100
    bounds: tuple[float, float] | None = None
    seed: int = 0
    n_jobs: int = 1

    BOOSTING: ClassVar[Mapping[str, Any]] = {
        "max_iter": 100,
        "learning_rate": 0.1,
        "max_leaf_nodes": 15,
        "min_samples_leaf": 20,
        "l2_regularization": 1.0,
        "max_features": 0.3,
    }
    FOREST: ClassVar[Mapping[str, Any]] = {"min_samples_leaf": 2, "max_features": 1 / 3}
    EXTRA_TREES: ClassVar[Mapping[str, Any]] = {"min_samples_leaf": 3, "max_features": 0.7}

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Covariates, then the lags, in the order the learners see them."""
        lags = (f"lagged_value_{scale:g}km" for scale in self.lag_scales_km)
        return *self.features, *lags, *(["lagged_value_region"] if self.region else [])

    def _unfitted(self) -> dict[str, Any]:
        from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor, RandomForestRegressor

        grown = {"n_estimators": self.trees, "n_jobs": self.n_jobs, "random_state": self.seed}
        made: dict[str, Any] = {}
        for learner in self.learners:
            if learner == "hist_gradient_boosting":
                for member in range(self.members):
                    made[f"{learner}_{member}"] = HistGradientBoostingRegressor(
                        **self.BOOSTING,
                        early_stopping=False,  # pyright: ignore[reportArgumentType]
                        random_state=self.seed + member,
                    )
            elif learner == "random_forest":
                made[learner] = RandomForestRegressor(**self.FOREST, **grown)
            elif learner == "extra_trees":
                made[learner] = ExtraTreesRegressor(**self.EXTRA_TREES, **grown)
            elif learner == "gaussian_process":
                made[learner] = gaussian_process()
            else:
                raise ValueError(f"Unknown learner {learner!r}.")
        if not made:
            raise ValueError("At least one learner is needed.")
        return made

    def design(self, X: pd.DataFrame) -> np.ndarray:
        """What the learners see, (n, features): covariates and lags, in the order of ``feature_names``."""
        covariates = _columns(X, self.features)
        if not (self.lag_scales_km or self.region):
            return covariates
        if self.reference_ is None:
            raise ValueError("There are no known values to lag: call fit first.")
        known = self.reference_
        blocks, places = _blocks(X, self.block), _coordinates(X, self.latitude, self.longitude)
        lags = [
            distance_weighted_lag(
                places,
                blocks,
                known[["latitude", "longitude"]].to_numpy(),
                known["block"].to_numpy(),
                known["value"].to_numpy(),
                scale_km=scale,
            )
            for scale in self.lag_scales_km
        ]
        if self.region:
            lags.append(
                regional_lag(
                    _blocks(X, self.region),
                    blocks,
                    known["region"].to_numpy(),
                    known["block"].to_numpy(),
                    known["value"].to_numpy(),
                )
            )
        return np.column_stack([covariates, *lags])

    def learn_places(self, X: pd.DataFrame, y: Iterable[float]) -> np.ndarray:
        """Remember where which value is known, as `design` needs it; returns the values as float64, (n,)."""
        values = _targets(y, len(X))
        if self.lag_scales_km or self.region:
            known = _reference(X, values, self.block, self.latitude, self.longitude)
            self.reference_ = known.assign(region=_blocks(X, self.region)) if self.region else known
        return values

    def fit(self, X: pd.DataFrame, y: Iterable[float]) -> Self:
        """Learn from areas and their values; see `AreaModel`.

        Raises:
            ValueError: columns absent or infinite, coordinates or blocks missing, or a value that is not finite.
        """
        from threadpoolctl import threadpool_limits

        values = self.learn_places(X, y)
        table = self.design(X)
        # Made outside the limit, which reaches only libraries that are loaded when it is set.
        unfitted = self._unfitted()
        # Boosting adds up in another order with another number of threads; one thread is as fast on such few rows.
        with threadpool_limits(1):
            self.learners_ = {name: learner.fit(table, values) for name, learner in unfitted.items()}
        for learner in self.learners_.values():
            if hasattr(learner, "named_steps"):
                # Only a posterior variance needs the Cholesky factor, and it is n by n: 28 MB for Peru.
                learner.named_steps["gaussianprocessregressor"].L_ = None
        self.learned_ = {"rows": len(values), "mean": float(values.mean()), "features": list(self.feature_names)}
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Estimates; an area of a block learned from is estimated without the values of that block as neighbours."""
        self.require_fitted()
        return self.estimate(self.design(X))

    def estimate(self, table: np.ndarray) -> np.ndarray:
        """Estimates, (n,), of what the learners see, (n, features) in the order of ``feature_names``; see `design`."""
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):
            by_kind = [
                np.mean([_estimate(self.learners_[name], table) for name in self.learners_of(kind)], axis=0)
                for kind in self.learners
            ]
        estimate = np.mean(by_kind, axis=0)
        return estimate if self.bounds is None else np.clip(estimate, *self.bounds)

    def learners_of(self, kind: str) -> list[str]:
        """Names of the fitted learners of one kind, whose estimates are averaged with the same weight."""
        return [name for name in sorted(self.learners_) if kind in name]

    def difficulty(self, estimate: np.ndarray) -> np.ndarray:
        """Expected size of the error relative to other areas, (n,), at most 1.

        A share is estimated best near its bounds. With ``bounds`` this is a floor of 0.35, what the model errs by
        wherever it is, plus 0.65 times the standard deviation of a share at the estimate, sqrt(p (1 - p)), times two,
        with p kept within 3 and 97 %. Without the floor intervals of cities, where few are poor, came out too narrow
        (77 to 83 % of Peru's urban districts inside, not 90). Without bounds it is 1.
        """
        if self.bounds is None:
            return super().difficulty(estimate)
        low, high = self.bounds
        share = np.clip((np.asarray(estimate) - low) / (high - low), 0.03, 0.97)
        return 0.35 + 0.65 * 2 * np.sqrt(share * (1 - share))


@dataclass
class AreaMean(AreaModel):
    """Baseline: the mean of the values learned from, for every area."""

    def fit(self, X: pd.DataFrame, y: Iterable[float]) -> Self:
        """Learn the mean of ``y``."""
        self.learned_ = {"mean": float(_targets(y, len(X)).mean())}
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """That mean, once a row."""
        self.require_fitted()
        return np.full(len(X), self.learned_["mean"])


@dataclass
class SingleCovariate(AreaModel):
    """Baseline: a monotone curve of one covariate (isotonic regression, rising or falling as the data say).

    Attributes:
        covariate: the column; where it is missing the mean is estimated.
    """

    covariate: str = "night_light_mean"

    def fit(self, X: pd.DataFrame, y: Iterable[float]) -> Self:
        """Learn the curve of ``y`` over the covariate; where no area has it, the mean is all there is to learn."""
        from sklearn.isotonic import IsotonicRegression

        values, column = _targets(y, len(X)), _columns(X, [self.covariate])[:, 0]
        known = ~np.isnan(column)
        if not known.any():
            mean = float(values.mean())
            self.learned_ = {"mean": mean, "covariate": [0.0], "value": [mean]}
            return self
        curve = IsotonicRegression(
            increasing="auto",  # pyright: ignore[reportArgumentType]
            out_of_bounds="clip",
        ).fit(column[known], values[known])
        self.learned_ = {
            "mean": float(values.mean()),
            "covariate": curve.X_thresholds_.tolist(),
            "value": curve.y_thresholds_.tolist(),
        }
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Read the curve off at each area's covariate, flat beyond its ends."""
        self.require_fitted()
        column = _columns(X, [self.covariate])[:, 0]
        curve = np.interp(column, self.learned_["covariate"], self.learned_["value"])
        return np.where(np.isnan(column), self.learned_["mean"], curve)


@dataclass
class NearestNeighbours(AreaModel):
    """Baseline: the mean value of the k nearest known areas in other blocks.

    ``k`` is chosen inside the training rows: the one whose estimates from other blocks err least (squared).

    Attributes:
        ks: candidates for k.
        block, latitude, longitude: the columns that place an area.
    """

    ks: tuple[int, ...] = (1, 2, 3, 5, 8, 12, 20, 30, 50)
    block: str = "block"
    latitude: str = "latitude"
    longitude: str = "longitude"

    def _running_means(self, X: pd.DataFrame, chunk: int = 2000) -> np.ndarray:
        """Mean of the nearest 1, 2, ... values of other blocks, (n, up to max k)."""
        if self.reference_ is None:
            raise ValueError("There are no known values to look up: call fit first.")
        known = self.reference_
        places, blocks = _coordinates(X, self.latitude, self.longitude), _blocks(X, self.block)
        k = min(max(self.ks), len(known))
        means = np.empty((len(X), k))
        for start in range(0, len(X), chunk):
            rows = slice(start, start + chunk)
            distance = great_circle_km(places[rows], known[["latitude", "longitude"]].to_numpy())
            distance[blocks[rows, np.newaxis] == known["block"].to_numpy()] = np.inf
            nearest = np.argpartition(distance, k - 1, axis=1)[:, :k]
            order = np.argsort(np.take_along_axis(distance, nearest, axis=1), axis=1, kind="stable")
            nearest = np.take_along_axis(nearest, order, axis=1)
            counted = np.isfinite(np.take_along_axis(distance, nearest, axis=1))
            number = np.cumsum(counted, axis=1)
            total = np.cumsum(np.where(counted, known["value"].to_numpy()[nearest], 0.0), axis=1)
            means[rows] = np.where(number > 0, total / np.maximum(number, 1), known["value"].mean())
        return means

    def fit(self, X: pd.DataFrame, y: Iterable[float]) -> Self:
        """Remember the areas and choose k among ``ks``.

        Raises:
            ValueError: coordinates missing, or a value that is not finite.
        """
        values = _targets(y, len(X))
        self.reference_ = _reference(X, values, self.block, self.latitude, self.longitude)
        means = self._running_means(X)
        possible = [k for k in self.ks if k <= means.shape[1]] or [means.shape[1]]
        errors = {k: float(np.mean((means[:, k - 1] - values) ** 2)) for k in possible}
        self.learned_ = {
            "k": min(errors, key=lambda k: (errors[k], k)),
            "errors": {str(k): e for k, e in errors.items()},
        }
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Mean of the k nearest values, those of the area's own block left out."""
        self.require_fitted()
        return self._running_means(X)[:, self.learned_["k"] - 1]
