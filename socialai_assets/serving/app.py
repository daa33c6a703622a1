"""The service's application: the only place where endpoints, pages, limits and errors are wired together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from resources.errors import AccessRefused, ActionRefused, NothingSuch, SettingsError, SocialAIError, VaultError
from resources.settings import Settings, current
from socialai_assets.serving import api, sign_in
from socialai_assets.serving.asker import NotSignedIn
from socialai_assets.serving.dashboard import pages, shapes
from socialai_assets.serving.dashboard.frame import error_page
from socialai_assets.serving.gate import NotMadeYet, TooSlow
from socialai_assets.serving.platform import Platform
from socialai_assets.serving.service_settings import service_settings

API = "/v1"
STATUS = {
    AccessRefused: 403,
    NotMadeYet: 404,
    NothingSuch: 404,
    ActionRefused: 422,
    TooSlow: 503,
    VaultError: 503,
    SettingsError: 500,
}
# Scripts come from us alone; styles are set by the chart and map libraries on what they draw.
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application of one process.

    Args:
        settings: of the platform; default those of the process.

    Raises:
        SettingsError: a setting, the policy or the file of people is not what it should be.
    """
    settings = settings or current()
    app = FastAPI(title="socialai", version="1", docs_url=None, redoc_url=None, openapi_url=f"{API}/openapi.json")
    app.state.platform = Platform.from_settings(settings, service_settings(settings))
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.middleware("http")(_with_security)
    app.add_exception_handler(NotSignedIn, _not_signed_in)  # type: ignore[arg-type]
    app.add_exception_handler(SocialAIError, _problem)  # type: ignore[arg-type]
    here = Path(__file__).parent
    leaflet = here.parent / "publishing" / "static" / "leaflet"
    app.mount("/static/leaflet", StaticFiles(directory=leaflet), name="leaflet")
    app.mount("/static", StaticFiles(directory=here / "dashboard" / "static"), name="static")
    app.include_router(sign_in.router)
    app.include_router(shapes.router)
    for router in api.routers():
        app.include_router(router, prefix=API)
    for router in pages.routers():
        app.include_router(router)
    return app


async def _with_security(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    response.headers.update(SECURITY)
    return response


async def _not_signed_in(request: Request, error: NotSignedIn) -> Response:
    if request.url.path.startswith(API):
        return _problem_json(401, "Not signed in", error.why)
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = request.url_for("sign_in_page").include_query_params(to=address)
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": str(target)})
    return RedirectResponse(f"{target.path}?{target.query}", status_code=303)


async def _problem(request: Request, error: SocialAIError) -> Response:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    if request.url.path.startswith(API):
        return _problem_json(status, error.what, error.do)
    return error_page(request, status, error)


def _problem_json(status: int, title: str, detail: str | None) -> JSONResponse:
    """RFC 9457's problem details."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(content, status, media_type="application/problem+json")
