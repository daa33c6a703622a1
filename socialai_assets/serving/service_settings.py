"""The service's settings, read from service.yaml and the file that changes it. No values here."""

from __future__ import annotations

from functools import cache
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

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

    @model_validator(mode="after")
    def _provider_is_named(self) -> SignIn:
        if self.method == "oidc":
            if not self.oidc.issuer or not self.oidc.client_id:
                raise ValueError("sign-in by `oidc` needs `oidc.issuer` and `oidc.client_id`")
            address = urlsplit(self.oidc.issuer)
            if address.scheme != "https" and not is_loopback(address.hostname or ""):
                raise ValueError("`oidc.issuer` is asked by https")
        return self


class ServiceSettings(_Part):
    """All of them; file service.yaml says what each is."""

    host: str
    port: int = Field(ge=1, le=65535)
    workers: int = Field(ge=1, le=64)
    memory_limit: str
    models_at_start: bool
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


def require_safe_address(host: str, service: ServiceSettings) -> None:
    """That cookies go by TLS alone where others than this machine's own people can reach the service.

    Raises:
        SettingsError: it is to listen on another address than loopback, without secure cookies.
    """
    if not is_loopback(host) and not service.sign_in.secure_cookies:
        raise SettingsError(
            f"Address {host} can be reached from other machines, and sign-ins would cross the network in clear",
            where="service.yaml, sign_in.secure_cookies",
            do="Listen on 127.0.0.1 behind a proxy with TLS (docs/operations.md, Behind a proxy); or, where TLS ends "
            "right before this address, set `sign_in: {secure_cookies: true}` in the file of SOCIALAI_SERVICE_FILE.",
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


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
