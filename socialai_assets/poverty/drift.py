"""Whether the districts' features are still distributed as when the model in use was trained. Trains nothing."""

from pathlib import Path

import numpy as np
import pandas as pd
from dagster import asset

from resources.model_registry import ModelRegistry
from resources.settings import current
from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import validate
from socialai_assets.methods.drift import feature_drift as drift_of
from socialai_assets.poverty import contracts
from socialai_assets.poverty.served_model import FEATURES_AT_TRAINING


@asset(
    **table_asset(contracts.FeatureDrift, "drift"),
    ins=tables(features="poverty.district_features", model="poverty.district_model"),
)
def feature_drift(features: pd.DataFrame, model: pd.DataFrame) -> pd.DataFrame:
    """Compare the features with those kept beside the model in use."""
    registry, in_use = ModelRegistry.from_settings(current()), model.iloc[0]
    version = registry.version(in_use["model"], int(in_use["version"]))
    moved = since_training(registry.files(version), features).assign(
        model_version=version.version, is_synthetic=bool(features["is_synthetic"].any())
    )
    return validate(moved, contracts.FeatureDrift)


def since_training(folder: Path, features: pd.DataFrame) -> pd.DataFrame:
    """How far each covariate has moved since a model was trained.

    Args:
        folder: the model's files.
        features: the table `district_features` as it is now.

    Returns:
        What `methods.drift.feature_drift` does, for the covariates known then or now. All count as drifted where the
        model was saved without its features, as nothing says that they have not.
    """
    kept = folder / FEATURES_AT_TRAINING
    if not kept.is_file():
        names = contracts.covariates_of(features)
        return pd.DataFrame({"feature": names, "stability_index": np.nan, "p_value": np.nan, "has_drifted": True})
    before = pd.read_parquet(kept)
    known = set(contracts.covariates_of(before)) | set(contracts.covariates_of(features))
    return drift_of(before, features, [name for name in contracts.all_covariates() if name in known])
