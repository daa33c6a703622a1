"""The one way for a person to see rows of the vault: rows and columns granted, nothing else, and all of it logged."""

from __future__ import annotations

import datetime
from pathlib import Path

import pandas as pd
import pytest

from resources.access_log import Access
from resources.access_policy import AreaTree, Person, Request
from resources.errors import AccessRefused, VaultError
from resources.settings import Settings
from resources.vault import Vault
from resources.vault_reader import VaultReader
from socialai_assets.access.policy import policy

DAY = datetime.date(2026, 1, 1)
TREE = AreaTree(
    {"1": None, "11": "1", "111": "11", "112": "11", "12": "1", "121": "12"},
    {"1": "admin1", "11": "admin2", "12": "admin2", "111": "admin3", "112": "admin3", "121": "admin3"},
)
AREAS = {"ana": "111", "ben": "111", "carl": "112", "dora": "121", "eve": "121"}


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """A vault of five children: two in district 111, one in 112, two in 121 of the other province."""
    vault = Vault.from_settings(Settings(home=tmp_path_factory.mktemp("home") / "home"))
    children = pd.DataFrame(
        {
            "child_id": list(AREAS),
            "birth_month": DAY,
            "sex": "F",
            "language": "quechua",
            "disability": False,
            "household_id": ["h1", "h1", "h2", "h3", "h3"],
            "area_id": list(AREAS.values()),
        }
    )
    events = [
        # Carl left school s1; Dora was moved from s2 to s1.
        ("ana", "s1", "enrolled", 1), ("ben", "s2", "enrolled", 1), ("carl", "s1", "enrolled", 1),
        ("carl", "s1", "left", 5), ("dora", "s2", "enrolled", 1), ("dora", "s1", "transferred", 3),
        ("eve", "s2", "enrolled", 1),
    ]  # fmt: skip
    enrolments = pd.DataFrame(
        [(c, s, 2026, 4, e, DAY.replace(month=m)) for c, s, e, m in events],
        columns=["child_id", "school_id", "school_year", "grade", "event", "event_date"],
    )
    support = pd.DataFrame(
        {
            "support_id": [f"p{n}" for n in range(12)],
            # Anne helps Eve now, and has helped Carl; eleven times tutoring, of two children only.
            "child_id": ["eve", "carl", *["ana", "ben"] * 5],
            "intervention_id": ["visits", *["tutoring"] * 11],
            "service_id": "v1",
            "staff_id": ["anne", "anne", *["bert"] * 10],
            "offered_on": DAY,
            "started_on": DAY,
            "ended_on": [None, DAY, *[DAY] * 10],
        }
    )
    tables = {
        "children.children": children,
        "children.households": pd.DataFrame(
            {"household_id": ["h1", "h2", "h3"], "report_date": DAY, "members": 4, "income_usd_month": 77.0}
            | dict.fromkeys(["adults", "school_km"], 2)
            | dict.fromkeys(["receives_aid", "has_electricity", "has_piped_water"], True)
        ),
        "children.enrolments": enrolments,
        "children.support": support,
        "children.cases": pd.DataFrame(
            {"case_id": ["k1", "k2"], "child_id": ["ana", "dora"], "event": "opened", "kind": "neglect"}
            | {"event_date": DAY, "knowledge_date": DAY}
        ),
        "children.marks": pd.DataFrame(
            {"child_id": list(AREAS), "term_id": "t1", "subject": "mathematics", "mark": 11.0, "knowledge_date": DAY}
        ),
        "children.reviews": pd.DataFrame(
            {
                "review_id": ["r1", "r2"],
                "child_id": ["ana", "ana"],
                "label": ["leaves_school", "case_opens"],
                "decision": "cleared",
                "reason_code": "record_wrong",
                "decided_on": DAY,
                "decided_by": "social_worker",
            }
        ),
    }
    with vault.opened(Access("test", "pipeline", "operation", "planting")) as lake:
        for name, frame in tables.items():
            lake.replace(name, frame, author="test")
    return vault


@pytest.fixture
def reader(vault: Vault) -> VaultReader:
    return VaultReader(vault, policy(), TREE)


ANNE = Person("anne", frozenset({"social_worker"}), areas=("11",), staff_id="anne")
COUNSELLOR = Person("cora", frozenset({"school_counsellor"}), schools=("s1",))
HEAD = Person("hugo", frozenset({"administrator"}), areas=("1",))
SCIENTIST = Person("sara", frozenset({"data_scientist"}))


def casework(table: str, person: Person = ANNE, **wanted) -> Request:
    return Request(person, "social_worker", "casework", table, **wanted)


def test_a_social_worker_sees_children_of_her_areas_and_caseload(reader: VaultReader) -> None:
    children = reader.read(casework("children.children"))
    # Eve lives elsewhere and is on her caseload; Dora does too and is not.
    assert set(children["child_id"]) == {"ana", "ben", "carl", "eve"}
    assert list(children.columns) == list(policy().rule("social_worker", "casework", "children.children").tables[
        "children.children"
    ])  # fmt: skip
    assert set(reader.read(casework("children.cases"))["child_id"]) == {"ana"}
    assert set(reader.read(casework("children.households"))["household_id"]) == {"h1", "h2", "h3"}
    assert "income_usd_month" not in reader.read(casework("children.households"))


def test_areas_asked_for_hold_what_is_below_them_and_only_that(reader: VaultReader) -> None:
    assert set(reader.read(casework("children.children", areas=("112",)))["child_id"]) == {"carl"}
    assert set(reader.read(casework("children.children", areas=("11",)))["child_id"]) == {"ana", "ben", "carl"}
    assert set(reader.read(casework("children.households", areas=("112",)))["household_id"]) == {"h2"}
    with pytest.raises(AccessRefused, match="121 is not yours"):
        reader.read(casework("children.children", areas=("121",)))


def test_whoever_is_in_charge_everywhere_sees_every_row_or_the_one_asked_for(reader: VaultReader) -> None:
    everywhere = Person("chief", frozenset({"social_worker"}), areas=("all",))
    assert len(reader.read(casework("children.children", everywhere))) == 5
    assert list(reader.read(casework("children.cases", everywhere, child="dora"))["case_id"]) == ["k2"]
    assert reader.read(casework("children.cases", child="dora")).empty


def test_an_area_whose_name_is_sql_is_no_sql(reader: VaultReader) -> None:
    sly = Person("sly", frozenset({"social_worker"}), areas=("x') OR true OR ('1' = '1",))
    assert reader.read(casework("children.children", sly)).empty


def test_a_counsellor_sees_pupils_who_are_at_the_school_now(reader: VaultReader) -> None:
    def seen(table: str) -> pd.DataFrame:
        return reader.read(Request(COUNSELLOR, "school_counsellor", "school_support", table))

    assert set(seen("children.marks")["child_id"]) == {"ana", "dora"}
    assert list(seen("children.reviews")["review_id"]) == ["r1"]
    for table in ("children.cases", "children.households", "children.support"):
        with pytest.raises(AccessRefused):
            seen(table)


def test_a_data_scientist_sees_departments_and_no_kind_of_case(reader: VaultReader) -> None:
    request = Request(SCIENTIST, "data_scientist", "model_development", "children.children")
    children = reader.read(request)
    assert len(children) == 5 and set(children["area_id"]) == {"1"}
    cases = reader.read(Request(SCIENTIST, "data_scientist", "model_development", "children.cases"))
    assert len(cases) == 2 and "kind" not in cases and "case_id" not in cases


def test_an_administrator_sees_numbers_of_children_and_none_that_is_small(reader: VaultReader) -> None:
    counts = reader.read(Request(HEAD, "administrator", "supervision", "children.support"))
    # Eleven rows of tutoring are about three children.
    assert dict(zip(counts["intervention_id"], counts["children"].isna(), strict=True)) == {
        "tutoring": True,
        "visits": True,
    }


def test_numbers_large_enough_are_told_unless_they_give_a_small_one_away(tmp_path: Path) -> None:
    vault = Vault.from_settings(Settings(home=tmp_path / "home"))
    children = [f"c{n}" for n in range(60)]
    given = ["tutoring"] * 30 + ["visits"] * 12 + ["transport"] * 11 + ["cash"] * 7
    with vault.opened(Access("test", "pipeline", "operation", "planting")) as lake:
        lake.replace("children.children", pd.DataFrame({"child_id": children, "area_id": "111"}), author="t")
        lake.replace("children.support", pd.DataFrame({"child_id": children, "intervention_id": given}), author="t")
    counts = VaultReader(vault, policy(), TREE).read(Request(HEAD, "administrator", "supervision", "children.support"))
    told = {row.intervention_id: row.children for row in counts.itertuples()}
    assert (told["tutoring"], told["visits"]) == (30, 12)
    assert pd.isna(told["cash"]) and pd.isna(told["transport"])


def test_each_read_and_each_refusal_is_written_down_without_naming_a_child(reader: VaultReader) -> None:
    log = reader.vault.log
    before = log.verify()
    reader.read(casework("children.cases", child="ana", areas=("111",)))
    with pytest.raises(AccessRefused) as refused:
        reader.read(casework("children.marks", child="ana"))
    entries = list(log.entries())[before:]
    assert [(e["allowed"], e["rows"]) for e in entries] == [(True, None), (True, 1), (False, None)]
    assert {e["who"] for e in entries} == {"anne"} and {e["purpose"] for e in entries} == {"casework"}
    assert entries[0]["areas"].startswith("areas 111") and "one child" in entries[0]["what"]
    assert '"ana"' not in str(entries).replace("'", '"') and "ana" not in str(refused.value)
    assert log.verify() == before + 3


def test_a_reader_whose_log_was_tampered_with_is_found_out(reader: VaultReader, tmp_path: Path) -> None:
    import shutil

    from resources.access_log import AccessLog

    reader.read(casework("children.cases"))
    with pytest.raises(AccessRefused):
        reader.read(casework("children.marks"))
    for file in reader.vault.folder.glob("access.*"):
        shutil.copy(file, tmp_path)
    log = AccessLog(tmp_path / "access.jsonl", reader.vault.log._key)
    log.verify()
    lines = (tmp_path / "access.jsonl").read_text().splitlines(keepends=True)
    # Whoever was refused would like to have been allowed.
    changed = [line.replace('"allowed": false', '"allowed": true') for line in lines]
    assert changed != lines
    (tmp_path / "access.jsonl").write_text("".join(changed))
    with pytest.raises(VaultError, match="tampered"):
        log.verify()
    (tmp_path / "access.jsonl").write_text("".join(lines[:-1]))
    with pytest.raises(VaultError, match="cut off"):
        log.verify()


def test_what_is_not_there_yet_and_what_cannot_be_read_say_so_without_a_value(reader: VaultReader) -> None:
    with pytest.raises(VaultError, match="not been made yet"):
        reader.read(casework("children.attendance"))
    with reader.vault.opened(Access("test", "pipeline", "operation", "planting")) as lake:
        lake.replace("children.outcomes", pd.DataFrame({"child_id": ["ana"], "outcomes": ["SECRET"]}), author="t")
    with pytest.raises(VaultError) as broken:
        reader.read(casework("children.outcomes"))
    assert "BinderException" in str(broken.value) and "SECRET" not in str(broken.value)
