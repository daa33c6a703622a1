"""Signing in and out, and choosing role and language, in the browser. Who may do what is not decided here.

Where an OpenID provider says who somebody is, provider_sign_in.py asks it; this module then only has the page.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from resources.access_log import Access
from resources.errors import AccessRefused
from resources.people import Account
from socialai_assets.publishing.languages import Language
from socialai_assets.serving.asker import NotSignedIn
from socialai_assets.serving.dashboard.frame import render
from socialai_assets.serving.dependencies import UNKNOWN, Asking, Serving, address_of, is_from_here, refused
from socialai_assets.serving.passwords import matches
from socialai_assets.serving.platform import Platform
from socialai_assets.serving.sessions import COOKIE, Session, fresh

router = APIRouter(include_in_schema=False)


@router.get("/sign-in", name="sign_in_page")
def sign_in_page(
    request: Request, to: str = "/", language: Literal["en", "es"] = "en", out: Literal["yes", ""] = ""
) -> Response:
    """The form, or the way to the provider; `out` says that somebody has just left."""
    said = ["You have signed out here."] if out else []
    return page(request, to, said, language=language)


@router.post("/sign-in")
def sign_in(
    request: Request,
    platform: Serving,
    account: Annotated[str, Form()],
    password: Annotated[str, Form()],
    to: Annotated[str, Form()] = "/",
) -> Response:
    """Sign in with name and password."""
    platform.rates.sign_in(address_of(request))
    if platform.service.sign_in.method != "users" or not is_from_here(request):
        platform.gate.note(refused(UNKNOWN, "sign-in"))
        raise AccessRefused("Nobody signs in this way here", do="Use the sign-in page.")
    found = platform.accounts().get(account)
    # The hash is computed whether or not there is such an account, so that the time tells nothing.
    if not matches(found.password if found else None, password) or found is None or found.disabled:
        platform.gate.note(refused(account if found else UNKNOWN, "sign-in"))
        return page(request, to, ["Name or password is not right."], status=401)
    return let_in(platform, account, found, inside(to), "sign-in")


@router.post("/sign-out")
def sign_out(asker: Asking) -> Response:  # noqa: ARG001
    """Sign out."""
    response = RedirectResponse("/sign-in?out=yes", status_code=303)
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
        platform.gate.note(refused(asker.person.account, "another role"))
        raise NotSignedIn("This account may not act in that role.")
    return keep(platform, Session(asker.person.account, role, language, asker.token or ""), inside(to))


def page(request: Request, to: str, said: list[str], *, status: int = 200, language: Language = "en") -> Response:
    """The page to sign in on.

    Args:
        request: what is answered.
        to: where to go afterwards.
        said: what to tell first, English texts of ours.
        status: HTTP's.
        language: of the page.
    """
    method = request.app.state.platform.service.sign_in.method
    context = {"to": inside(to), "said": said, "wrong": status != 200, "method": method}
    return render(request, None, "sign_in.html", context, status=status, language=language)


def let_in(platform: Platform, name: str, account: Account, to: str, way: str) -> Response:
    """Begin a session of somebody who has shown who they are, and write it down.

    Args:
        platform: where.
        name: of the account.
        account: of the person.
        to: where to go on.
        way: how they signed in, for the access log.
    """
    session = fresh(name, account.roles[0], account.language)
    platform.gate.note(Access(name, role=session.role, purpose="", what=way))
    return keep(platform, session, to)


def keep(platform: Platform, session: Session, to: str) -> Response:
    """Go on with a session that the browser keeps."""
    response = RedirectResponse(to, status_code=303)
    response.set_cookie(
        COOKIE,
        platform.sessions.cookie(session),
        max_age=int(platform.service.sign_in.hours * 3600),
        httponly=True,
        samesite="lax",
        secure=platform.service.sign_in.secure_cookies,
    )
    return response


def inside(address: str) -> str:
    """Where to go afterwards: never another site."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"
