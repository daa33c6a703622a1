"""Settings of help for children at risk: their limits and how they are read. Each is explained in help.yaml."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from socialai_assets.automation.quiet_hours import QuietHours
from socialai_assets.children.input_contracts import LABELS, PROVIDERS, STAFF_ROLES
from socialai_assets.factories.settings_files import read_settings

FILE = "children/help.yaml"
EVIDENCE = ("randomised", "matched", "expert", "none")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NeedSettings(_Part):
    """From where on something is a need."""

    absent_share: float = Field(default=0.1, gt=0, le=1)
    subjects_failing: int = Field(default=1, ge=1)
    school_km: float = Field(default=3.0, gt=0)
    income_per_member_usd: float = Field(default=111.0, gt=0)
    language_share: float = Field(default=0.5, gt=0, le=1)


class PlanSettings(_Part):
    """How help is shared out."""

    budget_usd: float | None = Field(default=None, ge=0)
    benefit_per_km: float = Field(default=0.0002, ge=0)
    most_per_child: int = Field(default=1, ge=1, le=5)
    gap: float = Field(default=0.005, ge=0, le=1)
    seconds: float = Field(default=60, gt=0)
    given_up: float = Field(default=0.01, ge=0, le=1)
    given_up_compared: tuple[float, ...] = (0.01, 0.02, 0.05)
    even_seconds: float = Field(default=5, gt=0)
    seed: int = Field(default=0, ge=0)


class BenefitSettings(_Part):
    """How records of help are read."""

    start_days: int = Field(default=31, ge=1, le=180)
    least_helped: int = Field(default=50, ge=10)
    least_overlap: float = Field(default=0.5, ge=0, le=1)
    bands: tuple[float, ...] = (0.5, 0.8)
    catalogue_error: dict[str, float]
    folds: int = Field(default=3, ge=2, le=20)
    seed: int = Field(default=0, ge=0)

    @field_validator("catalogue_error")
    @classmethod
    def _one_a_kind(cls, value: dict[str, float]) -> dict[str, float]:
        if set(value) != set(EVIDENCE) or min(value.values()) <= 0:
            raise ValueError(f"give a number above 0 for each of {', '.join(EVIDENCE)}")
        return value


class WorklistSettings(_Part):
    """By when somebody looks."""

    first_days: int = Field(default=3, ge=0)
    other_days: int = Field(default=10, ge=0)


class AlertSettings(QuietHours):
    """Who is told of flags, when."""

    rising: float = Field(default=0.1, gt=0, le=1)
    quiet_from: int = Field(default=19, ge=0, le=24)
    quiet_until: int = Field(default=7, ge=0, le=23)
    quiet_days: tuple[int, ...] = (5, 6)
    time_zone: str = "America/Lima"
    acknowledge_days: int = Field(default=3, ge=1)
    supervisor: str = "administrator"
    least_waiting: int = Field(default=10, ge=2)


class HelpSettings(_Part):
    """Every field is explained in help.yaml."""

    needs: NeedSettings = NeedSettings()
    open_case_excludes: tuple[str, ...] = ("case_opens",)
    most_km: dict[str, float]
    nearest_staff: int = Field(default=4, ge=1, le=50)
    nearest_services: int = Field(default=2, ge=1, le=50)
    plan: PlanSettings = PlanSettings()
    benefit: BenefitSettings
    worklist: WorklistSettings = WorklistSettings()
    alerts: AlertSettings = AlertSettings()
    least_children: int = Field(default=10, ge=2)

    @field_validator("most_km")
    @classmethod
    def _one_a_provider(cls, value: dict[str, float]) -> dict[str, float]:
        if set(value) != set(PROVIDERS) or min(value.values()) <= 0:
            raise ValueError(f"give kilometres above 0 for each of {', '.join(PROVIDERS)}")
        return value

    @field_validator("open_case_excludes")
    @classmethod
    def _are_labels(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not set(value) <= set(LABELS):
            raise ValueError(f"give some of {', '.join(LABELS)}")
        return value


ROLE_OF = dict(zip(LABELS, STAFF_ROLES, strict=True))
"""Who looks at a flag that nobody is assigned to: the school's counsellor, or for protection a social worker."""


def help_settings(changes: dict[str, Any] | None = None) -> HelpSettings:
    """The settings of help.yaml with changes on top, for one run.

    Raises:
        SettingsError: not YAML, an unknown name, or a value out of its limits; the message names each.
    """
    return read_settings(HelpSettings, FILE, changes)
