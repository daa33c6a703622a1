"""A person who was forgotten is in no table, snapshot, file or byte of the home, and does not come back."""

from __future__ import annotations

import datetime
import gzip
import io
import os
import sqlite3
import tarfile
import zipfile
import zlib
from pathlib import Path

import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest

from resources import forgetting
from resources.access_log import Access
from resources.byte_search import search
from resources.forgotten import Tombstone, mark_of_forgetting, tombstones, without_forgotten
from resources.sealed_file import unseal, write_sealed
from resources.settings import Settings
from resources.vault import Vault, key_of
from resources.vault_key import VaultKey
from socialai_assets.children.forgetting import Forgetting, forget, going
from socialai_assets.ingest.landed_rewriting import Persons, without_persons

DAY = datetime.date(2026, 1, 1)
ACCESS = Access("test", "system_administrator", "operation", "forget")
# Ana has a household of her own, Ben and Carl share one; who helps them is S-1.
HOUSEHOLDS = {"70000001": "HOGAR-1", "70000002": "HOGAR-2", "70000003": "HOGAR-2"}
NAMES = {"70000001": "ANA PANTIGOSO", "70000002": "BEN CCALLO", "70000003": "CARL CCALLO"}


def pseudonyms(key: VaultKey, kind: str, *identifiers: str) -> list[str]:
    return [key.pseudonym(kind, identifier) for identifier in identifiers]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with three children in vault and landed files, and an external folder that has them too."""
    settings = Settings(home=tmp_path / "home", landing=tmp_path / "external")
    key = key_of(settings)
    ids = pseudonyms(key, "child", *HOUSEHOLDS)
    homes = pseudonyms(key, "household", *HOUSEHOLDS.values())
    children = pd.DataFrame({"child_id": ids, "household_id": homes, "area_id": "A"})
    support = pd.DataFrame({"support_id": pseudonyms(key, "support", "P1", "P2", "P3"), "child_id": ids})
    scores = pd.DataFrame({"child_id": ids * 400, "reasons": [[f"sibling of {ids[0]}", "absent"], [], []] * 400})
    with Vault.from_settings(settings).opened(ACCESS) as tables:
        for table in ("children.raw_children", "children.children"):
            tables.replace(table, children, author="test")
            tables.replace(table, children.assign(area_id="B"), author="test")
        tables.replace("children.support", support.assign(staff_id=key.pseudonym("staff", "S-1")), author="test")
        tables.replace("children.households", pd.DataFrame({"household_id": homes[:2], "members": 3}), author="test")
        tables.replace("children.outcomes", support[["support_id"]].assign(outcome="attends"), author="test")
        flags = pd.DataFrame({"flag_id": [f"flag{n:08d}" for n in range(3)], "child_id": ids})
        tables.replace("children.flags", flags, author="test")
        tables.replace("children.raw_flag_acknowledgements", flags[["flag_id"]], author="test")
        tables.replace("children.risk_scores", scores, author="test")
        tables.replace("children.oulad_features", pd.DataFrame({"day": [0, 30]}), author="test")
    lines = [f'{i},"{NAMES[i]}",{h},{DAY}' for i, h in HOUSEHOLDS.items()]
    content = "child_id,nombre,household_id,knowledge_date\r\n" + "\r\n".join(lines) + "\r\n"
    folder = settings.home_landing / "children" / "children"
    folder.mkdir(parents=True)
    write_sealed(content.encode(), folder / "children.csv", key)
    support_folder = settings.home_landing / "children" / "support"
    support_folder.mkdir()
    (support_folder / "support.csv").write_text("code;who;staff_id\nP1;70000001;S-1\nP2;70000002;S-1\n")
    (support_folder / "mapping.yaml").write_text("columns: {support_id: code, child_id: who}\n")
    external = tmp_path / "external" / "children" / "children"
    external.mkdir(parents=True)
    (external / "children.csv").write_text(content)
    return settings


def in_the_vault(settings: Settings) -> dict[str, pd.DataFrame]:
    with Vault.from_settings(settings).opened(ACCESS) as tables:
        return {table: tables.read_frame(table) for table in tables.tables()}


def forgotten(settings: Settings, identifier: str, kind: str = "child") -> Forgetting:
    key = key_of(settings)
    return forget(settings, key, ACCESS, key.pseudonym(kind, identifier), kind, [identifier])


def test_a_child_goes_with_what_is_only_about_the_child(settings: Settings) -> None:
    key = key_of(settings)
    ana, ben, carl = pseudonyms(key, "child", *HOUSEHOLDS)
    done = forgotten(settings, "70000001")
    assert done.is_proven, done
    tables = in_the_vault(settings)
    assert set(tables["children.children"]["child_id"]) == {ben, carl}
    assert set(tables["children.support"]["child_id"]) == {ben, carl}
    assert len(tables["children.outcomes"]) == 2
    assert list(tables["children.raw_flag_acknowledgements"]["flag_id"]) == ["flag00000001", "flag00000002"]
    # Her household was hers alone.
    assert list(tables["children.households"]["household_id"]) == pseudonyms(key, "household", "HOGAR-2")
    # What was said of her in any row, within a list too, is gone.
    assert set(tables["children.risk_scores"]["child_id"]) == {ben, carl}
    assert done.removed.rows["children.risk_scores"] == 400 and not done.removed.mentions
    kinds = tables["children.forgotten"].set_index("pseudonym")["kind"].to_dict()
    assert kinds == {
        ana: "child",
        "flag00000000": "flag",
        key.pseudonym("support", "P1"): "support",
        key.pseudonym("household", "HOGAR-1"): "household",
    }
    assert done.elsewhere == [settings.landing / "children" / "children" / "children.csv"]  # type: ignore[operator]


def test_landed_files_keep_every_other_row_to_the_byte(settings: Settings) -> None:
    key = key_of(settings)
    sealed = settings.home_landing / "children" / "children" / "children.csv.sealed"
    before = unseal(sealed, key).splitlines(keepends=True)
    done = forgotten(settings, "70000001")
    assert unseal(sealed, key) == b"".join([before[0], *before[2:]])
    support = settings.home_landing / "children" / "support" / "support.csv"
    assert support.read_text() == "code;who;staff_id\nP2;70000002;S-1\n"
    assert sorted(done.landed.values()) == [1, 1]


def test_a_household_of_others_stays(settings: Settings) -> None:
    key = key_of(settings)
    assert forgotten(settings, "70000002").is_proven
    tables = in_the_vault(settings)
    assert set(tables["children.households"]["household_id"]) == set(pseudonyms(key, "household", "HOGAR-1", "HOGAR-2"))
    assert "household" not in set(tables["children.forgotten"]["kind"])


def test_staff_are_taken_out_of_rows_on_children_which_stay(settings: Settings) -> None:
    done = forgotten(settings, "S-1", "staff")
    tables = in_the_vault(settings)
    assert len(tables["children.support"]) == 3 and tables["children.support"]["staff_id"].isna().all()
    assert done.removed.mentions == {"children.support": 3} and not done.removed.rows
    support = settings.home_landing / "children" / "support" / "support.csv"
    assert support.read_text() == "code;who;staff_id\nP1;70000001;\nP2;70000002;\n"
    assert done.is_proven


def test_nothing_is_left_in_old_snapshots_data_files_or_the_catalogue(settings: Settings) -> None:
    key = key_of(settings)
    vault = Vault.from_settings(settings)
    # The catalogue keeps the least and the greatest value of each file's columns.
    least = min(HOUSEHOLDS, key=lambda child: key.pseudonym("child", child))
    pseudonym = key.pseudonym("child", least)
    with vault.opened(ACCESS) as tables:
        assert len(tables.cursor().execute("FROM ducklake_snapshots('lake')").fetchall()) > 5
    before = {path.name for path in (settings.home / "vault" / "data").rglob("*.parquet")}
    assert vault.rewrite_catalogue([pseudonym]) > 0
    forgotten(settings, least)
    assert vault.rewrite_catalogue([pseudonym, least]) == 0
    with vault.opened(ACCESS) as tables:
        assert len(tables.cursor().execute("FROM ducklake_snapshots('lake')").fetchall()) == 1
    after = {path.name for path in (settings.home / "vault" / "data").rglob("*.parquet")}
    # Of the tables only OULAD's has nothing of any child, and perhaps households of others.
    assert len(before & after) <= 2 < len(before)
    assert not list((settings.home / "vault").glob("*.new"))


def test_a_table_that_was_about_nobody_else_keeps_nothing(settings: Settings) -> None:
    key = key_of(settings)
    vault = Vault.from_settings(settings)
    ana, ben, _ = pseudonyms(key, "child", *HOUSEHOLDS)
    with vault.opened(ACCESS) as tables:
        tables.replace("children.notes", pd.DataFrame({"child_id": [ana], "label": "case_opens"}), author="test")
    assert forgotten(settings, "70000001").is_proven
    assert vault.rewrite_catalogue([ana]) == 0
    with vault.opened(ACCESS) as tables:
        assert tables.read_frame("children.notes").empty
        more = pd.DataFrame({"child_id": [ben], "label": ["leaves_school"]})
        tables.replace_rows("children.notes", more, column="child_id", value="x", author="test")
        kept = tables.cursor().execute("FROM lake.children.notes WHERE child_id = $child", {"child": ben}).fetchall()
        assert kept == [(ben, "leaves_school")]


def test_on_a_server_no_range_of_a_column_tells_of_the_person(tmp_path: Path, catalog: str) -> None:
    settings = Settings(home=tmp_path / "home", vault_catalog=catalog)
    key = key_of(settings)
    ids = sorted(pseudonyms(key, "child", *HOUSEHOLDS))
    least = next(child for child in HOUSEHOLDS if key.pseudonym("child", child) == ids[0])
    with Vault.from_settings(settings).opened(ACCESS) as tables:
        tables.replace("children.children", pd.DataFrame({"child_id": ids}), author="test")
        tables.replace("children.notes", pd.DataFrame({"child_id": ids[:1]}), author="test")
        gone = going(tables, ids[0], "child", key)
        assert forgetting.ranges_that_tell(tables, gone) > 0
    assert forgotten(settings, least).is_proven
    with Vault.from_settings(settings).opened(ACCESS) as tables:
        assert forgetting.ranges_that_tell(tables, gone) == 0
        assert list(tables.read_frame("children.children")["child_id"]) == ids[1:]


def test_the_person_does_not_come_back_from_a_folder_that_is_only_read(settings: Settings) -> None:
    key = key_of(settings)
    before = mark_of_forgetting(settings.home)
    ana, ben, _ = pseudonyms(key, "child", *HOUSEHOLDS)
    forgotten(settings, "70000001")
    assert mark_of_forgetting(settings.home) != before
    with Vault.from_settings(settings).opened(ACCESS) as tables:
        gone = tombstones(tables, "children.raw_children")
    again = pd.DataFrame({"child_id": [ana, ben], "household_id": pseudonyms(key, "household", "HOGAR-1", "HOGAR-2")})
    assert list(without_forgotten(again, gone)["child_id"]) == [ben]
    arrow = without_forgotten(pyarrow.Table.from_pandas(again), gone)
    assert isinstance(arrow, pyarrow.Table) and arrow["child_id"].to_pylist() == [ben]
    # A child who moves into the household that is forgotten stays, without it.
    moved = pd.DataFrame({"child_id": [ben], "household_id": pseudonyms(key, "household", "HOGAR-1")})
    left = without_forgotten(moved, gone)
    assert list(left["child_id"]) == [ben] and left["household_id"].isna().all()


@pytest.mark.parametrize("step", ["remove", "rewrite_catalogue", "search"])
def test_a_killed_forgetting_is_finished_by_the_same_request(
    settings: Settings, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("resources.byte_search.search" if step == "search" else f"resources.forgetting.{step}", die)
        with pytest.raises(Killed):
            forgotten(settings, "70000001")
    done = forgotten(settings, "70000001")
    assert done.is_proven
    assert len(in_the_vault(settings)["children.forgotten"]) == 4
    assert len(in_the_vault(settings)["children.households"]) == 1


def test_what_is_still_somewhere_is_found_and_said(settings: Settings) -> None:
    logs = settings.home / "dagster" / "storage"
    logs.mkdir(parents=True)
    (logs / "run.err").write_text("cannot convert 70000001 to a date")
    (settings.home / "published").mkdir()
    (settings.home / "published" / "report.html").write_text("<b>Ana Pantigoso</b>")
    done = forgotten(settings, "70000001")
    assert {path.name for path in done.searched.found} == {"run.err", "report.html"}
    assert not done.is_proven


def test_a_person_nobody_knows_leaves_everything_as_it_was(settings: Settings) -> None:
    before = in_the_vault(settings)
    done = forgotten(settings, "79999999")
    assert not done.removed.rows and not done.landed and done.is_proven
    after = in_the_vault(settings)
    assert {table: len(frame) for table, frame in before.items()} == {
        table: len(frame) for table, frame in after.items() if table != "children.forgotten"
    }


def test_who_goes_is_told_apart_by_kind(settings: Settings) -> None:
    key = key_of(settings)
    with Vault.from_settings(settings).opened(ACCESS) as tables:
        found = going(tables, key.pseudonym("child", "70000002"), "child", key)
        assert {one.kind for one in found} == {"child", "support", "flag"}
        assert {one.kept_by for one in going(tables, key.pseudonym("staff", "S-1"), "staff", key)} == {"child_id"}
        forgetting.write_tombstones(tables, "children", found)
        forgetting.write_tombstones(tables, "children", found)
        assert len(tombstones(tables, "children.any")) == len(found)


class TestSearch:
    SECRET, NUMBER = "María Ñahui", "71234567"

    @pytest.mark.parametrize(
        "written",
        [
            "María Ñahui".encode(),
            "MARÍA ÑAHUI".encode(),
            "maría ñahui".encode("utf-16-le"),
            b'{"name": "Mar\\xeda \\xd1ahui"}',
            b"id 71234567.",
            b'"71234567"',
            b"id_71234567x",
            b"x" * (32 * 1024 * 1024 - 4) + b" 71234567 ",
        ],
        ids=["utf-8", "upper", "utf-16", "escaped", "number", "quoted", "letters beside", "over chunks"],
    )
    def test_it_is_found_however_it_is_written(self, tmp_path: Path, written: bytes) -> None:
        (tmp_path / "file.bin").write_bytes(b"some " + written + b" more")
        assert search([tmp_path], [self.SECRET, self.NUMBER]).found == [tmp_path / "file.bin"]

    def test_it_is_found_where_it_is_packed(self, tmp_path: Path) -> None:
        text = f"{self.SECRET} {'x' * 9000}"
        (tmp_path / "a.gz").write_bytes(gzip.compress(text.encode()))
        with zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inner.txt", text)
        pyarrow.parquet.write_table(
            pyarrow.table({"n": [1], "t": [[text]]}), tmp_path / "c.parquet", compression="zstd"
        )
        with sqlite3.connect(tmp_path / "d.db") as database:
            database.execute("CREATE TABLE t (v BLOB)")
            database.execute("INSERT INTO t VALUES (?)", [zlib.compress(text.encode())])
        with sqlite3.connect(tmp_path / "e.db") as database:
            database.execute("CREATE TABLE t (v TEXT)")
            # Over two pages.
            database.execute("INSERT INTO t VALUES (?)", ["y" * 4030 + self.SECRET * 2 + "z" * 9000])
        key = VaultKey(os.urandom(32))
        write_sealed(text.encode(), tmp_path / "f.csv", key)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.add(tmp_path / "b.xlsx", "model.skops")
        write_sealed(packed.getvalue(), tmp_path / "g.tar", key)
        found = search([tmp_path], [self.SECRET], key)
        assert [path.name[0] for path in found.found] == list("abcdefg")
        assert not found.unreadable and found.files == 7
        assert [path.name for path in search([tmp_path], [self.SECRET]).unreadable] == ["f.csv.sealed", "g.tar.sealed"]

    def test_in_a_name_of_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "71234567").mkdir()
        (tmp_path / "71234567" / "x").touch()
        assert search([tmp_path], [self.NUMBER]).found == [tmp_path / "71234567" / "x"]

    @pytest.mark.parametrize("written", ["0.71234567", "171234567", "712345678", "71234567.25"])
    def test_digits_of_a_longer_number_are_told_apart(self, tmp_path: Path, written: str) -> None:
        (tmp_path / "x").write_text(f"a {written} b")
        seen = search([tmp_path], [self.NUMBER])
        assert not seen.found and seen.within_numbers == [tmp_path / "x"]

    def test_what_cannot_be_read_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "broken.zip").write_bytes(b"PK nonsense")
        (tmp_path / "broken.csv.sealed").write_bytes(b"nonsense")
        assert len(search([tmp_path], ["x" * 10], VaultKey(bytes(32))).unreadable) == 2


class TestLandedFiles:
    PERSONS = Persons(
        {"child_id": "child", "staff_id": "staff"},
        lambda kind, text: (kind, text) in {("child", "7"), ("staff", "S1")},
        {"child": None, "staff": "child_id"},
        frozenset({"child_id", "staff_id", "note"}),
    )

    def test_a_record_over_several_lines_goes_whole(self) -> None:
        content = 'child_id,text\n7,"one\ntwo, ""three"""\n8,"four\nfive"\n'.encode("utf-8-sig")
        done = without_persons(content, "a.csv", self.PERSONS)
        assert done is not None and done.content == 'child_id,text\n8,"four\nfive"\n'.encode("utf-8-sig")
        assert (done.removed, done.identifiers, done.texts) == (1, {"7"}, {'one\ntwo, "three"'})

    def test_what_is_no_utf_8_stays_as_it_came(self) -> None:
        content = "child_id;name\n7;Peña Peña\n8;Muñoz\n".encode("latin-1")
        done = without_persons(content, "a.csv", self.PERSONS)
        assert done is not None and done.content == "child_id;name\n8;Muñoz\n".encode("latin-1")

    @pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.parquet"])
    def test_other_formats(self, tmp_path: Path, name: str) -> None:
        frame = pd.DataFrame({"child_id": ["7", "8", "9"], "staff_id": ["S2", "S1", "S2"]})
        file = tmp_path / name
        if name.endswith("parquet"):
            frame.to_parquet(file)
        else:
            frame.to_json(file, orient="records", lines=name.endswith("l"))
        done = without_persons(file.read_bytes(), name, self.PERSONS)
        assert done is not None and (done.removed, done.blanked) == (1, 1)
        file.write_bytes(done.content)
        left = pd.read_parquet(file) if name.endswith("parquet") else pd.read_json(file, lines=name.endswith("l"))
        assert [str(child) for child in left["child_id"]] == ["8", "9"]
        assert left["staff_id"].isna().tolist() == [True, False]

    def test_without_the_person_nothing_changes(self) -> None:
        content = b"child_id,staff_id\r\n8,S2\r\n"
        assert without_persons(content, "a.csv", self.PERSONS).content is content  # type: ignore[union-attr]
        assert without_persons(b"PK", "a.xlsx", self.PERSONS) is None


def test_a_tombstone_leaves_other_frames_alone() -> None:
    stone = Tombstone("a" * 24, "child", "r", None, DAY)
    frame = pd.DataFrame({"n": [1, 2], "t": ["x", None]})
    assert without_forgotten(frame, [stone]) is frame
    assert without_forgotten(frame, []) is frame
