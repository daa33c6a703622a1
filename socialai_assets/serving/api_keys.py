"""Keys of programs: drawn, and found again from what a program shows. Keeps none: the file of people does."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping

from resources.people import Account, ApiKey

_PREFIX = "sa"
_FORM = re.compile(rf"{_PREFIX}_(?P<id>[0-9a-f]+)_(?P<secret>.+)")
_NOBODY = hashlib.sha256(b"").hexdigest()


def drawn(role: str, note: str, expires_on: datetime.date) -> tuple[ApiKey, str]:
    """A new key: what is kept of it, and the key itself, `sa_<id>_<secret>`, which nobody can find again."""
    key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    kept = ApiKey(key_id=key_id, digest=_digest(secret), role=role, note=note, expires_on=expires_on)
    return kept, f"{_PREFIX}_{key_id}_{secret}"


def opened(accounts: Mapping[str, Account], shown: str, today: datetime.date) -> tuple[str, ApiKey] | None:
    """Whose key was shown, and which it is.

    Args:
        accounts: everybody, by account.
        shown: what a program shows.
        today: a key opens until the end of its last day.

    Returns:
        None where it is no key of ours, its secret is wrong, it has expired or was revoked, the account is disabled or
        no longer has the key's role.
    """
    parts = _FORM.fullmatch(shown)
    name, key = named(accounts, shown) or (None, None)
    # Compared whether or not there is such a key, so that the time tells nothing.
    right = hmac.compare_digest(_digest(parts["secret"] if parts else ""), key.digest if key else _NOBODY)
    if name is None or key is None or not right:
        return None
    account = accounts[name]
    if account.disabled or key.role not in account.roles or key.expires_on < today:
        return None
    return name, key


def named(accounts: Mapping[str, Account], shown: str) -> tuple[str, ApiKey] | None:
    """The account and key that the part that may be shown names, whether or not the secret is right."""
    parts = _FORM.fullmatch(shown)
    if parts is None:
        return None
    owned = ((name, key) for name, account in accounts.items() for key in account.keys)
    return next(((name, key) for name, key in owned if key.key_id == parts["id"]), None)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
