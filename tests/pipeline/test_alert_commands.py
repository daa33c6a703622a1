"""`socialai alerts` as a person meets it: what is open, keeping it quiet, trying the way to a person."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from resources.alert_store import AlertStore
from resources.notifier import Alert
from socialai_assets.automation.alerting import deliver
from tests.pipeline.command import Home

TROUBLE = Alert("Check failed: poverty.areas: complete", "3 rows [of 9] are missing", "check:complete")


class Nobody:
    def send(self, alert: Alert) -> None:
        raise OSError("unreachable")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    deliver(AlertStore(home.path / "alerts.sqlite"), Nobody(), {TROUBLE.key: TROUBLE}, datetime.now(UTC))
    return home


def test_an_open_alert_is_listed_acknowledged_and_quiet(home: Home) -> None:
    [record] = AlertStore(home.path / "alerts.sqlite").records()
    listed = home.done("alerts")
    assert record.number in listed and TROUBLE.subject in listed and "3 rows [of 9] are missing" in listed
    said = home.done("alerts", "acknowledge", record.number, "--why", "Ana knows [since today]", "--for", "2")
    assert "Quiet until" in said
    assert "Ana knows" in home.done("alerts")


def test_an_unknown_number_says_what_to_do(home: Home) -> None:
    message = home.refused("alerts", "acknowledge", "abcdef", "--why", "no reason")
    assert "socialai alerts" in message


def test_a_test_message_that_cannot_be_delivered_is_an_error(home: Home) -> None:
    assert "Sent by log" in home.done("alerts", "test")
    away = Home(home.path, {"SOCIALAI_NOTIFIER": "webhook", "SOCIALAI_NOTIFIER_WEBHOOK": "http://127.0.0.1:9/"})
    assert "could not be delivered" in away.refused("alerts", "test")
