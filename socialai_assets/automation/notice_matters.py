"""What people may have to know now, gathered from the book of alerts and the lake. Tells nobody, reads no vault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from resources.access_policy import AreaTree
from resources.alert_book import Trouble
from resources.lake import Lake
from resources.people import Account
from socialai_assets.access.policy import policy
from socialai_assets.automation.notice_settings import Kind
from socialai_assets.automation.notices import Matter, Reader

if TYPE_CHECKING:
    from resources.policy_file import Policy

FLAGS = "children flags "
DRIFT = "_drift"
CONTRACT = "conforms_to_contract"
AREAS, SCHOOLS = "geography.areas", "children.schools"
ALARMS, STATIONS = "water.open_alarms", "water.stations"
BASELINE = "baseline"


def of_troubles(troubles: Iterable[Trouble]) -> list[Matter]:
    """Matters of the open troubles: checks, steps, runs, flags of children."""
    return [_of_trouble(trouble) for trouble in troubles if trouble.state == "open"]


def _of_trouble(trouble: Trouble) -> Matter:
    known = trouble.silent_until is not None
    if trouble.key.startswith(FLAGS):
        when, role, area = trouble.key.removeprefix(FLAGS).split(" ")
        kind: Kind = "overdue_flags" if when == "overdue" else "waiting_flags"
        roles = None if role == "all" else frozenset({role})
        place = None if area == "elsewhere" else area
        return Matter(trouble.key, kind, trouble.since, {}, place, roles, acknowledged=known)
    what, _, name = trouble.key.partition(" ")
    if what != "check":
        return Matter(trouble.key, "failed_run", trouble.since, {"name": name}, acknowledged=known)
    table, _, check = name.partition(": ")
    kind = "drift" if table.endswith(DRIFT) and check != CONTRACT else "failed_check"
    return Matter(trouble.key, kind, trouble.since, {"table": table, "check": check}, acknowledged=known)


def of_alarms(rows: Iterable[Mapping[str, Any]], area_names: Mapping[str, str]) -> list[Matter]:
    """Matters of the stations' alarms.

    Args:
        rows: of `water.open_alarms`, each with the `name` and `area_id` of its station.
        area_names: by code.
    """
    roles = _who_sees(policy(), ALARMS)
    return [
        Matter(
            key=f"alarm {row['alarm_id']}",
            kind="alarm",
            since=_utc(row["opened_at"]),
            facts={
                "station": row["name"] or row["station_id"],
                "area": area_names.get(row["area_id"] or "", row["area_id"] or ""),
                "what": row["kind"],
                "severity": row["severity"],
                "synthetic": "yes" if row["is_synthetic"] else "no",
            },
            area_id=row["area_id"],
            roles=roles,
            urgent=row["severity"] == "high",
            acknowledged=not row["is_shown"],
        )
        for row in rows
    ]


def of_plans(rows: Iterable[Mapping[str, Any]]) -> list[Matter]:
    """Matters of new plans.

    Args:
        rows: of decision logs.
    """
    return [
        Matter(
            key=f"plan {row['decision_id']}",
            kind="new_plan",
            since=_utc(row["made_at"]),
            facts={
                "table": row["table_name"],
                "status": row["status"],
                "synthetic": "yes" if row["is_synthetic"] else "no",
            },
            roles=_who_sees(policy(), row["table_name"]),
        )
        for row in rows
    ]


def readers(accounts: Mapping[str, Account], school_areas: Mapping[str, str]) -> list[Reader]:
    """Everybody who has an address and is not disabled.

    Args:
        accounts: as the file of people has them.
        school_areas: area of each school: whoever works at schools is in charge there.
    """
    found = []
    for name, account in accounts.items():
        if account.disabled or not account.email:
            continue
        own = [school_areas[school] for school in account.schools if school in school_areas]
        areas = ("all",) if account.areas == "all" else (*account.areas, *own)
        found.append(Reader(name, frozenset(account.roles), areas, account.email, account.language))
    return found


def read_alarms(lake: Lake) -> list[dict[str, Any]]:
    """Alarms that have not closed, with name and area of their stations; none before there are any tables."""
    if not lake.exists(ALARMS) or not lake.exists(STATIONS):
        return []
    return _rows(
        lake,
        f"SELECT alarms.*, stations.name, stations.area_id FROM lake.{ALARMS} AS alarms "
        f"LEFT JOIN lake.{STATIONS} AS stations USING (station_id) ORDER BY opened_at, alarm_id",
        {},
    )


def read_plans(lake: Lake, logs: Sequence[str], now: datetime, days: float) -> list[dict[str, Any]]:
    """Plans of the baseline that were made in the last days, the oldest first.

    Args:
        lake: where the logs are.
        logs: the domains' decision logs there may be.
        now: the time, UTC.
        days: what was made longer ago is left out.
    """
    since = (now - timedelta(days=days)).astimezone(UTC).replace(tzinfo=None)
    found = [
        row
        for log in logs
        if lake.exists(log)
        for row in _rows(
            lake,
            f"SELECT decision_id, table_name, made_at, status, is_synthetic FROM lake.{log} "
            "WHERE made_at >= $since AND scenario = $scenario",
            {"since": since, "scenario": BASELINE},
        )
    ]
    return sorted(found, key=lambda row: (row["made_at"], row["decision_id"]))


def read_areas(lake: Lake) -> tuple[AreaTree, dict[str, str], dict[str, str]]:
    """Which area lies in which, what each is called, and the area of each school."""
    areas = _rows(lake, f"SELECT area_id, parent_id, level, name FROM lake.{AREAS}", {}) if lake.exists(AREAS) else []
    tree = AreaTree({row["area_id"]: row["parent_id"] for row in areas}, {r["area_id"]: r["level"] for r in areas})
    schools = {}
    if lake.exists(SCHOOLS):
        known = f"SELECT school_id, area_id FROM lake.{SCHOOLS} WHERE area_id IS NOT NULL"
        schools = {row["school_id"]: row["area_id"] for row in _rows(lake, known, {})}
    return tree, {row["area_id"]: row["name"] for row in areas}, schools


def _rows(lake: Lake, sql: str, values: dict[str, object]) -> list[dict[str, Any]]:
    with closing(lake.cursor()) as cursor:
        return cursor.execute(sql, values).to_arrow_table().to_pylist()


def _who_sees(rules: Policy, table: str) -> frozenset[str]:
    return frozenset(
        role for role, known in rules.roles.items() if any(rules.open_rule(role, why, table) for why in known.purposes)
    )


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
