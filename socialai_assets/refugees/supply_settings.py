"""Settings of supply plans: what each means, its limits, and how they are read. Plans nothing."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from socialai_assets.factories.settings_files import read_settings
from socialai_assets.methods.allocation.settings import AllocationSettings
from socialai_assets.methods.routing.settings import LimitSettings, RoutingSettings

FILE = "refugees/supply.yaml"


class SupplySettings(AllocationSettings):
    """How relief is shared and brought. Every field is explained in supply.yaml."""

    objective: str = "proportional"
    weeks: int = Field(default=4, ge=1, le=12)
    correlation: float = Field(default=0.5, ge=0, le=1)
    depots_per_camp: int = Field(default=3, ge=1, le=20)
    most_km: float = Field(default=1500.0, gt=0)
    kilometres_per_hour: float = Field(default=40.0, gt=0, le=150)
    loading_hours: float = Field(default=2.0, ge=0, le=24)
    delivery_days: int = Field(default=6, ge=1, le=7)
    load_share: float = Field(default=0.85, gt=0, le=1)


class ComparisonSettings(BaseModel):
    """How ways to plan are compared on the past. Every field is explained in supply.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weeks: int = Field(default=4, ge=1, le=52)
    starts: tuple[float, ...] = (0.35, 0.7)
    opening_weeks: float = Field(default=1.0, ge=0, le=52)
    arriving_share: float = Field(default=0.8, ge=0, le=5)

    @field_validator("starts")
    @classmethod
    def within_the_history(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        """Shares of the history."""
        if any(not 0 <= start < 1 for start in value):
            raise ValueError("starts are shares of the history, from 0 to below 1")
        return value


class SupplyFile(BaseModel):
    """All parts of supply.yaml; `routing` is what aid/routing.yaml explains."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plan: SupplySettings = SupplySettings()
    comparison: ComparisonSettings = ComparisonSettings()
    routing: RoutingSettings = RoutingSettings(limits=LimitSettings(iterations=300))


def supply_settings(changes: dict[str, Any] | None = None, *, text: str | None = None) -> SupplyFile:
    """The settings of supply.yaml with changes on top, for one run.

    Args:
        changes: nested like the file, e.g. {"plan": {"objective": "max_min"}}.
        text: YAML instead of the file's.

    Raises:
        SettingsError: not YAML, an unknown name, or a value out of its limits; the message names each.
    """
    return read_settings(SupplyFile, FILE, changes, text)
