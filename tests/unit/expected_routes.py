"""Whom each route of the application is for, written by hand and not taken from the policy. No tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

EVERYBODY, NOBODY_NEEDED = "everybody", "also who has not signed in"
WIDE = "analyst data_scientist official"
POVERTY = f"{WIDE} logistician water_engineer administrator"
AID = f"{WIDE} logistician"
REFUGEES = f"{WIDE} logistician camp_manager"
WATER = f"{WIDE} water_engineer"
COMMUNITY = f"{WATER} community_representative"
CASEWORK = "social_worker school_counsellor"
PLATFORM = f"{WIDE} logistician water_engineer administrator system_administrator"
LAND = "analyst data_scientist system_administrator logistician water_engineer"
SCORE = "analyst data_scientist water_engineer"
SOLVE = "logistician analyst camp_manager water_engineer"
WHAT_IF = "logistician official analyst water_engineer"
OVERRIDE = "camp_manager logistician"


@dataclass(frozen=True)
class Route:
    """Who gets through, and an example of what is sent, as far as the route looks at it before it looks at who asks.

    Attributes:
        roles: by blanks.
        path: of the address's parameters.
        query: the rest of the address.
        sent: a form's fields (`data`), or a body (`json`, `content`, `files`), by name of the test client's argument.
    """

    roles: str
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)


RUN = {"run_id": "00000000-0000-0000-0000-000000000000"}
CASE = {"address": "none"}
TABLE = {"table": "poverty.district_predictions"}
DECISION = {"camp_id": "c1", "item_id": "i", "week": "2026-01-05", "decision": "accept", "reason": "none"}
ROUTING = {"vehicles": [{"id": 1, "start": [-77.0, -12.0]}], "jobs": [{"id": 1, "location": [-77.1, -12.1]}]}
# Names a place that there is not.
ALLOCATION = {
    "items": [{"id": "water"}],
    "places": [{"id": "north", "people": 100}],
    "depots": [{"id": "port"}],
    "links": [{"depot": "port", "place": "none"}],
    "batches": [{"depot": "port", "item": "water", "quantity": 90}],
    "demand": [{"place": "north", "item": "water", "quantity": 100}],
}

# Every route. Who adds one says here whom it is for. What is sent names what there is not, so that nothing runs.
ROUTES = {
    "GET /health": Route(NOBODY_NEEDED),
    "GET /ready": Route(NOBODY_NEEDED),
    # From elsewhere than loopback only for those who see the platform; test_service.py has that.
    "GET /metrics": Route(NOBODY_NEEDED),
    "GET /v1/openapi.json": Route(NOBODY_NEEDED),
    "GET /sign-in": Route(NOBODY_NEEDED),
    "POST /sign-in": Route(NOBODY_NEEDED),
    "GET /sign-in/provider": Route(NOBODY_NEEDED),
    "GET /sign-in/back": Route(NOBODY_NEEDED),
    "GET /sign-in/provider/out": Route(NOBODY_NEEDED),
    "POST /sign-out": Route(EVERYBODY),
    # Another role than one's own is refused; test_sign_in.py has that.
    "POST /acting": Route(EVERYBODY, sent={"data": {"role": "<role>", "language": "en"}}),
    "GET /": Route(EVERYBODY),
    "GET /figures": Route(EVERYBODY),
    "GET /shapes/{level}.json": Route(
        f"{REFUGEES} {CASEWORK} administrator water_engineer community_representative", path={"level": "admin3"}
    ),
    # Pages
    "GET /poverty": Route(POVERTY),
    "GET /poverty/{area}": Route(POVERTY, path={"area": "11"}),
    "GET /poverty-targeting": Route(WIDE),
    "GET /aid": Route(AID),
    "GET /aid/demand": Route(AID),
    "GET /aid/plan": Route(AID),
    "GET /aid/routes": Route(AID),
    "GET /aid/stock": Route(AID),
    "GET /aid/deliveries": Route(AID),
    "GET /refugees": Route(REFUGEES),
    "GET /refugees/camps/{camp:path}": Route(REFUGEES, path={"camp:path": "c1"}),
    "POST /refugees/camps/{camp:path}": Route(
        OVERRIDE, path={"camp:path": "c1"}, sent={"data": {"item": "i", "week": "2026-01-05"}}
    ),
    "GET /refugees/supply": Route(REFUGEES),
    "GET /refugees/decisions": Route(REFUGEES),
    "GET /refugees/fairness": Route(REFUGEES),
    # Sends everybody to a page of their own; the page looks at who comes.
    "GET /children": Route(EVERYBODY),
    "GET /children/worklist": Route(CASEWORK),
    "GET /children/case/{address}": Route(CASEWORK, path=CASE),
    "POST /children/case/{address}/review": Route(
        CASEWORK, path=CASE, sent={"data": {"label": "none", "decision": "none", "reason": "none"}}
    ),
    "POST /children/acknowledge": Route(CASEWORK, sent={"data": {"flag": "none"}}),
    "GET /children/numbers": Route("administrator"),
    "GET /children/published": Route(f"{WIDE} {CASEWORK} administrator"),
    "GET /children/published/report.pdf": Route(f"{WIDE} {CASEWORK} administrator"),
    "GET /water": Route(WATER),
    "POST /water/acknowledge": Route("water_engineer", sent={"data": {"alarm": "none"}}),
    "GET /water/community": Route(COMMUNITY),
    "GET /water/risks": Route(WATER),
    "GET /water/repairs": Route(WATER),
    "GET /water/inspections": Route(WATER),
    "GET /what-if": Route(WHAT_IF),
    "POST /what-if": Route(WHAT_IF, sent={"data": {"plan": "none", "scenario": "none"}}),
    "GET /what-if/{run_id}": Route(WHAT_IF, path=RUN),
    "POST /what-if/{run_id}/stop": Route(WHAT_IF, path=RUN),
    "GET /platform": Route(PLATFORM),
    "POST /platform/alerts": Route("system_administrator data_scientist", sent={"data": {"key": "none"}}),
    "GET /platform/log": Route("system_administrator"),
    "GET /platform/runs": Route(PLATFORM),
    # The service
    "GET /v1/tables": Route(EVERYBODY),
    "GET /v1/tables/{table}": Route(POVERTY, path=TABLE),
    "GET /trace/{table}/{key}": Route(f"{WIDE} logistician water_engineer", path={**TABLE, "key": "11"}),
    "GET /v1/trace/{table}/{key}": Route(f"{WIDE} logistician water_engineer", path={**TABLE, "key": "11"}),
    "GET /v1/models": Route(SCORE),
    "POST /v1/models/{name}/score": Route(SCORE, path={"name": "none"}, sent={"json": {"rows": [{"area_id": "11"}]}}),
    "GET /v1/lineage/{identifier}": Route(SCORE, path={"identifier": RUN["run_id"]}),
    "POST /v1/solve/routes": Route(SOLVE, sent={"json": ROUTING}),
    "POST /v1/solve/allocation": Route(SOLVE, sent={"json": ALLOCATION}),
    "GET /v1/sources": Route(LAND),
    "POST /v1/sources/{source}/files": Route(
        LAND, path={"source": "none"}, sent={"files": {"file": ("any.csv", b"area_id\n", "text/csv")}}
    ),
    "POST /v1/events/{source}": Route(LAND, path={"source": "none"}, sent={"json": {"rows": [{"point_id": "1"}]}}),
    "GET /v1/events/{event_id}": Route(LAND, path={"event_id": "none"}),
    "POST /v1/what-if": Route(WHAT_IF, sent={"json": {"plan": "none", "scenario": "none"}}),
    "GET /v1/runs/{run_id}": Route(WHAT_IF, path=RUN),
    "DELETE /v1/runs/{run_id}": Route(WHAT_IF, path=RUN),
    "GET /v1/alerts": Route(PLATFORM),
    "POST /v1/alerts/{key}/acknowledge": Route(
        "system_administrator data_scientist", path={"key": "none"}, sent={"json": {"note": ""}}
    ),
    "POST /v1/alarms/{alarm}/acknowledge": Route("water_engineer", path={"alarm": "none"}, sent={"json": {"note": ""}}),
    "POST /v1/flags/{flag}/acknowledge": Route(CASEWORK, path={"flag": "none"}),
    "POST /v1/overrides": Route(OVERRIDE, sent={"json": DECISION}),
}
