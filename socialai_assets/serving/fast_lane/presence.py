"""Whether a home's worker lives, and what becomes of an event where none does. Starts none."""

from __future__ import annotations

from filelock import FileLock, Timeout

from resources.landing import LandingZone
from resources.settings import Settings
from socialai_assets.serving.fast_lane.event_queue import Event, EventQueue
from socialai_assets.serving.fast_lane.landing import land
from socialai_assets.serving.fast_lane.lanes import LANES


def presence(settings: Settings) -> FileLock:
    """The lock that a home's worker holds while it lives."""
    folder = settings.home / "service"
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / "fast_lane.lock", timeout=0)


def is_there(settings: Settings) -> bool:
    """Whether a worker of the home lives."""
    lock = presence(settings)
    try:
        with lock:
            return False
    except Timeout:
        return True


def leave_to_sensors(settings: Settings, event: Event) -> None:
    """Land an event without a worker: the next ordinary run takes it in.

    Raises:
        LandingError: the landing folder cannot be read.
    """
    from socialai_assets.catalog import all_sources

    queue, sources = EventQueue(settings.home), all_sources(settings)
    zone = LandingZone.from_settings(settings, sources)
    land([event], queue, zone, LANES[event.source].landing_in(sources))
    queue.mark([event], "left_to_sensors", {"why": "The fast lane does not run; the next ordinary run takes it in."})
