"""From scores to what is flagged: hysteresis, and its thresholds chosen on rows with labels. Scores nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SHARES = (0.9, 0.95, 0.97, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.997, 0.998, 0.999)
CLOSING = (1.0, 0.7, 0.4, 0.2)
SMOOTHING = (1, 3, 5)


@dataclass(frozen=True)
class Hysteresis:
    """When a flag goes up and when it comes down.

    Attributes:
        opens: score at which it goes up.
        closes: score below which it comes down.
        smoothing: scores, the last ones, whose mean is taken.
    """

    opens: float
    closes: float
    smoothing: int = 1

    def flags(self, scores: np.ndarray) -> np.ndarray:
        """(n,) whether the flag is up, from (n,) scores in time order."""
        smooth = smoothed(scores, self.smoothing)
        above = smooth >= self.closes
        begins = above & ~np.append(False, above[:-1])
        run = np.cumsum(begins)
        opened = np.full(run[-1] + 1 if len(run) else 1, len(scores))
        at = np.flatnonzero(above & (smooth >= self.opens))
        np.minimum.at(opened, run[at], at)
        return above & (np.arange(len(scores)) >= opened[run])


def smoothed(scores: np.ndarray, length: int) -> np.ndarray:
    """(n,) means of the last scores, fewer at the beginning."""
    total = np.cumsum(np.append(0.0, scores))
    first = np.maximum(np.arange(1, len(scores) + 1) - length, 0)
    return (total[1:] - total[first]) / (np.arange(1, len(scores) + 1) - first)


def chosen(scores: Sequence[np.ndarray], events: Sequence[np.ndarray]) -> Hysteresis:
    """The thresholds with the best F1 on rows that are known, pieces of time each scored for itself.

    Where no piece has an event, the flag goes up at a score that none of these rows has.
    """
    together, wanted = np.concatenate(scores), np.concatenate(events)
    if not wanted.any():
        highest = float(together.max(initial=0.0)) + 1.0
        return Hysteresis(highest, highest)
    best, best_f1 = Hysteresis(np.inf, np.inf), -1.0
    for smoothing in SMOOTHING:
        smooth = np.concatenate([smoothed(piece, smoothing) for piece in scores])
        for opens in np.unique(np.quantile(smooth, SHARES)):
            for share in CLOSING:
                candidate = Hysteresis(float(opens), float(opens * share), smoothing)
                flagged = np.concatenate([candidate.flags(piece) for piece in scores])
                f1 = 2 * (flagged & wanted).sum() / max(1, flagged.sum() + wanted.sum())
                if f1 > best_f1:
                    best, best_f1 = candidate, f1
    return best


def share_of_peak(scores: np.ndarray, opens: float, share: float) -> np.ndarray:
    """(n,) flags that are up at scores above `opens` and above a share of the highest score so far.

    After a great change what is left of it does not count: the flag comes down although the old level is not reached.
    """
    return scores > np.maximum(opens, share * np.maximum.accumulate(scores))
