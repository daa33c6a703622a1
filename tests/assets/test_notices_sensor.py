"""The sensor `notices`: from tables, alerts and the file of people to a real mail server and a real receiver."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import HTTPServer
from pathlib import Path

import pandas as pd
import pytest
import yaml
from aiosmtpd.controller import Controller
from dagster import SkipReason, build_sensor_context

from resources.alert_book import AlertBook, Trouble
from resources.settings import current
from socialai_assets.automation.notice_round import tell_all
from socialai_assets.automation.sensors import notices_sensor
from tests.conftest import make_lake
from tests.listening import free_port, listener, serving

LOGS = ["aid.decision_log", "water.decision_log"]
NOW = datetime.now(UTC)
# Nobody is to be kept waiting by the hour at which the tests run.
NEVER_QUIET = {"quiet_from": 0, "quiet_until": 0, "quiet_days": [], "time_zone": "UTC"}
PEOPLE = {
    "eva": {"roles": ["water_engineer"], "areas": ["01"], "email": "eva@example.org", "language": "es"},
    "omar": {"roles": ["water_engineer"], "areas": ["02"], "email": "omar@example.org"},
    "lena": {"roles": ["logistician"], "areas": "all", "email": "lena@example.org"},
    "pia": {"roles": ["data_scientist"], "areas": "all", "email": "pia@example.org"},
}


class Letters:
    """What a mail server takes; recipients it does not know are refused."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.refused: set[str] = set()

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address in self.refused:
            return "550 unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"

    def to(self) -> list[str]:
        found = sorted(str(letter["To"]) for letter in self.taken)
        self.taken.clear()
        return found


@pytest.fixture
def letters() -> Iterator[tuple[Letters, int]]:
    handler = Letters()
    port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield handler, port
    finally:
        controller.stop()


@pytest.fixture
def home(tmp_path: Path, letters: tuple[Letters, int], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with an alarm, a new plan and a failed check, and people."""
    home = tmp_path / "home"
    lake = make_lake(home)
    began = (NOW - timedelta(hours=1)).replace(tzinfo=None)
    tables = {
        "geography.areas": [
            {"area_id": "01", "parent_id": None, "level": "admin1", "name": "Norte"},
            {"area_id": "0101", "parent_id": "01", "level": "admin2", "name": "Alto"},
            {"area_id": "02", "parent_id": None, "level": "admin1", "name": "Sur"},
        ],
        "water.stations": [{"station_id": "T1", "name": "Río Alto", "area_id": "0101"}],
        "water.open_alarms": [
            {"alarm_id": "T1:x", "station_id": "T1", "kind": "water_change", "severity": "high", "opened_at": began,
             "is_shown": True, "is_synthetic": True}
        ],
        "aid.decision_log": [
            {"decision_id": "d1", "table_name": "aid.route_plan", "scenario": "baseline", "made_at": began,
             "status": "optimal", "is_synthetic": True},
            {"decision_id": "d0", "table_name": "aid.route_plan", "scenario": "baseline",
             "made_at": began - timedelta(days=30), "status": "optimal", "is_synthetic": True},
            {"decision_id": "d2", "table_name": "aid.route_plan", "scenario": "dearer_fuel", "made_at": began,
             "status": "optimal", "is_synthetic": True},
        ],
    }  # fmt: skip
    for table, rows in tables.items():
        lake.replace(table, pd.DataFrame(rows), author="test")
    lake.close()
    failed = Trouble("check water.points: unique", "s", "d", "error", "open", NOW, NOW, NOW)
    with AlertBook(home / "alerts.sqlite").changing() as page:
        page.write([failed])
    (home / "access").mkdir()
    (home / "access" / "people.yaml").write_text(yaml.safe_dump({"people": PEOPLE}))
    (home / "access" / "people.yaml").chmod(0o600)
    monkeypatch.setenv("SOCIALAI_HOME", str(home))
    monkeypatch.setenv("SOCIALAI_NOTIFIER_SMTP", f"127.0.0.1:{letters[1]}")
    configure(home, monkeypatch)
    return home


def configure(home: Path, monkeypatch: pytest.MonkeyPatch, **more: object) -> None:
    (home / "notices.yaml").write_text(yaml.safe_dump({"mail": True, "quiet": NEVER_QUIET, **more}))
    monkeypatch.setenv("SOCIALAI_NOTICES_FILE", str(home / "notices.yaml"))
    current.cache_clear()


def test_each_is_mailed_once_what_concerns_them_and_programs_get_their_events(
    home: Path, letters: tuple[Letters, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    received: list[dict] = []
    with serving(HTTPServer(("127.0.0.1", 0), listener(received))) as port:
        ministry = {"url": f"http://127.0.0.1:{port}/", "kinds": ["alarm", "new_plan"], "internal": True}
        configure(home, monkeypatch, webhooks={"ministry": ministry})
        (home / "keys").mkdir(exist_ok=True)
        (home / "keys" / "webhooks.yaml").write_text(f"ministry: whsec_{'QUJD' * 8}\n")
        (home / "keys" / "webhooks.yaml").chmod(0o600)
        look = notices_sensor(LOGS)
        first = look(build_sensor_context())
        eva = next(letter for letter in letters[0].taken if letter["To"] == "eva@example.org")
        assert letters[0].to() == ["eva@example.org", "lena@example.org", "pia@example.org"], "not omar, of the south"
        second = look(build_sensor_context())
    assert isinstance(first, SkipReason) and first.skip_message == "3 notices mailed, 2 events delivered"
    assert isinstance(second, SkipReason) and second.skip_message == "0 notices mailed, 0 events delivered"
    assert letters[0].to() == []
    assert eva["Subject"] == "[socialai] Alarma en Río Alto, Alto: el agua ha cambiado (gravedad alta)"
    assert "Sintético" in eva.get_content()
    assert [event["type"] for event in received] == ["org.socialai.alarm.opened", "org.socialai.plan.made"]


def test_an_acknowledged_check_is_not_passed_on_and_another_is(
    home: Path, letters: tuple[Letters, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    more = {"sam": {"roles": ["system_administrator"], "email": "sam@example.org"}}
    (home / "access" / "people.yaml").write_text(yaml.safe_dump({"people": PEOPLE | more}))
    tell_all(current(), LOGS, NOW)
    assert "sam@example.org" not in letters[0].to()
    book = AlertBook(home / "alerts.sqlite")
    book.acknowledge("unique", by="pia", note="known", until=NOW + timedelta(days=9))
    later = NOW + timedelta(hours=30)
    tell_all(current(), LOGS, later)
    assert letters[0].to() == []
    with book.changing() as page:
        page.write([Trouble("check aid.sites: unique", "s", "d", "error", "open", later, later, later)])
    tell_all(current(), LOGS, later)
    assert letters[0].to() == ["pia@example.org"]
    tell_all(current(), LOGS, later + timedelta(hours=25))
    assert letters[0].to() == ["sam@example.org"]
    tell_all(current(), LOGS, later + timedelta(hours=26))
    assert letters[0].to() == []


def test_who_cannot_be_mailed_is_tried_again_and_keeps_nobody_else_waiting(
    home: Path, letters: tuple[Letters, int]
) -> None:
    letters[0].refused = {"eva@example.org"}
    done = tell_all(current(), LOGS, NOW)
    assert letters[0].to() == ["lena@example.org", "pia@example.org"]
    assert set(done.refused) == {"eva"}
    letters[0].refused = set()
    tell_all(current(), LOGS, NOW)
    assert letters[0].to() == ["eva@example.org"]


def test_nobody_is_mailed_unless_the_settings_say_so(
    home: Path, letters: tuple[Letters, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(home, monkeypatch, mail=False)
    assert tell_all(current(), LOGS, NOW).told == []
    assert letters[0].to() == []
