"""Settings of inspection rounds: their limits and how they are read. Each is explained in inspections.yaml."""

from __future__ import annotations

import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from socialai_assets.factories.settings_files import read_settings

FILE = "water/inspections.yaml"


class Base(BaseModel):
    """Where a crew starts and ends its days."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class InspectionSettings(BaseModel):
    """Every field is explained in inspections.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uncertainty_weight: float = Field(default=1.0, ge=0)
    staleness_weight: float = Field(default=1.0, ge=0)
    people_weight: float = Field(default=0.25, ge=0)
    stale_days: int = Field(default=730, ge=1)
    most_stops: int = Field(default=60, ge=1, le=1000)
    bases: tuple[Base, ...] = ()
    crews: int = Field(default=2, ge=1, le=100)
    days: int = Field(default=5, ge=1, le=28)
    first_day: str = ""
    starts_minute: int = Field(default=450, ge=0, le=1440)
    shift_minutes: int = Field(default=540, ge=60, le=1440)
    visit_minutes: int = Field(default=60, ge=1, le=600)
    kilometres_per_hour: float = Field(default=30.0, gt=0, le=150)
    detour: float = Field(default=1.4, ge=1, le=5)
    iterations: int = Field(default=500, ge=1)
    seed: int = Field(default=0, ge=0)
    retrain_after_visits: int = Field(default=25, ge=1)
    least_compared: int = Field(default=10, ge=1)
    retrain_below_p: float = Field(default=0.01, ge=0, le=1)

    @field_validator("first_day")
    @classmethod
    def _is_a_day(cls, value: str) -> str:
        if value:
            datetime.date.fromisoformat(value)
        return value


def inspection_settings(changes: dict[str, Any] | None = None) -> InspectionSettings:
    """The settings of inspections.yaml with changes on top, for one run.

    Raises:
        SettingsError: not YAML, an unknown name, or a value out of its limits; the message names each.
    """
    return read_settings(InspectionSettings, FILE, changes)
