"""The life of one station's alarms: what opens them, keeps them open, closes and expires them. Tests no reading."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

KINDS = ("water_change", "sensor_fault")
FAULTS = ("sticks", "drifts", "deviates", "spikes", "no value")
"""What a sensor alone can do; `deviates` also what each does when the water changes."""
SEVERITIES = ("low", "medium", "high")
STATES = ("open", "expired", "closed")
HOUR = 3_600_000_000
_WORDS = {
    "sticks": "has stuck at {value:.4g}",
    "drifts": "drifts from {usual:.4g} to {value:.4g}",
    "deviates": "is {value:.4g} where {usual:.4g} is usual",
    "spikes": "jumps now and then from {usual:.4g}",
    "no value": "reports no value",
}


@dataclass
class Finding:
    """What one sensor was found to do, at its worst.

    Attributes:
        parameter: what it measures.
        fault: one of `FAULTS`.
        score: how far beyond what opens an alarm, 1 the threshold.
        value: its reading then.
        usual: what was usual.
        since: when it began, microseconds UTC.
    """

    parameter: str
    fault: str
    score: float
    value: float
    usual: float
    since: int

    def words(self) -> str:
        """What it does, for a person."""
        return f"{self.parameter} {_WORDS[self.fault].format(value=self.value, usual=self.usual)}"


@dataclass
class Alarm:
    """An alarm of one kind at one station; times are microseconds UTC."""

    station_id: str
    kind: str
    opened_at: int
    last_seen_at: int
    state: str = "open"
    quiet: int = 0
    expired_at: int | None = None
    closed_at: int | None = None
    findings: dict[str, Finding] = field(default_factory=dict)

    @property
    def alarm_id(self) -> str:
        """Code: station, kind and the second it was opened."""
        return f"{self.station_id}:{self.kind}:{self.opened_at // 1_000_000}"

    def add(self, findings: Iterable[Finding]) -> None:
        """Note findings, keeping the worst of each sensor's with the earliest beginning."""
        for new in findings:
            key = f"{new.parameter} {new.fault}"
            old = self.findings.get(key)
            if old is None:
                self.findings[key] = new
            else:
                since = min(old.since, new.since)
                self.findings[key] = new if new.score > old.score else old
                self.findings[key].since = since

    def severity(self) -> str:
        """How bad: water that changes far or at three sensors is high, one sensor that is little off is low."""
        worst = max(finding.score for finding in self.findings.values())
        if self.kind == "sensor_fault":
            return "medium" if worst >= 3 else "low"
        return "high" if worst >= 3 or len(self.findings) >= 3 else "medium"

    def row(self) -> dict[str, Any]:
        """The alarm as a row, times still in microseconds; the sensor furthest off first."""
        ordered = sorted(self.findings.values(), key=lambda one: (-one.score, one.parameter, one.fault))
        began = min(one.since for one in ordered)
        words = "; ".join(one.words() for one in ordered)
        return {
            "alarm_id": self.alarm_id,
            "station_id": self.station_id,
            "kind": self.kind,
            "severity": self.severity(),
            "state": self.state,
            "began_at": began,
            "opened_at": self.opened_at,
            "last_seen_at": self.last_seen_at,
            "expired_at": self.expired_at,
            "closed_at": self.closed_at,
            "sensors": " ".join(dict.fromkeys(one.parameter for one in ordered)),
            "parameter": ordered[0].parameter,
            "fault": ordered[0].fault if self.kind == "sensor_fault" else None,
            "value": None if math.isnan(ordered[0].value) else ordered[0].value,
            "usual": None if math.isnan(ordered[0].usual) else ordered[0].usual,
            "score": ordered[0].score,
            "explanation": words[0].upper() + words[1:] + ".",
        }


@dataclass
class StationAlarms:
    """A station's alarms that have not closed, at most one a kind.

    Attributes:
        station_id: the station.
        open: alarm by kind.
        explained: sensors that were off while the water changed and have not come back; they are not faulty.
    """

    station_id: str
    open: dict[str, Alarm] = field(default_factory=dict)
    explained: set[str] = field(default_factory=set)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is remembered but the name."""
        return not self.open and not self.explained

    def step(
        self,
        moment: int,
        *,
        changed: list[Finding],
        change_lasts: bool,
        off: set[str],
        faults: list[Finding],
        lasting_faults: set[str],
        close_after: int,
        expire_after: float,
    ) -> list[Alarm]:
        """Take one message of the station.

        Args:
            moment: time of the message, microseconds UTC.
            changed: sensors that are off, where so many are that the water has changed; else none.
            change_lasts: whether so many have not come back that the change lasts.
            off: sensors that have not come back.
            faults: what single sensors do that opens an alarm.
            lasting_faults: `parameter fault` of what keeps one open.
            close_after: messages without a sign before an alarm closes.
            expire_after: microseconds after which an alarm expires.

        Returns:
            The alarms that are open or were closed by this message.
        """
        if changed:
            self._opened("water_change", moment).add(changed)
        change = self.open.get("water_change")
        if change is not None:
            self.explained |= off
        self.explained &= off
        suspected = [
            finding
            for finding in faults
            if finding.fault in ("sticks", "no value") or (change is None and finding.parameter not in self.explained)
        ]
        if suspected:
            self._opened("sensor_fault", moment).add(suspected)
        fault = self.open.get("sensor_fault")
        # A sensor that was off before the others was the first to see the water change.
        own = set(fault.findings if fault else ()) - {f"{parameter} deviates" for parameter in self.explained}
        signs = {
            "water_change": bool(changed) or change_lasts,
            "sensor_fault": bool(suspected) or not lasting_faults.isdisjoint(own),
        }
        return [
            self._lived(alarm, moment, signs[kind], close_after, expire_after)
            for kind, alarm in sorted(self.open.items())
        ]

    def expire(self, moment: int, expire_after: float) -> list[Alarm]:
        """Expire alarms that nothing was heard of for so long; returns them."""
        found = [a for a in self.open.values() if a.state == "open" and moment - a.last_seen_at >= expire_after]
        for alarm in found:
            alarm.state, alarm.expired_at = "expired", moment
        return found

    def _opened(self, kind: str, moment: int) -> Alarm:
        if kind not in self.open:
            self.open[kind] = Alarm(self.station_id, kind, moment, moment)
        return self.open[kind]

    def _lived(self, alarm: Alarm, moment: int, sign: bool, close_after: int, expire_after: float) -> Alarm:
        alarm.quiet = 0 if sign else alarm.quiet + 1
        if sign:
            alarm.last_seen_at = moment
        if alarm.quiet >= close_after:
            alarm.state, alarm.closed_at = "closed", moment
            del self.open[alarm.kind]
        elif alarm.state == "open" and moment - alarm.opened_at >= expire_after:
            alarm.state, alarm.expired_at = "expired", moment
        return alarm
