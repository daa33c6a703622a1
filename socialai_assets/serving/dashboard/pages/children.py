"""Children's pages for those who work with them: worklist, and numbers for administrators. One case: children_case.py.

Persons are on these pages, so nothing is kept by the browser and nothing can be exported.
"""

from __future__ import annotations

import datetime
from typing import Any

import pandas as pd
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from resources.access_log import Access
from resources.access_policy import Grant, authorise
from resources.errors import AccessRefused
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dashboard.case_address import sealed
from socialai_assets.serving.dashboard.case_rows import ENROLMENTS, FLAGS, WORKLISTS, at_school, worklist
from socialai_assets.serving.dashboard.frame import render
from socialai_assets.serving.dashboard.page import Page
from socialai_assets.serving.dashboard.rows import part_of
from socialai_assets.serving.dashboard.spoken import spoken
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate

router = APIRouter(include_in_schema=False)
WORKLIST = Page("children_worklist", "/children/worklist", "Worklist", "Children", command="review_case")
AREAS = "geography.areas"
ROWS = 25
COUNTED = (WORKLISTS, FLAGS, "children.support", "children.outcomes")


class _NumbersPage(Page):
    """A page for those to whom the policy tells only numbers of a table; who sees its rows has the worklist."""

    def visible_to(self, asker: Asker, gate: Gate) -> bool:
        answer = authorise(gate.reader.policy, asker.request(self.tables[0]), gate.tree)
        return isinstance(answer, Grant) and answer.counted

    def require(self, asker: Asker, gate: Gate) -> None:
        if not self.visible_to(asker, gate):
            gate.allow(asker, self.tables[0])
            # Granted by the policy, as rows: that this is no page for them is written down here.
            gate.note(Access(asker.person.account, asker.role, asker.purpose, self.path, allowed=False))
            raise AccessRefused("These numbers are for those who see no children", do="Open your worklist.")


NUMBERS = _NumbersPage("children_numbers", "/children/numbers", "Work in numbers", "Children", COUNTED)
PAGES = (WORKLIST, NUMBERS)


@router.get(WORKLIST.path, name=WORKLIST.name)
def worklist_page(
    request: Request,
    asker: Asking,
    platform: Serving,
    area: str = "",
    school: str = "",
    whose: str = "",
    state: str = "",
    page: int = 1,
) -> Response:
    """Whom to look at next; what is due first stands first."""
    gate = platform.gate
    WORKLIST.require(asker, gate)
    by_school = asker.role == "school_counsellor"
    tables = [WORKLISTS, FLAGS, *([ENROLMENTS] if by_school and school else [])]
    areas = (area,) if area and not by_school else ()
    found = gate.personal_tables(asker, tables, areas=areas)
    rows = worklist(
        found[WORKLISTS],
        found[FLAGS],
        datetime.datetime.now(datetime.UTC).date(),
        staff=asker.person.staff_id if whose == "mine" else None,
        state=state,
        children=at_school(found[ENROLMENTS], school) if ENROLMENTS in found else None,
    )
    part = part_of(rows, page, ROWS)
    for row in part.rows:
        row["address"] = f"/children/case/{sealed(row['child_id'], asker, platform.key)}"
    context = {
        **spoken(asker.language),
        **vars(part),
        "late": sum(row["is_late"] for row in rows),
        "waiting": sum(bool(row["flag"]) and row["flag"]["state"] == "waits" for row in rows),
        "states": sorted(found[WORKLISTS]["state"].unique()),
        "areas": [] if by_school else _areas(gate, asker),
        "schools": _schools(gate, asker) if by_school else [],
        "area": area,
        "school": school,
        "whose": whose,
        "state": state,
        "has_own": asker.person.staff_id is not None,
        "synthetic": _is_synthetic(gate, asker),
    }
    return private(render(request, asker, "children_worklist.html", context))


@router.get("/children", name="children")
def children(asker: Asking, platform: Serving) -> Response:
    """The page of children's that is whoever asks's own."""
    own = next((page for page in PAGES if page.visible_to(asker, platform.gate)), None)
    path = own.path if own else "/children/published"
    return RedirectResponse(path, status_code=303)


@router.get(NUMBERS.path, name=NUMBERS.name)
def numbers_page(request: Request, asker: Asking, platform: Serving) -> Response:
    """How much work there is: counts, and none that are too small."""
    gate = platform.gate
    NUMBERS.require(asker, gate)
    found = gate.personal_tables(asker, COUNTED)
    names = _interventions(gate, asker)
    context = {
        **spoken(asker.language),
        "smallest": gate.reader.policy.smallest_count,
        "worklists": _counts(found[WORKLISTS]),
        "flags": _counts(found[FLAGS]),
        "support": [{**row, "name": names.get(row["intervention_id"])} for row in _counts(found["children.support"])],
        "outcomes": _counts(found["children.outcomes"]),
        "synthetic": _is_synthetic(gate, asker),
    }
    return private(render(request, asker, "children_numbers.html", context))


def private(response: Response) -> Response:
    """A page about persons: the browser keeps nothing of it."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _counts(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {**row, "children": None if pd.isna(row["children"]) else int(row["children"])}
        for row in frame.to_dict("records")
    ]


def _areas(gate: Gate, asker: Asker) -> list[tuple[str, str]]:
    """Departments and provinces that are the person's, by name."""
    rows = gate.query(
        asker,
        "SELECT area_id, name, level, admin1_name FROM areas WHERE level IN ('admin1', 'admin2') "
        "ORDER BY admin1_name, level, name",
        {"areas": AREAS},
    ).to_pylist()
    tree = gate.tree
    everywhere = "all" in asker.person.areas
    own = tree.within(asker.person.areas)
    return [
        (row["area_id"], row["name"] if row["level"] == "admin1" else f"{row['admin1_name']} › {row['name']}")
        for row in rows
        if everywhere or row["area_id"] in own
    ]


def _schools(gate: Gate, asker: Asker) -> list[tuple[str, str]]:
    if len(asker.person.schools) < 2:
        return []
    rows = gate.query(
        asker,
        "SELECT school_id, coalesce(name, school_id) AS name FROM schools "
        "WHERE school_id IN (SELECT unnest($own)) ORDER BY name",
        {"schools": "children.schools"},
        {"own": list(asker.person.schools)},
    ).to_pylist()
    return [(row["school_id"], row["name"]) for row in rows]


def _interventions(gate: Gate, asker: Asker) -> dict[str, str]:
    rows = gate.query(asker, "SELECT intervention_id, name FROM help", {"help": "children.interventions"}).to_pylist()
    return {row["intervention_id"]: row["name"] for row in rows}


def _is_synthetic(gate: Gate, asker: Asker) -> bool:
    """Whether the models that chose the children learned from made-up ones."""
    if not gate.has("children.risk_models"):
        return False
    rows = gate.query(
        asker, "SELECT coalesce(bool_or(is_synthetic), false) AS made FROM m", {"m": "children.risk_models"}
    )
    return bool(rows["made"][0].as_py())
