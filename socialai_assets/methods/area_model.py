"""What every estimator of area values shares: copying, cross-fitting, saving and loading. No estimator lives here.

Saved models hold JSON, Parquet and skops files only: loading one runs no code of its own (no pickle).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

TRUSTED_TYPES = (
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.gaussian_process.kernels.Matern",
    "sklearn.gaussian_process.kernels.Sum",
    "sklearn.gaussian_process.kernels.WhiteKernel",
    "sklearn.tree._tree.Tree",
)
"""Types of NumPy and scikit-learn that skops does not trust by itself: figures and compiled trees, no code."""


@dataclass
class AreaModel:
    """Base of the estimators, in scikit-learn's convention: ``fit(X, y)`` returns self, ``predict(X)`` estimates.

    ``X`` is a frame with one row an area; each estimator says which columns it reads. Subclasses are dataclasses
    whose fields are their parameters and which keep what they learn in the three attributes below.

    Attributes:
        learned_: figures learned, as JSON knows them; empty before `fit`.
        reference_: training rows needed to predict (places and their targets), or None.
        learners_: fitted scikit-learn estimators by name.
    """

    not_saved: ClassVar[tuple[str, ...]] = ()
    """Parameters that only matter to `fit` and have no form in JSON; a loaded model has their defaults."""

    learned_: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    reference_: pd.DataFrame | None = field(default=None, init=False, repr=False, compare=False)
    learners_: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def fit(self, X: pd.DataFrame, y: Iterable[float]) -> Self:
        """Learn from areas (rows of ``X``) and their values ``y`` (n,); returns self."""
        raise NotImplementedError

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Estimates, (n,), in the unit of the values learned from."""
        raise NotImplementedError

    def difficulty(self, estimate: np.ndarray) -> np.ndarray:
        """How far off each estimate may be, (n,), positive, to scale intervals with; 1 where the model cannot tell."""
        return np.ones(len(estimate))

    def get_params(self) -> dict[str, Any]:
        """The parameters the model was made with."""
        return {item.name: getattr(self, item.name) for item in dataclasses.fields(self) if item.init}

    def clone(self, **changed: Any) -> Self:
        """An unfitted copy, with some parameters changed."""
        return type(self)(**{**self.get_params(), **changed})

    def require_fitted(self) -> None:
        """Raise ValueError where the model has learned nothing yet."""
        if not self.learned_:
            raise ValueError(f"This {type(self).__name__} has not been fitted: call fit first.")

    def save(self, folder: Path) -> None:
        """Write the fitted model into a folder (made if absent): model.json, reference.parquet, <learner>.skops.

        Raises:
            ValueError: the model has not been fitted.
        """
        from skops import io

        self.require_fitted()
        folder.mkdir(parents=True, exist_ok=True)
        description = {
            "model": type(self).__name__,
            "parameters": {name: value for name, value in self.get_params().items() if name not in self.not_saved},
            "learned": self.learned_,
            "learners": sorted(self.learners_),
            "reference": self.reference_ is not None,
        }
        (folder / "model.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
        if self.reference_ is not None:
            self.reference_.to_parquet(folder / "reference.parquet", index=False)
        for name, learner in self.learners_.items():
            io.dump(learner, folder / f"{name}.skops")
        self.save_parts(folder)

    def save_parts(self, folder: Path) -> None:
        """Write what is neither figure, frame nor scikit-learn estimator; nothing unless a subclass has such parts."""

    def load_parts(self, folder: Path) -> None:
        """Read back what `save_parts` wrote."""


def _descendants(model: type[AreaModel]) -> list[type[AreaModel]]:
    return [kind for child in model.__subclasses__() for kind in (child, *_descendants(child))]


def load(folder: Path) -> AreaModel:
    """Read back what `AreaModel.save` wrote.

    Raises:
        FileNotFoundError: the folder holds no saved model.
        ValueError: it names a model this version does not know.
    """
    from skops import io

    # Registers the estimators as subclasses; imported here because they import this module.
    from socialai_assets.methods import area_networks, area_regression, risk_learners, stacked_ensemble  # noqa: F401
    from socialai_assets.methods.case_risk import learners, place_rule, points_score  # noqa: F401

    description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    known = {model.__name__: model for model in _descendants(AreaModel)}
    if description["model"] not in known:
        raise ValueError(f"{folder} holds a {description['model']}; known are {', '.join(sorted(known))}.")
    parameters = {
        name: tuple(value) if isinstance(value, list) else value for name, value in description["parameters"].items()
    }
    model = known[description["model"]](**parameters)
    model.learned_ = description["learned"]
    if description["reference"]:
        model.reference_ = pd.read_parquet(folder / "reference.parquet")
    model.learners_ = {
        name: io.load(folder / f"{name}.skops", trusted=list(TRUSTED_TYPES)) for name in description["learners"]
    }
    model.load_parts(folder)
    return model


def cross_fit(
    model: AreaModel,
    X: pd.DataFrame,
    y: Iterable[float],
    folds: Iterable[int],
    *,
    processes: int = 1,
    kept: dict[int, AreaModel] | None = None,
) -> pd.DataFrame:
    """Out-of-fold estimates: each fold is estimated by a copy fitted on all the others.

    Args:
        model: any estimator; it is copied and stays unfitted.
        X: (n rows) what the model reads.
        y: (n,) values.
        folds: (n,) fold of each row, at least two.
        processes: folds fitted at a time, each in a process of its own where there are several. The processes are
            kept for the next call; `end_processes` lets them go.
        kept: gets the copy fitted without each fold; None where they are not needed. See `fit_copies` for which
            models can be kept.

    Returns:
        ``fold``, ``estimate`` and ``difficulty`` with the index of ``X``.

    Raises:
        ValueError: fewer than two folds, or lengths that differ.
    """
    values, fold = np.asarray(y, dtype=np.float64), np.asarray(folds)
    if not len(X) == len(values) == len(fold):
        raise ValueError(f"{len(X)} rows, {len(values)} values and {len(fold)} folds: all three must agree.")
    numbers = np.unique(fold)
    if len(numbers) < 2:
        raise ValueError("Cross-fitting needs at least two folds.")
    if processes > 1:
        from joblib import Parallel, delayed

        fit = delayed(_estimate_held_out)
        parts = Parallel(n_jobs=processes)(
            fit(model, X, values, fold == number, kept is not None) for number in numbers
        )
    else:
        parts = [_estimate_held_out(model, X, values, fold == number, kept is not None) for number in numbers]
    result = pd.DataFrame({"fold": fold, "estimate": np.nan, "difficulty": np.nan}, index=X.index)
    for number, (estimate, difficulty, copy) in zip(numbers, parts, strict=True):
        if kept is not None and copy is not None:
            kept[int(number)] = copy
        result.loc[fold == number, "estimate"] = estimate
        result.loc[fold == number, "difficulty"] = difficulty
    return result


def fit_copies(
    model: AreaModel, X: pd.DataFrame, y: Iterable[float], parts: Iterable[np.ndarray], *, processes: int = 1
) -> list[AreaModel]:
    """Copies of a model, each fitted on a part of the rows.

    Args:
        model: any estimator whose fitted form can pass between processes, which that of a network cannot.
        X: (n rows) what the model reads.
        y: (n,) values.
        parts: for each copy, which rows it learns from, (n,).
        processes: copies fitted at a time; see `cross_fit`.
    """
    values = np.asarray(y, dtype=np.float64)
    if processes == 1:
        return [model.clone().fit(X.loc[part], values[part]) for part in parts]
    from joblib import Parallel, delayed

    return list(Parallel(n_jobs=processes)(delayed(model.clone().fit)(X.loc[part], values[part]) for part in parts))


def _estimate_held_out(
    model: AreaModel, X: pd.DataFrame, values: np.ndarray, held_out: np.ndarray, keep: bool
) -> tuple[np.ndarray, np.ndarray, AreaModel | None]:
    fitted = model.clone().fit(X.loc[~held_out], values[~held_out])
    estimate = fitted.predict(X.loc[held_out])
    return estimate, fitted.difficulty(estimate), fitted if keep else None


def end_processes() -> None:
    """End the processes that `cross_fit` keeps, and free their memory."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True)
