"""What children's pages are made of: addresses that name nobody, order of the list, reviews that land, Spanish."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest

from resources.access_policy import Person
from resources.errors import ActionRefused
from resources.landing import LandingZone
from resources.settings import Settings
from resources.vault import key_of
from resources.vault_key import VaultKey, landed_pseudonym
from socialai_assets.actions.reviews import review_case
from socialai_assets.catalog import domain_sources
from socialai_assets.children import risk_wording
from socialai_assets.ingest.rows import ingest
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.case_address import sealed, unsealed
from socialai_assets.serving.dashboard.case_rows import at_school, worklist
from socialai_assets.serving.dashboard.pages.children_published import split
from socialai_assets.serving.dashboard.spoken import sentence_words

CHILD = "abcdefghijklmnopqrstuvwx"
KEY = VaultKey(bytes(range(32)))


def _asker(account: str = "rosa", token: str = "t1") -> Asker:
    return Asker(Person(account, frozenset({"social_worker"})), "social_worker", "casework", token=token)


def test_an_address_names_nobody_and_opens_in_its_session_alone() -> None:
    address = sealed(CHILD, _asker(), KEY)

    assert CHILD not in address
    assert unsealed(address, _asker(), KEY) == CHILD
    assert unsealed(address, _asker(token="t2"), KEY) is None
    assert unsealed(address, _asker(account="pedro"), KEY) is None
    assert unsealed(address[:-3] + "AAA", _asker(), KEY) is None
    assert unsealed("é", _asker(), KEY) is None


def test_what_is_due_first_stands_first_with_its_flag() -> None:
    day = datetime.date(2026, 6, 10)
    rows = pd.DataFrame(
        {
            "child_id": ["a", "b", "c"],
            "label": "case_opens",
            "place": [1, 2, 3],
            "by_when": [pd.Timestamp("2026-06-12"), pd.Timestamp("2026-06-09"), pd.Timestamp("2026-06-12")],
            "state": ["scored", "scored", "contested"],
            "staff_id": ["s", None, "s"],
        }
    )
    flags = pd.DataFrame(
        {"child_id": ["b", "a"], "label": "case_opens", "flag_id": ["f1", "f2"], "state": ["waits", "ended"]}
    )

    made = worklist(rows, flags, day)

    assert [row["child_id"] for row in made] == ["b", "a", "c"]
    assert [row["is_late"] for row in made] == [True, False, False]
    assert [row["flag"] and row["flag"]["flag_id"] for row in made] == ["f1", None, None]
    assert [row["child_id"] for row in worklist(rows, flags, day, staff="s", state="contested")] == ["c"]


def test_a_child_is_at_the_school_it_came_to_last() -> None:
    enrolments = pd.DataFrame(
        {
            "child_id": ["a", "a", "b"],
            "school_id": ["S1", "S2", "S1"],
            "event_date": pd.to_datetime(["2024-03-01", "2025-03-01", "2024-03-01"]),
        }
    )

    assert at_school(enrolments, "S1") == {"b"}


def test_a_review_lands_for_the_child_it_is_about(tmp_path) -> None:
    settings = Settings(home=tmp_path)
    key = key_of(settings)

    landed = review_case(CHILD, "case_opens", "contested", "record_wrong", "social_worker", settings)

    assert CHILD.encode() not in landed.read_bytes()
    assert CHILD not in landed.name
    source = next(one for one in domain_sources("children") if one.name == "reviews")
    read = ingest(LandingZone.from_settings(settings, [source]).files(source), source, key)
    assert read.accepted["child_id"].tolist() == [CHILD]
    assert read.accepted["decision"].tolist() == ["contested"]


def test_a_review_without_a_known_reason_does_not_land(tmp_path) -> None:
    settings = Settings(home=tmp_path)
    key_of(settings)

    with pytest.raises(ActionRefused):
        review_case(CHILD, "case_opens", "contested", "because", "social_worker", settings)


def test_only_what_is_marked_is_taken_for_a_pseudonym() -> None:
    assert landed_pseudonym(f"pseudonym:{CHILD}", "child", KEY) == CHILD
    assert landed_pseudonym(CHILD, "child", KEY) == KEY.pseudonym("child", CHILD)
    assert landed_pseudonym("pseudonym:short", "child", KEY) == KEY.pseudonym("child", "pseudonym:short")


def test_withheld_counts_stay_withheld() -> None:
    cells = [
        {"area_id": area, "period": "2024..2025", "sex": "all", "age": "all", "category": "all", "count": count,
         "is_suppressed": count is None}
        for area, count in (("S1", None), ("all", 40))
    ]  # fmt: skip

    made = split(cells, "area", "all", {"S1": "Altamar", "all": "all"})

    assert [(row["group"], row["all"]) for row in made] == [("all", 40), ("Altamar", "withheld")]


def test_reasons_and_what_would_change_are_said_in_spanish() -> None:
    row = dict.fromkeys((feature for features in risk_wording.DRIVERS.values() for feature in features), 3.0)
    english = {"the", "of", "its", "with", "for", "school", "left", "child", "raised", "not", "be", "would", "cases"}
    texts = [
        risk_wording.NOTHING_WOULD,
        *(risk_wording.reasons(0.4, 0.1, {driver: 0.1}, row) for driver in risk_wording.DRIVERS),
        *(risk_wording.would_change(lever, 3.0, 1.0, 0.4, 0.2) for lever in risk_wording.LEVERS),
    ]

    for text in texts:
        told = sentence_words("es", text)
        assert not english & set(told.lower().replace(",", " ").replace("(", " ").split()), told
        assert sentence_words("en", text) == text
