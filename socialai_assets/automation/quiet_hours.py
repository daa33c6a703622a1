"""Hours and days at which nobody is disturbed: whether a local time is one of them. Tells nobody anything."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Protocol


class QuietHours(Protocol):
    """From which hour until which nothing is told, and on which days (0 is Monday)."""

    @property
    def quiet_from(self) -> int: ...

    @property
    def quiet_until(self) -> int: ...

    @property
    def quiet_days(self) -> Collection[int]: ...


def is_quiet(local: datetime.datetime, hours: QuietHours) -> bool:
    """Whether nothing is told at a local time; hours from and until the same hour are none.

    Args:
        local: in the time zone of the hours.
        hours: when it is quiet.
    """
    begins, ends, hour = hours.quiet_from, hours.quiet_until, local.hour
    at_night = begins <= hour < ends if begins <= ends else hour >= begins or hour < ends
    return at_night or local.weekday() in hours.quiet_days
