"""The district poverty model as something experiments can vary. Nothing here is registered or served."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from resources.errors import ModelError, SettingsError
from socialai_assets.factories.experiments import Experiment, Outcome, Trainable, Variant, chosen_features, unknown
from socialai_assets.methods.area_model import AreaModel, cross_fit, end_processes
from socialai_assets.methods.area_networks import pretrained_day_weights
from socialai_assets.methods.intervals import cross_conformal
from socialai_assets.methods.scores import METRICS, Improvement, paired_bootstrap
from socialai_assets.methods.stacked_ensemble import StackedEnsemble
from socialai_assets.poverty import contracts, training
from socialai_assets.poverty.scoring import scores_of
from socialai_assets.poverty.served_model import OUT_OF_SAMPLE

if TYPE_CHECKING:
    from resources.lake import Lake
    from resources.model_registry import ModelRegistry

PICTURES = "picture_boosting"
TREES = 60
# What the comparison itself decides; an ensemble's members are given by its algorithm.
FIXED = {"features", "block", "region", "bounds", "latitude", "longitude", "n_jobs", "seed", "day_weights", "patch"}


class DistrictModelBench:
    """Cross-fits variants of the district model on the province split, against the champion's held-out estimates.

    Args:
        experiment: seed, folds and draws are taken from it.
        rows: areas with features and official rates, as training reads them.
        champion: the champion's out-of-sample rows `area_id, estimate, observed, block`, or None.
        champion_name: the champion in words, or None.
        threads: folds fitted at a time.
        notes: what a reader must know of the data.
    """

    primary_metric = training.PRIMARY_METRIC

    def __init__(
        self,
        experiment: Experiment,
        rows: pd.DataFrame,
        champion: pd.DataFrame | None,
        champion_name: str | None,
        *,
        threads: int,
        notes: Sequence[str] = (),
    ) -> None:
        self.experiment, self.rows, self.threads, self.notes = experiment, rows, threads, notes
        self.champion, self._champion_rows = champion_name, champion
        self.covariates = contracts.covariates_of(rows)
        self.observed = rows["poverty_rate_pct"].to_numpy(dtype=float)
        self.split = training.splits(rows, province_folds=experiment.folds, seed=experiment.seed)[0]

    @cached_property
    def _day_weights(self) -> tuple[np.ndarray, ...]:
        return pretrained_day_weights(self.rows["patch"], self.experiment.seed)

    def _models(self, features: Sequence[str], algorithm: str) -> dict[str, AreaModel]:
        pictures = algorithm == PICTURES and "patch" in self.rows
        return training.learners(
            features,
            self.split.block,
            seed=self.experiment.seed,
            trees=TREES,
            threads=self.threads,
            day_weights=self._day_weights if pictures else None,
        )

    def _model(self, variant: Variant) -> AreaModel:
        features = chosen_features(variant, self.covariates)
        known = {*self._models(features, ""), *([PICTURES] if "patch" in self.rows else [])} - {*training.BASELINES}
        if variant.algorithm not in known:
            raise unknown(variant, "algorithm", variant.algorithm, known)
        return with_parameters(self._models(features, variant.algorithm)[variant.algorithm], variant)

    def check(self, variant: Variant) -> None:
        """See `factories.experiments.Bench`."""
        self._model(variant)

    def score(self, variant: Variant) -> Outcome:
        """See `factories.experiments.Bench`."""
        model = self._model(variant)
        try:
            return self._outcome(model, len(chosen_features(variant, self.covariates)))
        except ValueError as error:
            raise ModelError(
                f"Variant `{variant.name}` cannot be fitted: {error}", do="Change its parameters or features."
            ) from error

    def reference_outcomes(self) -> dict[str, Outcome]:
        """See `factories.experiments.Bench`."""
        models = self._models(self.covariates, "")
        found = {name: self._outcome(models[name], 0) for name in training.BASELINES}
        if self._champion_rows is not None and self.champion is not None:
            kept = self._champion_rows
            pair = kept["observed"].to_numpy(), kept["estimate"].to_numpy()
            metrics = {name: metric(*pair) for name, metric in METRICS.items()}
            found = {self.champion: Outcome(metrics, None), **found}
        return found

    def close(self) -> None:
        """Let the processes go that folds were fitted in."""
        if training.processes_for(self.rows, self.threads) > 1:
            end_processes()

    def _outcome(self, model: AreaModel, features: int) -> Outcome:
        processes = training.processes_for(self.rows, self.threads)
        fitted = cross_fit(
            model, training.read_by(model, self.rows), self.observed, self.split.folds, processes=processes
        )
        estimate = fitted["estimate"].to_numpy()
        lower, upper = cross_conformal(
            self.observed,
            estimate,
            self.split.folds,
            level=training.LEVEL,
            difficulty=fitted["difficulty"].to_numpy(),
            groups=training.interval_groups(self.rows),
            within=training.PERCENT,
        )
        found = scores_of(self.rows, self.observed, estimate, lower, upper)
        metrics = {metric: float(value) for group, metric, value in found if group == "all"}
        return Outcome(metrics, self._gain(estimate), features)

    def _gain(self, estimate: np.ndarray) -> Improvement | None:
        """Gain over the champion on the areas both have an estimate of; None where these lie in one province."""
        if self._champion_rows is None:
            return None
        mine = self.rows[["area_id"]].assign(estimate=estimate, observed_now=self.observed)
        both = mine.merge(self._champion_rows, on="area_id", suffixes=("", "_champion"))
        if both["block"].nunique() < 2:
            return None
        return paired_bootstrap(
            both["observed_now"].to_numpy(),
            both["estimate_champion"].to_numpy(),
            both["estimate"].to_numpy(),
            training.PRIMARY_METRIC,
            blocks=both["block"],
            draws=self.experiment.bootstrap_draws,
            seed=self.experiment.seed,
        )


def with_parameters(model: AreaModel, variant: Variant) -> AreaModel:
    """A copy of a model with a variant's parameters; an ensemble passes on to its members what they know.

    Raises:
        SettingsError: no such parameter, or a value of another type.
    """
    members = model.members if isinstance(model, StackedEnsemble) else (model,)
    for name in variant.parameters:
        known = {key for member in members for key in member.get_params()} - FIXED
        if name not in known:
            raise unknown(variant, "parameter", name, known)
    changed = tuple(member.clone(**_typed(member, variant)) for member in members)
    return model.clone(members=changed) if isinstance(model, StackedEnsemble) else changed[0]


def _typed(model: AreaModel, variant: Variant) -> dict[str, Any]:
    """A variant's parameters that a model has, as its own types."""
    types = typing.get_type_hints(type(model))
    own = {name: value for name, value in variant.parameters.items() if name in model.get_params()}
    try:
        return {name: TypeAdapter(types[name]).validate_python(value) for name, value in own.items()}
    except ValidationError as error:
        raise SettingsError(
            f"Variant `{variant.name}` gives a parameter a wrong value: {error.errors()[0]['msg']} (given: {own})",
            do="Give it a value of the kind it has by default.",
        ) from error


def district_model(experiment: Experiment, lake: Lake, registry: ModelRegistry, *, threads: int) -> DistrictModelBench:
    """Read features, official rates and the champion's held-out estimates; pictures only where a variant looks at them.

    Raises:
        LakeError: a table is not there yet.
        ModelError: too few areas have both features and an official rate.
    """
    # Assets, and with them Dagster, whose import takes seconds.
    from socialai_assets.poverty.models import LEAST_AREAS, training_rows, with_patches

    rows = training_rows(lake.read_frame("poverty.district_features"), lake.read_frame("poverty.official_rates"))
    if len(rows) < LEAST_AREAS:
        raise ModelError(
            f"Only {len(rows)} areas have both features and an official rate; at least {LEAST_AREAS} are needed",
            do="Land official rates for more areas (source poverty.poverty_rates), then `socialai run`.",
        )
    if any(variant.algorithm == PICTURES for variant in experiment.variants):
        pictures = (lake.read_frame(f"poverty.stg_satellite_{time}") for time in ("night", "day"))
        rows = with_patches(rows, *pictures)
    notes = ["The data are SYNTHETIC."] if rows["is_synthetic"].any() else []
    champion = registry.champion(training.MODEL)
    if champion is None:
        return DistrictModelBench(experiment, rows, None, None, threads=threads, notes=notes)
    tables = {"features": "poverty.district_features", "rates": "poverty.official_rates"}
    if any(champion.tags.get(f"data_version_{name}") != lake.data_version(table) for name, table in tables.items()):
        notes.append("The champion was trained on other data than the lake holds now.")
    return DistrictModelBench(
        experiment,
        rows,
        pd.read_parquet(registry.files(champion) / OUT_OF_SAMPLE),
        f"champion, version {champion.version}",
        threads=threads,
        notes=notes,
    )


TRAINABLES: Mapping[str, Trainable] = MappingProxyType({training.MODEL: district_model})
