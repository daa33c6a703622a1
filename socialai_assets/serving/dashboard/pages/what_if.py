"""The pages on which people try a plan under other assumptions: the form, the progress, what came of it."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from resources.errors import ActionRefused
from socialai_assets.publishing.languages import Language
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.frame import render
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.words import said
from socialai_assets.serving.dependencies import TOKEN_FIELD, Asking, Serving
from socialai_assets.serving.gate import Gate
from socialai_assets.serving.run_desk import RunDesk
from socialai_assets.serving.run_records import RunRecord
from socialai_assets.serving.what_ifs import BASELINE, COMMAND, PATH, PLANS, Plan, plan_for, plan_named

router = APIRouter(include_in_schema=False)
WHAT_IF = Page("what_if", PATH, "What if", "Platform", command=COMMAND)
PAGES = (WHAT_IF,)
LISTED = 10


@router.get(WHAT_IF.path, name=WHAT_IF.name)
def what_if(request: Request, asker: Asking, platform: Serving, plan: str | None = None) -> Response:
    """The form of a plan's assumptions, and the what-ifs asked for last."""
    WHAT_IF.require(asker, platform.gate)
    return _form(request, asker, platform.gate, RunDesk(platform.settings), plan)


@router.post(WHAT_IF.path)
async def start(request: Request, asker: Asking, platform: Serving) -> Response:
    """Start what the form asks for, and show how far it is."""
    platform.gate.allow(asker, COMMAND)
    sent = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    plan = plan_for(platform.gate, asker, sent.pop("plan", ""))
    scenario = sent.pop("scenario", "")
    sent.pop(TOKEN_FIELD, None)
    desk = RunDesk(platform.settings)
    try:
        record = desk.start(asker, plan.name, scenario, sent)
    except ActionRefused as error:
        typed = {**sent, "scenario": scenario}
        return _form(request, asker, platform.gate, desk, plan.name, typed, error)
    return RedirectResponse(f"{WHAT_IF.path}/{record.run_id}", status_code=303)


@router.get(WHAT_IF.path + "/{run_id}")
def progress(request: Request, run_id: str, asker: Asking, platform: Serving) -> Response:
    """How far a what-if is, and what came of it beside the baseline."""
    platform.gate.allow(asker, COMMAND)
    desk = RunDesk(platform.settings)
    record = desk.records.read(run_id)
    plan = plan_for(platform.gate, asker, record.plan)
    told = desk.progress(record)
    compared = outcome(platform.gate, asker, plan, record.scenario) if told.state == "done" else None
    changed = [{"label": one.label, "value": value} for one, value in plan.changed(record.settings)]
    context = {"record": record, "told": told, "plan": plan, "compared": compared, "changed": changed}
    return render(request, asker, "what_if_run.html", context)


@router.post(WHAT_IF.path + "/{run_id}/stop")
def stop(run_id: str, asker: Asking, platform: Serving) -> Response:
    """Stop a what-if."""
    platform.gate.allow(asker, COMMAND)
    desk = RunDesk(platform.settings)
    desk.cancel(desk.records.read(run_id), asker)
    return RedirectResponse(f"{WHAT_IF.path}/{run_id}", status_code=303)


def outcome(gate: Gate, asker: Asker, plan: Plan, scenario: str) -> dict[str, Any] | None:
    """A scenario's figures beside the baseline's: `rows` of label, baseline, scenario, and `is_synthetic`.

    Returns:
        None where the asker may not see the plan's table, or it has no row of the scenario.
    """
    asked = plan.outcome
    if not gate.may(asker, asked.table) or not gate.has(asked.table):
        return None
    figures = ", ".join(f'{sql} AS "{label}"' for label, sql in asked.columns.items())
    found = gate.query(
        asker,
        f"SELECT scenario, bool_or(is_synthetic) AS is_synthetic, bool_or(is_stale) AS is_stale, {figures} "
        f"FROM plan WHERE scenario IN ($baseline, $scenario) AND {asked.where} GROUP BY scenario",
        {"plan": asked.table},
        {"baseline": BASELINE, "scenario": scenario},
    ).to_pylist()
    of = {row["scenario"]: row for row in found}
    if scenario not in of:
        return None
    baseline = of.get(BASELINE, {})
    rows = [
        {"label": label, "baseline": baseline.get(label), "scenario": of[scenario][label]} for label in asked.columns
    ]
    return {
        "rows": rows,
        "is_synthetic": any(row["is_synthetic"] for row in found),
        "is_stale": of[scenario]["is_stale"],
    }


def _form(
    request: Request,
    asker: Asker,
    gate: Gate,
    desk: RunDesk,
    name: str | None,
    typed: Mapping[str, str] | None = None,
    wrong: ActionRefused | None = None,
) -> Response:
    # A plan whose outcome somebody may not see is not offered.
    offered = [plan for plan in PLANS.values() if gate.may(asker, plan.outcome.table)]
    plan = plan_named(name) if name else (offered[0] if offered else None)
    fields = _fields(plan, typed or {}) if plan else []
    asked = [record for record in desk.records.newest(LISTED) if record.plan in {one.name for one in offered}]
    language = asker.language
    rows = [_asked_row(record, desk, language) for record in asked]
    context = {
        "options": [(one.name, said(one.title, language)) for one in offered],
        "plan": plan,
        "fields": fields,
        "scenario": (typed or {}).get("scenario", ""),
        "wrong": wrong,
        "asked": asked,
        "asked_rows": rows,
    }
    return render(request, asker, "what_if.html", context, status=422 if wrong else 200)


def _asked_row(record: RunRecord, desk: RunDesk, language: Language) -> dict[str, Any]:
    return {
        "scenario": record.scenario,
        "address": f"{WHAT_IF.path}/{record.run_id}",
        "plan": said(PLANS[record.plan].title, language),
        "state": said(desk.progress(record).state, language),
        "by": record.asked_by,
        "at": datetime.datetime.fromtimestamp(record.asked_at, datetime.UTC),
    }


def _fields(plan: Plan, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """The form's fields: each assumption with its value, its default and its limits."""
    defaults = plan.defaults()
    fields = []
    for one in plan.assumptions:
        least, most = plan.limits(one)
        default = defaults[one.path]
        fields.append(
            {
                "about": one,
                "default": default,
                "value": typed.get(one.path, _written(default)),
                "least": _written(least),
                "most": _written(most),
            }
        )
    return fields


def _written(value: Any) -> str:
    """A value as an input field takes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value)
