"""The access log: whatever is done to its file is found by whoever has the key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.access_log import Access, AccessLog
from resources.errors import VaultError

KEY = b"k" * 32


def written(folder: Path, entries: int = 5) -> AccessLog:
    log = AccessLog(folder / "access.jsonl", KEY)
    for number in range(entries):
        log.append(Access(who=f"u{number}", role="analyst", purpose="report", what="children.pupils", rows=number))
    return log


def lines(folder: Path) -> list[str]:
    return (folder / "access.jsonl").read_text().splitlines()


def rewrite(folder: Path, kept: list[str]) -> None:
    (folder / "access.jsonl").write_text("".join(f"{line}\n" for line in kept))


def test_entries_are_kept_in_order_and_verified(tmp_path: Path) -> None:
    log = written(tmp_path)
    assert log.verify() == 5
    assert [entry["who"] for entry in log.entries()] == ["u0", "u1", "u2", "u3", "u4"]
    assert AccessLog(tmp_path / "none.jsonl", KEY).verify() == 0


@pytest.mark.parametrize(
    "tamper",
    [
        lambda kept: [kept[0], kept[1].replace('"u1"', '"u9"'), *kept[2:]],
        lambda kept: [kept[0], *kept[2:]],
        lambda kept: [*kept[:2], kept[1], *kept[2:]],
        lambda kept: [kept[1], kept[0], *kept[2:]],
        lambda kept: kept[:-1],
        lambda kept: [],
        lambda kept: [*kept[:-1], kept[-1][:40]],
    ],
    ids=["changed", "taken out", "put in", "swapped", "cut off", "emptied", "torn"],
)
def test_tampering_is_found(tmp_path: Path, tamper) -> None:
    log = written(tmp_path)
    rewrite(tmp_path, tamper(lines(tmp_path)))
    with pytest.raises(VaultError):
        log.verify()


def test_a_line_written_without_the_key_is_found(tmp_path: Path) -> None:
    written(tmp_path)
    AccessLog(tmp_path / "access.jsonl", KEY)
    last = json.loads(lines(tmp_path)[-1])
    forged = {**last, "number": 6, "before": last["hash"], "who": "nobody"}
    with (tmp_path / "access.jsonl").open("a") as stream:
        stream.write(json.dumps(forged) + "\n")
    with pytest.raises(VaultError, match="entry 6"):
        AccessLog(tmp_path / "access.jsonl", KEY).verify()


def test_cutting_off_the_end_and_its_count_needs_the_key(tmp_path: Path) -> None:
    log = written(tmp_path)
    rewrite(tmp_path, lines(tmp_path)[:2])
    end = json.loads((tmp_path / "access.end").read_text())
    kept = json.loads(lines(tmp_path)[-1])
    (tmp_path / "access.end").write_text(json.dumps({**end, "number": 2, "last": kept["hash"]}))
    with pytest.raises(VaultError, match="tampered"):
        log.verify()


def test_a_process_killed_behind_a_line_is_no_tampering(tmp_path: Path) -> None:
    log = written(tmp_path, 2)
    end = (tmp_path / "access.end").read_bytes()
    log.append(Access(who="late", role="analyst", purpose="report", what="children.pupils"))
    (tmp_path / "access.end").write_bytes(end)
    assert log.verify() == 3
    log.append(Access(who="next", role="analyst", purpose="report", what="children.pupils"))
    assert log.verify() == 4


@settings(max_examples=30)
@given(st.binary(min_size=1, max_size=3), st.data())
def test_any_byte_changed_is_found(tmp_path_factory: pytest.TempPathFactory, put: bytes, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = written(folder, 2)
    content = (folder / "access.jsonl").read_bytes()
    at = data.draw(st.integers(0, len(content) - len(put)))
    changed = content[:at] + put + content[at + len(put) :]
    if changed == content:
        return
    (folder / "access.jsonl").write_bytes(changed)
    with pytest.raises((VaultError, UnicodeDecodeError)):
        log.verify()
