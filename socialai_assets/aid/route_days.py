"""Several days of routes in a row: what one has no room for is planned on the next. Makes no rows of tables itself."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np
import pandas as pd

from socialai_assets.aid.route_rows import PlannedDay, RoutePlans, plan_tables
from socialai_assets.aid.routes import LOADING_SECONDS, AidTables, deliveries, problem_of_day
from socialai_assets.methods.routing.planning import Plan, plan
from socialai_assets.methods.routing.settings import RoutingSettings


def plan_days(
    tables: AidTables, days: Sequence[datetime.date], settings: RoutingSettings, loading: int = LOADING_SECONDS
) -> RoutePlans:
    """Routes for several days: what one day has no room for is planned on the next.

    Raises:
        RuntimeError: the independent check finds a route that breaks a constraint.
        ValueError: figures that contradict each other; the message names the row.
    """
    wanted = deliveries(tables)
    left, planned = wanted.stops, []
    working = [day for day in days if not _closed(tables, wanted.stops, day).all()]
    for day in working:
        open_today = left[~_closed(tables, left, day)]
        if open_today.empty or tables.vehicles.empty:
            continue
        problem = problem_of_day(tables, open_today, day, settings.travel, loading)
        # Why a stop is left out is asked once it is too late for another day.
        found = plan(problem, settings, reasons=day == working[-1])
        if found.violations:
            broken = found.violations[0]
            raise RuntimeError(
                f"The plan of {day} breaks a constraint: {broken.rule}, {broken.where} {broken.message}."
            )
        planned.append(PlannedDay(day, found))
        left = _still_wanted(left, found)
    return plan_tables(tables, wanted, planned, left, days)


def _still_wanted(left: pd.DataFrame, found: Plan) -> pd.DataFrame:
    """The stops without those served; of a delivery in parts, what the parts left out hold."""
    kept = []
    for stop_id, row in left.iterrows():
        parts = [stop for stop in found.problem.stops if stop_id in (stop.id, stop.part_of)]
        waiting = [stop for stop in parts if stop.id in set(found.solution.unserved)]
        if not parts or len(waiting) == len(parts):
            kept.append(row)
        elif waiting:
            share = len(waiting) / len(parts)
            kept.append(row.copy().replace({row["kg"]: row["kg"] * share, row["m3"]: row["m3"] * share}))
    return pd.DataFrame(kept, columns=left.columns).rename_axis("stop_id")


def _closed(tables: AidTables, stops: pd.DataFrame, day: datetime.date) -> pd.Series:
    """Whether the calendar closes each stop's area, or everything, on a day."""
    calendar = tables.calendar[(tables.calendar["kind"] == "closure")]
    calendar = calendar[pd.to_datetime(calendar["day"]).dt.date == day]
    if calendar["area_id"].isna().any():
        return pd.Series(True, index=stops.index)
    site = tables.sites.set_index("site_id").loc[stops["site_id"]]
    shut = np.zeros(len(stops), dtype=bool)
    for column in ("area_id", "admin2_id", "admin1_id"):
        if column in site:
            shut |= site[column].isin(calendar["area_id"]).to_numpy()
    return pd.Series(shut, index=stops.index)
