"""What Kafka messages say, read and judged in bulk: readings, counts, and what is not as agreed. Writes nothing.

The agreement is reading_message.schema.json, which `message_schema` gives with the station codes' and parameters' rules
filled in.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from socialai_assets.water.parameters import SENSED

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

LATE = "INTERVAL 1 HOUR"
AHEAD = "INTERVAL 1 HOUR"
CODE = r"\S+"
EARLIEST = "TIMESTAMP '2000-01-01'"
_SCHEMA = Path(__file__).with_name("reading_message.schema.json")
_MOMENT = r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})"


@dataclass(frozen=True)
class Raw:
    """One message as Kafka gave it: where it is, its time stamp in ms since 1970 (UTC), its bytes."""

    partition: int
    offset: int
    stamp_ms: int
    content: bytes | None


@dataclass(frozen=True)
class Judged:
    """What a batch of messages says.

    Attributes:
        readings: station_id, parameter, measured_at, value, received_at, is_synthetic, partition; in the order they
            came, one row a station, parameter and moment, the first.
        malformed: partition, message_offset, received_at, reason, message.
        counts: by partition: messages, malformed, late, out_of_order, repeated, contradicting.
    """

    readings: pa.Table
    malformed: pa.Table
    counts: pa.Table


def message_schema() -> dict[str, Any]:
    """The JSON Schema of a message."""
    schema = json.loads(_SCHEMA.read_text())
    schema["properties"]["station_id"]["pattern"] = f"^{CODE}$"
    schema["properties"]["values"]["propertyNames"]["enum"] = list(SENSED)
    return schema


def message(station_id: str, measured_at: datetime, values: dict[str, float | None], *, synthetic: bool) -> bytes:
    """A message's bytes; its key is the station.

    Args:
        station_id: code of the station.
        measured_at: UTC, with or without zone.
        values: by parameter; None where the sensor reported none.
        synthetic: whether a simulator made it.
    """
    import orjson

    content = {"station_id": station_id, "measured_at": measured_at, "values": values}
    if synthetic:
        content["is_synthetic"] = True
    return orjson.dumps(content, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY)


class Judge:
    """Judges batch after batch, and remembers each station's newest moment, by which a message is out of order.

    Args:
        newest: station_id and measured_at of what came by stream before.
    """

    def __init__(self, newest: pa.Table | None = None) -> None:
        import duckdb

        self._cursor = duckdb.connect(config={"threads": 1})
        self._cursor.execute("CREATE TABLE newest (station_id VARCHAR, measured_at TIMESTAMP)")
        if newest is not None:
            self._cursor.register("given", newest)
            self._cursor.execute("INSERT INTO newest BY NAME FROM given")
            self._cursor.unregister("given")

    def judge(self, messages: Sequence[Raw]) -> Judged:
        """What some messages say, in the order given, which is that of each partition's offsets."""
        rows, values, unreadable = _read(messages)
        cursor = self._cursor
        for name, table in {"messages": rows, "message_values": values, "unreadable": unreadable}.items():
            cursor.register(name, table)
        for statement in _JUDGE:
            cursor.execute(statement)
        return Judged(_arrow(cursor, _READINGS), _arrow(cursor, _MALFORMED), _arrow(cursor, _COUNTS))

    def remember(self) -> None:
        """Keep the newest moments of the batch judged last; call it when the batch has been taken."""
        for statement in _REMEMBER:
            self._cursor.execute(statement)

    def close(self) -> None:
        """Forget all."""
        self._cursor.close()


def _read(messages: Sequence[Raw]) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Messages that are JSON of the right shape, their values one row each, and those that are not, with the reason."""
    import orjson
    import pyarrow as pa

    good: list[int] = []
    stations: list[str] = []
    moments: list[str] = []
    synthetic: list[bool] = []
    counts: list[int] = []
    names: list[str] = []
    numbers: list[Any] = []
    bad: dict[int, str] = {}
    for number, one in enumerate(messages):
        try:
            content = orjson.loads(one.content or b"")
            station, moment, values = content["station_id"], content["measured_at"], content["values"]
            kind = content.get("is_synthetic", False)
            if type(station) is str and type(moment) is str and type(kind) is bool and type(values) is dict and values:
                good.append(number)
                stations.append(station)
                moments.append(moment)
                synthetic.append(kind)
                counts.append(len(values))
                names.extend(values)
                numbers.extend(values.values())
                continue
            bad[number] = _shape_problem(content)
        except orjson.JSONDecodeError as error:
            bad[number] = f"is no JSON: {error}" if one.content else "is empty"
        except (KeyError, TypeError, IndexError, AttributeError):
            bad[number] = "is no JSON object with station_id, measured_at and values"
    owner = [number for number, count in zip(good, counts, strict=True) for _ in range(count)]
    wrong, column = _numbers(numbers, owner)
    rows = pa.table(
        {
            "number": pa.array(good, pa.int64()),
            "partition": pa.array([messages[n].partition for n in good], pa.int64()),
            "message_offset": pa.array([messages[n].offset for n in good], pa.int64()),
            "received_ms": pa.array([messages[n].stamp_ms for n in good], pa.int64()),
            "station_id": pa.array(stations, pa.string()),
            "moment": pa.array(moments, pa.string()),
            "is_synthetic": pa.array(synthetic, pa.bool_()),
            "value_problem": pa.array([wrong.get(n) for n in good], pa.string()),
            "message": pa.array([messages[n].content for n in good], pa.binary()).cast(pa.string()),
        }
    )
    value_rows = pa.table({"number": pa.array(owner, pa.int64()), "parameter": pa.array(names), "value": column})
    failed = [messages[n] for n in bad]
    unreadable = pa.table(
        {
            "partition": pa.array([m.partition for m in failed], pa.int64()),
            "message_offset": pa.array([m.offset for m in failed], pa.int64()),
            "received_ms": pa.array([m.stamp_ms for m in failed], pa.int64()),
            "reason": pa.array(list(bad.values()), pa.string()),
            "message": pa.array([(m.content or b"").decode(errors="backslashreplace") for m in failed], pa.string()),
        }
    )
    return rows, value_rows, unreadable


def _numbers(values: list[Any], owner: Iterable[int]) -> tuple[dict[int, str], pa.Array]:
    """Values as doubles; of those that are no numbers, which messages they are in, and why they are wrong."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if set(map(type, values)) <= {float, int, type(None)}:
        column = pa.array([None if v is None else float(v) for v in values], pa.float64())
        # JSON has no infinity, but 1e999 is one.
        if pc.all(pc.is_finite(column)).as_py() is not False:  # pyright: ignore[reportAttributeAccessIssue]
            return {}, column
    wrong: dict[int, str] = {}
    found: list[float | None] = []
    for value, number in zip(values, owner, strict=True):
        if value is None or (type(value) in (float, int) and math.isfinite(value)):
            found.append(None if value is None else float(value))
            continue
        wrong.setdefault(number, f"a value is no number: {json.dumps(value)[:60]}")
        found.append(None)
    return wrong, pa.array(found, pa.float64())


def _shape_problem(content: dict[str, Any]) -> str:
    """What is wrong with an object that has the parts of a message."""
    if type(content["station_id"]) is not str:
        return "station_id is no text"
    if type(content["measured_at"]) is not str:
        return "measured_at is no text"
    if type(content["values"]) is not dict:
        return "values is no object"
    return "is_synthetic is neither true nor false" if content["values"] else "has no values"


def _arrow(cursor: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    return cursor.execute(query).to_arrow_table()


_JUDGE = (
    """
    CREATE OR REPLACE TEMP TABLE judged AS
    WITH timed AS (
      SELECT *, make_timestamp_ms(received_ms) AS received_at,
        CASE WHEN regexp_full_match(moment, '{moment}')
          THEN timezone('UTC', try_cast(moment AS TIMESTAMPTZ)) END AS measured_at
      FROM messages
    ),
    named AS (
      SELECT number, any_value(parameter ORDER BY parameter) AS unknown FROM message_values
      WHERE parameter NOT IN ({sensed}) GROUP BY number
    )
    SELECT timed.*,
      CASE
        WHEN NOT regexp_full_match(station_id, '{code}') THEN 'station_id is no code'
        WHEN measured_at IS NULL THEN 'measured_at is no time with a zone: ' || moment[:40]
        WHEN measured_at < {earliest} THEN 'measured_at is before 2000'
        WHEN measured_at > received_at + {ahead} THEN 'measured_at is over an hour ahead of the message'
        WHEN unknown IS NOT NULL THEN 'there is no parameter ' || unknown[:40]
        ELSE value_problem
      END AS reason
    FROM timed LEFT JOIN named USING (number)
    """.format(
        moment=_MOMENT,
        sensed=", ".join(f"'{name}'" for name in SENSED),
        code=CODE,
        earliest=EARLIEST,
        ahead=AHEAD,
    ),
    f"""
    CREATE OR REPLACE TEMP TABLE taken AS
    SELECT judged.* EXCLUDE (message),
      judged.measured_at < received_at - {LATE} AS is_late,
      judged.measured_at < greatest(
        newest.measured_at,
        max(judged.measured_at) OVER (
          PARTITION BY judged.station_id ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
      ) AS is_out_of_order
    FROM judged LEFT JOIN newest USING (station_id) WHERE reason IS NULL
    """,
    """
    CREATE OR REPLACE TEMP TABLE arrived AS
    SELECT number, partition, station_id, parameter, measured_at, value, received_at, is_synthetic,
      row_number() OVER same AS nth, value IS DISTINCT FROM first_value(value) OVER same AS contradicts
    FROM message_values JOIN taken USING (number)
    WINDOW same AS (PARTITION BY station_id, parameter, measured_at ORDER BY number)
    """,
)
_READINGS = """
SELECT station_id, parameter, measured_at, value, received_at, is_synthetic, partition
FROM arrived WHERE nth = 1 ORDER BY number, parameter
"""
_MALFORMED = """
SELECT partition, message_offset, received_at, reason, message FROM judged WHERE reason IS NOT NULL
UNION ALL BY NAME
SELECT partition, message_offset, make_timestamp_ms(received_ms) AS received_at, reason, message FROM unreadable
ORDER BY partition, message_offset
"""
_COUNTS = """
WITH every AS (
  SELECT partition, 1 AS messages, (reason IS NOT NULL)::INT AS malformed FROM judged
  UNION ALL SELECT partition, 1, 1 FROM unreadable
),
of_messages AS (SELECT partition, sum(messages) AS messages, sum(malformed) AS malformed FROM every GROUP BY ALL),
of_taken AS (
  SELECT partition, count(*) FILTER (is_late) AS late, count(*) FILTER (is_out_of_order) AS out_of_order
  FROM taken GROUP BY ALL
),
of_values AS (
  SELECT partition, count(*) FILTER (nth > 1) AS repeated, count(*) FILTER (contradicts) AS contradicting
  FROM arrived GROUP BY ALL
)
SELECT partition, messages::BIGINT AS messages, malformed::BIGINT AS malformed,
  coalesce(late, 0) AS late, coalesce(out_of_order, 0) AS out_of_order,
  coalesce(repeated, 0) AS repeated, coalesce(contradicting, 0) AS contradicting
FROM of_messages LEFT JOIN of_taken USING (partition) LEFT JOIN of_values USING (partition) ORDER BY partition
"""
_REMEMBER = (
    """
    CREATE OR REPLACE TABLE newest AS
    SELECT station_id, max(measured_at) AS measured_at
    FROM (FROM newest UNION ALL SELECT station_id, measured_at FROM taken) GROUP BY station_id
    """,
)
