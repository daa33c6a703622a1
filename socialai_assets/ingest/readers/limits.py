"""How large a landed file may be, packed and unpacked, before a reader takes it into memory. Reads no rows."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile, ZipFile

from resources.errors import LandingError

GIB = 2**30
LARGEST_FILE = 8 * GIB
# What a workbook or archive may unpack to: a cell of a workbook costs many times its text in memory.
LARGEST_UNPACKED = {"excel": GIB // 2, "shapefile": 8 * GIB}
LARGEST_ROWS = 200_000_000


def refuse_oversized(path: Path, kind: str) -> None:
    """Refuse a file that is, or would unpack to, more than a reader can take, before anything is unpacked.

    Raises:
        LandingError: too large, with the figure and the limit, or an archive without a readable list of contents.
    """
    if path.is_dir():
        return
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise _too_large(path, f"is {size / GIB:.1f} GiB", f"{LARGEST_FILE / GIB:.0f} GiB")
    limit = LARGEST_UNPACKED.get(kind)
    with path.open("rb") as stream:
        is_zip = stream.read(4) == b"PK\x03\x04"
    if limit and is_zip:
        try:
            with ZipFile(path) as archive:
                unpacked = sum(info.file_size for info in archive.infolist())
        except (BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as error:
            raise LandingError(
                f"The file is damaged or cut off: {error}", where=str(path), do="Download or export it again."
            ) from error
        if unpacked > limit:
            raise _too_large(path, f"unpacks to {unpacked / GIB:.1f} GiB", f"{limit / GIB:.1f} GiB")


def refuse_rows(path: Path, rows: int) -> None:
    """Refuse a table that says it has more rows than a reader can take.

    Raises:
        LandingError: too many rows, with the figure and the limit.
    """
    if rows > LARGEST_ROWS:
        raise _too_large(path, f"says it has {rows:,} rows", f"{LARGEST_ROWS:,}")


def _too_large(path: Path, what: str, limit: str) -> LandingError:
    return LandingError(
        f"The file {what}, more than the {limit} a reader takes",
        where=str(path),
        do="Land it in parts, or as Parquet.",
    )
