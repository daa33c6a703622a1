"""Searching files for values, every byte of them: as they lie, and what is packed, sealed or in columns. Changes none.

A value is looked for in UTF-8 and UTF-16, in the letter cases people write. Packed are ZIP and gzip files, Parquet, and
texts that SQLite has split over pages or keeps compressed. What a hit tells is the file, never the value.
"""

from __future__ import annotations

import gzip
import io
import os
import sqlite3
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from resources import sealed_file
from resources.errors import VaultError

if TYPE_CHECKING:
    from resources.vault_key import VaultKey

CHUNK = 32 * 1024 * 1024
ROWS = 2000
LEAST_LENGTH = 5
"""Shorter values stand in any file by chance."""
_SQLITE, _PARQUET = b"SQLite format 3\0", b"PAR1"
_WITHIN_A_NUMBER, _FOUND = 1, 2
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


@dataclass
class Searched:
    """What a search saw.

    Attributes:
        files: how many.
        bytes: how many, as they lie.
        found: files in which a value stands.
        within_numbers: files in which a value of digits stands within a longer number only, as chance has it too.
        unreadable: files that could not be looked into.
        too_short: values that were not looked for, since chance has them everywhere.
    """

    files: int = 0
    bytes: int = 0
    found: list[Path] = field(default_factory=list)
    within_numbers: list[Path] = field(default_factory=list)
    unreadable: list[Path] = field(default_factory=list)
    too_short: int = 0


def search(folders: Iterable[Path], values: Sequence[str], key: VaultKey | None = None) -> Searched:
    """Search all files below some folders, their names too.

    Args:
        folders: where; one that does not exist holds nothing.
        values: what for.
        key: what sealed files are opened with; without it they are unreadable. Encrypted Parquet is only searched as it
            lies: what is in it is to be asked of the vault.
    """
    needles = [needle for value in values if len(value) >= LEAST_LENGTH for needle in _spellings(value)]
    seen = Searched(too_short=sum(len(value) < LEAST_LENGTH for value in values))
    for file in _files(folders):
        try:
            _search_file(file, needles, key, seen)
        except FileNotFoundError:
            # Another process has taken it away meanwhile.
            continue
        except (
            VaultError,
            OSError,
            zipfile.BadZipFile,
            tarfile.TarError,
            EOFError,
            zlib.error,
            sqlite3.DatabaseError,
            RuntimeError,
        ):
            seen.unreadable.append(file)
    return seen


def _search_file(file: Path, needles: list[_Needle], key: VaultKey | None, seen: Searched) -> None:
    size = file.stat().st_size
    with file.open("rb") as stream:
        start = stream.read(16)
        stream.seek(0)
        hit = max(_in_bytes(str(file).encode(), needles), _in_stream(stream, needles))
    seen.files += 1
    seen.bytes += size
    if hit < _FOUND:
        hit = max([hit, *(_in_bytes(part, needles) for part in _unpacked(file, start, key))])
    if hit == _FOUND:
        seen.found.append(file)
    elif hit == _WITHIN_A_NUMBER:
        seen.within_numbers.append(file)
    if sealed_file.is_sealed(file) and key is None:
        seen.unreadable.append(file)


def _unpacked(file: Path, start: bytes, key: VaultKey | None) -> Iterator[bytes]:
    """What is packed in a file, part by part; nothing for a file that is as it lies."""
    if sealed_file.is_sealed(file):
        if key is not None:
            content = sealed_file.unseal(file, key)
            yield content
            yield from _unzipped(content)
    elif start.startswith(_SQLITE):
        yield from _texts_of_sqlite(file)
    elif start.startswith(_PARQUET):
        yield from _texts_of_parquet(file)
    elif start.startswith((b"PK", b"\x1f\x8b")):
        yield from _unzipped(file.read_bytes())


def _unzipped(content: bytes) -> Iterator[bytes]:
    """Members of ZIP and tar files, such as a workbook or model, and what gzip has packed; packed ones within too."""
    if content.startswith(b"\x1f\x8b"):
        plain = gzip.decompress(content)
        yield plain
        yield from _unzipped(plain)
    elif content[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for entry in archive:
                member = archive.extractfile(entry)
                if member is not None:
                    yield from _unzipped(member.read())
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                member = archive.read(name)
                yield name.encode()
                yield member
                yield from _unzipped(member)


def _texts_of_sqlite(file: Path) -> Iterator[bytes]:
    """Texts and blobs of all rows; a long one lies in pieces over the file's pages."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
        database.text_factory = bytes
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            rows = database.execute(f'SELECT * FROM "{name.decode()}"')
            while some := rows.fetchmany(ROWS):
                values = [value for row in some for value in row if isinstance(value, bytes)]
                yield b"\n".join(values)
                yield b"\n".join(_inflated(value) for value in values if value.startswith(_ZLIB))


def _inflated(value: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(value)
    except zlib.error:
        # A text that only begins like one that is compressed.
        return b""


def _texts_of_parquet(file: Path) -> Iterator[bytes]:
    """Texts of all columns that have any, in batches."""
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(file) as content:
        names = [field.name for field in content.schema_arrow if _has_text(str(field.type))]
        if names:
            for batch in content.iter_batches(columns=names):
                yield "\n".join(str(value) for column in batch.columns for value in column.to_pylist()).encode()


def _has_text(kind: str) -> bool:
    return any(word in kind for word in ("string", "binary", "dictionary"))


class _Needle:
    """One spelling of a value in one encoding."""

    def __init__(self, text: str, encoding: str) -> None:
        self.content = text.encode(encoding)
        self.is_number = text.isdigit()
        self.width = 2 if encoding.startswith("utf-16") else 1


def _spellings(value: str) -> list[_Needle]:
    forms = {unicodedata.normalize(form, value) for form in ("NFC", "NFD")}
    texts = {spelled for form in forms for spelled in (form, form.lower(), form.upper(), form.title())}
    # JSON writes what is not ASCII as escapes.
    texts |= {text.encode("ascii", "backslashreplace").decode() for text in set(texts)}
    needles = [_Needle(text, "utf-8") for text in sorted(texts)]
    return [*needles, *(_Needle(text, "utf-16-le") for text in sorted(texts))]


def _in_stream(stream: io.BufferedReader, needles: list[_Needle]) -> int:
    longest = max((len(needle.content) for needle in needles), default=1) + 4
    before, hit = b"", 0
    while chunk := stream.read(CHUNK):
        hit = max(hit, _in_bytes(before + chunk, needles))
        if hit == _FOUND:
            return hit
        before = chunk[-longest:]
    return hit


def _in_bytes(content: bytes, needles: list[_Needle]) -> int:
    """Whether a value stands in some bytes: by itself, within a longer number only, or not at all."""
    hit = 0
    for needle in needles:
        at = content.find(needle.content)
        while at >= 0:
            if not needle.is_number or not _is_within_a_number(content, at, at + len(needle.content), needle.width):
                return _FOUND
            hit = _WITHIN_A_NUMBER
            at = content.find(needle.content, at + 1)
    return hit


def _is_within_a_number(content: bytes, start: int, end: int, width: int) -> bool:
    before, after = content[max(0, start - 2 * width) : start : width], content[end : end + 2 * width : width]
    return (
        before[-1:].isdigit()
        or after[:1].isdigit()
        or (before[-1:] == b"." and before[:1].isdigit() and len(before) > 1)
        or (after[:1] == b"." and after[1:].isdigit())
    )


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for here, _, names in os.walk(folder):
            for name in sorted(names):
                file = Path(here) / name
                if file.is_file() and not file.is_symlink():
                    yield file
