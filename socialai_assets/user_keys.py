"""`socialai users key`: keys of an account's programs are drawn, listed and revoked. What opens is in api_keys.py."""

from __future__ import annotations

import datetime
import sys
from typing import Any

from resources.errors import SettingsError
from resources.people import Account, read_accounts
from socialai_assets.access.policy import policy
from socialai_assets.console_tables import whole_names
from socialai_assets.serving.api_keys import drawn
from socialai_assets.user_accounts import CONSOLE, change_account, permitted


def add(account: str, role: str | None, days: int, note: str) -> None:
    """Draw a key and print it, once: only its digest is kept.

    Raises:
        AccessRefused: whoever asks may not change the file of people.
        SettingsError: no such account, or it does not have the role, or has several and none is named.
    """
    expires_on = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=days)
    shown = []

    def change(found: Account) -> dict[str, Any]:
        chosen = role or (found.roles[0] if len(found.roles) == 1 else None)
        if chosen is None or chosen not in found.roles:
            raise SettingsError(
                "A key acts in one role of its account", where=account, do=f"--role {' or '.join(found.roles)}"
            )
        kept, key = drawn(chosen, note, expires_on)
        shown.append(key)
        return {"keys": (*found.keys, kept)}

    change_account(account, change)
    sys.stderr.write(f"The key, shown this once; it opens until {expires_on}. Send it as `Authorization: Bearer`.\n")
    sys.stdout.write(f"{shown[0]}\n")


def show(account: str | None) -> None:
    """Print the keys there are, of one account or all."""
    settings = permitted()
    today = datetime.datetime.now(datetime.UTC).date()
    shown = whole_names("key", "account", "role", "until", "note", "state")
    for name, entry in sorted(read_accounts(settings.people, list(policy().roles)).items()):
        for key in entry.keys if account in (None, name) else ():
            state = "disabled" if entry.disabled else "expired" if key.expires_on < today else ""
            shown.add_row(key.key_id, name, key.role, str(key.expires_on), key.note, state)
    CONSOLE.print(shown, highlight=False, markup=False)


def revoke(key_id: str) -> None:
    """Take a key away: it opens nothing from the next request on.

    Raises:
        SettingsError: there is no such key.
    """
    settings = permitted()
    found = read_accounts(settings.people, list(policy().roles))
    owner = next((name for name, entry in found.items() if any(key.key_id == key_id for key in entry.keys)), None)
    if owner is None:
        raise SettingsError(f"There is no key `{key_id}`", do="`socialai users key list` has them.")
    change_account(owner, lambda entry: {"keys": tuple(key for key in entry.keys if key.key_id != key_id)})
    CONSOLE.print(f"{key_id} of {owner}: revoked", highlight=False)
