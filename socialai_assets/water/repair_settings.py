"""Settings of access to water and of repair plans: what each means, its limits, how they are read. Plans nothing."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from socialai_assets.factories.settings_files import read_settings

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


class WaterSettings(BaseModel):
    """All parts of repair.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    access: AccessSettings = AccessSettings()


def water_settings(changes: dict[str, Any] | None = None, *, text: str | None = None) -> WaterSettings:
    """The settings of repair.yaml with changes on top, for one run.

    Args:
        changes: nested like the file, e.g. {"access": {"detour_factor": 1.2}}.
        text: YAML instead of the file's.

    Raises:
        SettingsError: not YAML, an unknown name, or a value out of its limits; the message names each.
    """
    return read_settings(WaterSettings, FILE, changes, text)
