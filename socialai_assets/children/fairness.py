"""Fairness tables, thin assets: how lists treat groups, and what could be done about it. Aggregates, in the lake.

First on OULAD's adult students, a stand-in for pupils.
"""

import pandas as pd
from dagster import MetadataValue, Output, asset

from socialai_assets.children import fairness_contracts as contracts
from socialai_assets.children import oulad_fairness
from socialai_assets.children.fairness_settings import fairness_settings
from socialai_assets.children.oulad import RAW
from socialai_assets.children.oulad_records import records
from socialai_assets.children.oulad_training import by_day
from socialai_assets.factories.guarding import without_values
from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import empty, validate


@asset(
    **table_asset(contracts.Fairness, "training", kinds=("python", "fairlearn")),
    ins=tables(
        estimates="children.oulad_out_of_sample",
        features="children.oulad_features",
        scores="children.oulad_scores",
    ),
)
@without_values
def fairness(estimates: pd.DataFrame, features: pd.DataFrame, scores: pd.DataFrame) -> Output[pd.DataFrame]:
    """Rates of every group at every capacity, of the model that regrets least."""
    if estimates.empty:
        return Output(empty(contracts.Fairness), metadata={"note": "There is nothing to judge."})
    chosen = str(scores.loc[scores["is_chosen"], "model"].iloc[0])
    table = oulad_fairness.fairness(estimates, features, chosen, fairness_settings())
    return Output(
        validate(table, contracts.Fairness),
        metadata={"model": chosen, "rates withheld": int(table["is_withheld"].sum())},
    )


@asset(
    **table_asset(contracts.FairnessOptions, "training", kinds=("python", "scikitlearn")),
    ins={**RAW, **tables(features="children.oulad_features", estimates="children.oulad_out_of_sample")},
)
@without_values
def fairness_options(
    courses: pd.DataFrame,
    assessments: pd.DataFrame,
    students: pd.DataFrame,
    submissions: pd.DataFrame,
    features: pd.DataFrame,
    estimates: pd.DataFrame,
) -> Output[pd.DataFrame]:
    """Each option for each attribute with its cost in precision and recall."""
    if estimates.empty:
        return Output(empty(contracts.FairnessOptions), metadata={"note": "There is nothing to judge."})
    settings = fairness_settings()
    found = records(courses, assessments, students, submissions)
    table = oulad_fairness.options(found, by_day(features), settings)
    return Output(
        validate(table, contracts.FairnessOptions), metadata={"option used": MetadataValue.text(settings.option)}
    )
