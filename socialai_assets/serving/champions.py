"""The models in use, loaded once a process and version; a new champion is noticed at the next request. Scores nothing.

Which version is in use is what the lake's tables of models say, as for every estimate that is published.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from resources.errors import NothingSuch, SocialAIError
from resources.lake import Lake
from resources.model_registry import ModelRegistry, ModelVersion
from resources.settings import Settings
from socialai_assets.serving.gate import NotMadeYet

if TYPE_CHECKING:
    import pandas as pd

LOGGER = logging.getLogger(__name__)


class Scorer(Protocol):
    """What answers for a model."""

    def score(self, rows: pd.DataFrame) -> list[dict[str, Any]]:
        """What the model says of each row, in their order."""
        ...


@dataclass(frozen=True)
class ScoredModel:
    """A model that scores new rows.

    Attributes:
        features: table whose columns a row has.
        key: column that names a row.
        in_use: table that says which version is in use.
        target: value of that table's `target`, where it has several models.
        component: what a row's `component` must be, where the model is about one.
        load: makes the scorer of a version.
    """

    features: str
    key: str
    in_use: str
    target: str | None
    component: str | None
    load: Callable[[Lake, ModelRegistry, ModelVersion], Scorer]


@dataclass(frozen=True)
class Champion:
    """A model in use, ready to score.

    Attributes:
        version: what the registry knows of it.
        scorer: scores rows.
        snapshot: the lake's snapshot when it was loaded, which its reasons compare with.
    """

    version: ModelVersion
    scorer: Scorer
    snapshot: int


def _districts(lake: Lake, registry: ModelRegistry, version: ModelVersion) -> Scorer:
    from socialai_assets.poverty.new_districts import district_scorer
    from socialai_assets.poverty.served_model import load_served

    served = load_served(registry.files(version))
    features = lake.read_frame("poverty.district_features")
    return district_scorer(served, features, lake.read_frame("poverty.district_predictions"))


def _points(lake: Lake, registry: ModelRegistry, version: ModelVersion) -> Scorer:
    from socialai_assets.water.new_points import PointScorer
    from socialai_assets.water.served_risk import load_served

    return PointScorer(load_served(registry.files(version)), version.version, lake.read_frame("water.features"))


_risk = partial(ScoredModel, "water.features", "point_id", "water.risk_models", load=_points)
SCORED: Mapping[str, ScoredModel] = {
    "poverty.district_model": ScoredModel(
        "poverty.district_features", "area_id", "poverty.district_model", None, None, _districts
    ),
    "water.treatment_failure": _risk(target="treatment_fails", component="treatment"),
    "water.catchment_failure": _risk(target="catchment_fails", component="catchment"),
}


def scored_model(name: str) -> ScoredModel:
    """The model of a name.

    Raises:
        NothingSuch: no model of that name scores new rows.
    """
    if name not in SCORED:
        raise NothingSuch(f"No model `{name}` scores new rows", do=f"Those that do: {', '.join(SCORED)}.")
    return SCORED[name]


class Champions:
    """The models of a process.

    Args:
        settings: they say where the registry is.
        lake: says which version is in use.
    """

    def __init__(self, settings: Settings, lake: Lake) -> None:
        self._settings, self._lake = settings, lake
        self._loaded: dict[str, Champion] = {}
        # One of its own for each, so that a model that is there answers while another is read.
        self._loading = {name: Lock() for name in SCORED}

    def champion(self, name: str) -> Champion:
        """The model in use.

        Raises:
            NothingSuch: no model of that name scores new rows.
            NotMadeYet: none is in use yet.
        """
        model = scored_model(name)
        number = self._in_use(model)
        if number is None:
            raise NotMadeYet(f"No version of `{name}` is in use", where=model.in_use, do="Run `socialai run`.")
        with self._loading[name]:
            kept = self._loaded.get(name)
            if kept is None or kept.version.version != number:
                registry = ModelRegistry.from_settings(self._settings)
                version = registry.version(name, number)
                kept = Champion(version, model.load(self._lake, registry, version), self._snapshot())
                self._loaded[name] = kept
            return kept

    def load(self) -> None:
        """Load all models in use, so that nobody waits for them at the first score; says in the log what it could not.

        Meant for a thread beside the answers.
        """
        for name in SCORED:
            try:
                scorer = self.champion(name).scorer
                # What explains a score is imported at the first one.
                scorer.score(self._example(SCORED[name]))
            except NotMadeYet:
                LOGGER.info("%s: no version is in use yet", name)
            except SocialAIError as error:
                LOGGER.warning("%s could not be loaded: %s", name, error)

    def _example(self, model: ScoredModel) -> pd.DataFrame:
        """A row that the model scores."""
        rows = self._lake.read_frame(model.features)
        return (rows if model.component is None else rows[rows["component"] == model.component]).head(1)

    def _in_use(self, model: ScoredModel) -> int | None:
        if not self._lake.exists(model.in_use):
            return None
        wanted = ["version"] if model.target is None else ["target", "model_version"]
        table = self._lake.read_frame(model.in_use, wanted)
        own = table if model.target is None else table[table["target"] == model.target]
        numbers = own[wanted[-1]].dropna()
        return int(numbers.iloc[0]) if len(numbers) else None

    def _snapshot(self) -> int:
        import contextlib

        with contextlib.closing(self._lake.cursor()) as cursor:
            found = cursor.execute("SELECT id FROM ducklake_current_snapshot('lake')").fetchone()
        return int(found[0]) if found else 0
