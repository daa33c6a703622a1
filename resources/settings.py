"""Every setting of the platform, its default and its meaning. Reads `socialai.toml`, `.env` and the environment."""

from __future__ import annotations

import difflib
import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from resources.errors import SettingsError

PROJECT = Path(__file__).resolve().parents[1]
PREFIX = "SOCIALAI_"
# How a home's record, and `socialai move`, name the SQLite catalogue under the home.
HOME_CATALOG = "sqlite"
# Where estimates are about single persons, nothing is used that nobody approved, unless the settings say otherwise.
APPROVED_BY_PEOPLE = ("children",)
# Read by the test suite and the benchmarks, not by the platform itself.
OTHER_VARIABLES = {"SOCIALAI_TEST_LANDING", "SOCIALAI_BENCH_DATA"}


class Settings(BaseSettings):
    """Settings; each can be given as `SOCIALAI_<NAME>`, in `.env`, or in `socialai.toml`, in that order of strength."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=PROJECT / ".env",
        toml_file=PROJECT / "socialai.toml",
        extra="forbid",
        frozen=True,
    )

    home: Path = Field(
        PROJECT / ".socialai",
        description="Folder of everything the platform writes: lake, runs, models, maps, its own landing folder.",
    )
    landing: Path | None = Field(
        None, description="External landing folder `<domain>/<source>/...`; it is only ever read."
    )
    sample: Literal["missing", "all", "none"] = Field(
        "missing",
        description="Synthetic data: for canonical inputs nothing has landed for (missing), for all, or for none.",
    )
    sample_scale: float = Field(1.0, gt=0, le=100, description="Size of the sample country; 1 is 180 districts.")
    sample_seed: int = Field(0, ge=0, description="Seed of the sample country.")
    domains: str = Field(
        "all", description="Domains to work with, by commas; those whose tables they read come with them."
    )
    lake_catalog: str | None = Field(
        None,
        description="DuckLake catalogue, e.g. `postgres:dbname=lake host=...`; default SQLite under the home.",
    )
    lake_data: str | None = Field(None, description="Folder or object-store prefix of the lake's Parquet files.")
    vault_catalog: str | None = Field(
        None, description="Catalogue of the vault, `postgres:...`; default an encrypted file under the home."
    )
    vault_data: str | None = Field(None, description="Folder or object-store prefix of the vault's encrypted files.")
    vault_key_file: Path | None = Field(
        None, description="File of the vault's key; default `keys/vault.key` under the home. Never part of a backup."
    )
    people_file: Path | None = Field(
        None, description="File that says who may act as what; default `access/people.yaml` under the home."
    )
    service_file: Path | None = Field(
        None, description="Changes to the service's settings, in the shape of `socialai_assets/serving/service.yaml`."
    )
    notices_file: Path | None = Field(
        None, description="Changes to who is told of what, in the shape of `socialai_assets/automation/notices.yaml`."
    )
    webhook_secrets_file: Path | None = Field(
        None, description="Secrets that webhooks are signed with; default `keys/webhooks.yaml` under the home, 0600."
    )
    oidc_client_secret: SecretStr | None = Field(
        None, description="What the service shows the OpenID provider; never shown or logged."
    )
    memory_limit: str = Field("4GB", pattern=r"^\d+(\.\d+)?\s*(MB|GB|MiB|GiB)$", description="DuckDB's memory.")
    threads: int = Field(2, ge=1, le=256, description="Threads of DuckDB and of model training.")
    lock_timeout_seconds: float = Field(
        600.0, gt=0, description="How long a write waits for another process's write to the embedded lake."
    )
    fetch_hosts: str = Field(
        "", description="Hosts that `fetch` may follow a link or redirect to besides the source's own, by commas."
    )
    fetch_internal: bool = Field(
        False, description="Whether `fetch` may use plain HTTP and private addresses, as in an agency's own network."
    )
    mlflow_tracking_uri: str | None = Field(None, description="MLflow server; default SQLite under the home.")
    approval: Annotated[dict[str, Literal["automatic", "required"]], NoDecode] = Field(
        {}, description="Whether a better model waits for a person, by domain: `poverty=required,aid=automatic`."
    )
    notifier: Literal["log", "webhook", "email"] = Field("log", description="Where alerts go.")
    notifier_webhook: str | None = Field(None, description="URL that alerts are posted to as JSON.")
    notifier_email_to: str | None = Field(None, description="Address that alerts are mailed to.")
    notifier_email_from: str = Field("socialai@localhost", description="Sender of mailed alerts.")
    notifier_smtp: str = Field("localhost:25", description="SMTP server of mailed alerts, host:port.")
    notifier_smtp_security: Literal["plain", "starttls", "tls"] = Field(
        "plain",
        description="How the mail server is spoken to: by TLS (port 465), TLS after STARTTLS (587), or in clear.",
    )
    notifier_smtp_ca_file: Path | None = Field(
        None, description="PEM file of authorities that sign its certificate; default those of the system."
    )
    notifier_smtp_username: str | None = Field(None, description="Who signs in at the mail server; nobody by default.")
    notifier_smtp_password: SecretStr | None = Field(None, description="The password; never shown or logged.")
    alert_on: Literal["errors", "warnings"] = Field(
        "errors", description="What alerts are sent for; `socialai alerts list` and `status` show warnings anyway."
    )
    alert_days: int = Field(
        30,
        ge=1,
        description="Days after which an alert that nothing was heard of expires, and an ended one is forgotten.",
    )
    snapshot_days: int = Field(30, ge=1, description="Days after which old snapshots of the lake may expire.")
    vault_snapshot_days: int = Field(
        7, ge=0, description="Days after which all old snapshots of the vault may expire; none is kept for a pin."
    )
    sensor_seconds: int = Field(5, ge=5, description="How often the landing folders are looked at.")
    kafka_servers: str | None = Field(
        None, description="Kafka brokers, `host:port` by commas; without any, readings come by files alone."
    )
    kafka_topic: str = Field(
        "water.readings", pattern=r"[A-Za-z0-9._-]{1,249}", description="Topic that stations' readings are in."
    )
    kafka_security: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = Field(
        "plaintext", description="Whether the brokers are spoken to by TLS (ssl), with a sign-in (sasl), or both."
    )
    kafka_ca_file: Path | None = Field(None, description="PEM file of authorities that sign the brokers' certificates.")
    kafka_certificate_file: Path | None = Field(
        None, description="PEM file of our certificate, where they ask for one."
    )
    kafka_key_file: Path | None = Field(None, description="PEM file of its private key.")
    kafka_key_password: SecretStr | None = Field(None, description="Password of that key.")
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="How to sign in."
    )
    kafka_username: str | None = Field(None, description="Who signs in.")
    kafka_password: SecretStr | None = Field(None, description="The password; never shown or logged.")
    kafka_batch_messages: int = Field(
        50_000, ge=1, le=1_000_000, description="Most messages taken into the lake in one transaction."
    )
    kafka_linger_seconds: float = Field(
        1.0, gt=0, le=600, description="How long `water ingest` gathers messages before it writes what there is."
    )
    kafka_waiting_messages: int = Field(
        10_000, ge=1, description="So many waiting messages make the sensor take them at once."
    )
    kafka_waiting_seconds: float = Field(
        300.0, gt=0, description="A message that has waited so long makes the sensor take all that wait."
    )
    ui_port: int = Field(3000, ge=1, le=65535, description="Port of the Dagster UI, on loopback.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order of strength: arguments, environment, `.env`, `socialai.toml`."""
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)

    @field_validator("approval", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        """`domain=automatic|required`, by commas, as the environment gives it."""
        if not isinstance(value, str):
            return value
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        return {domain.strip(): state.strip() for domain, _, state in pairs}

    def approval_required(self, domain: str) -> bool:
        """Whether a domain's better model waits until a person approves it."""
        return self.approval.get(domain, "required" if domain in APPROVED_BY_PEOPLE else "automatic") == "required"

    @property
    def catalog(self) -> str:
        """DuckLake catalogue as DuckLake spells it, without the `ducklake:` in front.

        Raises:
            SettingsError: the setting names another catalogue than the one the home's lake was moved to.
        """
        if not self.catalog_record.is_file():
            return self.lake_catalog or self.home_catalog
        moved = self.catalog_record.read_text().strip()
        moved = self.home_catalog if moved == HOME_CATALOG else moved
        if self.lake_catalog is not None and self.lake_catalog != moved:
            raise SettingsError(
                "Setting `lake_catalog` names another catalogue than the one this home's lake was moved to",
                where=str(self.catalog_record),
                do=f"Remove {PREFIX}LAKE_CATALOG: the home knows. To give the home another lake, delete that file.",
            )
        return moved

    @property
    def home_catalog(self) -> str:
        """The SQLite catalogue under the home."""
        return f"sqlite:{self.home / 'lake' / 'catalog.sqlite'}"

    @property
    def catalog_record(self) -> Path:
        """File in which `socialai move` writes where the home's catalogue is."""
        return self.home / "lake" / "catalog.location"

    @property
    def data_path(self) -> str:
        """Where the lake's Parquet files are, with a slash at the end."""
        return (self.lake_data or str(self.home / "lake" / "data")).rstrip("/") + "/"

    @property
    def home_landing(self) -> Path:
        """The landing folder that `land`, `fetch` and the sample generator write to."""
        return self.home / "landing"

    @property
    def published(self) -> Path:
        """Folder of maps and other files made for people."""
        return self.home / "published"

    @property
    def vault_key(self) -> Path:
        """File of the vault's key."""
        return self.vault_key_file or self.home / "keys" / "vault.key"

    @property
    def people(self) -> Path:
        """File of who may act as what."""
        return self.people_file or self.home / "access" / "people.yaml"

    @property
    def webhook_secrets(self) -> Path:
        """File of the secrets that webhooks are signed with."""
        return self.webhook_secrets_file or self.home / "keys" / "webhooks.yaml"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own storage: runs, events, schedules."""
        return self.home / "dagster"

    @property
    def tracking_uri(self) -> str:
        """MLflow's tracking address."""
        return self.mlflow_tracking_uri or f"sqlite:///{self.home / 'mlflow' / 'mlflow.db'}"


def load(**overrides: object) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: naming the setting that is unknown or wrong, and its allowed values.
    """
    _refuse_unknown_variables()
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        field = Settings.model_fields.get(name)
        raise SettingsError(
            f"Setting `{name}` is wrong: {first['msg']} (given: {first.get('input')!r})",
            where=f"{PREFIX}{name.upper()} in the environment, .env or socialai.toml",
            do=field.description or "" if field else _suggestion(name),
        ) from error
    absolute = {"home": settings.home.expanduser().resolve()}
    if settings.landing is not None:
        absolute["landing"] = settings.landing.expanduser().resolve()
        if not absolute["landing"].is_dir():
            raise SettingsError(
                f"Setting `landing` names a folder that does not exist: {settings.landing}",
                where=f"{PREFIX}LANDING",
                do="Give an existing folder laid out as <domain>/<source>/..., or leave the setting out.",
            )
    return settings.model_copy(update=absolute)


@lru_cache(maxsize=1)
def current() -> Settings:
    """The settings of this process, read once."""
    return load()


def _refuse_unknown_variables() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | OTHER_VARIABLES
    for variable in os.environ:
        if variable.startswith(PREFIX) and variable not in known:
            name = variable.removeprefix(PREFIX).lower()
            raise SettingsError(f"Unknown setting `{variable}`", where="the environment", do=_suggestion(name))


def _suggestion(name: str) -> str:
    close = difflib.get_close_matches(name, Settings.model_fields, n=1)
    hint = f"Did you mean `{close[0]}`? " if close else ""
    return f"{hint}Known settings: {', '.join(Settings.model_fields)}."
