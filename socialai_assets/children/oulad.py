"""OULAD's tables, thin assets: features by day, estimates out of sample, scores. Adults, a stand-in for pupils."""

import pandas as pd
from dagster import AssetExecutionContext, Config, MetadataValue, Output, asset
from pydantic import Field

from socialai_assets.children import oulad_contracts as contracts
from socialai_assets.children import oulad_training
from socialai_assets.children.oulad_records import Records, records
from socialai_assets.factories.guarding import without_values
from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import empty, validate

RAW = tables(
    courses="children.raw_oulad_courses",
    assessments="children.raw_oulad_assessments",
    students="children.raw_oulad_students",
    submissions="children.raw_oulad_submissions",
)
LEAST_STUDENTS = 200
"""In each presentation; with fewer nothing is learned."""


class OuladConfig(Config):
    """What the launchpad lets a person change for one training."""

    seed: int = Field(0, ge=0, description="Seed of learners and bootstrap.")
    networks: bool = Field(True, description="Compare a Keras network too, which takes about half of the time.")


@asset(**table_asset(contracts.OuladFeatures, "feature"), ins=RAW)
@without_values
def oulad_features(
    courses: pd.DataFrame, assessments: pd.DataFrame, students: pd.DataFrame, submissions: pd.DataFrame
) -> pd.DataFrame:
    """Features of every student, course and day."""
    found = records(courses, assessments, students, submissions)
    if found.students.empty or found.courses.empty:
        return empty(contracts.OuladFeatures)
    made = oulad_training.features_of_days(found)
    return validate(pd.concat(made.values(), ignore_index=True), contracts.OuladFeatures)


@asset(
    **table_asset(contracts.OuladOutOfSample, "training", kinds=("python", "scikitlearn", "tensorflow")),
    ins={**RAW, **tables(features="children.oulad_features")},
)
@without_values
def oulad_out_of_sample(
    context: AssetExecutionContext,
    config: OuladConfig,
    courses: pd.DataFrame,
    assessments: pd.DataFrame,
    students: pd.DataFrame,
    submissions: pd.DataFrame,
    features: pd.DataFrame,
) -> Output[pd.DataFrame]:
    """What every model says of courses later than those it learned from."""
    found = records(courses, assessments, students, submissions)
    if not _is_enough(found):
        return Output(
            empty(contracts.OuladOutOfSample),
            metadata={"note": f"Some presentation has fewer than {LEAST_STUDENTS} students: nothing is learned."},
        )
    estimates, settings = oulad_training.out_of_sample(
        found, oulad_training.by_day(features), seed=config.seed, networks=config.networks, report=context.log.info
    )
    return Output(
        validate(estimates, contracts.OuladOutOfSample), metadata={"settings chosen": MetadataValue.json(settings)}
    )


@asset(**table_asset(contracts.OuladScores, "training"), ins=tables(estimates="children.oulad_out_of_sample"))
@without_values
def oulad_scores(estimates: pd.DataFrame) -> Output[pd.DataFrame]:
    """Scores of every model, the chosen one marked."""
    if estimates.empty:
        return Output(empty(contracts.OuladScores), metadata={"note": "There is nothing to judge."})
    table = oulad_training.scores(estimates)
    tested = table[table["is_chosen"] & (table["presentation"] == oulad_training.TEST) & (table["people"] == "all")]
    auc = {f"day {row.day}": round(row.value, 4) for row in tested[tested["metric"] == "auc"].itertuples()}
    return Output(
        validate(table, contracts.OuladScores),
        metadata={"chosen": tested["model"].iloc[0], "AUC of the chosen model": MetadataValue.json(auc)},
    )


@asset(**table_asset(contracts.OuladCalibration, "training"), ins=tables(estimates="children.oulad_out_of_sample"))
@without_values
def oulad_calibration(estimates: pd.DataFrame) -> pd.DataFrame:
    """Probabilities and rates of tenths of the students of the test."""
    if estimates.empty:
        return empty(contracts.OuladCalibration)
    return validate(oulad_training.calibration(estimates), contracts.OuladCalibration)


def _is_enough(found: Records) -> bool:
    people = found.students["code_presentation"].value_counts()
    return bool(people.reindex(list(oulad_training.PRESENTATIONS), fill_value=0).min() >= LEAST_STUDENTS)
