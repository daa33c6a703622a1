"""The service's settings, read from service.yaml and the file that changes it. No values here."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from resources.errors import SettingsError
from resources.settings import Settings
from socialai_assets.factories.settings_files import merged, read_settings

FILE = "serving/service.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(_Part):
    """What one request may take."""

    body_mb: float = Field(gt=0)
    rows: int = Field(ge=1)
    seconds: float = Field(gt=0)
    requests_per_minute: int = Field(ge=1)
    sign_ins_per_minute: int = Field(ge=1)


class Oidc(_Part):
    """The OpenID provider; file service.yaml says what each is."""

    issuer: str | None
    client_id: str | None
    account_claim: str
    public_address: str


class SignIn(_Part):
    """How people sign in."""

    method: Literal["users", "oidc"]
    hours: float = Field(gt=0)
    secure_cookies: bool
    oidc: Oidc


class ServiceSettings(_Part):
    """All of them; file service.yaml says what each is."""

    host: str
    port: int = Field(ge=1, le=65535)
    workers: int = Field(ge=1, le=64)
    memory_limit: str
    vault_wait_seconds: float = Field(gt=0)
    limits: Limits
    sign_in: SignIn


def service_settings(settings: Settings) -> ServiceSettings:
    """The service's settings with the changes of the file that the platform's settings name.

    Raises:
        SettingsError: no such file, not YAML, an unknown name, or a value out of its limits.
    """
    if settings.service_file is None:
        return _read(None)
    if not settings.service_file.is_file():
        raise SettingsError(
            "Setting `service_file` names a file that does not exist",
            where=str(settings.service_file),
            do=f"Write what you change, in the shape of socialai_assets/{FILE}.",
        )
    return _read(settings.service_file.read_text("utf-8"))


@cache
def _read(changes: str | None) -> ServiceSettings:
    import yaml

    try:
        found = yaml.safe_load(changes) if changes is not None else {}
    except yaml.YAMLError as error:
        raise SettingsError(
            f"The file is no YAML: {error}", where="SOCIALAI_SERVICE_FILE", do="Correct the line named."
        ) from error
    return read_settings(ServiceSettings, FILE, merged({}, found or {}))
