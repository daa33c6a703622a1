"""Settings of fairness: their limits and how they are read; fairness.yaml says what each means. Computes nothing."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from socialai_assets.factories.settings_files import read_settings
from socialai_assets.methods.case_risk.fairness import Withholding

FILE = "children/fairness.yaml"


class FairnessSettings(BaseModel):
    """Every field is explained in fairness.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    capacities: tuple[float, ...] = (0.05, 0.1, 0.2)
    compared_at: float = Field(default=0.1, gt=0)
    least_people: int = Field(default=50, ge=1)
    least_cell: int = Field(default=10, ge=1)
    draws: int = Field(default=200, ge=20, le=20_000)
    seed: int = Field(default=0, ge=0)

    @property
    def withholding(self) -> Withholding:
        """Of whom nothing is told."""
        return Withholding(self.least_people, self.least_cell)


def fairness_settings(text: str | None = None) -> FairnessSettings:
    """The settings of fairness.yaml, or of other YAML.

    Raises:
        SettingsError: not YAML, an unknown name, or a value out of its limits; the message names each.
    """
    return read_settings(FairnessSettings, FILE, text=text)
