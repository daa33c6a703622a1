"""How well flags meet events: pointwise and by event, and a flag that is raised at a fixed rate. Flags nothing else."""

from __future__ import annotations

import numpy as np


def segments(flags: np.ndarray) -> np.ndarray:
    """(segments, 2) first row and row behind the last of each run of True."""
    steps = np.diff(np.concatenate([[0], np.asarray(flags, dtype=int), [0]]))
    return np.flatnonzero(steps).reshape(-1, 2)


def detection_scores(events: np.ndarray, flags: np.ndarray, days: float) -> dict[str, float]:
    """Scores of flags.

    Args:
        events: (n,) whether each moment is remarkable, in time order.
        flags: (n,) whether it was flagged.
        days: time that the rows span.

    Returns:
        `f1`, `precision` and `recall` over moments; `events_found`, the share of runs of remarkable moments with a flag
        in them; `false_alarms_per_day`, runs of flags that meet no event. NaN where nothing is to be found or flagged.
    """
    hits = int((events & flags).sum())
    flagged, wanted = int(flags.sum()), int(events.sum())
    meets = [bool(flags[first:last].any()) for first, last in segments(events)]
    alarms = [bool(events[first:last].any()) for first, last in segments(flags)]
    return {
        "f1": 2 * hits / (flagged + wanted) if flagged + wanted else float("nan"),
        "precision": hits / flagged if flagged else float("nan"),
        "recall": hits / wanted if wanted else float("nan"),
        "events_found": float(np.mean(meets)) if meets else float("nan"),
        "false_alarms_per_day": (len(alarms) - sum(alarms)) / days,
    }


def fixed_rate(length: int, events: np.ndarray) -> np.ndarray:
    """(length,) flags of a dummy that raises alarms as long and as often as known events are, at even times.

    Args:
        length: rows to flag.
        events: (n,) events of the training rows.
    """
    runs = segments(events)
    flags = np.zeros(length, dtype=bool)
    if len(runs):
        lasts = max(1, round(float(np.diff(runs, axis=1).mean())))
        every = max(lasts, len(events) // len(runs))
        for first in range(every // 2, length, every):
            flags[first : first + lasts] = True
    return flags
