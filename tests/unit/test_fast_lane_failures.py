"""The fast lane when things go wrong: a dead worker is started again, an event that fails is not tried for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from socialai_assets.serving.fast_lane.attempts import TRIES, work_through
from socialai_assets.serving.fast_lane.event_queue import Event, EventQueue

SECONDS = 60.0
WRITES_ITS_NUMBER = """
import os, sys, time
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()}\\n")
time.sleep(600)
"""
SUPERVISED = "import sys; from socialai_assets.serving.fast_lane.supervisor import keep_running as k; k(sys.argv[1:])"


def sent(name: str) -> Event:
    return Event(name, "water_surveys", [{"system_id": name}], "ana", accepted_at=1_767_600_000.0)


def until(found: Callable[[], bool]) -> None:
    ended = time.monotonic() + SECONDS
    while not found():
        assert time.monotonic() < ended, "It did not come about."
        time.sleep(0.05)


def lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_that_is_killed_is_started_again_and_ends_with_its_supervisor(tmp_path: Path) -> None:
    file = tmp_path / "numbers"
    command = [sys.executable, "-c", WRITES_ITS_NUMBER, str(file)]
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISED, *command])
    try:

        def numbers() -> list[int]:
            return [int(line) for line in file.read_text().splitlines()] if file.exists() else []

        until(lambda: len(numbers()) == 1)
        os.kill(numbers()[0], signal.SIGKILL)
        until(lambda: len(numbers()) == 2)
        first, second = numbers()
        assert first != second
        assert lives(second)
        supervisor.terminate()
        assert supervisor.wait(timeout=SECONDS) == 0
        assert not lives(second)
    finally:
        supervisor.kill()
        supervisor.wait()


def test_an_event_that_fails_is_tried_three_times_alone_and_then_says_why(tmp_path: Path) -> None:
    queue = EventQueue(tmp_path)
    good, bad = queue.accept(sent("good")), queue.accept(sent("bad"))
    taken: list[list[str]] = []

    def take_in(events: Sequence[Event]) -> None:
        taken.append([event.event_id for event in events])
        if bad.event_id in taken[-1]:
            raise ValueError("no such well")
        queue.mark(events, "done")

    while work_through(queue, take_in):
        assert len(taken) <= 2 * TRIES
    assert taken[0] == ["good", "bad"]
    assert sorted(taken[1:]) == [["bad"], ["bad"], ["good"]]
    assert queue.event(good.event_id).state == "done"
    told = queue.event(bad.event_id)
    assert told.state == "failed"
    assert told.told["why"].endswith("ValueError: no such well")


def test_an_event_that_ends_the_process_each_time_is_given_up(tmp_path: Path) -> None:
    queue = EventQueue(tmp_path)
    queue.accept(sent("deadly"))
    script = (
        "import os, sys; from pathlib import Path\n"
        "from socialai_assets.serving.fast_lane.attempts import work_through\n"
        "from socialai_assets.serving.fast_lane.event_queue import EventQueue\n"
        "sys.exit(0 if work_through(EventQueue(Path(sys.argv[1])), lambda events: os._exit(9)) else 1)\n"
    )
    codes = [subprocess.run([sys.executable, "-c", script, str(tmp_path)]).returncode for _ in range(TRIES + 1)]
    assert codes == [9] * TRIES + [0]
    assert queue.event("deadly").state == "failed"
    assert "ended while it worked" in queue.event("deadly").told["why"]
