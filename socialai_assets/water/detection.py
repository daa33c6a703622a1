"""How well events are found in water's readings, as tables: a thin asset over detection_trials.py. Raises no alarm."""

from collections.abc import Iterator

import pandas as pd
from dagster import AssetExecutionContext, AssetOut, Config, MetadataValue, Output, multi_asset
from pydantic import Field

from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import empty, validate
from socialai_assets.methods.anomaly.evaluation import BLOCKS, HALVES
from socialai_assets.water import contracts, detection_trials

_KINDS = ("python", "scikitlearn", "tensorflow")


class TrialConfig(Config):
    """What the launchpad lets a person change for one trial."""

    blocks: bool = Field(False, description="Try detectors on ten blocks of time too, which takes ten times as long.")


@multi_asset(
    name="try_detectors",
    outs={
        "detection_out_of_sample": AssetOut(**table_asset(contracts.DetectionOutOfSample, "training", _KINDS)),
        "detection_scores": AssetOut(**table_asset(contracts.DetectionScores, "training", _KINDS)),
    },
    ins=tables(readings="water.regular_readings", events="water.station_events", alarms="water.alarms"),
)
def try_detectors(
    context: AssetExecutionContext,
    config: TrialConfig,
    readings: pd.DataFrame,
    events: pd.DataFrame,
    alarms: pd.DataFrame,
) -> Iterator[Output[pd.DataFrame]]:
    """Try detectors on readings they have not seen, beside the alarms and a dummy."""
    splits = (HALVES, BLOCKS) if config.blocks else (HALVES,)
    moments, scores = detection_trials.trials(readings, events, alarms, splits=splits, report=context.log.info)
    if scores.empty:
        yield Output(empty(contracts.DetectionOutOfSample), "detection_out_of_sample")
        yield Output(empty(contracts.DetectionScores), "detection_scores")
        return
    summary = scores.pivot_table(index=["station_id", "split", "model"], columns="metric", values="value")
    yield Output(validate(moments, contracts.DetectionOutOfSample), "detection_out_of_sample")
    yield Output(
        validate(scores, contracts.DetectionScores),
        "detection_scores",
        metadata={"scores": MetadataValue.md(summary.round(3).reset_index().to_markdown(index=False))},
    )
