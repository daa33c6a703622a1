"""The vault: tables about persons, encrypted at rest, catalogue included. Opened for a purpose and closed again.

Embedded, the catalogue is an encrypted DuckDB file, which one process opens at a time, so processes queue at a lock for
the short time of a read or write; with `SOCIALAI_VAULT_CATALOG` it is in PostgreSQL, whose operators then see column
minima and maxima, never rows. Who may read what is decided in the policy, not here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from resources.access_log import Access, AccessLog
from resources.errors import VaultError
from resources.lake import Lake
from resources.lake_location import LakeLocation
from resources.vault_key import VaultKey

if TYPE_CHECKING:
    from pathlib import Path

    from resources.settings import Settings


def key_of(settings: Settings) -> VaultKey:
    """The key of a home's vault; drawn where there is neither key nor vault."""
    return VaultKey.from_file(settings.vault_key, make=not (settings.home / "vault").exists())


class Vault:
    """A home's vault.

    Args:
        folder: of its access log and, embedded, of its catalogue and data; only its owner may enter it.
        location: catalogue, data and key.
        log: where each opening is written down.
        memory_limit: DuckDB's memory limit.
        threads: DuckDB's threads.
        lock_timeout: seconds to wait for another process.
    """

    def __init__(
        self,
        folder: Path,
        location: LakeLocation,
        log: AccessLog,
        *,
        memory_limit: str = "4GB",
        threads: int = 2,
        lock_timeout: float = 600.0,
    ) -> None:
        if location.key is None:
            raise VaultError("A vault has a key", where=location.catalog, do="Give `LakeLocation` its key.")
        self.folder, self.location, self.log = folder, location, log
        self._limits = {"memory_limit": memory_limit, "threads": threads, "lock_timeout": lock_timeout}
        self._lock_timeout = lock_timeout

    @classmethod
    def from_settings(cls, settings: Settings) -> Vault:
        """The vault the settings describe; its key is drawn where there is neither key nor vault."""
        folder = settings.home / "vault"
        key = key_of(settings)
        location = LakeLocation(
            settings.vault_catalog or str(folder / "catalog.duckdb"),
            (settings.vault_data or str(folder / "data")).rstrip("/") + "/",
            key.of_files,
        )
        return cls(
            folder,
            location,
            AccessLog(folder / "access.jsonl", key.derived("access log")),
            memory_limit=settings.memory_limit,
            threads=settings.threads,
            lock_timeout=settings.lock_timeout_seconds,
        )

    @contextlib.contextmanager
    def opened(self, access: Access) -> Iterator[Lake]:
        """The vault's tables, read and written as a lake's are, until the block ends; the opening is logged first.

        Raises:
            VaultError: another process had it open for longer than the timeout.
            LakeError: it cannot be opened, as with another key.
        """
        self._make_folder()
        self.log.append(access)
        with self.alone():
            lake = Lake(self.location, **self._limits)  # type: ignore[arg-type]
            try:
                yield lake
            finally:
                lake.close()

    def rewrite_catalogue(self, values: Sequence[str]) -> int:
        """Write an embedded catalogue's file anew, without what free blocks keep; one on a server is its operator's.

        Returns:
            How many rows of it hold one of the values.

        Raises:
            VaultError: another process has it open for too long, or it cannot be copied whole.
        """
        from resources.forgetting import rewrite_catalogue

        with self.alone():
            return rewrite_catalogue(self.location, values) if self.location.is_sealed else 0

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process out, as while the embedded catalogue is copied; on a server nobody is kept out.

        Raises:
            VaultError: another process had it open for longer than the timeout.
        """
        if not self.location.is_sealed:
            yield
            return
        from filelock import FileLock, Timeout

        try:
            with FileLock(self.folder / "open.lock", timeout=self._lock_timeout):
                yield
        except Timeout as error:
            raise VaultError(
                f"Another process has had the vault open for {self._lock_timeout:.0f} s",
                where=str(self.folder),
                do="Wait for the other run to end or stop it; SOCIALAI_LOCK_TIMEOUT_SECONDS sets the patience.",
            ) from error

    def _make_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
