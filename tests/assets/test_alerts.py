"""Alerts as behaviour: files land on a platform, runs fail and pass, and a real webhook hears of it once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from dagster import SkipReason, build_sensor_context

from resources import settings as settings_module
from resources.alert_book import AlertBook
from tests.assets.ticking import Platform

BOUNDARIES = "geography/sample/area_boundaries.geojson"
RAW = "geography.raw_area_boundaries"
AREAS = "geography/sample/area_codes.csv"


class Webhook:
    """A web server that keeps what it is posted, and refuses it while `status` is not 200."""

    def __init__(self) -> None:
        self.status, self.heard = 200, []
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if webhook.status == 200:
                    webhook.heard.append((body["severity"], body["subject"].split(" failed")[-1], body["detail"]))
                self.send_response(webhook.status)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/"


@pytest.fixture
def webhook(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    """The platform's alerts go to a web server of this test."""
    webhook = Webhook()
    monkeypatch.setenv("SOCIALAI_NOTIFIER", "webhook")
    monkeypatch.setenv("SOCIALAI_NOTIFIER_WEBHOOK", webhook.url)
    settings_module.current.cache_clear()
    yield webhook
    webhook.server.shutdown()
    webhook.server.server_close()


def tick(platform: Platform) -> str:
    """Evaluate the sensor as its daemon does; returns what it says."""
    sensor = platform.definitions.resolve_sensor_def("alerts")
    context = build_sensor_context(platform.instance, definitions=platform.definitions)
    said = sensor(context)
    assert isinstance(said, SkipReason)
    return said.skip_message or ""


def test_a_failing_step_is_told_once_through_a_channel_that_was_away_and_its_end_too(
    platform: Platform, webhook: Webhook
) -> None:
    tick(platform)
    assert webhook.heard == []
    good = (platform.home / "landing" / BOUNDARIES).read_bytes()
    platform.land(BOUNDARIES, good[: len(good) // 2])
    platform.look()
    (request,) = platform.ask()
    platform.run(request)

    webhook.status = 500
    assert tick(platform) == "0 alerts told"
    webhook.status = 200
    assert tick(platform) == "1 alerts told"
    ((severity, subject, detail),) = webhook.heard
    assert (severity, subject) == ("error", " at geography_raw_area_boundaries")
    assert BOUNDARIES in detail and "What to do:" in detail
    for _ in range(2):
        platform.run(request)
        tick(platform)
    assert len(webhook.heard) == 1
    (trouble,) = (t for t in open_troubles(platform) if t.severity == "error")
    assert trouble.failures == 3

    platform.land(BOUNDARIES, good)
    platform.look()
    platform.run(request)
    tick(platform)
    assert [heard[0] for heard in webhook.heard] == ["error", "info"]
    tick(platform)
    assert len(webhook.heard) == 2


def test_a_failing_blocking_check_is_told_as_the_check_and_not_as_its_step(
    platform: Platform, webhook: Webhook
) -> None:
    rows = (platform.home / "landing" / "poverty/sample/poverty_rates.csv").read_text().splitlines()
    rates = {row.split(",")[0]: row.split(",")[2] for row in rows[:0:-1]}
    file = platform.home / "landing" / "poverty/sample/area_indicators.csv"
    good, name = file.read_bytes(), "poverty/sample/area_indicators.csv"
    head, *lines = good.decode().splitlines()
    same = []
    for line in lines:
        area, indicator, value, *rest = line.split(",")
        if indicator == "dropout_rate_pct" and rates.get(area, "").replace(".", "").isdigit():
            value = rates[area]
        same.append(",".join([area, indicator, value, *rest]))
    platform.land(name, "\n".join([head, *same, ""]).encode())
    platform.look()
    (request,) = platform.ask()
    assert not platform.run(request).success
    tick(platform)
    tick(platform)
    assert told_of(platform) == ["check poverty.district_features: no_target_among_features"]
    assert len(webhook.heard) == 1
    assert platform.ask() == []

    platform.land(name, good)
    runs = platform.settle()
    tick(platform)
    assert any("poverty.district_features" in run for run in runs)
    assert told_of(platform) == []
    assert [heard[0] for heard in webhook.heard] == ["error", "info"]


def told_of(platform: Platform) -> list[str]:
    """Keys of what is open and was told."""
    return [trouble.key for trouble in open_troubles(platform) if trouble.told is not None]


def open_troubles(platform: Platform) -> list:
    """What the home's book has open."""
    troubles = AlertBook(platform.home / "alerts.sqlite").troubles().values()
    return [trouble for trouble in troubles if trouble.state == "open"]
