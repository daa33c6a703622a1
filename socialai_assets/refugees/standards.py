"""Minimum standards as standards.yaml states them: what each entry means, its limits, how it is read. No needs."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from socialai_assets.factories.settings_files import read_settings

FILE = "refugees/standards.yaml"
Sex = Literal["female", "male"]
Age = Literal["0-4", "5-11", "12-17", "18-59", "60+"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GroupShare(_Section):
    """A share of a group of one sex and age."""

    sex: Sex
    age_group: Age
    share: float = Field(ge=0, le=1)


class ItemStandard(_Section):
    """One item and the standard it meets; every field is explained in standards.yaml."""

    name: str = Field(min_length=1)
    standard: str = Field(min_length=1)
    requirement: float = Field(gt=0)
    requirement_unit: str = Field(min_length=1)
    requirement_per_unit: float = Field(gt=0)
    unit: str = Field(min_length=1)
    use: Literal["consumed", "issued"]
    lasts_weeks: float | None = Field(default=None, gt=0)
    groups: tuple[GroupShare, ...] = ()
    weight_kg: float | None = Field(default=None, gt=0)
    volume_m3: float | None = Field(default=None, ge=0)
    unit_cost_usd: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _lasts_where_issued(self) -> ItemStandard:
        if (self.use == "issued") != (self.lasts_weeks is not None):
            raise ValueError("what is issued has `lasts_weeks`, and nothing else has")
        return self


class PlanningSettings(_Section):
    """For how many people minimums are set, and how high."""

    minimum_level: float = Field(default=0.8, gt=0, lt=1)
    minimum_share: float = Field(default=0.6, ge=0, le=1)


class Standards(_Section):
    """The whole of standards.yaml."""

    planning: PlanningSettings = PlanningSettings()
    items: dict[str, ItemStandard] = Field(min_length=1)
    groups: tuple[GroupShare, ...]

    @model_validator(mode="after")
    def _groups_add_up(self) -> Standards:
        total = sum(group.share for group in self.groups)
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the shares of `groups` add up to {total:g}, not to 1")
        named = [(group.sex, group.age_group) for group in self.groups]
        if len(set(named)) < len(named):
            raise ValueError("a group comes twice in `groups`")
        return self

    def default_groups(self) -> pd.DataFrame:
        """`sex`, `age_group`, `share` of all people."""
        return pd.DataFrame([group.model_dump() for group in self.groups])


def read_standards(changes: dict[str, Any] | None = None, *, text: str | None = None) -> Standards:
    """The standards of standards.yaml with changes on top, for one run.

    Args:
        changes: nested like the file, e.g. {"items": {"water": {"requirement": 20}}}.
        text: YAML instead of the file's.

    Raises:
        SettingsError: not YAML, an unknown name, or a value out of its limits; the message names each.
    """
    return read_settings(Standards, FILE, changes, text)


def item_table(standards: Standards) -> pd.DataFrame:
    """`refugees.relief_items`."""
    rows = [
        {
            "item_id": item_id,
            **item.model_dump(exclude={"requirement", "lasts_weeks", "groups"}),
            "is_carried": item.weight_kg is not None,
        }
        for item_id, item in standards.items.items()
    ]
    numbers = dict.fromkeys(("weight_kg", "volume_m3", "unit_cost_usd"), float)
    return pd.DataFrame(rows).astype(numbers)
