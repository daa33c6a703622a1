"""Settings of sharing plans and stock policies: what each means, its limits, and how they are read. Plans nothing."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from socialai_assets.factories.settings_files import read_settings
from socialai_assets.methods.allocation.settings import AllocationSettings

FILE = "aid/sharing.yaml"


class SharingSettings(AllocationSettings):
    """How the stock is shared. Every field is explained in sharing.yaml."""

    objective: str = "weighted"
    weeks: int = Field(default=4, ge=1, le=26)
    minimum_coverage: float = Field(default=0.5, ge=0, le=1)
    minimum_reliability: float = Field(default=0.8, gt=0, lt=1)
    poverty_weight: float = Field(default=1.0, ge=0, le=100)
    priority_step: float = Field(default=0.25, ge=0, lt=0.5)
    risk_aversion: float = Field(default=0.3, ge=0, le=1)
    depots_per_site: int = Field(default=2, ge=1, le=20)
    most_km: float = Field(default=250.0, gt=0)
    delivery_days: int = Field(default=5, ge=1, le=7)
    load_share: float = Field(default=0.8, gt=0, le=1)
    compared_days: int = Field(default=3, ge=0, le=52)


class InventorySettings(BaseModel):
    """How depots order. Every field is explained in sharing.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service_level: float = Field(default=0.95, gt=0, lt=1)
    review_weeks: int = Field(default=1, ge=1, le=26)
    lead_time_weeks: tuple[int, ...] = (1, 2, 2, 3)
    average_use_weeks: int = Field(default=13, ge=1)
    average_use_cover_weeks: int = Field(default=13, ge=1)
    memory_weeks: int = Field(default=104, ge=13)
    warm_up_weeks: int = Field(default=52, ge=13)
    draws: int = Field(default=1000, ge=100, le=100_000)
    seed: int = Field(default=0, ge=0)

    @field_validator("lead_time_weeks")
    @classmethod
    def some(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        """At least one, none negative."""
        if not value or min(value) < 0 or max(value) > 52:
            raise ValueError("at least one lead time, each of 0 to 52 weeks")
        return value


class FailedSystemSettings(BaseModel):
    """Whether and where people whose water system has failed count. Every field is explained in sharing.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    included: bool = True
    most_km: float = Field(default=5.0, gt=0, le=100)
    most_days_since_report: int = Field(default=730, ge=0)


class PlanSettings(BaseModel):
    """All parts of sharing.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sharing: SharingSettings = SharingSettings()
    inventory: InventorySettings = InventorySettings()
    failed_systems: FailedSystemSettings = FailedSystemSettings()


def plan_settings(changes: dict[str, Any] | None = None, *, text: str | None = None) -> PlanSettings:
    """The settings of sharing.yaml with changes on top, for one run.

    Args:
        changes: nested like the file, e.g. {"sharing": {"objective": "max_min"}}.
        text: YAML instead of the file's.

    Raises:
        SettingsError: not YAML, an unknown name, or a value out of its limits; the message names each.
    """
    return read_settings(PlanSettings, FILE, changes, text)
