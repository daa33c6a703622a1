"""The platform's pages in a real Chromium: what operators see and do there."""

from __future__ import annotations

from tests.browser.visits import PHONE, assert_accessible, assert_fits


def test_an_operator_sees_freshness_models_and_drift(visit):
    page = visit("system_administrator", "/platform", size=PHONE)

    text = page.inner_text("main")
    assert "stacked_ensemble" in text
    assert "altitude_m" in text
    assert_accessible(page)
    assert_fits(page)


def test_runs_and_approvals_are_listed(visit):
    page = visit("system_administrator", "/platform/runs", size=PHONE, language="es")

    assert "Todavía no se ha ejecutado nada." in page.inner_text("main")
    assert "Ninguna versión espera." in page.inner_text("main")
    assert_accessible(page)
    assert_fits(page)


def test_only_operators_read_the_log(visit):
    assert visit("system_administrator", "/platform/log").locator("h1").inner_text() == "Who read what"
    assert "/platform/log" not in visit("analyst", "/platform").content()
