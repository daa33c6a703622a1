"""Water's tables for people: what station pages and reports show, inspections and their outcomes."""

from __future__ import annotations

import datetime

from socialai_assets.ingest.contract import Contract, column
from socialai_assets.water.input_contracts import CODE
from socialai_assets.water.parameters import SENSED


class RecentReadings(Contract):
    """The last week of each station's readings, by hour: what its page shows."""

    station_id: str = column("Code of the station.", str_matches=CODE)
    parameter: str = column("What is measured.", isin=SENSED)
    hour: datetime.datetime = column("Start of the hour, UTC.")
    unit: str = column("Unit of the values.", nullable=True)
    mean: float = column("Mean of the hour's values; missing where there is none.", nullable=True)
    minimum: float = column("The least of them.", nullable=True)
    maximum: float = column("The greatest of them.", nullable=True)
    expected: int = column("Readings that should be there.", ge=1)
    reported: int = column("Readings with a value.", ge=0)
    source: str = column("Source the values come from.")
    is_synthetic: bool = column("Whether the sample generator made them.")

    class Config:
        name = "water.recent_readings"
        unique = ["station_id", "parameter", "hour"]
