"""Keeps a process running: started again when it dies, ended when this one is. Knows nothing of what it does."""

from __future__ import annotations

import contextlib
import logging
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from types import FrameType

LOGGER = logging.getLogger(__name__)
# Seconds before it is started again: the longer, the more often it died young.
PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0)
YOUNG_SECONDS, END_SECONDS = 120.0, 20.0


class _Ended(Exception):
    """This process was asked to end."""


def keep_running(command: Sequence[str]) -> None:
    """Run a command until this process is asked to end; start it again whenever it dies.

    Args:
        command: of the process; it gets this one's output.
    """
    signal.signal(signal.SIGTERM, _end)
    young = 0
    with contextlib.suppress(_Ended, KeyboardInterrupt):
        while True:
            began = time.monotonic()
            with _started(command) as process:
                code = process.wait()
            young = young + 1 if time.monotonic() - began < YOUNG_SECONDS else 0
            pause = PAUSES[min(young, len(PAUSES) - 1)]
            LOGGER.warning("%s ended with %s; it is started again in %g s", command[-1], code, pause)
            time.sleep(pause)


@contextlib.contextmanager
def _started(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _end(_number: int, _frame: FrameType | None) -> None:
    raise _Ended
