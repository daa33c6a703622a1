"""Scenarios of a plan table: one is replaced, the others stay, and are marked where their inputs have changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.ingest.contract import Contract, column, describe, table_name

if TYPE_CHECKING:
    from resources.lake import Lake

BASELINE = "baseline"


class ScenarioContract(Contract):
    """Which plan a row belongs to."""

    scenario: str = column("Scenario of the plan; `baseline` is kept fresh by automation.", str_matches=r"\S+")
    inputs: str = column("Hash of the tables the plan was made from.")
    is_stale: bool = column("Whether these tables have changed since; a what-if is then to be made again.")
    is_synthetic: bool = column("Whether any input was made by the sample generator.")


def inputs_hash(tables: Mapping[str, pd.DataFrame]) -> str:
    """Hash of the content of tables, whatever the order of their rows."""
    total = 0
    for name in sorted(tables):
        frame = tables[name]
        plain = frame[sorted(map(str, frame.columns))].astype(str)
        rows = pd.util.hash_pandas_object(plain, index=False).to_numpy(dtype=np.uint64)
        total = (total * 1_000_003 + int(rows.sum(dtype=np.uint64)) + len(frame)) % 2**64
    return f"{total:016x}"


def with_scenarios(
    lake: Lake, frame: pd.DataFrame, contract: type[Contract], *, scenario: str, inputs: str
) -> pd.DataFrame:
    """A scenario's new rows, and the rows of every other scenario as the lake has them.

    Rows of a what-if that rests on other inputs than these are marked stale; those of a table whose columns were other
    ones, in an earlier version of the platform, are left behind.
    """
    names = [described.name for described in describe(contract)]
    own = frame.assign(scenario=scenario, inputs=inputs, is_stale=False)[names]
    table = table_name(contract)
    if not lake.exists(table) or set(lake.columns(table)) != set(names):
        return own
    others = lake.read_frame(table)[names]
    others = others[others["scenario"] != scenario]
    if others.empty:
        return own
    others = others.assign(is_stale=others["inputs"] != inputs)
    return pd.concat([others, own], ignore_index=True) if len(own) else others
