"""What several of refugees' pages read: camps, items, the plan's cells, people's decisions. Renders nothing."""

from __future__ import annotations

from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.plan_limits import item_name, limit_said
from socialai_assets.serving.dashboard.rows import Row, rows_if_made, rows_of
from socialai_assets.serving.dashboard.words import said
from socialai_assets.serving.gate import Gate

BASELINE = "baseline"
DECIDED = {"accept": "accepted", "change": "changed", "refuse": "refused", "none": "nobody decided"}


def items(gate: Gate, asker: Asker) -> dict[str, Row]:
    """Each item by code, with its `name` and `unit` in the reader's language."""
    rows = rows_if_made(
        gate,
        asker,
        "SELECT item_id, name, unit, is_carried, standard FROM items ORDER BY name",
        {"items": "refugees.relief_items"},
    )
    language = asker.language
    return {
        row["item_id"]: row | {"name": item_name(row, language), "unit": said(row["unit"], language)} for row in rows
    }


def camps(gate: Gate, asker: Asker, conflict: str = "") -> list[Row]:
    """Each camp with its people last known, and at the forecast's last week with the 80 % interval."""
    rows = rows_of(
        gate,
        asker,
        "SELECT camp_id, conflict_id, name, country, latitude, longitude, capacity, capacity_basis, last_report, "
        "is_synthetic FROM camps WHERE $conflict = '' OR conflict_id = $conflict ORDER BY conflict_id, name",
        {"camps": "refugees.camps"},
        {"conflict": conflict},
    )
    people = rows_if_made(
        gate,
        asker,
        "SELECT camp_id, arg_max(people, week_start) AS people, max(week_start) AS known_until FROM population "
        "GROUP BY camp_id",
        {"population": "refugees.camp_population"},
    )
    ahead = rows_if_made(
        gate,
        asker,
        "SELECT camp_id, arg_max(q500, week_start) AS expected, arg_max(q100, week_start) AS lower, "
        "arg_max(q900, week_start) AS upper, max(week_start) AS expected_on FROM forecasts GROUP BY camp_id",
        {"forecasts": "refugees.population_forecasts"},
    )
    known = {row["camp_id"]: row for row in people}
    coming = {row["camp_id"]: row for row in ahead}
    nothing = {"people": None, "known_until": None, "expected": None, "lower": None, "upper": None, "expected_on": None}
    found = []
    for row in rows:
        full = nothing | row | known.get(row["camp_id"], {}) | coming.get(row["camp_id"], {})
        filled = full["people"] / full["capacity"] if full["people"] is not None and full["capacity"] else None
        basis = said(str(full["capacity_basis"]).replace("_", " "), asker.language)
        found.append(full | {"filled": filled, "basis": basis, "link": f"/refugees/camps/{row['camp_id']}"})
    return found


def cells(gate: Gate, asker: Asker, *, camp: str = "", conflict: str = "", week: str = "") -> list[Row]:
    """The supply plan by camp, item and week: need, minimum, what is sent, what is missing and why."""
    rows = rows_if_made(
        gate,
        asker,
        # A cell has a row for each depot, which repeat what the camp gets in all.
        "SELECT camp_id, conflict_id, item_id, week_start, any_value(needed) AS needed, any_value(minimum) AS minimum, "
        "any_value(received) AS received, any_value(met) AS met, any_value(shortfall) AS shortfall, "
        "any_value(reason) AS reason, string_agg(DISTINCT depot_id, ', ') AS depots, "
        "any_value(override_id) AS override_id, bool_or(is_stale) AS is_stale, bool_or(is_synthetic) AS is_synthetic "
        "FROM plan WHERE scenario = $scenario AND ($camp = '' OR camp_id = $camp) "
        "AND ($conflict = '' OR conflict_id = $conflict) AND ($week = '' OR week_start::VARCHAR = $week) "
        "GROUP BY camp_id, conflict_id, item_id, week_start ORDER BY week_start, camp_id, item_id",
        {"plan": "refugees.supply_plan"},
        {"scenario": BASELINE, "camp": camp, "conflict": conflict, "week": week},
    )
    known = items(gate, asker)
    for row in rows:
        item = known.get(row["item_id"], {})
        row["item"], row["unit"] = item.get("name", row["item_id"]), item.get("unit", "")
        row["missing"] = max(0.0, (row["needed"] or 0.0) - (row["met"] or 0.0))
        row["met_share"] = row["met"] / row["needed"] if row["needed"] else None
        row["why"] = limit_said(row["reason"], asker.language)
    return rows


def decisions(gate: Gate, asker: Asker, camp: str = "") -> list[Row]:
    """What people decided, the newest first, with what became of it in the plan and at the camp."""
    rows = rows_if_made(
        gate,
        asker,
        "SELECT o.*, c.name AS camp FROM overrides o LEFT JOIN camps c USING (camp_id) "
        "WHERE $camp = '' OR camp_id = $camp ORDER BY decided_at DESC, override_id",
        {"overrides": "refugees.overrides", "camps": "refugees.camps"},
        {"camp": camp},
    )
    kept = {
        row["override_id"]: row
        for row in rows_if_made(
            gate,
            asker,
            "SELECT override_id, state, reason FROM told WHERE scenario = $scenario",
            {"told": "refugees.override_decisions"},
            {"scenario": BASELINE},
        )
    }
    outcomes = {
        row["override_id"]: row
        for row in rows_if_made(
            gate,
            asker,
            "SELECT override_id, delivered, needed, met_share FROM outcomes",
            {"outcomes": "refugees.override_outcomes"},
        )
    }
    known, language = items(gate, asker), asker.language
    for row in rows:
        told = kept.get(row["override_id"])
        state = told["state"] if told else ("superseded" if row["is_superseded"] else "the week is over")
        why = limit_said(told["reason"], language) if told else None
        row["became"] = said(state, language) + (f": {why}" if why else "")
        row["item"] = known.get(row["item_id"], {}).get("name", row["item_id"])
        row["said"] = said(DECIDED[row["decision"]], language)
        row["by"] = said(row["decided_by"].replace("_", " "), language)
        outcome = outcomes.get(row["override_id"], {})
        row |= {name: outcome.get(name) for name in ("delivered", "needed", "met_share")}
    return rows
