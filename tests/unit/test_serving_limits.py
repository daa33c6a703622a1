"""How much one request may take and how many a minute there may be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from resources.errors import SettingsError
from resources.settings import Settings
from socialai_assets.serving.app import create_app
from socialai_assets.serving.limits import Rate
from socialai_assets.serving.service_settings import is_loopback, require_safe_address, service_settings
from tests.unit.small_home import PASSWORD, make, sign_in


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("limits") / "home").home


@pytest.fixture
def browser(home: Path, tmp_path: Path) -> Iterator[TestClient]:
    """A service with small limits, with three routes of the test's own."""
    file = tmp_path / "service.yaml"
    file.write_text("limits: {body_mb: 0.01, seconds: 0.2, requests_per_minute: 3, sign_ins_per_minute: 2}")
    app = create_app(Settings(home=home, service_file=file))

    @app.get("/v1/slow")
    def slow() -> str:
        time.sleep(4)
        return "late"

    @app.get("/v1/quick")
    def quick() -> str:
        return "in time"

    @app.post("/v1/body")
    def body(told: dict) -> int:
        return len(told)

    with TestClient(app, follow_redirects=False) as browser:
        yield browser


def test_a_rate_lets_through_so_many_a_minute_and_says_how_long_to_wait() -> None:
    now = [0.0]
    rate = Rate(6, clock=lambda: now[0])
    assert [rate.wait("ana") for _ in range(7)] == [0, 0, 0, 0, 0, 0, 10.0]
    assert rate.wait("ben") == 0
    now[0] = 9.0
    assert rate.wait("ana") == pytest.approx(1.0)
    now[0] = 10.0
    assert rate.wait("ana") == 0 and rate.wait("ana") == pytest.approx(10.0)
    now[0] = 1000.0
    assert [rate.wait("ana") for _ in range(7)] == [0, 0, 0, 0, 0, 0, 10.0]


def test_whoever_asks_too_often_waits_and_others_do_not(browser: TestClient) -> None:
    sign_in(browser, "analyst")
    answers = [browser.get("/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 20
    assert "Too often" in answers[-1].text and "Wait" in answers[-1].text
    sign_in(browser, "official")
    assert browser.get("/").status_code == 200


def test_signing_in_is_tried_only_so_often_from_an_address(browser: TestClient) -> None:
    wrong = {"account": "analyst", "password": "not the password"}
    assert [browser.post("/sign-in", data=wrong).status_code for _ in range(3)] == [401, 401, 429]
    # The right password comes too late as well.
    assert browser.post("/sign-in", data={**wrong, "password": PASSWORD}).status_code == 429


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused(browser: TestClient, chunked: bool) -> None:
    text = b'{"told": "' + b"x" * 20_000 + b'"}'
    parts = iter([text[:5000], text[5000:]])
    answer = browser.post("/v1/body", content=parts if chunked else text)
    assert answer.status_code == 413 and answer.headers["content-type"] == "application/problem+json"
    assert "0.01 MB" in answer.json()["title"]
    assert browser.post("/v1/body", json={"told": "little"}).json() == 1
    form = browser.post("/sign-in", data={"account": "a" * 20_000, "password": "b"})
    assert form.status_code == 413 and "larger than" in form.text


def test_what_takes_too_long_is_told_so_and_what_does_not_comes(browser: TestClient) -> None:
    slow = browser.get("/v1/slow")
    assert slow.status_code == 503 and "longer than 0.2 s" in slow.json()["title"]
    assert slow.headers["x-content-type-options"] == "nosniff"
    assert browser.get("/v1/quick").json() == "in time"


def test_an_address_that_others_reach_wants_secure_cookies(home: Path, tmp_path: Path) -> None:
    plain = service_settings(Settings(home=home))
    for host in ("127.0.0.1", "localhost", "::1", "127.8.0.1"):
        assert is_loopback(host)
        require_safe_address(host, plain)
    file = tmp_path / "service.yaml"
    file.write_text("sign_in: {secure_cookies: true}")
    for host in ("0.0.0.0", "::", "10.0.0.5", "service.example.org"):
        assert not is_loopback(host)
        with pytest.raises(SettingsError, match="Behind a proxy"):
            require_safe_address(host, plain)
        require_safe_address(host, service_settings(Settings(home=home, service_file=file)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sign_in: {method: oidc}", "oidc.issuer"),
        ("sign_in: {method: oidc, oidc: {issuer: 'http://id.example.org', client_id: socialai}}", "https"),
        ("sign_in: {method: password}", "method"),
        ("limits: {body_mb: 0}", "body_mb"),
    ],
)
def test_a_setting_that_is_wrong_is_named(home: Path, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "service.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=said):
        service_settings(Settings(home=home, service_file=file))
