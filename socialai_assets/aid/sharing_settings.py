"""Settings of sharing plans and stock policies: what each means, its limits, and how they are read. Plans nothing."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from resources.errors import SettingsError
from socialai_assets.methods.allocation.planning import OBJECTIVES, Terms

FILE = "aid/sharing.yaml"


class SharingSettings(BaseModel):
    """How the stock is shared. Every field is explained in sharing.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    objective: str = "weighted"
    weeks: int = Field(default=4, ge=1, le=26)
    minimum_coverage: float = Field(default=0.5, ge=0, le=1)
    minimum_reliability: float = Field(default=0.8, gt=0, lt=1)
    minimum_required: bool = False
    budget_usd: float | None = Field(default=None, ge=0)
    poverty_weight: float = Field(default=1.0, ge=0, le=100)
    priority_step: float = Field(default=0.25, ge=0, lt=0.5)
    risk_aversion: float = Field(default=0.3, ge=0, le=1)
    tail: float = Field(default=0.25, gt=0, le=1)
    scenarios: int = Field(default=12, ge=1, le=500)
    correlation: float = Field(default=0.3, ge=0, le=1)
    segments: int = Field(default=5, ge=1, le=50)
    depots_per_site: int = Field(default=2, ge=1, le=20)
    most_km: float = Field(default=250.0, gt=0)
    delivery_days: int = Field(default=5, ge=1, le=7)
    load_share: float = Field(default=0.8, gt=0, le=1)
    fairness_steps: tuple[float, ...] = (0.0, 0.5, 0.8, 0.9, 1.0)
    compared_days: int = Field(default=3, ge=0, le=52)
    seed: int = Field(default=0, ge=0)
    seconds: float = Field(default=60.0, gt=0)

    @field_validator("objective")
    @classmethod
    def known_objective(cls, value: str) -> str:
        """One of the objectives there are."""
        if value not in OBJECTIVES:
            raise ValueError(f"`{value}` is no objective; there are {', '.join(OBJECTIVES)}")
        return value

    @field_validator("fairness_steps")
    @classmethod
    def ascending(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        """Ascending shares that begin with 0."""
        if list(value) != sorted(set(value)) or not value or value[0] != 0 or value[-1] > 1:
            raise ValueError("steps ascend from 0 to at most 1")
        return value

    @property
    def terms(self) -> Terms:
        """The same for the planner."""
        return Terms(
            segments=self.segments,
            minimum_required=self.minimum_required,
            risk_aversion=self.risk_aversion,
            tail=self.tail,
            seconds=self.seconds,
        )


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


class PlanSettings(BaseModel):
    """Both parts of sharing.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sharing: SharingSettings = SharingSettings()
    inventory: InventorySettings = InventorySettings()


def plan_settings(changes: dict[str, Any] | None = None, *, text: str | None = None) -> PlanSettings:
    """The settings of sharing.yaml with changes on top, for one run.

    Args:
        changes: nested like the file, e.g. {"sharing": {"objective": "max_min"}}.
        text: YAML instead of the file's.

    Raises:
        SettingsError: not YAML, an unknown name, or a value out of its limits; the message names each.
    """
    import yaml

    try:
        read = yaml.safe_load(text if text is not None else (files("socialai_assets.aid") / "sharing.yaml").read_text())
    except yaml.YAMLError as error:
        raise SettingsError(f"The settings are no YAML: {error}", where=FILE, do="Correct the line named.") from error
    merged: dict[str, Any] = {}
    for part in (read or {}, changes or {}):
        if not isinstance(part, dict):
            raise SettingsError("Settings are names with values", where=FILE, do="Write `sharing:` with lines below.")
        for name, values in part.items():
            nested = isinstance(values, dict) and isinstance(merged.get(name), dict)
            merged[name] = {**merged[name], **values} if nested else values
    try:
        return PlanSettings(**merged)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise SettingsError(wrong, where=FILE, do="Correct these; sharing.yaml says what each means.") from error
