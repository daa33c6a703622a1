"""People's decisions as fixed amounts of a supply problem, those that cannot be kept set aside. Pure; plans nothing."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from socialai_assets.methods.allocation.decisions import conflicts, without_conflicts
from socialai_assets.methods.allocation.problem import ANY_DEPOT, AllocationProblem, FixedAmounts
from socialai_assets.refugees.feedback_contracts import KEPT, NOT_PLANNED, SET_ASIDE

_COLUMNS = ["override_id", "camp_id", "item_id", "week_start", "depot_id", "quantity", "state", "reason"]


def decided(
    problem: AllocationProblem, starts: Sequence[datetime.date], overrides: pd.DataFrame, *, seconds: float = 60.0
) -> tuple[AllocationProblem, pd.DataFrame]:
    """The problem with what people decided fixed, and what became of each decision.

    Decisions that exceed what there is are set aside with the reason, later ones before earlier ones, so that one
    decision too many does not leave a conflict without a plan.

    Args:
        problem: of the camps and items, with periods that begin on `starts`.
        starts: Mondays of the periods.
        overrides: as `refugees.overrides`, of the plan's scenario; superseded ones and those on weeks that were over
            when the plan begins are not looked at.
        seconds: limit for each programme.

    Returns:
        The problem, and override_id, camp_id, item_id, week_start, depot_id, quantity, state (kept, set aside or, where
        the plan has no such item or week, not planned) and reason (missing where it is kept).
    """
    held = overrides[~overrides["is_superseded"] & overrides["camp_id"].isin(list(problem.places))]
    # A lake's days are no objects of Python's, which rows of plans are.
    held = held.assign(week_start=[pd.Timestamp(day).date() for day in held["week_start"]])
    held = held[held["week_start"] >= starts[0]].sort_values(["decided_at", "override_id"], ignore_index=True)
    known = {"camp_id": problem.places, "item_id": problem.items, "week_start": starts, "depot_id": problem.depots}
    numbers = {
        part: held[name].astype(object).map({one: at for at, one in enumerate(known[name])}).astype(float)
        for part, name in (("place", "camp_id"), ("item", "item_id"), ("period", "week_start"), ("depot", "depot_id"))
    }
    numbers["depot"] = numbers["depot"].where(held["depot_id"].notna(), ANY_DEPOT)
    is_planned = np.logical_and.reduce([column.notna().to_numpy(dtype=bool) for column in numbers.values()])
    told = held.assign(state=np.where(is_planned, KEPT, NOT_PLANNED), reason=None)
    told.loc[~is_planned, "reason"] = "the plan has no such item, depot or week"
    rows = np.flatnonzero(is_planned)
    if not len(rows):
        return problem, told[_COLUMNS]
    at = {name: column.to_numpy()[rows].astype(int) for name, column in numbers.items()}
    fixed = replace(problem, fixed=FixedAmounts(quantity=held["quantity"].to_numpy(dtype=float)[rows], **at))
    found = conflicts(fixed, seconds=seconds)
    for conflict in found:
        told.loc[rows[conflict.number], ["state", "reason"]] = [SET_ASIDE, conflict.reason]
    return without_conflicts(fixed, found), told[_COLUMNS]


def decisions_of(plan: pd.DataFrame, told: pd.DataFrame) -> pd.Series:
    """Codes of the decisions that each row of a plan follows, joined by spaces; missing where nobody decided.

    Args:
        plan: `camp_id`, `item_id`, `week_start`, `depot_id`.
        told: as `decided` returns it.
    """
    kept = told[told["state"] == KEPT]
    key = ["camp_id", "item_id", "week_start"]
    rows = plan[[*key, "depot_id"]].astype(object).reset_index(drop=True).reset_index(names="row")
    both = rows.merge(kept[["override_id", *key, "depot_id"]].astype(object), on=key, suffixes=("", "_decided"))
    both = both[both["depot_id_decided"].isna() | (both["depot_id"] == both["depot_id_decided"])]
    codes = both.sort_values("override_id").groupby("row")["override_id"].agg(" ".join)
    return pd.Series(codes.reindex(range(len(plan))).to_numpy(), index=plan.index, dtype=object)
