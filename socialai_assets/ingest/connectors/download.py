"""Bringing one file whole to a folder: resumed, measured, checked against length and checksum. Lands nothing."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from resources.errors import FetchError
from socialai_assets.ingest.connectors.web import Temporary, Web

if TYPE_CHECKING:
    import httpx

CHUNK = 2**16
KEPT_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class Remote:
    """A file at a publisher.

    Attributes:
        url: where it is.
        name: what it is called below the source's folder.
        size: its length in bytes, if the publisher states it.
        checksum: `algorithm:hexadecimal`, if the publisher states it.
        licence: its licence, if the publisher states one with the file.
    """

    url: str
    name: str
    size: int | None = None
    checksum: str | None = None
    licence: str | None = None


@dataclass(frozen=True)
class Fetched:
    """A file that has come whole.

    Attributes:
        path: where it is now.
        name: what it is called below the source's folder.
        url: where it came from, as asked for.
        at: when, ISO 8601 in UTC.
        size: its length in bytes.
        sha256: of its bytes.
        licence: its licence, if the publisher stated one with the file.
        checked: the publisher's checksum that it kept, if there was one.
    """

    path: Path
    name: str
    url: str
    at: str
    size: int
    sha256: str
    licence: str | None = None
    checked: str | None = None


def download_all(web: Web, remotes: Iterable[Remote], folder: Path) -> list[Fetched]:
    """Download files one after the other; see `download`."""
    return [download(web, remote, folder) for remote in remotes]


def download(web: Web, remote: Remote, folder: Path) -> Fetched:
    """Download one file into a folder, going on where an earlier attempt was cut off if the server can.

    A file that came whole less than a day ago, for the same fetch, is not asked for again.

    Raises:
        FetchError: it cannot be had, is too large, a web page, or not what the publisher's checksum says.
    """
    target = place_in(folder, remote.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    note = target.with_name(f".{target.name}.whole")
    if target.is_file() and note.is_file() and time.time() - note.stat().st_mtime < KEPT_SECONDS:
        kept = json.loads(note.read_text())
        if kept["url"] == remote.url and kept["sha256"] == _hash(target, "sha256"):
            return Fetched(path=target, **kept)
    part = target.with_name(f".{target.name}.part")
    web.retry(lambda: _transfer(web, remote, part), remote.url)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    whole = Fetched(
        target,
        remote.name,
        remote.url,
        at,
        part.stat().st_size,
        _hash(part, "sha256"),
        remote.licence,
        remote.checksum,
    )
    part.replace(target)
    _state_of(part).unlink(missing_ok=True)
    note.write_text(json.dumps({key: value for key, value in asdict(whole).items() if key != "path"}))
    return whole


def place_in(folder: Path, name: str) -> Path:
    """The path of a name below a folder.

    Raises:
        FetchError: the name would leave the folder or hide.
    """
    parts = PurePosixPath(name).parts
    if not parts or "\\" in name or "\0" in name or any(p in ("/", "..") or p.startswith((".", "_")) for p in parts):
        raise FetchError(f"The publisher calls a file `{name}`, which is no safe name", do="Use --url and land it.")
    return folder.joinpath(*parts)


def _transfer(web: Web, remote: Remote, part: Path) -> None:
    """One attempt: after it the part is whole and checked."""
    state = _state_of(part)
    known = json.loads(state.read_text()) if state.is_file() and part.is_file() else {}
    have = part.stat().st_size if known.get("url") == remote.url and known.get("validator") else 0
    # If-Range: where the file has changed since, the server sends it whole and the old part is dropped.
    headers = {"Range": f"bytes={have}-", "If-Range": known["validator"]} if have else {}
    with web.answer(remote.url, headers) as response:
        if response.status_code == 416 or (response.status_code == 206 and _start(response) != have):
            state.unlink(missing_ok=True)
            raise Temporary("the server cannot go on where it was cut off")
        have = have if response.status_code == 206 else 0
        total = _total(response, have)
        _refuse(web, remote, response, total)
        state.write_text(json.dumps({"url": remote.url, "validator": _validator(response)}))
        received = _receive(web, remote, response, part, have, total)
    if total is not None and received != total:
        raise Temporary(f"{received:,} of {total:,} bytes came")
    _verify(remote, part, state, resumed=have > 0)


def _receive(web: Web, remote: Remote, response: httpx.Response, part: Path, have: int, total: int | None) -> int:
    limits = web.limits
    received, since, mark = have, time.monotonic(), have
    with part.open("ab" if have else "wb") as stream:
        for chunk in response.iter_bytes():
            stream.write(chunk)
            received += len(chunk)
            web.progress(remote.name, received, total)
            if received > limits.largest_file_bytes:
                raise _too_large(web, remote, received)
            elapsed = time.monotonic() - since
            if elapsed > limits.slow_seconds:
                if (received - mark) / elapsed < limits.slowest_bytes_per_second:
                    raise Temporary(f"only {(received - mark) / elapsed:.0f} bytes a second came")
                since, mark = time.monotonic(), received
    return received


def _refuse(web: Web, remote: Remote, response: httpx.Response, total: int | None) -> None:
    kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        raise FetchError(
            "A web page came instead of the file",
            where=remote.url,
            do="The publisher may ask for a log-in or have moved it: open the address in a browser and see.",
        )
    if total is not None and total > web.limits.largest_file_bytes:
        raise _too_large(web, remote, total)
    if total is not None and remote.size is not None and total != remote.size:
        raise FetchError(
            f"The file has {total:,} bytes where its publisher states {remote.size:,}",
            where=remote.url,
            do="Try again later; if it stays so, tell the publisher.",
        )


def _verify(remote: Remote, part: Path, state: Path, *, resumed: bool) -> None:
    problem = None
    if remote.size is not None and part.stat().st_size != remote.size:
        problem = f"{part.stat().st_size:,} bytes came where its publisher states {remote.size:,}"
    if remote.checksum and not problem:
        algorithm, _, stated = remote.checksum.partition(":")
        found = _hash(part, algorithm)
        if found != stated.lower():
            problem = f"its {algorithm} is {found} where its publisher states {stated}"
    if problem is None:
        return
    part.unlink()
    state.unlink(missing_ok=True)
    if resumed:
        raise Temporary(f"what was pieced together is not the file ({problem})")
    raise FetchError(
        f"The file is damaged: {problem}", where=remote.url, do="Try again later; if it stays so, tell the publisher."
    )


def _too_large(web: Web, remote: Remote, size: int) -> FetchError:
    return FetchError(
        f"The file has {size:,} bytes or more, and {web.limits.largest_file_bytes:,} is the limit",
        where=remote.url,
        do="Ask for less (a country, a year), or land it by hand in parts.",
    )


def _total(response: httpx.Response, have: int) -> int | None:
    """Bytes the whole file has, or None where the server does not say or sends it compressed."""
    if response.headers.get("content-encoding", "identity") != "identity":
        return None
    length = response.headers.get("content-length")
    return have + int(length) if length and length.isdecimal() else None


def _start(response: httpx.Response) -> int | None:
    """First byte of a partial answer, from `Content-Range: bytes 10-19/20`."""
    first = response.headers.get("content-range", "").removeprefix("bytes ").partition("-")[0]
    return int(first) if first.isdecimal() else None


def _validator(response: httpx.Response) -> str | None:
    """What If-Range may name: a strong ETag, else the date of change (RFC 9110, 13.1.5); None if it is compressed."""
    if response.headers.get("content-encoding", "identity") != "identity":
        return None
    etag = response.headers.get("etag", "")
    return etag if etag.startswith('"') else response.headers.get("last-modified")


def _hash(path: Path, algorithm: str) -> str:
    if algorithm not in hashlib.algorithms_available:
        raise FetchError(f"The publisher states a checksum of the unknown kind {algorithm}", where=str(path))
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def _state_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.state")
