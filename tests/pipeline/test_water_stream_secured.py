"""Readings over a real broker that takes TLS and a sign-in only, as the settings give them; nobody else is let in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resources import stream
from resources.errors import StreamError
from resources.settings import Settings
from socialai_assets.water import replay
from socialai_assets.water.ingestion import ingest
from tests import kafka
from tests.conftest import make_lake

USER, PASSWORD = "station", "correct-horse"


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Settings of a client that may come in."""
    lacking = kafka.missing()
    if lacking is not None:
        pytest.skip(f"there is no {lacking}")
    folder = tmp_path_factory.mktemp("secured")
    broker, servers = kafka.prepare_secured(folder, USER, PASSWORD)
    yield {
        "kafka_servers": servers,
        "kafka_topic": "secured",
        "kafka_security": "sasl_ssl",
        "kafka_ca_file": folder / "authority.pem",
        "kafka_sasl_mechanism": "PLAIN",
        "kafka_username": USER,
        "kafka_password": PASSWORD,
    }
    broker.stop(at_once=True)


def test_readings_come_over_tls_for_who_has_signed_in(secured: dict[str, Any], tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", **secured)
    assert stream.make_topic(settings, 1)
    values = [{"ph": 7.0 + n / 64} for n in range(5)]
    sent = list(replay.messages(values, stations=2, minutes=5, start=replay.this_minute()))
    replay.send(settings, ((one, "good") for one in sent), rate=0)
    lake = make_lake(settings.home)
    taken = ingest(lake, settings, author="test", until_empty=True, detect=False)
    lake.close()
    assert taken.counts["messages"] == taken.counts["readings"] == len(sent) == 10


@pytest.mark.parametrize(
    "other",
    [{"kafka_password": "wrong"}, {"kafka_ca_file": None}, {"kafka_security": "ssl"}],
    ids=["another password", "an authority nobody knows", "no sign-in"],
)
def test_nobody_else_is_let_in(
    secured: dict[str, Any], other: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "TIMEOUT_SECONDS", 3.0)
    settings = Settings(home=tmp_path / "home", **{**secured, **other})
    with pytest.raises(StreamError) as refused, stream.consuming(settings) as consumer:
        stream.extents(consumer, settings)
    assert PASSWORD not in str(refused.value) and "wrong" not in str(refused.value)
