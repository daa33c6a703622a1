"""Tables of what is found in readings: alarms, who knows of them, and how well it is found. Readings: contracts.py."""

from __future__ import annotations

import datetime

import pandas as pd
import pandera.pandas as pa

from socialai_assets.ingest.contract import Contract, RawContract, column
from socialai_assets.methods.anomaly.alarm_life import FAULTS, KINDS, SEVERITIES, STATES
from socialai_assets.water.input_contracts import CODE
from socialai_assets.water.parameters import SENSED

ROLE = r"[a-z][a-z0-9_]*"


class AlarmAcknowledgementsInput(RawContract):
    """What people say they know of an alarm, in canonical form; it is then no longer shown until it closes."""

    acknowledgement_id: str = column("Code of the acknowledgement.", unique=True, str_matches=CODE)
    alarm_id: str = column("Code of the alarm, as in `water.alarms`.", str_matches=CODE)
    note: str = column("What is known, or done about it.", nullable=True)
    acknowledged_by: str = column("Role of who knows, such as plant_operator; never a person's name.", str_matches=ROLE)
    acknowledged_at: datetime.datetime = column("When, UTC.")

    class Config:
        name = "water.raw_alarm_acknowledgements"

    @pa.dataframe_check
    def is_past(cls, frame: pd.DataFrame) -> pd.Series:
        """it was not acknowledged in the future"""
        now = pd.Timestamp.now("UTC").tz_localize(None)
        return frame["acknowledged_at"] <= now + pd.Timedelta(days=1)


class _Alarm(Contract):
    """What an alarm says."""

    alarm_id: str = column("Code of the alarm: station, kind and when it was opened.", unique=True, str_matches=CODE)
    station_id: str = column("Code of the station.", str_matches=CODE)
    kind: str = column(
        "Whether the water changed (several sensors, or a station's only one), or one sensor is faulty while the "
        "others keep. A station has at most one alarm of a kind that has not closed.",
        isin=KINDS,
    )
    severity: str = column("How bad it is at its worst.", isin=SEVERITIES)
    state: str = column(
        "Open, expired after a week without closing, or closed when readings were as usual again.", isin=STATES
    )
    began_at: datetime.datetime = column("When the first sensor went off, UTC.")
    opened_at: datetime.datetime = column("When it was sure enough for an alarm, UTC.")
    last_seen_at: datetime.datetime = column("Last reading that bore it out, UTC.")
    expired_at: datetime.datetime = column("When it expired, UTC.", nullable=True)
    closed_at: datetime.datetime = column("When it closed, UTC.", nullable=True)
    sensors: str = column("Parameters that are off, by spaces, the one furthest off first.")
    parameter: str = column("The one furthest off.", isin=SENSED)
    fault: str = column("What a faulty sensor does; missing where the water changed.", nullable=True, isin=FAULTS)
    value: float = column("Its reading when it was furthest off.", nullable=True)
    usual: float = column("What was usual then: the median of the readings before.", nullable=True)
    score: float = column("How far off in multiples of what opens an alarm.", ge=0)
    explanation: str = column("Which sensors, how far, in words.")


class Alarms(_Alarm):
    """Alarms at stations, from landed readings and from the stream; rows of either are written by what reads them."""

    came_by: str = column("Whether found in files or in the stream.", isin=("file", "stream"))
    source: str = column("Source of the station, or the topic.")
    is_synthetic: bool = column("Whether the readings are from the sample generator or the simulator.")

    class Config:
        name = "water.alarms"


class AlarmAcknowledgements(Contract):
    """What people say they know of alarms; of several on the same alarm the last one holds."""

    acknowledgement_id: str = column("Code of the acknowledgement.", unique=True, str_matches=CODE)
    alarm_id: str = column("Code of the alarm.", str_matches=CODE)
    note: str = column("What is known, or done about it.", nullable=True)
    acknowledged_by: str = column("Role of who knows.", str_matches=ROLE)
    acknowledged_at: datetime.datetime = column("When, UTC.")
    is_last: bool = column("Whether nobody acknowledged the alarm later.")
    source: str = column("Source the row comes from.")
    is_synthetic: bool = column("Whether the sample generator made the row.")

    class Config:
        name = "water.alarm_acknowledgements"


class OpenAlarms(_Alarm):
    """Alarms that have not closed, with who knows of them; those that nobody knows of come first."""

    came_by: str = column("Whether found in files or in the stream.", isin=("file", "stream"))
    acknowledged_by: str = column("Role of who knows of it; missing: nobody.", nullable=True)
    acknowledged_at: datetime.datetime = column("Since when, UTC.", nullable=True)
    note: str = column("What they say.", nullable=True)
    is_shown: bool = column("Whether it asks for somebody: neither acknowledged nor expired.")
    source: str = column("Source of the station, or the topic.")
    is_synthetic: bool = column("Whether the readings are from the sample generator or the simulator.")

    class Config:
        name = "water.open_alarms"
