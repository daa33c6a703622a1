"""Open-data portals that speak CKAN's API (Peru's, which is DKAN, among them): a resource of a data set by its name."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin, urlsplit

from pydantic import Field

from resources.errors import FetchError
from socialai_assets.ingest.connectors.download import Fetched, Remote, download_all
from socialai_assets.ingest.connectors.parameters import ConnectorParameters, entry, file_name
from socialai_assets.ingest.connectors.web import Web

CHECKSUMS = {32: "md5", 40: "sha1", 64: "sha256"}


class Parameters(ConnectorParameters):
    """A resource of a data set."""

    portal: str = Field("https://www.datosabiertos.gob.pe", description="Address of the portal; default Peru's.")
    dataset: str = Field(description="Data set's name or id, as in its page's address.")
    resource: str | None = Field(None, description="Resource's name or id; not needed where only one fits.")
    format: str | None = Field(None, description="Format of the resource, such as CSV.")


def hosts(parameters: Parameters) -> tuple[str, ...]:
    """The portal; resources that it only links to are elsewhere, and need SOCIALAI_FETCH_HOSTS."""
    host = (urlsplit(parameters.portal).hostname or "").lower()
    return (host, host.removeprefix("www.") if host.startswith("www.") else f"www.{host}")


def fetch(parameters: Parameters, web: Web, folder: Path) -> list[Fetched]:
    """Download the resource `package_show` names (https://docs.ckan.org/en/latest/api/)."""
    url = f"{parameters.portal.rstrip('/')}/api/3/action/package_show"
    answer = web.json(url, {"id": parameters.dataset})
    return download_all(web, [remote(answer, parameters, url)], folder)


def remote(answer: object, parameters: Parameters, url: str) -> Remote:
    """The file an answer names, with its checksum where the portal gives one.

    Raises:
        FetchError: no resource fits or several do (all are named), or the answer is not in the documented form.
    """
    if not entry(answer, "success", bool, url):
        raise FetchError(f"The portal has no data set `{parameters.dataset}`", where=url, do="Look it up there.")
    result = answer["result"] if isinstance(answer, dict) and "result" in answer else None
    # CKAN answers with the data set, DKAN with a list of one.
    dataset = result[0] if isinstance(result, list) and len(result) == 1 else result
    resources = [found for found in entry(dataset, "resources", list, url) if isinstance(found, dict)]
    fitting = [found for found in resources if _fits(found, parameters)]
    if len(fitting) != 1:
        listed = [f"{found.get('name')} ({found.get('format')}, {found.get('id')})" for found in fitting or resources]
        raise FetchError(
            f"{len(fitting)} resources of `{parameters.dataset}` fit",
            where=url,
            do=f"Choose one with --set resource=NAME_OR_ID: {'; '.join(listed)}",
        )
    chosen = fitting[0]
    address = urljoin(parameters.portal, entry(chosen, "url", str, url))
    stated = str(chosen.get("hash") or "").rpartition(":")[2].lower()
    algorithm = CHECKSUMS.get(len(stated)) if all(c in "0123456789abcdef" for c in stated) else None
    licence = dataset.get("license_title") if isinstance(dataset, dict) else None
    return Remote(
        address,
        file_name(address),
        checksum=f"{algorithm}:{stated}" if algorithm else None,
        licence=licence if isinstance(licence, str) else None,
    )


def _fits(resource: dict[str, object], parameters: Parameters) -> bool:
    by_name = parameters.resource is None or parameters.resource in (resource.get("name"), resource.get("id"))
    stated = str(resource.get("format") or "").lower()
    return by_name and (parameters.format is None or parameters.format.lower() == stated)
