"""Files about persons, sealed with the vault's key: written, opened in memory, tampering found. Knows no source.

AES-256 in Galois/Counter Mode (NIST SP 800-38D). The nonce is the keyed hash of the content, so that equal content is
sealed to equal bytes, and what has not changed does not look changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from resources.errors import VaultError

if TYPE_CHECKING:
    from resources.vault_key import VaultKey

SUFFIX = ".sealed"
HEADER = b"socialai sealed file 1\n"
_NONCE = 12


def is_sealed(path: Path) -> bool:
    """Whether a file's name says that it is sealed."""
    return path.name.endswith(SUFFIX)


def seal(content: bytes, key: VaultKey) -> bytes:
    """The content as it stands on the disk; equal content gives equal bytes."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = hmac.new(key.derived("landed files, nonce"), content, hashlib.sha256).digest()[:_NONCE]
    return HEADER + nonce + AESGCM(key.derived("landed files")).encrypt(nonce, content, HEADER)


def unseal(path: Path, key: VaultKey) -> bytes:
    """The content of a sealed file.

    Raises:
        VaultError: it was sealed with another key, changed or cut off.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    sealed = path.read_bytes()
    nonce, cipher = sealed[len(HEADER) : len(HEADER) + _NONCE], sealed[len(HEADER) + _NONCE :]
    try:
        if not sealed.startswith(HEADER):
            raise InvalidTag
        return AESGCM(key.derived("landed files")).decrypt(nonce, cipher, HEADER)
    except (InvalidTag, ValueError) as error:
        raise VaultError(
            "The sealed file was changed, cut off or sealed with another key",
            where=str(path),
            do="Restore it, or the key it was sealed with, from a backup; or land the original again.",
        ) from error


def write_sealed(content: bytes, path: Path, key: VaultKey) -> Path:
    """Write content sealed, under its name with `.sealed` behind it, whole or not at all; returns that path."""
    target = path if is_sealed(path) else path.with_name(path.name + SUFFIX)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(seal(content, key))
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(target)
    return target


def seal_in_place(path: Path, key: VaultKey) -> Path:
    """Seal a file that lies in clear, and take the clear one away once the sealed one is whole.

    What the disk itself still holds of the clear one is beyond this program; land with `socialai land`, which never
    writes it in clear, where that matters.
    """
    content = path.read_bytes()
    target = write_sealed(content, path, key)
    with path.open("r+b") as stream:
        stream.write(bytes(len(content)))
        stream.flush()
        os.fsync(stream.fileno())
    path.unlink()
    return target


@contextlib.contextmanager
def opened(path: Path, key: VaultKey) -> Iterator[Path]:
    """A sealed file in clear under its own name, for readers that take a path; it is in memory only.

    Raises:
        VaultError: it was sealed with another key, changed or cut off; or this system has no files in memory.
    """
    if not hasattr(os, "memfd_create"):
        raise VaultError("This system has no files in memory", where=str(path), do="Work on Linux.")
    handle = os.memfd_create("unsealed")
    with os.fdopen(handle, "wb") as stream, tempfile.TemporaryDirectory() as folder:
        stream.write(unseal(path, key))
        stream.flush()
        link = Path(folder) / path.name.removesuffix(SUFFIX)
        link.symlink_to(f"/proc/{os.getpid()}/fd/{handle}")
        yield link
