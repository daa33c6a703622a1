"""The landing zone: which landed files belong to a source, and a version that changes when they do. Reads no rows."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from resources import sealed_file
from resources.errors import LandingError
from resources.settings import Settings

if TYPE_CHECKING:
    from resources.vault_key import VaultKey

ABSENT = "absent"
SAMPLE_FOLDER = "sample"
MAPPING_FILE = "mapping.yaml"
PROVENANCE_FILE = "_provenance.json"
SETTLE_SECONDS = 2.0


class LandedSource(Protocol):
    """What the landing zone needs to know of a source."""

    @property
    def name(self) -> str: ...
    @property
    def domain(self) -> str: ...
    @property
    def folder(self) -> str: ...
    @property
    def patterns(self) -> Sequence[str]: ...
    @property
    def canonical(self) -> bool: ...
    @property
    def feeds(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class LandedFile:
    """One landed file: where it is, its name below the landing folder, and whether the generator wrote it.

    The name of a sealed file is the one it had before.
    """

    path: Path
    name: str
    synthetic: bool = False

    @property
    def is_sealed(self) -> bool:
        """Whether it is sealed with the vault's key."""
        return sealed_file.is_sealed(self.path)

    @property
    def mapping(self) -> Path | None:
        """The file's own `<its name>.mapping.yaml` beside it, else the folder's `mapping.yaml`, if there is one."""
        own, shared = mapping_of(self.path), self.path.parent / MAPPING_FILE
        return next((beside for beside in (own, shared) if beside.is_file()), None)


class LandingZone:
    """The home's landing folder, which the platform writes to, and an external one that it only reads.

    Args:
        home: the home's landing folder.
        external: an external landing folder, or None.
        sample: `missing`, `all` or `none`: which canonical inputs take synthetic files.
        sources: every source of every domain; needed to know what feeds a canonical input.
    """

    def __init__(self, home: Path, external: Path | None, sample: str, sources: Iterable[LandedSource]) -> None:
        self.home = home
        self.external = external
        self.sample = sample
        self.sources = {f"{source.domain}.{source.name}": source for source in sources}

    @classmethod
    def from_settings(cls, settings: Settings, sources: Iterable[LandedSource]) -> LandingZone:
        """The landing zone the settings describe."""
        return cls(settings.home_landing, settings.landing, settings.sample, sources)

    def real_files(self, source: LandedSource) -> list[LandedFile]:
        """Files that people or connectors landed for a source; the home's folder wins where a name is in both.

        Raises:
            LandingError: the external landing folder is not there (any more).
        """
        if self.external is not None and not self.external.is_dir():
            raise LandingError(
                "The external landing folder has gone",
                where=str(self.external),
                do="Mount it again; nothing is taken for deleted meanwhile.",
            )
        found: dict[str, LandedFile] = {}
        for root in (self.home, self.external):
            if root is None:
                continue
            # A file in clear beside a sealed one of its name has come anew.
            for pattern in (*source.patterns, *(pattern + sealed_file.SUFFIX for pattern in source.patterns)):
                for path in sorted((root / source.folder).glob(pattern)):
                    hidden = any(part.startswith((".", "_")) for part in path.relative_to(root).parts)
                    if path.is_file() and not hidden and not path.name.endswith(MAPPING_FILE):
                        name = path.relative_to(root).as_posix().removesuffix(sealed_file.SUFFIX)
                        found.setdefault(name, LandedFile(path, name))
        return [found[name] for name in sorted(found)]

    def sample_files(self, source: LandedSource) -> list[LandedFile]:
        """Synthetic files for a canonical source, whether or not they are in use."""
        if not source.canonical:
            return []
        folder = self.home / source.domain / SAMPLE_FOLDER
        files = [*folder.glob(f"{source.name}.*"), *folder.glob(f"{source.name}/**/*.*")]
        return [
            LandedFile(path, path.relative_to(self.home).as_posix(), synthetic=True)
            for path in sorted(files)
            if path.is_file() and not path.name.startswith(".")
        ]

    def files(self, source: LandedSource) -> list[LandedFile]:
        """The files a source is read from, by the policy on synthetic data."""
        canonical = f"{source.domain}.{source.name}" if source.canonical else None
        if self.sample == "all":
            return self.sample_files(source) if canonical else self._unless_sampled(source)
        real = self.real_files(source)
        if real or canonical is None or self.sample == "none" or self.has_landed(canonical):
            return real
        return self.sample_files(source)

    def has_landed(self, canonical: str) -> bool:
        """Whether anything real feeds a canonical input `domain.name`, directly or through a publisher."""
        feeders = [s for key, s in self.sources.items() if key == canonical or canonical in s.feeds]
        return any(self.real_files(source) for source in feeders)

    def _unless_sampled(self, source: LandedSource) -> list[LandedFile]:
        """With synthetic data for all canonical inputs, publishers' files that feed one are left aside."""
        return [] if source.feeds else self.real_files(source)

    def version(self, source: LandedSource, extra: str = "") -> str:
        """Version of what has landed for a source: its files' names and bytes, mappings, and `extra`.

        Args:
            source: the source.
            extra: what else should count as a change, such as the contract's version.
        """
        files = self.files(source)
        if not files:
            return ABSENT
        digest = hashlib.sha256(extra.encode())
        for file in files:
            digest.update(f"{file.name}\0{file_hash(file.path)}\0".encode())
            if file.mapping:
                digest.update(file_hash(file.mapping).encode())
        return digest.hexdigest()[:32]

    def settling(self, source: LandedSource, now: float | None = None) -> bool:
        """Whether a file of the source was changed within the last moments, so may still be copied."""
        moment = time.time() if now is None else now
        return any(_is_settling(file.path, moment) for file in self.files(source) if not file.is_sealed)

    def seal(self, source: LandedSource, key: VaultKey) -> list[Path]:
        """Seal what lies in clear for a source in the home's landing folder and is no longer being copied.

        The external folder is only read, and synthetic files are about nobody.
        """
        now = time.time()
        clear = [file.path for file in self.real_files(source) if not file.is_sealed]
        own = [path for path in clear if path.is_relative_to(self.home) and not _is_settling(path, now)]
        return [sealed_file.seal_in_place(path, key) for path in own]

    def land(
        self, file: Path, source: LandedSource, mapping: Path | None = None, *, key: VaultKey | None = None
    ) -> Path:
        """Copy a file, and its mapping, into the home's landing folder; each copy appears whole or not at all.

        Args:
            file: the file.
            source: what it is landed as.
            mapping: its mapping, if it has one.
            key: what to seal the copy with, where it is about persons.

        Raises:
            LandingError: there is no such file, or the source would not look at its name.
        """
        if not file.is_file():
            raise LandingError("There is no such file", where=str(file), do="Check the path.")
        target = self.home / source.folder / file.name
        if not any(target.relative_to(self.home / source.folder).match(p) for p in source.patterns):
            raise LandingError(
                f"Source `{source.name}` does not take a file named {file.name}",
                where=str(file),
                do=f"Rename it to match one of {list(source.patterns)}.",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        if mapping is not None:
            _copy_whole(mapping, mapping_of(target))
        if key is not None:
            target.unlink(missing_ok=True)
            return sealed_file.write_sealed(file.read_bytes(), target, key)
        _copy_whole(file, target)
        return target

    def land_fetched(
        self,
        files: Sequence[tuple[Path, str]],
        source: LandedSource,
        records: Sequence[Mapping[str, Any]],
        mapping: Path | None = None,
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Copy what a connector fetched into the home's landing folder, each file whole or not at all.

        Beside them `_provenance.json` keeps a record of each: address, time, checksum, licence. Files of an earlier
        fetch that did not come again are removed.

        Args:
            files: each file and its name below the source's folder.
            source: what they are landed as.
            records: one for each, with its name as `file`.
            mapping: their `mapping.yaml`.

        Returns:
            Names of removed files, and of files of the source that other ways brought.

        Raises:
            LandingError: another `mapping.yaml` is there, which other files are read by.
        """
        folder = self.home / source.folder
        note = folder / PROVENANCE_FILE
        earlier = {record["file"] for record in json.loads(note.read_text())} if note.is_file() else set()
        names = {name for _, name in files}
        others = tuple(
            file.name
            for file in self.real_files(source)
            if Path(file.name).relative_to(source.folder).as_posix() not in {*names, *earlier}
        )
        beside = folder / MAPPING_FILE
        new = mapping.read_bytes() if mapping else None
        old = beside.read_bytes() if beside.is_file() else None
        if old != new and others:
            raise LandingError(
                "Other files of the source are read by another mapping.yaml, or by none",
                where=str(folder),
                do=f"Move them away first: {list(others)[:5]}.",
            )
        folder.mkdir(parents=True, exist_ok=True)
        if mapping:
            _copy_whole(mapping, beside)
        else:
            beside.unlink(missing_ok=True)
        for path, name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            _copy_whole(path, folder / name)
        removed = tuple(sorted(earlier - names))
        for name in removed:
            (folder / name).unlink(missing_ok=True)
        temporary = note.with_name(f".{note.name}.{os.getpid()}")
        temporary.write_text(json.dumps(list(records), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.replace(note)
        return removed, others


def mapping_of(path: Path) -> Path:
    """Where a file's own mapping is, whether or not there is one."""
    return path.with_name(f"{path.name.removesuffix(sealed_file.SUFFIX)}.{MAPPING_FILE}")


def _is_settling(path: Path, now: float) -> bool:
    return abs(now - path.stat().st_mtime) < SETTLE_SECONDS


def _copy_whole(file: Path, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(file, temporary)
    temporary.replace(target)


def file_hash(path: Path) -> str:
    """SHA-256 of a file, remembered while its size and time stay the same."""
    status = path.stat()
    key = (str(path), status.st_size, status.st_mtime_ns)
    if key not in _HASHES:
        with path.open("rb") as stream:
            _HASHES[key] = hashlib.file_digest(stream, "sha256").hexdigest()
    return _HASHES[key]


_HASHES: dict[tuple[str, int, int], str] = {}
