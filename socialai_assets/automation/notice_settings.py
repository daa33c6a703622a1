"""Settings of notices and webhooks, read from notices.yaml, the file that changes it, and the secrets. No values."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, field_validator

from resources.errors import SettingsError
from resources.settings import Settings
from socialai_assets.access.policy import policy
from socialai_assets.automation.quiet_hours import QuietHours
from socialai_assets.factories.settings_files import merged, read_settings

FILE = "automation/notices.yaml"
SECRET = "whsec_"
LEAST_BYTES = 24
Kind = Literal["failed_check", "failed_run", "drift", "alarm", "waiting_flags", "overdue_flags", "new_plan"]
PublicKind = Literal["failed_check", "failed_run", "drift", "alarm", "new_plan"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_roles(roles: tuple[str, ...]) -> tuple[str, ...]:
    unknown = sorted(set(roles) - set(policy().roles))
    if unknown:
        raise ValueError(f"there is no role {', '.join(unknown)}; the roles are {', '.join(policy().roles)}")
    return roles


class Escalation(_Part):
    """Whom next, and when."""

    after_hours: float = Field(gt=0)
    roles: tuple[str, ...] = Field(min_length=1)
    _roles = field_validator("roles")(_known_roles)


class Rule(_Part):
    """Who is told of a kind."""

    roles: tuple[str, ...]
    then: Escalation | None = None
    urgent: bool = False
    page: str
    _roles = field_validator("roles")(_known_roles)


class Subscriber(_Part):
    """A program that is told."""

    url: HttpUrl
    kinds: tuple[PublicKind, ...] = Field(min_length=1)
    internal: bool = False


class NoticeSettings(_Part):
    """All of them; notices.yaml says what each is."""

    address: str
    mail: bool
    quiet: QuietHours
    plan_days: float = Field(gt=0)
    remember_days: float = Field(gt=0)
    kinds: Mapping[Kind, Rule]
    webhooks: Mapping[str, Subscriber]
    pauses_minutes: tuple[float, ...] = Field(min_length=1)
    attempt_seconds: float = Field(gt=0)
    look_seconds: float = Field(gt=0)


def notice_settings(settings: Settings) -> NoticeSettings:
    """The settings of notices with the changes of the file that the platform's settings name.

    Raises:
        SettingsError: no such file, not YAML, an unknown name, or a value out of its limits.
    """
    import yaml

    if settings.notices_file is None:
        return read_settings(NoticeSettings, FILE)
    where = str(settings.notices_file)
    if not settings.notices_file.is_file():
        raise SettingsError(
            "Setting `notices_file` names a file that does not exist",
            where=where,
            do=f"Write what you change, in the shape of socialai_assets/{FILE}.",
        )
    try:
        changes = yaml.safe_load(settings.notices_file.read_text("utf-8")) or {}
    except yaml.YAMLError as error:
        raise SettingsError(f"The file is no YAML: {error}", where=where, do="Correct the line named.") from error
    if not isinstance(changes, dict):
        raise SettingsError("Settings are names with values", where=where, do=f"See socialai_assets/{FILE}.")
    return read_settings(NoticeSettings, FILE, merged({}, changes))


def webhook_secrets(settings: Settings, names: Mapping[str, object]) -> dict[str, tuple[bytes, ...]]:
    """The secrets that each subscriber's events are signed with; several while one is being replaced.

    Args:
        settings: name the file.
        names: the subscribers; none, and the file need not be there.

    Raises:
        SettingsError: others may read the file, or a subscriber has no secret, or one that is not whole. No secret is
            repeated in the message.
    """
    import yaml

    if not names:
        return {}
    file = settings.webhook_secrets
    do = f"Write `<name>: {SECRET}<base64 of {LEAST_BYTES} random bytes or more>` into it, one line a subscriber."
    if not file.is_file():
        raise SettingsError("There are no secrets to sign webhooks with", where=str(file), do=do)
    if file.stat().st_mode & 0o077:
        raise SettingsError(
            "Others may read the secrets of webhooks", where=str(file), do=f"Run `chmod 600 {file}`; make new secrets."
        )
    try:
        found = yaml.safe_load(file.read_text("utf-8"))
    except yaml.YAMLError:
        # The parser's own message quotes the line.
        raise SettingsError("The file of secrets is no YAML", where=str(file), do=do) from None
    if not isinstance(found, dict):
        raise SettingsError("The file of secrets holds no names", where=str(file), do=do)
    return {name: _secrets(found.get(name), f"{file}, {name}", do) for name in names}


def _secrets(given: object, where: str, do: str) -> tuple[bytes, ...]:
    made = []
    for text in given if isinstance(given, list) else [given]:
        if not isinstance(text, str) or not text.startswith(SECRET):
            raise SettingsError("A subscriber has no secret", where=where, do=do)
        try:
            secret = b64decode(text.removeprefix(SECRET), validate=True)
        except ValueError:
            raise SettingsError("A secret is not base64", where=where, do=do) from None
        if len(secret) < LEAST_BYTES:
            raise SettingsError(f"A secret has fewer than {LEAST_BYTES} bytes", where=where, do=do)
        made.append(secret)
    return tuple(made)
