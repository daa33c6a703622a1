"""Who gets through which route, and to whose rows of which table: the whole matrix, expected by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from resources.errors import AccessRefused
from socialai_assets.access.policy import policy
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.pages import menu
from socialai_assets.serving.dependencies import asker as asker_in_role
from socialai_assets.serving.what_ifs import PLANS, form_address
from tests.unit.expected_routes import EVERYBODY, NOBODY_NEEDED, ROUTES, WIDE
from tests.unit.small_home import TABLES, client, log, make, platform, sign_in

ROLES = tuple(policy().roles)


# Rows of each table of the small home that a role in charge of area 11 sees; a role or table not named: refused.
OWN, ALL, NONE = {"11"}, {"11", "12"}, set()
ROWS: dict[str, dict[str, set[str]]] = {
    "poverty.district_predictions": dict.fromkeys(f"{WIDE} logistician water_engineer administrator".split(), ALL),
    "poverty.targeting_plan": dict.fromkeys(WIDE.split(), ALL),
    "poverty.raw_nightlights": dict.fromkeys(["analyst", "data_scientist"], ALL),
    "water.alarms": dict.fromkeys(f"{WIDE} water_engineer".split(), ALL) | {"community_representative": OWN},
    "children.published_cells": dict.fromkeys(f"{WIDE} social_worker school_counsellor administrator".split(), ALL),
}
# The same of tables without areas: how many rows.
COUNTS: dict[str, dict[str, int]] = {
    "geography.areas": {**dict.fromkeys(ROLES, 3), "community_representative": 1},
    "poverty.quarantine": dict.fromkeys(["analyst", "data_scientist", "system_administrator"], 1),
    "aid.route_stops": dict.fromkeys(f"{WIDE} logistician".split(), 2),
    "refugees.supply_plan": dict.fromkeys(f"{WIDE} logistician camp_manager".split(), 2),
    "water.stations": {**dict.fromkeys(f"{WIDE} water_engineer".split(), 2), "community_representative": 0},
    "water.readings": dict.fromkeys(f"{WIDE} water_engineer".split(), 2),
}
# Children of the vault by table and role; the data scientist's are everybody's.
PEOPLE: dict[str, dict[str, set[str]]] = {
    "children.children": {
        "social_worker": {"own", "helped"},
        "school_counsellor": {"own", "helped"},
        "data_scientist": {"own", "others", "helped"},
    },
    "children.cases": {"social_worker": {"own"}, "data_scientist": {"own"}},
    "children.support": {"social_worker": {"helped"}},
    "children.enrolments": {"social_worker": {"own"}, "school_counsellor": {"own"}},
}

# Who may try which plan under other assumptions.
WHAT_IFS = {
    "aid-allocation": "official analyst logistician",
    "aid-routes": "official analyst logistician",
    "refugee-supply": "official analyst logistician",
    "water-repair": "official analyst water_engineer",
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client(make(tmp_path_factory.mktemp("matrix") / "home")) as browser:
        yield browser


def routes(app: FastAPI) -> list[str]:
    """Every route, as `METHOD /path`."""
    found = []
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute) or context.path == app.openapi_url:
            found += [f"{method} {context.path}" for method in sorted((context.methods or set()) - {"HEAD"})]
    return found


def answered(browser: TestClient, name: str, role: str = "", **more: Any):
    method, _, template = name.partition(" ")
    route = ROUTES[name]
    sent = {key: dict(value) if key == "data" else value for key, value in route.sent.items()}
    if "data" in sent:
        sent["data"] = {key: role if value == "<role>" else value for key, value in sent["data"].items()}
    path = re.sub(r"{([^}]+)}", lambda found: route.path[found[1]], template)
    return browser.request(method, path, params=route.query, **sent, **more)


def got_through(answer) -> bool:
    """Whether who asked was not the reason for the answer."""
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    away = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?to=")
    return answer.status_code not in (401, 403) and not away


def test_every_route_is_expected_and_every_expectation_is_a_route(browser: TestClient) -> None:
    found = set(routes(browser.app))  # type: ignore[arg-type]
    missing = "\n".join(f'    "{name}": Route(...),' for name in sorted(found - set(ROUTES)))
    assert not missing, f"say in ROUTES whom these are for:\n{missing}"
    assert not set(ROUTES) - found


def test_every_page_of_the_menu_is_a_route(browser: TestClient) -> None:
    assert {f"GET {page.path}" for page in menu()} <= set(ROUTES)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_through_its_own_routes_and_no_other(browser: TestClient, role: str) -> None:
    pages: dict[str, Page] = {f"GET {page.path}": page for page in menu()}
    for name, route in ROUTES.items():
        if route.roles == NOBODY_NEEDED or name == "POST /sign-out":
            continue
        expected = route.roles == EVERYBODY or role in route.roles.split()
        token = sign_in(browser, role)
        before = 0 if expected else len(log(browser))
        answer = answered(browser, name, role, headers={"x-token": token})
        assert got_through(answer) is expected, (name, answer.status_code, answer.text[:300])
        if not expected:
            # Each refusal is written down.
            assert [entry["who"] for entry in log(browser)[before:] if not entry["allowed"]], name
        if name in pages:
            told = pages[name].visible_to(asker_of(browser, role), platform(browser).gate)
            assert told is expected, f"{name} is in the menu and refused, or the other way round"


@pytest.mark.parametrize("role", ROLES)
def test_nobody_makes_a_plan_anew_whose_outcome_they_may_not_see(browser: TestClient, role: str) -> None:
    for name, plan in PLANS.items():
        expected = role in WHAT_IFS[name].split()
        token = sign_in(browser, role)
        # The baseline is no scenario's name, so that no run is started.
        wanted = {"plan": name, "scenario": "baseline"}
        by_program = browser.post("/v1/what-if", json=wanted, headers={"x-token": token})
        assert by_program.status_code == (422 if expected else 403), by_program.text
        assert browser.post("/what-if", data={**wanted, "token": token}).status_code == by_program.status_code
        asker, gate = asker_of(browser, role), platform(browser).gate
        assert form_address(gate, asker, plan.tables[0]) == (f"/what-if?plan={name}" if expected else None)


def test_whoever_has_not_signed_in_gets_through_no_route_but_those_named(browser: TestClient) -> None:
    browser.cookies.clear()
    for name, route in ROUTES.items():
        if route.roles != NOBODY_NEEDED:
            answer = answered(browser, name, ROLES[0])
            assert answer.status_code in (303, 401) and not got_through(answer), (name, answer.status_code)


@pytest.mark.parametrize("role", ROLES)
def test_a_form_without_token_or_of_another_site_is_refused(browser: TestClient, role: str) -> None:
    before, sent = len(log(browser)), 0
    for name, route in ROUTES.items():
        if name.startswith("GET ") or route.roles == NOBODY_NEEDED:
            continue
        token = sign_in(browser, role)
        for headers in ({}, {"x-token": "guessed"}, {"x-token": token, "origin": "https://elsewhere.example"}):
            answer = answered(browser, name, role, headers=headers)
            assert not got_through(answer), (name, headers)
            sent += 1
    assert [entry["what"] for entry in log(browser)[before:]] == ["form of another site"] * sent


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("role", ROLES)
def test_rows_of_the_lake(browser: TestClient, role: str, table: str) -> None:
    gate, asker = platform(browser).gate, asker_of(browser, role)
    by_area = table in ROWS
    expected = (ROWS if by_area else COUNTS)[table].get(role)
    chosen = "SELECT area_id FROM t" if by_area else "FROM t"
    if expected is None:
        before = len(log(browser))
        with pytest.raises(AccessRefused):
            gate.query(asker, chosen, {"t": table})
        assert log(browser)[before]["what"] == table
        return
    rows = gate.query(asker, chosen, {"t": table}).to_pylist()
    assert ({row["area_id"] for row in rows} if by_area else len(rows)) == expected


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_community_sees_nothing_of_another_area(browser: TestClient, table: str) -> None:
    with pytest.raises(AccessRefused):
        platform(browser).gate.query(
            asker_of(browser, "community_representative"), "FROM t", {"t": table}, areas=("12",)
        )


@pytest.mark.parametrize("table", PEOPLE)
@pytest.mark.parametrize("role", ROLES)
def test_rows_of_the_vault(browser: TestClient, role: str, table: str) -> None:
    gate, asker = platform(browser).gate, asker_of(browser, role)
    expected = PEOPLE[table].get(role)
    before = len(log(browser))
    if role == "administrator" and table == "children.support":
        # Numbers, and none below ten.
        assert gate.personal(asker, table)["children"].isna().all()
    elif expected is None:
        with pytest.raises(AccessRefused):
            gate.personal(asker, table)
        assert log(browser)[-1]["allowed"] is False
    else:
        assert set(gate.personal(asker, table)["child_id"]) == expected
    # Each look is written down, refused or not.
    written = log(browser)[before:]
    assert written and all(entry["who"] == role and entry["what"].startswith(table) for entry in written)


def test_children_of_another_area_are_refused_by_area(browser: TestClient) -> None:
    gate, worker = platform(browser).gate, asker_of(browser, "social_worker")
    assert set(gate.personal(worker, "children.children", areas=("11",))["child_id"]) == {"own"}
    with pytest.raises(AccessRefused, match="12"):
        gate.personal(worker, "children.children", areas=("12",))


def test_no_table_of_the_vault_comes_by_the_lake_s_way(browser: TestClient) -> None:
    for role in ROLES:
        for table in PEOPLE:
            # Either refused, or there is no such table in the lake.
            with pytest.raises(Exception, match=r"not for you|not been made"):
                platform(browser).gate.query(asker_of(browser, role), "FROM t", {"t": table})


def test_the_matrix_stands_on_every_table_of_the_small_home() -> None:
    assert set(ROWS) | set(COUNTS) == set(TABLES)


def asker_of(browser: TestClient, role: str):
    """Whoever has the account of a role's name."""
    service = platform(browser)
    return asker_in_role(service.accounts()[role], role, role, service)
