"""The platform's pages: freshness, alerts, refused rows, models, runs, who read what. Reads what is kept of each."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from resources.lake_upkeep import last_writes
from socialai_assets.actions.alerts import acknowledge_alert, alerts
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.frame import render
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.spoken import said
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate
from socialai_assets.serving.runs_lately import newest_runs, versions_waiting

router = APIRouter(include_in_schema=False)
PLATFORM = Page("platform", "/platform", "How the platform runs", "Platform", command="platform")
LOG = Page("access_log", "/platform/log", "Who read what", "Platform", command="log")
RUNS = Page("runs", "/platform/runs", "Runs and approvals", "Platform", command="platform")
PAGES = (PLATFORM, RUNS, LOG)
RUN_ROWS = 30
DOMAINS = ("geography", "poverty", "aid", "refugees", "children", "water")
LOG_ROWS = 200
ACKNOWLEDGED_DAYS = 7.0
# What a table of drift calls the thing that may have moved, and what says that it has.
DRIFT = {
    "poverty.feature_drift": ("feature", "has_drifted"),
    "water.risk_feature_drift": ("target || ': ' || feature", "has_drifted"),
    "water.outcome_drift": ("target", "asks_for_training"),
    "refugees.forecast_drift": ("conflict_id || ', ' || horizon", "has_drifted"),
    "children.risk_drift": ("label || ': ' || what", "asks_for_training"),
}
# The version in use by model: what each domain's table calls it, and why.
MODELS = {
    "poverty.district_model": "model, algorithm, version, is_baseline, reason",
    "children.risk_models": "label AS model, model AS algorithm, model_version AS version, is_baseline, reason",
    "water.risk_models": "target || ', ' || nearest_visits AS model, model AS algorithm, model_version AS version, "
    "is_baseline, reason",
}


@router.get(PLATFORM.path, name=PLATFORM.name)
def platform_page(request: Request, asker: Asking, platform: Serving) -> Response:
    """All that tells whether the platform is well."""
    gate = platform.gate
    PLATFORM.require(asker, gate)
    return render(
        request,
        asker,
        "platform.html",
        {
            "domains": _freshness(gate),
            "alerts": alerts(platform.settings),
            "may_acknowledge": gate.may(asker, "acknowledge_alert"),
            "refused": _refused(gate, asker),
            "models": _models(gate, asker),
            "scores": _scores(gate, asker),
            "drift": _drift(gate, asker),
        },
    )


@router.post("/platform/alerts")
def acknowledge(
    asker: Asking,
    platform: Serving,
    key: Annotated[str, Form()],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Say that an alert is known."""
    platform.gate.allow(asker, "acknowledge_alert")
    acknowledge_alert(
        key, by=asker.person.account, note=note.strip(), days=ACKNOWLEDGED_DAYS, settings=platform.settings
    )
    return RedirectResponse(PLATFORM.path, status_code=303)


@router.get(RUNS.path, name=RUNS.name)
def runs_page(request: Request, asker: Asking, platform: Serving) -> Response:
    """What has run lately, and which models wait for an approval."""
    RUNS.require(asker, platform.gate)
    runs = [
        {
            **vars(run),
            "what": run.what or said("command or Dagster UI", asker.language),
            "status": said(run.status, asker.language),
            "tables": said("all", asker.language) if run.tables is None else str(run.tables),
        }
        for run in newest_runs(platform.settings, RUN_ROWS)
    ]
    versions = [
        {**vars(one), "command": f"socialai models approve {one.model} {one.version}"}
        for one in versions_waiting(platform.settings)
    ]
    return render(request, asker, "runs.html", {"runs": runs, "versions": versions})


@router.get(LOG.path, name=LOG.name)
def access_log(request: Request, asker: Asking, platform: Serving, who: str = "", refused: bool = False) -> Response:
    """The newest looks into the vault and refusals."""
    gate = platform.gate
    gate.allow(asker, "log")
    entries = list(gate.reader.vault.log.entries())
    chosen = [e for e in entries if (not who or e["who"] == who) and not (refused and e["allowed"])]
    rows = [{**e, "at": datetime.fromisoformat(e["at"])} for e in reversed(chosen[-LOG_ROWS:])]
    people = sorted({entry["who"] for entry in entries})
    context = {"rows": rows, "total": len(chosen), "people": [(p, p) for p in people], "who": who, "refused": refused}
    return render(request, asker, "access_log.html", context)


def _freshness(gate: Gate) -> list[dict[str, Any]]:
    """Of each domain: how many tables, the newest and the oldest write."""
    now, there = datetime.now(UTC), gate.tables()
    writes = {table: write for table, write in last_writes(gate.lake).items() if table in there}
    rows = []
    for domain in DOMAINS:
        own = {table: write.time for table, write in writes.items() if table.startswith(f"{domain}.")}
        newest = max(own, key=lambda table: own[table], default=None)
        oldest = min(own, key=lambda table: own[table], default=None)
        rows.append(
            {
                "domain": domain.capitalize(),
                "tables": len(own),
                "newest": own[newest] if newest else None,
                "hours": (now - own[newest]).total_seconds() / 3600 if newest else None,
                "oldest": oldest,
                "oldest_at": own[oldest] if oldest else None,
            }
        )
    return rows


def _refused(gate: Gate, asker: Asker) -> list[dict[str, Any]]:
    """Rows that a contract refused, counted by source and reason; the rows themselves stay where they are."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for domain in DOMAINS:
        found = _read(gate, asker, f"{domain}.quarantine", "SELECT source_name, file_name, reason FROM it")
        counts.update((row["source_name"], row["file_name"], row["reason"]) for row in found)
    return [
        {"source": source, "file": file, "reason": reason, "rows": rows}
        for (source, file, reason), rows in counts.most_common(50)
    ]


def _models(gate: Gate, asker: Asker) -> list[dict[str, Any]]:
    return [
        {**row, "table": table}
        for table, columns in MODELS.items()
        for row in _read(gate, asker, table, f"SELECT {columns} FROM it ORDER BY ALL")
    ]


def _scores(gate: Gate, asker: Asker) -> list[dict[str, Any]]:
    """Poverty's model beside its baselines, provinces held out."""
    sql = """
        SELECT model, is_served, is_baseline, max(value) FILTER (metric = 'r2') AS r2,
               max(value) FILTER (metric = 'rmse') AS rmse, max(value) FILTER (metric = 'coverage_90') AS coverage
        FROM it WHERE "group" = 'all' AND split = 'province' GROUP BY ALL ORDER BY is_served DESC, r2 DESC
    """
    return _read(gate, asker, "poverty.model_scores", sql)


def _drift(gate: Gate, asker: Asker) -> list[dict[str, Any]]:
    """Of each table of drift: how much is watched, and what has moved."""
    rows = []
    for table, (what, moved) in DRIFT.items():
        found = _read(gate, asker, table, f"SELECT {what} AS what, {moved} AS moved FROM it ORDER BY ALL")
        if found:
            names = ", ".join(row["what"] for row in found if row["moved"])
            count = sum(bool(row["moved"]) for row in found)
            rows.append({"table": table, "watched": len(found), "moved": count, "names": names})
    return rows


def _read(gate: Gate, asker: Asker, table: str, sql: str) -> list[dict[str, Any]]:
    """Rows of a table, `it`, that may not have been made or may not be granted: none then."""
    if not gate.has(table) or not gate.may(asker, table):
        return []
    return gate.query(asker, sql, {"it": table}).to_pylist()
