"""Folders in which a file is made before it is shown, and the removal of those a killed process left behind."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".export-"
ABANDONED_SECONDS = 24 * 3600.0


@contextmanager
def unfinished_folder(parent: Path) -> Iterator[Path]:
    """A temporary folder beside the final place, gone afterwards; first removes what killed processes left there.

    Args:
        parent: an existing folder.
    """
    remove_abandoned(parent)
    prefix = f"{PREFIX}{_machine()}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(dir=parent, prefix=prefix) as folder:
        yield Path(folder)


def remove_abandoned(parent: Path) -> list[Path]:
    """Remove the unfinished folders whose process no longer runs on this machine, and any that are a day old.

    Returns:
        What was removed.
    """
    removed = []
    for folder in sorted(parent.glob(f"{PREFIX}*")):
        if folder.is_dir() and not folder.is_symlink() and _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder)
    return removed


def _is_abandoned(folder: Path) -> bool:
    made_by = re.fullmatch(rf"{re.escape(PREFIX)}{re.escape(_machine())}-(\d+)-\w+", folder.name)
    if made_by is not None and not _runs(int(made_by[1])):
        return True
    try:
        return time.time() - folder.stat().st_mtime > ABANDONED_SECONDS
    except FileNotFoundError:
        return False


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _machine() -> str:
    return re.sub(r"[^\w]", "_", socket.gethostname())
