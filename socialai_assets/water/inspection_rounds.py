"""Which systems crews visit, and their routes by day. Pure: reads no lake, knows no Dagster.

Every day of every crew is one vehicle of a single routing problem, so that a stop finds the day that suits it. Units:
seconds after midnight, metres; a metre costs one.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.methods.routing.planning import Plan, plan
from socialai_assets.methods.routing.problem import Depot, Problem, Stop, Vehicle
from socialai_assets.methods.routing.settings import LimitSettings, RoutingSettings
from socialai_assets.methods.routing.travel import GreatCircleTravel
from socialai_assets.water.inspection_settings import Base, InspectionSettings

LEAST_URGENT = 5
_STOP_COLUMNS = [
    "system_id", "name", "area_id", "lat_deg", "lon_deg", "served_population", "uncertainty", "days_since_report",
    "urgency", "rank", "why", "status", "day", "crew", "reason", "explanation", "is_synthetic",
]  # fmt: skip


@dataclass(frozen=True)
class Rounds:
    """`water.inspection_stops` and `water.inspection_routes` without their scenario's columns."""

    stops: pd.DataFrame
    routes: pd.DataFrame


def urgent_systems(
    systems: pd.DataFrame, risks: pd.DataFrame, staleness: pd.DataFrame, settings: InspectionSettings
) -> pd.DataFrame:
    """How urgent it is to visit each system, the most urgent first.

    Args:
        systems: `water.systems`.
        risks: `water.point_risks`; of a system's points the most uncertain counts.
        staleness: `water.staleness`.

    Returns:
        Columns of `systems` with `uncertainty` (0 to 1), `days_since_report`, `urgency`, `rank` and `why`: `uncertain`
        or `stale`, whichever adds more, or `never_visited`.
    """
    width = (risks["upper"] - risks["lower"]).astype(float).where(~risks["is_withheld"].astype(bool), 1.0)
    uncertainty = width.groupby(risks["system_id"]).max()
    days = staleness[staleness["subject_kind"] == "system"].set_index("subject_id")["days_since_report"]
    found = systems.drop(columns=["state"], errors="ignore").copy()
    found["uncertainty"] = found["system_id"].map(uncertainty).fillna(1.0).clip(0, 1)
    found["days_since_report"] = found["system_id"].map(days).astype("Int64")
    age = (found["days_since_report"].astype(float) / settings.stale_days).clip(0, 1).fillna(1.0)
    unsure, old = settings.uncertainty_weight * found["uncertainty"], settings.staleness_weight * age
    people = np.log10(1 + found["served_population"].fillna(0).astype(float))
    found["urgency"] = (unsure + old) * (1 + settings.people_weight * people)
    found["why"] = np.where(
        found["days_since_report"].isna(), "never_visited", np.where(unsure >= old, "uncertain", "stale")
    )
    found = found.sort_values(["urgency", "system_id"], ascending=[False, True], ignore_index=True)
    return found.assign(rank=np.arange(1, len(found) + 1))


def bases_of(urgent: pd.DataFrame, areas: pd.DataFrame, settings: InspectionSettings) -> tuple[Base, ...]:
    """Where crews start: as the settings say, or the capitals of the provinces with most urgency, one a crew.

    Args:
        urgent: chosen systems as `urgent_systems` returns them.
        areas: `geography.areas`; a province's capital is that of its most populous smallest area.
    """
    if settings.bases or urgent.empty:
        return settings.bases
    own = areas[(areas["level"] == "admin3") & areas["latitude"].notna()]
    own = own.sort_values(["population", "area_id"], ascending=[False, True])
    province = urgent["area_id"].map(own.set_index("area_id")["admin2_id"])
    most = urgent.groupby(province)["urgency"].sum().sort_values(ascending=False, kind="stable")
    capitals = own.drop_duplicates("admin2_id").set_index("admin2_id")
    return tuple(
        Base(name=str(row["name"]), latitude=float(row["latitude"]), longitude=float(row["longitude"]))
        for row in (capitals.loc[name] for name in most.index[: settings.crews])
    )


def plan_rounds(
    urgent: pd.DataFrame, bases: tuple[Base, ...], first: datetime.date, settings: InspectionSettings
) -> Rounds:
    """Routes to the most urgent systems, and of every system whether and when it is visited, or why not.

    Args:
        urgent: as `urgent_systems` returns it.
        bases: of crews, in turn.
        first: first day.

    Raises:
        RuntimeError: the independent check finds a route that breaks a constraint.
    """
    stops = urgent.assign(status="not_chosen", day=None, crew=None, reason="less_urgent", explanation=None)
    chosen = urgent.head(settings.most_stops) if bases else urgent.head(0)
    stops["explanation"] = (
        f"{len(chosen)} systems are more urgent." if bases else "No area of a system is known, so there is no base."
    )
    if chosen.empty:
        return Rounds(stops[_STOP_COLUMNS], pd.DataFrame())
    days = [first + datetime.timedelta(days=number) for number in range(settings.days)]
    problem = _problem(chosen, bases, days, settings)
    routing = RoutingSettings(seed=settings.seed, limits=LimitSettings(iterations=settings.iterations))
    found = plan(problem, routing)
    if found.violations:
        broken = found.violations[0]
        raise RuntimeError(f"Inspection routes break a constraint: {broken.rule}, {broken.where} {broken.message}.")
    routes = _routes(found, chosen, bases)
    visits = routes[routes["kind"] == "stop"].set_index("system_id") if len(routes) else pd.DataFrame()
    why = {one.stop: (one.reason, one.sentence) for one in found.explanations}
    for at, system_id in enumerate(chosen["system_id"]):
        if system_id in visits.index:
            visit = visits.loc[system_id]
            cells = ("planned", visit["day"], visit["crew"], None, None)
        else:
            cells = ("left_out", None, None, *why[system_id])
        for name, cell in zip(("status", "day", "crew", "reason", "explanation"), cells, strict=True):
            stops.at[at, name] = cell
    return Rounds(stops[_STOP_COLUMNS], routes)


def first_day(as_of: datetime.date, settings: InspectionSettings) -> datetime.date:
    """The day that the settings name, or the first Monday after a day."""
    if settings.first_day:
        return datetime.date.fromisoformat(settings.first_day)
    return as_of + datetime.timedelta(days=7 - as_of.weekday())


def _problem(
    chosen: pd.DataFrame, bases: tuple[Base, ...], days: list[datetime.date], settings: InspectionSettings
) -> Problem:
    places = np.vstack(
        [[[base.latitude, base.longitude] for base in bases], chosen[["lat_deg", "lon_deg"]].to_numpy(float)]
    )
    start, shift = 60 * settings.starts_minute, 60 * settings.shift_minutes
    # A fifth each of the stops has a priority of its own, the most urgent the highest.
    priority = 1 + np.arange(len(chosen)) * LEAST_URGENT // len(chosen)
    stops = tuple(
        Stop(
            system_id,
            len(bases) + number,
            (1,),
            service_seconds=60 * settings.visit_minutes,
            priority=int(priority[number]),
        )
        for number, system_id in enumerate(chosen["system_id"])
    )
    vehicles = tuple(
        Vehicle(
            f"{crew + 1}|{day}",
            f"base {crew % len(bases)}",
            f"base {crew % len(bases)}",
            (len(stops),),
            window=(start, start + shift),
            shift_seconds=shift,
        )
        for crew in range(settings.crews)
        for day in days
    )
    travel = GreatCircleTravel(places, settings.detour, settings.kilometres_per_hour)
    depots = tuple(Depot(f"base {number}", number) for number in range(len(bases)))
    return Problem(depots, stops, vehicles, {"road": travel}, ("visits",), coordinates=places)


def _routes(found: Plan, chosen: pd.DataFrame, bases: tuple[Base, ...]) -> pd.DataFrame:
    known = chosen.set_index("system_id")
    rows = []
    for route in found.solution.routes:
        crew, _, day = route.vehicle.partition("|")
        base = bases[(int(crew) - 1) % len(bases)]
        for sequence, visit in enumerate(route.visits):
            system = known.loc[visit.place] if visit.kind == "stop" else None
            rows.append(
                {
                    "day": datetime.date.fromisoformat(day),
                    "crew": f"crew {crew}",
                    "sequence": sequence,
                    "kind": visit.kind,
                    "system_id": None if system is None else visit.place,
                    "name": base.name if system is None else system["name"],
                    "lat_deg": base.latitude if system is None else system["lat_deg"],
                    "lon_deg": base.longitude if system is None else system["lon_deg"],
                    "arrives_minute": visit.arrival / 60,
                    "leaves_minute": visit.departure / 60,
                    "km": visit.metres / 1000,
                    "why": None if system is None else system["why"],
                    "travel_source": found.problem.travel["road"].source,
                    "engine": found.solution.engine,
                }
            )
    return pd.DataFrame(rows)
