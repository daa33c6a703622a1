"""Files that are too large, or would unpack too large, are refused unread."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from resources.errors import LandingError
from socialai_assets.ingest.readers import limits, read
from tests.unit.test_readers_fuzzed import ROWS, source, table


def archive(member: str, size: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr(member, b"0" * size)
    return stream.getvalue()


@pytest.mark.parametrize(("name", "kind"), [("bomb.xlsx", "excel"), ("bomb.zip", "shapefile")])
def test_an_archive_that_would_unpack_too_large_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str
) -> None:
    monkeypatch.setitem(limits.LARGEST_UNPACKED, kind, 2**20)
    (tmp_path / name).write_bytes(archive("xl/worksheets/sheet1.xml", 2**22))
    with pytest.raises(LandingError, match="unpacks to"):
        read(tmp_path / name, source(name))


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    data = archive("a.shp", 2**20)
    for form, before in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.index(form) + before
        data = data[:at] + struct.pack("<I", 10) + data[at + 4 :]
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(LandingError, match="damaged"):
        read(tmp_path / "a.zip", source("a.zip"))


def test_a_file_and_a_table_larger_than_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_bytes(b"code,depth,note\n" * 100)
    table().to_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(limits, "LARGEST_ROWS", ROWS - 1)
    with pytest.raises(LandingError, match="12 rows"):
        read(tmp_path / "a.parquet", source("a.parquet"))
    monkeypatch.setattr(limits, "LARGEST_FILE", 1000)
    with pytest.raises(LandingError, match="more than the"):
        read(tmp_path / "a.csv", source("a.csv"))
