"""OULAD's features rest on nothing known later, and what is learned on it is chosen without the test."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from socialai_assets.children import oulad_training as training
from socialai_assets.children.oulad_features import NOT_FEATURES, features
from socialai_assets.children.oulad_history import RESULT_DAYS, starts_on
from socialai_assets.children.oulad_records import COURSE, STUDENT, Records, records
from tests.unit.oulad_class import few_trees, small_oulad

DAY = 60


@pytest.fixture(scope="module")
def oulad() -> Records:
    return small_oulad(80)


def test_a_spreadsheets_month_is_a_tenth_of_deprivation_again(oulad: Records) -> None:
    assert set(oulad.students["imd_band"].dropna()) == {"10-20%", "90-100%"}
    raw = oulad.students.assign(num_of_prev_attempts=pd.array([1] * len(oulad.students), dtype="Int64"), name="x")
    again = records(oulad.courses, oulad.assessments, raw, oulad.submissions)
    assert "name" not in again.students and again.students["num_of_prev_attempts"].eq(1.0).all()
    assert features(again, DAY)["deprivation_tenth"].isin([2.0, 10.0]).sum() == again.students["imd_band"].notna().sum()


def test_work_is_counted_as_by_hand(oulad: Records) -> None:
    table = features(oulad, DAY).set_index(STUDENT)
    work = oulad.submissions.merge(oulad.assessments, on="id_assessment")
    one = table.index[table["missed"] == 1][0]
    own = work[(work[STUDENT] == list(one)).all(axis=1)]
    early = own[own["date_submitted"] <= DAY]
    row = table.loc[one]
    assert (row["due"], row["submitted"], row["missed_share"]) == (2.0, len(early), 0.5)
    assert row["missed_weight"] in (0.2, 0.1) and row["score_mean"] == early["score"].mean()
    assert row["days_early_mean"] == (early["date"] - early["date_submitted"]).mean()
    # Scores that come two weeks after the work are not known the day after.
    late = features(oulad, 21, marking_days=14).set_index(STUDENT)
    assert late["submitted"].max() > 0
    assert late["score_mean"].notna().sum() < features(oulad, 21)["score_mean"].notna().sum()


@pytest.mark.parametrize("day", [0, 30, 60])
def test_a_perfect_leak_from_later_days_is_not_used(oulad: Records, day: int) -> None:
    """In the last presentation, whoever fails gets a telling score a day later: features are as if it had not come."""
    fails = oulad.students["final_result"].isin(["Fail", "Withdrawn"])
    tasks = oulad.assessments[
        (oulad.assessments["code_presentation"] == "2014J") & (oulad.assessments["assessment_type"] == "TMA")
    ].drop_duplicates(COURSE)
    telling = oulad.students.assign(score=np.where(fails, 0.0, 100.0)).merge(tasks, on=COURSE)
    telling = telling.assign(date_submitted=float(day + 1), is_banked=0.0)
    is_last = oulad.submissions["id_assessment"].isin(
        oulad.assessments.loc[oulad.assessments["code_presentation"] == "2014J", "id_assessment"]
    )
    kept = oulad.submissions[~is_last | (oulad.submissions["date_submitted"] <= day)]
    added = telling[list(kept.columns)].merge(kept[["id_assessment", "id_student"]], how="left", indicator=True)
    added = added[added.pop("_merge") == "left_only"]
    known = dataclasses.replace(oulad, submissions=kept)
    leaking = dataclasses.replace(oulad, submissions=pd.concat([kept, added], ignore_index=True))
    clean = features(known, day)
    pd.testing.assert_frame_equal(features(leaking, day), clean)
    # Whoever looks a day later finds it.
    later = features(leaking, day + 1)
    assert not later["score_last"].equals(features(known, day + 1)["score_last"]) and len(added) > 10


def test_results_count_from_the_day_they_were_known(oulad: Records) -> None:
    """A course's own result, and one that is known after the day, changes nothing; an earlier one does."""
    lasts = oulad.students.merge(oulad.courses, on=COURSE)
    known_on = starts_on(lasts["code_presentation"]) + pd.to_timedelta(
        lasts["module_presentation_length"] + RESULT_DAYS, "D"
    )
    table = features(oulad, DAY)
    last_day = table.loc[table["code_presentation"] == "2014J", "as_of_date"].iloc[0]
    flipped = {"Fail": "Pass", "Withdrawn": "Pass", "Pass": "Fail", "Distinction": "Fail"}
    results = oulad.students["final_result"]
    for later, same in ((known_on > last_day, True), (known_on <= last_day, False)):
        changed = oulad.students.assign(final_result=results.map(flipped).where(later.to_numpy(), results))
        again = features(dataclasses.replace(oulad, students=changed), DAY)
        asked = table["code_presentation"] == "2014J"
        assert again[asked].equals(table[asked]) is same
    assert table["earlier_known"].sum() > 0 and table["module_rate"].between(0, 1).sum() > 0


def test_the_test_presentation_has_no_say_in_what_is_chosen(oulad: Records) -> None:
    tables = training.features_of_days(oulad, (DAY,))
    rows, names = training.learning_rows(oulad, tables[DAY])
    assert not {*NOT_FEATURES, "failed"} & set(names)
    with few_trees():
        found, settings = training.out_of_sample(oulad, tables, networks=False)
    scored = training.scores(found, draws=20)
    others = oulad.students["code_presentation"] != training.TEST
    flipped = oulad.students["final_result"].where(others, "Pass")
    flipped[(~others).idxmax()] = "Fail"
    blind = dataclasses.replace(oulad, students=oulad.students.assign(final_result=flipped))
    with few_trees():
        again, same_settings = training.out_of_sample(blind, tables, networks=False)
    assert settings == same_settings
    pd.testing.assert_frame_equal(found.drop(columns="observed"), again.drop(columns="observed"))
    assert training.regret(scored).equals(training.regret(training.scores(again, draws=0)))
    by = scored[(scored["presentation"] == training.TEST) & (scored["people"] == "all")]
    auc = by[by["metric"] == "auc"].set_index("model")
    assert auc.loc["gradient_boosting", "value"] > 0.7 and auc.loc["random", "value"] == 0.5
    assert (auc["lower"] <= auc["value"]).all() and (auc["value"] <= auc["upper"]).all()
    assert by.groupby("metric").size()["precision"] == 6 * 9
    assert rows["failed"].mean() == pytest.approx(found["observed"].mean(), abs=0.1)
