"""What several of aid's pages read: names of items and places, scenarios of a plan, the plan's day. Renders nothing."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from socialai_assets.publishing.languages import Language
from socialai_assets.publishing.route_words import REASONS, change_words, loads
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.plan_limits import item_name
from socialai_assets.serving.dashboard.rows import Row, rows_if_made, rows_of
from socialai_assets.serving.gate import Gate

BASELINE = "baseline"


def item_names(gate: Gate, asker: Asker) -> dict[str, str]:
    """Name of each item by code, in the reader's language."""
    rows = rows_if_made(gate, asker, "SELECT item_id, name, name_es FROM items ORDER BY name", {"items": "aid.items"})
    return {row["item_id"]: item_name(row, asker.language) for row in rows}


def item_units(gate: Gate, asker: Asker) -> dict[str, str]:
    """Unit of each item by code."""
    rows = rows_if_made(gate, asker, "SELECT item_id, unit FROM items", {"items": "aid.items"})
    return {row["item_id"]: row["unit"] for row in rows}


def area_names(gate: Gate, asker: Asker) -> dict[str, str]:
    """Name of each area by code."""
    rows = rows_if_made(gate, asker, "SELECT area_id, name FROM areas", {"areas": "geography.areas"})
    return {row["area_id"]: row["name"] for row in rows}


def scenarios(gate: Gate, asker: Asker, table: str) -> list[Row]:
    """The scenarios of a plan, the baseline first, with whether each is stale and synthetic."""
    return rows_of(
        gate,
        asker,
        "SELECT scenario, bool_or(is_stale) AS is_stale, bool_or(is_synthetic) AS is_synthetic FROM plan "
        "GROUP BY scenario ORDER BY scenario <> $baseline, scenario",
        {"plan": table},
        {"baseline": BASELINE},
    )


def day_to_show(days: Sequence[datetime.date], wanted: str | None, today: datetime.date) -> datetime.date | None:
    """The day that is asked for; else today where it is planned; else the first planned."""
    if not days:
        return None
    asked = next((day for day in days if day.isoformat() == wanted), None)
    return asked or (today if today in days else days[0])


def unserved(gate: Gate, asker: Asker, scenario: str) -> list[Row]:
    """Stops that are left out, the most urgent first, with reason and remedy in the reader's language."""
    rows = rows_if_made(
        gate,
        asker,
        "SELECT u.*, s.latitude, s.longitude FROM unserved u LEFT JOIN sites s USING (site_id) "
        "WHERE scenario = $scenario ORDER BY u.priority, u.people DESC, site_id",
        {"unserved": "aid.unserved_stops", "sites": "aid.sites"},
        {"scenario": scenario},
    )
    return [left_out(row, asker.language) for row in rows]


def left_out(row: Row, language: Language) -> Row:
    """A row of `aid.unserved_stops` with `place`, `why`, `remedy` and `load` in words."""
    why = REASONS[row["reason"]][language == "es"]
    return row | {
        "place": row["name"] or row["site_id"],
        "why": why,
        "remedy": change_words(row, language),
        "load": loads(round(row["load_kg"] or 0.0), round(row["load_m3"] or 0.0, 1), language),
    }
