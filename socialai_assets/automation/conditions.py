"""The two automation conditions of the platform, REFRESH and TRAIN, and their assignment to all assets at once.

Nothing domain-specific belongs here. REFRESH keeps every table but models up to date: it asks for a table when
its inputs' content has changed, when a blocking check above it has become sound again, or half an hour after a
failure. TRAIN fits a model when it is missing and its inputs are there, and every Monday at three.
"""

from __future__ import annotations

import warnings
from typing import Any

from dagster import AssetSpec, AutomationCondition, Definitions, PreviewWarning

AC = AutomationCondition
Condition = AutomationCondition[Any]

RETRY_CRON = "*/30 * * * *"
TRAINING_CRON = "0 3 * * 1"
# Layers of external assets: files that land, and what raw tables write beside their own.
NOT_RUN = {"landing", "quarantine"}

# `all_deps_blocking_checks_passed()` counts a check that has never run as failed; this one does too, but lets an
# asset through that will run in the same tick, as its checks then stop what is below it inside that run.
SOUND: Condition = AC.all_deps_match(
    AC.will_be_requested() | AC.all_checks_match(AC.check_passed(), blocking_only=True)
).with_label("sound")

CHANGED: Condition = (
    AC.newly_missing()
    | AC.any_deps_updated().replace("newly_updated", AC.data_version_changed())
    | AC.any_deps_match(AC.any_checks_match(AC.check_passed().newly_true(), blocking_only=True))
).with_label("changed")

READY: Condition = ~AC.any_deps_missing() & ~AC.any_deps_in_progress() & ~AC.in_progress() & SOUND

REFRESH: Condition = (
    AC.in_latest_time_window()
    & (CHANGED.since_last_handled() | (AC.execution_failed() & AC.cron_tick_passed(RETRY_CRON)))
    & READY
).with_label("refresh")

TRAIN: Condition = (
    ((AC.missing() & ~AC.any_deps_missing()).newly_true() | AC.cron_tick_passed(TRAINING_CRON)).since(
        AC.newly_requested() | AC.newly_updated()
    )
    & READY
).with_label("train")


def automate(definitions: Definitions) -> Definitions:
    """Give every asset that can run its condition: TRAIN to the layer `model`, REFRESH to all others."""

    def with_condition(spec: AssetSpec) -> AssetSpec:
        layer = spec.tags.get("layer")
        if layer in NOT_RUN:
            return spec
        return spec.replace_attributes(automation_condition=TRAIN if layer == "model" else REFRESH)

    with warnings.catch_warnings():
        # Preview in Dagster; the version is pinned, and a test ticks what comes of it.
        warnings.simplefilter("ignore", PreviewWarning)
        return definitions.map_resolved_asset_specs(func=with_condition)
