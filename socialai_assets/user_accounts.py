"""`socialai users`: accounts are added and changed in the file of people. Who may do what is in the policy.

The keys of an account's programs are in user_keys.py.
"""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from rich.console import Console

from resources.access_log import Access
from resources.access_policy import EVERYWHERE, AreaTree, Request
from resources.errors import AccessRefused, SettingsError
from resources.people import Account, account, change_accounts, changing, read_accounts
from resources.settings import Settings, current
from resources.vault import Vault, key_of
from resources.vault_reader import VaultReader
from socialai_assets.access.policy import policy
from socialai_assets.console_tables import whole_names
from socialai_assets.serving.passwords import SHORTEST, hashed
from socialai_assets.serving.sessions import rotate

CONSOLE = Console()
ADMINISTRATOR, OPERATION = "system_administrator", "operation"
_NAME = re.compile(r"[\w.@+-]{1,100}")


def add(
    account: str,
    roles: Sequence[str],
    areas: Sequence[str],
    schools: Sequence[str],
    staff_id: str | None,
    language: str,
    password: str | None,
    email: str | None = None,
    *,
    without_password: bool = False,
) -> None:
    """Add an account; without a password where somebody else knows who signs in.

    Raises:
        AccessRefused: whoever asks may not change the file of people.
        SettingsError: there is one of that name, no such role or language, or the password is too short.
    """
    settings = permitted()
    if not _NAME.fullmatch(account):
        raise SettingsError(
            f"`{account}` is no name of an account", do="Use letters, digits and . _ - @ +, as people sign in with it."
        )
    made = _valid(
        {
            "roles": tuple(roles),
            "areas": EVERYWHERE if EVERYWHERE in areas else tuple(areas),
            "schools": tuple(schools),
            "staff_id": staff_id,
            "language": language,
            "email": email,
            "password": None if without_password else hashed(_password(password)),
        }
    )

    def change(found: dict[str, Account]) -> dict[str, Account]:
        if account in found:
            raise SettingsError(
                f"There is an account `{account}` already", where=str(settings.people), do="`socialai users grant`."
            )
        return {**found, account: made}

    change_accounts(settings.people, list(policy().roles), change)
    _say(account, made, f"; written to {settings.people}")


def grant(
    account: str,
    roles: Sequence[str],
    areas: Sequence[str],
    schools: Sequence[str],
    staff_id: str | None,
    language: str | None,
    email: str | None,
) -> None:
    """Give an account more roles, areas or schools, or set who it is among the staff, its language or address."""

    def change(found: Account) -> dict[str, Any]:
        every = EVERYWHERE in areas or found.areas == EVERYWHERE
        told = {"staff_id": staff_id, "language": language, "email": email}
        return {
            "roles": _with(found.roles, roles),
            "areas": EVERYWHERE if every else _with(found.areas, areas),
            "schools": _with(found.schools, schools),
            **{name: value for name, value in told.items() if value is not None},
        }

    _say(account, change_account(account, change))


def revoke(account: str, roles: Sequence[str], areas: Sequence[str], schools: Sequence[str], *, staff_id: bool) -> None:
    """Take roles, areas, schools or the identifier among the staff from an account.

    Raises:
        SettingsError: it does not have them, or no role would be left.
    """

    def change(found: Account) -> dict[str, Any]:
        owned = () if isinstance(found.areas, str) else found.areas
        if found.areas == EVERYWHERE and areas and tuple(areas) != (EVERYWHERE,):
            raise SettingsError(
                f"`{account}` is in charge of all areas", do="`revoke --area all`, then `grant` the ones that stay."
            )
        left = _without("role", found.roles, roles)
        if not left:
            raise SettingsError(f"`{account}` would have no role left", do="`socialai users disable` shuts it out.")
        return {
            "roles": left,
            "areas": () if EVERYWHERE in areas else _without("area", owned, areas) if areas else found.areas,
            "schools": _without("school", found.schools, schools),
            "staff_id": None if staff_id else found.staff_id,
            # A key acts in a role that the account has.
            "keys": tuple(key for key in found.keys if key.role in left),
        }

    _say(account, change_account(account, change))


def set_password(account: str, password: str | None) -> None:
    """Set another password."""
    text = _password(password)
    change_account(account, lambda _: {"password": hashed(text)})
    CONSOLE.print(f"{account}: the password is another now", highlight=False)


def set_disabled(account: str, *, disabled: bool) -> None:
    """Shut an account out, its programs too, from the next request on; or let it in again."""
    change_account(account, lambda _: {"disabled": disabled})
    CONSOLE.print(f"{account}: {'disabled' if disabled else 'enabled'}", highlight=False)


def show() -> None:
    """Print every account, without hashes."""
    settings = permitted()
    shown = whole_names("account", "roles", "areas", "caseload", "schools", "password", "keys", "state")
    for name, entry in sorted(read_accounts(settings.people, list(policy().roles)).items()):
        areas = EVERYWHERE if entry.areas == EVERYWHERE else ", ".join(entry.areas)
        shown.add_row(
            name,
            ", ".join(entry.roles),
            areas,
            "yes" if entry.staff_id else "",
            ", ".join(entry.schools),
            "yes" if entry.password else "",
            str(len(entry.keys) or ""),
            "disabled" if entry.disabled else "",
        )
    CONSOLE.print(shown, highlight=False, markup=False)
    CONSOLE.print(str(settings.people), highlight=False, markup=False)


def rotate_session_keys(*, sign_everybody_out: bool) -> None:
    """Sign new sessions with a new key; those of the key before go on, or end."""
    settings = permitted()
    rotate(settings.home / "access" / "session.keys", keep=1 if sign_everybody_out else 2)
    CONSOLE.print(
        "Everybody is signed out." if sign_everybody_out else "New sessions have a new key; those of the last go on.",
        highlight=False,
    )


def permitted() -> Settings:
    """The settings, once whoever runs this may change the file of people; both answers are in the access log.

    Raises:
        AccessRefused: the policy does not allow it.
    """
    settings = current()
    key = key_of(settings)
    vault = Vault.from_settings(settings)
    try:
        person = changing(settings.people, settings.vault_key, key, list(policy().roles))
    except AccessRefused:
        vault.log.append(Access(account(), role="", purpose="", what="people", allowed=False))
        raise
    VaultReader(vault, policy(), AreaTree()).allow(Request(person, ADMINISTRATOR, OPERATION, "people"))
    return settings


def change_account(account: str, change: Callable[[Account], Mapping[str, Any]]) -> Account:
    """Change what the file says of an account.

    Args:
        account: whose.
        change: from what it says to the fields that shall say something else.

    Raises:
        AccessRefused: whoever asks may not change the file of people.
        SettingsError: there is no such account, or it would be none that can be.
    """
    settings = permitted()

    def changed(found: dict[str, Account]) -> dict[str, Account]:
        if account not in found:
            raise SettingsError(
                f"There is no account `{account}`", where=str(settings.people), do="`socialai users list` has them."
            )
        return {**found, account: _valid({**found[account].model_dump(), **change(found[account])})}

    return change_accounts(settings.people, list(policy().roles), changed)[account]


def _valid(told: Mapping[str, Any]) -> Account:
    known = list(policy().roles)
    unknown = [role for role in told["roles"] if role not in known]
    if unknown:
        raise SettingsError(f"There is no role `{unknown[0]}`", do=f"The roles are {', '.join(known)}.")
    try:
        return Account.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise SettingsError(f"{where}: {first['msg']}", do="Look at `socialai users --help`.") from error


def _with(owned: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*owned, *more]))


def _without(what: str, owned: Sequence[str], less: Sequence[str]) -> tuple[str, ...]:
    for name in less:
        if name not in owned:
            raise SettingsError(f"The account has no {what} `{name}`", do=f"It has {', '.join(owned) or 'none'}.")
    return tuple(name for name in owned if name not in less)


def _say(account: str, entry: Account, more: str = "") -> None:
    areas = entry.areas if isinstance(entry.areas, str) else ", ".join(entry.areas)
    own = f"; areas {areas}" if areas else ""
    CONSOLE.print(f"{account}: {', '.join(entry.roles)}{own}{more}", highlight=False, markup=False, soft_wrap=True)


def _password(given: str | None) -> str:
    """The password, from a pipe or asked for twice.

    Raises:
        SettingsError: it was given in clear on the command line, is too short, or differs the second time.
    """
    if given not in (None, "-"):
        raise SettingsError(
            "A password on the command line stays in the shell's history", do="Leave it out, or pipe it."
        )
    text = sys.stdin.readline().rstrip("\n") if given == "-" else getpass.getpass("Password: ")
    if given is None and getpass.getpass("Once more: ") != text:
        raise SettingsError("The two passwords differ", do="Run the command again.")
    if len(text) < SHORTEST:
        raise SettingsError(f"The password has fewer than {SHORTEST} characters", do="Choose a longer one.")
    return text
