"""geoBoundaries: administrative boundaries of every country, by its API (www.geoboundaries.org/api.html)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from resources.errors import FetchError
from socialai_assets.ingest.connectors.download import Fetched, Remote, download_all
from socialai_assets.ingest.connectors.parameters import ConnectorParameters, entry
from socialai_assets.ingest.connectors.web import Web


class Parameters(ConnectorParameters):
    """One level of one country."""

    country: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 3166-1 alpha-3 code, such as KEN.")
    level: str = Field(pattern=r"^ADM[0-5]$", description="ADM0 (the country) to ADM5.")
    release: Literal["gbOpen", "gbHumanitarian", "gbAuthoritative"] = Field(
        "gbOpen", description="gbOpen is CC BY 4.0 compatible; gbAuthoritative is not for commercial use."
    )
    api: str = Field("https://www.geoboundaries.org/api/current", description="Where the API is.")


def hosts(parameters: Parameters) -> tuple[str, ...]:
    """The API's host and those its files are at (a repository with large files)."""
    from urllib.parse import urlsplit

    api = (urlsplit(parameters.api).hostname or "").lower()
    return (api, "github.com", "raw.githubusercontent.com", "media.githubusercontent.com")


def fetch(parameters: Parameters, web: Web, folder: Path) -> list[Fetched]:
    """Download the level's GeoJSON; its features have `shapeName, shapeISO, shapeID, shapeGroup, shapeType`."""
    url = f"{parameters.api}/{parameters.release}/{parameters.country}/{parameters.level}/"
    return download_all(web, [remote(web.json(url), parameters, url)], folder)


def remote(answer: object, parameters: Parameters, url: str) -> Remote:
    """The file an answer of the API names.

    Raises:
        FetchError: the answer is about another area, or not in the documented form.
    """
    about = (entry(answer, "boundaryISO", str, url), entry(answer, "boundaryType", str, url))
    if about != (parameters.country, parameters.level):
        raise FetchError(f"The answer is about {' '.join(about)}", where=url, do="Try another level or release.")
    return Remote(
        entry(answer, "gjDownloadURL", str, url),
        f"geoBoundaries-{parameters.country}-{parameters.level}.geojson",
        licence=entry(answer, "boundaryLicense", str, url),
    )
