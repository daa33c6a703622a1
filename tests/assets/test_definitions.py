"""The asset graph as it is agreed on: nothing in it changes unseen, and everything in it is documented.

After a change that is meant: `pytest tests/assets/test_definitions.py --rewrite-snapshot`, and look at the diff.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dagster import Definitions
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from resources.settings import load
from socialai_assets.definitions import build
from socialai_assets.factories.tables import LAYERS

SNAPSHOT = Path(__file__).with_name("snapshot.json")
NOT_RUN = {"landing", "quarantine", "log"}
# Files, and what is made for people: they have no columns.
WITHOUT_COLUMNS = {"landing", "map"}


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    return build(load())


@pytest.fixture(scope="module")
def graph(definitions: Definitions) -> AssetGraph:
    return definitions.resolve_asset_graph()


def snapshot(graph: AssetGraph) -> dict[str, Any]:
    """What of the graph is agreed on, as JSON."""

    def label(condition: Any) -> str | None:
        return condition.get_label() if condition else None

    return {
        ".".join(key.path): {
            "above": sorted(".".join(parent.path) for parent in graph.get(key).parent_keys),
            "group": graph.get(key).group_name,
            "layer": graph.get(key).tags.get("layer"),
            "condition": label(graph.get(key).automation_condition),
            "kinds": sorted(graph.get(key).kinds),
            "owners": sorted(graph.get(key).owners),
            "checks": {
                check.name: {
                    "blocking": graph.get(check).blocking,
                    "condition": label(graph.get(check).automation_condition),
                }
                for check in sorted(graph.get_check_keys_for_assets({key}), key=lambda check: check.name)
            },
        }
        for key in sorted(graph.get_all_asset_keys())
    }


def test_graph_is_the_one_agreed_on(graph: AssetGraph, request: pytest.FixtureRequest) -> None:
    found = snapshot(graph)
    if request.config.getoption("--rewrite-snapshot", default=False):
        SNAPSHOT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    agreed = json.loads(SNAPSHOT.read_text())
    assert sorted(found) == sorted(agreed), "assets came or went; see the docstring of this module"
    changed = {name: (agreed[name], found[name]) for name in found if found[name] != agreed[name]}
    assert changed == {}, "see the docstring of this module"


def test_every_asset_is_described_and_owned(graph: AssetGraph) -> None:
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert len(node.description or "") >= 20, f"{key} is not described"
        assert node.owners == [f"team:{node.group_name}"], key
        assert node.tags["layer"] in {*LAYERS, *NOT_RUN}, key
        assert node.tags["layer"] == "landing" or key.path[0] == node.group_name


def test_every_column_of_every_table_is_described(graph: AssetGraph) -> None:
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        if node.tags["layer"] in WITHOUT_COLUMNS:
            continue
        schema = node.metadata.get("dagster/column_schema")
        assert schema is not None, f"{key} has no column schema"
        columns = getattr(schema, "schema", schema).columns
        assert columns, f"{key} has no columns"
        assert [column.name for column in columns if not (column.description or "").strip()] == [], key


def test_every_asset_that_runs_is_automated(graph: AssetGraph) -> None:
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        condition = node.automation_condition.get_label() if node.automation_condition else None
        expected = {"training": "train", **dict.fromkeys(NOT_RUN)}.get(node.tags["layer"], "refresh")
        assert condition == expected, key
        assert node.is_executable == (expected is not None)


def test_tables_below_others_are_behind_a_blocking_check(graph: AssetGraph) -> None:
    """Whatever has something below it that runs is checked by something that stops it."""
    for key in graph.executable_asset_keys:
        node = graph.get(key)
        if node.tags["layer"] in {"raw", "mart", "feature"}:
            checks = graph.get_check_keys_for_assets({key})
            assert any(graph.get(check).blocking for check in checks), f"{key} has no blocking check"


def test_sensors_run_without_being_switched_on(definitions: Definitions, graph: AssetGraph) -> None:
    sensors = {name: definitions.resolve_sensor_def(name) for name in ("landing", "automation", "alerts")}
    assert {name: sensor.default_status.value for name, sensor in sensors.items()} == dict.fromkeys(sensors, "RUNNING")
    target = sensors["automation"].asset_selection
    assert target is not None
    watched = target.resolve(graph) | target.resolve_checks(graph)
    conditioned = {
        key for key in graph.get_all_asset_keys() | graph.asset_check_keys if graph.get(key).automation_condition
    }
    assert conditioned <= watched
