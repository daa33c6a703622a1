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


class StreamOffsets(Contract):
    """How far each partition of a topic has been taken; written with the readings, and what Kafka is read from."""

    topic: str = column("Kafka topic.")
    partition: int = column("Its partition.", ge=0)
    next_offset: int = column("Offset of the first message that has not been taken.", ge=0)
    taken_at: datetime.datetime = column("When the last batch was taken, UTC.")

    class Config:
        name = "water.stream_offsets"
        unique = ["topic", "partition"]


class StreamBatches(Contract):
    """Every batch of messages taken, by partition: the offsets, and what became of messages and readings."""

    batch_id: str = column("Code of the batch.")
    topic: str = column("Kafka topic.")
    partition: int = column("Its partition.", ge=0)
    first_offset: int = column("Offset it begins with.", ge=0)
    next_offset: int = column("Offset after its last message.", ge=0)
    taken_at: datetime.datetime = column("When it was taken, UTC.")
    taken_by: str = column("Dagster run, or command.")
    messages: int = column("Messages read.", ge=0)
    expired: int = column("Messages that Kafka had deleted before they were taken.", ge=0)
    malformed: int = column("Messages that are not as agreed; they are in `water.stream_quarantine`.", ge=0)
    late: int = column("Messages over an hour older than when they were sent; they are taken.", ge=0)
    out_of_order: int = column("Messages older than one that came from their station before; they are taken.", ge=0)
    readings: int = column("Readings taken.", ge=0)
    repeated: int = column("Readings that had come before and were not taken again.", ge=0)
    contradicting: int = column("Of the repeated ones, those with another value than the one kept.", ge=0)

    class Config:
        name = "water.stream_batches"
        unique = ["batch_id", "partition"]


class StreamQuarantine(Contract):
    """Messages that are not as agreed, whole, with where they are in Kafka and why they are not taken."""

    topic: str = column("Kafka topic.")
    partition: int = column("Its partition.", ge=0)
    message_offset: int = column("Offset of the message.", ge=0)
    received_at: datetime.datetime = column("Time stamped on the message, UTC.", nullable=True)
    taken_at: datetime.datetime = column("When it was read, UTC.")
    reason: str = column("Why it is not taken.")
    message: str = column("The message; bytes that are no UTF-8 are written as `\\xNN`.")

    class Config:
        name = "water.stream_quarantine"
        unique = ["topic", "partition", "message_offset"]
