"""dbt models as Dagster assets: keys, groups, layers, checks. Running them is in dbt_runs.py; no SQL here.

The specifications are read from dbt's manifest here, not by `dagster_dbt`, which takes two seconds to import: that is
left to the runs that need it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dagster import (
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    TableColumn,
    TableSchema,
    multi_asset,
)

from resources.errors import SettingsError
from resources.settings import PROJECT
from socialai_assets.factories.tables import asset_key, owners

DBT_PROJECT = PROJECT / "dbt_project"
MANIFEST = DBT_PROJECT / "target" / "manifest.json"
# Where dagster_dbt looks for the dbt node of an asset or check.
UNIQUE_ID = "dagster_dbt/unique_id"


def load_manifest(path: Path = MANIFEST) -> dict[str, Any]:
    """dbt's manifest, which `make` builds.

    Raises:
        SettingsError: it has not been built.
    """
    if not path.is_file():
        raise SettingsError(
            "dbt's manifest has not been built", where=str(path), do="Run `make manifest` (or `make run`)."
        )
    return json.loads(path.read_text())


def node_key(node: Mapping[str, Any]) -> AssetKey:
    """`[schema, table]` of a model or source: the same for a dbt source and the Python asset that writes it."""
    return asset_key(f"{node['schema']}.{node.get('identifier') or node['name']}")


def layer(node: Mapping[str, Any]) -> str:
    """`staging` or `mart`, by the folder a model is in."""
    return "staging" if "staging" in node["fqn"] else "mart"


def dbt_models(domain: str, manifest: Mapping[str, Any]) -> AssetsDefinition:
    """All dbt models of a domain as one subsettable multi-asset, their tests as checks."""
    every = {**manifest["nodes"], **manifest["sources"]}
    selected = {name: node for name, node in manifest["nodes"].items() if _is_model(node, domain)}
    tests = [node for node in manifest["nodes"].values() if node.get("attached_node") in selected]

    @multi_asset(
        name=f"{domain}_dbt",
        specs=[_spec(node, every) for node in selected.values()],
        check_specs=[_check_spec(node, every) for node in tests],
        can_subset=True,
        required_resource_keys={"io_manager"},
    )
    def models(context: AssetExecutionContext) -> Iterator[Any]:
        from socialai_assets.factories.dbt_runs import build

        yield from build(context, context.resources.io_manager.lake, manifest, f"socialai.{domain}")

    return models


def _is_model(node: Mapping[str, Any], domain: str) -> bool:
    return node["resource_type"] == "model" and node["schema"] == domain


def _spec(node: Mapping[str, Any], every: Mapping[str, Mapping[str, Any]]) -> AssetSpec:
    columns = [
        TableColumn(name, column["data_type"], column["description"]) for name, column in node["columns"].items()
    ]
    return AssetSpec(
        node_key(node),
        deps=sorted({node_key(every[parent]) for parent in node["depends_on"]["nodes"]}),
        description=node["description"],
        group_name=node["schema"],
        owners=owners(node["schema"]),
        tags={"layer": layer(node)},
        kinds={"dbt", "duckdb"},
        code_version=hashlib.sha1(node["raw_code"].encode("utf-8")).hexdigest(),
        # A model of the same multi-asset that failed must not fail those that do not need it.
        skippable=True,
        metadata={
            UNIQUE_ID: node["unique_id"],
            "dagster/column_schema": TableSchema(columns),
            "dagster/table_name": f"lake.{node['schema']}.{node['name']}",
        },
    )


def _check_spec(node: Mapping[str, Any], every: Mapping[str, Mapping[str, Any]]) -> AssetCheckSpec:
    tested = node["attached_node"]
    return AssetCheckSpec(
        node["name"],
        asset=node_key(every[tested]),
        description=node.get("description") or None,
        additional_deps=sorted({node_key(every[name]) for name in node["depends_on"]["nodes"] if name != tested}),
        metadata={UNIQUE_ID: node["unique_id"]},
        blocking=(node["config"].get("severity") or "error").lower() == "error",
    )
