"""What a killed export leaves behind goes with the next one beside it; what others are making stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd

from resources.unfinished import ABANDONED_SECONDS, PREFIX, remove_abandoned, unfinished_folder
from socialai_assets.publishing.exports import export_table

MAKES_ONE_AND_WAITS = """
import sys, time
from pathlib import Path
from resources.unfinished import unfinished_folder
with unfinished_folder(Path(sys.argv[1])) as folder:
    (folder / "half.csv").write_text("half")
    print(folder, flush=True)
    time.sleep(600)
"""


def test_a_killed_export_is_cleaned_up_by_the_next_and_one_at_work_is_not(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MAKES_ONE_AND_WAITS, str(tmp_path)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    left = []
    for process in processes:
        assert process.stdout is not None
        left.append(Path(process.stdout.readline().strip()))
    killed, at_work = processes
    try:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert all(folder.is_dir() for folder in left)
        export_table(pd.DataFrame({"a": [1]}), tmp_path / "table.csv", "csv")
        assert not left[0].exists()
        assert (left[1] / "half.csv").read_text() == "half"
        assert (tmp_path / "table.csv").read_text() == "a\n1\n"
    finally:
        at_work.kill()
        at_work.wait()


def test_folders_of_other_machines_go_after_a_day_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    fresh, old = tmp_path / f"{PREFIX}elsewhere-1-abc", tmp_path / f"{PREFIX}elsewhere-2-abc"
    others = tmp_path / ".exported"
    for folder in (fresh, old, others):
        folder.mkdir()
    then = time.time() - ABANDONED_SECONDS - 60
    for folder in (old, others):
        os.utime(folder, (then, then))
    assert remove_abandoned(tmp_path) == [old]
    assert fresh.is_dir() and others.is_dir()


def test_the_folder_is_gone_afterwards(tmp_path: Path) -> None:
    with unfinished_folder(tmp_path) as folder:
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []
