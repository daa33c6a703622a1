"""Passwords: hashed with argon2id, and compared. Keeps none."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

SHORTEST = 12


def hashed(password: str) -> str:
    """The argon2id hash, salt and parameters included (RFC 9106, its second recommended option)."""
    return PasswordHasher().hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether a password is the one whose hash was kept; without a hash it takes as long and is not."""
    try:
        return PasswordHasher().verify(kept or _nobody(), password) and kept is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return hashed("nobody has this password")
