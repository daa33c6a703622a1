"""`python -m benchmarks.anomaly`: detectors on GECCO 2018 and SKAB, by protocols that do not leak, beside a dummy.

SKAB's data is read in place and never copied. Only data, choice and figures belong here; methods are in
`socialai_assets/methods/anomaly`.
"""

from __future__ import annotations

import argparse
import itertools
import platform
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from benchmarks.figures import Figure, append_json_lines, report
from resources.settings import PROJECT, current
from socialai_assets.methods.anomaly import evaluation
from socialai_assets.methods.anomaly.detection_scores import detection_scores
from socialai_assets.methods.anomaly.detectors import (
    Boosting,
)
from socialai_assets.methods.anomaly.online import OnlineDetector
from socialai_assets.methods.anomaly.short_training import ShortTraining, off_training
from socialai_assets.methods.anomaly.station_series import StationSeries, station_series
from socialai_assets.methods.anomaly.thresholds import share_of_peak
from socialai_assets.water.detection_settings import PARAMETERS, SURROUNDINGS, detector_settings
from socialai_assets.water.detection_trials import DETECTORS

DATA = PROJECT.parent / "shared" / "data"
GECCO = DATA / "landing" / "water" / "gecco2018" / "water_quality.csv"
SKAB = DATA / "benchmarks" / "anomaly" / "skab"
NAMES = {
    "Tp": "temperature", "Cl": "chlorine_dioxide", "pH": "ph", "Redox": "redox", "Leit": "conductivity",
    "Trueb": "turbidity", "Cl_2": "chlorine_dioxide_2", "Fm": "flow", "Fm_2": "flow_2",
}  # fmt: skip
AIMS = {
    evaluation.HALVES: "aim: at least .55",
    evaluation.BLOCKS: "aim: at least .60",
    evaluation.RANDOM: "neighbours were learned from: a warning, no claim",
}
TRAINING_ROWS = 400
SKAB_GRID = tuple(
    itertools.product(
        (5, 10, 15, 20, 30, 45),
        (0.8, 0.9),
        (0.0, 0.5),
        (0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 2.5),
        (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
    )
)
"""Window, slow, slow weight, score that opens, share of the peak."""


def gecco_readings() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Readings, long, of the plant's clock minutes that are there once, and the remarkable minutes as events."""
    plant = pd.read_csv(GECCO, index_col=0, parse_dates=["Time"]).drop_duplicates("Time")
    marked = plant.loc[plant["EVENT"], "Time"]
    readings = plant.rename(columns=NAMES).drop(columns="EVENT").melt("Time", var_name="parameter")
    readings = readings.rename(columns={"Time": "measured_at"}).assign(station_id="gecco2018")
    return readings, pd.DataFrame({"event_from": marked, "event_until": marked})


def gecco(split: str) -> list[Figure]:
    """Every detector on one split of GECCO."""
    series = station_series(*gecco_readings(), context=SURROUNDINGS)
    chosen = {"boosting": Boosting} if split == evaluation.RANDOM else DETECTORS
    tried = evaluation.tried(series, chosen, split, report=lambda text: print(f"gecco: {text}", flush=True))
    flags = {name: _in_order(series, folds) for name, folds in tried.items()}
    if split == evaluation.HALVES:
        flags["alarms as served"] = served_alarms(series)
    tested = np.concatenate([fold.rows for fold in next(iter(tried.values()))])
    figures = []
    for name, flagged in flags.items():
        rows = np.sort(tested)
        found = detection_scores(series.events[rows], flagged[rows], len(rows) / 1440)
        for score, value in found.items():
            note = AIMS[split] if (name, score) == ("boosting", "f1") else ""
            figures.append(Figure(f"GECCO 2018, {split}", f"{score} {name}", value, "", note=note))
    return figures


def _in_order(series: StationSeries, folds: list[evaluation.Fold]) -> np.ndarray:
    flags = np.zeros(len(series.times), dtype=bool)
    for fold in folds:
        flags[fold.rows] = fold.flags
    return flags


def served_alarms(series: StationSeries) -> np.ndarray:
    """(n,) minutes in which `water.alarms` would hold that the water changed; nothing is fitted, nothing is rounded."""
    alarms = OnlineDetector(PARAMETERS, detector_settings()).update(gecco_readings()[0])
    flags = np.zeros(len(series.times), dtype=bool)
    for alarm in alarms[alarms["kind"] == "water_change"].itertuples():
        first, last = (np.datetime64(moment, "us") for moment in (alarm.began_at, alarm.last_seen_at))
        flags |= (series.times >= first) & (series.times <= last)
    return flags


def skab() -> list[Figure]:
    """SKAB's own protocol; constants are chosen on the files of the other folders, or on all other files."""
    files = sorted(path for folder in ("valve1", "valve2", "other") for path in (SKAB / folder).glob("*.csv"))
    counts = np.array([_skab_counts(pd.read_csv(file, sep=";")) for file in files])
    folders = np.array([file.parent.name for file in files])
    everything = _pooled(np.array([_everything(pd.read_csv(file, sep=";")) for file in files]))
    best = int(np.argmax([_pooled(counts[:, setting]) for setting in range(len(SKAB_GRID))]))
    return [
        _skab_figure("flag everything", everything),
        _skab_figure("constants chosen on the other folders", _skab_chosen(counts, folders), "aim: at least .82"),
        _skab_figure(
            "constants chosen on all other files", _skab_chosen(counts, np.arange(len(files))), "aim: at least .82"
        ),
        _skab_figure("constants chosen on the files themselves", _pooled(counts[:, best]), "hindsight, no claim"),
    ]


def _skab_counts(file: pd.DataFrame) -> np.ndarray:
    """(settings, 3) hits, false and missed rows of a file after its training part."""
    values = file.drop(columns=["datetime", "anomaly", "changepoint"]).to_numpy(float)
    wanted = file["anomaly"].to_numpy(bool)[TRAINING_ROWS:]
    scores = {
        parts: off_training(values, TRAINING_ROWS, ShortTraining(*parts))[TRAINING_ROWS:]
        for parts in {(window, slow, weight) for window, slow, weight, *_ in SKAB_GRID}
    }
    found = []
    for window, slow, weight, opens, share in SKAB_GRID:
        flags = share_of_peak(scores[window, slow, weight], opens, share)
        found.append([(flags & wanted).sum(), (flags & ~wanted).sum(), (~flags & wanted).sum()])
    return np.array(found)


def _everything(file: pd.DataFrame) -> np.ndarray:
    wanted = file["anomaly"].to_numpy(bool)[TRAINING_ROWS:]
    return np.array([wanted.sum(), (~wanted).sum(), 0])


def _skab_chosen(counts: np.ndarray, groups: np.ndarray) -> float:
    """F1 pooled over files, each group's setting the one best on all others."""
    total = np.zeros(3)
    for group in np.unique(groups):
        others = counts[groups != group].sum(axis=0)
        setting = int(np.argmax([_pooled(row[None]) for row in others]))
        total += counts[groups == group, setting].sum(axis=0)
    return _pooled(total[None])


def _pooled(counts: np.ndarray) -> float:
    hits, wrong, missed = counts.sum(axis=0)
    return float(2 * hits / max(1, 2 * hits + wrong + missed))


def _skab_figure(name: str, value: float, note: str = "") -> Figure:
    return Figure("SKAB, 34 files, first 400 rows train", f"f1 {name}", value, "", note=note)


SECTIONS: dict[str, Callable[[], list[Figure]]] = {
    "skab": skab,
    **{f"gecco_{split}": lambda split=split: gecco(split) for split in evaluation.SPLITS},
}


def main() -> None:
    """Measure, print, append."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.anomaly", description=__doc__)
    parser.add_argument("--only", default=",".join(SECTIONS), help=f"of {', '.join(SECTIONS)}, by commas")
    chosen = parser.parse_args().only.split(",")
    unknown = set(chosen) - set(SECTIONS)
    if unknown:
        parser.error(f"no section is called {', '.join(sorted(unknown))}: there are {', '.join(SECTIONS)}")
    figures = [figure for name in chosen for figure in SECTIONS[name]()]
    print(report(figures))
    context = {"machine": platform.machine(), "python": platform.python_version()}
    append_json_lines(current().home / "bench" / "anomaly.jsonl", figures, context, datetime.now(UTC))


if __name__ == "__main__":
    main()
