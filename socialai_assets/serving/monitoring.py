"""Whether the service is up and ready, and its figures for Prometheus. Answers no question about data.

Figures are those of the process that answers; with several workers each has its own, named by `worker`.
"""

from __future__ import annotations

import os
import time
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from resources.errors import SocialAIError
from socialai_assets.access.policy import policy
from socialai_assets.serving.api import PREFIX
from socialai_assets.serving.dependencies import Serving, asker_of, platform_of
from socialai_assets.serving.problems import problem

router = APIRouter(tags=["running"])
METRICS = "/metrics"
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "socialai_requests",
    "Requests answered, by route and status.",
    ["worker", "method", "route", "status"],
    registry=REGISTRY,
)
SECONDS = Histogram(
    "socialai_request_seconds",
    "Seconds until an answer was whole, by route.",
    ["worker", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
REFUSALS = Counter(
    "socialai_refusals", "Requests that the policy refused, by route.", ["worker", "route"], registry=REGISTRY
)
ROWS = Counter("socialai_rows_given", "Rows of tables given to programs.", ["worker"], registry=REGISTRY)
WORKER = str(os.getpid())
_LOOPBACK = {"127.0.0.1", "::1", "testclient"}


class Counting:
    """Counts every request once it is answered.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            # The pattern and not the address, which may name a row.
            route = str(getattr(scope.get("route"), "path", "none"))
            if scope["path"].startswith(PREFIX) and not route.startswith(PREFIX):
                route = PREFIX + route
            REQUESTS.labels(WORKER, scope["method"], route, status).inc()
            SECONDS.labels(WORKER, route).observe(time.perf_counter() - began)
            if status == 403:
                REFUSALS.labels(WORKER, route).inc()


@router.get("/health", summary="Whether the process is up")
def health() -> dict[str, str]:
    """Answers as long as the process does."""
    return {"status": "up"}


@router.get("/ready", summary="Whether it can answer", responses={503: {"description": "Not ready; says why."}})
def ready(platform: Serving) -> Response:
    """Whether the policy, the file of people and the lake can be read."""
    try:
        policy()
        platform.accounts()
        # A lake that has not been made yet is no fault of the service.
        tables: Any = len(platform.gate.lake.tables()) if _has_lake(platform.settings.catalog) else 0
    except SocialAIError as error:
        return problem(503, error.what, detail=error.where, do=error.do)
    return JSONResponse({"status": "ready", "tables": tables})


@router.get(METRICS, summary="Figures for Prometheus", response_class=Response)
async def metrics(request: Request) -> Response:
    """Figures of the worker that answers; from elsewhere than loopback only for those who may see the platform."""
    if request.client is None or request.client.host not in _LOOPBACK or "x-forwarded-for" in request.headers:
        platform_of(request).gate.allow(await asker_of(request), "platform")
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _has_lake(catalog: str) -> bool:
    from pathlib import Path

    return not catalog.startswith("sqlite:") or Path(catalog.removeprefix("sqlite:")).is_file()
