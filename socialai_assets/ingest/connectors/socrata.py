"""Portals that speak Socrata's SODA 2.1 (https://dev.socrata.com/docs/), the Water Point Data Exchange among them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field

from resources.errors import FetchError
from socialai_assets.ingest.connectors.download import Fetched
from socialai_assets.ingest.connectors.pages import collect
from socialai_assets.ingest.connectors.parameters import ConnectorParameters
from socialai_assets.ingest.connectors.web import Web


class Parameters(ConnectorParameters):
    """Rows of a data set."""

    portal: str = Field("https://data.waterpointdata.org", description="Address of the portal; default WPdx.")
    dataset: str = Field("eqje-vguj", pattern=r"^\w{4}-\w{4}$", description="Data set's id; default WPdx-Plus.")
    where: str | None = Field(None, description="Condition in SoQL, such as clean_country_id = 'PER'.")
    page_size: int = Field(20_000, ge=1, le=50_000, description="Rows a page.")


def hosts(parameters: Parameters) -> tuple[str, ...]:
    """The portal."""
    return ((urlsplit(parameters.portal).hostname or "").lower(),)


def fetch(parameters: Parameters, web: Web, folder: Path) -> list[Fetched]:
    """All rows as JSON lines. Pages follow the row id; a count before and after shows whether rows changed meanwhile.

    Raises:
        FetchError: rows were added or taken away while they were fetched, or the answer is not as documented.
    """
    url = f"{parameters.portal.rstrip('/')}/resource/{parameters.dataset}.json"
    condition: dict[str, str | int] = {"$where": parameters.where} if parameters.where else {}
    before = count_of(web.json(url, {"$select": "count(*) AS count", **condition}), url)
    rows = 0

    def page(number: int) -> tuple[list[dict[str, Any]], bool]:
        nonlocal rows
        place = {"$order": ":id", "$limit": parameters.page_size, "$offset": (number - 1) * parameters.page_size}
        found = web.json(url, {**condition, **place})
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise FetchError("The answer is no array of rows", where=url, do="Open the address in a browser and see.")
        rows += len(found)
        return found, len(found) < parameters.page_size

    fetched = collect(web, url, f"{parameters.dataset}.jsonl", folder, page)
    if rows != before:
        raise FetchError(f"{rows:,} rows came where the portal counted {before:,}", where=url, do="Fetch again.")
    return [fetched]


def count_of(answer: object, url: str) -> int:
    """The number in `[{"count": "12"}]`.

    Raises:
        FetchError: the answer is not in that form.
    """
    first = answer[0] if isinstance(answer, list) and answer else {}
    count = first.get("count") if isinstance(first, dict) else None
    if not str(count).isdecimal():
        raise FetchError("The portal did not count its rows", where=url, do="Open the address in a browser and see.")
    return int(str(count))
