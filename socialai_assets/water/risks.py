"""Water's risk tables, thin assets: training and its scores, which models are in use, risks of points and areas."""

import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pandas as pd
from dagster import AssetExecutionContext, Config, DataVersion, MetadataValue, Output, asset, multi_asset
from pydantic import Field

from resources.lake_io_manager import LakeIOManager
from resources.model_approval import propose
from resources.model_registry import ModelRegistry, ModelVersion
from resources.settings import current
from socialai_assets.factories.tables import asset_key, table_asset, table_out, tables
from socialai_assets.ingest.contract import validate
from socialai_assets.water import contracts, point_risk_rows, risk_card, risk_training
from socialai_assets.water.area_risks import area_risks
from socialai_assets.water.risk_clusters import failure_clusters as failure_clusters_of
from socialai_assets.water.risk_rows import visited_rows
from socialai_assets.water.risk_training import MODELS
from socialai_assets.water.served_risk import (
    OUT_OF_SAMPLE,
    ServedRisk,
    can_be_read,
    fit_served,
    load_served,
    since_training,
)

PRIMARY_SPLIT = "district"


class RiskTrainingConfig(Config):
    """What the launchpad lets a person change for one training."""

    seed: int = Field(0, ge=0, description="Seed of folds, learners and bootstrap.")
    bootstrap_draws: int = Field(500, ge=100, le=20000, description="Draws of the bootstraps.")
    networks: bool = Field(True, description="Compare neural networks too, which takes most of the time.")


TRAINED_WITH = ("python", "scikitlearn", "tensorflow", "mlflow")


@multi_asset(
    name="train_risk_models",
    outs={
        "risk_out_of_sample": table_out(contracts.RiskOutOfSample, "training", TRAINED_WITH),
        "risk_scores": table_out(contracts.RiskScores, "training", TRAINED_WITH),
    },
    ins=tables(features="water.features", outcomes="water.visit_outcomes"),
    required_resource_keys={"io_manager"},
)
def train_risk_models(
    context: AssetExecutionContext, config: RiskTrainingConfig, features: pd.DataFrame, outcomes: pd.DataFrame
) -> Iterator[Output]:
    """Cross-fit models and baselines of each target, register them, and promote what deserves it."""
    held_out, scores = [], []
    for target in MODELS:
        rows = visited_rows(features, outcomes, target)
        if len(rows) < risk_training.LEAST_VISITS or rows["failed"].nunique() < 2:
            context.log.warning(f"{target}: {len(rows)} visits are too few to learn from.")
            continue
        started = time.monotonic()
        evaluation = risk_training.evaluate(
            rows,
            seed=config.seed,
            draws=config.bootstrap_draws,
            networks=config.networks,
            report=lambda line, of=target: context.log.info(f"{of} {line}"),
        )
        table = risk_training.scores_of(evaluation, float(rows["failed"].mean()))
        version = _register(context, config, target, features, rows, evaluation, table, started)
        held_out.append(evaluation.out_of_sample.assign(target=target))
        scores.append(
            table.assign(target=target, version=version.version, is_synthetic=bool(rows["is_synthetic"].any()))
        )
    yield Output(
        validate(_joined(held_out, contracts.RiskOutOfSample), contracts.RiskOutOfSample), "risk_out_of_sample"
    )
    whole = _joined(scores, contracts.RiskScores)
    shown = whole[whole["group"] == "all"].pivot_table(
        index=["target", "split", "model"], columns="metric", values="value", sort=False
    )
    yield Output(
        validate(whole, contracts.RiskScores),
        "risk_scores",
        metadata={"scores": MetadataValue.md(shown.round(3).reset_index().to_markdown(index=False))},
    )


def _joined(parts: list[pd.DataFrame], contract: type) -> pd.DataFrame:
    from socialai_assets.ingest.contract import describe

    columns = [column.name for column in describe(contract)]
    return pd.concat([part[columns] for part in parts], ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _register(
    context: AssetExecutionContext,
    config: RiskTrainingConfig,
    target: str,
    features: pd.DataFrame,
    rows: pd.DataFrame,
    evaluation: risk_training.Evaluation,
    scores: pd.DataFrame,
    started: float,
) -> ModelVersion:
    """Log and register a version, and promote it, let it wait or neither; returns it."""
    registry, name = ModelRegistry.from_settings(current()), MODELS[target]
    champion = registry.champion(name)
    if champion is not None and not can_be_read(registry.files(champion)):
        context.log.warning(f"{name} version {champion.version} was saved in a form that is no longer read.")
        champion = None
    manager: LakeIOManager = context.resources.io_manager
    versions = {table: manager.lake.data_version(f"water.{table}") for table in ("features", "visit_outcomes")}
    before = None if champion is None else pd.read_parquet(registry.files(champion) / OUT_OF_SAMPLE)
    same_data = champion is not None and all(
        champion.tags.get(f"data_version_{table}") == version for table, version in versions.items()
    )
    primary = risk_training.primary_rows(evaluation, rows, PRIMARY_SPLIT)
    promoted, reason = risk_training.promote(
        primary, before, same_data=same_data, draws=config.bootstrap_draws, seed=config.seed
    )
    served = fit_served(target, rows, evaluation, features=features, seed=config.seed, networks=config.networks)
    overall = scores[(scores["group"] == "all") & scores["is_served"]]
    metrics = {
        f"{row.metric}_{row.split}": float(row.value)  # type: ignore[arg-type]
        for row in overall.itertuples()
        if pd.notna(row.value)
    }
    tags = {
        **{f"data_version_{table}": version for table, version in versions.items()},
        "visits": str(len(rows)),
        "synthetic": str(bool(rows["is_synthetic"].any())),
        "dagster_run": context.run_id,
        "training_seconds": f"{time.monotonic() - started:.1f}",
    }
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        served.save(folder)
        primary.to_parquet(folder / OUT_OF_SAMPLE, index=False)
        metadata = {"parameters": config.model_dump(), "metrics": metrics, **tags}
        risk_card.write(folder, name, target, evaluation, scores, rows=rows, metadata=metadata)
        version = registry.log_version(name, folder, parameters=config.model_dump(), metrics=metrics, tags=tags)
    context.log.info(f"{name} version {version.version}: {reason}")
    if not promoted:
        registry.note(name, version.version, "not_promoted", reason)
    else:
        propose(registry, version, reason, approval_required=current().approval_required("water"), about_people=False)
    return version


@asset(
    **table_asset(contracts.RiskModels, "model", kinds=("python", "mlflow")),
    ins=tables(outcomes="water.visit_outcomes"),
    deps=[asset_key("water.risk_scores")],
)
def risk_models(outcomes: pd.DataFrame) -> Output[pd.DataFrame]:
    """Look up the versions in use and what they serve."""
    registry = ModelRegistry.from_settings(current())
    champions = {target: registry.champion(name) for target, name in MODELS.items()}
    parts = []
    for target, champion in champions.items():
        visits = outcomes[outcomes["target"] == target]
        model = None if champion is None else load_served(registry.files(champion), models=False)
        parts.append(
            point_risk_rows.model_rows(target, model, None if champion is None else champion.version).assign(
                visits=len(visits) if champion is None else int(champion.tags["visits"]),
                is_synthetic=bool(visits["is_synthetic"].any()),
            )
        )
    frame = validate(pd.concat(parts, ignore_index=True), contracts.RiskModels)
    version = "|".join(f"{name}@{one.version if one else 0}" for name, one in champions.items())
    # Retraining without promotion must move nothing below.
    return Output(frame, data_version=DataVersion(version))


@lru_cache(maxsize=4)
def _served_once(folder: Path, fitted: bool) -> ServedRisk:
    """A version's model, read once in a process: a version's files never change, and reading them takes seconds."""
    return load_served(folder, models=fitted)


def served_models(models: pd.DataFrame, *, fitted: bool = True) -> dict[str, tuple[ServedRisk, int]]:
    """Target to the served model that `risk_models` names, and its version; targets without one are left out."""
    registry = ModelRegistry.from_settings(current())
    in_use = models.dropna(subset="model_version").drop_duplicates("target").set_index("target")["model_version"]
    return {
        str(target): (
            _served_once(registry.files(registry.version(MODELS[str(target)], int(version))), fitted),
            int(version),
        )
        for target, version in in_use.items()
    }


@asset(
    **table_asset(contracts.PointRisks, "prediction"),
    ins=tables(
        features="water.features",
        outcomes="water.visit_outcomes",
        staleness="water.staleness",
        models="water.risk_models",
    ),
)
def point_risks(
    features: pd.DataFrame, outcomes: pd.DataFrame, staleness: pd.DataFrame, models: pd.DataFrame
) -> pd.DataFrame:
    """Risk of every treatment and catchment, or why there is none."""
    rows = point_risk_rows.point_risks(features, outcomes, staleness, served_models(models))
    _, clusters = failure_clusters_of(features, outcomes)
    rows = rows.drop(columns="cluster").merge(clusters, on=["point_id", "target"], how="left")
    return validate(rows.astype({"cluster": "Int64"}), contracts.PointRisks)


@asset(
    **table_asset(contracts.FailureClusters, "prediction"),
    ins=tables(features="water.features", outcomes="water.visit_outcomes"),
)
def failure_clusters(features: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Groups of points that fail alike, and what they share."""
    return validate(failure_clusters_of(features, outcomes)[0], contracts.FailureClusters)


@asset(
    **table_asset(contracts.RiskFeatureDrift, "drift"),
    ins=tables(features="water.features", models="water.risk_models"),
)
def risk_feature_drift(features: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    """Compare features with those kept beside the models in use."""
    parts = [
        since_training(served, features).assign(target=target, model_version=version)
        for target, (served, version) in served_models(models, fitted=False).items()
    ]
    moved = pd.concat(parts, ignore_index=True) if parts else _joined([], contracts.RiskFeatureDrift)
    return validate(moved.assign(is_synthetic=bool(features["is_synthetic"].any())), contracts.RiskFeatureDrift)


@asset(
    **table_asset(contracts.AreaRisk, "prediction"),
    ins=tables(
        risks="water.point_risks", features="water.features", systems="water.systems", models="water.risk_models"
    ),
)
def area_risk(risks: pd.DataFrame, features: pd.DataFrame, systems: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    """Share of each area's points that fail, with the people behind them."""
    placed = risks.merge(features[["point_id", "admin2_id", "admin1_id"]], on="point_id")
    correlation = {
        target: {nearest: one.correlation for nearest, one in served.served.items()}
        for target, (served, _) in served_models(models, fitted=False).items()
    }
    return validate(area_risks(placed, systems, correlation), contracts.AreaRisk)
