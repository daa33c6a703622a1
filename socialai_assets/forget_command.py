"""`socialai children forget`: asks once more, has a person forgotten, prints what was removed and searched.

Nothing it prints names the person; exit code 2 says that something is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console

from resources.access_log import Access
from resources.settings import current
from resources.vault import Vault
from resources.vault_key import pseudonym_of
from socialai_assets.access_commands import ADMINISTRATOR, OPERATION, allowed, asked_for, vault_key, who
from socialai_assets.children.forgetting import Forgetting, forget, require_kind, rows_about

CONSOLE = Console()
LEFT = 2


def forget_person(identifier: str, kind: str, also: Sequence[str], *, yes: bool) -> int:
    """Forget a person; returns the exit code.

    Raises:
        AccessRefused: the policy does not allow it.
        VaultError: another process has the vault open, or nobody of that kind can be forgotten.
    """
    require_kind(kind)
    allowed("forget")
    settings = current()
    key = vault_key(settings)
    given = asked_for(identifier)
    pseudonym = pseudonym_of(given, kind, key)
    access = Access(who(settings, key).account, ADMINISTRATOR, OPERATION, "forget")
    rows = rows_about(Vault.from_settings(settings), access, pseudonym, kind, key)
    total = f"{sum(rows.values()):,} rows of {len(rows)} tables are about this person."
    CONSOLE.print(total if rows else "No row of the vault is about this person.", highlight=False)
    if not yes:
        typer.confirm("Remove the person for good, also from landed files of this home?", abort=True)
    values = [value for value in (given, *also) if value != pseudonym]
    done = forget(settings, key, access, pseudonym, kind, values)
    _report(done, settings.home)
    return 0 if done.is_proven else LEFT


def _report(done: Forgetting, home: Path) -> None:
    removed, searched = done.removed, done.searched
    lines = [f"  {table}: {number:,} rows removed" for table, number in removed.rows.items()]
    lines += [f"  {table}: taken out of {number:,} rows" for table, number in removed.mentions.items()]
    lines += [f"  {_below(path, home)}: {number:,} rows removed" for path, number in done.landed.items()]
    files = f"{removed.rewritten_files} written anew, {removed.deleted_files} deleted"
    lines += [
        f"Data files of the vault: {files}; {removed.expired_snapshots} old snapshots given up.",
        f"Searched: {searched.files:,} files, {searched.bytes:,} bytes, and every table of the vault.",
    ]
    if done.catalogue_mentions:
        lines.append(f"STILL THERE: {done.catalogue_mentions} rows of the vault's catalogue.")
    lines += [f"STILL THERE: {_below(path, home)}" for path in searched.found]
    lines += [f"CANNOT BE REWRITTEN: {_below(path, home)}; land it again without" for path in done.not_rewritten]
    lines += [f"COULD NOT BE SEARCHED: {_below(path, home)}" for path in searched.unreadable]
    lines += [f"Only read, and still holding the person: {path}" for path in done.elsewhere]
    if searched.too_short:
        lines.append(f"{searched.too_short} identifiers are too short to be told from chance; not searched for.")
    if searched.within_numbers:
        lines.append(f"{len(searched.within_numbers)} files have the digits within longer numbers, as chance has it.")
    if done.is_proven:
        lines.append("Nothing of the person is left in this home. Backups and copies elsewhere were not searched.")
    lines.append("`socialai run` makes again what was learned or counted with the person.")
    CONSOLE.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)


def _below(path: Path, home: Path) -> str:
    return str(path.relative_to(home)) if path.is_relative_to(home) else str(path)
