"""Settings of children's risk: what each means, its limits, and how they are read. Computes nothing."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from socialai_assets.factories.settings_files import read_settings

FILE = "children/risk.yaml"


class RiskDateSettings(BaseModel):
    """When risk is looked at. Every field is explained in risk.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every: Literal["month", "term"] = "month"
    history_months: int = Field(default=6, ge=0, le=60)


class RiskLabelSettings(BaseModel):
    """What is foreseen. Every field is explained in risk.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case_days: int = Field(default=182, ge=7, le=1096)
    settling_days: int = Field(default=30, ge=0, le=366)


class RiskFeatureSettings(BaseModel):
    """What models see. Every field is explained in risk.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pass_mark: float = Field(default=11.0, gt=0, le=20)
    excluded: tuple[str, ...] = ()


class RiskSettings(BaseModel):
    """All parts of risk.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dates: RiskDateSettings = RiskDateSettings()
    labels: RiskLabelSettings = RiskLabelSettings()
    features: RiskFeatureSettings = RiskFeatureSettings()


def risk_settings(text: str | None = None) -> RiskSettings:
    """The settings of risk.yaml, or of other YAML.

    Raises:
        SettingsError: not YAML, an unknown name, or a value out of its limits; the message names each.
    """
    return read_settings(RiskSettings, FILE, text=text)
