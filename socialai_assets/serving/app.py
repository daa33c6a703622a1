"""The service's application: the only place where endpoints, pages, limits and errors are wired together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from resources.errors import SocialAIError
from resources.settings import Settings, current
from socialai_assets.serving import api, monitoring, problems, provider_sign_in, sign_in
from socialai_assets.serving.api_description import described
from socialai_assets.serving.asker import NotSignedIn
from socialai_assets.serving.dashboard import pages, shapes
from socialai_assets.serving.dashboard.frame import error_page
from socialai_assets.serving.dependencies import SAFE
from socialai_assets.serving.limits import RequestLimits, TooManyRequests
from socialai_assets.serving.platform import Platform
from socialai_assets.serving.service_settings import service_settings

API = api.PREFIX
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
    app = FastAPI(
        title="socialai",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
        lifespan=_loading_models,
    )
    app.state.platform = Platform.from_settings(settings, service_settings(settings))
    # The highest level takes twice as long for a hundredth fewer bytes.
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(RequestLimits, limits=app.state.platform.service.limits, answer=_problem)
    app.middleware("http")(_with_security)
    app.add_exception_handler(NotSignedIn, _not_signed_in)  # type: ignore[arg-type]
    app.add_exception_handler(SocialAIError, _problem)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _not_understood)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _not_there)  # type: ignore[arg-type]
    app.add_middleware(monitoring.Counting)
    here = Path(__file__).parent
    leaflet = here.parent / "publishing" / "static" / "leaflet"
    app.mount("/static/leaflet", StaticFiles(directory=leaflet), name="leaflet")
    app.mount("/static", StaticFiles(directory=here / "dashboard" / "static"), name="static")
    app.include_router(sign_in.router)
    app.include_router(provider_sign_in.router)
    app.include_router(shapes.router)
    app.include_router(monitoring.router)
    for router in api.routers():
        app.include_router(router, prefix=API)
    described(app)
    for router in pages.routers():
        app.include_router(router)
    return app


@asynccontextmanager
async def _loading_models(app: FastAPI) -> AsyncIterator[None]:
    """Begin to load the models in use when a worker starts; answers do not wait for it."""
    platform: Platform = app.state.platform
    if platform.service.models_at_start:
        Thread(target=platform.champions.load, name="models", daemon=True).start()
    yield


async def _with_security(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    response.headers.update(SECURITY)
    return response


async def _not_signed_in(request: Request, error: NotSignedIn) -> Response:
    if _is_program(request) or "authorization" in request.headers:
        response = problems.problem(401, "Not signed in", detail=error.why, do="Show a key, or sign in.")
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    # What was sent is not sent again, so whoever sent it begins at the start.
    address = "/" if request.method not in SAFE else request.url.path
    if request.method in SAFE and request.url.query:
        address += f"?{request.url.query}"
    target = request.url_for("sign_in_page").include_query_params(to=address)
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": str(target)})
    return RedirectResponse(f"{target.path}?{target.query}", status_code=303)


async def _problem(request: Request, error: SocialAIError) -> Response:
    if _is_program(request):
        response: Response = problems.problem_of(error)
    else:
        response = error_page(request, problems.status_of(error), error)
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.seconds)
    return response


async def _not_understood(request: Request, error: RequestValidationError) -> Response:
    if _is_program(request):
        return await problems.problem_of_validation(request, error)
    return await request_validation_exception_handler(request, error)


async def _not_there(request: Request, error: HTTPException) -> Response:
    if _is_program(request):
        return await problems.problem_of_http(request, error)
    return await http_exception_handler(request, error)


def _is_program(request: Request) -> bool:
    """Whether a problem response is understood, and not a page."""
    return request.url.path.startswith((API, monitoring.METRICS))
