"""Answers that come in pages, put together as one file of JSON lines. Knows no publisher."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from resources.errors import FetchError
from socialai_assets.ingest.connectors.download import Fetched, place_in
from socialai_assets.ingest.connectors.web import Web

MOST_PAGES = 10_000


def collect(
    web: Web, url: str, name: str, folder: Path, page: Callable[[int], tuple[list[dict[str, Any]], bool]]
) -> Fetched:
    """Write the records of all pages as one file, one object a line.

    Args:
        web: told how far it is.
        url: what stands for the request as a whole, for the record of where the file came from.
        name: what to call the file.
        folder: where to write it.
        page: given a page's number from 1, its records and whether it is the last.

    Raises:
        FetchError: there is no record, or no end of pages.
    """
    target = place_in(folder, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size, records = hashlib.sha256(), 0, 0
    with target.open("wb") as stream:
        for number in range(1, MOST_PAGES + 1):
            found, is_last = page(number)
            for record in found:
                line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
                stream.write(line)
                digest.update(line)
                size += len(line)
            records += len(found)
            web.progress(f"{name}, page {number}", size, None)
            if is_last:
                break
        else:
            raise FetchError(f"After {MOST_PAGES:,} pages there is no end", where=url, do="Ask for less.")
    if not records:
        raise FetchError("The publisher has no record for this", where=url, do="Check the parameters.")
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Fetched(target, name, url, at, size, digest.hexdigest())
