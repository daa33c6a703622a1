"""What a planner may set about routes, validated, read from a documented YAML file. Solves nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from socialai_assets.methods.routing.problem import WHOLE_DAY, Problem, Stop, Vehicle
from socialai_assets.methods.routing.solving import lone_cost
from socialai_assets.methods.routing.stopping import Limits


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LimitSettings(_Section):
    """How long to search; the first limit reached ends it. Iterations alone give the same plan on every machine."""

    iterations: int | None = Field(default=None, gt=0)
    no_improvement: int | None = Field(default=None, gt=0)
    cpu_seconds: float | None = Field(default=None, gt=0)
    wall_seconds: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_at_least(self) -> LimitSettings:
        if not any((self.iterations, self.no_improvement, self.cpu_seconds, self.wall_seconds)):
            raise ValueError("give one of iterations, no_improvement, cpu_seconds and wall_seconds")
        return self

    def limits(self) -> Limits:
        """The limits of a search."""
        return Limits(self.cpu_seconds, self.wall_seconds, self.iterations, self.no_improvement)


class ObjectiveSettings(_Section):
    """What a plan minimises once as many stops of high priority are served as can be."""

    minimise: Literal["cost", "distance", "time"] = "cost"
    leave_out: bool = True
    priority_ratio: float = Field(default=10.0, ge=1, le=100)


class ConstraintSettings(_Section):
    """Which constraints hold."""

    time_windows: bool = True
    vehicle_types: bool = True
    breaks: bool = True
    overtime: bool = True
    most_trips: int | None = Field(default=None, ge=1)
    split_deliveries: bool = True


class TravelSettings(_Section):
    """Where travel times come from.

    `automatic`: a landed matrix, else a road graph, each where it knows every place; else the server, if one has an
    address; else straight lines.
    """

    source: Literal["automatic", "matrix", "road_graph", "osrm", "valhalla", "great_circle"] = "automatic"
    server: Literal["osrm", "valhalla"] = "osrm"
    url: str | None = None
    profile: str = "driving"
    kilometres_per_hour: float = Field(default=35.0, gt=0, le=150)
    detour: float = Field(default=1.4, ge=1, le=5)

    @model_validator(mode="after")
    def _server_has_address(self) -> TravelSettings:
        if self.source in ("osrm", "valhalla") and not self.url:
            raise ValueError(f"the source {self.source} needs the url of a server")
        return self


class RoutingSettings(_Section):
    """All settings of route planning."""

    engine: Literal["automatic", "pyvrp", "ortools"] = "automatic"
    seed: int = Field(default=0, ge=0)
    limits: LimitSettings = LimitSettings(iterations=2000)
    objective: ObjectiveSettings = ObjectiveSettings()
    constraints: ConstraintSettings = ConstraintSettings()
    travel: TravelSettings = TravelSettings()
    whole_up_to: int = Field(default=1000, ge=10)
    part_stops: int = Field(default=300, ge=10, le=1000)


def parse_settings(text: str, where: str = "routing.yaml", overrides: dict[str, Any] | None = None) -> RoutingSettings:
    """Settings of a YAML text, with one run's own on top.

    Args:
        overrides: nested as in the file; goes before what it says.

    Raises:
        ValueError: no YAML, an unknown name, or a value out of bounds; the message says which and where.
    """
    import yaml

    try:
        found = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"{where} is no YAML: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{where} holds a {type(found).__name__}, and should hold names and values.")
    try:
        return RoutingSettings.model_validate(_merged(found, overrides or {}))
    except ValidationError as error:
        faults = (f"{'.'.join(str(part) for part in e['loc']) or 'file'}: {e['msg']}" for e in error.errors())
        raise ValueError(f"{where} has settings that are not understood: {'; '.join(faults)}.") from error


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        nested = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = _merged(merged[name], value) if nested else value
    return merged


def prepared(problem: Problem, settings: RoutingSettings) -> Problem:
    """The problem with the objective and constraints of the settings: costs, prizes, windows, fleet."""
    vehicles = tuple(_vehicle(vehicle, settings) for vehicle in problem.vehicles)
    stops = problem.stops
    if not settings.constraints.time_windows:
        stops = tuple(replace(stop, windows=(WHOLE_DAY,)) for stop in stops)
    forbidden = problem.forbidden if settings.constraints.vehicle_types else {}
    changed = replace(problem, vehicles=vehicles, stops=stops, forbidden=forbidden)
    if not settings.objective.leave_out:
        return replace(changed, stops=tuple(replace(stop, prize=None) for stop in stops))
    return replace(changed, stops=prioritised(changed, settings.objective.priority_ratio))


def prioritised(problem: Problem, ratio: float) -> tuple[Stop, ...]:
    """The stops with a prize by priority: each level is worth `ratio` times the next, the lowest more than any trip."""
    if not problem.stops:
        return ()
    base, lowest = lone_cost(problem), max(stop.priority for stop in problem.stops)
    # Engines add prizes up, so one is kept well within a whole number of 64 bits.
    most = 10**15 // len(problem.stops)
    return tuple(
        replace(stop, prize=min(most, round(base * ratio ** (lowest - stop.priority)))) for stop in problem.stops
    )


def _vehicle(vehicle: Vehicle, settings: RoutingSettings) -> Vehicle:
    constraints = settings.constraints
    if not constraints.breaks:
        vehicle = replace(vehicle, breaks=())
    if not constraints.overtime:
        vehicle = replace(vehicle, overtime_seconds=0, overtime_cost=0)
    if constraints.most_trips is not None:
        vehicle = replace(vehicle, most_trips=min(vehicle.most_trips, constraints.most_trips))
    if settings.objective.minimise == "distance":
        return replace(vehicle, cost_per_metre=1, cost_per_second=0, fixed_cost=0, overtime_cost=0)
    if settings.objective.minimise == "time":
        return replace(vehicle, cost_per_metre=0, cost_per_second=1, fixed_cost=0, overtime_cost=0)
    return vehicle
