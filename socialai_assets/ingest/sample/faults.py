"""Bad rows planted into synthetic tables, and the list of where they are. Draws no data of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Fault:
    """A way for a row to be bad: the column, what is written into it, and the rule that breaks.

    A fault with the column `row` leaves the copy as it is, so that its key comes twice; one with several columns,
    parted by `|`, writes the value into each.
    """

    column: str
    value: str
    rule: str


REPEATED = Fault("row", "", "the key occurs before")
BETWEEN_COLUMNS = (
    "interval upside down",
    "at 0, 0",
    "closes before it opens",
    "ends before it begins",
    "unknown country",
    "in the future",
    "in a past week",
    "a whole date of birth",
    "absent when closed",
)
"""Rules that are checked for the row as a whole; a reason then names the row and no column."""

FAULTS: dict[str, tuple[Fault, ...]] = {
    "areas": (
        REPEATED,
        Fault("latitude", "123", "latitude above 90"),
        Fault("name", "", "name missing"),
        Fault("level", "district", "unknown level"),
        Fault("population", "many", "not a number"),
    ),
    "places": (
        REPEATED,
        Fault("latitude", "123", "latitude above 90"),
        Fault("name", "S.I.", "name missing"),
        Fault("kind", "hamlet", "unknown kind"),
    ),
    "area_codes": (REPEATED, Fault("code", "", "code missing")),
    "poverty_rates": (
        REPEATED,
        Fault("poverty_rate_pct", "S.I.", "rate missing"),
        Fault("poverty_rate_pct", "117.3", "rate above 100"),
        Fault("poverty_rate_pct", "31,5", "not a number"),
        Fault("lower_pct", "99.99", "interval upside down"),
    ),
    "area_indicators": (
        REPEATED,
        Fault("value", "S.I.", "value missing"),
        Fault("indicator", "Dropout rate", "malformed indicator"),
    ),
    "sites": (
        REPEATED,
        Fault("latitude|longitude", "0", "at 0, 0"),
        Fault("closes_minute", "0", "closes before it opens"),
        Fault("people", "-40", "negative"),
        Fault("largest_vehicle", "bus", "unknown type of vehicle"),
    ),
    "items": (REPEATED, Fault("weight_kg", "-1", "negative"), Fault("unit", "", "unit missing")),
    "demand_history": (
        REPEATED,
        Fault("quantity", "-3", "negative"),
        Fault("is_reported", "", "reported or not is missing"),
        Fault("period_start", "2023-13-01", "not a date"),
    ),
    "deliveries": (
        REPEATED,
        Fault("delivered_quantity", "-5", "negative"),
        Fault("planned_date", "31/12/2025", "not a date"),
    ),
    "stock": (REPEATED, Fault("on_hand", "-12", "negative"), Fault("as_of", "", "day missing")),
    "depots": (REPEATED, Fault("latitude|longitude", "0", "at 0, 0")),
    "vehicles": (
        REPEATED,
        Fault("capacity_kg", "-1", "negative"),
        Fault("shift_end_minute", "0", "ends before it begins"),
    ),
    "travel_times": (Fault("minutes", "-4", "negative"), Fault("to_id", "", "target missing")),
    "camps": (REPEATED, Fault("country", "QQQ", "unknown country"), Fault("latitude|longitude", "0", "at 0, 0")),
    "locations": (REPEATED, Fault("kind", "village", "unknown kind"), Fault("country", "QQQ", "unknown country")),
    "camp_registrations": (
        REPEATED,
        Fault("people", "-120", "negative"),
        Fault("reported_on", "2199-01-01", "in the future"),
        Fault("reported_on", "31/12/2025", "not a date"),
    ),
    "links": (REPEATED, Fault("km", "0", "no length"), Fault("to_id", "", "end missing")),
    "closures": (
        REPEATED,
        Fault("closed_until", "2000-01-01", "ends before it begins"),
        Fault("kind", "rain", "unknown kind"),
    ),
    "population_groups": (
        REPEATED,
        Fault("people", "-3", "negative"),
        Fault("origin", "QQQ", "unknown country"),
        Fault("year", "2199", "in the future"),
    ),
    "relief_depots": (REPEATED, Fault("capacity_m3", "-5", "negative")),
    "relief_stock": (REPEATED, Fault("on_hand", "-12", "negative"), Fault("as_of", "", "day missing")),
    "relief_vehicles": (
        REPEATED,
        Fault("capacity_kg", "-1", "negative"),
        Fault("shift_end_minute", "0", "ends before it begins"),
    ),
    "relief_deliveries": (
        REPEATED,
        Fault("planned_quantity", "-5", "negative"),
        Fault("planned_on", "31/12/2025", "not a date"),
    ),
    "overrides": (
        REPEATED,
        Fault("quantity", "-5", "negative"),
        Fault("reason", "", "reason missing"),
        Fault("decided_by", "Ana Quispe", "a name in place of a role"),
        Fault("plan_start", "2099-01-05", "in a past week"),
    ),
    "needs_reported": (REPEATED, Fault("met", "-1", "negative"), Fault("week_start", "2025-13-01", "not a date")),
    "water_systems": (REPEATED, Fault("lat_deg|lon_deg", "0", "at 0, 0"), Fault("supply", "bucket", "unknown supply")),
    "water_points": (REPEATED, Fault("component", "toilet", "unknown component"), Fault("lat_deg", "123", "above 90")),
    "water_surveys": (
        Fault("parameter", "taste", "unknown parameter"),
        Fault("grade", "E", "unknown grade"),
        Fault("report_date", "2199-01-01", "in the future"),
    ),
    "population_served": (REPEATED, Fault("served_population", "-12", "negative")),
    "stations": (REPEATED, Fault("interval_minutes", "0", "no interval")),
    "sensor_readings": (
        REPEATED,
        Fault("value", "n/d", "not a number"),
        Fault("parameter", "taste", "unknown parameter"),
        Fault("measured_at", "2199-01-01T00:00:00", "in the future"),
    ),
    "station_events": (Fault("event_until", "2000-01-01T00:00:00", "ends before it begins"),),
    "schools": (REPEATED, Fault("level", "university", "unknown level"), Fault("lat_deg", "123", "above 90")),
    "terms": (REPEATED, Fault("ends_on", "2000-01-01", "ends before it begins")),
    "interventions": (REPEATED, Fault("relative_effect", "1.4", "more than the whole risk")),
    "services": (REPEATED, Fault("places", "-3", "negative")),
    "staff": (REPEATED, Fault("role", "driver", "unknown role")),
    "children": (
        REPEATED,
        Fault("sex", "X?", "unknown sex"),
        Fault("birth_month", "2011-07-19", "a whole date of birth"),
        Fault("area_id", "", "area missing"),
    ),
    "households": (REPEATED, Fault("members", "0", "nobody in it"), Fault("income_usd_month", "mucho", "not a number")),
    "enrolments": (
        REPEATED,
        Fault("event", "expelled", "unknown event"),
        Fault("event_date", "31/12/2024", "not a date"),
        Fault("knowledge_date", "2199-01-01", "in the future"),
    ),
    "attendance": (
        REPEATED,
        Fault("days_absent", "31", "absent when closed"),
        Fault("days_open", "0", "no day open"),
    ),
    "marks": (REPEATED, Fault("mark", "21", "above 20"), Fault("mark", "AD", "not a number")),
    "cases": (REPEATED, Fault("kind", "gossip", "unknown kind"), Fault("event_date", "", "day missing")),
    "support": (REPEATED, Fault("offered_on", "", "day missing")),
    "outcomes": (REPEATED, Fault("outcome", "fine", "unknown outcome")),
    "reviews": (REPEATED, Fault("reason_code", "because", "unknown reason")),
    "calendar": (Fault("kind", "strike", "unknown kind"), Fault("day", "", "day missing")),
}


def plant(
    random: np.random.Generator, rows: pd.DataFrame, faults: Sequence[Fault]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put one bad copy of a row, drawn by chance, for each fault right after the good one; no good row is lost.

    Args:
        random: random numbers.
        rows: text columns, a row each line.
        faults: what to plant; of more faults than rows, the first ones.

    Returns:
        The rows with the bad ones among them; and for each of these `line` (in a file with one line of names
        first), `column` and `rule`.
    """
    faults = faults[: len(rows)]
    victims = random.choice(len(rows), len(faults), replace=False)
    bad = rows.iloc[victims].copy()
    for position, fault in enumerate(faults):
        for name in fault.column.split("|") if fault.column != "row" else ():
            bad.iloc[position, bad.columns.get_loc(name)] = fault.value  # type: ignore[index]
    together = pd.concat([rows.reset_index(drop=True), bad.set_axis(victims + 0.5)]).sort_index()
    lines = np.searchsorted(together.index.to_numpy(), victims + 0.5) + 2
    listed = pd.DataFrame(
        {"line": lines, "column": [fault.column for fault in faults], "rule": [fault.rule for fault in faults]}
    )
    return together.reset_index(drop=True), listed.sort_values("line", ignore_index=True)
