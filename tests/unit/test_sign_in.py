"""Signing in with a password or a program's key: who gets in, who does not, and what is written down of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from resources.people import Account, ApiKey, change_accounts
from resources.settings import Settings
from socialai_assets.access.policy import policy
from socialai_assets.serving.api_keys import drawn, opened
from socialai_assets.serving.sessions import COOKIE, rotate
from tests.unit.small_home import PASSWORD, client, log, make, platform, sign_in

TODAY = datetime.datetime.now(datetime.UTC).date()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make(tmp_path_factory.mktemp("sign_in") / "home")


@pytest.fixture
def browser(settings: Settings) -> Iterator[TestClient]:
    with client(settings) as browser:
        yield browser


def change(settings: Settings, account: str, **fields: object) -> None:
    def changed(found: dict[str, Account]) -> dict[str, Account]:
        return {**found, account: found[account].model_copy(update=fields)}

    change_accounts(settings.people, list(policy().roles), changed)


def shown(browser: TestClient, key: str, path: str = "/") -> Response:
    browser.cookies.clear()
    return browser.get(path, headers={"authorization": f"Bearer {key}"})


def test_name_and_password_open_the_pages_and_nothing_else_does(browser: TestClient) -> None:
    right = {"account": "analyst", "password": PASSWORD, "to": "/poverty?page=2"}
    for wrong in ({"account": "nobody"}, {"password": "something else"}, {"password": ""}, {"account": "official "}):
        assert browser.post("/sign-in", data=right | wrong).status_code in (401, 422)
        assert COOKIE not in browser.cookies
    answer = browser.post("/sign-in", data=right)
    assert (answer.status_code, answer.headers["location"]) == (303, "/poverty?page=2")
    assert "HttpOnly" in answer.headers["set-cookie"] and "SameSite=lax" in answer.headers["set-cookie"]
    assert browser.get("/poverty").status_code == 200


@pytest.mark.parametrize("to", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "poverty"])
def test_nobody_is_sent_to_another_site_afterwards(browser: TestClient, to: str) -> None:
    answer = browser.post("/sign-in", data={"account": "analyst", "password": PASSWORD, "to": to})
    assert answer.headers["location"] == "/"


def test_what_failed_is_written_down_and_what_was_typed_is_not(browser: TestClient) -> None:
    before = len(log(browser))
    browser.post("/sign-in", data={"account": "my password by mistake", "password": "x"})
    browser.post("/sign-in", data={"account": "analyst", "password": "x"})
    origin = {"origin": "https://elsewhere.example"}
    browser.post("/sign-in", data={"account": "analyst", "password": PASSWORD}, headers=origin)
    written = log(browser)[before:]
    assert [(entry["who"], entry["allowed"]) for entry in written] == [
        ("unknown", False), ("analyst", False), ("unknown", False),
    ]  # fmt: skip


def test_who_signs_in_is_written_down(browser: TestClient) -> None:
    before = len(log(browser))
    browser.post("/sign-in", data={"account": "analyst", "password": PASSWORD})
    (entry,) = log(browser)[before:]
    assert (entry["who"], entry["role"], entry["what"], entry["allowed"]) == ("analyst", "analyst", "sign-in", True)


def test_whoever_is_disabled_or_loses_the_role_is_out_at_once(browser: TestClient, settings: Settings) -> None:
    sign_in(browser, "logistician")
    assert browser.get("/poverty").status_code == 200
    change(settings, "logistician", disabled=True)
    assert browser.get("/poverty").headers["location"].startswith("/sign-in")
    assert browser.post("/sign-in", data={"account": "logistician", "password": PASSWORD}).status_code == 401
    change(settings, "logistician", disabled=False, roles=("camp_manager",))
    assert browser.get("/poverty").headers["location"].startswith("/sign-in")
    change(settings, "logistician", roles=("logistician",))
    assert browser.get("/poverty").status_code == 200


def test_another_role_than_one_s_own_is_not_acted_in(browser: TestClient) -> None:
    token = sign_in(browser, "official")
    before = len(log(browser))
    form = {"role": "system_administrator", "language": "es", "to": "/", "token": token}
    assert browser.post("/acting", data=form).headers["location"].startswith("/sign-in")
    assert log(browser)[before]["who"] == "official" and log(browser)[before]["allowed"] is False
    answer = browser.post("/acting", data={**form, "role": "official"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    browser.cookies.clear()
    sign_in(browser, "official", account="analyst")
    assert browser.get("/").status_code == 303


def test_signing_out_ends_the_session(browser: TestClient) -> None:
    token = sign_in(browser, "official")
    answer = browser.post("/sign-out", data={"token": token}, headers={"origin": "http://testserver"})
    assert answer.headers["location"] == "/sign-in?out=yes"
    assert 'socialai_session=""' in answer.headers["set-cookie"]
    assert "You have signed out here." in browser.get("/sign-in?out=yes").text
    assert "Ha salido de aquí." in browser.get("/sign-in?out=yes&language=es").text


def test_sessions_outlive_one_rotation_of_keys_and_not_signing_everybody_out(
    browser: TestClient, settings: Settings
) -> None:
    keys = settings.home / "access" / "session.keys"
    sign_in(browser, "official")
    rotate(keys)
    assert browser.get("/").status_code == 200
    rotate(keys, keep=1)
    assert browser.get("/").status_code == 303
    sign_in(browser, "official")
    browser.cookies.set(COOKIE, "not.a.cookie")
    assert browser.get("/").status_code == 303


def test_a_key_opens_in_its_one_role_without_a_token(browser: TestClient, settings: Settings) -> None:
    kept, key = drawn("analyst", "nightly", TODAY)
    change(settings, "analyst", keys=(kept,), roles=("analyst", "social_worker"))
    assert key.startswith(f"sa_{kept.key_id}_") and key not in settings.people.read_text()
    assert shown(browser, key, "/poverty").status_code == 200
    assert shown(browser, key, "/v1/none").status_code == 404
    # No cookie goes with it, so no other site can have it sent.
    answer = browser.post("/sign-out", headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 303 and not log(browser)[-1]["what"].startswith("form")


def test_a_key_that_does_not_open_is_refused_and_not_told_why(browser: TestClient, settings: Settings) -> None:
    kept, key = drawn("analyst", "", TODAY)
    old, expired = drawn("analyst", "", TODAY - datetime.timedelta(days=1))
    other, foreign = drawn("official", "", TODAY)
    change(settings, "analyst", keys=(kept, old, other))
    wrong = {
        "secret": key[:-1] + ("A" if key[-1] != "A" else "B"),
        "no secret": f"sa_{kept.key_id}_",
        "unknown": "sa_00000000_" + key.rsplit("_", 1)[1],
        "of another form": key.removeprefix("sa_"),
        "expired": expired,
        "role not the account's": foreign,
        "another's id": key.replace(kept.key_id, other.key_id),
    }
    before, said = len(log(browser)), set()
    for meaning, text in wrong.items():
        answer = shown(browser, text)
        assert answer.status_code == 401, meaning
        assert answer.headers["www-authenticate"] == "Bearer"
        said.add(answer.json()["detail"])
    assert len(said) == 1
    who = [entry["who"] for entry in log(browser)[before:]]
    assert who == ["analyst", "unknown", "unknown", "unknown", "analyst", "analyst", "analyst"]
    assert shown(browser, key).status_code == 200
    change(settings, "analyst", disabled=True)
    assert shown(browser, key).status_code == 401
    change(settings, "analyst", disabled=False, keys=())
    assert shown(browser, key).status_code == 401
    change(settings, "analyst", keys=(kept,))


def test_guessing_keys_is_slowed_down_and_the_right_one_still_opens(browser: TestClient, settings: Settings) -> None:
    kept, key = drawn("analyst", "", TODAY)
    change(settings, "analyst", keys=(kept,))
    most = platform(browser).service.limits.sign_ins_per_minute
    # On a slow machine some seconds' worth of attempts come back meanwhile.
    answers = [shown(browser, f"sa_{kept.key_id}_{n}").status_code for n in range(2 * most)]
    assert answers[:most] == [401] * most and 429 in answers
    assert shown(browser, key).status_code == 200


def test_a_key_opens_until_the_end_of_its_last_day() -> None:
    kept, key = drawn("analyst", "", TODAY)
    people = {"ana": Account(roles=("analyst",), keys=(kept,))}
    assert opened(people, key, TODAY) == ("ana", kept)
    assert opened(people, key, TODAY + datetime.timedelta(days=1)) is None
    assert isinstance(kept, ApiKey) and len(kept.digest) == 64
