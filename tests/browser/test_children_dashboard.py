"""Children's pages in a real Chromium: social workers, counsellors and officials, by keyboard, phone and in Spanish."""

from __future__ import annotations

import pytest

from tests.browser.children_tables import CHILDREN
from tests.browser.visits import PHONE, assert_accessible, assert_fits, tab_to

LIST = "/children/worklist"


def test_a_social_worker_opens_what_is_due_first_and_contests_it(visit, served):
    page = visit("social_worker", LIST)
    assert_accessible(page)

    with page.expect_navigation():
        page.locator("tbody a").first.click()

    # Due first is the second child; nobody is named in what the browser's history keeps.
    assert page.locator("code").first.inner_text() == CHILDREN[1]
    assert not any(child in page.url + page.title() for child in CHILDREN)
    assert "Raised by way to school" in page.inner_text("main")
    assert_accessible(page)
    page.on("dialog", lambda dialog: dialog.accept())
    form = page.locator("form[action$=review]").first
    form.locator("[name=decision]").select_option("contested")
    form.locator("[name=reason]").select_option("record_wrong")
    with page.expect_navigation():
        form.locator("button").click()
    assert "Your decision has been sent" in page.inner_text("[role=status]")
    assert list((served.home / "landing" / "children").rglob("*reviews*/**/*.*"))


def test_a_flag_is_acknowledged_by_keyboard(visit, served):
    page = visit("social_worker", LIST)

    tab_to(page, "form[action$=acknowledge] button")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert "Your acknowledgement has been sent" in page.inner_text("[role=status]")
    assert list((served.home / "landing" / "children").rglob("*flag_acknowledgements*/**/*.*"))


def test_an_address_of_another_session_opens_no_case(visit, served):
    page = visit("social_worker", LIST)
    address = page.locator("tbody a").first.get_attribute("href")

    other = visit("school_counsellor", address)

    assert other.url.startswith(served.address + LIST)
    assert "not open to you" in other.inner_text("[role=status]")


def test_a_counsellor_sees_no_reasons_and_nothing_is_kept_by_the_browser(visit):
    page = visit("school_counsellor", LIST)
    with page.expect_navigation() as moved:
        page.locator("tbody a").first.click()

    assert moved.value.headers["cache-control"] == "no-store"
    text = page.inner_text("main")
    assert "Why is not shown to your role" in text
    assert "Raised by" not in text
    assert "protection case" not in text


def test_numbers_of_few_are_withheld_from_administrators(visit):
    page = visit("administrator", "/children/numbers")

    assert "withheld" in page.inner_text("main")
    assert not any(child in page.content() for child in CHILDREN)
    assert_accessible(page)


@pytest.mark.parametrize("path", ["/children", "/children/published", LIST, "/children/numbers"])
def test_an_officials_pages_hold_no_person(visit, path):
    # A page that is refused is no complaint of a script.
    page = visit("analyst" if path == "/children" else "official", path)
    visit.complaints.clear()

    assert not any(child in page.content() for child in CHILDREN)


def test_withheld_counts_are_said_to_be_withheld_in_spanish_on_a_phone(visit):
    page = visit("official", "/children/published?by=area", size=PHONE, language="es")

    assert page.locator("tbody em").first.inner_text() == "reservado"
    assert_fits(page)
    assert_accessible(page)


def test_the_list_fits_a_phone_in_spanish(visit):
    page = visit("social_worker", LIST, size=PHONE, language="es")

    assert page.inner_text("h1") == "Lista de trabajo"
    assert "Reúnase con la niña o el niño" in page.inner_text("main")
    assert_fits(page)
    assert_accessible(page)
