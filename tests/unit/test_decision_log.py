"""The decision log: one row a plan, appended, and the snapshots it names outlive every tidying."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from dagster import build_asset_context
from typer.testing import CliRunner

from resources import lake_io_manager
from resources.lake import Lake
from resources.lake_upkeep import decided_at, tidy
from socialai_assets.cli import app
from socialai_assets.factories.decision_log import log_decision
from socialai_assets.ingest.contract import Contract, column
from socialai_assets.poverty.decision_contracts import DecisionLog, TargetingPlan

ESTIMATES = "poverty.estimates"


class Plan(Contract):
    """A plan of another table."""

    area_id: str = column("Code of the area.")

    class Config:
        name = "poverty.other_plan"


def estimates(lake: Lake, value: float) -> pd.DataFrame:
    rows = {"area_id": ["A", "B"], "estimate": [value, 1.0], "model": "forest", "model_version": 3}
    frame = pd.DataFrame({**rows, "is_synthetic": [False, True]})
    lake.replace(ESTIMATES, frame, author="test")
    return frame


def decide(lake: Lake, frame: pd.DataFrame, plan: type[Contract] = TargetingPlan, **more) -> str:
    context = build_asset_context(resources={"io_manager": SimpleNamespace(lake=lake)})
    return log_decision(context, DecisionLog, plan, {ESTIMATES: frame}, **{"status": ["optimal"], **more})


def test_a_decision_says_what_it_was_made_from(lake: Lake) -> None:
    frame = estimates(lake, 0.5)
    decision = decide(lake, frame, parameters={"budget": 5.0}, status=["optimal", "optimal"], overrides=2)
    (row,) = lake.read("poverty.decision_log").to_pylist()
    assert (row["decision_id"], row["table_name"], row["scenario"]) == (decision, "poverty.targeting_plan", "baseline")
    assert (row["status"], row["overrides"], row["is_synthetic"]) == ("optimal", 2, True)
    read = json.loads(row["inputs"])[ESTIMATES]
    assert read == {"data_version": lake.data_version(ESTIMATES), "rows": 2, "written_in": row["snapshot"]}
    assert json.loads(row["models"]) == {ESTIMATES: ["forest, version 3"]}
    assert json.loads(row["parameters"]) == {"budget": 5.0}


def test_decisions_are_added_and_none_is_changed(lake: Lake) -> None:
    frame = estimates(lake, 0.5)
    first = decide(lake, frame, parameters={})
    before = lake.read("poverty.decision_log").to_pylist()
    second = decide(lake, frame, Plan, parameters={}, scenario="what-if")
    after = lake.read("poverty.decision_log").to_pylist()
    assert first != second and [row for row in after if row["decision_id"] == first] == before
    assert {row["table_name"] for row in after} == {"poverty.targeting_plan", "poverty.other_plan"}


def test_what_was_decided_from_outlives_a_tidying(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = estimates(lake, 0.1)
    decide(lake, estimates(lake, 0.5), parameters={})
    (kept,) = decided_at(lake)
    for value in (0.6, 0.7):
        estimates(lake, value)
    done = tidy(lake, before=datetime.now(UTC) + timedelta(days=1), grace=timedelta())
    assert kept in done.pinned and kept not in done.expired and len(done.expired) > 2
    with lake.cursor() as cursor:
        then = f"SELECT max(estimate) FROM lake.{ESTIMATES} AT (VERSION => {kept}) WHERE area_id = 'A'"
        assert cursor.execute(then).fetchall() == [(0.5,)] != [(gone["estimate"].iloc[0],)]
    lake.close()
    monkeypatch.setenv("SOCIALAI_HOME", str(tmp_path))
    refused = CliRunner().invoke(app, ["tidy", "--unpin", str(kept)])
    assert refused.exit_code == 1 and "a decision was made from it" in str(refused.exception)


def test_what_was_written_while_a_plan_was_solved_is_not_what_it_was_made_from(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = estimates(lake, 0.5)
    read_at = lake.newest_snapshot()
    monkeypatch.setitem(lake_io_manager._READ_AT, ESTIMATES, read_at)
    estimates(lake, 0.9)
    decide(lake, frame, parameters={})
    (row,) = lake.read("poverty.decision_log").to_pylist()
    assert row["snapshot"] == read_at
    assert json.loads(row["inputs"])[ESTIMATES] == {"data_version": None, "rows": 2, "written_in": None}
