"""Assets from risk to help: what help did, who may be given what, the plan and its comparison, worklists. Thin."""

from collections.abc import Iterator

import pandas as pd
from dagster import Output, asset, multi_asset

from socialai_assets.children.help_contracts import (
    AssignmentComparison,
    Assignments,
    BenefitEstimates,
    HelpComparisons,
    Recommendations,
    Unassigned,
    Worklists,
)
from socialai_assets.children.help_eligibility import recommended
from socialai_assets.children.help_options import HelpCase, help_case
from socialai_assets.children.help_records import harms_of, what_help_did
from socialai_assets.children.help_rows import (
    assigned_rows,
    comparison_rows,
    plan_of,
    solved,
    unassigned_rows,
    worklist_rows,
)
from socialai_assets.children.help_settings import help_settings
from socialai_assets.factories.guarding import without_values
from socialai_assets.factories.tables import table_asset, table_out, tables
from socialai_assets.ingest.contract import any_synthetic

CASE = {
    "recommendations": "children.recommendations",
    "features": "children.risk_features",
    "support": "children.support",
    "interventions": "children.interventions",
    "services": "children.services",
    "staff": "children.staff",
    "schools": "children.schools",
    "areas": "geography.areas",
}


@multi_asset(
    name="children_help_records",
    outs={
        "benefit_estimates": table_out(BenefitEstimates, "feature"),
        "help_comparisons": table_out(HelpComparisons, "mart"),
    },
    ins=tables(
        interventions="children.interventions",
        features="children.risk_features",
        labels="children.risk_labels",
        support="children.support",
        enrolments="children.enrolments",
        cases="children.cases",
    ),
)
@without_values
def help_did(
    interventions: pd.DataFrame,
    features: pd.DataFrame,
    labels: pd.DataFrame,
    support: pd.DataFrame,
    enrolments: pd.DataFrame,
    cases: pd.DataFrame,
) -> Iterator[Output]:
    """What each kind of help did, doubly robust and in pairs."""
    settings = help_settings()
    estimates, pairs = what_help_did(interventions, features, labels, support, harms_of(enrolments, cases), settings)
    relied = int((estimates["basis"] != "catalogue").sum())
    yield Output(estimates, "benefit_estimates", metadata={"estimates that rest on records": relied})
    yield Output(pairs, "help_comparisons")


@asset(
    **table_asset(Recommendations, "plan"),
    ins=tables(
        scores="children.risk_scores",
        features="children.risk_features",
        support="children.support",
        interventions="children.interventions",
        estimates="children.benefit_estimates",
    ),
)
@without_values
def recommendations(
    scores: pd.DataFrame,
    features: pd.DataFrame,
    support: pd.DataFrame,
    interventions: pd.DataFrame,
    estimates: pd.DataFrame,
) -> pd.DataFrame:
    """Which flagged child may be given which help."""
    return recommended(scores, features, support, interventions, estimates, help_settings())


def _case(
    recommendations: pd.DataFrame,
    features: pd.DataFrame,
    support: pd.DataFrame,
    interventions: pd.DataFrame,
    services: pd.DataFrame,
    staff: pd.DataFrame,
    schools: pd.DataFrame,
    areas: pd.DataFrame,
) -> HelpCase:
    at = schools.rename(columns={"school_id": "place_id", "lat_deg": "latitude", "lon_deg": "longitude"})
    places = pd.concat([at, areas.rename(columns={"area_id": "place_id"})], ignore_index=True)
    return help_case(
        recommendations,
        features,
        support,
        interventions,
        services,
        staff,
        places[["place_id", "latitude", "longitude"]],
        help_settings(),
    )


@multi_asset(
    name="plan_help_for_children",
    outs={"assignments": table_out(Assignments, "plan"), "unassigned": table_out(Unassigned, "plan")},
    ins=tables(**CASE),
)
@without_values
def help_plan(
    recommendations: pd.DataFrame,
    features: pd.DataFrame,
    support: pd.DataFrame,
    interventions: pd.DataFrame,
    services: pd.DataFrame,
    staff: pd.DataFrame,
    schools: pd.DataFrame,
    areas: pd.DataFrame,
) -> Iterator[Output]:
    """Propose who is helped by whom and where, and say why others are not."""
    case = _case(recommendations, features, support, interventions, services, staff, schools, areas)
    plan = solved(case, help_settings())
    metadata = {"options": len(case.options), "status": plan.status, "gap": plan.gap, "given up": plan.given_up}
    yield Output(assigned_rows(case, plan, recommendations), "assignments", metadata=metadata)
    yield Output(unassigned_rows(case, plan, recommendations), "unassigned")


@asset(**table_asset(AssignmentComparison, "plan"), ins=tables(assignments="children.assignments", **CASE))
@without_values
def assignment_comparison(
    assignments: pd.DataFrame,
    recommendations: pd.DataFrame,
    features: pd.DataFrame,
    support: pd.DataFrame,
    interventions: pd.DataFrame,
    services: pd.DataFrame,
    staff: pd.DataFrame,
    schools: pd.DataFrame,
    areas: pd.DataFrame,
) -> pd.DataFrame:
    """The plan beside simple rules and more even plans."""
    case = _case(recommendations, features, support, interventions, services, staff, schools, areas)
    synthetic = any_synthetic(recommendations)
    return comparison_rows(case, help_settings(), plan_of(case, assignments), synthetic)


@asset(
    **table_asset(Worklists, "plan"),
    ins=tables(
        scores="children.risk_scores",
        features="children.risk_features",
        assignments="children.assignments",
        unassigned="children.unassigned",
        staff="children.staff",
        interventions="children.interventions",
    ),
)
@without_values
def worklists(
    scores: pd.DataFrame,
    features: pd.DataFrame,
    assignments: pd.DataFrame,
    unassigned: pd.DataFrame,
    staff: pd.DataFrame,
    interventions: pd.DataFrame,
) -> pd.DataFrame:
    """Whom each counsellor or social worker looks at next."""
    return worklist_rows(scores, features, assignments, unassigned, staff, interventions, help_settings())
