"""Signing in at an OpenID provider: a real one on this machine, whole, from our page to it and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
import pytest
from fastapi.testclient import TestClient
from oidc_provider_mock import User

from resources.settings import Settings
from socialai_assets.serving.provider_sign_in import AWAY
from socialai_assets.serving.sessions import COOKIE
from tests.unit.small_home import PASSWORD, client, log, make

ADDRESS = "http://testserver"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    users = [
        User(sub="1", claims={"preferred_username": "analyst"}),
        User(sub="2", claims={"preferred_username": "a stranger"}),
        User(sub="3", claims={"preferred_username": ""}),
        User(sub="4", claims={"email": "analyst", "email_verified": True}),
        User(sub="5", claims={"email": "analyst", "email_verified": False}),
    ]
    with oidc_provider_mock.run_server_in_thread(require_nonce=True, user_claims=users) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("provider") / "home").home


def service(home: Path, folder: Path, issuer: str, claim: str = "preferred_username") -> TestClient:
    file = folder / "service.yaml"
    oidc = f"{{issuer: '{issuer}', client_id: socialai, public_address: '{ADDRESS}', account_claim: {claim}}}"
    file.write_text(f"sign_in: {{method: oidc, oidc: {oidc}}}")
    return client(Settings(home=home, service_file=file, oidc_client_secret="a secret"))  # type: ignore[arg-type]


@pytest.fixture
def browser(home: Path, tmp_path: Path, issuer: str) -> Iterator[TestClient]:
    with service(home, tmp_path, issuer) as browser:
        yield browser


def at_provider(browser: TestClient, subject: str, to: str = "/poverty") -> str:
    """Go to the provider and sign in there; returns where it sends the browser back to, as a path of ours."""
    away = browser.get("/sign-in/provider", params={"to": to})
    assert away.status_code == 302, away.text
    back = httpx.post(away.headers["location"], data={"sub": subject})
    assert back.status_code in (302, 303), back.text
    address = back.headers["location"]
    assert address.startswith(f"{ADDRESS}/sign-in/back?")
    return address.removeprefix(ADDRESS)


def test_the_page_leads_to_the_provider_and_passwords_open_nothing(browser: TestClient) -> None:
    page = browser.get("/poverty")
    shown = browser.get(page.headers["location"]).text
    assert 'href="/sign-in/provider?to=/poverty"' in shown and 'name="password"' not in shown
    assert browser.post("/sign-in", data={"account": "analyst", "password": PASSWORD}).status_code == 403


def test_whoever_the_provider_knows_and_the_file_names_gets_in_where_they_wanted(browser: TestClient) -> None:
    asked = parse_qs(urlsplit(browser.get("/sign-in/provider").headers["location"]).query)
    assert asked["response_type"] == ["code"] and asked["code_challenge_method"] == ["S256"]
    assert asked["state"][0] and asked["nonce"][0] and asked["code_challenge"][0]
    answer = browser.get(at_provider(browser, "1"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/poverty")
    assert browser.get("/poverty").status_code == 200
    assert AWAY not in browser.cookies


@pytest.mark.parametrize("subject", ["2", "3"])
def test_whom_the_file_does_not_name_is_told_whom_to_ask(browser: TestClient, subject: str) -> None:
    answer = browser.get(at_provider(browser, subject))
    assert answer.status_code == 403 and "Ask whoever looks after the accounts" in answer.text
    assert COOKIE not in browser.cookies
    assert (log(browser)[-1]["who"], log(browser)[-1]["allowed"]) == ("unknown", False)


def test_a_code_opens_once_and_only_for_the_browser_that_went(browser: TestClient) -> None:
    back = at_provider(browser, "1")
    kept = browser.cookies[AWAY]
    browser.cookies.clear()
    assert browser.get(back).status_code == 401
    browser.cookies.set(AWAY, kept)
    forged = re.sub("state=[^&]+", "state=forged", back)
    for wrong in (forged, "/sign-in/back", "/sign-in/back?error=access_denied", back.replace("code=", "code=x")):
        browser.cookies.clear()
        browser.cookies.set(AWAY, kept)
        answer = browser.get(wrong)
        assert answer.status_code == 401 and "not finished" in answer.text, wrong
        assert COOKIE not in browser.cookies
    browser.cookies.clear()
    browser.cookies.set(AWAY, kept)
    assert browser.get(back).status_code == 303
    browser.cookies.clear()
    browser.cookies.set(AWAY, kept)
    assert browser.get(back).status_code == 401


@pytest.mark.parametrize(("subject", "status"), [("4", 303), ("5", 403)])
def test_an_address_names_an_account_only_once_it_is_verified(
    home: Path, tmp_path: Path, issuer: str, subject: str, status: int
) -> None:
    with service(home, tmp_path, issuer, claim="email") as browser:
        assert browser.get(at_provider(browser, subject)).status_code == status


def test_signing_out_leads_to_the_provider_too(browser: TestClient, issuer: str) -> None:
    assert 'href="/sign-in/provider/out"' in browser.get("/sign-in?out=yes").text
    out = browser.get("/sign-in/provider/out")
    assert out.status_code == 303 and out.headers["location"].startswith(f"{issuer}/oauth2/end_session?")
    assert parse_qs(urlsplit(out.headers["location"]).query)["post_logout_redirect_uri"] == [f"{ADDRESS}/sign-in"]


def test_a_provider_that_is_away_is_a_page_that_says_so(home: Path, tmp_path: Path) -> None:
    with service(home, tmp_path, "http://localhost:9") as browser:
        for path in ("/sign-in/provider", "/sign-in/provider/out"):
            answer = browser.get(path)
            assert answer.status_code == 503 and "cannot be reached" in answer.text


def test_where_people_have_passwords_no_provider_is_asked(home: Path) -> None:
    with client(Settings(home=home)) as browser:
        for path in ("/sign-in/provider", "/sign-in/back", "/sign-in/provider/out"):
            assert browser.get(path).status_code == 403
