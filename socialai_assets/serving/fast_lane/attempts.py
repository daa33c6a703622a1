"""How often an event is tried: what fails is tried again alone, three times at most. Lands and runs nothing itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import groupby

from socialai_assets.serving.fast_lane.event_queue import Event, EventQueue

TRIES = 3
TRIED = "tries"
LOGGER = logging.getLogger(__name__)


def work_through(queue: EventQueue, take_in: Callable[[Sequence[Event]], None]) -> int:
    """Take in what waits: a source's new events together, those that were tried before one by one.

    A try is counted before it begins, so that an event which ends the process is not tried for ever either.

    Args:
        queue: whose waiting events are taken in.
        take_in: takes in events of one source, and marks what came of them.

    Returns:
        How many events waited.
    """
    waiting = queue.waiting()
    for events in _together(waiting):
        tried = _tries(events[0])
        if tried >= TRIES:
            queue.mark(events, "failed", {TRIED: tried, "why": events[0].told.get("why", _ENDED)})
            continue
        queue.mark(events, "working", {TRIED: tried + 1, "why": _ENDED})
        try:
            take_in(events)
        # Whatever an event does must not end the lane for those that follow; what it was is logged and told.
        except Exception as error:
            LOGGER.exception("Events %s failed", [event.event_id for event in events])
            why = f"It was tried {tried + 1} times; at last: {type(error).__name__}: {error}"
            queue.mark(events, "failed" if tried + 1 >= TRIES else "working", {TRIED: tried + 1, "why": why})
    return len(waiting)


_ENDED = (
    f"The fast lane ended while it worked on this, {TRIES} times; if it has landed, the next ordinary run takes it in."
)


def _together(waiting: Sequence[Event]) -> list[list[Event]]:
    new = sorted((event for event in waiting if not _tries(event)), key=lambda event: event.source)
    groups = [list(found) for _, found in groupby(new, key=lambda event: event.source)]
    # One that fails is not to take others with it again.
    return groups + [[event] for event in waiting if _tries(event)]


def _tries(event: Event) -> int:
    return int(event.told.get(TRIED, 0))
