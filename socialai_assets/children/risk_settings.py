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
    history_months: int = Field(default=3, ge=0, le=60)


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


class RiskFairnessSettings(BaseModel):
    """What is done where lists treat groups unequally. Every field is explained in risk.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    option: Literal["none", "equal_shares", "exclusion"] = "none"
    attribute: Literal["sex", "age", "disability_on_record", "deprivation", "first_language"] = "sex"


class RiskTrainingSettings(BaseModel):
    """How models learn and are judged. Every field is explained in risk.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    learn_every_months: int = Field(default=2, ge=1, le=12)
    judged_dates: int = Field(default=4, ge=1, le=24)
    judged_every_months: int = Field(default=2, ge=1, le=12)
    tuning_dates: int = Field(default=2, ge=0, le=12)
    least_rows: int = Field(default=300, ge=20)
    networks: bool = True
    draws: int = Field(default=200, ge=50, le=20_000)
    seed: int = Field(default=0, ge=0)


class CapacitySettings(BaseModel):
    """How many children can be looked at. Every field is explained in risk.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    leaves_school: float = Field(default=0.05, gt=0)
    case_opens: float = Field(default=0.03, gt=0)
    also_scored: tuple[float, ...] = (0.02, 0.05, 0.1, 0.2)

    def of(self, label: str) -> float:
        """The capacity for a label."""
        return float(getattr(self, label))

    def scored(self, label: str) -> tuple[float, ...]:
        """The capacities that are scored for a label, its own among them."""
        return tuple(sorted({self.of(label), *self.also_scored}))


class WithholdingSettings(BaseModel):
    """Of whom no figures are given. Every field is explained in risk.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    least_children: int = Field(default=20, ge=1)
    least_befallen: int = Field(default=10, ge=1)


class ScoreSettings(BaseModel):
    """What is done with a score. Every field is explained in risk.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expires_days: int = Field(default=45, ge=1, le=366)
    kept_dates: int = Field(default=2, ge=1, le=12)
    explained_share: float = Field(default=0.25, gt=0, le=1)
    reopen_above: float = Field(default=0.05, ge=0, le=1)


class RiskDriftSettings(BaseModel):
    """When a training is asked for. Every field is explained in risk.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    retrain_after_outcomes: int = Field(default=2000, ge=1)
    retrain_below_p: float = Field(default=0.01, gt=0, lt=1)


class RiskSettings(BaseModel):
    """All parts of risk.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dates: RiskDateSettings = RiskDateSettings()
    labels: RiskLabelSettings = RiskLabelSettings()
    features: RiskFeatureSettings = RiskFeatureSettings()
    fairness: RiskFairnessSettings = RiskFairnessSettings()
    training: RiskTrainingSettings = RiskTrainingSettings()
    capacity: CapacitySettings = CapacitySettings()
    withholding: WithholdingSettings = WithholdingSettings()
    scores: ScoreSettings = ScoreSettings()
    drift: RiskDriftSettings = RiskDriftSettings()


def risk_settings(text: str | None = None) -> RiskSettings:
    """The settings of risk.yaml, or of other YAML.

    Raises:
        SettingsError: not YAML, an unknown name, or a value out of its limits; the message names each.
    """
    return read_settings(RiskSettings, FILE, text=text)
