"""Kafka's settings: TLS and the sign-in reach the client, and no password reaches a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from resources import stream
from resources.errors import StreamError
from resources.settings import load


def test_tls_and_the_sign_in_are_settings_and_the_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "SERVERS": "kafka.example.org:9093",
        "SECURITY": "sasl_ssl",
        "CA_FILE": "/etc/ca.pem",
        "CERTIFICATE_FILE": "/etc/own.pem",
        "KEY_FILE": "/etc/own.key",
        "KEY_PASSWORD": "key-secret",
        "USERNAME": "socialai",
        "PASSWORD": "sasl-secret",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"SOCIALAI_KAFKA_{name}", value)
    settings = load()
    shown = repr(settings) + str(settings.model_dump())
    assert "key-secret" not in shown and "sasl-secret" not in shown
    found = stream.client_settings(settings)
    assert found == {
        "bootstrap.servers": "kafka.example.org:9093",
        "security.protocol": "sasl_ssl",
        "client.id": "socialai",
        "log_level": 0,
        "ssl.ca.location": "/etc/ca.pem",
        "ssl.certificate.location": "/etc/own.pem",
        "ssl.key.location": "/etc/own.key",
        "ssl.key.password": "key-secret",
        "sasl.mechanisms": "SCRAM-SHA-512",
        "sasl.username": "socialai",
        "sasl.password": "sasl-secret",
    }


def test_plain_settings_name_neither_tls_nor_a_sign_in() -> None:
    found = stream.client_settings(load(kafka_servers="127.0.0.1:9092", kafka_password="unused"))
    assert set(found) == {"bootstrap.servers", "security.protocol", "client.id", "log_level"}


def test_what_the_client_refuses_is_told_without_the_password(tmp_path: Path) -> None:
    settings = load(
        kafka_servers="127.0.0.1:9",
        kafka_security="ssl",
        kafka_ca_file=tmp_path / "absent.pem",
        kafka_key_password="key-secret",
    )
    with pytest.raises(StreamError, match=r"settings of Kafka are refused.*docs/operations.md") as caught:
        stream.producer(settings)
    assert "secret" not in str(caught.value)
