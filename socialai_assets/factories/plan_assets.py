"""Plan assets of every domain: their outputs, with a scenario's rows beside those of the others. Makes no plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from dagster import AssetOut, Config, Output
from pydantic import Field

from socialai_assets.factories.plan_scenarios import BASELINE, with_scenarios
from socialai_assets.factories.tables import table_out
from socialai_assets.ingest.contract import Contract, describe, table_name, validate

if TYPE_CHECKING:
    from resources.lake import Lake


class ScenarioConfig(Config):
    """What the launchpad lets a person change about every plan for one run."""

    scenario: str = Field(BASELINE, pattern=r"^\S+$", description="Name of the plan; its rows are replaced, no others.")


def plan_out(contract: type[Contract]) -> AssetOut:
    """The output of a multi-asset that writes a plan's table."""
    return table_out(contract, "plan", ("python", "ortools"))


def scenario_output(
    lake: Lake,
    parts: Sequence[pd.DataFrame],
    contract: type[Contract],
    *,
    scenario: str,
    inputs: str,
    metadata: Mapping[str, Any],
) -> Output:
    """A scenario's rows, with those that the lake has of others, as the output named like the table.

    Args:
        lake: where the other scenarios' rows are.
        parts: the scenario's rows without the columns of `ScenarioContract` that the factory gives; none where there
            was nothing to plan.
        contract: the table's contract.
        scenario: name of the scenario.
        inputs: hash of the tables it was made from, of `inputs_hash`.
        metadata: what the UI shows beside the table.

    Raises:
        ContractError: the rows break the contract.
    """
    nothing = pd.DataFrame(columns=[described.name for described in describe(contract)])
    rows = pd.concat(parts, ignore_index=True) if len(parts) else nothing
    whole = with_scenarios(lake, rows, contract, scenario=scenario, inputs=inputs)
    return Output(validate(whole, contract), table_name(contract).split(".")[1], metadata=dict(metadata))
