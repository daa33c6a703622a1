"""Child processes of a benchmark: started, measured, and ended with all their descendants. Knows no platform."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from resources.errors import SocialAIError

GRACE_SECONDS = 15.0
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Cost:
    """What a process took, its waited-for descendants included.

    Args:
        wall: seconds from start to end.
        cpu: seconds of processor time, user and system.
        peak_bytes: largest resident memory of any one process of them.
    """

    wall: float
    cpu: float
    peak_bytes: int


def measure(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, output: int | IO[str] | None = None
) -> Cost:
    """Run a command to its end and say what it took.

    The peak starts at the size of the calling process, which the system counts until the child has begun.

    Args:
        command: program and arguments.
        environment: its whole environment.
        folder: where it runs.
        output: where its standard output goes; by default to standard error, so that people see progress.

    Raises:
        SocialAIError: it failed.
    """
    started = time.perf_counter()
    with child(command, environment, folder, sys.stderr if output is None else output) as process:
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SocialAIError(
            f"`{' '.join(command)}` ended with code {process.returncode}",
            do="Its own message stands above; a benchmark measures only what works.",
        )
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


@contextmanager
def child(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, output: int | IO[str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A running command in a process group of its own, which is ended with the block, however that ends."""
    process = subprocess.Popen(
        list(command),
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=None if output == subprocess.DEVNULL else subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_before_start(),
    )
    try:
        yield process
    finally:
        _end_group(process)


@dataclass(frozen=True)
class Stolen:
    """How much of the cores' time the machine's own host had given to others, by a moment.

    Args:
        at: seconds of a monotonic clock.
        seconds: of all cores, since the machine started; 0 where the system does not tell.
    """

    at: float
    seconds: float

    @classmethod
    def now(cls) -> Stolen:
        """By now; Linux tells it as `steal` in /proc/stat."""
        told = Path("/proc/stat")
        ticks = int(told.read_text().split(maxsplit=9)[8]) if told.exists() else 0
        return cls(time.perf_counter(), ticks / os.sysconf("SC_CLK_TCK"))

    def share_since(self, before: Stolen) -> float:
        """Share of the cores' time between two moments."""
        return (self.seconds - before.seconds) / ((self.at - before.at) * (os.cpu_count() or 1))


def end_on_signals() -> None:
    """Make SIGTERM and SIGHUP unwind the program like an exception, so that children and folders are cleared."""

    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


def _before_start() -> Callable[[], object] | None:
    """On Linux: has the child asked to end when its parent does, be that by SIGKILL, and able to.

    A parent that ignores or blocks SIGTERM hands that down, so it is undone first.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def begin() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return begin


def _end_group(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not _signal_group(process.pid, number):
            break
        until = time.monotonic() + GRACE_SECONDS
        # Only a leader that has been waited for leaves its group.
        while process.poll() is None or _signal_group(process.pid, 0):
            if time.monotonic() > until:
                break
            time.sleep(0.1)


def _signal_group(group: int, number: int) -> bool:
    """Send a signal (0: none) to a process group; whether it has members."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True
