"""Readings over a real Kafka broker: no reading lost or doubled, whatever is killed, sent twice, late or malformed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dagster import DagsterInstance, SkipReason, build_sensor_context, materialize

from resources import stream
from resources.kafka_broker import Broker
from resources.lake import Lake
from resources.lake_io_manager import LakeIOManager
from resources.settings import Settings
from socialai_assets.ingest.contract import validate
from socialai_assets.water import replay
from socialai_assets.water.ingestion import ingest
from socialai_assets.water.readings import readings, stream_logs
from socialai_assets.water.readings_table import FILES
from socialai_assets.water.replay import Outgoing
from socialai_assets.water.stream_contracts import Readings
from socialai_assets.water.stream_intake import taken_offsets
from socialai_assets.water.stream_sensor import water_stream_sensor
from tests.conftest import make_lake
from tests.pipeline.command import Home
from tests.unit.test_water_readings import staged

Reading = tuple[str, str, datetime, float | None]


@pytest.fixture
def settings(kafka_broker: Broker, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """Settings of a home and a topic of the test's own, with small batches."""
    kafka_broker.start()
    made = Settings(
        home=tmp_path / "home",
        kafka_servers=kafka_broker.servers,
        kafka_topic=request.node.name,
        kafka_batch_messages=250,
        kafka_linger_seconds=0.2,
    )
    assert stream.make_topic(made, 3) and not stream.make_topic(made, 3)
    return made


def command_home(settings: Settings) -> Home:
    names = ("kafka_servers", "kafka_topic", "kafka_batch_messages", "kafka_linger_seconds")
    return Home(settings.home, {f"SOCIALAI_{name.upper()}": str(getattr(settings, name)) for name in names})


def recorded(stations: int, minutes: int) -> list[Outgoing]:
    """Messages of stations, a minute each, up to now."""
    values = [{"ph": 7 + n / 64, "turbidity": None if n % 7 == 0 else n / 8} for n in range(64)]
    start = replay.this_minute() - timedelta(minutes=minutes)
    return list(replay.messages(values, stations=stations, minutes=minutes, start=start))  # type: ignore[arg-type]


def said(messages: list[Outgoing]) -> list[Reading]:
    """The readings that messages say, each once."""
    import orjson

    found = set()
    for one in messages:
        content = orjson.loads(one.content)
        moment = datetime.fromisoformat(content["measured_at"]).astimezone(UTC).replace(tzinfo=None)
        found |= {(content["station_id"], parameter, moment, v) for parameter, v in content["values"].items()}
    return sorted(found, key=str)


def held(lake: Lake) -> list[Reading]:
    """The readings the lake has, every row."""
    frame = validate(lake.read_frame("water.readings"), Readings)
    rows = zip(frame["station_id"], frame["parameter"], frame["measured_at"], frame["value"], strict=True)
    return sorted(((s, p, m.to_pydatetime(), None if v != v else v) for s, p, m, v in rows), key=str)


def good(messages: list[Outgoing]) -> Iterator[tuple[Outgoing, str]]:
    return ((one, "good") for one in messages)


@pytest.fixture
def opened(settings: Settings) -> Iterator[Lake]:
    lake = make_lake(settings.home)
    yield lake
    lake.close()


def wait_for_offsets(lake: Lake, topic: str, least: int, seconds: float = 120) -> None:
    ended = time.monotonic() + seconds
    while sum(taken_offsets(lake, topic).values()) < least:
        assert time.monotonic() < ended, f"the lake took {taken_offsets(lake, topic)} of {topic}"
        time.sleep(0.02)


def test_an_ingestion_killed_at_any_moment_loses_and_doubles_nothing(settings: Settings, opened: Lake) -> None:
    sent = recorded(stations=40, minutes=100)
    replay.send(settings, good(sent), rate=0)
    for least in (1, 800, 2000):
        running = command_home(settings).start("water", "ingest")
        wait_for_offsets(opened, settings.kafka_topic, least)
        # Not at the moment a batch ends, but anywhere in the next.
        time.sleep(0.013 * (least % 7))
        running.kill()
    between = sum(taken_offsets(opened, settings.kafka_topic).values())
    assert 0 < between <= len(sent)
    ingest(opened, settings, author="test", until_empty=True)
    assert held(opened) == said(sent)
    assert sum(taken_offsets(opened, settings.kafka_topic).values()) == len(sent)
    logged = opened.read_frame("water.stream_batches").sort_values(["partition", "first_offset"])
    for _, own in logged.groupby("partition"):
        assert (own["first_offset"].iloc[1:].to_numpy() == own["next_offset"].iloc[:-1].to_numpy()).all()


def test_a_broker_that_crashes_and_comes_back_loses_nothing(
    settings: Settings, opened: Lake, kafka_broker: Broker
) -> None:
    sent = recorded(stations=20, minutes=60)
    replay.send(settings, good(sent[:600]), rate=0)
    running = command_home(settings).start("water", "ingest")
    wait_for_offsets(opened, settings.kafka_topic, 300)
    kafka_broker.stop(at_once=True)
    time.sleep(1)
    kafka_broker.start()
    replay.send(settings, good(sent[600:]), rate=0)
    wait_for_offsets(opened, settings.kafka_topic, len(sent))
    running.process.terminate()
    assert running.end() == 130 and "Stopped" in running.output
    assert held(opened) == said(sent)


def test_what_is_sent_twice_late_in_disorder_or_malformed_is_taken_once_counted_and_set_apart(
    settings: Settings, opened: Lake
) -> None:
    sent = recorded(stations=30, minutes=150)
    faulty = list(replay.with_faults(iter(sent), seed=1))
    again = [(one, "repeated") for one, kind in faulty[:500] if kind == "good"]
    counts = replay.send(settings, iter([*faulty, *again]), rate=0)
    taken = ingest(opened, settings, author="test", until_empty=True)
    assert held(opened) == said(sent)
    assert taken.counts["messages"] == counts.messages
    assert taken.counts["malformed"] == counts.malformed == opened.read("water.stream_quarantine").num_rows > 0
    assert taken.counts["repeated"] == 2 * counts.repeated > 0 and taken.counts["contradicting"] == 0
    assert taken.counts["late"] > 0 and taken.counts["out_of_order"] > 0
    bad = opened.read_frame("water.stream_quarantine")
    assert set(bad["topic"]) == {settings.kafka_topic} and bad["reason"].str.len().min() > 0


def test_a_dagster_run_takes_what_waits_and_the_sensor_asks_for_it(
    settings: Settings, opened: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = command_home(settings)
    for name, value in home.environment.items():
        if name.startswith("SOCIALAI_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("SOCIALAI_KAFKA_WAITING_MESSAGES", "100")
    opened.replace(FILES, staged(("A", 0, 7.0, "plant", False)), author="test")
    sent = recorded(stations=10, minutes=20)
    sensor = water_stream_sensor()
    with DagsterInstance.ephemeral() as instance:

        def ticked() -> object:
            return sensor(build_sensor_context(instance=instance))

        assert isinstance(ticked(), SkipReason)
        replay.send(settings, good(sent), rate=0)
        first = ticked()
        assert ticked().run_key == first.run_key, "the same range is asked for once"  # type: ignore[attr-defined]
        result = materialize([readings, stream_logs], resources={"io_manager": LakeIOManager()}, instance=instance)
        assert result.success
        (check,) = result.get_asset_check_evaluations()
        assert check.passed
        assert len(held(opened)) == len(said(sent)) + 1
        assert isinstance(ticked(), SkipReason), "all is taken"
        more = recorded(stations=12, minutes=3)
        replay.send(settings, good(more), rate=0)
        assert isinstance(ticked(), SkipReason), "a few may wait"
        ingest(opened, settings, author="command", until_empty=True)
        assert "taken" in ticked().run_key, "what the command took is reported to Dagster"  # type: ignore[attr-defined]


def test_a_broker_that_is_away_is_one_message_and_files_are_used_all_the_same(
    settings: Settings, kafka_broker: Broker, opened: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = Home(settings.home, {"SOCIALAI_KAFKA_SERVERS": "127.0.0.1:9", "SOCIALAI_KAFKA_PASSWORD": "hush-hush"})
    error = absent.refused("water", "ingest", "--until-empty")
    assert "Kafka does not answer" in error and "127.0.0.1:9" in error and "hush" not in error
    assert "No Kafka broker is named" in Home(settings.home).refused("water", "simulate")
    unknown = command_home(settings)
    unknown.settings["SOCIALAI_KAFKA_TOPIC"] = "absent"
    assert "There is no topic `absent`" in unknown.refused("water", "ingest", "--for", "1")
    for name, value in absent.environment.items():
        if name.startswith("SOCIALAI_"):
            monkeypatch.setenv(name, value)
    opened.replace(FILES, staged(("A", 0, 7.0, "plant", False)), author="test")
    result = materialize([readings, stream_logs], resources={"io_manager": LakeIOManager()})
    (check,) = result.get_asset_check_evaluations()
    assert result.success and not check.passed and "Kafka does not answer" in str(check.description)
    assert len(held(opened)) == 1


def test_the_commands_work_together(settings: Settings, opened: Lake) -> None:
    home = command_home(settings)
    told = home.done("water", "simulate", "--stations", "5", "--minutes", "200", "--rate", "0", "--faults")
    assert "Sent 1,0" in told and "malformed" in told
    assert "Done: " in home.done("water", "ingest", "--until-empty")
    assert len(held(opened)) == 5 * 200 * 4
    assert '"station_id"' in home.done("water", "schema")
