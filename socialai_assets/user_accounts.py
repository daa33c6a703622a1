"""`socialai users`: accounts are added and changed in the file of people. Who may do what is in the policy."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence

from pydantic import ValidationError
from rich.console import Console

from resources.errors import SettingsError
from resources.people import Account, change_accounts
from resources.settings import current
from socialai_assets.access.policy import policy
from socialai_assets.serving.passwords import SHORTEST, hashed

CONSOLE = Console()


def add(
    account: str,
    roles: Sequence[str],
    areas: Sequence[str],
    schools: Sequence[str],
    staff_id: str | None,
    language: str,
    password: str | None,
) -> None:
    """Add an account.

    Raises:
        SettingsError: there is one of that name, no such role or language, or the password is too short.
    """
    settings = current()
    known = list(policy().roles)
    unknown = [role for role in roles if role not in known]
    if unknown:
        raise SettingsError(f"There is no role `{unknown[0]}`", do=f"The roles are {', '.join(known)}.")
    own = "all" if "all" in areas else tuple(areas)
    try:
        made = Account.model_validate(
            {
                "roles": tuple(roles),
                "areas": own,
                "schools": tuple(schools),
                "staff_id": staff_id,
                "language": language,
                "password": hashed(_password(password)),
            }
        )
    except ValidationError as error:
        raise SettingsError(str(error.errors()[0]["msg"]), do="Look at `socialai users add --help`.") from error

    def change(found: dict[str, Account]) -> dict[str, Account]:
        if account in found:
            raise SettingsError(f"There is an account `{account}` already", where=str(settings.people))
        return {**found, account: made}

    change_accounts(settings.people, known, change)
    CONSOLE.print(f"{account}: {', '.join(roles)}; written to {settings.people}", highlight=False)


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
