"""The home that a whole `socialai run` makes once for all tests, beside the tests that do not need it.

Tests only wait for it where they ask for it. Whoever works on one of them
names a home that was made before in PREPARED_HOME.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

FIXTURE = "prepared_home"
SECONDS = 2000.0
"""A run that takes longer has failed; a test that waits for one has so long."""


def home_environment(home: Path, **settings: str) -> dict[str, str]:
    """The environment of a command that works in a home of its own, on a small sample country."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SOCIALAI_")}
    return {**inherited, "SOCIALAI_HOME": str(home), "SOCIALAI_SAMPLE_SCALE": "0.5", "COLUMNS": "120", **settings}


def in_good_order(items: list[pytest.Item]) -> None:
    """Order tests so that few wait for the home: files that need it come last, and of each kind the long ones first.

    A long file that is begun last keeps one process busy while the others have nothing left to do.
    """
    waiting = {item.path for item in items if _needs(item)}
    long = {item.path for item in items if item.get_closest_marker("long")}
    tests = Counter(item.path for item in items)
    for item in items:
        if item.path in waiting | long:
            item.add_marker(pytest.mark.timeout(SECONDS + 100))
    items.sort(key=lambda item: (item.path in waiting, item.path not in long, -tests[item.path], str(item.path)))


class PreparedHome:
    """The home of one test session, made by a process of its own.

    Args:
        folder: shared by the processes that share the tests.
    """

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self._ended, self._said, self._folder = folder / "ended", folder / "said.txt", folder
        self._run: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start the run."""
        self._folder.mkdir(parents=True, exist_ok=True)
        socialai = Path(sys.executable).parent / "socialai"
        # The shell writes down how it ended, as whoever waits may be another process than this one.
        command = ["sh", "-c", '"$0" run; echo $? > "$1.part"; mv "$1.part" "$1"', str(socialai), str(self._ended)]
        with self._said.open("wb") as said:
            self._run = subprocess.Popen(
                command,
                env=home_environment(self.home),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def made(self) -> Path:
        """The home, once it is made; whoever asks waits.

        Raises:
            pytest.fail.Exception: the run failed or takes too long.
        """
        began = time.monotonic()
        while not self._ended.is_file():
            if time.monotonic() - began > SECONDS:
                pytest.fail(f"`socialai run` has not ended within {SECONDS:.0f} s. It said:\n{self._what_it_said()}")
            time.sleep(0.2)
        if self._ended.read_text().strip() != "0":
            pytest.fail(f"`socialai run` failed. It said:\n{self._what_it_said()}")
        return self.home

    def end(self) -> None:
        """End the run where nobody waits for it any more."""
        if self._run is not None and self._run.poll() is None:
            import signal

            os.killpg(self._run.pid, signal.SIGTERM)
            self._run.wait(timeout=60)

    def _what_it_said(self) -> str:
        return self._said.read_text(errors="replace") if self._said.is_file() else "Nothing."


def made_before() -> Path | None:
    """The home that somebody named."""
    named = os.environ.get("PREPARED_HOME")
    return Path(named) if named else None


def is_to_be_made(items: Sequence[pytest.Item]) -> bool:
    """Whether this process starts the run: a test asks for the home, and it is the first of those that share them."""
    is_first = os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0"
    return is_first and made_before() is None and any(_needs(item) for item in items)


def _needs(item: pytest.Item) -> bool:
    return FIXTURE in getattr(item, "fixturenames", ())
