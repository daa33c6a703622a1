"""The frame of every page: template, menu, language, links that keep the view, exports. Knows no page's content."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

import jinja2
from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from resources.errors import SocialAIError
from socialai_assets.access.policy import policy
from socialai_assets.publishing.languages import LANGUAGES, Language, marked
from socialai_assets.serving.asker import Asker, NotSignedIn
from socialai_assets.serving.dashboard.words import said

if TYPE_CHECKING:
    import pandas as pd

ExportFormat = Literal["csv", "json"]
_MEDIA = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
}


def render(
    request: Request,
    asker: Asker | None,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    language: Language = "en",
) -> HTMLResponse:
    """A page.

    Args:
        request: what is answered; links on the page change its query and keep the rest.
        asker: who asks; None before anybody has signed in.
        template: file of `templates`.
        context: what it shows. In templates: `t` says a text in the reader's language, `number`, `percent` and `day`
            write figures, `link` is this page with some parameters changed.
        status: HTTP's.
        language: of the page where nobody has signed in.
    """
    from socialai_assets.serving.dashboard import pages

    language = asker.language if asker else language
    gate = request.app.state.platform.gate
    menu = [page for page in pages.menu() if page.visible_to(asker, gate)] if asker else []
    text = (
        _templates()
        .get_template(template)
        .render(
            {
                "request": request,
                "asker": asker,
                "menu": menu,
                "roles": policy().roles,
                "language": language,
                "languages": LANGUAGES,
                "t": partial(_t, language),
                "number": partial(number, language=language),
                "percent": partial(percent, language=language),
                "day": partial(day, language=language),
                "link": partial(link, request),
                **context,
            }
        )
    )
    return HTMLResponse(text, status)


def error_page(request: Request, status: int, error: SocialAIError) -> Response:
    """A page that says what went wrong and what to do."""
    from socialai_assets.serving.dependencies import asker_of_session

    try:
        asker = asker_of_session(request)
    except NotSignedIn:
        asker = None
    return render(request, asker, "error.html", {"error": error, "status": status}, status=status)


def link(request: Request, **changes: object) -> str:
    """This page's address with some parameters changed; None leaves one out."""
    kept = {name: value for name, value in request.query_params.items() if name not in changes}
    own = {name: value for name, value in changes.items() if value not in (None, "")}
    query = urlencode({**kept, **own})
    return request.url.path + (f"?{query}" if query else "")


def exported(frame: pd.DataFrame, form: ExportFormat, name: str) -> Response:
    """What is seen, as a file: a page's own rows, whole.

    Args:
        frame: what the page shows.
        form: csv or json.
        name: of the file, without its suffix.
    """
    text = frame.to_csv(index=False) if form == "csv" else frame.to_json(orient="records", date_format="iso")
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(text, media_type=_MEDIA[form], headers=headers)


def number(value: object, decimals: int = 0, *, language: Language = "en") -> str:
    """A figure as it is written in a language; a dash where it is missing."""
    if value is None or (not isinstance(value, (int, float)) and not hasattr(value, "__float__")):
        return "–"
    figure = float(value)  # type: ignore[arg-type]
    if not math.isfinite(figure):
        return "–"
    text = f"{figure:,.{decimals}f}".replace("-", "−")
    return marked(text, language)


def percent(value: object, decimals: int = 0, *, language: Language = "en") -> str:
    """A share, 0 to 1, in percent."""
    share = float(value) * 100 if isinstance(value, (int, float)) or hasattr(value, "__float__") else None  # type: ignore[arg-type]
    text = number(share, decimals, language=language)
    return text if text == "–" else f"{text}\u202f%"


def day(value: object, *, language: Language = "en") -> str:
    """A date, with its hour where it has one, as people say it."""
    if value is None or value != value:
        return "–"
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value)
    if not isinstance(value, datetime.date):
        return "–"
    text = f"{value.day} {_MONTHS[language][value.month - 1]} {value.year}"
    if isinstance(value, datetime.datetime) and (value.hour or value.minute):
        text += f", {value:%H:%M}"
    return text


def _t(language: Language, text: str, **values: object) -> str:
    told = said(text, language)
    return told.format(**values) if values else told


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    # `<` could end the script element that holds the data.
    environment.filters["data"] = lambda value: jinja2.utils.markupsafe.Markup(  # type: ignore[attr-defined]
        json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str, allow_nan=False)
        .replace("<", "\\u003c")
        .replace("\u2028", "\\u2028")
    )
    return environment
