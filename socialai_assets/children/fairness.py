"""Fairness tables, thin assets: how lists treat groups, and what could be done about it. Aggregates, in the lake.

On children, and on OULAD's adult students, a stand-in of whom real records are public.
"""

import pandas as pd
from dagster import MetadataValue, Output, asset

from socialai_assets.children import child_fairness, oulad_fairness
from socialai_assets.children import fairness_contracts as contracts
from socialai_assets.children.fairness_settings import fairness_settings
from socialai_assets.children.oulad import RAW
from socialai_assets.children.oulad_records import records
from socialai_assets.children.oulad_training import by_day
from socialai_assets.children.risk_settings import risk_settings
from socialai_assets.factories.guarding import without_values
from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import Contract, empty, validate


@asset(
    **table_asset(contracts.Fairness, "training", kinds=("python", "fairlearn")),
    ins=tables(
        oulad_estimates="children.oulad_out_of_sample",
        oulad_features="children.oulad_features",
        oulad_scores="children.oulad_scores",
        held_out="children.out_of_sample",
        scores="children.model_scores",
        features="children.risk_features",
        areas="geography.areas",
    ),
)
@without_values
def fairness(
    oulad_estimates: pd.DataFrame,
    oulad_features: pd.DataFrame,
    oulad_scores: pd.DataFrame,
    held_out: pd.DataFrame,
    scores: pd.DataFrame,
    features: pd.DataFrame,
    areas: pd.DataFrame,
) -> Output[pd.DataFrame]:
    """Rates of every group at every capacity, of the models that were chosen."""
    settings, parts = fairness_settings(), []
    if len(oulad_estimates):
        chosen = str(oulad_scores.loc[oulad_scores["is_chosen"], "model"].iloc[0])
        parts.append(oulad_fairness.fairness(oulad_estimates, oulad_features, chosen, settings))
    if len(held_out):
        parts.append(child_fairness.fairness(held_out, scores, features, areas, settings, risk_settings()))
    table = _joined(parts, contracts.Fairness)
    withheld = int(table["is_withheld"].sum())
    return Output(table, metadata={"rates": len(table), "rates withheld": withheld})


@asset(
    **table_asset(contracts.FairnessOptions, "training", kinds=("python", "scikitlearn")),
    ins={
        **RAW,
        **tables(
            oulad_features="children.oulad_features",
            oulad_estimates="children.oulad_out_of_sample",
            features="children.risk_features",
            labels="children.risk_labels",
        ),
    },
)
@without_values
def fairness_options(
    courses: pd.DataFrame,
    assessments: pd.DataFrame,
    students: pd.DataFrame,
    submissions: pd.DataFrame,
    oulad_features: pd.DataFrame,
    oulad_estimates: pd.DataFrame,
    features: pd.DataFrame,
    labels: pd.DataFrame,
) -> Output[pd.DataFrame]:
    """Each option for each attribute with its cost in precision and recall."""
    settings, risk, parts = fairness_settings(), risk_settings(), []
    if len(oulad_estimates):
        found = records(courses, assessments, students, submissions)
        parts.append(oulad_fairness.options(found, by_day(oulad_features), settings))
    if len(labels):
        parts.append(child_fairness.options(features, labels, settings, risk))
    table = _joined(parts, contracts.FairnessOptions)
    return Output(table, metadata={"option used": MetadataValue.text(risk.fairness.option)})


def _joined(parts: list[pd.DataFrame], contract: type[Contract]) -> pd.DataFrame:
    made = [part for part in parts if len(part)]
    return validate(pd.concat(made, ignore_index=True), contract) if made else empty(contract)
