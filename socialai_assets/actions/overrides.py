"""People's decisions on what the supply plan recommends: checked against the lake and landed. Plans nothing."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from resources.errors import ActionRefused, LandingError
from resources.lake import Lake
from resources.settings import Settings
from socialai_assets.actions.landed_row import land_row

if TYPE_CHECKING:
    import pandas as pd

NEEDED = ("refugees.camps", "refugees.relief_items", "refugees.camp_population")
DEPOTS = "refugees.relief_depots"


@dataclass(frozen=True)
class Decision:
    """What a person decided on one recommendation.

    Attributes:
        camp_id: the camp.
        item_id: the item.
        week_start: Monday of the week.
        decision: accept, change or refuse.
        quantity: units, where it is a change.
        reason: why.
        role: of who decided.
        depot_id: the depot it is about; None for all that the camp gets.
        scenario: the plan it is about.
    """

    camp_id: str
    item_id: str
    week_start: datetime.date
    decision: str
    quantity: float | None
    reason: str
    role: str
    depot_id: str | None = None
    scenario: str = "baseline"


@dataclass(frozen=True)
class Decided:
    """What was landed.

    Attributes:
        row: the decision with what the plan recommended.
        landed: the file it is in.
    """

    row: dict[str, object]
    landed: Path


def monday_of(day: str) -> datetime.date:
    """The Monday of the week that an ISO day lies in.

    Raises:
        LandingError: it is no ISO day.
    """
    try:
        read = datetime.date.fromisoformat(day)
    except ValueError as error:
        raise LandingError(f"`{day}` is no day", do="Write it as 2026-01-26.") from error
    return read - datetime.timedelta(days=read.weekday())


def decide(decision: Decision, lake: Lake, settings: Settings) -> Decided:
    """Land a decision; the next run solves the plan around it.

    Args:
        decision: what was decided.
        lake: has the camps, the items and the plan.
        settings: they say where it lands.

    Raises:
        ActionRefused: the lake has no camps or items yet, a name is unknown, the week is past, there is nothing to
            accept, or the row breaks a rule of its contract; nothing has landed.
    """
    needed = NEEDED if decision.depot_id is None else (*NEEDED, DEPOTS)
    missing = [table for table in needed if not lake.exists(table)]
    if missing:
        raise ActionRefused(
            f"There is nothing to decide on yet: no {' and no '.join(missing)}", do="Run `socialai run`."
        )
    plan = _plan(lake, decision.scenario)
    starts = _starts(lake, plan, decision.camp_id)
    wrong = unknown(lake, decision, starts)
    if wrong:
        raise ActionRefused(*wrong)
    row = landed_row(decision, plan, starts, datetime.datetime.now(datetime.UTC))
    if row["quantity"] is None and decision.decision == "accept":
        raise ActionRefused("There is no recommendation to accept: no plan has this camp, item and week.")
    return Decided(row, land_row(row, "refugees", "overrides", str(row["override_id"]), settings))


def unknown(lake: Lake, decision: Decision, starts: Sequence[datetime.date]) -> list[str]:
    """What of a decision is unknown (with the nearest names), past or missing; empty where all is well."""
    wrong = []
    for what, name, table in (
        ("camp", decision.camp_id, "refugees.camps"),
        ("item", decision.item_id, "refugees.relief_items"),
        ("depot", decision.depot_id, DEPOTS),
    ):
        if name is None:
            continue
        known = lake.read_frame(table, [f"{what}_id"])[f"{what}_id"].tolist()
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
            meant = f" Did you mean {' or '.join(near)}?" if near else f' `socialai sql "FROM {table}"` lists them.'
            wrong.append(f"There is no {what} {name}.{meant}")
    if not wrong and starts and decision.week_start < starts[0]:
        wrong.append(f"The week of {decision.week_start} is past: the plan begins on {starts[0]}.")
    if decision.quantity is not None and decision.quantity < 0:
        wrong.append(f"{decision.quantity:g} units are negative; --refuse sends none.")
    if not decision.reason.strip():
        wrong.append("A decision needs a reason that others understand.")
    return wrong


def landed_row(
    decision: Decision, plan: pd.DataFrame, starts: Sequence[datetime.date], now: datetime.datetime
) -> dict[str, object]:
    """The row that is landed, with what the plan recommends now; what is accepted is exactly that."""
    own = plan[
        (plan["camp_id"] == decision.camp_id)
        & (plan["item_id"] == decision.item_id)
        & (plan["week_start"] == decision.week_start)
    ]
    if decision.depot_id is not None and len(own):
        recommended: float | None = float(own.loc[own["depot_id"] == decision.depot_id, "quantity"].sum())
    else:
        recommended = float(own["received"].iloc[0]) if len(own) else None
    quantity = {"accept": recommended, "change": decision.quantity, "refuse": 0.0}[decision.decision]
    stamp = now.strftime("%Y%m%dT%H%M%S%f")
    return {
        "override_id": f"{stamp}-{decision.camp_id}-{decision.item_id}".replace("/", "_"),
        "scenario": decision.scenario,
        "camp_id": decision.camp_id,
        "item_id": decision.item_id,
        "week_start": decision.week_start.isoformat(),
        "depot_id": decision.depot_id,
        "decision": decision.decision,
        "quantity": quantity,
        "recommended": recommended,
        "reason": decision.reason.strip(),
        "decided_by": decision.role,
        "decided_at": now.strftime("%Y-%m-%dT%H:%M:%S"),
        "plan_start": starts[0].isoformat() if starts else None,
    }


def _plan(lake: Lake, scenario: str) -> pd.DataFrame:
    import pandas as pd

    columns = ["scenario", "camp_id", "item_id", "week_start", "depot_id", "quantity", "received"]
    if not lake.exists("refugees.supply_plan"):
        return pd.DataFrame(columns=columns)
    plan = lake.read_frame("refugees.supply_plan", [*columns, "conflict_id"])
    return plan[plan["scenario"] == scenario]


def _starts(lake: Lake, plan: pd.DataFrame, camp_id: str) -> list[datetime.date]:
    """The weeks that the camp's conflict is planned for, or the week after its last known one."""
    own = plan.loc[plan["camp_id"] == camp_id, "week_start"]
    if len(own):
        return sorted(set(own))
    weeks = lake.read_frame("refugees.camp_population", ["camp_id", "conflict_id", "week_start"])
    conflict = weeks.loc[weeks["camp_id"] == camp_id, "conflict_id"]
    if conflict.empty:
        return []
    last = weeks.loc[weeks["conflict_id"] == conflict.iloc[0], "week_start"].max()
    return [last + datetime.timedelta(days=7)]
