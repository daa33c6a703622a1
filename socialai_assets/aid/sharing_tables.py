"""Plans of sharing as tables: what is sent and why not more, groups that gain and lose, plans judged by the past."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pandas as pd

from socialai_assets.aid.forecasting import COMBINATION
from socialai_assets.aid.sharing import LEVELS, AidTables, SharingCase, coming_quantiles, recent_quantiles, sharing_case
from socialai_assets.aid.sharing_settings import SharingSettings
from socialai_assets.methods.allocation.comparison import compare_on_observed
from socialai_assets.methods.allocation.fairness import gains_and_losses
from socialai_assets.methods.allocation.frames import plan_rows
from socialai_assets.methods.allocation.planning import Plan
from socialai_assets.methods.allocation.reasons import reasons_for_shortfalls, shortfall

FORECASTS, RECENT = "forecasts", "recent weeks"
POVERTY_GROUPS = ("least poor third", "middle third", "poorest third")
COMPARISON_COLUMNS = [
    "plan", "origins", "demand_known_from", "people_reached", "least_coverage", "unmet_units", "surplus_units",
    "cost_usd", "regret_people", "regret_share",
]  # fmt: skip


def plan_table(case: SharingCase, plan: Plan, settings: SharingSettings) -> pd.DataFrame:
    """`AllocationPlan` without its scenario's columns."""
    problem = case.problem
    missing = shortfall(problem, plan.received)
    if plan.status == "infeasible":
        told = "no plan was made: " + "; ".join(plan.why_infeasible)
        by_site = dict.fromkeys(range(len(case.sites)), told)
    else:
        by_site = reasons_for_shortfalls(problem, plan, seconds=settings.seconds)
    reasons = {(site, item): text for site, text in by_site.items() for item in range(len(problem.items))}
    rows = plan_rows(problem, plan, missing, reasons, case.starts)
    named = case.sites[["name", "area_id", "admin1_id", "admin2_id", "people"]]
    rows = rows.join(named, on="place").rename(columns={"start": "period_start"})
    rows["budget_usd"] = pd.Series(settings.budget_usd, index=rows.index, dtype=float)
    return rows.assign(delivery_days=settings.delivery_days, load_share=settings.load_share).drop(
        columns=["place", "link"]
    )


def group_table(case: SharingCase, plan: Plan, reference: Plan, poverty: pd.DataFrame) -> pd.DataFrame:
    """`AllocationGroups` without its scenario's columns."""
    sites = case.sites
    rate = sites["area_id"].map(poverty.set_index("area_id")["estimate"])
    third = pd.cut(rate.rank(pct=True), [0, 1 / 3, 2 / 3, 1], labels=list(POVERTY_GROUPS))
    kinds = {
        "province": sites["admin2_id"].fillna("unknown"),
        "poverty": third.astype(object).where(third.notna(), "not estimated"),
        "priority": sites["priority"].astype(str),
    }
    parts = [
        gains_and_losses(case.problem, plan, reference, groups).assign(group_kind=kind)
        for kind, groups in kinds.items()
    ]
    return pd.concat(parts, ignore_index=True)


def comparison_table(
    tables: AidTables, history: pd.DataFrame, settings: SharingSettings, past: pd.DataFrame | None = None
) -> pd.DataFrame:
    """`PlanComparison` without its scenario's columns: plans made on past days with today's stock and fleet.

    What was not reported counts as expected. Days are a plan's length or more apart, and the demand that came after
    them is known.

    Args:
        tables: what is known.
        history: `aid.demand_history`.
        settings: of the plans.
        past: `aid.forecast_out_of_sample`. A day on which the combination was tried is planned from what it said then;
            without such a day, plans rest on recent weeks.
    """
    weekly = history[(history["place_kind"] == "site") & (history["period"] == "week")]
    if weekly.empty or not settings.compared_days:
        return pd.DataFrame(columns=COMPARISON_COLUMNS)
    end = pd.to_datetime(weekly["period_start"]).max().date() + datetime.timedelta(weeks=1)
    counted = tables.stock["as_of"].max() if len(tables.stock) else end
    tried = forecasts_at(past, settings.weeks)
    parts = []
    for origin in comparison_days(list(tried), end, settings):
        before = weekly[pd.to_datetime(weekly["period_start"]) < pd.Timestamp(origin)]
        known = (
            coming_quantiles(tried[origin], before, settings.weeks)
            if origin in tried
            else recent_quantiles(history, settings.weeks, origin)
        )
        case = sharing_case(tables, known, settings, stock_day=pd.Timestamp(counted).date())
        if case is None:
            continue
        observed = _observed(case, weekly)
        terms = replace(settings.terms, minimum_required=False)
        parts.append(compare_on_observed(case.problem, observed, settings.objective, terms))
    if not parts:
        return pd.DataFrame(columns=COMPARISON_COLUMNS)
    every = pd.concat(parts).rename(columns={"cost": "cost_usd"})
    mean = every.groupby("plan", sort=False).mean().reset_index()
    basis = FORECASTS if tried else RECENT
    return mean.assign(origins=len(parts), demand_known_from=basis)[COMPARISON_COLUMNS]


def forecasts_at(past: pd.DataFrame | None, weeks: int) -> dict[datetime.date, pd.DataFrame]:
    """What the served combination said of sites on past days, by the first day of the weeks it was about.

    Args:
        past: `aid.forecast_out_of_sample`; None or empty gives nothing.
        weeks: a day counts only where so many weeks ahead were tried.
    """
    if past is None or past.empty:
        return {}
    own = past[(past["model"] == COMBINATION) & (past["level"] == "site") & (past["period"] == "week")]
    own = own.dropna(subset=list(LEVELS))
    parts = {
        pd.Timestamp(str(start)).date() + datetime.timedelta(weeks=1): rows
        for start, rows in own.groupby(own["origin_start"].astype(str))
        if rows["horizon"].max() >= weeks
    }
    return dict(sorted(parts.items()))


def comparison_days(tried: list[datetime.date], end: datetime.date, settings: SharingSettings) -> list[datetime.date]:
    """First days of past plans, newest first: those tried, or else a plan's length apart.

    Args:
        tried: first days that forecasts of the past are of.
        end: day from which on demand is not known.
        settings: how many days, and how long a plan is.
    """
    length = datetime.timedelta(weeks=settings.weeks)
    if not tried:
        return [end - length * back for back in range(1, settings.compared_days + 1)]
    days: list[datetime.date] = []
    for day in sorted(tried, reverse=True):
        if day + length <= (days[-1] if days else end) and len(days) < settings.compared_days:
            days.append(day)
    return days


def _observed(case: SharingCase, weekly: pd.DataFrame) -> np.ndarray:
    """(P, I, T) demand that came true; where none was reported, the one expected."""
    problem = case.problem
    observed = problem.demand.mean(axis=0).copy()
    place = weekly["place_id"].map({name: row for row, name in enumerate(problem.places)})
    item = weekly["item_id"].map({name: row for row, name in enumerate(problem.items)})
    week = pd.to_datetime(weekly["period_start"]).dt.date.map({day: row for row, day in enumerate(case.starts)})
    known = (place.notna() & item.notna() & week.notna() & weekly["quantity"].notna()).to_numpy()
    at = tuple(column[known].to_numpy(dtype=int) for column in (place, item, week))
    observed[at] = weekly.loc[known, "quantity"].to_numpy(dtype=float)
    return observed
