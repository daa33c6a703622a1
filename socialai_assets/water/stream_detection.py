"""Alarms in the readings of a stream, written with them. What an alarm is, is in methods/anomaly; Kafka is elsewhere.

The detector's memory is kept in a file of the home now and then, and caught up with from the lake: after a kill it
stands where it stood, and finds the same alarms under the same codes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from resources.lake_conflicts import again_after_conflict
from resources.lake_transaction import transaction
from socialai_assets.ingest.contract import table_name
from socialai_assets.methods.anomaly.online import OnlineDetector
from socialai_assets.water.detection_contracts import Alarms
from socialai_assets.water.detection_settings import PARAMETERS, detector_settings
from socialai_assets.water.readings_table import READINGS, keep_few_rows_in_catalogue, make_table

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from resources.lake import Lake

ALARMS = table_name(Alarms)
KEPT_AFTER_SECONDS = 120.0
"""How often the detector's memory is written to its file; so much is judged again after a kill."""
REACH_DAYS = 8
"""Readings older than this before the newest are not caught up with: an alarm expires after a week."""
_COLUMNS = ["station_id", "parameter", "measured_at", "value"]


class Detector(Protocol):
    """What an intake of messages tells of the readings it takes."""

    def detect(self, cursor: duckdb.DuckDBPyConnection, taken: pa.Table, batch_id: str) -> int:
        """Judge a batch's readings and write what is found in their transaction; how many alarms were touched.

        It may be called again for the same batch, where the transaction lost to another writer.
        """
        ...

    def batch_is_taken(self) -> None:
        """The transaction of the batch judged last was committed."""
        ...

    def batch_failed(self) -> None:
        """It was not: what was learned from it must be forgotten."""
        ...


class StreamAlarms:
    """Finds alarms in the readings of one topic.

    Args:
        lake: open for writing.
        folder: where the memory is kept.
        topic: the topic.
        author: who takes the readings.
    """

    def __init__(self, lake: Lake, folder: Path, topic: str, *, author: str) -> None:
        self._lake, self._topic, self._author = lake, topic, author
        self._file = folder / f"{hashlib.sha1(topic.encode()).hexdigest()[:12]}.npz"
        self._batch: str | None = None
        self._found = pd.DataFrame()
        self._synthetic: dict[str, bool] = {}
        self._kept_at = time.monotonic()
        if not lake.exists(ALARMS):
            with transaction(lake, table=ALARMS, author=author) as cursor:
                make_table(cursor, Alarms)
        keep_few_rows_in_catalogue(lake, [Alarms])
        self._detector = self._stand_where_the_lake_is()

    def detect(self, cursor: duckdb.DuckDBPyConnection, taken: pa.Table, batch_id: str) -> int:
        """See `Detector`."""
        if batch_id != self._batch:
            self._found = self._update(self._detector, taken.to_pandas())
            self._batch = batch_id
        self._write(cursor, self._found)
        return len(self._found)

    def batch_is_taken(self) -> None:
        """See `Detector`; now and then the memory is kept."""
        self._batch = None
        if time.monotonic() - self._kept_at > KEPT_AFTER_SECONDS:
            self.keep()

    def batch_failed(self) -> None:
        """See `Detector`."""
        self._batch = None
        self._detector = self._stand_where_the_lake_is()

    def keep(self) -> None:
        """Write the memory to its file, whole or not at all."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(f".{os.getpid()}.new")
        with new.open("wb") as out:
            np.savez(out, **self._detector.state())  # pyright: ignore[reportArgumentType]
        new.replace(self._file)
        self._kept_at = time.monotonic()

    def _stand_where_the_lake_is(self) -> OnlineDetector:
        detector = self._kept() or OnlineDetector(PARAMETERS, detector_settings())
        with contextlib.closing(self._lake.cursor()) as cursor:
            known = cursor.execute(
                f"SELECT station_id, bool_or(is_synthetic) FROM lake.{ALARMS} WHERE came_by = 'stream' GROUP BY ALL"
            )
            self._synthetic |= dict(known.fetchall())
            missed = self._missed(cursor, detector)
        if len(missed):
            found = self._update(detector, missed)

            def write() -> None:
                with transaction(self._lake, table=ALARMS, author=self._author) as cursor:
                    self._write(cursor, found)

            if len(found):
                again_after_conflict(write)
        return detector

    def _kept(self) -> OnlineDetector | None:
        """The detector of the file; None where there is none, or one of other settings."""
        try:
            with np.load(self._file, allow_pickle=False) as kept:
                return OnlineDetector.from_state(dict(kept), detector_settings())
        except (FileNotFoundError, BadZipFile, KeyError, ValueError):
            return None

    def _missed(self, cursor: duckdb.DuckDBPyConnection, detector: OnlineDetector) -> pd.DataFrame:
        """Readings the lake has and the detector does not know; of stations new to it, as many as it remembers."""
        last = detector.last_moments.dt.tz_localize(None).rename("last").reset_index()
        cursor.register("known_stations", last)
        most = detector.settings.window + detector.settings.least
        frame = cursor.execute(
            f"""
            WITH newest AS (
              SELECT max(measured_at) - INTERVAL {REACH_DAYS} DAY AS first FROM lake.{READINGS} WHERE came_by = 'stream'
            )
            SELECT readings.station_id, parameter, measured_at, value, is_synthetic
            FROM lake.{READINGS} AS readings LEFT JOIN known_stations USING (station_id)
            WHERE came_by = 'stream' AND source = ? AND measured_at >= (SELECT first FROM newest)
              AND (last IS NULL OR measured_at > last)
            QUALIFY last IS NOT NULL
              OR row_number() OVER (PARTITION BY readings.station_id, parameter ORDER BY measured_at DESC) <= {most}
            """,
            [self._topic],
        ).df()
        cursor.unregister("known_stations")
        return frame

    def _update(self, detector: OnlineDetector, readings: pd.DataFrame) -> pd.DataFrame:
        """Alarms that these readings touch, and those that expire meanwhile, as rows of `water.alarms`."""
        if readings.empty:
            return pd.DataFrame()
        stations = readings.drop_duplicates("station_id")
        self._synthetic |= dict(zip(stations["station_id"], stations["is_synthetic"].astype(bool), strict=True))
        found = [detector.update(readings[_COLUMNS]), detector.expire(readings["measured_at"].max().to_pydatetime())]
        if not any(map(len, found)):
            return pd.DataFrame()
        alarms = pd.concat([part for part in found if len(part)])
        alarms = alarms.drop_duplicates("alarm_id", keep="last")
        synthetic = alarms["station_id"].map(self._synthetic).fillna(False).astype(bool)
        return alarms.assign(came_by="stream", source=self._topic, is_synthetic=synthetic)

    @staticmethod
    def _write(cursor: duckdb.DuckDBPyConnection, alarms: pd.DataFrame) -> None:
        if alarms.empty:
            return
        cursor.register("alarms_given", alarms)
        cursor.execute(f"DELETE FROM lake.{ALARMS} WHERE alarm_id IN (SELECT alarm_id FROM alarms_given)")
        cursor.execute(f"INSERT INTO lake.{ALARMS} BY NAME FROM alarms_given")
        cursor.unregister("alarms_given")
