"""Tests from risk to help: rules, options within reach and room, reasons, worklists, what help did."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from resources.errors import SettingsError
from socialai_assets.children.help_eligibility import latest, recommended
from socialai_assets.children.help_options import HelpCase, help_case
from socialai_assets.children.help_outcomes import outcome_cells, support_outcomes
from socialai_assets.children.help_records import harms_of, help_records, what_help_did
from socialai_assets.children.help_rows import (
    CHOSEN,
    OUT_OF_REACH,
    assigned_rows,
    comparison_rows,
    plan_of,
    solved,
    unassigned_rows,
    worklist_rows,
)
from socialai_assets.children.help_settings import help_settings
from socialai_assets.methods.assignment.problem import AssignmentPlan
from tests.unit import children_help_frames as frames

SETTINGS = help_settings({"plan": {"seconds": 5, "even_seconds": 1}})
KEY = ["child_id", "label"]


@pytest.fixture(scope="module")
def known() -> pd.DataFrame:
    return frames.features()


@pytest.fixture(scope="module")
def scores(known: pd.DataFrame) -> pd.DataFrame:
    made = frames.scores(known)
    flagged = made["flagged"] & (made["as_of_date"] == frames.DATES[-1].date()) & (made["label"] == "leaves_school")
    made.loc[made.index[flagged][:2], "state"] = "cleared"
    return made


@pytest.fixture(scope="module")
def support(known: pd.DataFrame) -> pd.DataFrame:
    """Three children are being helped by c1 on the day of the scores; one only in what became known later."""
    ids = known["child_id"].unique()[-4:]
    day = frames.DATES[-1]
    return pd.DataFrame(
        {
            "support_id": [f"r{number}" for number in range(4)],
            "child_id": ids,
            "intervention_id": "talks",
            "service_id": "t0",
            "staff_id": "c1",
            "offered_on": day - pd.Timedelta(20, "D"),
            "started_on": day - pd.Timedelta(18, "D"),
            "ended_on": pd.NaT,
            "knowledge_date": [day, day, day, day + pd.Timedelta(1, "D")],
        }
    )


@pytest.fixture(scope="module")
def recommendations(known: pd.DataFrame, scores: pd.DataFrame, support: pd.DataFrame) -> pd.DataFrame:
    return recommended(scores, known, support, frames.interventions(), frames.estimates(), SETTINGS)


@pytest.fixture(scope="module")
def case(recommendations: pd.DataFrame, known: pd.DataFrame, support: pd.DataFrame) -> HelpCase:
    return help_case(
        recommendations,
        known,
        support,
        frames.interventions(),
        frames.services(),
        frames.staff(),
        frames.places(),
        SETTINGS,
    )


@pytest.fixture(scope="module")
def plan(case: HelpCase) -> AssignmentPlan:
    return solved(case, SETTINGS)


def test_each_flagged_child_meets_each_kind_of_help_for_its_risk_once_with_a_rule(
    recommendations: pd.DataFrame, scores: pd.DataFrame, known: pd.DataFrame
) -> None:
    flagged = latest(scores)[latest(scores)["flagged"]]
    assert (
        len(recommendations)
        == 3 * (flagged["label"] == "leaves_school").sum() + (flagged["label"] == "case_opens").sum()
    )
    rules = recommendations.set_index([*KEY, "intervention_id"])["rule"]
    cleared = flagged[flagged["state"] == "cleared"]
    assert len(cleared) == 2
    for child in cleared["child_id"]:
        assert (rules.loc[child, "leaves_school"] == "cleared on review").all()
    assert not recommendations.loc[recommendations["intervention_id"] == "early", "eligible"].any()
    own = recommendations.merge(
        known[known["as_of_date"] == frames.DATES[-1].date()], on="child_id", suffixes=("", "_known")
    )
    opened = own[(own["label"] == "case_opens") & own["has_open_case"]]
    assert len(opened) and opened["rule"].str.contains("social worker in charge").all()
    talks = own[(own["intervention_id"] == "talks") & own["eligible"]]
    assert len(talks) and (talks["absence_recent"] >= 0.1).all()
    grants = own[(own["intervention_id"] == "grant") & own["eligible"]]
    assert len(grants) and (grants["income_per_member_usd"] < 111).all()
    assert np.allclose(talks["expected_benefit"], talks["risk"] * 0.12)
    first = recommendations[recommendations["order"] == 1]
    assert not first.duplicated(KEY).any()


def test_what_was_not_known_on_the_day_keeps_nobody_from_help(
    known: pd.DataFrame, scores: pd.DataFrame, support: pd.DataFrame
) -> None:
    everybody = scores.assign(flagged=True)
    made = recommended(everybody, known, support, frames.interventions(), frames.estimates(), SETTINGS)
    helped = made.loc[made["rule"] == "already being helped with this risk", "child_id"].unique()
    assert set(helped) == set(support["child_id"].iloc[:3])


def test_options_are_within_reach_and_room_is_beside_help_that_runs(case: HelpCase) -> None:
    options, problem = case.options, case.problem
    assert set(options.loc[options["intervention_id"] == "grant", "staff_id"]) == {None}
    assert set(options.loc[options["intervention_id"] == "talks", "service_id"]) == {"t0"}
    at_g1 = options.loc[options["service_id"] == "g1", "child_id"]
    assert len(at_g1) and all(int(child[1:]) % 2 == 1 for child in at_g1)
    assert not any(int(child[1:]) % 50 == 7 for child in options["child_id"])
    assert case.out_of_reach.any()
    assert problem.helper_people.tolist() == [20, 5, 5]
    assert problem.helper_minutes.tolist() == [600, 240 - 3 * 30, 360]
    assert problem.places.tolist() == [12, 6, 37]


def test_everybody_flagged_is_assigned_or_told_why_not(
    case: HelpCase, plan: AssignmentPlan, recommendations: pd.DataFrame
) -> None:
    given, others = assigned_rows(case, plan, recommendations), unassigned_rows(case, plan, recommendations)
    everybody = recommendations.drop_duplicates(KEY).set_index(KEY).index
    assert set(given.set_index(KEY).index) | set(others.set_index(KEY).index) == set(everybody)
    assert set(given.set_index(KEY).index).isdisjoint(others.set_index(KEY).index)
    assert (others["reason"] == OUT_OF_REACH).sum() == case.out_of_reach.sum()
    assert others["reason"].str.contains("hours or children full").any()
    assert given.groupby("service_id").size().max() <= 37 and (given["expected_benefit"] > 0).all()
    assert given["why"].str.startswith("Eligible: the child").all()
    again = plan_of(case, given)
    assert (again.chosen == plan.chosen).all()


def test_the_comparison_tells_totals_only_where_enough_are_helped(case: HelpCase, plan: AssignmentPlan) -> None:
    quick = help_settings({"plan": {"even_seconds": 1, "given_up_compared": [0.05]}})
    table = comparison_rows(case, quick, plan, True).set_index("plan")
    assert {CHOSEN, "most benefit", "highest risk first", "random order"} < set(table.index)
    best, risky = table.loc["most benefit"], table.loc["highest risk first"]
    assert best["benefit_expected"] >= risky["benefit_expected"] > 0 and best["helped"] % 5 == 0
    hidden = comparison_rows(case, help_settings({"least_children": 1000, "plan": {"even_seconds": 0.1}}), plan, True)
    assert hidden[["helped", "need_reached", "benefit_expected", "hours_week"]].isna().all().all()


def test_a_worklist_holds_every_flag_once_and_says_what_to_do(
    case: HelpCase,
    plan: AssignmentPlan,
    recommendations: pd.DataFrame,
    scores: pd.DataFrame,
    known: pd.DataFrame,
) -> None:
    given, others = assigned_rows(case, plan, recommendations), unassigned_rows(case, plan, recommendations)
    rows = worklist_rows(scores, known, given, others, frames.staff(), frames.interventions(), SETTINGS)
    flags = latest(scores)
    flags = flags[flags["flagged"] & (flags["state"] != "cleared")]
    assert set(rows.set_index(KEY).index) == set(flags.set_index(KEY).index)
    assert (rows.loc[rows["label"] == "case_opens", "role"] == "social_worker").all()
    named = rows[rows["staff_id"] == "c0"]
    assert named["place"].tolist() == list(range(1, len(named) + 1))
    assert rows["to_do"].str.contains("no help is proposed: ").any()
    assert others["reason"].str.contains("protection").any() and not rows["to_do"].str.contains("protection").any()
    assert set((pd.to_datetime(rows["by_when"]) - frames.DATES[-1]).dt.days) == {3, 10}
    assert rows["reasons"].notna().all()


def test_nothing_flagged_makes_empty_tables(known: pd.DataFrame, scores: pd.DataFrame, support: pd.DataFrame) -> None:
    nothing = scores.assign(flagged=False)
    made = recommended(nothing, known, support, frames.interventions(), frames.estimates(), SETTINGS)
    tables = (frames.interventions(), frames.services(), frames.staff(), frames.places())
    case = help_case(made, known, support, *tables, SETTINGS)
    plan = solved(case, SETTINGS)
    assert not len(made) and not len(assigned_rows(case, plan, made)) and not len(unassigned_rows(case, plan, made))
    assert comparison_rows(case, SETTINGS, plan, True)["helped"].isna().all()


def test_records_of_help_give_back_the_planted_effect_and_leave_early_harm_out() -> None:
    rows = frames.features(1500, seed=3)
    labels, support, enrolments = frames.history(rows)
    harms = harms_of(enrolments, frames.no_cases())
    settings = help_settings({"benefit": {"folds": 3}})
    kinds = frames.interventions()
    estimates, pairs = what_help_did(kinds, rows, labels, support, harms, settings)
    table = estimates.set_index(["intervention_id", "band"])
    talks = table.loc[("talks", "all")]
    assert talks["lower"] < frames.TRUE_EFFECT < talks["upper"] and talks["basis"] == "catalogue and records"
    assert talks["catalogue_effect"] < talks["used_effect"] < frames.TRUE_EFFECT + 0.1
    assert table.loc[("grant", "all"), "used_effect"] == pytest.approx(0.29)
    assert table.loc[("grant", "all"), "why_not"] == "fewer than 50 were helped"
    paired = pairs.set_index("intervention_id").loc["talks"]
    assert paired["pairs"] > 100 and paired["upper"] < 0 and paired["imbalance"] < 0.15
    kind = kinds.set_index("intervention_id").loc["talks"]
    acts_on = kinds.set_index("intervention_id")["acts_on"]
    before = help_records(kind, rows, labels, support, harms, acts_on, settings)
    assert before.helped.any() and (before.covariates["absence_recent"] >= 0.1).all()
    early = harms.assign(event_date=rows["as_of_date"].map(pd.Timestamp).min() + pd.Timedelta(20, "D"))
    after = help_records(kind, rows, labels, support, early, acts_on, settings)
    assert len(after.helped) < len(before.helped)


def test_settings_without_meaning_are_refused() -> None:
    for changes, words in (
        ({"most_km": {"teacher": 3}}, "most_km"),
        ({"benefit": {"catalogue_error": {"expert": 0}}}, "catalogue_error"),
        ({"alerts": {"quiet_days": [0, 1, 2, 3, 4, 5, 6]}}, "not quiet"),
        ({"open_case_excludes": ["fails"]}, "open_case_excludes"),
    ):
        with pytest.raises(SettingsError, match=words):
            help_settings(changes)


def test_outcomes_are_counted_once_a_child_and_coverage_is_of_everybody_flagged(
    case: HelpCase, plan: AssignmentPlan, recommendations: pd.DataFrame, scores: pd.DataFrame
) -> None:
    support = pd.DataFrame(
        [
            ("u1", "c00001", "talks", "2025-01-01", "2025-01-05"),
            ("u2", "c00001", "talks", "2025-03-01", "2025-03-20"),
            ("u3", "c00002", "talks", "2025-01-01", None),
            ("u4", "c00003", "visits", "2025-01-01", "2025-03-05"),
        ],
        columns=["support_id", "child_id", "intervention_id", "offered_on", "started_on"],
    ).assign(is_synthetic=True)
    found = pd.DataFrame(
        [("u1", "not_known", "2025-02-01"), ("u1", "attends", "2025-03-01"), ("u2", "left_school", "2025-04-01")],
        columns=["support_id", "outcome", "found_on"],
    ).assign(is_synthetic=True)
    for frame in (support, found):
        days = [name for name in frame.columns if name.endswith("_on")]
        frame[days] = frame[days].apply(pd.to_datetime)
    children = pd.DataFrame({"child_id": ["c00001", "c00002", "c00003"], "area_id": "a0"})
    helped = support_outcomes(support, found, frames.interventions(), children).set_index("support_id")
    assert helped["outcome"].to_dict() == {"u1": "attends", "u2": "left_school", "u3": "waits", "u4": "waits"}
    given = assigned_rows(case, plan, recommendations)
    cells = outcome_cells(scores.assign(area_id="a0"), given, recommendations, helped.reset_index())
    counts = cells.set_index(["label", "measure", "value"])["children"]
    flagged = latest(scores)[latest(scores)["flagged"]]
    for label, number in flagged.groupby("label")["child_id"].nunique().items():
        assert counts[label, "coverage"].sum() == number
        proposed = given.loc[given["label"] == label, "child_id"].nunique()
        assert counts[label, "coverage", "help proposed"] == proposed
    assert counts["leaves_school", "days_to_first_contact"].to_dict() == {"0 to 7 days": 1, "not yet": 1}
    assert counts["leaves_school", "outcome"].to_dict() == {"left_school": 1}
    assert counts["case_opens", "days_to_first_contact"].to_dict() == {"over 30 days": 1}
    assert not len(outcome_cells(scores.head(0).assign(area_id="a0"), given, recommendations, helped.head(0)))
