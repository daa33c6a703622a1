"""The vault's key: where it is, what is derived from it, and pseudonyms made with it. Opens no vault.

One master key a home, outside lake and vault; from it come the key that files are encrypted with, the key of pseudonyms
and the key of the access log (HMAC-SHA256 of the purpose, as HKDF's expand step for one block, RFC 5869).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from pathlib import Path

from resources.errors import VaultError

BYTES = 32
_LENGTH = 24
LANDED = "pseudonym:"
"""Stands before a pseudonym in a landed file, where whoever wrote the row knows no other identifier."""
_PSEUDONYM = re.compile(rf"[a-z2-7]{{{_LENGTH}}}")


class VaultKey:
    """The master key of a vault; never printed, never written but to its own file.

    Args:
        master: 32 bytes.
    """

    def __init__(self, master: bytes) -> None:
        if len(master) != BYTES:
            raise VaultError(f"The vault's key has {len(master)} bytes, not {BYTES}", do="Restore the file it was in.")
        self._master = master

    def __repr__(self) -> str:
        return "VaultKey(***)"

    @classmethod
    def from_file(cls, file: Path, *, make: bool = False) -> VaultKey:
        """The key in a file.

        Args:
            file: hexadecimal text; only its owner may read it.
            make: draw a new key where there is no file. Without the old one a vault cannot be read again.

        Raises:
            VaultError: there is no such file, others may read it, or it holds no key.
        """
        if make and not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(number, "w") as stream:
                stream.write(secrets.token_hex(BYTES) + "\n")
        if not file.is_file():
            raise VaultError(
                "The vault's key is not there", where=str(file), do="Restore the file, or set SOCIALAI_VAULT_KEY_FILE."
            )
        if file.stat().st_mode & 0o077:
            raise VaultError("Others may read the vault's key", where=str(file), do=f"Run `chmod 600 {file}`.")
        try:
            return cls(bytes.fromhex(file.read_text().strip()))
        except ValueError as error:
            raise VaultError("The vault's key is not hexadecimal text", where=str(file), do="Restore it.") from error

    def derived(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose; from it neither the master key nor another purpose's can be told."""
        return hmac.new(self._master, purpose.encode() + b"\x01", hashlib.sha256).digest()

    @property
    def of_files(self) -> str:
        """What data files and the catalogue are encrypted with."""
        return self.derived("files").hex()

    def pseudonym(self, kind: str, identifier: str) -> str:
        """What stands for an identifier in the vault: the same for the same person, and nobody's without the key.

        Args:
            kind: what is identified, such as `child`; equal identifiers of two kinds have different pseudonyms.
            identifier: as it was landed; letter case, accents' composition and blanks around it do not matter.

        Returns:
            24 letters and digits, 120 bits: two of a million persons coincide with a probability below 1e-24.
        """
        plain = unicodedata.normalize("NFKC", identifier).strip().casefold()
        digest = hmac.new(self.derived("pseudonyms"), f"{kind}\x1f{plain}".encode(), hashlib.sha256).digest()
        return base64.b32encode(digest[: _LENGTH * 5 // 8]).decode().lower()


def pseudonym_of(identifier: str, kind: str, key: VaultKey) -> str:
    """What stands for somebody in the vault, by the identifier that landed or by the pseudonym itself."""
    given = identifier.strip()
    return given if _PSEUDONYM.fullmatch(given) else key.pseudonym(kind, given)


def landed_pseudonym(identifier: str, kind: str, key: VaultKey) -> str:
    """What stands for somebody by what landed: an identifier, or `pseudonym:` and what stands for the person already.

    Without the prefix nothing is taken for a pseudonym, so that no publisher's identifier is kept as it is.
    """
    given = identifier.strip().removeprefix(LANDED)
    if given != identifier.strip() and _PSEUDONYM.fullmatch(given):
        return given
    return key.pseudonym(kind, identifier)
