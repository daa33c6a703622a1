"""UNHCR's Refugee Data Finder: people of concern by year, origin and asylum (https://api.unhcr.org/docs/)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from resources.errors import FetchError
from socialai_assets.ingest.connectors.download import Fetched
from socialai_assets.ingest.connectors.pages import collect
from socialai_assets.ingest.connectors.parameters import ConnectorParameters, entry
from socialai_assets.ingest.connectors.web import Web

COUNTRIES = r"^(all|[A-Z]{3}(,[A-Z]{3})*)$"


class Parameters(ConnectorParameters):
    """One of the API's tables, for years and countries."""

    table: Literal["population", "demographics", "asylum-applications", "asylum-decisions", "solutions"] = Field(
        "population", description="Which table."
    )
    year_from: int = Field(ge=1951, le=2100, description="First year.")
    year_to: int = Field(ge=1951, le=2100, description="Last year.")
    origin: str = Field("all", pattern=COUNTRIES, description="ISO codes of countries of origin, or all.")
    asylum: str = Field("all", pattern=COUNTRIES, description="ISO codes of countries of asylum, or all.")
    page_size: int = Field(1000, ge=1, le=10_000, description="Records a page.")
    api: str = Field("https://api.unhcr.org/population/v1", description="Where the API is.")


def hosts(parameters: Parameters) -> tuple[str, ...]:
    """The API's host."""
    return ((urlsplit(parameters.api).hostname or "").lower(),)


def fetch(parameters: Parameters, web: Web, folder: Path) -> list[Fetched]:
    """All pages as JSON lines: `year, coo_name, coo_iso, coa_name, coa_iso, refugees, asylum_seekers, ...`."""
    url = f"{parameters.api}/{parameters.table}/"
    query = {**query_of(parameters), "limit": parameters.page_size}
    pages: set[int] = set()

    def page(number: int) -> tuple[list[dict[str, Any]], bool]:
        records, last = records_of(web.json(url, {**query, "page": number}), number, url)
        pages.add(last)
        if len(pages) > 1:
            raise FetchError(
                "The number of pages changed while they were fetched, so records may be missing or doubled",
                where=url,
                do="Fetch again.",
            )
        return records, number >= last

    return [collect(web, url, f"{parameters.table}.jsonl", folder, page)]


def query_of(parameters: Parameters) -> dict[str, str | int]:
    """The request in the API's names; without a country, `coo_all` and `coa_all` ask for each on its own."""
    query: dict[str, str | int] = {
        "yearFrom": parameters.year_from,
        "yearTo": parameters.year_to,
        "cf_type": "ISO",
    }
    for key, value in (("coo", parameters.origin), ("coa", parameters.asylum)):
        query[key if value != "all" else f"{key}_all"] = value if value != "all" else "true"
    return query


def records_of(answer: object, number: int, url: str) -> tuple[list[dict[str, Any]], int]:
    """A page's records and the number of pages.

    Raises:
        FetchError: it is another page than the one asked for, or not in the documented form.
    """
    page, last = entry(answer, "page", int, url), entry(answer, "maxPages", int, url)
    if page != number:
        raise FetchError(f"Page {page} came instead of page {number}", where=url, do="Fetch again.")
    return entry(answer, "items", list, url), max(last, 1)
