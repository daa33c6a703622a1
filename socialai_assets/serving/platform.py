"""What endpoints and pages are handed: settings, gate, people, sessions, models. Wires them and does nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from resources.people import Account, read_accounts
from resources.settings import Settings
from resources.vault import key_of
from resources.vault_key import VaultKey
from socialai_assets.access.policy import policy
from socialai_assets.serving.champions import Champions
from socialai_assets.serving.gate import Gate
from socialai_assets.serving.limits import Rates
from socialai_assets.serving.service_settings import ServiceSettings
from socialai_assets.serving.sessions import Sessions


@dataclass(frozen=True)
class Platform:
    """What a process of the service works with.

    Attributes:
        settings: of the platform.
        service: of the service.
        gate: reads what is granted.
        sessions: who has signed in.
        key: of the vault.
        rates: how often each account, key and address came.
        champions: the models in use, for scores of new rows.
    """

    settings: Settings
    service: ServiceSettings
    gate: Gate
    sessions: Sessions
    key: VaultKey
    rates: Rates
    champions: Champions

    @classmethod
    def from_settings(cls, settings: Settings, service: ServiceSettings) -> Platform:
        """What the settings describe."""
        gate = Gate(settings, service)
        sessions = Sessions(settings.home / "access" / "session.keys", service.sign_in.hours)
        champions = Champions(settings, gate.lake)
        return cls(settings, service, gate, sessions, key_of(settings), Rates(service.limits), champions)

    @property
    def folder(self) -> Path:
        """Folder of what the service keeps: its process numbers, shapes made ready for maps."""
        return self.settings.home / "service"

    def accounts(self) -> dict[str, Account]:
        """What the file of people says now.

        Raises:
            SettingsError: the file is not what it should be.
        """
        file = self.settings.people
        if not file.is_file():
            return {}
        told = file.stat()
        return _accounts(file, (told.st_mtime_ns, told.st_size, told.st_ino, told.st_mode))


@lru_cache(maxsize=2)
def _accounts(file: Path, mark: tuple[int, ...]) -> dict[str, Account]:  # noqa: ARG001
    """The file's accounts, read again when the mark of the file is another."""
    return read_accounts(file, list(policy().roles))
