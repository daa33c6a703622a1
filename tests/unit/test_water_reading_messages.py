"""What messages say: judged in bulk as the agreed schema says one by one, counted, and never failing as a batch."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from socialai_assets.water.reading_messages import Judge, Judged, Raw, message, message_schema
from socialai_assets.water.replay import MALFORMED, Outgoing, messages, with_faults

NOON = datetime(2026, 11, 21, 12)
NOW_MS = int(NOON.replace(tzinfo=UTC).timestamp() * 1000)


def raw(*contents: bytes | None, partition: int = 0, stamp_ms: int = NOW_MS) -> list[Raw]:
    return [Raw(partition, offset, stamp_ms, content) for offset, content in enumerate(contents)]


def reading(station: str, minute: int = 0, **values: float | None) -> bytes:
    return message(station, NOON + timedelta(minutes=minute), values or {"ph": 7.0}, synthetic=False)


def judge(*contents: bytes | None) -> Judged:
    judging = Judge()
    try:
        return judging.judge(raw(*contents))
    finally:
        judging.close()


def counts(judged: Judged) -> dict[str, int]:
    rows = judged.counts.to_pylist()
    return {name: sum(row[name] for row in rows) for name in judged.counts.column_names if name != "partition"}


def test_a_message_says_a_reading_a_parameter_and_null_is_a_reading_without_value() -> None:
    judged = judge(
        reading("A", ph=7.1, turbidity=None),
        b'{"station_id":"B","measured_at":"2026-11-21T07:00:00.5-05:00",'
        b'"values":{"flow":3},"is_synthetic":true,"firmware":"1.2"}',
    )
    found = [
        (r["station_id"], r["parameter"], r["measured_at"], r["value"], r["is_synthetic"])
        for r in judged.readings.to_pylist()
    ]
    assert found == [
        ("A", "ph", NOON, 7.1, False),
        ("A", "turbidity", NOON, None, False),
        ("B", "flow", NOON + timedelta(seconds=0.5), 3.0, True),
    ]
    assert judged.malformed.num_rows == 0


BAD = [
    None,
    *MALFORMED,
    b"null",
    b'"text"',
    b"7",
    b'{"station_id": 7, "measured_at": "2026-11-21T12:00:00Z", "values": {"ph": 7}}',
    b'{"station_id": "A B", "measured_at": "2026-11-21T12:00:00Z", "values": {"ph": 7}}',
    b'{"station_id": "", "measured_at": "2026-11-21T12:00:00Z", "values": {"ph": 7}}',
    b'{"station_id": "A", "measured_at": "2026-11-21T12:00:00", "values": {"ph": 7}}',
    b'{"station_id": "A", "measured_at": "2026-13-41T12:00:00Z", "values": {"ph": 7}}',
    b'{"station_id": "A", "measured_at": 1763726400, "values": {"ph": 7}}',
    b'{"station_id": "A", "measured_at": "2026-11-21T12:00:00Z", "values": {}}',
    b'{"station_id": "A", "measured_at": "2026-11-21T12:00:00Z", "values": [7]}',
    b'{"station_id": "A", "measured_at": "2026-11-21T12:00:00Z", "values": {"ph": true}}',
    b'{"station_id": "A", "measured_at": "2026-11-21T12:00:00Z", "values": {"ph": {"mean": 7}}}',
    b'{"station_id": "A", "measured_at": "2026-11-21T12:00:00Z", "values": {"ph": 1e999}}',
    b'{"station_id": "A", "measured_at": "2026-11-21T12:00:00Z", "values": {"ph": NaN}}',
    b'{"station_id": "A", "measured_at": "2026-11-21T12:00:00Z", "values": {"ph": 7}, "is_synthetic": "no"}',
    b'{"station_id": "A", "measured_at": "2026-11-21T14:00:00Z", "values": {"ph": 7}}',
    b'{"station_id": "A", "measured_at": "1999-12-31T23:59:59Z", "values": {"ph": 7}}',
    b"[" * 5000,
]


@pytest.mark.parametrize("content", BAD)
def test_a_bad_message_is_set_apart_whole_with_a_reason_and_spoils_no_other(content: bytes | None) -> None:
    judged = judge(reading("A"), content, reading("B"))
    assert judged.readings["station_id"].to_pylist() == ["A", "B"]
    (row,) = judged.malformed.to_pylist()
    assert (row["partition"], row["message_offset"]) == (0, 1)
    assert row["reason"] and row["message"] == (content or b"").decode(errors="backslashreplace")
    assert counts(judged)["malformed"] == 1


def test_the_schema_is_json_and_names_every_parameter_a_sensor_may_report() -> None:
    schema = message_schema()
    assert "chlorine_dioxide" in schema["properties"]["values"]["propertyNames"]["enum"]
    assert set(json.loads(reading("A"))) <= set(schema["properties"])
    assert schema["required"] == ["station_id", "measured_at", "values"]


def test_the_first_of_repeated_readings_is_taken_and_another_value_counts_as_a_contradiction() -> None:
    judged = judge(reading("A", ph=7.0), reading("A", ph=7.0), reading("A", ph=8.0, flow=1.0))
    assert [(r["parameter"], r["value"]) for r in judged.readings.to_pylist()] == [("ph", 7.0), ("flow", 1.0)]
    assert counts(judged) | {"messages": 3} == {
        "messages": 3, "malformed": 0, "late": 0, "out_of_order": 0, "repeated": 2, "contradicting": 1,
    }  # fmt: skip


def test_late_and_out_of_order_messages_are_taken_and_counted_across_batches() -> None:
    judging = Judge()
    first = judging.judge(raw(reading("A", -5), reading("A", -10), reading("B", -120)))
    assert (counts(first)["out_of_order"], counts(first)["late"], first.readings.num_rows) == (1, 1, 3)
    assert counts(judging.judge(raw(reading("A", -6))))["out_of_order"] == 0, "what is not taken is not remembered"
    judging.judge(raw(reading("A", -5)))
    judging.remember()
    assert counts(judging.judge(raw(reading("A", -6), reading("A", -4))))["out_of_order"] == 1
    judging.close()


def test_an_empty_batch_says_nothing() -> None:
    judged = judge()
    assert judged.readings.num_rows == judged.malformed.num_rows == judged.counts.num_rows == 0


def test_a_replay_with_faults_leaves_no_message_out() -> None:
    recorded = [{"ph": 7.0 + n / 100, "flow": None} for n in range(50)]
    outgoing = list(messages(recorded, stations=20, minutes=30, start=NOON.replace(tzinfo=UTC)))
    faulty = list(with_faults(iter(outgoing), seed=3))
    assert sorted({one.content for one in outgoing}) == sorted({o.content for o, kind in faulty if kind != "malformed"})
    kinds = [kind for _, kind in faulty]
    assert all(kinds.count(kind) > 0 for kind in ("repeated", "late", "malformed"))
    assert all(isinstance(one, Outgoing) and one.content in MALFORMED for one, kind in faulty if kind == "malformed")
