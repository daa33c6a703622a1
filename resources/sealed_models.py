"""Files of models that learned from persons: packed, sealed with the vault's key, kept in the vault's folder.

A tree's thresholds and a network's scaling are values of persons, though nobody's name; so they are not left in clear.
Which file belongs to which version is a tag of the version; the registry holds figures and words only.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from resources.errors import ModelError
from resources.sealed_file import SUFFIX, unseal, write_sealed
from resources.vault_key import VaultKey

TAG = "sealed_file"
MEMORY = Path("/dev/shm")


def keep(folder: Path, vault: Path, name: str, key: VaultKey) -> str:
    """Pack and seal a model's folder; returns the file's name, which follows from its content.

    Args:
        folder: the model's files.
        vault: folder of the vault.
        name: of the model.
        key: of the vault.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = tarfile.TarInfo(str(path.relative_to(folder)))
                entry.size = path.stat().st_size
                archive.addfile(entry, io.BytesIO(path.read_bytes()))
    content = packed.getvalue()
    target = vault / "models" / f"{name}-{hashlib.sha256(content).hexdigest()[:16]}.tar"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(0o700)
    return write_sealed(content, target, key).name


@contextlib.contextmanager
def opened(vault: Path, file: str, key: VaultKey) -> Iterator[Path]:
    """A sealed model's files in a folder, in memory where the system has such, until the block ends.

    Raises:
        ModelError: the file is gone.
        VaultError: it was changed, or sealed with another key.
    """
    path = vault / "models" / file
    if not path.is_file() or not file.endswith(SUFFIX):
        raise ModelError("The sealed files of a model are gone", where=str(path), do="Train again, or roll back.")
    content = io.BytesIO(unseal(path, key))
    with in_memory() as folder, tarfile.open(fileobj=content) as archive:
        archive.extractall(folder, filter="data")
        yield folder


@contextlib.contextmanager
def in_memory() -> Iterator[Path]:
    """A folder for files in clear until the block ends, in memory where the system has such."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)
