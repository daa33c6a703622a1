"""Detectors tried on rows they have not seen, in time order: halves, and blocks with a day's purge. Fits no other way.

Thresholds are chosen on the training rows: for a detector that learns from labels, on inner blocks of these that it did
not see; for the others, whose scores know no label, on their scores of the training rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from socialai_assets.methods.anomaly import thresholds
from socialai_assets.methods.anomaly.detection_scores import fixed_rate
from socialai_assets.methods.anomaly.detectors import Boosting, Detector
from socialai_assets.methods.anomaly.station_series import StationSeries
from socialai_assets.methods.one_thread import on_one_thread

HALVES, BLOCKS, RANDOM = SPLITS = ("halves", "blocks", "random")
DUMMY = "fixed_rate"
BLOCK_NUMBER, INNER_BLOCKS = 10, 6
PURGE = np.timedelta64(1, "D")
Make = Callable[[], Detector]


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows to learn from and rows to be judged on, with what was flagged of these.

    Attributes:
        number: which fold.
        rows: rows that were judged.
        scores: (rows,) score of each.
        flags: (rows,) whether it was flagged.
    """

    number: int
    rows: np.ndarray
    scores: np.ndarray
    flags: np.ndarray


def folds(series: StationSeries, split: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Training and test rows of each fold.

    Args:
        series: the station.
        split: `halves` (the first half teaches, the last half tests); `blocks` (ten of equal length, each tested by the
            other nine but for a day on either side); `random` (each reading in a fold by chance: its neighbours were
            learned from, so that it is a warning and no claim).

    Raises:
        ValueError: there is no such split.
    """
    rows = np.arange(len(series.times))
    if split == HALVES:
        yield rows[: len(rows) // 2], rows[len(rows) // 2 :]
    elif split == BLOCKS:
        for block in np.array_split(rows, BLOCK_NUMBER):
            yield without(series, rows, block), block
    elif split == RANDOM:
        drawn = np.random.default_rng(0).permutation(rows)
        for part in np.array_split(drawn, 5):
            yield np.setdiff1d(rows, part), np.sort(part)
    else:
        raise ValueError(f"There is no split `{split}`: there are {', '.join(SPLITS)}.")


def without(series: StationSeries, rows: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Rows further than a day from a block of time."""
    times = series.times[rows]
    return rows[(times < series.times[block[0]] - PURGE) | (times > series.times[block[-1]] + PURGE)]


@on_one_thread
def tried(
    series: StationSeries,
    makers: Mapping[str, Make],
    split: str,
    *,
    report: Callable[[str], object] | None = None,
) -> dict[str, list[Fold]]:
    """Every detector, and the dummy, on every fold of a split; name to folds."""
    found: dict[str, list[Fold]] = {name: [] for name in (*makers, DUMMY)}
    for number, (train, test) in enumerate(folds(series, split)):
        for name, make in makers.items():
            if report:
                report(f"{split} {number + 1}: {name}")
            found[name].append(_fold(series, make, number, train, test))
        flags = fixed_rate(len(test), series.events[train])
        found[DUMMY].append(Fold(number, test, flags.astype(float), flags))
    return found


def _fold(series: StationSeries, make: Make, number: int, train: np.ndarray, test: np.ndarray) -> Fold:
    detector = make()
    detector.fit(series, train)
    pieces = _pieces(train)
    if isinstance(detector, Boosting):
        known = _inner_scores(series, make, train)
    else:
        known = np.split(detector.scores(series, train), np.cumsum([len(piece) for piece in pieces])[:-1])
    decision = thresholds.chosen(known, [series.events[piece] for piece in pieces])
    scores = detector.scores(series, test)
    return Fold(number, test, scores, decision.flags(scores))


def _inner_scores(series: StationSeries, make: Make, train: np.ndarray) -> list[np.ndarray]:
    """Scores of each piece of the training rows by detectors taught the other pieces; 0 where these have no event."""
    found = []
    for piece in _pieces(train):
        others = without(series, train, piece)
        if series.events[others].any():
            detector = make()
            detector.fit(series, others)
            found.append(detector.scores(series, piece))
        else:
            found.append(np.zeros(len(piece)))
    return found


def _pieces(train: np.ndarray) -> list[np.ndarray]:
    return [piece for piece in np.array_split(train, INNER_BLOCKS) if len(piece)]
