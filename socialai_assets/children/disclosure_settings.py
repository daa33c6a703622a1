"""Settings of disclosure control: what each means, its limits, and how they are read. Publishes nothing."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from socialai_assets.factories.settings_files import read_settings

FILE = "children/disclosure.yaml"


class Population(BaseModel):
    """People or events that are counted together. Every field is explained in disclosure.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    unit: str
    smallest_area: Literal["admin1", "admin2", "admin3"] = "admin3"
    sensitive: tuple[Literal["sex", "age", "category"], ...] = ()
    sex: dict[str, tuple[str, ...]]
    age: dict[str, tuple[str, ...]]
    category: dict[str, tuple[str, ...]]


class ReleaseMap(BaseModel):
    """A map of published counts. Every field is explained in disclosure.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    population: str
    category: str
    of: str | None = None
    age: str = "all"
    sex: str = "all"
    title: str
    legend: str


class DisclosureSettings(BaseModel):
    """All of disclosure.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    smallest_count: int = Field(ge=3, le=100)
    populations: dict[str, Population]
    maps: dict[str, ReleaseMap] = {}


def disclosure_settings(changes: dict[str, Any] | None = None, *, text: str | None = None) -> DisclosureSettings:
    """The settings of disclosure.yaml with changes on top.

    Args:
        changes: nested like the file.
        text: YAML instead of the file's.

    Raises:
        SettingsError: not YAML, an unknown name, or a value out of its limits; the message names each.
    """
    return read_settings(DisclosureSettings, FILE, changes, text)
