"""What the commands on a whole home do, printed for a person: moving its lake, backing it up, restoring it."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from resources import home_backup, lake_move
from resources.settings import current

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
