"""Settings of feedback and of the fairness audit: what each means, its limits, and how they are read."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from socialai_assets.factories.settings_files import read_settings

FILE = "refugees/feedback.yaml"


class ForecastFeedback(BaseModel):
    """How past forecasts are measured. Every field is explained in feedback.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recent_weeks: int = Field(default=12, ge=4, le=104)
    horizons: tuple[int, ...] = Field(default=(1, 4, 8), min_length=1)
    error_ratio: float = Field(default=1.25, ge=1)
    coverage_tolerance: float = Field(default=0.1, gt=0, lt=0.8)
    significance: float = Field(default=0.05, gt=0, lt=0.5)


class FairnessFeedback(BaseModel):
    """How the needs met of groups are compared. Every field is explained in feedback.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weeks: int = Field(default=26, ge=1)
    least_ratio: float = Field(default=0.8, gt=0, le=1)
    draws: int = Field(default=2000, ge=100, le=100_000)
    seed: int = Field(default=0, ge=0)


class FeedbackSettings(BaseModel):
    """Both parts of feedback.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    forecasts: ForecastFeedback = ForecastFeedback()
    fairness: FairnessFeedback = FairnessFeedback()


def feedback_settings(text: str | None = None) -> FeedbackSettings:
    """The settings of feedback.yaml, or of other YAML.

    Raises:
        SettingsError: not YAML, an unknown name, or a value out of its limits; the message names each.
    """
    return read_settings(FeedbackSettings, FILE, text=text)
