"""Assets of needs: the relief items of the standards, and what each camp needs of them. Thin; plans nothing."""

from typing import Any

import pandas as pd
from dagster import Config, asset
from pydantic import Field

from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import empty, validate
from socialai_assets.refugees.needs_tables import camp_groups, needs_table
from socialai_assets.refugees.standards import item_table, read_standards
from socialai_assets.refugees.supply_contracts import Needs, ReliefItems


class StandardsConfig(Config):
    """What the launchpad lets a person change for one run; the rest is in refugees/standards.yaml."""

    standards: dict[str, Any] = Field(
        {}, description="Nested as in refugees/standards.yaml, before whose values it goes: {items: {water: {...}}}."
    )


@asset(**table_asset(ReliefItems, "staging"))
def relief_items(config: StandardsConfig) -> pd.DataFrame:
    """The items of standards.yaml."""
    return validate(item_table(read_standards(config.standards)), ReliefItems)


@asset(
    **table_asset(Needs, "plan"),
    ins=tables(
        forecasts="refugees.population_forecasts",
        population="refugees.camp_population",
        camps="refugees.camps",
        locations="refugees.locations",
        demographics="refugees.demographics",
    ),
)
def needs(
    config: StandardsConfig,
    forecasts: pd.DataFrame,
    population: pd.DataFrame,
    camps: pd.DataFrame,
    locations: pd.DataFrame,
    demographics: pd.DataFrame,
) -> pd.DataFrame:
    """What each camp needs in the weeks that are forecast."""
    standards = read_standards(config.standards)
    groups = camp_groups(forecasts, camps, locations, demographics, standards)
    made = needs_table(forecasts, population, groups, standards)
    return validate(made, Needs) if len(made) else empty(Needs)
