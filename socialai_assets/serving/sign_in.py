"""Signing in and out, and choosing role and language, in the browser. Who may do what is not decided here."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from socialai_assets.serving.asker import NotSignedIn
from socialai_assets.serving.dashboard.frame import render
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.passwords import matches
from socialai_assets.serving.platform import Platform
from socialai_assets.serving.sessions import COOKIE, Session, fresh

router = APIRouter(include_in_schema=False)


@router.get("/sign-in", name="sign_in_page")
def sign_in_page(request: Request, to: str = "/", language: Literal["en", "es"] = "en") -> Response:
    """The form."""
    return render(request, None, "sign_in.html", {"to": _inside(to), "wrong": False}, language=language)


@router.post("/sign-in")
def sign_in(
    request: Request,
    platform: Serving,
    account: Annotated[str, Form()],
    password: Annotated[str, Form()],
    to: Annotated[str, Form()] = "/",
) -> Response:
    """Sign in with name and password."""
    found = platform.accounts().get(account)
    # The hash is computed whether or not there is such an account, so that the time tells nothing.
    if not matches(found.password if found else None, password) or found is None or found.disabled:
        return render(request, None, "sign_in.html", {"to": _inside(to), "wrong": True}, status=401)
    session = fresh(account, found.roles[0], found.language)
    return _keep(platform, session, RedirectResponse(_inside(to), status_code=303))


@router.post("/sign-out")
def sign_out(asker: Asking) -> Response:  # noqa: ARG001
    """Sign out."""
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(COOKIE)
    return response


@router.post("/acting")
def act(
    platform: Serving,
    asker: Asking,
    role: Annotated[str, Form()],
    language: Annotated[Literal["en", "es"], Form()],
    to: Annotated[str, Form()] = "/",
) -> Response:
    """Choose the role to act in and the language to read."""
    if role not in asker.person.roles:
        raise NotSignedIn("This account may not act in that role.")
    session = Session(asker.person.account, role, language, asker.token or "")
    return _keep(platform, session, RedirectResponse(_inside(to), status_code=303))


def _keep(platform: Platform, session: Session, response: Response) -> Response:
    response.set_cookie(
        COOKIE,
        platform.sessions.cookie(session),
        max_age=int(platform.service.sign_in.hours * 3600),
        httponly=True,
        samesite="lax",
        secure=platform.service.sign_in.secure_cookies,
    )
    return response


def _inside(address: str) -> str:
    """Where to go afterwards: never another site."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"
