"""Assets of flags and of what came of help. Thin; the plan itself is in help_plans.py."""

import datetime

import pandas as pd
from dagster import AssetExecutionContext, asset

from resources.vault_io_manager import VaultIOManager
from socialai_assets.children.flag_life import Known, updated_flags
from socialai_assets.children.help_contracts import Flags, OutcomeCells, SupportOutcomes
from socialai_assets.children.help_outcomes import outcome_cells, support_outcomes
from socialai_assets.children.help_settings import help_settings
from socialai_assets.factories.guarding import without_values
from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import describe, empty, table_name


@asset(
    **table_asset(Flags, "plan"),
    ins=tables(
        scores="children.risk_scores",
        cases="children.cases",
        support="children.support",
        interventions="children.interventions",
        acknowledgements="children.raw_flag_acknowledgements",
    ),
    required_resource_keys={"vault_io_manager"},
)
@without_values
def flags(
    context: AssetExecutionContext,
    scores: pd.DataFrame,
    cases: pd.DataFrame,
    support: pd.DataFrame,
    interventions: pd.DataFrame,
    acknowledgements: pd.DataFrame,
) -> pd.DataFrame:
    """Flags as they were, with what the last scores, cases, help and acknowledgements make of them."""
    known = Known(cases, support, interventions.set_index("intervention_id")["acts_on"], acknowledgements)
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0)
    before = earlier_flags(context.resources.vault_io_manager, context.run_id)
    return updated_flags(before, scores, known, now=now, settings=help_settings().alerts)


def earlier_flags(manager: VaultIOManager, run_id: str) -> pd.DataFrame:
    """The flags there are; none where the table is not there yet, or is of another version."""
    table = table_name(Flags)
    with manager.opened(run_id, table) as lake:
        if set(lake.columns(table)) != {column.name for column in describe(Flags)}:
            return empty(Flags)
        return lake.read_frame(table)


@asset(
    **table_asset(SupportOutcomes, "mart"),
    ins=tables(
        support="children.support",
        outcomes="children.outcomes",
        interventions="children.interventions",
        children="children.children",
    ),
)
@without_values
def outcomes_of_support(
    support: pd.DataFrame, outcomes: pd.DataFrame, interventions: pd.DataFrame, children: pd.DataFrame
) -> pd.DataFrame:
    """Each help offered, when it began and what was found."""
    return support_outcomes(support, outcomes, interventions, children)


@asset(
    **table_asset(OutcomeCells, "mart"),
    ins=tables(
        scores="children.risk_scores",
        assignments="children.assignments",
        recommendations="children.recommendations",
        helped="children.support_outcomes",
    ),
)
@without_values
def cells_of_outcomes(
    scores: pd.DataFrame, assignments: pd.DataFrame, recommendations: pd.DataFrame, helped: pd.DataFrame
) -> pd.DataFrame:
    """Coverage, time to first contact and outcomes by area, before disclosure control."""
    return outcome_cells(scores, assignments, recommendations, helped)
