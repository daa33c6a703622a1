"""When a vehicle is where, given the order of its visits: the earliest return and the latest departure that keeps it.

Breaks make it a shortest path over (visit, breaks taken); travel that starts later never arrives earlier, so the
earliest label of each pair is enough (Savelsbergh 1992, ORSA Journal on Computing 4:146-154, without breaks).
Decides no order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from socialai_assets.methods.routing.problem import NO_ROAD, Break, Problem, Vehicle, Window
from socialai_assets.methods.routing.solution import Kind, Route, Step, Visit, VisitOrder


@dataclass(frozen=True)
class Task:
    """A visit to be timed: where, how long, when it may begin."""

    kind: Kind
    place: str
    location: int
    seconds: int
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class _Label:
    """The earliest departure from a task with some breaks taken, and how it came about."""

    arrival: int
    begin: int
    departure: int
    before: _Label | None
    rests: tuple[Window, ...]


@dataclass(frozen=True)
class Timing:
    """Arrival, begin and departure of each task, and the breaks taken before each task's arrival or service."""

    moments: tuple[tuple[int, int, int], ...]
    rests: tuple[tuple[Window, ...], ...]

    @property
    def start(self) -> int:
        return self.moments[0][1]

    @property
    def end(self) -> int:
        return self.moments[-1][0]

    @property
    def seconds(self) -> int:
        return self.end - self.start


def tasks_of(problem: Problem, vehicle: Vehicle, steps: Sequence[Step]) -> list[Task]:
    """The visits of a day in order, from loading at the start depot to the return."""
    start, end = problem.depot_of[vehicle.start_depot], problem.depot_of[vehicle.end_depot]
    tasks = [Task("start", start.id, start.location, start.loading_seconds, (start.window,))]
    for step in steps:
        if isinstance(step, tuple):
            depot = problem.depot_of[step[0]]
            tasks.append(Task("reload", depot.id, depot.location, depot.loading_seconds, (depot.window,)))
        else:
            stop = problem.stop_of[step]
            tasks.append(Task("stop", stop.id, stop.location, stop.service_seconds, stop.windows))
    tasks.append(Task("end", end.id, end.location, 0, (end.window,)))
    return tasks


def best_timing(
    tasks: Sequence[Task], drives: Sequence[int], window: Window, breaks: Sequence[Break], longest: int | None
) -> Timing | None:
    """The timing of a short day, with its breaks in it where they fit; None where none keeps to windows and length.

    Args:
        tasks: from `tasks_of`.
        drives: (tasks - 1,) seconds between them.
        window: when the vehicle may be out.
        breaks: to be taken, in order.
        longest: the longest day in seconds, or None.
    """
    if any(drive >= NO_ROAD for drive in drives):
        return None
    work = sum(drives) + sum(task.seconds for task in tasks)
    earliest = max(window[0], tasks[0].windows[0][0])
    # Only a day that cannot hold its breaks begins after one of them.
    rested = (_rest(0, 0, breaks[: taken + 1]) for taken in range(len(breaks)))
    for start in dict.fromkeys([earliest, *(max(earliest, rest[0]) for rest in rested if rest is not None)]):
        timing = _shortest_from(tasks, drives, start, window[1], breaks, work)
        if timing is not None and (longest is None or timing.seconds <= longest):
            return timing
    return None


def _shortest_from(
    tasks: Sequence[Task], drives: Sequence[int], start: int, close: int, breaks: Sequence[Break], work: int
) -> Timing | None:
    """The shortest day that begins at a moment or later, among those that end as early as that allows."""
    best = None
    while True:
        timing = _earliest(tasks, drives, start, close, breaks)
        if timing is None:
            return best
        resting = sum(closes - opens for rests in timing.rests for opens, closes in rests)
        if timing.seconds > work + resting:
            timing = _latest_start(tasks, drives, timing, close, breaks)
        if best is None or timing.seconds < best.seconds:
            best = timing
        if timing.seconds <= work + resting:
            return best
        # Waiting is left: only a later window of some stop can shorten the day.
        start = timing.start + 1


def time_route(problem: Problem, order: VisitOrder) -> Route | None:
    """The route of an order of visits with times and loads; None where windows, shift or breaks cannot be kept.

    Loads and distances are computed but not judged.
    """
    vehicle = problem.vehicle_of[order.vehicle]
    tasks = tasks_of(problem, vehicle, order.steps)
    seconds, metres = problem.matrices[vehicle.profile]
    drives = [int(seconds[a.location, b.location]) for a, b in pairwise(tasks)]
    timing = best_timing(tasks, drives, vehicle.window, vehicle.breaks, vehicle.longest_seconds)
    if timing is None:
        return None
    loads, trip, way, visits = loads_of(problem, order.steps), 0, 0, []
    for position, (task, (arrival, begin, departure)) in enumerate(zip(tasks, timing.moments, strict=True)):
        for opens, closes in timing.rests[position]:
            visits.append(Visit("break", "", opens, opens, closes, trip, loads[position - 1], way))
        way += int(metres[tasks[position - 1].location, task.location]) if position else 0
        trip += task.kind == "reload"
        visits.append(Visit(task.kind, task.place, arrival, begin, departure, trip, loads[position], way))
    return Route(vehicle.id, tuple(visits))


def loads_of(problem: Problem, steps: Sequence[Step]) -> list[tuple[int, ...]]:
    """The load on board when leaving the start, each step and the end, by dimension; empty at the end."""
    kinds = range(len(problem.dimensions))
    trips: list[list[str]] = [[]]
    for step in steps:
        if isinstance(step, tuple):
            trips.append([])
        else:
            trips[-1].append(step)
    loads = []
    for trip in trips:
        amounts = [(*problem.amounts(problem.stop_of[stop]), problem.shipped(stop)) for stop in trip]
        load = [sum(delivered[kind] for delivered, _, _ in amounts) for kind in kinds]
        loads.append(tuple(load))
        for delivered, picked, shipped in amounts:
            load = [load[kind] - delivered[kind] + picked[kind] + shipped[kind] for kind in kinds]
            loads.append(tuple(load))
    return [*loads, (0,) * len(problem.dimensions)]


def _earliest(
    tasks: Sequence[Task], drives: Sequence[int], start: int, close: int, breaks: Sequence[Break]
) -> Timing | None:
    """The earliest return when loading begins at a moment."""
    if _begin(tasks[0].windows, start) != start:
        return None
    labels: list[_Label | None] = [None] * (len(breaks) + 1)
    for taken in range(len(breaks) + 1):
        # Breaks before work are nobody's waiting, so they need not be in the route.
        rested = _rest(0, 0, breaks[:taken])
        if rested is not None and rested[0] <= start:
            labels[taken] = _Label(start, start, start + tasks[0].seconds, None, ())
    for task, drive in zip(tasks[1:], drives, strict=True):
        labels = _next(labels, task, drive, breaks)
        if not any(labels):
            return None
    ends = []
    for taken, label in enumerate(labels):
        if label is not None and label.departure <= close and _rest(label.departure, 0, breaks[taken:]) is not None:
            ends.append(label)
    if not ends:
        return None
    label: _Label | None = min(ends, key=lambda each: each.arrival)
    moments, rests = [], []
    while label is not None:
        moments.append((label.arrival, label.begin, label.departure))
        rests.append(label.rests)
        label = label.before
    return Timing(tuple(reversed(moments)), tuple(reversed(rests)))


def _next(labels: Sequence[_Label | None], task: Task, drive: int, breaks: Sequence[Break]) -> list[_Label | None]:
    found: list[_Label | None] = [None] * len(labels)
    for taken, label in enumerate(labels):
        if label is None:
            continue
        for then in range(taken, len(labels)):
            rested = _rest(label.departure, drive, breaks[taken:then])
            if rested is None:
                break
            arrival, rests = rested
            begin = _begin(task.windows, arrival)
            if begin is None:
                break
            # The end of a day is its arrival: nobody waits there for a depot to open.
            moment = _Label(begin if task.kind == "end" else arrival, begin, begin + task.seconds, label, rests)
            before = found[then]
            if before is None or moment.departure < before.departure:
                found[then] = moment
    return found


def _rest(moment: int, drive: int, breaks: Sequence[Break]) -> tuple[int, tuple[Window, ...]] | None:
    """The arrival of a drive with breaks on the way, each as early as it may be; None if one comes too late."""
    rests = []
    for rest in breaks:
        begin = max(moment, rest.window[0])
        if begin > rest.window[1]:
            return None
        drive -= min(drive, begin - moment)
        moment = begin + rest.seconds
        rests.append((begin, moment))
    return moment + drive, tuple(rests)


def _begin(windows: Sequence[Window], moment: int) -> int | None:
    for opens, closes in windows:
        if moment <= closes:
            return max(moment, opens)
    return None


def _latest_start(
    tasks: Sequence[Task], drives: Sequence[int], timing: Timing, close: int, breaks: Sequence[Break]
) -> Timing:
    """The timing that starts latest among those with the same return; the return never falls with the start."""
    low, high, best = timing.start, timing.end, timing
    while low < high:
        middle = (low + high + 1) // 2
        tried = _earliest(tasks, drives, middle, close, breaks)
        if tried is not None and tried.end == timing.end:
            low, best = middle, tried
        else:
            high = middle - 1
    return best
