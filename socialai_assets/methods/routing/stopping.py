"""When a search ends: by wall time, CPU time, iterations or a lack of progress, in any combination. No search."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Protocol


class Criterion(Protocol):
    """Called once an iteration with the cost of the best plan; true ends the search."""

    def __call__(self, best_cost: int) -> bool: ...


class WallTime:
    """Ends some seconds after the first call."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._end = seconds, None

    def __call__(self, best_cost: int) -> bool:  # noqa: ARG002
        self._end = self._end or time.perf_counter() + self._seconds
        return time.perf_counter() > self._end


class CpuTime:
    """Ends after some CPU seconds of this thread, from the moment it is made: a shared machine does not shorten it."""

    def __init__(self, seconds: float) -> None:
        self._end = time.thread_time() + seconds

    def __call__(self, best_cost: int) -> bool:  # noqa: ARG002
        return time.thread_time() > self._end


class Iterations:
    """Ends after a number of iterations, so that a seed gives the same plan on every machine."""

    def __init__(self, most: int) -> None:
        self._left = most

    def __call__(self, best_cost: int) -> bool:  # noqa: ARG002
        self._left -= 1
        return self._left < 0


class NoImprovement:
    """Ends after a number of iterations without a better plan."""

    def __init__(self, most: int) -> None:
        self._most, self._idle, self._best = most, 0, None

    def __call__(self, best_cost: int) -> bool:
        if self._best is None or best_cost < self._best:
            self._best, self._idle = best_cost, 0
            return False
        self._idle += 1
        return self._idle >= self._most


class FirstOf:
    """Ends as soon as one of several criteria says so; every one is asked each time, for some of them count.

    Raises:
        ValueError: no criterion is given.
    """

    def __init__(self, criteria: Sequence[Criterion]) -> None:
        if not criteria:
            raise ValueError("A search needs a criterion to end by: a time, a number of iterations, or no improvement.")
        self._criteria = tuple(criteria)

    def __call__(self, best_cost: int) -> bool:
        asked = [criterion(best_cost) for criterion in self._criteria]
        return any(asked)


@dataclass(frozen=True)
class Limits:
    """How long to search; the first limit that is reached ends it.

    Raises:
        ValueError: no limit is given, or one is not positive.
    """

    cpu_seconds: float | None = None
    wall_seconds: float | None = None
    iterations: int | None = None
    no_improvement: int | None = None

    def __post_init__(self) -> None:
        given = [limit for limit in astuple(self) if limit is not None]
        if not given or min(given) <= 0:
            raise ValueError("A search needs a limit, and every limit is positive.")

    def criterion(self) -> FirstOf:
        """A fresh criterion; CPU and wall time count from now."""
        kinds = ((CpuTime, self.cpu_seconds), (WallTime, self.wall_seconds))
        counts = ((Iterations, self.iterations), (NoImprovement, self.no_improvement))
        return FirstOf([kind(limit) for kind, limit in (*kinds, *counts) if limit is not None])  # type: ignore[arg-type]

    def shared(self, share: float) -> Limits:
        """The same counts, and a share of the times: for one of several searches that together keep to the limits."""
        seconds = (limit and limit * share for limit in (self.cpu_seconds, self.wall_seconds))
        return Limits(*seconds, self.iterations, self.no_improvement)  # type: ignore[call-arg]

    def part(self, share: float) -> Limits:
        """The same limits times a share between 0 and 1, each count at least one."""
        seconds = (limit and limit * share for limit in (self.cpu_seconds, self.wall_seconds))
        counts = (limit and max(1, round(limit * share)) for limit in (self.iterations, self.no_improvement))
        return Limits(*seconds, *counts)  # type: ignore[arg-type]
