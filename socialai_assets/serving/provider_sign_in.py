"""Signing in at an OpenID provider: authorisation code with PKCE, state and nonce. Who may do what is not decided here.

The provider says which account somebody has; what that account may do stands in the file of people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from resources.errors import AccessRefused
from socialai_assets.serving.dependencies import UNKNOWN, Serving, address_of, refused
from socialai_assets.serving.platform import Platform
from socialai_assets.serving.sign_in import inside, let_in, page

if TYPE_CHECKING:
    from collections.abc import Mapping

router = APIRouter(include_in_schema=False)
AWAY = "socialai_away"
"""The cookie of somebody who is at the provider."""
_AWAY_SECONDS = 600
_PATIENCE_SECONDS = 10
_UNREACHABLE = (
    "The sign-in of your organisation cannot be reached. Try again in some minutes, or ask your administrator."
)
_UNFINISHED = "Signing in was not finished. Please begin again."
_NOBODY = "Your organisation knows you, but nobody has added you here. Ask whoever looks after the accounts to add you."


@router.get("/sign-in/provider")
async def begin(request: Request, platform: Serving, to: str = "/") -> Response:
    """Send somebody to the provider, to come back with a code."""
    import httpx

    # The library keeps its state, nonce and PKCE's verifier in `request.session`.
    session: dict[str, object] = {"to": inside(to)}
    request.scope["session"] = session
    try:
        response = await _client(request, platform).authorize_redirect(request, _back(platform))
    except (httpx.HTTPError, ValueError, KeyError, RuntimeError):
        return page(request, to, [_UNREACHABLE], status=503)
    response.set_cookie(
        AWAY,
        platform.sessions.seal(session),
        max_age=_AWAY_SECONDS,
        path="/sign-in",
        httponly=True,
        samesite="lax",
        secure=platform.service.sign_in.secure_cookies,
    )
    return response


@router.get("/sign-in/back")
async def back(request: Request, platform: Serving) -> Response:
    """Take the code that somebody comes back with, and see whose account it is."""
    import httpx
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError

    platform.rates.sign_in(address_of(request))
    session = platform.sessions.unseal(request.cookies.get(AWAY), _AWAY_SECONDS) or {}
    to = inside(str(session.get("to", "/")))
    request.scope["session"] = session
    try:
        claims = await _claims(request, platform)
    except (AuthlibBaseError, JoseError):
        platform.gate.note(refused(UNKNOWN, "sign-in at the provider"))
        return page(request, to, [_UNFINISHED], status=401)
    except (httpx.HTTPError, ValueError, KeyError, RuntimeError):
        return page(request, to, [_UNREACHABLE], status=503)
    name = _account(platform, claims)
    found = platform.accounts().get(name)
    if found is None or found.disabled:
        platform.gate.note(refused(name if found else UNKNOWN, "sign-in at the provider"))
        return page(request, to, [_NOBODY], status=403)
    response = let_in(platform, name, found, to, "sign-in at the provider")
    response.delete_cookie(AWAY, path="/sign-in")
    return response


@router.get("/sign-in/provider/out")
async def leave(request: Request, platform: Serving) -> Response:
    """Send somebody who has signed out here to the provider, to sign out there too."""
    import httpx

    client = _client(request, platform)
    try:
        found = await client.load_server_metadata()
    except (httpx.HTTPError, ValueError):
        return page(request, "/", [_UNREACHABLE], status=503)
    if not found.get("end_session_endpoint"):
        return RedirectResponse("/sign-in", status_code=303)
    told = await client.create_logout_url(
        post_logout_redirect_uri=f"{_public(platform)}/sign-in", client_id=client.client_id
    )
    return RedirectResponse(told["url"], status_code=303)


async def _claims(request: Request, platform: Platform) -> Mapping[str, Any]:
    """What the provider says of whoever comes back, the token's signature, issuer, audience and nonce verified."""
    client, settings = _client(request, platform), platform.service.sign_in.oidc
    issued = {"iss": {"essential": True, "values": [settings.issuer]}}
    token = await client.authorize_access_token(request, claims_options=issued)
    claims = dict(token["userinfo"])
    if settings.account_claim not in claims:
        more = await client.userinfo(token=token)
        if more.get("sub") != claims["sub"]:
            raise ValueError("the provider's two answers are about two people")
        claims = {**more, **claims}
    return claims


def _account(platform: Platform, claims: Mapping[str, Any]) -> str:
    """The account that the claims name; empty where they name none that can be relied on."""
    claim = platform.service.sign_in.oidc.account_claim
    # Whoever types an address that nobody verified may type somebody else's.
    if claim == "email" and claims.get("email_verified") is not True:
        return ""
    return str(claims.get(claim) or "")


def _client(request: Request, platform: Platform) -> Any:
    """The provider as the library knows it, its description and keys read once a process."""
    if platform.service.sign_in.method != "oidc":
        raise AccessRefused("Nobody signs in this way here", do="Use the sign-in page.")
    state = request.app.state
    if getattr(state, "provider", None) is None:
        from authlib.integrations.starlette_client import OAuth

        settings, secret = platform.service.sign_in.oidc, platform.settings.oidc_client_secret
        state.provider = OAuth().register(
            "provider",
            client_id=settings.client_id,
            client_secret=secret.get_secret_value() if secret else None,
            server_metadata_url=f"{(settings.issuer or '').rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "timeout": _PATIENCE_SECONDS,
                **({} if secret else {"token_endpoint_auth_method": "none"}),
            },
        )
    return state.provider


def _public(platform: Platform) -> str:
    return platform.service.sign_in.oidc.public_address.rstrip("/")


def _back(platform: Platform) -> str:
    return f"{_public(platform)}/sign-in/back"
