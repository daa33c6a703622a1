"""Settings of supply plans: what each means, its limits, and how they are read. Plans nothing."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from resources.errors import SettingsError
from socialai_assets.methods.allocation.planning import OBJECTIVES, Terms
from socialai_assets.methods.routing.settings import LimitSettings, RoutingSettings
from socialai_assets.refugees.standards import merged

FILE = "refugees/supply.yaml"


class SupplySettings(BaseModel):
    """How relief is shared and brought. Every field is explained in supply.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    objective: str = "proportional"
    weeks: int = Field(default=4, ge=1, le=12)
    minimum_required: bool = False
    budget_usd: float | None = Field(default=None, ge=0)
    risk_aversion: float = Field(default=0.0, ge=0, le=1)
    tail: float = Field(default=0.25, gt=0, le=1)
    scenarios: int = Field(default=12, ge=1, le=500)
    correlation: float = Field(default=0.5, ge=0, le=1)
    segments: int = Field(default=5, ge=1, le=50)
    depots_per_camp: int = Field(default=3, ge=1, le=20)
    most_km: float = Field(default=1500.0, gt=0)
    kilometres_per_hour: float = Field(default=40.0, gt=0, le=150)
    loading_hours: float = Field(default=2.0, ge=0, le=24)
    delivery_days: int = Field(default=6, ge=1, le=7)
    load_share: float = Field(default=0.85, gt=0, le=1)
    fairness_steps: tuple[float, ...] = (0.0, 0.5, 0.8, 0.9, 1.0)
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
    import yaml

    try:
        found = yaml.safe_load(
            text if text is not None else (files("socialai_assets.refugees") / "supply.yaml").read_text("utf-8")
        )
    except yaml.YAMLError as error:
        raise SettingsError(f"The settings are no YAML: {error}", where=FILE, do="Correct the line named.") from error
    if not isinstance(found or {}, dict):
        raise SettingsError("Settings are names with values", where=FILE, do="Write `plan:` with lines below.")
    try:
        return SupplyFile.model_validate(merged(found or {}, changes or {}))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise SettingsError(wrong, where=FILE, do="Correct these; supply.yaml says what each means.") from error
