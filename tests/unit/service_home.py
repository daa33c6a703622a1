"""A small home for tests of the service: districts of two areas, a vault with two children, an account a role."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import yaml
from fastapi.testclient import TestClient

from resources.access_log import Access
from resources.lake import Lake
from resources.settings import current
from resources.vault import Vault
from socialai_assets.access.policy import policy
from socialai_assets.serving.app import create_app
from socialai_assets.serving.sessions import COOKIE, fresh

PREDICTIONS = "poverty.district_predictions"


def plant(home: Path) -> None:
    """Write the tables and the file of people into the home of the settings."""
    lake = Lake.from_settings(current())
    areas = pd.DataFrame(
        {"area_id": ["A", "A1", "B", "B1"], "parent_id": [None, "A", None, "B"], "level": ["admin1", "admin3"] * 2}
    )
    lake.replace("geography.areas", areas, author="test")
    estimates = pd.DataFrame({"area_id": ["A1", "B1"], "name": ["Úno", "Two"], "estimate": [60.5, None]})
    lake.replace(PREDICTIONS, estimates, author="test", description="Estimates.")
    alarms = pd.DataFrame({"alarm_id": ["T1:x:1", "T2:x:1"], "area_id": ["A1", "B1"], "state": ["open", "closed"]})
    lake.replace("water.alarms", alarms, author="test")
    lake.close()
    with Vault.from_settings(current()).opened(Access("test", "pipeline", "operation", "planting")) as tables:
        row = {"child_id": ["x", "y"], "birth_month": "2015-01-01", "sex": "F", "language": "quechua"}
        frame = pd.DataFrame(row).assign(disability=True, household_id=["h", "i"], area_id=["A1", "B1"])
        tables.replace("children.children", frame, author="test")
    people = {role: {"roles": [role], "areas": ["A"] if role == "social_worker" else "all"} for role in policy().roles}
    people["neighbour"] = {"roles": ["community_representative"], "areas": ["A"]}
    file = home / "access" / "people.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(yaml.safe_dump({"people": people}))
    file.chmod(0o600)


def client_of(account: str, role: str | None = None) -> TestClient:
    """A client that has signed in."""
    app = create_app()
    client = TestClient(app, raise_server_exceptions=False)
    session = fresh(account, role or account, "en")
    client.cookies.set(COOKIE, app.state.platform.sessions.cookie(session))
    client.headers["x-token"] = session.token
    return client
