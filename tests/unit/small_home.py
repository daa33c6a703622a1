"""A home of a few tables of two areas, three children and an account a role, as serving's tests need. No tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from fastapi.testclient import TestClient

from resources.access_log import Access
from resources.people import Account, change_accounts
from resources.settings import Settings
from resources.vault import Vault
from socialai_assets.access.policy import policy
from socialai_assets.serving.api.contracts import column_words
from socialai_assets.serving.app import create_app
from socialai_assets.serving.passwords import hashed
from socialai_assets.serving.platform import Platform
from socialai_assets.serving.sessions import COOKIE, fresh
from tests.conftest import make_lake

PASSWORD = "only for trying it"
DAY = pd.Timestamp("2026-01-01")
# A department with two districts: everybody is in charge of the first.
AREAS = pd.DataFrame(
    {
        "area_id": ["1", "11", "12"],
        "parent_id": [None, "1", "1"],
        "level": ["admin1", "admin3", "admin3"],
        "name": ["Department", "Own", "Other"],
    }
)
BY_AREA = pd.DataFrame({"area_id": ["11", "12"], "estimate": [40.0, 20.0], "name": ["Own", "Other"]})
TABLES = {
    "geography.areas": AREAS,
    "poverty.district_predictions": BY_AREA.assign(lower=10.0, upper=50.0, official=30.0),
    "poverty.targeting_plan": BY_AREA,
    "poverty.raw_nightlights": BY_AREA,
    "poverty.quarantine": pd.DataFrame({"source": ["sample"], "reason": ["none"]}),
    "aid.route_stops": pd.DataFrame({"stop": [1, 2]}),
    "refugees.supply_plan": pd.DataFrame({"camp_id": ["c1", "c2"]}),
    "water.alarms": BY_AREA,
    # Of no area, so nobody's who has only some.
    "water.stations": pd.DataFrame({"station_id": ["s1", "s2"]}),
    "water.readings": pd.DataFrame({"station_id": ["s1", "s2"]}),
    "children.published_cells": BY_AREA,
}
CHILDREN = pd.DataFrame(
    {
        "child_id": ["own", "others", "helped"],
        "birth_month": DAY,
        "sex": "F",
        "language": "quechua",
        "disability": False,
        "household_id": ["h1", "h2", "h3"],
        "area_id": ["11", "12", "12"],
    }
)
ENROLMENTS = pd.DataFrame({"child_id": ["own", "others"], "school_id": ["s1", "s2"], "school_year": 2026, "grade": 4})
SUPPORT = pd.DataFrame({"support_id": ["p1"], "child_id": ["helped"], "intervention_id": "visits", "service_id": "v1"})
VAULT = {
    "children.children": CHILDREN,
    "children.enrolments": ENROLMENTS.assign(event="enrolled", event_date=DAY),
    # Pseudonyms of staff are 24 hexadecimal digits.
    "children.support": SUPPORT.assign(staff_id="a" * 24, offered_on=DAY, started_on=DAY, ended_on=pd.NaT),
    "children.cases": pd.DataFrame(
        {"case_id": ["k"], "child_id": ["own"], "event": "opened", "kind": "neglect"}
    ).assign(event_date=DAY, knowledge_date=DAY),
}


def make(home: Path) -> Settings:
    """The home, with an account of the name of each role, in charge of area 11."""
    settings = Settings(home=home)
    lake = make_lake(home)
    for name, frame in TABLES.items():
        lake.replace(name, whole(name, frame), author="test")
    lake.close()
    with Vault.from_settings(settings).opened(Access("test", "pipeline", "operation", "planting")) as vault:
        for name, frame in VAULT.items():
            vault.replace(name, frame, author="test")
    password = hashed(PASSWORD)
    roles = list(policy().roles)
    change_accounts(
        settings.people,
        roles,
        lambda _: {
            role: Account(roles=(role,), areas=("11",), staff_id="a" * 24, schools=("s1",), password=password)
            for role in roles
        },
    )
    return settings


def whole(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with the other columns of its table's contract, each of a value that the contract takes."""
    missing = {name: words for name, words in column_words(table).items() if name not in frame}
    return frame.assign(**{name: _value(words) for name, words in missing.items()})


def _value(words: dict[str, Any]) -> Any:
    plain = {"string": "any", "boolean": False, "double": 1.0, "integer": 1}
    return words["allowed"][0] if "allowed" in words else plain.get(words["dtype"], DAY)


def client(settings: Settings) -> TestClient:
    """A browser that nobody has signed in with, which follows no redirect."""
    return TestClient(create_app(settings), follow_redirects=False)


def platform(browser: TestClient) -> Platform:
    """What the application works with."""
    return browser.app.state.platform  # type: ignore[attr-defined]


def sign_in(browser: TestClient, role: str, account: str | None = None) -> str:
    """Act in a role; returns what forms carry."""
    session = fresh(account or role, role, "en")
    # Answers set cookies of their own.
    browser.cookies.clear()
    browser.cookies.set(COOKIE, platform(browser).sessions.cookie(session))
    return session.token


def log(browser: TestClient) -> list[dict]:
    """The access log, verified."""
    kept = Vault.from_settings(platform(browser).settings).log
    kept.verify()
    return list(kept.entries())
