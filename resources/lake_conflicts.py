"""Writing again what lost the race for a table to another writer. What a write is, is in lake.py."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from resources.errors import LakeError

Written = TypeVar("Written")
# DuckLake's own words for a lost race: with whoever wrote the same table, or, ten times in a row, the same snapshot.
_LOST = ("Transaction conflict", "Exceeded the maximum retry count")
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)


def again_after_conflict(write: Callable[[], Written]) -> Written:
    """Do a write that is whole or nothing; seven times more where another writer of the same table was faster.

    A SQLite catalogue's writers queue at a lock, so it never happens there. A server queues nobody: DuckLake refuses
    the later of two commits that touch one table.

    Raises:
        LakeError: the write failed, or lost eight times.
    """
    for pause in _PAUSES:
        try:
            return write()
        except LakeError as error:
            if not any(words in str(error) for words in _LOST):
                raise
            # Of two that wait equally long the same one would lose again.
            time.sleep(pause * random.uniform(0.5, 1.5))
    return write()
