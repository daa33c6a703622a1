"""Settings of access to water and of repair plans: what each means, its limits, how they are read. Plans nothing."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from socialai_assets.factories.settings_files import read_settings
from socialai_assets.water.input_contracts import COMPONENTS

FILE = "water/repair.yaml"


class AccessSettings(BaseModel):
    """Who has water within reach. Every field is explained in repair.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    round_trip_minutes: float = Field(default=30.0, gt=0, le=600)
    walking_km_per_hour: float = Field(default=4.0, gt=0, le=10)
    detour_factor: float = Field(default=1.3, ge=1, le=5)
    place_kinds: tuple[str, ...] = Field(default=("rural",), min_length=1)
    registered_areas_only: bool = True
    failed_states: dict[str, tuple[str, ...]] = {}
    people_per_hand_pump: float = Field(default=500.0, gt=0)
    people_per_tap: float = Field(default=250.0, gt=0)
    storage_share_of_day: float = Field(default=0.25, gt=0, le=5)
    litres_per_person_day: float = Field(default=80.0, gt=0)

    @property
    def reach_km(self) -> float:
        """Walking distance as a straight line: half the round trip, without the detours of the way."""
        return self.walking_km_per_hour * self.round_trip_minutes / 60 / 2 / self.detour_factor


class RepairSettings(BaseModel):
    """What is repaired and built. Every field is explained in repair.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    budget_usd: float = Field(default=1_000_000.0, ge=0)
    objective: Literal["people", "weighted"] = "weighted"
    counting: Literal["expected", "cautious"] = "expected"
    poverty_weight: float = Field(default=1.0, ge=0, le=100)
    remoteness_weight: float = Field(default=0.5, ge=0, le=100)
    remote_km: float = Field(default=20.0, gt=0)
    visit_usd: float = Field(default=300.0, gt=0)
    repair_usd: dict[str, float] = {}
    repair_usd_per_person: float = Field(default=7.0, ge=0)
    build_usd: float = Field(default=5000.0, gt=0)
    build_usd_per_person: float = Field(default=80.0, ge=0)
    build_least_people: float = Field(default=50.0, ge=0)
    finding_half_life_years: float = Field(default=5.0, gt=0)
    rate_prior_points: float = Field(default=10.0, gt=0)
    guaranteed_level: Literal["admin1", "admin2"] = "admin1"
    guaranteed_share: float = Field(default=0.0, ge=0, le=1)
    fairness_steps: tuple[float, ...] = (0.0, 0.5, 0.8, 0.9, 1.0)
    seconds: float = Field(default=10.0, gt=0)
    gap: float = Field(default=0.001, ge=0, lt=1)

    @field_validator("fairness_steps")
    @classmethod
    def ascending(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        """Ascending shares that begin with 0."""
        if list(value) != sorted(set(value)) or not value or value[0] != 0 or value[-1] > 1:
            raise ValueError("steps ascend from 0 to at most 1")
        return value

    @field_validator("repair_usd")
    @classmethod
    def of_components(cls, value: dict[str, float]) -> dict[str, float]:
        """Costs, not negative, of components there are."""
        if set(value) - set(COMPONENTS) or any(cost < 0 for cost in value.values()):
            raise ValueError(f"costs, not negative, of {', '.join(COMPONENTS)}")
        return value


class WaterSettings(BaseModel):
    """Both parts of repair.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    access: AccessSettings = AccessSettings()
    repair: RepairSettings = RepairSettings()


def water_settings(changes: dict[str, Any] | None = None, *, text: str | None = None) -> WaterSettings:
    """The settings of repair.yaml with changes on top, for one run.

    Args:
        changes: nested like the file, e.g. {"access": {"detour_factor": 1.2}}.
        text: YAML instead of the file's.

    Raises:
        SettingsError: not YAML, an unknown name, or a value out of its limits; the message names each.
    """
    return read_settings(WaterSettings, FILE, changes, text)
