"""Who is asking for something of the vault: the account, and what a file says of it. Decides nothing.

Whoever may read the key could open the vault without asking; the file is for those who work through the commands, such
as by `sudo -u <owner of the key> socialai children ...`, and `sudo` then says whose account it is.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from resources.access_policy import EVERYWHERE, Person
from resources.errors import AccessRefused, SettingsError
from resources.vault_key import VaultKey, pseudonym_of
from resources.yaml_lines import line_of, repeated_keys

EXAMPLE = """people:
  <account>:
    roles: [social_worker]
    areas: [<code>, ...]     # or all
    staff_id: <as landed>    # where children are assigned to the person
    schools: [<code>, ...]"""


class _Entry(BaseModel):
    """What the file says of an account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    roles: tuple[str, ...] = Field(min_length=1)
    areas: tuple[str, ...] | Literal["all"] = ()
    staff_id: str | None = None
    schools: tuple[str, ...] = ()


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    people: Mapping[str, _Entry]


def account() -> str:
    """The account of whoever runs this process; behind `sudo`, of whoever ran that."""
    return os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name


def asking(file: Path, key_file: Path, key: VaultKey, roles: Sequence[str], who: str | None = None) -> Person:
    """Who asks, and what the person may act as.

    Args:
        file: who may act as what; where there is none, the owner of the key may act as anybody.
        key_file: the vault's key.
        key: the same, read.
        roles: the roles there are.
        who: account to look for; default `account()`.

    Raises:
        AccessRefused: the file does not name the account, or there is none and the key is another's.
        SettingsError: the file is not what it should be.
    """
    name = who or account()
    if not file.is_file():
        if key_file.stat().st_uid != os.getuid():
            raise AccessRefused(
                "Nobody has written down who you are", where=str(file), do="Ask the owner of the vault's key."
            )
        return Person(f"{name}, owner of the key", frozenset(roles), areas=(EVERYWHERE,))
    found = read_people(file, key, roles)
    if name not in found:
        raise AccessRefused(
            f"Account `{name}` may not look into the vault", where=str(file), do="Ask whoever writes this file."
        )
    return found[name]


def read_people(file: Path, key: VaultKey, roles: Sequence[str]) -> dict[str, Person]:
    """Everybody the file names, by account.

    Raises:
        SettingsError: others may write the file, it is no YAML, or it names a role that does not exist.
    """
    if file.stat().st_mode & 0o022:
        raise SettingsError(
            "Others may write the file that says who may see what", where=str(file), do=f"Run `chmod 600 {file}`."
        )
    text = file.read_text("utf-8")
    do = f"Write it as:\n{EXAMPLE}"
    try:
        root, content = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
        people = _File.model_validate(content).people
    except yaml.YAMLError as error:
        raise SettingsError(f"The file of people is no YAML: {error}", where=str(file), do=do) from error
    except ValidationError as error:
        first = error.errors()[0]
        line = line_of(yaml.compose(text, Loader=yaml.SafeLoader), first["loc"])
        what = f"{'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}"
        raise SettingsError(what, where=f"{file}, line {line}", do=do) from error
    for line, twice in repeated_keys(root):
        raise SettingsError(f"`{twice}` stands there twice", where=f"{file}, line {line}", do=do)
    for name, entry in people.items():
        for number, role in enumerate(entry.roles):
            if role not in roles:
                at = line_of(root, ("people", name, "roles", number))
                raise SettingsError(
                    f"There is no role `{role}`", where=f"{file}, line {at}", do=f"The roles are {', '.join(roles)}."
                )
    return {name: _person(name, entry, key) for name, entry in people.items()}


def _person(name: str, entry: _Entry, key: VaultKey) -> Person:
    staff = None if entry.staff_id is None else pseudonym_of(entry.staff_id, "staff", key)
    areas = (EVERYWHERE,) if entry.areas == "all" else tuple(entry.areas)
    return Person(name, frozenset(entry.roles), areas, staff, entry.schools)
