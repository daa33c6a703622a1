"""The platform's runs as Dagster has them, newest first, and what waits for a person's approval. Starts nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from resources.model_approval import PROPOSAL, waiting
from resources.model_registry import ModelRegistry
from resources.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance, DagsterRun

WHAT, WHO = "socialai/what", "socialai/who"
"""Tags of a run: what it is, and which account asked for it."""
_STARTERS = ("dagster/sensor_name", "dagster/schedule_name")


@dataclass(frozen=True)
class RunTold:
    """A run.

    Attributes:
        run_id: Dagster's.
        began: UTC.
        what: of it: a what-if, the fast lane, or the sensor that asked for it; empty for a command or the Dagster UI.
        who: account that asked for it, where one is known.
        status: Dagster's, in lower case.
        minutes: it took, or has taken until now.
        tables: it was asked for; None for all.
    """

    run_id: str
    began: datetime
    what: str
    who: str
    status: str
    minutes: float
    tables: int | None


@dataclass(frozen=True)
class Waiting:
    """A version of a model that waits for a person's approval.

    Attributes:
        model: its name.
        version: number.
        trained: when, UTC.
        reason: why it is proposed.
    """

    model: str
    version: int
    trained: datetime
    reason: str


def project_instance(settings: Settings) -> DagsterInstance:
    """The project's Dagster instance; close it when done."""
    from dagster import DagsterInstance

    from socialai_assets.runs import prepare_home

    prepare_home(settings)
    return DagsterInstance.from_config(str(settings.dagster_home))


def newest_runs(settings: Settings, number: int) -> Sequence[RunTold]:
    """The newest runs.

    Args:
        settings: of the platform.
        number: how many at most.
    """
    if not (settings.dagster_home / "dagster.yaml").is_file():
        return []
    with project_instance(settings) as instance:
        records = instance.get_run_records(limit=number)
    now = time.time()
    return [
        RunTold(
            run_id=record.dagster_run.run_id,
            began=record.create_timestamp.astimezone(UTC),
            what=_what(record.dagster_run),
            who=record.dagster_run.tags.get(WHO, ""),
            status=record.dagster_run.status.value.lower(),
            minutes=((record.end_time or now) - (record.start_time or record.create_timestamp.timestamp())) / 60,
            tables=len(record.dagster_run.asset_selection) if record.dagster_run.asset_selection else None,
        )
        for record in records
    ]


def versions_waiting(settings: Settings) -> Sequence[Waiting]:
    """The versions that wait for an approval, of all models."""
    registry = ModelRegistry.from_settings(settings)
    return [
        Waiting(name, version.version, version.created, version.tags.get(PROPOSAL, ""))
        for name in registry.names()
        for version in waiting(registry.versions(name))
    ]


def _what(run: DagsterRun) -> str:
    return next((run.tags[tag] for tag in (WHAT, *_STARTERS) if tag in run.tags), "")
