"""Errors as RFC 9457's problem details: what went wrong, where, and what to do; each with the status of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from resources.errors import (
    AccessRefused,
    ActionRefused,
    LandingError,
    NothingSuch,
    NotInVault,
    SettingsError,
    SocialAIError,
    TraceError,
    VaultError,
)
from socialai_assets.serving.gate import NotMadeYet, TooSlow
from socialai_assets.serving.limits import TookTooLong, TooLarge, TooManyRequests

MEDIA_TYPE = "application/problem+json"


class BadRequest(SocialAIError):
    """What a program sent is not what the endpoint takes.

    Args:
        what: what is wrong, one sentence.
        errors: each fault by itself, with its row and column.
        do: what the reader can do about it.
    """

    def __init__(self, what: str, *, errors: Sequence[dict[str, Any]] = (), do: str | None = None) -> None:
        self.errors = list(errors)
        super().__init__(what, do=do)


STATUS: dict[type[SocialAIError], int] = {
    AccessRefused: 403,
    NotMadeYet: 404,
    NotInVault: 404,
    NothingSuch: 404,
    TraceError: 404,
    ActionRefused: 422,
    BadRequest: 422,
    LandingError: 422,
    TooLarge: 413,
    TooManyRequests: 429,
    TookTooLong: 503,
    TooSlow: 503,
    VaultError: 503,
    SettingsError: 500,
}


class Problem(BaseModel):
    """What every error of the service looks like (RFC 9457)."""

    type: str = Field("about:blank", description="Kind of problem; the status says it.")
    title: str = Field(description="What went wrong, one sentence.")
    status: int = Field(description="HTTP's status.")
    detail: str | None = Field(None, description="The same with where it happened.")
    what_to_do: str | None = Field(None, description="What the reader can do about it.")
    errors: list[dict[str, Any]] | None = Field(None, description="Each fault by itself, with row and column.")


def responses(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The statuses of an endpoint besides success, for its description; 401, 403 and 503 every one has.

    Args:
        codes: the others.
    """
    every = sorted({401, 403, 429, 503, *codes})
    return {
        code: {"description": HTTPStatus(code).phrase, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}} for code in every
    }


_SCHEMA = {"$ref": "#/components/schemas/Problem"}


def status_of(error: SocialAIError) -> int:
    """HTTP's status for an error of ours."""
    return next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)


def problem(
    status: int,
    title: str,
    *,
    detail: str | None = None,
    do: str | None = None,
    errors: Sequence[dict[str, Any]] | None = None,
) -> JSONResponse:
    """A problem response."""
    told = Problem(type="about:blank", title=title, status=status, detail=detail, what_to_do=do, errors=_list(errors))
    return JSONResponse(told.model_dump(mode="json", exclude_none=True), status, media_type=MEDIA_TYPE)


def problem_of(error: SocialAIError) -> JSONResponse:
    """The problem response of an error of ours."""
    errors = getattr(error, "errors", None)
    detail = f"{error.what} ({error.where})" if error.where else None
    return problem(status_of(error), error.what, detail=detail, do=error.do, errors=errors or None)


async def problem_of_validation(request: Request, error: RequestValidationError) -> JSONResponse:  # noqa: ARG001
    """The problem response of parameters or a body that are not what an endpoint's description says."""
    errors = [
        {"where": ".".join(str(part) for part in fault["loc"]), "message": fault["msg"]} for fault in error.errors()
    ]
    return problem(
        422,
        "The request is not what this endpoint takes",
        do="Correct what `errors` names; /v1/openapi.json describes every endpoint.",
        errors=errors,
    )


async def problem_of_http(request: Request, error: HTTPException) -> JSONResponse:  # noqa: ARG001
    """The problem response of what the framework refuses: no such address, another method."""
    response = problem(error.status_code, str(error.detail), do="See /v1/openapi.json for what there is.")
    response.headers.update(error.headers or {})
    return response


def _list(errors: Sequence[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    return list(errors) if errors else None
