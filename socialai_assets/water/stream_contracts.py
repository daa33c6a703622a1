"""Tables of readings as they arrived, by file and by stream. What becomes of them is in contracts.py."""

from __future__ import annotations

import datetime

from socialai_assets.ingest.contract import Contract, column
from socialai_assets.water.input_contracts import CODE
from socialai_assets.water.parameters import SENSED

CAME_BY = ("file", "stream")


class Readings(Contract):
    """Every reading as it arrived, by landed file or by Kafka: one row a station, parameter and moment, the first."""

    station_id: str = column("Code of the station, registered or not.", str_matches=CODE)
    parameter: str = column("What is measured.", isin=SENSED)
    measured_at: datetime.datetime = column("Time of the reading, UTC.")
    value: float = column("Reading; missing where the station reported none.", nullable=True)
    received_at: datetime.datetime = column(
        "Time stamped on the message by its producer or broker, UTC; missing for files.", nullable=True
    )
    came_by: str = column("Whether it landed in a file or came by stream.", isin=CAME_BY)
    source: str = column("Source of the file, or the topic.")
    is_synthetic: bool = column("Whether the sample generator or the simulator made it.")

    class Config:
        name = "water.readings"
        unique = ["station_id", "parameter", "measured_at"]
