"""Who may act as what: the file of people, read and changed, and who it is that asks. Decides nothing.

One file for every way in: commands look up the account that runs them (behind `sudo`, whoever ran that), the service
whoever signed in or showed a key. Whoever may read the vault's key could open the vault without asking; the file is for
those who work through commands and service.
"""

from __future__ import annotations

import datetime
import os
import pwd
from collections.abc import Callable, Mapping, Sequence
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
_HEADER = (
    "# Who may act as what. Written by `socialai users`, which keeps no remarks; changes by hand are read as well.\n"
)


class ApiKey(BaseModel):
    """A program's key: what is kept of it, and for how long it opens.

    Attributes:
        key_id: the part of it that may be shown.
        digest: SHA-256 of its secret part, hexadecimal; the secret has 256 bits, so no slow hash is needed.
        role: the role the program acts in.
        note: what it is for.
        expires_on: last day.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key_id: str
    digest: str
    role: str
    note: str = ""
    expires_on: datetime.date


class Account(BaseModel):
    """What the file says of an account.

    Attributes:
        roles: what the person may act as.
        areas: areas the person is in charge of, or `all`.
        staff_id: identifier among the staff as landed, where children are assigned to the person.
        schools: codes of the person's schools.
        email: where notices go.
        language: what the person reads.
        password: argon2 hash; None where somebody else knows who signs in.
        disabled: nothing is open to the account, until it is enabled again.
        keys: of the person's programs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    roles: tuple[str, ...] = Field(min_length=1)
    areas: tuple[str, ...] | Literal["all"] = ()
    staff_id: str | None = None
    schools: tuple[str, ...] = ()
    email: str | None = None
    language: Literal["en", "es"] = "en"
    password: str | None = Field(None, repr=False)
    disabled: bool = False
    keys: tuple[ApiKey, ...] = ()

    def person(self, name: str, key: VaultKey | None) -> Person:
        """Who asks; without the vault's key nobody is known among the staff."""
        staff = None if self.staff_id is None or key is None else pseudonym_of(self.staff_id, "staff", key)
        areas = (EVERYWHERE,) if self.areas == "all" else tuple(self.areas)
        return Person(name, frozenset(self.roles), areas, staff, self.schools)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    people: Mapping[str, Account]


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
        AccessRefused: the file does not name the account, or disables it, or there is none and the key is another's.
        SettingsError: the file is not what it should be.
    """
    name = who or account()
    if not file.is_file():
        if key_file.stat().st_uid != os.getuid():
            raise AccessRefused(
                "Nobody has written down who you are", where=str(file), do="Ask the owner of the vault's key."
            )
        return _owner(name, roles)
    found = read_accounts(file, roles)
    if name not in found or found[name].disabled:
        raise AccessRefused(
            f"Account `{name}` may not look into the vault", where=str(file), do="Ask whoever writes this file."
        )
    return found[name].person(name, key)


def changing(file: Path, key_file: Path, key: VaultKey, roles: Sequence[str], who: str | None = None) -> Person:
    """Who asks to change the file of people: the owner of the key, who could open the vault anyway, or as `asking`."""
    if key_file.stat().st_uid == os.getuid() and not os.environ.get("SUDO_USER"):
        return _owner(who or account(), roles)
    return asking(file, key_file, key, roles, who)


def _owner(name: str, roles: Sequence[str]) -> Person:
    return Person(f"{name}, owner of the key", frozenset(roles), areas=(EVERYWHERE,))


def read_people(file: Path, key: VaultKey | None, roles: Sequence[str]) -> dict[str, Person]:
    """Everybody the file names who is not disabled, by account; raises as `read_accounts`."""
    return {name: entry.person(name, key) for name, entry in read_accounts(file, roles).items() if not entry.disabled}


def read_accounts(file: Path, roles: Sequence[str]) -> dict[str, Account]:
    """What the file says of every account; nobody where there is no file.

    Raises:
        SettingsError: others may write the file, it is no YAML, or it names a role that does not exist.
    """
    if not file.is_file():
        return {}
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
    return dict(people)


def change_accounts(
    file: Path, roles: Sequence[str], change: Callable[[dict[str, Account]], dict[str, Account]]
) -> dict[str, Account]:
    """Change the file whole, while nobody else does: the old one stays until the new one is complete.

    Args:
        file: it is made, readable by its owner alone, where there is none.
        roles: the roles there are.
        change: from what the file says to what it shall say.

    Raises:
        SettingsError: the file is not what it should be.
    """
    from filelock import FileLock

    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.with_suffix(".lock")):
        people = change(read_accounts(file, roles))
        content = {name: entry.model_dump(mode="json", exclude_defaults=True) for name, entry in sorted(people.items())}
        fresh = file.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(_HEADER + yaml.safe_dump({"people": content}, allow_unicode=True, sort_keys=False))
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(file)
    return people
