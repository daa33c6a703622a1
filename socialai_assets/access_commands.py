"""`socialai children show|log|people`: who asks is found out, the policy is asked, and what it grants is printed."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console

from resources.access_log import Access
from resources.access_policy import AreaTree, Person, Request
from resources.errors import AccessRefused, LakeError, VaultError
from resources.lake import Lake
from resources.people import EXAMPLE, account, asking, read_people
from resources.settings import Settings, current
from resources.vault import Vault
from resources.vault_key import VaultKey, pseudonym_of
from resources.vault_reader import VaultReader
from socialai_assets.access.policy import policy
from socialai_assets.console_tables import whole_names

if TYPE_CHECKING:
    import pandas as pd

CONSOLE = Console()
AREAS = "geography.areas"
ADMINISTRATOR, OPERATION = "system_administrator", "operation"


def show(
    table: str,
    role: str,
    purpose: str,
    *,
    areas: Sequence[str],
    child: str | None,
    columns: Sequence[str],
    as_csv: bool,
) -> None:
    """Print what is granted of a table.

    Raises:
        AccessRefused: the policy does not allow it; that is in the access log too.
        VaultError: there is no vault, or no such table yet.
    """
    settings = current()
    key = vault_key(settings)
    request = Request(
        who(settings, key),
        role,
        purpose,
        table,
        columns=tuple(columns) or None,
        areas=tuple(areas),
        child=None if child is None else pseudonym_of(asked_for(child), "child", key),
    )
    _print(reader_of(settings).read(request), as_csv)


def read_log(*, verify: bool, tail: int) -> None:
    """Print the newest entries of the access log, or only whether it is as it was written.

    Raises:
        AccessRefused: the policy does not allow it.
        VaultError: the log was tampered with; names the entry.
    """
    reader = allowed("log")
    entries = reader.vault.log.verify()
    CONSOLE.print(f"{entries} entries, each as it was written.", highlight=False)
    if verify:
        return
    shown = whole_names("when", "who", "role", "purpose", "what", "whose", "allowed", "rows")
    for entry in list(reader.vault.log.entries())[-tail:]:
        moment = str(entry["at"])[:19].replace("T", " ")
        texts = [str(entry[name]) for name in ("who", "role", "purpose", "what", "areas")]
        rows = "" if entry["rows"] is None else str(entry["rows"])
        shown.add_row(moment, *texts, "yes" if entry["allowed"] else "refused", rows)
    CONSOLE.print(shown, highlight=False, markup=False)


def list_people() -> None:
    """Print who may act as what.

    Raises:
        AccessRefused: the policy does not allow it.
        SettingsError: the file of people is not what it should be.
    """
    allowed("people")
    settings = current()
    file = settings.people
    if not file.is_file():
        text = f"Nobody is written down: whoever owns the key may act as anybody.\nWrite {file}, as:\n{EXAMPLE}"
        CONSOLE.print(text, highlight=False, markup=False, soft_wrap=True)
        return
    shown = whole_names("account", "roles", "areas", "caseload", "schools")
    for name, person in read_people(file, vault_key(settings), list(policy().roles)).items():
        own = "yes" if person.staff_id else ""
        shown.add_row(name, ", ".join(sorted(person.roles)), ", ".join(person.areas), own, ", ".join(person.schools))
    CONSOLE.print(shown, highlight=False, markup=False)
    CONSOLE.print(str(file), highlight=False, markup=False)


def allowed(command: str) -> VaultReader:
    """The reader, once whoever asks may run a command of the system administrator's.

    Raises:
        AccessRefused: the policy does not allow it; that is in the access log too.
    """
    settings = current()
    reader = reader_of(settings)
    reader.allow(Request(who(settings, vault_key(settings)), ADMINISTRATOR, OPERATION, command))
    return reader


def who(settings: Settings, key: VaultKey) -> Person:
    """Who runs this command.

    Raises:
        AccessRefused: nobody who is known; that is in the access log too.
    """
    try:
        return asking(settings.people, settings.vault_key, key, list(policy().roles))
    except AccessRefused:
        stranger = Access(account(), role="", purpose="", what="who asks", allowed=False)
        Vault.from_settings(settings).log.append(stranger)
        raise


def vault_key(settings: Settings) -> VaultKey:
    """The key of the home's vault.

    Raises:
        VaultError: there is no vault yet, or no key.
    """
    if not (settings.home / "vault").is_dir():
        raise VaultError(
            "There is no vault yet", where=str(settings.home / "vault"), do="`socialai run` makes it with the tables."
        )
    return VaultKey.from_file(settings.vault_key)


def reader_of(settings: Settings) -> VaultReader:
    """The reader of the home's vault, with the areas of its lake."""
    return VaultReader(Vault.from_settings(settings), policy(), area_tree(settings))


def area_tree(settings: Settings) -> AreaTree:
    """Which area lies in which, as the lake has it; none where there is no such table."""
    try:
        lake = Lake.from_settings(settings, read_only=True)
        rows = lake.read(AREAS, ["area_id", "parent_id", "level"]).to_pylist() if lake.exists(AREAS) else []
    except LakeError:
        return AreaTree()
    lake.close()
    return AreaTree({row["area_id"]: row["parent_id"] for row in rows}, {row["area_id"]: row["level"] for row in rows})


def asked_for(identifier: str) -> str:
    """An identifier that was given; `-` has it read from the terminal or a pipe, so that no shell keeps it."""
    return sys.stdin.readline().strip() if identifier == "-" else identifier.strip()


def _print(frame: pd.DataFrame, as_csv: bool) -> None:
    if as_csv:
        frame.to_csv(sys.stdout, index=False, quoting=csv.QUOTE_MINIMAL)
        return
    texts = frame.apply(lambda values: values.map(_text)).astype(object)
    names = [str(name) for name in texts.columns]
    widths = [max([len(name), *texts[name].str.len()]) for name in names]
    if sum(widths) + 3 * len(names) + 1 <= CONSOLE.width:
        shown = whole_names(*names)
        for row in texts.itertuples(index=False):
            shown.add_row(*row)
        CONSOLE.print(shown, highlight=False, markup=False)
    else:
        # Columns squeezed to a letter each tell nothing, so each row has lines of its own.
        longest = max(map(len, names))
        for row in texts.itertuples(index=False):
            for name, text in zip(names, row, strict=True):
                CONSOLE.print(f"{name:<{longest}}  {text}", highlight=False, markup=False)
            CONSOLE.print()
    CONSOLE.print(f"{len(frame)} rows", highlight=False)


def _text(value: Any) -> str:
    """A cell in words: days without their midnight, nothing for what is missing."""
    import pandas as pd

    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp) and value == value.normalize():
        return str(value.date())
    return str(value)
