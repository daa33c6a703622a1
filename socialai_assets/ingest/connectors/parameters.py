"""What the parameters of all connectors have in common, and how an API's answer is looked into. No publisher here."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from resources.errors import FetchError


class ConnectorParameters(BaseModel):
    """Parameters of a connector: from `fetch` in sources.yaml, overridden by `--set`. Unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


def entry(answer: Any, key: str, kind: type, url: str) -> Any:
    """A value of an API's answer.

    Raises:
        FetchError: it is not there or of another kind, so the API is not what its documentation says (any more).
    """
    value = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise FetchError(
            f"The answer has no `{key}` as its documentation says",
            where=url,
            do="The publisher's interface may have changed: fetch by hand, or with --url, and tell the maintainers.",
        )
    return value


def file_name(url: str) -> str:
    """The last part of a URL's path, as the name of a file."""
    from urllib.parse import unquote, urlsplit

    name = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    return "".join(c if c.isalnum() or c in "-_. " else "_" for c in name).strip(" ._") or "download"
