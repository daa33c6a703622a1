"""Who has signed in: the signed cookie of a browser, and the keys it is signed with. Knows no page.

A cookie names the account and the role; what the account may do is looked up in the file of people at each request, so
that whoever is disabled there is out at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from socialai_assets.publishing.languages import Language

COOKIE = "socialai_session"
_SALT, _AWAY = "session", "away"


@dataclass(frozen=True)
class Session:
    """What the cookie says; nothing in it is secret.

    Attributes:
        account: who signed in.
        role: the role chosen.
        language: the language chosen.
        token: what forms carry.
    """

    account: str
    role: str
    language: Language
    token: str


def fresh(account: str, role: str, language: Language) -> Session:
    """A session that begins now."""
    return Session(account, role, language, secrets.token_urlsafe(16))


class Sessions:
    """Signs cookies with the newest key and reads those of all kept keys.

    Args:
        file: of the keys, hexadecimal, the newest first; made where there is none. Rotating puts a new one first.
        hours: how long a session lasts.
    """

    def __init__(self, file: Path, hours: float) -> None:
        self._file, self._hours = file, hours

    def cookie(self, session: Session) -> str:
        """What the browser keeps."""
        return self._signer().dumps(asdict(session))

    def read(self, cookie: str | None) -> Session | None:
        """The session of a cookie; None where there is none, it is not ours, or it has ended."""
        if not cookie:
            return None
        try:
            told = self._signer().loads(cookie, max_age=int(self._hours * 3600))
        except (BadSignature, SignatureExpired):
            return None
        return _session(told)

    def seal(self, told: Mapping[str, object]) -> str:
        """What a browser keeps while its person is away to sign in elsewhere."""
        return self._signer(_AWAY).dumps(dict(told))

    def unseal(self, sealed: str | None, seconds: int) -> dict[str, object] | None:
        """What was sealed not longer ago than so many seconds; None otherwise."""
        try:
            told = self._signer(_AWAY).loads(sealed or "", max_age=seconds)
        except (BadSignature, SignatureExpired):
            return None
        return told if isinstance(told, dict) else None

    def _signer(self, salt: str = _SALT) -> URLSafeTimedSerializer:
        # The last key signs.
        return URLSafeTimedSerializer(list(reversed(keys(self._file))), salt=salt)


def keys(file: Path) -> list[str]:
    """The keys of a file, the newest first; one is drawn where there is no file."""
    if not file.is_file():
        rotate(file, keep=1)
    return file.read_text("utf-8").split()


def rotate(file: Path, keep: int = 2) -> None:
    """Put a new key first; sessions of keys that are not kept end.

    Args:
        file: of the keys.
        keep: how many keys are kept, the new one included; 1 signs everybody out.
    """
    import os

    from filelock import FileLock

    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.with_suffix(".lock")):
        old = file.read_text("utf-8").split() if file.is_file() else []
        new = [secrets.token_hex(32), *old][:keep]
        made = file.with_suffix(".new")
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write("\n".join(new) + "\n")
        made.replace(file)


def _session(told: object) -> Session | None:
    if not isinstance(told, Mapping) or set(told) != set(Session.__dataclass_fields__):
        return None
    if told["language"] not in get_args(Language) or not all(isinstance(value, str) for value in told.values()):
        return None
    return Session(**told)
