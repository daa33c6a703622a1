"""Ways to plan relief, run week by week over a conflict's past and judged by who came. Pure functions on frames.

Stock at the start and what arrives are assumed, the same for every way; nothing spoils in the depots, and what a camp
gets beyond its week's need is waste. Perfect foresight is the plan of all weeks at once that reaches most people, with
no minimum: the bound, not a way to plan.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from socialai_assets.methods.allocation.comparison import FORESIGHT, SHARES, proportional_shares
from socialai_assets.methods.allocation.planning import PEOPLE, Planner, Terms
from socialai_assets.methods.allocation.problem import AllocationProblem, Plan
from socialai_assets.refugees.arrival_forecasting import COMBINATION, QUANTILE_COLUMNS
from socialai_assets.refugees.needs_tables import CampGroups, people_at
from socialai_assets.refugees.standards import Standards
from socialai_assets.refugees.supply import (
    WEEK,
    PeopleAhead,
    SupplyTables,
    carried,
    drawn_people,
    supply_problem,
)
from socialai_assets.refugees.supply_settings import ComparisonSettings, SupplySettings

SERVED, LAST = "served plan", "last week's needs"
WAYS = (SERVED, SHARES, LAST, FORESIGHT)
ALL = "all"


@dataclass(frozen=True)
class Past:
    """What is known of one conflict.

    Attributes:
        tables: of the conflict; stock is not used.
        people: (T, P) people by week and camp, 0 before a camp opens.
        weeks: T Mondays.
        camps: P of them.
        forecasts: the combination's rows of `refugees.population_out_of_sample`.
    """

    tables: SupplyTables
    people: np.ndarray
    weeks: tuple[datetime.date, ...]
    camps: tuple[str, ...]
    forecasts: pd.DataFrame


def past_of(tables: SupplyTables, conflict_id: str, population: pd.DataFrame, tried: pd.DataFrame) -> Past:
    """The past of a conflict from `refugees.camp_population` and `refugees.population_out_of_sample`."""
    own = tables.of(conflict_id)
    weekly = population[(population["conflict_id"] == conflict_id) & population["camp_id"].isin(own.camps["camp_id"])]
    weekly = weekly.assign(week=pd.to_datetime(weekly["week_start"]).dt.date)
    people = (
        weekly.pivot_table(index="week", columns="camp_id", values="people", aggfunc="sum").sort_index().fillna(0.0)
    )
    rows = tried[(tried["conflict_id"] == conflict_id) & (tried["model"] == COMBINATION)]
    rows = rows.assign(
        week=pd.to_datetime(rows["week_start"]).dt.date, origin=pd.to_datetime(rows["origin_week"]).dt.date
    )
    return Past(own, people.to_numpy(), tuple(people.index), tuple(map(str, people.columns)), rows)


def compare_on_past(
    past: Past,
    groups: CampGroups,
    standards: Standards,
    settings: SupplySettings,
    comparison: ComparisonSettings,
) -> pd.DataFrame:
    """`SupplyComparison` of one conflict without `conflict_id`, `is_synthetic`; no row where the past is too short."""
    runs = []
    for share in comparison.starts:
        start = max(1, int(share * len(past.weeks)))
        if start + comparison.weeks > len(past.weeks) or past.people[start - 1].sum() <= 0:
            continue
        for way in WAYS:
            runs.append({"plan": way, **_run(past, start, way, groups, standards, settings, comparison)})
    if not runs:
        return pd.DataFrame()
    table = (
        pd.DataFrame(runs)
        .groupby("plan", sort=False)
        .agg(
            weeks=("weeks", "sum"),
            people_weeks=("people_weeks", "sum"),
            people_weeks_short=("people_weeks_short", "sum"),
            least_coverage=("least_coverage", "mean"),
            waste_kg=("waste_kg", "sum"),
            cost_usd=("cost_usd", "sum"),
        )
    )
    return judged(table.reset_index())


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """Shares and regret of ways that were run over the same weeks."""
    best = float(table.loc[table["plan"] == FORESIGHT, "people_weeks_short"].iloc[0])
    whole = table["people_weeks"].where(table["people_weeks"] > 0, 1.0)
    return table.assign(
        short_share=(table["people_weeks_short"] / whole).clip(0, 1),
        regret_people_weeks=table["people_weeks_short"] - best,
    )


def together(parts: pd.DataFrame) -> pd.DataFrame:
    """All conflicts: sums, and the mean of the least coverages."""
    sums = parts.groupby("plan", sort=False)[
        ["weeks", "people_weeks", "people_weeks_short", "waste_kg", "cost_usd"]
    ].sum()
    sums["least_coverage"] = parts.groupby("plan", sort=False)["least_coverage"].mean()
    return judged(sums.reset_index()).assign(conflict_id=ALL, is_synthetic=bool(parts["is_synthetic"].any()))


def _run(
    past: Past,
    start: int,
    way: str,
    groups: CampGroups,
    standards: Standards,
    settings: SupplySettings,
    comparison: ComparisonSettings,
) -> dict[str, float]:
    """One way of planning over some weeks: what was short, wasted and spent."""
    opening = _problem(past, _as_last(past, start, 1), None, groups, standards, settings)
    weekly = _stock_for(opening)
    stock, arriving = comparison.opening_weeks * weekly, comparison.arriving_share * weekly
    whole = _problem(past, _as_came(past, start, comparison.weeks), (stock, arriving), groups, standards, settings)
    best = _most_reached(whole) if way == FORESIGHT else np.zeros(0)
    needed, met = whole.demand[0].sum(axis=2), np.zeros(whole.demand.shape[1:3])
    waste = cost = 0.0
    for week in range(comparison.weeks):
        if way == FORESIGHT:
            problem, sent = whole, best[:, :, week]
        else:
            # The common rule shares what there is by this week's needs; spread over weeks it would send too little.
            length = 1 if way == SHARES else min(settings.weeks, comparison.weeks - week)
            ahead = _expected(past, start + week, length, way, standards, settings)
            problem = _problem(past, ahead, (stock, arriving), groups, standards, settings)
            sent = _planned(problem, way, settings).sent[:, :, 0]
        received, gone = np.zeros_like(met), np.zeros_like(stock)
        np.add.at(received, problem.link_place, sent)
        np.add.at(gone, problem.link_depot, sent)
        stock = np.maximum(stock - gone, 0.0) + arriving
        met += np.minimum(received, whole.demand[0, :, :, week])
        waste += float((np.maximum(received - whole.demand[0, :, :, week], 0.0) @ whole.weight_kg).sum())
        cost += float((sent * problem.link_cost).sum())
    share = np.divide(met, needed, out=np.zeros_like(met), where=needed > 0)
    covered = share.sum(axis=1) / np.maximum((needed > 0).sum(axis=1), 1)
    lived = past.people[start : start + comparison.weeks].sum(axis=0)
    somebody = lived > 0
    return {
        "weeks": comparison.weeks, "people_weeks": float(lived.sum()),
        "people_weeks_short": float((lived * (1 - covered))[somebody].sum()),
        "least_coverage": float(covered[somebody].min().clip(0, 1)) if somebody.any() else 1.0,
        "waste_kg": waste, "cost_usd": cost,
    }  # fmt: skip


def _most_reached(problem: AllocationProblem) -> np.ndarray:
    """(L, I, T) units of the plan that reaches most people: the bound that the others are measured by."""
    return Planner(replace(problem, minimum=np.zeros_like(problem.minimum)), Terms()).plan(PEOPLE).sent


def _planned(problem: AllocationProblem, way: str, settings: SupplySettings) -> Plan:
    if way == SHARES:
        return proportional_shares(problem)
    return Planner(problem, replace(settings.terms, minimum_required=False)).plan(settings.objective)


def _stock_for(problem: AllocationProblem) -> np.ndarray:
    """(D, I) a week's needs at the depot nearest to each camp that any reaches."""
    held = np.zeros((len(problem.depots), len(problem.items)))
    need = problem.demand.mean(axis=0)[:, :, 0]
    order = np.lexsort((problem.link_cost.sum(axis=1), problem.link_place))
    places, first = np.unique(problem.link_place[order], return_index=True)
    np.add.at(held, problem.link_depot[order[first]], need[places])
    return held


def _expected(
    past: Past, now: int, length: int, way: str, standards: Standards, settings: SupplySettings
) -> PeopleAhead:
    return _as_last(past, now, length) if way == LAST else _as_forecast(past, now, length, standards, settings)


def _as_came(past: Past, now: int, length: int) -> PeopleAhead:
    return _certain(past, now, past.people[now : now + length].T)


def _as_last(past: Past, now: int, length: int) -> PeopleAhead:
    return _certain(past, now, np.repeat(past.people[now - 1][:, None], length, axis=1))


def _certain(past: Past, now: int, people: np.ndarray) -> PeopleAhead:
    starts = tuple(past.weeks[now] + WEEK * week for week in range(people.shape[1]))
    return PeopleAhead(past.camps, starts, people[None], people, people, past.people[now - 1])


def _as_forecast(past: Past, now: int, length: int, standards: Standards, settings: SupplySettings) -> PeopleAhead:
    """What the served combination said in the week before, or the last time it was tried; else the last value."""
    last = _as_last(past, now, length)
    rows = past.forecasts[(past.forecasts["origin"] < past.weeks[now]) & past.forecasts["week"].isin(last.starts)]
    newest = rows.sort_values("origin").drop_duplicates(["camp_id", "week"], keep="last").set_index(["camp_id", "week"])
    every = pd.MultiIndex.from_product([past.camps, last.starts], names=["camp_id", "week"])
    values = newest[list(QUANTILE_COLUMNS)].reindex(every)
    known = last.high.reshape(-1, 1)
    filled = values.to_numpy(float)
    filled = np.where(np.isfinite(filled), filled, known)
    frame = pd.DataFrame(filled, columns=list(QUANTILE_COLUMNS), index=every).reset_index()
    frame["horizon"] = frame.groupby("camp_id").cumcount() + 1
    high = people_at(frame, standards.planning.minimum_level).to_numpy().reshape(last.high.shape)
    drawn = drawn_people(frame, list(past.camps), length, settings)
    median = frame["q500"].to_numpy(float).reshape(last.high.shape)
    return PeopleAhead(past.camps, last.starts, drawn, high, median, past.people[now - 1])


def _problem(
    past: Past,
    ahead: PeopleAhead,
    held: tuple[np.ndarray, np.ndarray] | None,
    groups: CampGroups,
    standards: Standards,
    settings: SupplySettings,
) -> AllocationProblem:
    """The problem of a week, with stock (D, I) on hand and arriving in each later week."""
    depots, items = len(past.tables.depots), len(carried(past.tables.items))
    stock, arriving = held if held is not None else (np.zeros((depots, items)), np.zeros((depots, items)))
    depot, item = (axis.ravel() for axis in np.indices(stock.shape))
    length = len(ahead.starts)
    parts = [(stock, 0), *((arriving, week) for week in range(1, length))]
    batches = pd.concat(
        pd.DataFrame({"depot": depot, "item": item, "quantity": units.ravel(), "arrives": week, "expires": length})
        for units, week in parts
    )
    tables = SupplyTables(**{**vars(past.tables), "depots": past.tables.depots.assign(capacity_m3=np.nan)})
    problem, _ = supply_problem(tables, ahead, batches[batches["quantity"] > 0], groups, standards, settings)
    return problem
