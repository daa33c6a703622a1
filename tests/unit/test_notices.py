"""Who is told of what, when: once, by role and area, on to the next, silent once acknowledged; and in which words."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.access_policy import AreaTree
from resources.alert_book import Trouble
from resources.errors import SettingsError
from resources.notice_book import Told
from resources.people import Account
from resources.settings import load
from socialai_assets.automation.notice_matters import of_alarms, of_plans, of_troubles, readers
from socialai_assets.automation.notice_settings import notice_settings, webhook_secrets
from socialai_assets.automation.notice_texts import mail_of
from socialai_assets.automation.notices import FIRST, NEXT, Matter, Notice, Reader, due

# A Tuesday, 10:00 in Lima.
DAY = datetime(2026, 3, 3, 15, tzinfo=UTC)
NIGHT = DAY + timedelta(hours=12)
HOUR = timedelta(hours=1)
OWN = notice_settings(load())
TREE = AreaTree({"0101": "01", "0201": "02", "01": None, "02": None})
ENGINEER = Reader("eva", frozenset({"water_engineer"}), ("01",), "eva@example.org")
ELSEWHERE = Reader("omar", frozenset({"water_engineer"}), ("02",), "omar@example.org")
OFFICIAL = Reader("pia", frozenset({"official"}), ("all",), "pia@example.org", "es")
EVERYBODY = [ENGINEER, ELSEWHERE, OFFICIAL]
FACTS = {"station": "Río Alto", "area": "Alto", "what": "water_change", "severity": "low", "synthetic": "yes"}
ALARM = Matter("alarm T1", "alarm", DAY, FACTS, "0101")


def kept(notices: list[Notice], at: datetime) -> list[Told]:
    return [Told(notice.matter.identity, notice.reader.account, notice.step, at) for notice in notices]


def told_by(matters: list[Matter], told: list[Told], now: datetime, people: list[Reader] = EVERYBODY) -> list[str]:
    return [notice.reader.account for notice in due(matters, told, people, OWN, TREE, now)]


def test_only_who_is_in_charge_of_the_area_is_told_and_the_next_when_nobody_acknowledges() -> None:
    first = due([ALARM], [], EVERYBODY, OWN, TREE, DAY)
    assert [(notice.reader.account, notice.step) for notice in first] == [("eva", FIRST)]
    told = kept(first, DAY)
    assert told_by([ALARM], told, DAY + 11 * HOUR) == []
    # Twelve hours later it is ten at night in Lima: who is next is told in the morning.
    assert told_by([ALARM], told, NIGHT) == []
    morning = due([ALARM], told, EVERYBODY, OWN, TREE, DAY + 22 * HOUR)
    assert [(notice.reader.account, notice.step) for notice in morning] == [("pia", NEXT)]
    assert told_by([replace(ALARM, acknowledged=True)], told, DAY + 22 * HOUR) == []


def test_what_is_urgent_is_told_at_night_and_what_becomes_urgent_is_told_again() -> None:
    assert told_by([ALARM], [], NIGHT) == []
    urgent = replace(ALARM, urgent=True)
    assert told_by([urgent], [], NIGHT) == ["eva"]
    assert told_by([urgent], kept(due([ALARM], [], EVERYBODY, OWN, TREE, DAY), DAY), NIGHT) == ["eva"]


def test_where_nobody_has_the_first_role_the_next_is_told_at_once() -> None:
    assert told_by([ALARM], [], DAY, [ELSEWHERE, OFFICIAL]) == ["pia"]


ROLES = ["water_engineer", "official", "community_representative", "data_scientist", "system_administrator"]
PEOPLE = st.lists(
    st.builds(
        Reader,
        st.sampled_from("abcdef"),
        st.frozensets(st.sampled_from(ROLES), min_size=1),
        st.sampled_from([("all",), ("01",), ("02",), ("0101",), ()]),
        st.just("a@example.org"),
    ),
    max_size=5,
    unique_by=lambda reader: reader.account,
)
MATTERS = st.lists(
    st.builds(
        Matter,
        st.sampled_from(["k1", "k2", "k3"]),
        st.sampled_from(["alarm", "failed_check", "failed_run", "drift"]),
        st.just(DAY),
        st.just({}),
        st.sampled_from([None, "0101", "0201"]),
        st.none(),
        st.booleans(),
    ),
    max_size=4,
    unique_by=lambda matter: matter.key,
)


@settings(max_examples=150, deadline=None)
@given(PEOPLE, MATTERS, st.lists(st.integers(0, 30), min_size=1, max_size=8), st.data())
def test_everybody_is_told_once_each_step_comes_once_and_nothing_after_an_acknowledgement(
    people: list[Reader], matters: list[Matter], waits: list[int], data: st.DataObject
) -> None:
    told: list[Told] = []
    now, known = DAY, set()
    for wait in waits:
        now += wait * HOUR
        known |= set(data.draw(st.lists(st.sampled_from([m.key for m in matters]))) if matters else [])
        standing = [replace(matter, acknowledged=matter.key in known) for matter in matters]
        found = due(standing, told, people, OWN, TREE, now)
        assert not {notice.matter.key for notice in found} & known
        for notice in found:
            matter, rule = notice.matter, OWN.kinds[notice.matter.kind]
            roles = rule.roles if notice.step == FIRST else rule.then.roles if rule.then else ()
            assert notice.reader.roles & set(roles)
            if matter.area_id and "all" not in notice.reader.areas:
                assert set(TREE.upward(matter.area_id)) & set(notice.reader.areas)
            earlier = [one.at for one in told if one.identity == matter.identity and one.step == FIRST]
            if notice.step == NEXT and earlier and rule.then:
                assert now - min(earlier) >= timedelta(hours=rule.then.after_hours)
        told += kept(found, now)
    assert max(Counter((one.identity, one.account) for one in told).values(), default=1) == 1
    assert due([replace(m, acknowledged=False) for m in matters], told, people, OWN, TREE, now) == [] or known


def trouble(key: str, *, silent: bool = False) -> Trouble:
    until = DAY if silent else None
    return Trouble(key, "s", "row of Ana Quispe", "error", "open", DAY, DAY, DAY, silent_until=until)


def test_open_troubles_alarms_and_plans_become_matters_of_their_kind() -> None:
    found = of_troubles(
        [
            trouble("check water.points: conforms_to_contract"),
            trouble("check poverty.feature_drift: as_at_training", silent=True),
            trouble("step aid__route_plan"),
            trouble("children flags waiting social_worker 0101"),
            trouble("children flags overdue all elsewhere"),
            replace(trouble("step over"), state="resolved"),
        ]
    )
    assert [matter.kind for matter in found] == [
        "failed_check", "drift", "failed_run", "waiting_flags", "overdue_flags",
    ]  # fmt: skip
    assert [matter.acknowledged for matter in found] == [False, True, False, False, False]
    assert (found[3].area_id, found[3].roles) == ("0101", frozenset({"social_worker"}))
    assert (found[4].area_id, found[4].roles) == (None, None)
    row = {
        "alarm_id": "T1:x:1", "station_id": "T1", "name": "Río Alto", "area_id": "0101", "opened_at": DAY,
        "kind": "water_change", "severity": "high", "is_shown": True, "is_synthetic": True,
    }  # fmt: skip
    (alarm,) = of_alarms([row], {"0101": "Alto"})
    assert alarm.urgent and not alarm.acknowledged and alarm.facts["area"] == "Alto"
    assert "camp_manager" not in (alarm.roles or ()), "who may not see alarms is told of none"
    plan = {"decision_id": "d", "table_name": "refugees.supply_plan", "made_at": DAY, "status": "optimal"}
    (made,) = of_plans([{**plan, "is_synthetic": False}])
    assert {"camp_manager", "logistician"} <= (made.roles or set())
    assert "water_engineer" not in (made.roles or set())


def test_readers_have_an_address_and_the_areas_of_their_schools() -> None:
    accounts = {
        "ana": Account(roles=("school_counsellor",), schools=("S1", "S9"), email="ana@example.org", language="es"),
        "ben": Account(roles=("analyst",)),
        "cat": Account(roles=("analyst",), email="cat@example.org", disabled=True),
    }
    assert readers(accounts, {"S1": "0101"}) == [
        Reader("ana", frozenset({"school_counsellor"}), ("0101",), "ana@example.org", "es")
    ]


def test_a_mail_is_in_its_readers_language_and_says_what_is_synthetic_and_never_what_a_row_holds() -> None:
    escalated = Notice(ALARM, OFFICIAL, NEXT)
    mail = mail_of([escalated], OWN, {"0101": "Alto"})
    assert mail.subject == "Alarma en Río Alto, Alto: el agua ha cambiado (gravedad baja)"
    assert "Nadie lo ha confirmado" in mail.detail and "Sintético" in mail.detail
    assert "http://127.0.0.1:8000/water" in mail.detail
    many = [Notice(matter, ENGINEER, FIRST) for matter in of_troubles([trouble("step a"), trouble("check b.c: d")])]
    both = mail_of(many, OWN, {})
    assert both.subject == "2 things to look at"
    assert "A run failed: a" in both.detail and "Check failed: b.c, d" in both.detail
    assert "Quispe" not in both.detail


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("kinds: {alarm: {roles: [plumber]}}", "no role plumber"),
        ("webhooks: {m: {url: 'https://example.org', kinds: [waiting_flags]}}", r"webhooks\.m\.kinds"),
        ("mails: true", "mails"),
    ],
)
def test_wrong_settings_are_refused_by_name(tmp_path, text: str, match: str) -> None:
    file = tmp_path / "notices.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=match):
        notice_settings(load(notices_file=file))


def test_secrets_are_kept_from_others_and_out_of_messages(tmp_path) -> None:
    file = tmp_path / "secrets.yaml"
    file.write_text("ministry: whsec_c2hvcnQ=\n")
    here = load(webhook_secrets_file=file)
    with pytest.raises(SettingsError, match="Others may read"):
        webhook_secrets(here, {"ministry": 1})
    file.chmod(0o600)
    with pytest.raises(SettingsError, match="fewer than 24 bytes") as refused:
        webhook_secrets(here, {"ministry": 1})
    assert "c2hvcnQ" not in str(refused.value)
    assert webhook_secrets(load(webhook_secrets_file=tmp_path / "none"), {}) == {}
