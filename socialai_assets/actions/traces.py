"""A row followed back to what it rests on, with the decisions and models on the way named. Walks and tells nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from resources.lake import Lake
from resources.model_registry import ModelRegistry
from resources.settings import Settings
from socialai_assets.tracing.row_links import DeclaredLinks, keys_of_tables
from socialai_assets.tracing.walk import BASELINE, Graph, Trace, walk

if TYPE_CHECKING:
    from dagster import Definitions


def trace(
    table: str, key: Sequence[str], *, lake: Lake, settings: Settings, depth: int | None = None, shown: int = 5
) -> Trace:
    """What a row rests on.

    Args:
        table: `schema.table`.
        key: the row's key: its values in order, or `column=value` pairs.
        lake: to walk in.
        settings: they say where the registry of models is.
        depth: most tables away; None for all the way.
        shown: rows shown of each table.

    Raises:
        TraceError: there is no such table, key or row.
    """
    from socialai_assets.definitions import defs

    graph = table_graph(defs)
    found = walk(lake, graph, DeclaredLinks.of_domains(), table, key, depth=depth, shown=shown)
    found.decisions = _decisions(lake, graph, found)
    _name_models(found, ModelRegistry.from_settings(settings))
    return found


def table_graph(definitions: Definitions) -> Graph:
    """The definitions' assets as a graph of tables."""
    graph = definitions.resolve_asset_graph()
    tables = {key: ".".join(key.path) for key in graph.get_all_asset_keys() if key.path[0] != "landing"}
    return Graph(
        parents={
            name: sorted(tables[parent] for parent in graph.get(key).parent_keys if parent in tables)
            for key, name in tables.items()
        },
        layers={name: graph.get(key).tags.get("layer", "") for key, name in tables.items()},
        keys=keys_of_tables(),
    )


def _decisions(lake: Lake, graph: Graph, trace: Trace) -> list[dict[str, object]]:
    """The newest entry of the decision log on the plan that the traced row is in; none for other tables.

    A plan is logged by one of its tables; the others are made in the same step, from the same inputs.
    """
    log = f"{trace.table.split('.')[0]}.decision_log"
    if trace.steps[trace.table].layer != "plan" or not lake.exists(log):
        return []
    row = trace.steps[trace.table].shown[0]
    entries = lake.read_frame(log)
    above = graph.parents[trace.table]
    entries = entries[entries["table_name"].map(lambda table: graph.parents.get(table) == above)]
    newest = entries[entries["scenario"] == row.get("scenario", BASELINE)]
    newest = newest.sort_values("made_at").tail(1)
    return [{str(name): value for name, value in entry.items()} for entry in newest.to_dict("records")]


def _name_models(trace: Trace, registry: ModelRegistry) -> None:
    """Say of each model what the registry knows: what it was trained on, when, and who approved it."""
    for step in trace.steps.values():
        if step.layer != "model":
            continue
        for row in step.shown:
            name, number = _registered(step.table, row)
            # A baseline that nothing was trained for has none.
            if number is None:
                continue
            version = registry.version(name, int(str(number)))
            step.model = {
                "name": version.name,
                "version": version.version,
                "trained": version.created.isoformat(timespec="seconds"),
                "trained_on": _inputs(version.tags),
                "run": version.tags.get("dagster_run", ""),
                "promotion": version.tags.get("promotion", ""),
            }


def _registered(table: str, row: Mapping[str, object]) -> tuple[str, object]:
    """The registered name and version of the model that a row of a table of models stands for."""
    from socialai_assets.children.risk_registry import MODELS as OF_LABELS
    from socialai_assets.water.risk_training import MODELS as OF_TARGETS

    if table == "water.risk_models":
        return OF_TARGETS[str(row["target"])], row["model_version"]
    if table == "children.risk_models":
        return OF_LABELS[str(row["label"])], row["model_version"]
    return str(row["model"]), row["version"]


def _inputs(tags: Mapping[str, str]) -> dict[str, str]:
    """Data versions of the tables a version was trained on."""
    start = "data_version_"
    return {name.removeprefix(start): version for name, version in tags.items() if name.startswith(start)}
