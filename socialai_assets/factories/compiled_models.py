"""Building dbt models from SQL that dbt compiled once, for a process that builds the same few again and again.

dbt itself, which whole runs use (dbt_runs.py), takes many times longer to start than these statements to run. They are
those of its materialization `lake_table` and its tests, so the tables are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from dagster import Failure, MetadataValue

from resources.empty_tables import give_statistics
from resources.errors import LakeError
from resources.lake import Lake
from resources.lake_conflicts import again_after_conflict
from resources.lake_location import escaped
from resources.lake_transaction import transaction
from socialai_assets.factories.dbt_models import DBT_PROJECT

_COMPILED: dict[str, str] = {}
# What the statements below know of dbt's settings of a model and of a test.
_KNOWN = (
    {"materialized": "lake_table", "pre-hook": [], "post-hook": []},
    {"materialized": "test", "fail_calc": "count(*)", "limit": None, "error_if": "!= 0", "severity": "ERROR"},
)


@dataclass(frozen=True)
class Result:
    """What came of a model or test.

    Attributes:
        unique_id: dbt's name of it.
        passed: the model was made; the test found nothing.
        rows: of the model; that the test found.
        why: of a model that could not be made.
    """

    unique_id: str
    passed: bool
    rows: int = 0
    why: str | None = None


def compile_models(select: str) -> None:
    """Have dbt compile models and their tests, once for the life of this process.

    Args:
        select: dbt's selection of them.

    Raises:
        Failure: dbt could not.
    """
    from dbt.cli.main import dbtRunner

    command = ["compile", "--select", select, "--no-populate-cache", "--no-introspect", "--quiet"]
    command += ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    command += ["--log-level", "none", "--log-level-file", "none", "--no-write-json"]
    result = dbtRunner().invoke(command)
    if result.exception is not None or not result.success:
        raise Failure(
            f"dbt could not compile: {result.exception}",
            metadata={"command": MetadataValue.text("dbt " + " ".join(command))},
        )
    runs: Any = result.result
    _COMPILED.update({run.node.unique_id: run.node.compiled_code for run in runs.results})


def are_compiled(names: Sequence[str], manifest: Mapping[str, Any]) -> bool:
    """Whether `build` can make all of these models and tests as dbt would."""
    return bool(names) and all(name in _COMPILED and _is_known(manifest["nodes"][name]["config"]) for name in names)


def compiled_sql(name: str) -> str:
    """The SELECT of a compiled model or test."""
    return _COMPILED[name]


def build(lake: Lake, manifest: Mapping[str, Any], names: Sequence[str], author: str) -> Iterator[Result]:
    """Make models and run tests, in dbt's order: what is below one that failed is left as it was.

    Args:
        lake: what is written to.
        manifest: dbt's.
        names: of the models and tests, compiled before.
        author: who writes; stands in each snapshot.
    """
    nodes: Mapping[str, Mapping[str, Any]] = manifest["nodes"]
    tests = {name: nodes[name]["attached_node"] for name in names if nodes[name]["resource_type"] == "test"}
    # A model waits for the tests of those it reads.
    above = {
        name: {
            one
            for parent in nodes[name]["depends_on"]["nodes"]
            for one in (parent, *(test for test, tested in tests.items() if tested == parent and name not in tests))
            if one in names
        }
        for name in names
    }
    left: set[str] = set()
    for name in TopologicalSorter(above).static_order():
        if above[name] & left:
            left.add(name)
            continue
        result = _tested(lake, name) if name in tests else _made(lake, nodes[name], author)
        if not result.passed:
            left.add(name)
        yield result


def _is_known(config: Mapping[str, Any]) -> bool:
    return any(all(config.get(name) == value for name, value in known.items()) for known in _KNOWN)


def _made(lake: Lake, node: Mapping[str, Any], author: str) -> Result:
    """Write a model's table in one transaction, with its descriptions and the message that dbt's would have."""
    name, table = node["unique_id"], f"{node['schema']}.{node['name']}"
    target = f'lake."{node["schema"]}"."{node["name"]}"'

    def write() -> int:
        with transaction(lake, table=table, author=author, about={"model": name}) as cursor:
            cursor.execute(f'CREATE SCHEMA IF NOT EXISTS lake."{node["schema"]}"')
            cursor.execute(f"CREATE OR REPLACE TABLE {target} AS (SELECT * FROM ({_COMPILED[name]}\n) ORDER BY ALL)")
            comments = [f"COMMENT ON TABLE {target} IS '{escaped(node['description'])}'"]
            comments += [
                f"COMMENT ON COLUMN {target}.\"{column}\" IS '{escaped(described['description'])}'"
                for column, described in node["columns"].items()
            ]
            cursor.execute(";".join(comments))
            return cursor.execute(f"SELECT count(*) FROM {target}").fetchall()[0][0]

    try:
        rows = again_after_conflict(write)
    except LakeError as error:
        return Result(name, passed=False, why=str(error))
    if not rows:
        give_statistics(lake, table)
    return Result(name, passed=True, rows=rows)


def _tested(lake: Lake, name: str) -> Result:
    cursor = lake.cursor()
    found = cursor.execute(f"SELECT count(*) FROM ({_COMPILED[name]}\n)").fetchall()[0][0]
    cursor.close()
    return Result(name, passed=found == 0, rows=found)
