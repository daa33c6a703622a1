"""The automation conditions of the platform, REFRESH, TRAIN and ALONG, and their assignment to all assets at once.

Nothing domain-specific belongs here. REFRESH keeps every table but those of a training up to date: it asks for a
table when its inputs' content has changed, when a blocking check above it has become sound again, or half an hour
after a failure. TRAIN fits a model when it is missing and its inputs are there, when a check of its domain's tables of
drift begins to fail, and every Monday at three. ALONG asks for the checks that a table's own step evaluates, whenever
it asks for the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dagster import AssetKey, AssetsDefinition, AssetSpec, AutomationCondition, Definitions
from dagster_shared.record import replace

AC = AutomationCondition
Condition = AutomationCondition[Any]

RETRY_CRON = "*/30 * * * *"
TRAINING_CRON = "0 3 * * 1"
# Layers of external assets: files that land, and what raw tables write beside their own.
NOT_RUN = {"landing", "quarantine", "log"}

# `all_deps_blocking_checks_passed()` counts a check that has never run as failed; this one does too, but lets an
# asset through that will run in the same tick, as its checks then stop what is below it inside that run.
SOUND: Condition = AC.all_deps_match(
    AC.will_be_requested() | AC.all_checks_match(AC.check_passed(), blocking_only=True)
).with_label("sound")

# At the sensor's very first look, `since_last_handled()` forgets what has been missing all along; this does not.
MISSING: Condition = AC.newly_missing().since(AC.newly_requested() | AC.newly_updated()).with_label("missing")

CHANGED: Condition = (
    AC.any_deps_updated().replace("newly_updated", AC.data_version_changed())
    | AC.any_deps_match(AC.any_checks_match(AC.check_passed().newly_true(), blocking_only=True))
).with_label("changed")

READY: Condition = ~AC.any_deps_missing() & ~AC.any_deps_in_progress() & ~AC.in_progress() & SOUND

REFRESH: Condition = (
    AC.in_latest_time_window()
    & (MISSING | CHANGED.since_last_handled() | (AC.execution_failed() & AC.cron_tick_passed(RETRY_CRON)))  # pyright: ignore[reportAttributeAccessIssue]
    & READY
).with_label("refresh")


def train(drifts: Iterable[AssetKey] = ()) -> Condition:
    """TRAIN, for models whose inputs' and outcomes' drift is in some tables."""
    occasion: Condition = (AC.missing() & ~AC.any_deps_missing()).newly_true() | AC.cron_tick_passed(TRAINING_CRON)
    for table in drifts:
        drifted = AC.asset_matches(table, AC.any_checks_match(AC.check_failed()))
        occasion = occasion | drifted.newly_true().with_label(f"{table.to_user_string()} has drifted")
    return (occasion.since(AC.newly_requested() | AC.newly_updated()) & READY).with_label("train")


# Dagster runs all checks of a requested table, unless the request names some: a step that cannot run in part brings
# its own into it, and then only checks with a condition, or beside one, run. A check that also reads another table
# is asked for with that one as well, so that its verdict is never older than what it reads.
ALONG: Condition = AC.any_deps_match(AC.will_be_requested()).with_label("along with what it reads")


def automate(definitions: Definitions) -> Definitions:
    """Give everything its condition: TRAIN to the layer `training`, REFRESH to all other assets that can run.

    Checks get ALONG, but for those of steps that can run in part (dbt's), which Dagster adds by itself.
    """

    def with_condition(spec: AssetSpec) -> AssetSpec:
        layer = spec.tags.get("layer")
        if layer in NOT_RUN:
            return spec
        condition = train(drifts.get(spec.group_name, ())) if layer == "training" else REFRESH
        return spec.replace_attributes(automation_condition=condition)

    drifts: dict[str | None, list[AssetKey]] = {}
    for spec in definitions.resolve_all_asset_specs():
        if spec.tags.get("layer") == "drift":
            drifts.setdefault(spec.group_name, []).append(spec.key)
    automated = definitions.map_resolved_asset_specs(func=with_condition)
    return replace(
        automated,
        assets=[_with_checks_along(item) for item in automated.assets or []],
        asset_checks=[_with_checks_along(item) for item in automated.asset_checks or []],
    )


def _with_checks_along(item: Any) -> Any:
    """Assets or checks with ALONG on the checks their step evaluates; unchanged where the step can run in part."""
    if not isinstance(item, AssetsDefinition) or item.can_subset or not item.check_keys:
        return item
    attributes = item.get_attributes_dict()
    attributes["check_specs_by_output_name"] = {
        output: replace(spec, automation_condition=ALONG)
        for output, spec in attributes["check_specs_by_output_name"].items()
    }
    return type(item).dagster_internal_init(**attributes)
