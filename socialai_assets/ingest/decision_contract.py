"""What a domain's decision log says of each plan it made; the domain gives it its table's name. Writes nothing."""

from __future__ import annotations

import pandas as pd

from socialai_assets.ingest.contract_model import Contract, column


class DecisionLogContract(Contract):
    """Every plan that was made, a row each, kept for good: from what, with which model, under which terms."""

    decision_id: str = column("Code of the decision.", unique=True, str_matches=r"\S+")
    table_name: str = column("Table the plan is in.", str_matches=r"\S+")
    scenario: str = column("Scenario of the plan.")
    made_at: pd.Timestamp = column("When it was made, UTC.")
    run_id: str = column("Run of Dagster that made it.")
    snapshot: int = column("Snapshot of the lake at which the inputs are what the plan was made from; kept.", ge=0)
    inputs: str = column("Each table it was made from: rows, hash of its content, snapshot that wrote it; JSON.")
    models: str = column("Models behind the inputs: table to model and version; JSON.")
    parameters: str = column("Terms the plan was made under; JSON.")
    status: str = column("What the solver says of the plan.")
    overrides: int = column("Rows that people fixed before it was solved.", ge=0)
    is_synthetic: bool = column("Whether any input was made by the sample generator.")

    class Config:
        name = "domain.decision_log"
