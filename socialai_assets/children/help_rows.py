"""Rows of assignments, of who gets none and why, of the comparison of plans, and of worklists. Reads no table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.children.help_contracts import AssignmentComparison, Assignments, Unassigned, Worklists
from socialai_assets.children.help_eligibility import CLEARED, latest
from socialai_assets.children.help_options import HelpCase
from socialai_assets.children.help_settings import ROLE_OF, HelpSettings
from socialai_assets.ingest.contract import any_synthetic, empty, validate
from socialai_assets.methods.assignment.comparison import compared
from socialai_assets.methods.assignment.planning import best_assignment, even_assignment
from socialai_assets.methods.assignment.problem import AssignmentPlan
from socialai_assets.methods.assignment.ranking import highest_risk_first, random_order
from socialai_assets.methods.assignment.reasons import reasons_for_unassigned

OUT_OF_REACH = "nobody who gives what the child is eligible for works within reach, and no service is"
CHOSEN = "the plan"


def solved(case: HelpCase, settings: HelpSettings) -> AssignmentPlan:
    """The plan with most expected benefit, made more even as far as the settings give benefit up for it."""
    own = settings.plan
    best = best_assignment(case.problem, seconds=own.seconds, gap=own.gap, seed=own.seed)
    if own.given_up == 0:
        return best
    return even_assignment(case.problem, best, own.given_up, seconds=own.even_seconds, seed=own.seed)


def plan_of(case: HelpCase, assignments: pd.DataFrame) -> AssignmentPlan:
    """The plan that rows of `children.assignments` are, with its options in the case's order."""
    keys = ["child_id", "label", "intervention_id", "staff_id", "service_id"]
    made, now = (frame[keys].astype(object).where(frame[keys].notna(), None) for frame in (assignments, case.options))
    taken = set(made.itertuples(index=False, name=None))
    chosen = np.array([row in taken for row in now.itertuples(index=False, name=None)], dtype=bool)
    if not len(assignments):
        return AssignmentPlan(chosen, "nothing to give")
    return AssignmentPlan(chosen, str(assignments["status"].iat[0]), float(assignments["gap"].iat[0]))


def assigned_rows(case: HelpCase, plan: AssignmentPlan, recommendations: pd.DataFrame) -> pd.DataFrame:
    """Rows of `children.assignments`."""
    chosen = case.options[plan.chosen]
    if not len(chosen):
        return empty(Assignments)
    asked = recommendations[["child_id", "label", "as_of_date", "intervention_id", "risk", "order", "is_synthetic"]]
    made = chosen.merge(asked, on=["child_id", "label", "intervention_id"], how="left", validate="many_to_one")
    made["minutes_week"] = case.problem.minutes[plan.chosen]
    made["why"] = [
        f"{rule[0].upper()}{rule[1:]}; number {order} of what the child is eligible for by expected benefit"
        for rule, order in zip(made["rule"].astype(str), made["order"], strict=True)
    ]
    made = made.assign(status=plan.status, gap=min(max(plan.gap, 0.0), 1.0))
    return validate(made[list(empty(Assignments).columns)], Assignments)


def unassigned_rows(case: HelpCase, plan: AssignmentPlan, recommendations: pd.DataFrame) -> pd.DataFrame:
    """Rows of `children.unassigned`: everybody flagged whom the plan gives nothing, with the reason."""
    if not len(case.people):
        return empty(Unassigned)
    reasons = reasons_for_unassigned(case.problem, plan)
    rules = recommendations.groupby(["child_id", "label"])["rule"].agg(lambda rules: "; ".join(dict.fromkeys(rules)))
    served = set(case.problem.person[plan.chosen].tolist())
    rows = []
    for number, person in enumerate(case.people.itertuples(index=False)):
        if number in served:
            continue
        reason = reasons.get(number) or (OUT_OF_REACH if case.out_of_reach[number] else None)
        rows.append(
            {
                "child_id": person.child_id,
                "label": person.label,
                "as_of_date": person.as_of_date,
                "risk": person.risk,
                "reason": reason or str(rules[(person.child_id, person.label)]),
            }
        )
    if not rows:
        return empty(Unassigned)
    made = pd.DataFrame(rows).assign(is_synthetic=any_synthetic(recommendations))
    return validate(made, Unassigned)


def comparison_rows(case: HelpCase, settings: HelpSettings, plan: AssignmentPlan, synthetic: bool) -> pd.DataFrame:
    """Rows of `children.assignment_comparison`: rounded totals, none where fewer children are helped than may be told.

    Args:
        case: the problem.
        settings: whose shares given up are compared.
        plan: the one in `children.assignments`.
        synthetic: whether the rows rest on sample rows.
    """
    own = settings.plan
    best = best_assignment(case.problem, start=plan.chosen, seconds=own.seconds, gap=own.gap, seed=own.seed)
    plans = {CHOSEN: plan, "most benefit": best}
    for share in own.given_up_compared:
        even = even_assignment(case.problem, best, share, seconds=own.even_seconds, seed=own.seed)
        plans[f"even caseloads, up to {share:.1%} of the benefit given up"] = even
    plans["highest risk first"] = highest_risk_first(case.problem)
    plans["random order"] = random_order(case.problem, own.seed)
    table = compared(case.problem, plans)
    told = table["helped"] >= settings.least_children
    made = pd.DataFrame(
        {
            "plan": table["plan"],
            "helped": (5 * (table["helped"] / 5).round()).where(told).astype("Int64"),
            "need_reached": table["need_reached"].round(1).where(told),
            "benefit_expected": table["benefit_expected"].round(1).where(told),
            "hours_week": (5 * (table["minutes"] / 300).round()).where(told),
            "km": (10 * (table["km"] / 10).round()).where(told),
            "cost_usd": (100 * (table["cost_usd"] / 100).round()).where(told),
            "spread_points": (100 * table["spread"]).round().where(told),
            "gap": table["gap"].where(told),
            "is_synthetic": synthetic,
        }
    )
    return validate(made, AssignmentComparison)


def worklist_rows(
    scores: pd.DataFrame,
    features: pd.DataFrame,
    assignments: pd.DataFrame,
    unassigned: pd.DataFrame,
    staff: pd.DataFrame,
    interventions: pd.DataFrame,
    settings: HelpSettings,
) -> pd.DataFrame:
    """Rows of `children.worklists`: every flag that was not cleared, once, on the list of one person or role.

    Those with the most expected benefit come first, then by risk, by person, or by role and school where nobody is
    named.
    """
    last = latest(scores)
    flags = last[last["flagged"].astype(bool) & (last["state"] != CLEARED)]
    flags = flags[["child_id", "label", "as_of_date", "score", "reasons", "would_change", "state"]]
    if not len(flags):
        return empty(Worklists)
    help_first = assignments.sort_values("expected_benefit", ascending=False).drop_duplicates(["child_id", "label"])
    given = help_first[["child_id", "label", "intervention_id", "service_id", "staff_id", "expected_benefit"]]
    known = features.assign(as_of_date=pd.to_datetime(features["as_of_date"]))
    known = known[["child_id", "as_of_date", "school_id", "area_id"]]
    rows = (
        flags.assign(as_of_date=pd.to_datetime(flags["as_of_date"]))
        .merge(known, on=["child_id", "as_of_date"], how="inner")
        .merge(given, on=["child_id", "label"], how="left")
        .merge(unassigned[["child_id", "label", "reason"]], on=["child_id", "label"], how="left")
    )
    if not len(rows):
        return empty(Worklists)
    role_of = staff.set_index("staff_id")["role"]
    rows["role"] = rows["staff_id"].map(role_of).fillna(rows["label"].map(ROLE_OF))
    names = interventions.set_index("intervention_id")["name"]
    rows["to_do"] = [
        f"Meet the child, then decide on: {name}"
        if isinstance(name, str)
        else f"Look at it; no help is proposed: {reason}"
        # A school's counsellor reads the list, who is not told of cases.
        if isinstance(reason, str) and "protection" not in reason
        else "Look at it"
        for name, reason in zip(rows["intervention_id"].map(names), rows["reason"], strict=True)
    ]
    rows = rows.rename(columns={"score": "risk"})
    urgent = rows["risk"].groupby(rows["label"]).rank(pct=True) > 0.8
    days = np.where(urgent, settings.worklist.first_days, settings.worklist.other_days)
    rows["by_when"] = rows["as_of_date"] + pd.to_timedelta(days, unit="D")
    lists = rows["staff_id"].where(rows["staff_id"].notna(), rows["role"] + " " + rows["school_id"].astype(str))
    order = rows.assign(list=lists, benefit=rows["expected_benefit"].fillna(-1.0)).sort_values(
        ["list", "benefit", "risk", "child_id"], ascending=[True, False, False, True]
    )
    rows = rows.loc[order.index].assign(place=order.groupby("list").cumcount() + 1)
    rows["is_synthetic"] = any_synthetic(scores)
    return validate(rows[list(empty(Worklists).columns)], Worklists)
