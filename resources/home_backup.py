"""A home as one archive and back: consistent, verified file by file and table by table. No printing here.

The archive is a tar of the home's files. Its catalogue is always SQLite, whatever the home's was; databases of Dagster
and MLflow are taken by SQLite's own backup; the vault is taken as it lies, encrypted, and without its key.
`backup.json`, last in the archive, names every file with its SHA-256 and every table with its data version, so that an
archive that was cut off is known by its absence.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from resources.errors import SocialAIError
from resources.lake import Lake
from resources.lake_location import LakeLocation
from resources.lake_move import copy_verified, held, table_versions
from resources.settings import Settings
from resources.vault import Vault

MANIFEST = "backup.json"
UNFINISHED = ".restoring"
_FORMAT = 1
_CATALOG = "lake/catalog.sqlite"
_DATA = "lake/data"
_SQLITE = b"SQLite format 3\0"
_LOGS = ("-wal", "-shm", "-journal")


class BackupError(SocialAIError):
    """A home cannot be backed up or restored."""


@dataclass(frozen=True)
class Manifest:
    """What an archive holds: SHA-256 of each file, data version of each table, when it was taken."""

    taken: str
    files: dict[str, str]
    tables: dict[str, str]
    format: int = _FORMAT


def back_up(settings: Settings, file: Path) -> Manifest:
    """Write the home into an archive. Writers of the lake wait meanwhile; readers go on.

    Raises:
        BackupError: the archive is there already or would lie in the home, or the data are in an object store.
        LakeError: there is no lake, or its copy is not equal.
    """
    file = file.expanduser().resolve()
    if file.exists():
        raise BackupError("The archive is there already", where=str(file), do="Name another file.")
    if file.is_relative_to(settings.home):
        raise BackupError("The archive would lie in the home itself", where=str(file), do="Name a file elsewhere.")
    if "://" in settings.data_path:
        raise BackupError(
            "The lake's data files are in an object store",
            where=settings.data_path,
            do="Back them up by the store's own versions, and the catalogue by `pg_dump` or a copy, in that order.",
        )
    partial = file.with_name(f"{file.name}.partial")
    file.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=file.parent, prefix=f"{file.name}.") as folder,
        held(settings) as catalog,
        _vault_at_rest(settings),
    ):
        copied = LakeLocation(f"sqlite:{folder}/catalog.sqlite", settings.data_path)
        tables = copy_verified(catalog, copied)
        files: dict[str, str] = {}
        with tarfile.open(partial, "w") as archive:
            archive.add(Path(folder) / "catalog.sqlite", _CATALOG)
            files[_CATALOG] = _sha256(Path(folder) / "catalog.sqlite")
            for name, path in _files(settings):
                try:
                    # Lake data never change in place; of anything else, what is hashed must be what is written.
                    content = path if name.startswith(f"{_DATA}/") else _still(path, Path(folder))
                except FileNotFoundError:
                    continue  # a log or temporary file that its owner took away meanwhile is not the home's content
                archive.add(content, name, recursive=False)
                files[name] = _sha256(content)
            manifest = Manifest(datetime.now(UTC).isoformat(timespec="seconds"), files, tables)
            described = Path(folder) / MANIFEST
            described.write_text(json.dumps(asdict(manifest), indent=1))
            archive.add(described, MANIFEST)
    with partial.open("rb") as stream:
        os.fsync(stream.fileno())
    partial.replace(file)
    return manifest


def restore(settings: Settings, file: Path) -> Manifest:
    """Restore an archive into an empty home, verifying every file and table before any is in place.

    Raises:
        BackupError: the home is not empty, the settings put the lake elsewhere, or the archive is damaged.
    """
    home = settings.home
    if settings.lake_catalog is not None or settings.lake_data is not None:
        raise BackupError(
            "A backup is restored with its catalogue and data under the home, but settings put them elsewhere",
            do="Unset SOCIALAI_LAKE_CATALOG and SOCIALAI_LAKE_DATA, restore, then `socialai move --to postgres:...`.",
        )
    arriving = home / UNFINISHED
    if home.is_dir() and any(path != arriving for path in home.iterdir()):
        raise BackupError("The home is not empty", where=str(home), do="Name a new folder: SOCIALAI_HOME=... .")
    shutil.rmtree(arriving, ignore_errors=True)
    arriving.mkdir(parents=True)
    manifest = _extract(file, arriving)
    _verify(arriving, manifest, file)
    # The lake comes last: until it is there, the home is plainly unfinished.
    for path in sorted(arriving.iterdir(), key=lambda path: path.name == "lake"):
        path.replace(home / path.name)
    arriving.rmdir()
    return manifest


def _extract(file: Path, folder: Path) -> Manifest:
    try:
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter="data")
        described = folder / MANIFEST
        manifest = Manifest(**json.loads(described.read_text()))
        described.unlink()
    except (tarfile.TarError, EOFError, FileNotFoundError, json.JSONDecodeError, TypeError) as error:
        raise BackupError(
            f"This is not a whole archive of `socialai backup`: {error}",
            where=str(file),
            do="It may have been cut off; restore another.",
        ) from error
    if manifest.format != _FORMAT:
        raise BackupError(
            f"The archive is of format {manifest.format}, this version reads {_FORMAT}",
            where=str(file),
            do="Restore with the version of socialai that wrote it.",
        )
    return manifest


def _verify(folder: Path, manifest: Manifest, file: Path) -> None:
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    wrong = found.keys() ^ manifest.files.keys()
    wrong |= {name for name in found.keys() & manifest.files.keys() if _sha256(found[name]) != manifest.files[name]}
    if not wrong:
        # As files are now; opening the catalogue could change its own file, so this comes after.
        location = LakeLocation(f"sqlite:{folder / _CATALOG}", f"{folder / _DATA}/")
        versions = table_versions(Lake(location, read_only=True))
        names = versions.keys() | manifest.tables.keys()
        wrong = {name for name in names if versions.get(name) != manifest.tables.get(name)}
    if wrong:
        raise BackupError(
            f"The archive is damaged: {', '.join(sorted(wrong)[:5])}",
            where=str(file),
            do="Nothing was put in place; restore another archive.",
        )


def _files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Name in the archive and path of every file but the catalogue, locks and what belongs to a database."""
    lake, data = settings.home / "lake", Path(settings.data_path)
    for path in sorted(data.rglob("*")):
        if path.is_file():
            yield f"{_DATA}/{path.relative_to(data)}", path
    for path in sorted(settings.home.rglob("*")):
        if path.is_relative_to(data) or path.parent == lake or not path.is_file() or path.is_symlink():
            continue
        if path == settings.vault_key or path.parent == settings.home / "keys":
            continue  # who has a backup has not yet what is in the vault
        if path.name.endswith(_LOGS) and path.with_name(path.name.rsplit("-", 1)[0]).is_file():
            continue
        yield str(path.relative_to(settings.home)), path


def _vault_at_rest(settings: Settings) -> contextlib.AbstractContextManager[None]:
    """Nobody has the vault open meanwhile, where there is one."""
    there = (settings.home / "vault").is_dir()
    return Vault.from_settings(settings).alone() if there else contextlib.nullcontext()


def _is_database(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_SQLITE)) == _SQLITE


def _still(path: Path, folder: Path) -> Path:
    """A copy as of one moment of a file that others may be writing to; a database's is taken by SQLite."""
    target = folder / "still"
    target.unlink(missing_ok=True)
    if not _is_database(path):
        shutil.copy2(path, target)
        return target
    with (
        contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").fetchone()
    return target


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
