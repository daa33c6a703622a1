"""Assets of needs: the relief items of the standards, and what each camp needs of them. Thin; plans nothing."""

import pandas as pd
from dagster import asset

from socialai_assets.factories.tables import table_asset
from socialai_assets.ingest.contract import validate
from socialai_assets.refugees.standards import item_table, read_standards
from socialai_assets.refugees.supply_contracts import ReliefItems


@asset(**table_asset(ReliefItems, "staging"))
def relief_items() -> pd.DataFrame:
    """The items of standards.yaml."""
    return validate(item_table(read_standards()), ReliefItems)
