"""Writing files that people open: whole or not at all. Knows no format."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file so that a reader never meets half of it; makes its folder; returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)
    return path


def replace_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write all files of a folder, and take away what an earlier writing left in it."""
    for old in folder.glob("[!.]*"):
        if old.is_file() and old.name not in contents:
            old.unlink()
    for name, content in contents.items():
        write_whole(folder / name, content)
