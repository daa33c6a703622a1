"""Training the district poverty model as assets: evaluation, registration, promotion, and the checks on them.

How models learn and are compared is in training.py; which version is in use, and what it predicts, is in
predictions.py.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    Config,
    Failure,
    MetadataValue,
    Output,
    multi_asset,
)
from pydantic import Field

from resources.lake_io_manager import LakeIOManager
from resources.model_approval import FAIRNESS_AUDIT, propose
from resources.model_registry import ModelRegistry, ModelVersion
from resources.settings import current
from socialai_assets.catalog import attribution
from socialai_assets.factories.tables import asset_key, table_out, tables
from socialai_assets.ingest.contract import validate
from socialai_assets.methods import tiles
from socialai_assets.methods.area_model import AreaModel, end_processes
from socialai_assets.methods.patches import cut_patches
from socialai_assets.poverty import contracts, model_card, training
from socialai_assets.poverty.scoring import COVERAGE_RANGE, LEAST_JUDGED, judge_coverage
from socialai_assets.poverty.served_model import FEATURES_AT_TRAINING, OUT_OF_SAMPLE, blocked, fit_served

LEAST_AREAS = 60


class TrainingConfig(Config):
    """What the launchpad lets a person change for one training."""

    province_folds: int = Field(10, ge=2, le=50, description="Folds of the split by provinces.")
    seed: int = Field(0, ge=0, description="Seed of folds, learners and bootstrap.")
    trees: int = Field(60, ge=10, le=2000, description="Trees of the random forest.")
    bootstrap_draws: int = Field(1000, ge=100, le=20000, description="Draws of the paired bootstrap.")
    networks: bool = Field(True, description="Compare neural networks too, which takes most of the time.")
    every_split: bool = Field(
        True, description="Judge on held-out departments and random areas too, which takes two thirds of the rest."
    )


def training_rows(features: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Features and official rates of the areas that have both, in the order of their codes."""
    columns = ["area_id", "poverty_rate_pct", "lower_pct", "upper_pct", "estimate_group", "source", "is_synthetic"]
    rows = features.merge(rates[columns], on="area_id", suffixes=("", "_rate"))
    rows["is_synthetic"] |= rows.pop("is_synthetic_rate")
    return blocked(rows).sort_values("area_id", ignore_index=True)


def with_patches(rows: pd.DataFrame, night: pd.DataFrame, day: pd.DataFrame) -> pd.DataFrame:
    """Rows with a column `patch`, what night and day pictures show around the capital; without it where one lacks."""
    if night.empty or day.empty:
        return rows
    pictures = [tiles.mosaic(night), tiles.mosaic(day)]
    return rows.assign(patch=cut_patches(pictures, rows[["latitude", "longitude"]].to_numpy(dtype=float)))


TRAINED_WITH = ("python", "scikitlearn", "tensorflow", "mlflow")


@multi_asset(
    name="train_district_model",
    outs={
        "out_of_sample": table_out(contracts.OutOfSample, "training", TRAINED_WITH),
        "model_scores": table_out(contracts.ModelScores, "training", TRAINED_WITH),
    },
    ins=tables(
        features="poverty.district_features",
        rates="poverty.official_rates",
        night="poverty.stg_satellite_night",
        day="poverty.stg_satellite_day",
    ),
    check_specs=[
        AssetCheckSpec(
            name="beats_baselines",
            asset=asset_key("poverty.model_scores"),
            description="On held-out provinces the lower bound of the gain in R2 is above 0 for each baseline.",
        ),
        AssetCheckSpec(
            name="intervals_cover",
            asset=asset_key("poverty.out_of_sample"),
            description=f"The served model's 90 % intervals cover between {COVERAGE_RANGE[0]:.0%} and "
            f"{COVERAGE_RANGE[1]:.0%} of the areas of held-out provinces, altogether and in every group of "
            f"{LEAST_JUDGED} areas or more: urban, rural, and each natural region.",
            blocking=True,
        ),
    ],
    required_resource_keys={"io_manager"},
)
def train_district_model(
    context: AssetExecutionContext,
    config: TrainingConfig,
    features: pd.DataFrame,
    rates: pd.DataFrame,
    night: pd.DataFrame,
    day: pd.DataFrame,
) -> Iterator[Output | AssetCheckResult]:
    """Cross-fit candidates and baselines, register the winner, and promote it if it deserves it."""
    started = time.monotonic()
    rows = with_patches(training_rows(features, rates), night, day)
    if len(rows) < LEAST_AREAS:
        raise Failure(
            f"Only {len(rows)} areas have both features and an official rate; at least {LEAST_AREAS} are needed. "
            "Land official rates for more areas (source poverty.poverty_rates), whose codes match geography.areas."
        )
    evaluation = training.evaluate(
        rows,
        contracts.covariates_of(rows),
        province_folds=config.province_folds,
        seed=config.seed,
        trees=config.trees,
        threads=current().threads,
        networks=config.networks,
        every_split=config.every_split,
        report=context.log.info,
    )
    verdict = training.judge(evaluation, rows, draws=config.bootstrap_draws, seed=config.seed)
    manager: LakeIOManager = context.resources.io_manager
    versions = {
        "features": manager.lake.data_version("poverty.district_features"),
        "rates": manager.lake.data_version("poverty.official_rates"),
    }
    champion = _register(context, config, rows, features, evaluation, verdict, versions, started)
    yield from _outputs(rows, evaluation, verdict, champion)


def _register(
    context: AssetExecutionContext,
    config: TrainingConfig,
    rows: pd.DataFrame,
    features: pd.DataFrame,
    evaluation: training.Evaluation,
    verdict: training.Verdict,
    versions: dict[str, str],
    started: float,
) -> ModelVersion:
    """Log and register the trained version, promote it, let it wait or neither, and return the champion."""
    registry = ModelRegistry.from_settings(current())
    served = _served(config, rows, evaluation, verdict)
    champion = registry.champion(training.MODEL)
    metrics = {
        f"{metric}_{split}": evaluation.score(verdict.served, split, metric)
        for split in ("province", "department", "random")
        for metric in ("r2", "rmse", "spearman", "coverage_90")
        if split == training.PRIMARY_SPLIT or config.every_split
    }
    tags = {
        **{f"data_version_{name}": version for name, version in versions.items()},
        "algorithm": verdict.served,
        "is_baseline": str(verdict.is_baseline),
        "verdict": verdict.reason,
        "areas": str(len(rows)),
        "synthetic": str(bool(rows["is_synthetic"].any())),
        "dagster_run": context.run_id,
        "training_seconds": f"{time.monotonic() - started:.1f}",
    }
    parameters = {**config.model_dump(), **{f"model_{k}": _short(v) for k, v in served.full.get_params().items()}}
    primary = _primary(evaluation, verdict.served, rows)
    before = None if champion is None else pd.read_parquet(registry.files(champion) / OUT_OF_SAMPLE)
    same_data = champion is not None and all(
        champion.tags.get(f"data_version_{name}") == version for name, version in versions.items()
    )
    promoted, reason = training.promote(
        primary, before, same_data=same_data, draws=config.bootstrap_draws, seed=config.seed
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        served.save(folder)
        primary.to_parquet(folder / OUT_OF_SAMPLE, index=False)
        features[["area_id", *contracts.covariates_of(features)]].to_parquet(folder / FEATURES_AT_TRAINING, index=False)
        model_card.write(
            folder,
            evaluation,
            verdict,
            covariates=contracts.covariates_of(rows),
            official=attribution(rows["source"]),
            parameters=parameters,
            metrics=metrics,
            tags=tags,
        )
        model_card.by_group(evaluation, verdict.served).to_csv(folder / FAIRNESS_AUDIT, index=False)
        version = registry.log_version(training.MODEL, folder, parameters=parameters, metrics=metrics, tags=tags)
    context.log.info(f"Version {version.version}: {verdict.reason}. {reason}")
    if not promoted:
        registry.note(training.MODEL, version.version, "not_promoted", reason)
    elif not propose(registry, version, reason, approval_required=current().approval_required("poverty")):
        context.log.warning(f"Version {version.version} waits: `socialai models approve {version.name}`.")
    # Before the first approval there is none in use, and the scores are those of the version that waits.
    return registry.champion(training.MODEL) or version


def _served(config: TrainingConfig, rows: pd.DataFrame, evaluation: training.Evaluation, verdict: training.Verdict):
    from socialai_assets.methods.intervals import calibrate

    split = training.splits(rows, province_folds=config.province_folds, seed=config.seed)[0]
    model = training.learners(
        contracts.covariates_of(rows), split.block, seed=config.seed, trees=config.trees, threads=current().threads
    )[verdict.served]
    estimates = evaluation.estimates(verdict.served, split.name)
    intervals = calibrate(
        (estimates["observed"] - estimates["estimate"]).to_numpy(),
        level=training.LEVEL,
        difficulty=model.difficulty(estimates["estimate"].to_numpy()),
        groups=training.interval_groups(rows),
    )
    processes = training.processes_for(rows, current().threads)
    learned_from = training.read_by(model, rows)
    served = fit_served(
        verdict.served,
        model,
        verdict.is_baseline,
        learned_from,
        split.folds,
        intervals,
        without=evaluation.candidate if verdict.served == training.CANDIDATE else None,
        processes=processes,
    )
    if processes > 1:
        end_processes()
    return served


def _primary(evaluation: training.Evaluation, model: str, rows: pd.DataFrame) -> pd.DataFrame:
    estimates = evaluation.estimates(model, training.PRIMARY_SPLIT)[["area_id", "estimate", "observed"]]
    return estimates.merge(rows[["area_id", "admin2_id"]], on="area_id").rename(columns={"admin2_id": "block"})


def _outputs(
    rows: pd.DataFrame, evaluation: training.Evaluation, verdict: training.Verdict, champion: ModelVersion
) -> Iterator[Output | AssetCheckResult]:
    scores = evaluation.scores.assign(
        version=champion.version,
        is_served=evaluation.scores["model"] == verdict.served,
        is_synthetic=bool(rows["is_synthetic"].any()),
    )
    overall = evaluation.scores[evaluation.scores["group"] == "all"]
    summary = overall.pivot_table(index=["split", "model"], columns="metric", values="value", sort=False)
    yield Output(validate(evaluation.out_of_sample, contracts.OutOfSample), "out_of_sample")
    yield Output(
        validate(scores, contracts.ModelScores),
        "model_scores",
        metadata={
            "verdict": verdict.reason,
            "scores": MetadataValue.md(summary.round(3).reset_index().to_markdown(index=False)),
        },
    )
    yield AssetCheckResult(
        check_name="beats_baselines",
        asset_key=asset_key("poverty.model_scores"),
        passed=not verdict.is_baseline,
        severity=AssetCheckSeverity.WARN,
        description=verdict.reason,
        metadata={
            name: MetadataValue.text(f"{gain.gain:.3f} ({gain.lower:.3f} to {gain.upper:.3f})")
            for name, gain in verdict.improvements.items()
        },
    )
    passed, by_group = judge_coverage(evaluation.scores, verdict.served, training.PRIMARY_SPLIT)
    yield AssetCheckResult(
        check_name="intervals_cover",
        asset_key=asset_key("poverty.out_of_sample"),
        passed=passed,
        severity=AssetCheckSeverity.ERROR,
        metadata={"coverage by group": MetadataValue.md(by_group.round(3).to_markdown(index=False))},
    )


def _short(value: object) -> object:
    if isinstance(value, tuple) and value and isinstance(value[0], AreaModel):
        return ", ".join("+".join(getattr(member, "learners", (type(member).__name__,))) for member in value)
    return f"{len(value)} names" if isinstance(value, tuple) and len(value) > 5 else value
