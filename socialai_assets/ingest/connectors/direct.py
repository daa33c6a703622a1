"""A file at a known address: census tables, survey files, files in a repository."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field

from socialai_assets.ingest.connectors.download import Fetched, Remote, download_all
from socialai_assets.ingest.connectors.parameters import ConnectorParameters, file_name
from socialai_assets.ingest.connectors.web import Web


class Parameters(ConnectorParameters):
    """A file by its URL."""

    url: str = Field(description="Address of the file.")
    name: str | None = Field(None, description="What to call it; default the last part of the address.")
    checksum: str | None = Field(
        None, pattern=r"^\w+:[0-9a-fA-F]+$", description="`sha256:...` or `md5:...` as published."
    )


def hosts(parameters: Parameters) -> tuple[str, ...]:
    """The file's own host."""
    return ((urlsplit(parameters.url).hostname or "").lower(),)


def fetch(parameters: Parameters, web: Web, folder: Path) -> list[Fetched]:
    """Download the file."""
    name = parameters.name or file_name(parameters.url)
    return download_all(web, [Remote(parameters.url, name, checksum=parameters.checksum)], folder)
