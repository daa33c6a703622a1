"""Models built from compiled SQL: what is below one that failed, or whose test failed, is left as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from socialai_assets.factories import compiled_models
from tests.conftest import make_lake

MODEL = {"materialized": "lake_table", "pre-hook": [], "post-hook": []}
TEST = {"materialized": "test", "fail_calc": "count(*)", "limit": None, "error_if": "!= 0", "severity": "ERROR"}


def model(name: str, *above: str) -> dict[str, Any]:
    return {
        "unique_id": f"model.{name}",
        "resource_type": "model",
        "schema": "water",
        "name": name,
        "description": "What it's for.",
        "columns": {"a": {"description": "A number."}},
        "config": MODEL,
        "depends_on": {"nodes": list(above)},
    }


def check_of(name: str) -> dict[str, Any]:
    return {
        "resource_type": "test",
        "attached_node": f"model.{name}",
        "config": TEST,
        "depends_on": {"nodes": [f"model.{name}"]},
    }


NODES = {
    "model.below": model("below", "model.first"),
    "model.first": model("first"),
    "test.first": check_of("first"),
    "model.apart": model("apart"),
    "model.broken": model("broken"),
}
SQL = {
    "model.first": "SELECT unnest([2, 1]) AS a",
    "model.below": "SELECT a + 1 AS a FROM lake.water.first",
    "model.apart": "SELECT 1 AS a",
    "model.broken": "SELECT a FROM lake.water.nothing",
}


@pytest.mark.parametrize(("limit", "made"), [(2, {"first", "below", "apart"}), (1, {"first", "apart"})])
def test_a_failed_test_or_model_stops_what_is_below_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, made: set[str]
) -> None:
    test = {"test.first": f"SELECT * FROM lake.water.first WHERE a > {limit}"}
    monkeypatch.setattr(compiled_models, "_COMPILED", SQL | test)
    assert compiled_models.are_compiled(list(NODES), {"nodes": NODES})
    lake = make_lake(tmp_path)
    results = {one.unique_id: one for one in compiled_models.build(lake, {"nodes": NODES}, list(NODES), "run 1")}
    assert set(lake.tables()) == {f"water.{name}" for name in made}
    assert (results["model.first"].rows, results["test.first"].passed) == (2, limit == 2)
    assert results["test.first"].rows == 2 - limit
    assert "nothing" in (results["model.broken"].why or "")
    cursor = lake.cursor()
    messages = cursor.execute(
        "SELECT author, commit_message FROM ducklake_snapshots('lake') WHERE commit_message IS NOT NULL"
    )
    assert ("run 1", '{"table": "water.first", "model": "model.first"}') in messages.fetchall()
    cursor.close()
    lake.close()


def test_a_model_with_settings_of_its_own_is_left_to_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_models, "_COMPILED", SQL)
    hooked = {**NODES["model.first"], "config": {**MODEL, "post-hook": ["DROP TABLE x"]}}
    assert not compiled_models.are_compiled(["model.first"], {"nodes": {"model.first": hooked}})
    assert not compiled_models.are_compiled(["test.first"], {"nodes": NODES})
