"""The hook by which plan assets log what they decided, and the log's asset. Solves nothing, changes no plan."""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from dagster import AssetExecutionContext, AssetSpec

from resources import lake_upkeep
from resources.lake import Lake
from resources.lake_io_manager import snapshot_read
from socialai_assets.factories.plan_scenarios import BASELINE
from socialai_assets.factories.tables import asset_key, column_schema, owners
from socialai_assets.ingest.contract import Contract, any_synthetic, describe, table_name, validate
from socialai_assets.ingest.decision_contract import DecisionLogContract


def decision_log_spec(contract: type[DecisionLogContract]) -> AssetSpec:
    """A domain's decision log, which its plan assets append to."""
    table = table_name(contract)
    domain = table.split(".")[0]
    return AssetSpec(
        key=asset_key(table),
        group_name=domain,
        owners=owners(domain),
        kinds={"ducklake"},
        tags={"layer": "log"},
        description="Every plan that was made: inputs and the snapshot they are kept at, models, terms, status.",
        metadata={"dagster/column_schema": column_schema(describe(contract))},
    )


def log_decision(
    context: AssetExecutionContext,
    log: type[DecisionLogContract],
    plan: type[Contract],
    inputs: Mapping[str, pd.DataFrame],
    *,
    status: Sequence[str],
    parameters: Mapping[str, Any],
    scenario: str = BASELINE,
    overrides: int = 0,
) -> str:
    """Append a made plan to its domain's decision log; call it before the plan is handed over.

    The snapshot named is never expired by `socialai tidy`, so the inputs can be read again with `--as-of`.

    Args:
        context: of the asset; its resources hold `io_manager`.
        log: the domain's log.
        plan: contract of the plan's table.
        inputs: what the asset read, by table `schema.table`.
        status: the solver's words, repeated ones once.
        parameters: terms of the plan, what JSON can hold.
        scenario: of the plan.
        overrides: rows that people fixed before it was solved.

    Returns:
        The decision's code.
    """
    lake: Lake = context.resources.io_manager.lake
    snapshot, written = snapshot_read(lake, inputs), lake_upkeep.last_writes(lake)
    decision = uuid.uuid4().hex
    row = {
        "decision_id": decision,
        "table_name": table_name(plan),
        "scenario": scenario,
        "made_at": pd.Timestamp.now("UTC").tz_localize(None),
        "run_id": context.run_id,
        "snapshot": snapshot,
        "inputs": _json(
            {
                table: {"rows": len(frame), **_version(lake, table, written.get(table), snapshot)}
                for table, frame in sorted(inputs.items())
            }
        ),
        "models": _json({table: found for table, frame in sorted(inputs.items()) if (found := _models(frame))}),
        "parameters": _json(parameters),
        "status": "; ".join(sorted({str(text) for text in status})) or "nothing to plan",
        "overrides": overrides,
        "is_synthetic": any_synthetic(*inputs.values()),
    }
    frame = validate(pd.DataFrame([row]), log)
    # Rows of a new code: none is ever replaced.
    lake.replace_rows(table_name(log), frame, column="decision_id", value=decision, author=f"run {context.run_id}")
    return decision


def _version(lake: Lake, table: str, write: lake_upkeep.Write | None, snapshot: int) -> dict[str, Any]:
    """Which content of a table was read: hash and snapshot that wrote it, unknown where it was written since."""
    if write is not None and write.number > snapshot:
        return {"data_version": None, "written_in": None}
    return {"data_version": lake.data_version(table), "written_in": write.number if write else None}


def _models(frame: pd.DataFrame) -> list[str]:
    """Models and versions that a table's rows say they come from."""
    if "model" not in frame or frame.empty:
        return []
    if "model_version" not in frame:
        return sorted(frame["model"].astype(str).unique())
    pairs = frame[["model", "model_version"]].drop_duplicates()
    return sorted(f"{model}, version {version}" for model, version in pairs.itertuples(index=False))


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
