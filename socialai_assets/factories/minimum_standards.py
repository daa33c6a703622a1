"""Minimum standards that settings state once, for domains that count needs by them. Camps' needs are refugees' own."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from socialai_assets.factories.settings_files import read_settings

FILE = "refugees/standards.yaml"


class Requirement(BaseModel):
    """What one person needs of an item; each field is explained in the file."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    standard: str
    requirement: float = Field(gt=0)
    requirement_unit: str
    requirement_per_unit: float = Field(gt=0)
    use: str


class _Standards(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    items: dict[str, Requirement]


def minimum_requirement(item_id: str) -> Requirement:
    """What the standards ask for a person of one item, a day where it is consumed.

    Raises:
        SettingsError: the file is wrong; the message names what.
        KeyError: it has no such item.
    """
    return read_settings(_Standards, FILE).items[item_id]
