"""Two writers of one table, its catalogue on a server where nothing queues them: both go on, the table stays whole."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd

from resources.lake import Lake
from resources.settings import load

WRITES = 8


def write(home: Path, catalog: str, writer: int) -> list[str]:
    """Replace the same table, and rows of another, over and over; gives the data versions."""
    lake = Lake.from_settings(load(home=home, lake_catalog=catalog))
    versions = []
    for i in range(WRITES):
        rows = pd.DataFrame({"area_id": range(5000), "value": writer * WRITES + i})
        versions.append(lake.replace("geography.things", rows, author=f"{writer}").data_version)
        mine = pd.DataFrame({"source": [f"{writer}"], "line": [i]})
        lake.replace_rows("geography.quarantine", mine, column="source", value=f"{writer}", author=f"{writer}")
    lake.close()
    return versions


def test_two_writers_of_one_table_both_end_and_leave_it_whole(tmp_path: Path, catalog: str) -> None:
    write(tmp_path, catalog, 0)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        written = list(pool.map(write, [tmp_path] * 2, [catalog] * 2, [1, 2]))
    lake = Lake.from_settings(load(home=tmp_path, lake_catalog=catalog))
    assert lake.data_version("geography.things") in (written[0][-1], written[1][-1])
    quarantine = lake.read_frame("geography.quarantine").sort_values("source")
    assert quarantine.values.tolist() == [[str(writer), WRITES - 1] for writer in range(3)]
    snapshots = lake.cursor().execute("SELECT count(*) FROM ducklake_snapshots('lake')").fetchone()
    lake.close()
    assert snapshots == (1 + 3 * 2 * WRITES,)
