"""What the commands on a whole home do, printed for a person: moving its lake, keeping it small, backing up."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from resources import home_backup, lake_move, lake_upkeep
from resources.access_log import Access
from resources.errors import LakeError
from resources.lake import Lake
from resources.model_registry import ModelRegistry
from resources.settings import Settings, current
from resources.vault import Vault

CONSOLE = Console()


def move_lake(target: str) -> None:
    """Move the home's catalogue and say what came of it."""
    settings = current()
    with CONSOLE.status("Copying and comparing"):
        moved = lake_move.move(settings, target)
    CONSOLE.print(f"{moved.tables} tables and {moved.snapshots} snapshots moved, each row compared.", highlight=False)
    CONSOLE.print(f"From  {moved.source}\nTo    {moved.target}", highlight=False, markup=False)
    CONSOLE.print(f"The old catalogue is set aside, whole: {moved.set_aside}", highlight=False, markup=False)
    CONSOLE.print("Data files, Dagster's runs and the models stay in the home.", highlight=False)
    if settings.lake_catalog is not None:
        CONSOLE.print("Remove SOCIALAI_LAKE_CATALOG from your settings: the home knows now.", highlight=False)


def back_up(file: Path) -> None:
    """Write the home into an archive and say what it holds."""
    with CONSOLE.status("Copying and comparing"):
        manifest = home_backup.back_up(current(), file)
    size = file.stat().st_size / 1e6
    held = f"{len(manifest.tables)} tables, {len(manifest.files)} files, {size:,.1f} MB"
    CONSOLE.print(f"{held} written to {file}", highlight=False, markup=False)
    if (current().home / "vault").is_dir():
        key = current().vault_key
        CONSOLE.print(
            f"Without the vault's key: keep a copy of {key} elsewhere, or nobody reads the vault again.",
            highlight=False,
            markup=False,
        )
    CONSOLE.print("Restore: SOCIALAI_HOME=<new folder> socialai restore FILE", highlight=False, markup=False)


def restore_backup(file: Path) -> None:
    """Restore an archive into the home and say what is there."""
    settings = current()
    with CONSOLE.status("Extracting and comparing"):
        manifest = home_backup.restore(settings, file)
    CONSOLE.print(
        f"{len(manifest.tables)} tables and {len(manifest.files)} files, each verified, as of {manifest.taken}, "
        f"restored into {settings.home}",
        highlight=False,
        markup=False,
    )


def tidy_lake(days: int | None, pin: list[int], unpin: list[int], why: str, dry_run: bool) -> None:
    """Change the pins, expire and delete what is old, and say what was done."""
    settings = current()
    file = settings.home / "lake" / "pinned_snapshots.json"
    lake = Lake.from_settings(settings)
    try:
        known = {snapshot.number for snapshot in lake_upkeep.snapshots(lake)}
        unknown = sorted({*pin} - known)
        if unknown:
            raise LakeError(
                f"The lake has no snapshot {unknown[0]}",
                do='`socialai sql "FROM lake.snapshots()"` lists those there are.',
            )
        decided = lake_upkeep.decided_at(lake)
        fixed = next((number for number in unpin if number in decided), None)
        if fixed is not None:
            raise LakeError(
                f"Snapshot {fixed} cannot be given up: a decision was made from it",
                where=decided[fixed],
                do="It stays as long as the decision log names it.",
            )
        pins = {n: reason for n, reason in lake_upkeep.read_pins(file).items() if n not in unpin} | dict.fromkeys(
            pin, why
        )
        lake_upkeep.write_pins(file, pins)
        registry = ModelRegistry.from_settings(settings)
        trained = [version.created for name in registry.names() for version in registry.versions(name)]
        before = datetime.now(UTC) - timedelta(days=settings.snapshot_days if days is None else days)
        done = lake_upkeep.tidy(lake, before=before, pinned=pins, moments=trained, dry_run=dry_run)
    finally:
        lake.close()
    verb = "would be " if dry_run else ""
    _tidy_vault(settings, dry_run)
    CONSOLE.print(f"{len(known)} snapshots, of them {len(done.expired)} {verb}expired.", highlight=False)
    if done.pinned:
        kept = ", ".join(str(number) for number in done.pinned)
        CONSOLE.print(
            f"Old, and kept for a pin, or because a model was trained or a decision made then: {kept}", highlight=False
        )
    CONSOLE.print(f"{done.deleted_files} files {verb}deleted, {done.merged_files} merged.", highlight=False)
    CONSOLE.print("Files of expired snapshots are deleted by the next `socialai tidy` after a day.", highlight=False)


def _tidy_vault(settings: Settings, dry_run: bool) -> None:
    """Expire old states of the vault, all of them: what was corrected or deleted there shall not live on."""
    if not (settings.home / "vault").is_dir():
        return
    before = datetime.now(UTC) - timedelta(days=settings.vault_snapshot_days)
    access = Access(getpass.getuser(), "system_administrator", "operation", "socialai tidy")
    with Vault.from_settings(settings).opened(access) as tables:
        done = lake_upkeep.tidy(tables, before=before, dry_run=dry_run)
    verb = "would be " if dry_run else ""
    CONSOLE.print(
        f"Vault: {len(done.expired)} snapshots {verb}expired, {done.deleted_files} files {verb}deleted.",
        highlight=False,
    )
