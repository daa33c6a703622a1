"""A private Kafka broker for tests: on a free port, in a folder of its own, stopped after. No tests here."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from filelock import FileLock

from resources.kafka_broker import JARS, Broker, resolve_jars


def missing() -> str | None:
    """What a broker needs and this machine lacks; None where it has all."""
    lacking = [program for program in ("java", "mvn") if shutil.which(program) is None]
    if lacking == ["mvn"] and any(JARS.glob("*/kafka_2.13-*.jar")):
        return None
    return (
        f"{' and '.join(lacking)} for a Kafka broker: apt-get install openjdk-17-jre-headless maven"
        if lacking
        else None
    )


def prepare(folder: Path) -> Broker:
    """A started broker with its data in a folder."""
    JARS.mkdir(exist_ok=True)
    with FileLock(JARS / "lock"):
        jars = resolve_jars()
    broker = Broker(folder, _two_free_ports(), jars)
    broker.start()
    return broker


def _two_free_ports() -> int:
    """A free port whose next one is free too, which the controller takes."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
