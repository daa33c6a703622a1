"""Hours and days at which nobody is disturbed: whether a time is one of them. Tells nobody anything."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator


class QuietHours(BaseModel):
    """When nobody is disturbed; settings files with such hours have these fields.

    Attributes:
        quiet_from: hour it begins.
        quiet_until: hour it ends; the same hour twice is no quiet at all.
        quiet_days: days of the week, 0 is Monday.
        time_zone: that the hours are of, such as `America/Lima`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    quiet_from: int = Field(ge=0, le=24)
    quiet_until: int = Field(ge=0, le=23)
    quiet_days: tuple[int, ...]
    time_zone: str

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        ZoneInfo(value)
        return value

    @field_validator("quiet_days")
    @classmethod
    def _leaves_a_day(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not set(value) < set(range(7)):
            raise ValueError("days are 0 to 6, and one at least is not quiet")
        return value


def is_quiet(local: datetime.datetime, hours: QuietHours) -> bool:
    """Whether nothing is told at a local time; hours from and until the same hour are none.

    Args:
        local: in the time zone of the hours.
        hours: when it is quiet.
    """
    begins, ends, hour = hours.quiet_from, hours.quiet_until, local.hour
    at_night = begins <= hour < ends if begins <= ends else hour >= begins or hour < ends
    return at_night or local.weekday() in hours.quiet_days
