"""What stands for a child in addresses: sealed for one session, so that history, logs and links name nobody.

The same child has the same address while somebody is signed in; in another session it opens nothing.
"""

from __future__ import annotations

import base64
import binascii

from resources.vault_key import VaultKey
from socialai_assets.serving.asker import Asker

_PURPOSE = "addresses of cases"


def sealed(child: str, asker: Asker, key: VaultKey) -> str:
    """The part of an address that stands for a child, for this session alone.

    Args:
        child: its pseudonym.
        asker: whose session it is.
        key: of the vault.
    """
    made = _cipher(key).encrypt(child.encode(), _bound_to(asker))
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def unsealed(address: str, asker: Asker, key: VaultKey) -> str | None:
    """The child that a part of an address stands for; None where it was not made for this session."""
    from cryptography.exceptions import InvalidTag

    try:
        made = base64.urlsafe_b64decode(address + "=" * (-len(address) % 4))
        return _cipher(key).decrypt(made, _bound_to(asker)).decode()
    except (InvalidTag, binascii.Error, ValueError):
        return None


def _cipher(key: VaultKey):
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    return AESSIV(key.derived(_PURPOSE))


def _bound_to(asker: Asker) -> list[bytes]:
    return [asker.person.account.encode(), asker.role.encode(), (asker.token or "").encode()]
