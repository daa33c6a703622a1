"""Which version of the district poverty model is in use, and its estimates with intervals. Trains nothing."""

from functools import lru_cache
from pathlib import Path

import pandas as pd
from dagster import DataVersion, Output, asset

from resources.errors import ModelError
from resources.model_registry import ModelRegistry, ModelVersion
from resources.settings import current
from socialai_assets.factories.tables import asset_key, table_asset, tables
from socialai_assets.ingest.contract import validate
from socialai_assets.poverty import contracts
from socialai_assets.poverty.served_model import ServedModel, blocked, load_served
from socialai_assets.poverty.training import MODEL


@asset(
    **table_asset(contracts.DistrictModel, "model", kinds=("python", "mlflow")),
    deps=[asset_key("poverty.model_scores")],
)
def district_model() -> Output[pd.DataFrame]:
    """Look up the champion: made again after a training and after a rollback."""
    champion = ModelRegistry.from_settings(current()).champion(MODEL)
    if champion is None:
        raise ModelError(
            f"Model `{MODEL}` has no champion",
            do="Train it: `socialai run --select poverty/model_scores`; where a version waits, approve it: "
            f"`socialai models approve {MODEL} VERSION --role ROLE`.",
        )
    return Output(
        validate(model_row(champion), contracts.DistrictModel),
        # Retraining without promotion must move nothing below.
        data_version=DataVersion(f"{champion.name}@{champion.version}"),
        metadata={"champion": champion.version, "why": champion.tags.get("promotion", "")},
    )


def model_row(champion: ModelVersion) -> pd.DataFrame:
    """The one row that says which version is in use, what it is, and how good."""
    return pd.DataFrame(
        [
            {
                "model": champion.name,
                "version": champion.version,
                "algorithm": champion.tags["algorithm"],
                "is_baseline": champion.tags["is_baseline"] == "True",
                "reason": f"{champion.tags.get('promotion', '')}; {champion.tags['verdict']}",
                "trained_at": pd.Timestamp(champion.created).tz_convert(None),
                "areas": int(champion.tags["areas"]),
                "r2_province": champion.metrics["r2_province"],
                "r2_department": champion.metrics.get("r2_department", float("nan")),
                "coverage_90": champion.metrics["coverage_90_province"],
            }
        ]
    )


@asset(
    **table_asset(contracts.DistrictPredictions, "prediction"),
    ins=tables(
        features="poverty.district_features",
        rates="poverty.official_rates",
        areas="geography.areas",
        model="poverty.district_model",
    ),
)
def district_predictions(
    features: pd.DataFrame, rates: pd.DataFrame, areas: pd.DataFrame, model: pd.DataFrame
) -> pd.DataFrame:
    """Estimate every district with the model in use."""
    in_use = model.iloc[0]
    served = served_version(model)
    estimates = served.predict(blocked(features))
    return validate(
        with_official(estimates, features, rates, areas).assign(
            model=served.algorithm, model_version=int(in_use["version"]), is_baseline=served.is_baseline
        ),
        contracts.DistrictPredictions,
    )


def served_version(model: pd.DataFrame) -> ServedModel:
    """The served model a row of `district_model` names."""
    registry = ModelRegistry.from_settings(current())
    in_use = model.iloc[0]
    return _load(registry.files(registry.version(in_use["model"], int(in_use["version"]))))


@lru_cache(maxsize=1)
def _load(folder: Path) -> ServedModel:
    """Kept for the reasons, which are made next: reading the files of eleven ensembles takes some seconds."""
    return load_served(folder)


def forget_served() -> None:
    """Free the memory of the model that was read last."""
    _load.cache_clear()


def with_official(
    estimates: pd.DataFrame, features: pd.DataFrame, rates: pd.DataFrame, areas: pd.DataFrame
) -> pd.DataFrame:
    """Estimates with the area's names, its people and its official figure."""
    named = areas[["area_id", "name", "admin1_name", "admin2_name", "population"]]
    official = rates.drop(columns=["year", "estimate_group", "source"]).rename(
        columns={"poverty_rate_pct": "official", "lower_pct": "official_lower", "upper_pct": "official_upper"}
    )
    frame = (
        estimates.merge(features[["area_id", "is_synthetic"]], on="area_id")
        .merge(named, on="area_id")
        .merge(
            official,
            on="area_id",
            how="left",
            suffixes=("", "_rate"),
        )
    )
    frame["is_synthetic"] |= frame.pop("is_synthetic_rate").eq(True)
    # A hundredth of a percentage point is far below what any interval can tell apart.
    shown = ["estimate", "lower", "upper"]
    frame[shown] = frame[shown].round(2)
    frame["poor_people"] = (frame["population"] * frame["estimate"] / 100).round()
    return frame
