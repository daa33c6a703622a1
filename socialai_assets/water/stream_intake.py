"""Messages into the lake exactly once: readings, offsets, log and quarantine in one transaction. Speaks to no Kafka.

A batch says at which offsets it begins. It is written only if the lake is at these offsets, and moves them with the
rows; so a batch that was written and then forgotten, by a kill at any moment, is read again from where it ended, and
one that two processes read is written by the first of them alone.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from resources.errors import StreamError
from resources.lake_conflicts import again_after_conflict
from resources.lake_transaction import transaction
from socialai_assets.ingest.contract import table_name
from socialai_assets.water.reading_messages import Judge, Judged, Raw
from socialai_assets.water.readings_table import KEY, READINGS, keep_few_rows_in_catalogue, make_table
from socialai_assets.water.stream_contracts import Readings, StreamBatches, StreamOffsets, StreamQuarantine

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from resources.lake import Lake
    from socialai_assets.water.stream_detection import Detector

OFFSETS, BATCHES = table_name(StreamOffsets), table_name(StreamBatches)
QUARANTINE = table_name(StreamQuarantine)
COUNTS = ("messages", "expired", "malformed", "late", "out_of_order", "readings", "repeated", "contradicting")
LOCK = "(lock)"
MERGED_BYTES = 64_000_000
"""Files of readings up to this size are merged; larger ones are not written again for every small one."""


class OffsetsMoved(Exception):
    """Another process has taken messages since this one asked how far the lake is."""


@dataclass(frozen=True)
class Receipt:
    """What became of a batch: the counts of `water.stream_batches`, summed over its partitions, and alarms touched."""

    batch_id: str
    counts: Mapping[str, int]
    alarms: int = 0


class Intake:
    """Takes batches of one topic into the lake.

    Args:
        lake: open for writing.
        topic: the topic.
        author: who takes them; stands in the snapshots and the log.
        detector: judges the readings inside their transaction; what it writes is whole or nothing with them.
    """

    def __init__(self, lake: Lake, topic: str, *, author: str, detector: Detector | None = None) -> None:
        self._lake, self._topic, self._author, self._detector = lake, topic, author, detector
        make_stream_tables(lake, author=author)
        self._judge = Judge(self._newest())
        self._expired: dict[int, int] = {}

    def begin(self, held: Mapping[int, tuple[int, int]]) -> dict[int, int]:
        """The offset to read each partition from.

        Args:
            held: the first offset each partition holds, and the one after its last.

        Raises:
            StreamError: the lake has taken more than a partition has ever held.
        """
        taken = taken_offsets(self._lake, self._topic)
        self._expired = {}
        found = {}
        for partition, (low, high) in held.items():
            at = taken.get(partition, low)
            if at > high:
                raise StreamError(
                    f"The lake has taken {at} messages of partition {partition}, and Kafka has had {high}: "
                    "the topic was made anew, or is another broker's",
                    where=self._topic,
                    do="Name another topic (SOCIALAI_KAFKA_TOPIC), or begin it again: `socialai water ingest "
                    "--from-start`; readings that are known are not taken twice.",
                )
            self._expired[partition] = max(0, low - at)
            found[partition] = max(at, low)
        return found

    def take(self, messages: Sequence[Raw], first: Mapping[int, int], following: Mapping[int, int]) -> Receipt:
        """Write a batch, all of it or nothing.

        Args:
            messages: in the order of each partition's offsets.
            first: the offset each partition was at, as `begin` or the last batch said.
            following: the offset each partition is at afterwards.

        Raises:
            OffsetsMoved: another process was faster; ask `begin` again.
            LakeError: the write failed; every table is as it was.
        """
        judged, batch = self._judge.judge(messages), uuid.uuid4().hex
        try:
            receipt = again_after_conflict(lambda: self._write(batch, judged, first, following))
        except Exception:
            if self._detector is not None:
                self._detector.batch_failed()
            raise
        self._judge.remember()
        if self._detector is not None:
            self._detector.batch_is_taken()
        self._expired = {}
        return receipt

    def close(self) -> None:
        """Forget what is remembered of stations."""
        self._judge.close()

    def _newest(self) -> pa.Table:
        with contextlib.closing(self._lake.cursor()) as cursor:
            return cursor.execute(
                f"SELECT station_id, max(measured_at) AS measured_at FROM lake.{READINGS} "
                "WHERE came_by = 'stream' GROUP BY station_id"
            ).to_arrow_table()

    def _write(self, batch: str, judged: Judged, first: Mapping[int, int], following: Mapping[int, int]) -> Receipt:
        now, alarms = datetime.now(UTC).replace(tzinfo=None), 0
        with transaction(self._lake, table=READINGS, author=self._author) as cursor:
            self._require_offsets(cursor, first)
            taken = self._insert_readings(cursor, judged)
            if judged.malformed.num_rows:
                self._insert(cursor, QUARANTINE, judged.malformed, topic=self._topic, taken_at=now)
            rows = self._log_rows(judged, taken, first, following)
            named: dict[str, Any] = {"batch_id": batch, "topic": self._topic, "taken_at": now, "taken_by": self._author}
            self._insert(cursor, BATCHES, rows, **named)
            write_offsets(cursor, self._topic, following, now)
            if self._detector is not None:
                fresh = cursor.execute(
                    "SELECT * EXCLUDE (partition, known, contradicts) FROM fresh WHERE known IS NULL"
                )
                alarms = self._detector.detect(cursor, fresh.to_arrow_table(), batch)
            cursor.execute("DROP TABLE fresh")
        return Receipt(batch, {name: sum(row[name] for row in rows.to_pylist()) for name in COUNTS}, alarms)

    def _require_offsets(self, cursor: duckdb.DuckDBPyConnection, first: Mapping[int, int]) -> None:
        now = _offsets(cursor, self._topic)
        moved = [
            p for p, at in first.items() if now.get(p, at - self._expired.get(p, 0)) + self._expired.get(p, 0) != at
        ]
        if moved:
            raise OffsetsMoved(f"partitions {moved} of {self._topic}")

    def _insert_readings(self, cursor: duckdb.DuckDBPyConnection, judged: Judged) -> pa.Table:
        """Insert the readings the lake does not know yet; counts by partition of those taken and known."""
        cursor.register("incoming", judged.readings)
        spans = cursor.execute(_SPANS).fetchall() or [("2000-01-01", "2000-01-01")]
        cursor.execute(_FRESH.format(" UNION ALL ".join(_PRESENT.format(*span) for span in spans)))
        cursor.execute(_INSERT, [self._topic])
        cursor.unregister("incoming")
        return cursor.execute(_TAKEN).to_arrow_table()

    def _log_rows(
        self, judged: Judged, taken: pa.Table, first: Mapping[int, int], following: Mapping[int, int]
    ) -> pa.Table:
        import pyarrow as pa

        counted = {row["partition"]: row for row in judged.counts.to_pylist()}
        written = {row["partition"]: row for row in taken.to_pylist()}
        rows = []
        for partition, begun in first.items():
            expired = self._expired.get(partition, 0)
            if following[partition] == begun and not expired:
                continue
            row = {name: counted.get(partition, {}).get(name, 0) for name in COUNTS}
            lake = written.get(partition, {"readings": 0, "repeated": 0, "contradicting": 0})
            row["readings"] = lake["readings"]
            row["repeated"] += lake["repeated"]
            row["contradicting"] += lake["contradicting"]
            row |= {"partition": partition, "first_offset": begun, "next_offset": following[partition]}
            rows.append({**row, "expired": expired})
        return pa.Table.from_pylist(rows)

    @staticmethod
    def _insert(cursor: duckdb.DuckDBPyConnection, table: str, rows: pa.Table, **same: object) -> None:
        if not rows.num_rows:
            return
        cursor.register("rows_given", rows)
        more = ", ".join(f"${name} AS {name}" for name in same)
        cursor.execute(f"INSERT INTO lake.{table} BY NAME SELECT *, {more} FROM rows_given", dict(same))
        cursor.unregister("rows_given")


# A late message would stretch the span of time looked through to all that lies between: those are looked up apart.
# The moments stand in the query as they are, so that DuckLake opens only files that reach into these spans.
_SPANS = """
WITH newest AS (SELECT max(measured_at) - INTERVAL 1 HOUR AS recent FROM incoming)
SELECT min(measured_at), max(measured_at) FROM incoming, newest GROUP BY measured_at < recent
"""
_PRESENT = f"""
SELECT {KEY}, value AS kept, true AS known FROM lake.{READINGS}
WHERE measured_at BETWEEN TIMESTAMP '{{}}' AND TIMESTAMP '{{}}'
"""
_FRESH = f"""
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT incoming.*, known, known AND kept IS DISTINCT FROM value AS contradicts
FROM incoming LEFT JOIN ({{}}) AS present USING ({KEY})
"""
_INSERT = f"""
INSERT INTO lake.{READINGS} BY NAME
SELECT {KEY}, value, received_at, 'stream' AS came_by, ? AS source, is_synthetic
FROM fresh WHERE known IS NULL ORDER BY measured_at, station_id, parameter
"""
_TAKEN = """
SELECT partition, count(*) FILTER (known IS NULL) AS readings, count(known) AS repeated,
  count(*) FILTER (contradicts) AS contradicting
FROM fresh GROUP BY partition
"""


def make_stream_tables(lake: Lake, *, author: str) -> None:
    """Make the tables of readings and their stream that the lake does not have yet."""
    contracts = (Readings, StreamOffsets, StreamBatches, StreamQuarantine)
    missing = [contract for contract in contracts if not lake.exists(table_name(contract))]

    def make() -> None:
        with transaction(lake, table=READINGS, author=author) as cursor:
            for contract in missing:
                make_table(cursor, contract)
            if not cursor.execute(f"FROM lake.{OFFSETS} LIMIT 1").fetchall():
                # Two that make the table exclude each other, so there is one such row from the first on.
                cursor.execute(f"INSERT INTO lake.{OFFSETS} VALUES ('{LOCK}', 0, 0, now()::TIMESTAMP)")

    if missing:
        again_after_conflict(make)
    keep_few_rows_in_catalogue(lake, contracts)


def taken_offsets(lake: Lake, topic: str) -> dict[int, int]:
    """How far each partition of a topic has been taken; partitions nothing was taken of are not in it."""
    if not lake.exists(OFFSETS):
        return {}
    with contextlib.closing(lake.cursor()) as cursor:
        return _offsets(cursor, topic)


def every_offset(lake: Lake) -> dict[str, int]:
    """How far each partition of every topic has been taken, by `topic/partition`."""
    if not lake.exists(OFFSETS):
        return {}
    rows = lake.read(OFFSETS, ["topic", "partition", "next_offset"]).to_pylist()
    found = {f"{row['topic']}/{row['partition']}": row["next_offset"] for row in rows if row["topic"] != LOCK}
    return dict(sorted(found.items()))


def write_offsets(cursor: duckdb.DuckDBPyConnection, topic: str, following: Mapping[int, int], now: datetime) -> None:
    """Set how far a topic's partitions have been taken.

    Every row, that of the lock too, is deleted and written again: of two transactions on a server that do so the later
    one fails, which two that only add rows would not.
    """
    import pyarrow as pa

    rows = cursor.execute(f"SELECT topic, partition, next_offset, taken_at FROM lake.{OFFSETS}").fetchall()
    every = {(name, partition): (next_offset, at) for name, partition, next_offset, at in rows}
    every |= {(topic, partition): (offset, now) for partition, offset in following.items()}
    table = pa.table(
        {
            "topic": [name for name, _ in every],
            "partition": [partition for _, partition in every],
            "next_offset": [offset for offset, _ in every.values()],
            "taken_at": [at for _, at in every.values()],
        }
    )
    cursor.execute(f"DELETE FROM lake.{OFFSETS}")
    cursor.register("offsets_given", table)
    cursor.execute(f"INSERT INTO lake.{OFFSETS} BY NAME FROM offsets_given")
    cursor.unregister("offsets_given")


def forget_offsets(lake: Lake, topic: str, *, author: str) -> None:
    """Let a topic be read from its first message again; its readings stay, and are not taken twice."""

    def forget() -> None:
        with transaction(lake, table=OFFSETS, author=author) as cursor:
            cursor.execute(f"DELETE FROM lake.{OFFSETS} WHERE topic = ?", [topic])

    make_stream_tables(lake, author=author)
    again_after_conflict(forget)


def merge_small_files(lake: Lake) -> int:
    """Merge the small files that batches leave into larger ones; how many were merged."""
    from resources.errors import LakeError

    call = f"CALL ducklake_merge_adjacent_files('lake', 'readings', schema => 'water', max_file_size => {MERGED_BYTES})"
    with contextlib.closing(lake.cursor()) as cursor, lake.writing():
        import duckdb

        try:
            # What DuckLake keeps in the catalogue instead of a file it keeps with its history, which would only grow.
            for table in ("stream_batches", "stream_offsets"):
                cursor.execute(
                    f"CALL ducklake_flush_inlined_data('lake', schema_name => 'water', table_name => '{table}')"
                )
            rows = cursor.execute(call).fetchall()
        except duckdb.Error as error:
            raise LakeError(f"Small files of `{READINGS}` cannot be merged: {error}", do="Nothing is lost.") from error
    return sum(row[2] for row in rows)


def _offsets(cursor: duckdb.DuckDBPyConnection, topic: str) -> dict[int, int]:
    query = f"SELECT partition, next_offset FROM lake.{OFFSETS} WHERE topic = ?"
    return dict(cursor.execute(query, [topic]).fetchall())
