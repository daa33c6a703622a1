"""Rows of `water.alarms` from readings at regular times. The detector itself is in methods/anomaly."""

from __future__ import annotations

import pandas as pd

from socialai_assets.ingest.contract import empty, validate
from socialai_assets.methods.anomaly.online import OnlineDetector
from socialai_assets.water.detection_contracts import Alarms
from socialai_assets.water.detection_settings import PARAMETERS, detector_settings


def found_alarms(readings: pd.DataFrame, streaming: frozenset[str] = frozenset()) -> pd.DataFrame:
    """Alarms of stations whose readings landed in files.

    Args:
        readings: as `water.regular_readings`. Intervals in which a station did not report at all say nothing of its
            sensors, and are passed over.
        streaming: stations whose readings come by stream, where the consumer finds their alarms.

    Returns:
        Rows of `water.alarms`.
    """
    own = readings[~readings["station_id"].isin(streaming)]
    reported = own[own["status"] != "gap"]
    detector = OnlineDetector(PARAMETERS, detector_settings())
    alarms = detector.update(reported[["station_id", "parameter", "measured_at", "value"]])
    if alarms.empty:
        return empty(Alarms)
    stations = own.drop_duplicates("station_id").set_index("station_id")
    return validate(
        alarms.assign(
            came_by="file",
            source=alarms["station_id"].map(stations["source"]),
            is_synthetic=alarms["station_id"].map(stations["is_synthetic"]).astype(bool),
        ),
        Alarms,
    )
