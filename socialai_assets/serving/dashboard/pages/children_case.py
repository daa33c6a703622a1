"""One child's page for whoever it is assigned to: reasons, help proposed, history; contest, confirm, acknowledge.

The child is not named in the address. What is asked for is what the policy grants of that child, and no more.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from resources.errors import AccessRefused
from socialai_assets.actions.flags import acknowledge_flag
from socialai_assets.actions.reviews import review_case
from socialai_assets.children.input_contracts import REVIEW_REASONS, REVIEWS
from socialai_assets.publishing.languages import Language
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.case_address import unsealed
from socialai_assets.serving.dashboard.case_rows import FLAGS, OPEN_FLAGS, SCORES, case, history
from socialai_assets.serving.dashboard.frame import render
from socialai_assets.serving.dashboard.pages import children as group
from socialai_assets.serving.dashboard.spoken import code_words, spoken
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate

router = APIRouter(include_in_schema=False)
TABLES = (
    "children.children",
    SCORES,
    "children.worklists",
    FLAGS,
    "children.assignments",
    "children.recommendations",
    "children.unassigned",
    "children.enrolments",
    "children.attendance",
    "children.marks",
    "children.cases",
    "children.households",
    "children.support_outcomes",
    "children.reviews",
)
TOLD = ("reviewed", "acknowledged")


@router.get("/children/case/{address}", name="children_case")
def case_page(request: Request, address: str, asker: Asking, platform: Serving, told: str = "") -> Response:
    """Everything that is granted of one child."""
    gate = platform.gate
    group.WORKLIST.require(asker, gate)
    child = unsealed(address, asker, platform.key)
    if child is None:
        return _back()
    tables = gate.personal_tables(asker, [table for table in TABLES if gate.may(asker, table)], child=child)
    if tables[SCORES].empty:
        return _back()
    names = group._interventions(gate, asker)
    people = tables["children.children"].to_dict("records")
    context = {
        **spoken(asker.language),
        "address": address,
        "child": people[0] if people else {},
        "risks": case(tables, names),
        "history": _told(history(tables, names), asker.language),
        "decisions": REVIEWS,
        "reasons": REVIEW_REASONS,
        "told": told if told in TOLD else "",
        "synthetic": group._is_synthetic(gate, asker),
    }
    return group.private(render(request, asker, "children_case.html", context))


@router.post("/children/case/{address}/review")
def review(
    address: str,
    asker: Asking,
    platform: Serving,
    label: Annotated[str, Form()],
    decision: Annotated[str, Form()],
    reason: Annotated[str, Form()],
) -> Response:
    """Contest, confirm or clear a score of a child that is in the charge of whoever asks."""
    gate = platform.gate
    gate.allow(asker, "review_case")
    child = unsealed(address, asker, platform.key)
    if child is None:
        return _back()
    scores = gate.personal(asker, SCORES, columns=("child_id", "label"), child=child)
    if label not in set(scores["label"]):
        raise AccessRefused("This score is not yours to review", do="Open the case from your worklist.")
    review_case(child, label, decision, reason, asker.role, platform.settings)
    return RedirectResponse(f"/children/case/{address}?told=reviewed", status_code=303)


@router.post("/children/acknowledge")
def acknowledge(
    asker: Asking, platform: Serving, flag: Annotated[str, Form()], address: Annotated[str, Form()] = ""
) -> Response:
    """Say that a flag has been looked at, from the worklist or, with an address, from the case."""
    gate = platform.gate
    gate.allow(asker, "acknowledge_flag")
    if flag not in _own_flags(gate, asker):
        raise AccessRefused("This flag is not yours to acknowledge", do="Open your worklist and choose it there.")
    acknowledge_flag(flag, asker.role, platform.settings)
    back = f"/children/case/{address}" if unsealed(address, asker, platform.key) else group.WORKLIST.path
    return RedirectResponse(f"{back}?told=acknowledged", status_code=303)


def _told(past: dict[str, list[dict[str, Any]]], language: Language) -> dict[str, list[dict[str, Any]]]:
    """What happened, with its codes in words."""
    kinds = {"label": "label", "decision": "decision", "reason_code": "reason", "outcome": "outcome", "event": "event"}
    for rows in past.values():
        for row in rows:
            row |= {
                f"{name}_told": code_words(language, kind, row[name]) for name, kind in kinds.items() if name in row
            }
            if "kind" in row:
                row["kind_told"] = code_words(language, "kind", row["kind"])
    return past


def _own_flags(gate: Gate, asker: Asker) -> set[str]:
    flags = gate.personal(asker, FLAGS, columns=("flag_id", "state"))
    return set(flags.loc[flags["state"].isin(OPEN_FLAGS), "flag_id"])


def _back() -> Response:
    # An address of another session, or a child that is no longer theirs, opens nothing.
    return RedirectResponse(f"{group.WORKLIST.path}?told=closed", status_code=303)
