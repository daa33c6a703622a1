"""Children's tables in the home of the browser tests, by hand: two children in the vault, one release in the lake."""

from __future__ import annotations

import pandas as pd

from resources.access_log import Access
from resources.vault import Vault
from socialai_assets.children import help_contracts, release_contracts, risk_contracts, tables_contracts
from tests.browser.country import DISTRICTS, written
from tests.browser.served_home import Making

CHILDREN = ("aaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbb")
SCHOOL, HELP = "SC1", "family_visits"
ROLES = {"leaves_school": "school_counsellor", "case_opens": "social_worker"}
DAY = pd.Timestamp("2026-06-01").date()
NOBODY = (
    tables_contracts.Households,
    tables_contracts.Attendance,
    tables_contracts.Marks,
    tables_contracts.Cases,
    tables_contracts.Support,
    tables_contracts.Outcomes,
    tables_contracts.Reviews,
    help_contracts.Assignments,
    help_contracts.Unassigned,
    help_contracts.SupportOutcomes,
)
"""Tables that say nothing of the two."""


def fill(making: Making) -> None:
    """Two children with a score and a flag for each risk, help looked at, and counts of which one is withheld."""
    making.accounts["school_counsellor"] = making.accounts["school_counsellor"].model_copy(
        update={"schools": (SCHOOL,)}
    )
    lake = making.lake
    written(lake, tables_contracts.Interventions, [{"intervention_id": HELP, "name": "Family visits"}])
    written(lake, risk_contracts.RiskModels, [{"label": label} for label in ROLES])
    written(
        lake,
        release_contracts.Releases,
        [{"release_id": "helped-1", "title": "Children helped", "k": 15, "content_hash": "0" * 64}],
    )
    cells = [("all", 40), *((area, None if area == DISTRICTS[0][0] else 25) for area in "12")]
    written(
        lake,
        release_contracts.PublishedCells,
        [
            {
                "release_id": "helped-1", "area_id": area, "period": "2024-01..2025-12", "sex": "all", "age": "all",
                "category": "all", "count": count, "is_suppressed": count is None,
            }
            for area, count in cells
        ],
    )  # fmt: skip
    vault = Vault.from_settings(making.settings)
    with vault.opened(Access("tests", "pipeline", "operation", "planting")) as tables:
        for contract in NOBODY:
            written(tables, contract, [])
        about = [(child, label, place) for place, child in enumerate(CHILDREN) for label in ROLES]
        written(
            tables,
            tables_contracts.Children,
            [
                {"child_id": child, "birth_month": DAY, "sex": "F", "language": "es", "area_id": DISTRICTS[place]}
                for place, child in enumerate(CHILDREN)
            ],
        )
        written(
            tables,
            tables_contracts.Enrolments,
            [{"child_id": child, "school_id": SCHOOL, "event_date": DAY, "grade": 3} for child in CHILDREN],
        )
        written(tables, risk_contracts.RiskScores, [_score(*one) for one in about])
        written(tables, help_contracts.Worklists, [_task(*one) for one in about])
        written(tables, help_contracts.Flags, [_flag(*one) for one in about])
        written(
            tables,
            help_contracts.Recommendations,
            [
                {
                    "child_id": CHILDREN[0], "label": "case_opens", "as_of_date": DAY, "intervention_id": HELP,
                    "eligible": True, "rule": "eligible: the child lives in a poor household", "order": 1,
                    "expected_benefit": 0.05, "lower": 0.01, "upper": 0.09,
                }
            ],
        )  # fmt: skip


def _score(child: str, label: str, place: int) -> dict:
    return {
        "child_id": child, "label": label, "label_timespan": "182d", "as_of_date": DAY, "area_id": DISTRICTS[place],
        "school_id": SCHOOL, "score": 0.4 - place / 10, "flagged": True, "state": "scored", "expires_on": DAY,
        "reasons": "40%, against 4% for a typical child. Raised by way to school (3.0 km to school; +9).",
        "would_change": "With 1.0 km to school instead of 3.0, the score would be 10.0% instead of 40.0%.",
    }  # fmt: skip


def _task(child: str, label: str, place: int) -> dict:
    return {
        "child_id": child, "label": label, "as_of_date": DAY, "role": ROLES[label], "school_id": SCHOOL,
        "area_id": DISTRICTS[place], "place": place + 1, "state": "scored", "intervention_id": HELP,
        "to_do": "Meet the child, then decide on: Family visits",
        "by_when": pd.Timestamp(DAY) - pd.Timedelta(place, "D"),
    }  # fmt: skip


def _flag(child: str, label: str, place: int) -> dict:
    return {
        "flag_id": f"flag-{label}-{place}", "child_id": child, "label": label, "role": ROLES[label], "kind": "new",
        "area_id": DISTRICTS[place], "state": "waits", "raised_on": DAY, "told_on": DAY, "scored_on": DAY,
    }  # fmt: skip
