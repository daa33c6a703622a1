"""What FastAPI hands to an endpoint or page: the platform and whoever asks. Decides on nothing."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Request

from resources.access_policy import Person
from resources.people import Account
from socialai_assets.access.policy import policy
from socialai_assets.serving.asker import Asker, NotSignedIn
from socialai_assets.serving.platform import Platform
from socialai_assets.serving.sessions import COOKIE

SAFE = {"GET", "HEAD", "OPTIONS"}
TOKEN_FIELD, TOKEN_HEADER = "token", "x-token"


def platform_of(request: Request) -> Platform:
    """The platform of the process."""
    return request.app.state.platform


async def asker_of(request: Request) -> Asker:
    """Whoever asks, by session cookie.

    Raises:
        NotSignedIn: nobody, or the session has ended, or a form does not carry the session's token.
    """
    found = asker_of_session(request)
    if request.method not in SAFE and not hmac.compare_digest(await _token(request), found.token or ""):
        raise NotSignedIn("The form was not sent from this session. Please sign in and send it again.")
    return found


def asker_of_session(request: Request) -> Asker:
    """Whoever asks, by session cookie; for looking alone, since no form's token is asked for.

    Raises:
        NotSignedIn: nobody, or the session has ended.
    """
    platform = platform_of(request)
    session = platform.sessions.read(request.cookies.get(COOKIE))
    if session is None:
        raise NotSignedIn("Please sign in.")
    account = platform.accounts().get(session.account)
    if account is None or account.disabled or session.role not in account.roles:
        raise NotSignedIn("This account may not act in that role any more. Please sign in.")
    return asker(account, session.account, session.role, platform, session.language, session.token)


def asker(
    account: Account, name: str, role: str, platform: Platform, language: str | None = None, token: str | None = None
) -> Asker:
    """An account that acts in one of its roles, for the first of the role's purposes."""
    person: Person = account.person(name, platform.key)
    return Asker(person, role, policy().roles[role].purposes[0], language or account.language, token)  # type: ignore[arg-type]


async def _token(request: Request) -> str:
    sent = request.headers.get(TOKEN_HEADER)
    if sent is None and "form" in request.headers.get("content-type", ""):
        sent = str((await request.form()).get(TOKEN_FIELD, ""))
    return sent or ""


Asking = Annotated[Asker, Depends(asker_of)]
Serving = Annotated[Platform, Depends(platform_of)]
