"""Poverty's pages in a real Chromium: what officials do there, by mouse, by keyboard and on a phone."""

from __future__ import annotations

from tests.browser.visits import assert_accessible


def test_the_map_is_drawn(visit):
    page = visit("official", "/poverty")

    assert page.locator(".map canvas").count() == 1
    assert_accessible(page)
