"""Features by date rest on nothing known later; labels are what became of children, once reports are in."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from socialai_assets.children.input_contracts import (
    AttendanceInput,
    CasesInput,
    ChildrenInput,
    EnrolmentsInput,
    HouseholdsInput,
    MarksInput,
    SupportInput,
)
from socialai_assets.children.risk_contracts import RiskFeatures, RiskLabels, feature_names
from socialai_assets.children.risk_rows import risk_dates, risk_features, risk_labels
from socialai_assets.children.risk_settings import RiskSettings, risk_settings
from socialai_assets.ingest.contract import empty, is_personal, validate
from tests.unit.children_frames import area_poverty, canonical, terms

SETTINGS = RiskSettings()
MIDDLE = pd.Timestamp("2024-09-01")


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return canonical()


@pytest.fixture(scope="module")
def dates(tables) -> pd.DataFrame:
    return risk_dates(terms(), tables, SETTINGS)


@pytest.fixture(scope="module")
def features(tables, dates) -> pd.DataFrame:
    return validate(risk_features(dates, tables, terms(), area_poverty(), SETTINGS), RiskFeatures)


@pytest.fixture(scope="module")
def labels(tables, dates, features) -> pd.DataFrame:
    return validate(risk_labels(dates, features, tables, SETTINGS), RiskLabels)


def _row(frame: pd.DataFrame, child: str, day: pd.Timestamp) -> pd.Series:
    return frame[(frame["child_id"] == child) & (pd.to_datetime(frame["as_of_date"]) == day)].iloc[0]


def _with(tables, name: str, **row) -> dict[str, pd.DataFrame]:
    return {**tables, name: pd.concat([tables[name], pd.DataFrame([row])], ignore_index=True)}


def test_both_tables_are_in_the_vault_and_settings_say_what_the_file_says():
    assert is_personal(RiskFeatures) and is_personal(RiskLabels)
    assert risk_settings() == RiskSettings()


def test_dates_follow_history_and_the_calendar(dates):
    assert dates["as_of_date"].iloc[0] >= datetime.date(2023, 6, 1)
    found = dates.set_index("as_of_date")["next_term_ends_on"]
    # In a term the next one is meant; between terms the one about to begin.
    assert found[datetime.date(2024, 4, 1)] == datetime.date(2024, 12, 20)
    assert found[datetime.date(2024, 8, 1)] == datetime.date(2024, 12, 20)
    assert found[datetime.date(2024, 9, 1)] == datetime.date(2025, 7, 20)


def test_features_are_what_the_events_say(tables, features):
    row = _row(features, "child000", MIDDLE)
    known = tables["attendance"]
    known = known[(known["child_id"] == "child000") & (pd.to_datetime(known["knowledge_date"]) <= MIDDLE)]
    last = known.sort_values("month").tail(3)
    assert row["absence_recent"] == pytest.approx(last["days_absent"].sum() / last["days_open"].sum(), abs=1e-6)
    assert row["school_changes"] == 1
    assert row["area_poverty_pct"] == 20.0
    assert row["siblings"] == 1
    assert row["days_to_end_of_next_term"] == (datetime.date(2025, 7, 20) - MIDDLE.date()).days


def test_whoever_is_known_to_have_left_has_no_features(tables, features):
    left = tables["enrolments"].query("event == 'left'").set_index("child_id")["knowledge_date"]
    gone = features[features["child_id"].isin(left.index)]
    assert (pd.to_datetime(gone["as_of_date"]) < pd.to_datetime(gone["child_id"].map(left))).all()


def test_labels_are_what_became_of_children(tables, features, labels):
    left = tables["enrolments"].query("event == 'left'").set_index("child_id")["event_date"]
    rows = labels[labels["label"] == "leaves_school"]
    on = pd.to_datetime(rows["child_id"].map(left))
    happened = (on > pd.to_datetime(rows["as_of_date"])) & (on <= pd.to_datetime(rows["ends_on"]))
    assert happened.any() and not happened.all()
    assert (rows["outcome"].astype(bool) == happened).all()
    cases = labels[labels["label"] == "case_opens"]
    assert cases["outcome"].any()
    assert set(cases["label_timespan"]) == {"182d"}
    # Labels whose reports are not in have no row.
    assert pd.to_datetime(labels["settled_on"]).max() <= pd.Timestamp("2025-12-31")


def test_with_an_open_case_no_case_can_open(tables, labels):
    opened = tables["cases"].query("event == 'opened'").set_index("child_id")["event_date"]
    closed = tables["cases"].query("event == 'closed'").set_index("child_id")["event_date"]
    rows = labels[(labels["label"] == "case_opens") & labels["child_id"].isin(opened.index.intersection(closed.index))]
    day = pd.to_datetime(rows["as_of_date"])
    begins, ends = (pd.to_datetime(rows["child_id"].map(one)) for one in (opened, closed))
    assert not ((begins <= day) & (day < ends)).any()


def test_a_perfect_leak_from_the_future_is_not_used(tables, dates, features, labels):
    """What says on each date who will leave, but was known only a day later, changes nothing."""
    leaving = labels[(labels["label"] == "leaves_school") & labels["outcome"].astype(bool)]
    leak = leaving[pd.to_datetime(leaving["as_of_date"]) == MIDDLE]["child_id"]
    assert len(leak) > 2
    known = (MIDDLE + pd.Timedelta(1, "D")).date()
    told = [{"child_id": child, "days_open": 20, "days_absent": 20} for child in leak]
    planted = pd.DataFrame(told).assign(month=datetime.date(2024, 8, 1), knowledge_date=known)
    kept = tables["attendance"]
    kept = kept[~((kept["month"] == datetime.date(2024, 8, 1)) & kept["child_id"].isin(leak))]
    before = risk_features(dates, {**tables, "attendance": kept}, terms(), area_poverty(), SETTINGS)
    leaking = {**tables, "attendance": pd.concat([kept, planted], ignore_index=True)}
    after = risk_features(dates, leaking, terms(), area_poverty(), SETTINGS)
    until = pd.to_datetime(before["as_of_date"]) <= MIDDLE
    pd.testing.assert_frame_equal(before[until], after[pd.to_datetime(after["as_of_date"]) <= MIDDLE])
    # It would have told everything, had it been known a day earlier.
    planted["knowledge_date"] = MIDDLE.date()
    leaking["attendance"] = pd.concat([kept, planted], ignore_index=True)
    told_early = risk_features(dates, leaking, terms(), area_poverty(), SETTINGS)
    assert (
        told_early[pd.to_datetime(told_early["as_of_date"]) == MIDDLE].set_index("child_id")["absence_last"][leak] == 1
    ).all()


def test_an_end_of_help_that_lies_ahead_is_not_known_yet(tables, dates):
    day = datetime.date(2024, 8, 1)
    row = {"support_id": "s", "child_id": "child001", "intervention_id": "tutoring", "offered_on": day}
    row |= {"started_on": day, "knowledge_date": day}
    made = [
        risk_features(dates, _with(tables, "support", **row, ended_on=end), terms(), area_poverty(), SETTINGS)
        for end in (None, datetime.date(2024, 9, 15), datetime.date(2025, 6, 1))
    ]
    assert len({_row(one, "child001", MIDDLE)["support_now"] for one in made}) == 1


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_known_later_changes_no_feature(tables, dates, features, seed):
    """Rows of every table, copied from others and known later than a day, leave all features up to that day alone."""
    random = np.random.default_rng(seed)
    day = pd.Timestamp(random.choice(pd.to_datetime(dates["as_of_date"])))
    later = {}
    for name, frame in tables.items():
        drawn = frame.sample(30, replace=True, random_state=seed).reset_index(drop=True)
        drawn["knowledge_date"] = [(day + pd.Timedelta(int(n), "D")).date() for n in random.integers(1, 400, 30)]
        if name not in ("children", "households"):
            drawn["child_id"] = random.choice(tables["children"]["child_id"], 30)
        for column in {"event_date", "month", "report_date"} & set(drawn):
            drawn[column] = random.permutation(drawn[column])
        if name == "children":
            drawn["child_id"] = [f"new{seed}-{number}" for number in range(30)]
        later[name] = pd.concat([frame, drawn], ignore_index=True)
    made = validate(risk_features(dates, later, terms(), area_poverty(), SETTINGS), RiskFeatures)
    same = [frame[pd.to_datetime(frame["as_of_date"]) <= day].reset_index(drop=True) for frame in (features, made)]
    pd.testing.assert_frame_equal(*same)
    # The rows are not idle: they do change what is known afterwards.
    assert len(made) != len(features) or not made.equals(features)


def test_nobody_known_makes_empty_tables():
    contracts = (ChildrenInput, HouseholdsInput, EnrolmentsInput, AttendanceInput, MarksInput, CasesInput, SupportInput)
    nothing = {one.__name__.removesuffix("Input").lower(): empty(one) for one in contracts}
    dates = risk_dates(terms(), nothing, SETTINGS)
    features = validate(risk_features(dates, nothing, terms(), area_poverty(), SETTINGS), RiskFeatures)
    assert features.empty and validate(risk_labels(dates, features, nothing, SETTINGS), RiskLabels).empty


def test_models_may_read_numbers_only(features):
    assert set(feature_names()) - set(features) == {"is_girl"}
    assert not {"child_id", "sex", "language", "school_id", "area_id", "as_of_date"} & set(feature_names())
