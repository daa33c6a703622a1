"""A what-if's own process: waits for its turn, then materialises the plan's tables on the project's instance.

It is started by run_desk.py with a run's number; whoever asked is not waited for.
"""

from __future__ import annotations

import sys

from resources.settings import current
from socialai_assets.serving.run_records import RunRecord, RunRecords


def main(run_id: str) -> int:
    """Do what a record asks for.

    Args:
        run_id: of the record.

    Returns:
        0 if all tables were made.

    Raises:
        NothingSuch: there is no such record.
    """
    records = RunRecords(current().home)
    record = records.read(run_id)
    with records.turn(record.plan):
        return 0 if _materialised(record) else 1


def _materialised(record: RunRecord) -> bool:
    from resources.event_log import kept_instance
    from socialai_assets.factories.tables import asset_key
    from socialai_assets.runs import prepare_home
    from socialai_assets.serving.what_ifs import plan_named

    settings = current()
    prepare_home(settings)
    from socialai_assets.definitions import defs

    plan = plan_named(record.plan)
    config = {"scenario": record.scenario, "settings": record.settings}
    with kept_instance(settings.dagster_home) as instance:
        result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance,
            asset_selection=[asset_key(table) for table in plan.tables],
            run_id=record.run_id,
            tags=record.tags,
            raise_on_error=False,
            run_config={
                "ops": {name: {"config": config} for name in plan.operations},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )
    return result.success


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
