"""One measured thing over time as a small SVG: mean, range, limits, times without readings. Knows no table."""

from __future__ import annotations

import datetime
import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

WIDTH, HEIGHT = 360, 170
LEFT, RIGHT, TOP, BOTTOM = 44, 18, 12, 24
_FONT = 'font-family="system-ui, sans-serif" font-size="11" fill="#444"'
_LIMIT_FONT = _FONT.replace("#444", "#b3261e")


@dataclass(frozen=True)
class LineChart:
    """What a chart shows.

    Attributes:
        times: (n,) starts of equal intervals, ascending.
        mean: (n,) NaN where there was no reading.
        lower: (n,) least value of each interval.
        upper: (n,) greatest value of each interval.
        limits: value and name of each line that should not be crossed.
        label: what it shows, in words, for whoever does not see it.
        missing: what a time without readings is called.
        spans: starts and ends of times to be shaded, such as alarms.
    """

    times: Sequence[datetime.datetime]
    mean: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    limits: Sequence[tuple[float, str]]
    label: str
    missing: str
    spans: Sequence[tuple[datetime.datetime, datetime.datetime]] = ()


def line_chart_svg(chart: LineChart) -> str:
    """The chart as an SVG element."""
    times = pd.DatetimeIndex(chart.times)
    seconds = (times - times[0]) / pd.Timedelta(seconds=1)
    step = float(np.median(np.diff(seconds))) if len(times) > 1 else 3600.0
    until = float(seconds[-1]) + step
    shown = [limit for limit in chart.limits if _is_near(limit[0], chart.lower, chart.upper)]
    ticks = nice_ticks(*_extent(chart, [value for value, _ in shown]))
    low, high = ticks[0], ticks[-1]

    def x(second: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * second / until

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(chart.label)}">']
    decimals = max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9))
    for tick in ticks:
        parts.append(f'<path d="M{LEFT} {y(tick):.1f}H{WIDTH - RIGHT}" stroke="#e3e3e3"/>')
        text = f"{tick:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")
        parts.append(f'<text x="{LEFT - 5}" y="{y(tick) + 4:.1f}" text-anchor="end" {_FONT}>{text}</text>')
    for moment, text in time_ticks(times[0], times[0] + pd.Timedelta(seconds=until)):
        at = x((moment - times[0]).total_seconds())
        parts.append(f'<path d="M{at:.1f} {HEIGHT - BOTTOM}v4" stroke="#777"/>')
        parts.append(f'<text x="{at:.1f}" y="{HEIGHT - 6}" text-anchor="middle" {_FONT}>{text}</text>')
    first = times[0].to_pydatetime()
    for start, end in chart.spans:
        left, right = (min(max((moment - first).total_seconds(), 0.0), until) for moment in (start, end))
        if right > left:
            wide = max(x(right) - x(left), 2.0)
            parts.append(
                f'<rect x="{x(left):.1f}" y="{TOP}" width="{wide:.1f}" height="{HEIGHT - TOP - BOTTOM}" '
                'fill="#f2b8b5" fill-opacity="0.55"/>'
            )
    for begin, end in _runs(~np.isfinite(chart.mean)):
        left, right = x(float(seconds[begin])), x(float(seconds[end - 1]) + step)
        parts.append(
            f'<rect x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{HEIGHT - TOP - BOTTOM}" '
            f'fill="#d9d9d9"><title>{html.escape(chart.missing)}</title></rect>'
        )
    for begin, end in _runs(np.isfinite(chart.mean)):
        middle = [x(float(second) + step / 2) for second in seconds[begin:end]]
        above = [f"{at:.1f},{y(value):.1f}" for at, value in zip(middle, chart.upper[begin:end], strict=True)]
        below = [f"{at:.1f},{y(value):.1f}" for at, value in zip(middle, chart.lower[begin:end], strict=True)]
        points = " ".join(f"{at:.1f},{y(value):.1f}" for at, value in zip(middle, chart.mean[begin:end], strict=True))
        if len(middle) > 1:
            around = " ".join(above + below[::-1])
            parts.append(f'<polygon points="{around}" fill="#0072b2" fill-opacity="0.22"/>')
            parts.append(f'<polyline points="{points}" fill="none" stroke="#0072b2" stroke-width="1.6"/>')
        else:
            parts.append(f'<circle cx="{middle[0]:.1f}" cy="{y(float(chart.mean[begin])):.1f}" r="2" fill="#0072b2"/>')
    for number, (value, name) in enumerate(shown):
        # Names change sides, so that two limits close to each other can both be read.
        at, anchor = ((WIDTH - RIGHT - 2, "end"), (LEFT + 2, "start"))[number % 2]
        parts.append(
            f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#b3261e" stroke-width="1.2" '
            f'stroke-dasharray="5 3"/><text x="{at}" y="{y(value) - 3:.1f}" text-anchor="{anchor}" '
            f"{_LIMIT_FONT}>{html.escape(name)}</text>"
        )
    return "".join([*parts, "</svg>"])


def nice_ticks(low: float, high: float) -> list[float]:
    """Three to seven round values, ascending, the first not above `low` and the last not below `high`."""
    if not high > low:
        room = abs(low) * 0.05 or 1.0
        low, high = low - room, high + room
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def time_ticks(start: pd.Timestamp, end: pd.Timestamp) -> list[tuple[pd.Timestamp, str]]:
    """Whole days, or hours of a short time, at most seven, with what is written at them."""
    moments, written = pd.DatetimeIndex([start]), "%H:%M"
    for step in ("6h", "1D", "2D", "7D", "30D"):
        written = "%H:%M" if step == "6h" else "%d.%m."
        moments = pd.date_range(start.ceil("6h" if step == "6h" else "D"), end, freq=step)
        if len(moments) <= 7:
            break
    return [(moment, moment.strftime(written)) for moment in moments]


def _is_near(limit: float, lower: np.ndarray, upper: np.ndarray) -> bool:
    """Whether a limit is drawn: not where it would press the readings together into a line."""
    low, high = np.nanmin(lower), np.nanmax(upper)
    room = 1.5 * (high - low) or abs(high) or 1.0
    return bool(low - room <= limit <= high + room)


def _extent(chart: LineChart, limits: Sequence[float]) -> tuple[float, float]:
    return min(float(np.nanmin(chart.lower)), *limits, np.inf), max(float(np.nanmax(chart.upper)), *limits, -np.inf)


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """Starts and ends of the stretches in which a mask is true."""
    edges = np.flatnonzero(np.diff(np.r_[False, mask, False].astype(int)))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]
