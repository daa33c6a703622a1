"""The benchmarks' arithmetic, tables, JSON lines and child processes. No test asserts a timing."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import spine
from benchmarks.event_log import ANNOUNCED, LOG_LINE, WORK, Event, account
from benchmarks.figures import Figure, append_json_lines, markdown_table, report
from benchmarks.landing_to_map import corrected
from benchmarks.processes import child, measure
from resources.errors import SettingsError, SocialAIError
from resources.settings import PROJECT, load

on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="looks at /proc, and at what Linux tells of a parent's end"
)
KINDS = sorted(WORK | ANNOUNCED | {"STEP_START", "STEP_INPUT", "STEP_SUCCESS", "ASSET_CHECK_EVALUATION"})


def run_of(*events: tuple[float, str, str | None, str | None]) -> list[Event]:
    return [Event(*event) for event in events]


def test_time_goes_to_work_where_our_code_ran_before_the_event_and_else_to_orchestration() -> None:
    run = account(
        run_of(
            (0.0, "ASSET_MATERIALIZATION_PLANNED", "a", None),
            (0.25, "ASSET_MATERIALIZATION_PLANNED", "b", None),
            (0.5, "ASSET_CHECK_EVALUATION_PLANNED", "a", None),
            (1.0, "PIPELINE_START", None, None),
            (2.0, "STEP_START", "a", None),
            (4.0, "LOADED_INPUT", "a", None),
            (4.5, "STEP_INPUT", "a", None),
            (8.5, "STEP_OUTPUT", "a", None),
            (10.0, "ASSET_MATERIALIZATION", "a", "poverty.a"),
            (10.25, "HANDLED_OUTPUT", "a", None),
            (10.5, "STEP_SUCCESS", "a", None),
            (11.0, "PIPELINE_SUCCESS", None, None),
        )
    )
    # Four intervals end in work (2, 4, 1.5 and 0.25 s), each less the 0.25 s that storing an event takes.
    assert run.storing == 0.25
    assert run.work == pytest.approx(1.75 + 3.75 + 1.25 + 0.0)
    assert run.seconds == 11.0
    assert run.orchestration == pytest.approx(4.25)
    assert run.tables == 1
    [step] = run.steps
    assert (step.step, step.seconds, step.tables) == ("a", 8.5, ("poverty.a",))
    assert step.work == pytest.approx(6.75)


def test_a_step_with_many_tables_counts_each_and_one_without_a_table_none() -> None:
    run = account(
        run_of(
            (0.0, "STEP_START", "dbt", None),
            (1.0, LOG_LINE, "dbt", None),
            (3.0, "STEP_OUTPUT", "dbt", None),
            (3.0, "ASSET_MATERIALIZATION", "dbt", "geography.areas"),
            (4.0, "STEP_OUTPUT", "dbt", None),
            (4.0, "ASSET_MATERIALIZATION", "dbt", "geography.places"),
            (5.0, "STEP_SUCCESS", "dbt", None),
            (5.0, "STEP_START", "map", None),
            (7.0, "ASSET_MATERIALIZATION", "map", None),
            (9.0, "STEP_FAILURE", "map", None),
        )
    )
    assert [step.tables for step in run.steps] == [("geography.areas", "geography.places"), ()]
    assert [step.work for step in run.steps] == [4.0, 4.0]
    assert run.tables == 2
    assert run.storing == 0.0


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from(KINDS), st.sampled_from(["a", "b"])), min_size=2))
def test_work_and_orchestration_are_the_run_and_neither_is_negative(drawn: list[tuple[float, str, str]]) -> None:
    ordered = sorted(drawn, key=lambda event: event[0])
    run = account([Event(at, kind, step) for at, kind, step in ordered])
    assert run.work + run.orchestration == pytest.approx(run.seconds)
    assert 0 <= run.work <= run.seconds + 1e-9


def test_a_run_without_events_is_refused() -> None:
    with pytest.raises(SocialAIError, match="without events"):
        account([Event(0.0, "PIPELINE_START")])


def test_cells_cannot_break_a_table() -> None:
    lines = markdown_table(["a", "b"], [["x|y", "two\nlines"]]).splitlines()
    assert lines == ["| a | b |", "| --- | --- |", "| x\\|y | two lines |"]


def test_report_groups_by_section_and_shows_aims() -> None:
    text = report(
        [
            Figure("Run", "wall", 85.234, "s"),
            Figure("Start-up", "load", 4.567, "s", aim=5, note="median of 5"),
            Figure("Run", "peak", 1234.0, "MB"),
        ]
    )
    assert text.index("### Run") < text.index("| wall | 85.2 | s |  |  |") < text.index("| peak | 1,234 | MB |")
    assert text.index("| peak") < text.index("### Start-up")
    assert "| load | 4.57 | s | 5 or less | median of 5 |" in text
    assert text.count("### Run") == 1


def test_json_lines_are_appended_with_the_five_keys(tmp_path: Path) -> None:
    file = tmp_path / "bench" / "spine.jsonl"
    at = datetime(2026, 5, 1, 12, 0, tzinfo=timezone(timedelta(hours=-5)))
    append_json_lines(file, [Figure("Run", "wall", 1.5, "s", context={"scale": 4})], {"cores": 2, "scale": 1}, at)
    append_json_lines(file, [Figure("Run", "größe", 2.0, "MB", note="n")], {"cores": 2}, datetime.now(UTC))
    first, second = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    assert first == {
        "name": "Run: wall",
        "value": 1.5,
        "unit": "s",
        "context": {"cores": 2, "scale": 4},
        "at": "2026-05-01T17:00:00+00:00",
    }
    assert second["name"] == "Run: größe"
    assert second["context"] == {"cores": 2, "note": "n"}


@given(st.floats(0, 100), st.text("abcé ,\"'", max_size=12))
def test_a_corrected_file_differs_in_one_figure_which_stays_a_rate(rate: float, name: str) -> None:
    written = io.StringIO()
    rows = [["name", "poverty_rate_pct"], [name, f"{rate:.2f}"], ["other", "S.I."]]
    csv.writer(written).writerows(rows)
    changed = list(csv.reader(io.StringIO(corrected(written.getvalue()))))
    assert changed[0] == rows[0]
    assert changed[2] == rows[2]
    assert changed[1][0] == name
    assert changed[1][1] != rows[1][1]
    assert 0 <= float(changed[1][1]) <= 100


def test_a_file_without_a_known_rate_is_refused() -> None:
    with pytest.raises(SocialAIError, match="No column named"):
        corrected("area_id,value\n1,2\n")


def test_sections_run_in_their_order_and_unknown_ones_are_named() -> None:
    assert spine.chosen(None) == list(spine.SECTIONS)
    assert spine.chosen("latency, run") == ["run", "latency"]
    with pytest.raises(SettingsError, match="speed"):
        spine.chosen("run,speed")


def test_runs_are_kept_away_from_the_lake_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOCIALAI_LAKE_CATALOG", "postgres:dbname=in_use")
    monkeypatch.setenv("SOCIALAI_LAKE_DATA", "s3://in-use/")
    monkeypatch.setenv("SOCIALAI_MLFLOW_TRACKING_URI", "https://in-use.example")
    bench = spine.Bench(load(), tmp_path, repeat=1)
    home = tmp_path / "home"
    for name, value in bench.environment(home, sample_scale=4).items():
        monkeypatch.setenv(name, value)
    inside = load()
    assert inside.home == home
    assert inside.sample_scale == 4
    assert str(home) in inside.catalog
    assert str(home) in inside.data_path
    assert str(home) in inside.tracking_uri


def test_a_measured_process_that_fails_is_an_error_with_its_code(tmp_path: Path) -> None:
    with pytest.raises(SocialAIError, match="ended with code 3"):
        measure([sys.executable, "-c", "raise SystemExit(3)"], os.environ, tmp_path, subprocess.DEVNULL)


def test_peak_memory_is_that_of_the_child(tmp_path: Path) -> None:
    # Measured from a small process: until it is replaced, a child counts the memory of the parent it was split from.
    program = (
        "import os, subprocess, sys; from pathlib import Path; from benchmarks.processes import measure\n"
        "work = f\"b = bytearray({sys.argv[1]}); b[::4096] = b'x' * len(b[::4096])\"\n"
        "cost = measure([sys.executable, '-c', work], os.environ, Path('.'), subprocess.DEVNULL)\n"
        "print(cost.peak_bytes)"
    )
    peaks = [
        int(subprocess.check_output([sys.executable, "-c", program, str(size)], cwd=PROJECT))
        for size in (4096, 400_000_000)
    ]
    assert peaks[1] > 400_000_000
    assert peaks[0] < peaks[1]


@on_linux
def test_the_end_of_a_block_ends_descendants_too(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    with child(_with_descendant(file), os.environ, tmp_path, subprocess.DEVNULL) as process:
        descendant = _pid_in(file)
        assert _alive(descendant)
    assert process.returncode == -signal.SIGTERM
    assert not _alive(descendant)


@on_linux
def test_a_killed_benchmark_leaves_no_child(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    program = (
        "import os; from pathlib import Path; from benchmarks.processes import measure\n"
        f"measure({[sys.executable, '-c', _SAY_PID_AND_SLEEP.format(file=str(file))]!r}, os.environ, Path('.'))"
    )
    benchmark = subprocess.Popen([sys.executable, "-c", program], cwd=PROJECT)
    sleeping = _pid_in(file)
    benchmark.kill()
    benchmark.wait()
    _until(lambda: not _alive(sleeping))
    assert not _alive(sleeping)


_SAY_PID_AND_SLEEP = (
    "import os, time, pathlib; p = pathlib.Path({file!r}); q = p.with_suffix('.new'); "
    "q.write_text(str(os.getpid())); q.rename(p); time.sleep(60)"
)


def _with_descendant(file: Path) -> list[str]:
    program = (
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_SAY_PID_AND_SLEEP.format(file=str(file))!r}])"
    )
    return [sys.executable, "-c", program]


def _pid_in(file: Path) -> int:
    _until(file.exists)
    return int(file.read_text())


def _until(done) -> None:
    until = time.monotonic() + 30
    while not done() and time.monotonic() < until:
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and only waits to be counted does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
