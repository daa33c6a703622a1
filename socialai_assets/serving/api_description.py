"""The service's OpenAPI description: what every endpoint has in common. Describes no endpoint."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from socialai_assets.serving.problems import Problem

ABOUT = (
    "Tables, landing, scoring, solving and decisions of the platform, under one access policy. Programs show a key "
    "(`Authorization: Bearer ...`), browsers their session. Every error is a problem response (RFC 9457)."
)


def described(app: FastAPI) -> None:
    """Let the application describe itself: problems as they are, and the two ways of showing who asks."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, description=ABOUT, routes=app.routes)
            parts = made.setdefault("components", {})
            schemas = parts.setdefault("schemas", {})
            schemas["Problem"] = Problem.model_json_schema()
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            parts["securitySchemes"] = {
                "key": {"type": "http", "scheme": "bearer", "description": "A key of `socialai users key add`."},
                "session": {"type": "apiKey", "in": "cookie", "name": "socialai_session"},
            }
            made["security"] = [{"key": []}, {"session": []}]
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = openapi
