"""Settings of district reports: for which districts, how long. What they say is in report_documents.py."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from socialai_assets.factories.settings_files import read_settings

FILE = "water/reports.yaml"


class ReportSettings(BaseModel):
    """Every field is explained in reports.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    districts: tuple[str, ...] = ()
    most_districts: int = Field(default=8, ge=0, le=10_000)
    most_systems: int = Field(default=40, ge=1, le=1000)


def report_settings(changes: dict[str, Any] | None = None) -> ReportSettings:
    """The settings of reports.yaml with changes on top, for one run.

    Raises:
        SettingsError: not YAML, an unknown name, or a value out of its limits; the message names each.
    """
    return read_settings(ReportSettings, FILE, changes)
