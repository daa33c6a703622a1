"""What FastAPI hands to an endpoint or page: the platform and whoever asks. Decides on nothing.

People come with a session's cookie, and their forms with its token; programs with a key and without either.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from resources.access_log import Access
from resources.access_policy import Person
from resources.people import Account
from socialai_assets.access.policy import policy
from socialai_assets.serving.api_keys import named, opened
from socialai_assets.serving.asker import Asker, NotSignedIn
from socialai_assets.serving.platform import Platform
from socialai_assets.serving.sessions import COOKIE

SAFE = {"GET", "HEAD", "OPTIONS"}
TOKEN_FIELD, TOKEN_HEADER = "token", "x-token"
UNKNOWN = "unknown"
"""Stands in the access log for an account that there is not: what was typed may be a password."""
_BEARER = HTTPBearer(auto_error=False, description="A program's key; `socialai users key add` draws one.")


def platform_of(request: Request) -> Platform:
    """The platform of the process."""
    return request.app.state.platform


async def asker_of(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)] = None
) -> Asker:
    """Whoever asks, by a program's key or by session cookie.

    Raises:
        NotSignedIn: nobody, the key does not open or the session has ended, or a form was not sent from the session.
        TooManyRequests: more often than an account or key may.
    """
    platform = platform_of(request)
    if bearer is not None:
        return await run_in_threadpool(_asker_of_key, platform, bearer.credentials, address_of(request))
    found = asker_of_session(request)
    platform.rates.request(f"account {found.person.account}")
    if request.method not in SAFE:
        own = is_from_here(request) and hmac.compare_digest((await _token(request)).encode(), _bytes(found.token))
        if not own:
            await run_in_threadpool(platform.gate.note, refused(found.person.account, "form of another site"))
            raise NotSignedIn("The form was not sent from this session. Please sign in and send it again.")
    return found


def address_of(request: Request) -> str:
    """The address a request comes from; behind a proxy on this machine, the one the proxy names."""
    return request.client.host if request.client else UNKNOWN


def is_from_here(request: Request) -> bool:
    """Whether a request was sent from a page of ours; browsers say so, programs do not."""
    origin = request.headers.get("origin")
    ours = {request.headers.get("host"), urlsplit(platform_of(request).service.sign_in.oidc.public_address).netloc}
    return origin is None or urlsplit(origin).netloc in ours


def refused(account: str, what: str) -> Access:
    """The access log's line for somebody who did not get in."""
    return Access(account, role="", purpose="", what=what, allowed=False)


def _asker_of_key(platform: Platform, shown: str, address: str) -> Asker:
    accounts = platform.accounts()
    found = opened(accounts, shown, datetime.now(UTC).date())
    if found is None:
        platform.rates.sign_in(address)
        whose = named(accounts, shown)
        platform.gate.note(refused(whose[0] if whose else UNKNOWN, "key of a program"))
        # One answer for all of it, so that nobody learns which part was right.
        raise NotSignedIn("This key is unknown, has expired or was revoked, or its account may not use it any more.")
    name, key = found
    platform.rates.request(f"key {key.key_id}")
    return asker(accounts[name], name, key.role, platform)


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


def _bytes(token: str | None) -> bytes:
    return (token or "").encode()


Asking = Annotated[Asker, Depends(asker_of)]
Serving = Annotated[Platform, Depends(platform_of)]
