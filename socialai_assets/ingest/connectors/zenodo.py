"""Zenodo: the files of a published record, with their checksums (https://developers.zenodo.org/#records)."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field

from resources.errors import FetchError
from socialai_assets.ingest.connectors.download import Fetched, Remote, download_all
from socialai_assets.ingest.connectors.parameters import ConnectorParameters, entry
from socialai_assets.ingest.connectors.web import Web


class Parameters(ConnectorParameters):
    """Files of a record."""

    record: str = Field(pattern=r"^\d+$", description="Record's number, as in its address.")
    files: str = Field("*", description="Which of its files, by a pattern such as *.csv.")
    api: str = Field("https://zenodo.org/api", description="Where the API is.")


def hosts(parameters: Parameters) -> tuple[str, ...]:
    """The API's host."""
    return ((urlsplit(parameters.api).hostname or "").lower(),)


def fetch(parameters: Parameters, web: Web, folder: Path) -> list[Fetched]:
    """Download the files that match."""
    url = f"{parameters.api}/records/{parameters.record}"
    return download_all(web, remotes(web.json(url), parameters, url), folder)


def remotes(answer: object, parameters: Parameters, url: str) -> list[Remote]:
    """The files an answer names, with length, checksum and licence.

    Raises:
        FetchError: none matches (all are named), or the answer is not in the documented form.
    """
    files = entry(answer, "files", list, url)
    names = [entry(file, "key", str, url) for file in files]
    metadata = entry(answer, "metadata", dict, url)
    licence = metadata.get("license")
    chosen = [file for file, name in zip(files, names, strict=True) if fnmatch(name, parameters.files)]
    if not chosen:
        raise FetchError(f"No file matches {parameters.files}", where=url, do=f"The record has {names}.")
    return [
        Remote(
            entry(entry(file, "links", dict, url), "self", str, url),
            entry(file, "key", str, url),
            size=entry(file, "size", int, url),
            checksum=entry(file, "checksum", str, url),
            licence=licence.get("id") if isinstance(licence, dict) else None,
        )
        for file in chosen
    ]
