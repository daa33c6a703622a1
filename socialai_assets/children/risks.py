"""Children's risk tables, thin assets: features, labels, training and its scores, models in use, scores of children."""

from collections.abc import Iterator

import pandas as pd
from dagster import AssetExecutionContext, DataVersion, MetadataValue, Output, asset, multi_asset

from resources.vault_io_manager import VaultIOManager, keyed_version
from socialai_assets.children import risk_contracts as contracts
from socialai_assets.children import risk_figures, risk_registry, risk_training
from socialai_assets.children.risk_drift import drift_rows
from socialai_assets.children.risk_rows import risk_dates, risk_features, risk_labels
from socialai_assets.children.risk_scoring import score_children, without_later_facts
from socialai_assets.children.risk_settings import risk_settings
from socialai_assets.factories.guarding import without_values
from socialai_assets.factories.tables import asset_key, table_asset, table_out, tables
from socialai_assets.ingest.contract import Contract, any_synthetic, describe, empty, table_name, validate

EVENTS = {
    "children": "children.children",
    "households": "children.households",
    "enrolments": "children.enrolments",
    "attendance": "children.attendance",
    "marks": "children.marks",
    "cases": "children.cases",
    "support": "children.support",
}
CALENDAR = {"terms": "children.terms", "predictions": "poverty.district_predictions"}
TRAINED_WITH = ("python", "scikitlearn", "tensorflow", "mlflow")


@asset(**table_asset(contracts.RiskFeatures, "feature", kinds=("python", "sql")), ins=tables(**EVENTS, **CALENDAR))
@without_values
def features_by_date(terms: pd.DataFrame, predictions: pd.DataFrame, **events: pd.DataFrame) -> pd.DataFrame:
    """Tell what was known of each child on each date."""
    settings = risk_settings()
    dates = risk_dates(terms, events, settings)
    return validate(risk_features(dates, events, terms, predictions, settings), contracts.RiskFeatures)


@asset(
    **table_asset(contracts.RiskLabels, "feature", kinds=("python", "sql")),
    ins=tables(features="children.risk_features", terms="children.terms", **EVENTS),
)
@without_values
def labels_by_date(features: pd.DataFrame, terms: pd.DataFrame, **events: pd.DataFrame) -> pd.DataFrame:
    """Tell what became of each child after each date."""
    settings = risk_settings()
    dates = risk_dates(terms, events, settings)
    return validate(risk_labels(dates, features, events, settings), contracts.RiskLabels)


@multi_asset(
    name="train_children_risk_models",
    outs={
        "out_of_sample": table_out(contracts.RiskOutOfSample, "training", TRAINED_WITH),
        "model_scores": table_out(contracts.ModelScores, "training", TRAINED_WITH),
    },
    ins=tables(features="children.risk_features", labels="children.risk_labels"),
    required_resource_keys={"vault_io_manager"},
)
@without_values
def train_children_risk_models(
    context: AssetExecutionContext, features: pd.DataFrame, labels: pd.DataFrame
) -> Iterator[Output]:
    """Judge models and baselines of each label by date, register what is chosen, and promote what deserves it."""
    settings = risk_settings()
    held_out: list[pd.DataFrame] = []
    scores: list[pd.DataFrame] = []
    for label in risk_training.MODELS:
        rows = risk_training.cases_of(features, labels, label)
        if not risk_training.splits_of(rows, settings)[0]:
            context.log.warning(f"{label}: {len(rows)} outcomes are in, too few before any date to judge a model.")
            continue
        judgement = risk_training.judge(rows, label, settings, report=context.log.info)
        table = risk_figures.scores_of(judgement, label, settings)
        timespan = str(labels.loc[labels["label"] == label, "label_timespan"].iloc[0])
        version = risk_registry.register(
            label, judgement, table, settings, {**_tags(context), "label_timespan": timespan}
        )
        context.log.info(f"{version.name} version {version.version}: {judgement.reason}")
        synthetic = any_synthetic(rows)
        held_out.append(risk_figures.held_out(judgement, label))
        scores.append(
            table.assign(label=label, label_timespan=timespan, version=version.version, is_synthetic=synthetic)
        )
    yield Output(_joined(held_out, contracts.RiskOutOfSample), "out_of_sample")
    whole = _joined(scores, contracts.ModelScores)
    shown = whole[whole["test_date"].isna() & whole["capacity"].isna()].pivot_table(
        index=["label", "model"], columns="metric", values="value", sort=False
    )
    yield Output(
        whole,
        "model_scores",
        metadata={"scores": MetadataValue.md(shown.round(3).reset_index().to_markdown(index=False))},
    )


def _tags(context: AssetExecutionContext) -> dict[str, str]:
    manager: VaultIOManager = context.resources.vault_io_manager
    names = [table_name(one) for one in (contracts.RiskFeatures, contracts.RiskLabels)]
    with manager.opened(context.run_id, " and ".join(names)) as vault:
        versions = {f"data_version_{name}": keyed_version(manager.vault, vault.data_version(name)) for name in names}
    return versions | {"dagster_run": context.run_id}


def _joined(parts: list[pd.DataFrame], contract: type[Contract]) -> pd.DataFrame:
    names = [one.name for one in describe(contract)]
    return (
        validate(pd.concat([part[names] for part in parts], ignore_index=True), contract) if parts else empty(contract)
    )


@asset(
    **table_asset(contracts.RiskCalibration, "training"),
    ins=tables(held_out="children.out_of_sample", scores="children.model_scores"),
)
@without_values
def risk_calibration(held_out: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Hold what the chosen models said against what became of children."""
    parts = []
    for one in scores[scores["is_served"]].drop_duplicates("label").itertuples():
        own = held_out[(held_out["label"] == one.label) & (held_out["model"] == one.model)]
        parts.append(
            risk_figures.calibration_of(own, risk_settings()).assign(
                label=one.label, model=one.model, is_synthetic=one.is_synthetic
            )
        )
    return _joined(parts, contracts.RiskCalibration)


@asset(
    **table_asset(contracts.RiskModels, "model", kinds=("python", "mlflow")),
    deps=[asset_key("children.model_scores")],
)
def risk_models() -> Output[pd.DataFrame]:
    """Look up the versions in use and what they serve."""
    champions = risk_registry.in_use()
    rows = []
    for label, champion in champions.items():
        none = f"none is in use{'; one waits for approval' if risk_registry.waits(label) else ''}"
        told = champion.tags if champion else {"reason": none}
        rows.append(
            {
                "label": label,
                "label_timespan": told.get("label_timespan"),
                "model": champion.parameters["served"] if champion else None,
                "model_version": champion.version if champion else None,
                "is_baseline": champion.parameters["is_baseline"] == "True" if champion else None,
                "learned_until": pd.Timestamp(told["learned_until"]).date() if champion else None,
                "reason": told["reason"],
                "is_synthetic": told["synthetic"] == "True" if champion else None,
            }
        )
    version = "|".join(f"{label}@{one.version if one else 0}" for label, one in champions.items())
    # Retraining without promotion must move nothing below.
    return Output(validate(pd.DataFrame(rows), contracts.RiskModels), data_version=DataVersion(version))


@asset(
    **table_asset(contracts.RiskScores, "prediction"),
    ins=tables(
        features="children.risk_features",
        models="children.risk_models",
        reviews="children.reviews",
        **EVENTS,
        **CALENDAR,
    ),
)
@without_values
def risk_scores(
    features: pd.DataFrame,
    models: pd.DataFrame,
    reviews: pd.DataFrame,
    terms: pd.DataFrame,
    predictions: pd.DataFrame,
    **events: pd.DataFrame,
) -> pd.DataFrame:
    """Score all enrolled children with the models in use."""
    settings = risk_settings()
    dates = risk_dates(terms, events, settings)

    def remade(day: pd.Timestamp, cleared: pd.Series) -> pd.DataFrame:
        of_day = dates[dates["as_of_date"] == day.date()]
        return risk_features(of_day, without_later_facts(events, cleared), terms, predictions, settings)

    parts = [
        score_children(
            risk_registry.served(one.label, int(one.model_version)), one.label, features, reviews, remade, settings
        ).assign(label_timespan=one.label_timespan, model=one.model, model_version=int(one.model_version))
        for one in models.dropna(subset="model_version").itertuples()
        if len(features)
    ]
    return _joined(parts, contracts.RiskScores)


@asset(
    **table_asset(contracts.RiskDrift, "drift"),
    ins=tables(features="children.risk_features", labels="children.risk_labels", models="children.risk_models"),
)
@without_values
def risk_drift(features: pd.DataFrame, labels: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    """Compare features and outcomes with what the models in use know; a check on it asks for a training."""
    parts = [
        drift_rows(
            risk_registry.served(one.label, int(one.model_version)),
            one.label,
            features,
            labels,
            pd.Timestamp(one.learned_until),
            risk_settings(),
        ).assign(model_version=int(one.model_version))
        for one in models.dropna(subset="model_version").itertuples()
    ]
    return _joined(parts, contracts.RiskDrift)
