"""How lists treat groups: rates against hand counts, withholding, and options that are set before they are judged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialai_assets.methods.case_risk.capacity import chance_of_a_place
from socialai_assets.methods.case_risk.fairness import METRICS, Withholding, rates_by_group
from socialai_assets.methods.case_risk.fairness_options import (
    EQUAL_RECALL,
    EQUAL_SHARES,
    NONE,
    chance_by_group,
    option_scores,
    reweighing,
    shares_of_equal_recall,
)

OPEN = Withholding(least_people=1, least_cell=1)


def biased(people: int = 3000, *, seed: int = 1) -> pd.DataFrame:
    """Two sexes as often befallen; the score of one is kept too low."""
    random = np.random.default_rng(seed)
    sex, need = random.choice(["F", "M"], people), random.normal(0, 1, people)
    observed = (need + random.normal(0, 0.7, people) > 0.8).astype(float)
    estimate = 1 / (1 + np.exp(-(1.5 * need - 1.2 - 0.8 * (sex == "F"))))
    frame = pd.DataFrame({"person": np.arange(people), "sex": sex, "observed": observed, "estimate": estimate})
    frame["age"] = random.choice(["child", "youth"], people, p=[0.995, 0.005])
    return frame.assign(chance=chance_of_a_place(estimate, 0.2))


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return biased()


def test_rates_are_those_counted_by_hand_with_intervals_around_them(people: pd.DataFrame) -> None:
    found = rates_by_group(people, [["sex"], ["sex", "age"]], withholding=OPEN, draws=50).set_index(
        ["attribute", "group", "metric"]
    )
    girls = people[people["sex"] == "F"]
    listed = girls["chance"] == 1
    by_hand = {
        "base_rate": girls["observed"].mean(),
        "selection_rate": listed.mean(),
        "precision": girls.loc[listed, "observed"].mean(),
        "recall": listed[girls["observed"] == 1].mean(),
        "false_negative_rate": 1 - listed[girls["observed"] == 1].mean(),
        "false_positive_rate": listed[girls["observed"] == 0].mean(),
        "calibration_gap": girls["estimate"].mean() - girls["observed"].mean(),
    }
    assert set(by_hand) == set(METRICS)
    for metric, value in by_hand.items():
        row = found.loc[("sex", "F", metric)]
        assert row["value"] == pytest.approx(value, abs=1e-3)
        assert row["lower"] <= row["value"] <= row["upper"] and row["lower"] < row["upper"]
        assert row["difference"] == pytest.approx(row["value"] - found.loc[("all", "all", metric), "value"])
    assert (
        found.loc[("sex", "F", "recall"), "difference_upper"]
        < 0
        < found.loc[("sex", "M", "recall"), "difference_lower"]
    )
    assert "F, child" in found.loc["sex and age"].index.get_level_values("group")
    assert (found["people"] % 10 == 0).all()


def test_small_groups_are_withheld_and_cannot_be_had_by_taking_away(people: pd.DataFrame) -> None:
    """Six youths are too few; with them hidden alone, all less the children would tell them."""
    found = rates_by_group(people, [["age"]], withholding=Withholding(50, 10), draws=10)
    age = found[found["attribute"] == "age"]
    assert age["is_withheld"].all() and age["value"].isna().all() and age["lower"].isna().all()
    shown = rates_by_group(people, [["sex"]], withholding=Withholding(50, 10), draws=10)
    assert not shown["is_withheld"].any()
    # With the rule switched off the figure is there to be singled out.
    single = rates_by_group(people, [["age"]], withholding=OPEN, draws=10)
    assert single.loc[single["group"] == "youth", "value"].notna().any()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 9))
def test_no_figure_rests_on_a_count_below_the_least_cell(seed: int, capacity: int, least: int) -> None:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "person": np.arange(60),
            "group": random.choice(list("abcd"), 60),
            "observed": random.integers(0, 2, 60).astype(float),
            "estimate": random.uniform(size=60),
        }
    )
    frame["chance"] = chance_of_a_place(frame["estimate"], capacity)
    found = rates_by_group(frame, [["group"]], withholding=Withholding(1, least), draws=3)
    for row in found[(found["metric"] == "precision") & (found["attribute"] == "group")].itertuples():
        own = frame[(frame["group"] == row.group) & (frame["chance"] == 1)]
        cells = (own["observed"].sum(), len(own) - own["observed"].sum())
        assert row.is_withheld or least == 1 or (cells[1] >= least and (cells[0] == 0 or cells[0] >= least))
    per_metric = found[found["attribute"] == "group"].groupby("metric")["is_withheld"].sum()
    assert (per_metric != 1).all()


def test_equal_recall_is_set_on_an_earlier_date_and_holds_on_a_later_one(people: pd.DataFrame) -> None:
    later = biased(seed=2)
    shares = shares_of_equal_recall(people["observed"], people["estimate"], people["sex"], 0.2)
    assert shares["F"] / shares["M"] > 0.8
    lists = {
        NONE: later["chance"].to_numpy(),
        EQUAL_RECALL: chance_by_group(later["estimate"], later["sex"], shares, 0.2),
        EQUAL_SHARES: chance_by_group(later["estimate"], later["sex"], {"F": 0.2, "M": 0.2}, 0.2),
    }
    assert {name: round(one.sum()) for name, one in lists.items()} == dict.fromkeys(lists, 600)
    found = option_scores(
        lists, later["observed"], later["person"], later["sex"], withholding=Withholding(50, 10), draws=100
    ).set_index("option")
    assert found.loc[EQUAL_RECALL, "recall_gap"] < 0.3 * found.loc[NONE, "recall_gap"]
    assert found.loc[EQUAL_RECALL, "recall_gap_change_upper"] < 0
    assert found.loc[EQUAL_SHARES, "selection_gap"] < 0.01
    assert (found.loc[NONE, ["precision_change", "recall_change", "recall_gap_change"]] == 0).all()
    # Here the bias is in the score alone, so that to undo it costs nothing.
    assert found.loc[EQUAL_RECALL, "precision_change_upper"] > 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 80))
def test_lists_by_group_are_as_long_as_the_capacity(seed: int, capacity: int) -> None:
    random = np.random.default_rng(seed)
    groups = random.choice(["a", "b", "c"], 80, p=[0.8, 0.15, 0.05])
    shares = {"a": random.uniform(), "b": random.uniform(), "unheard of": 0.5}
    chance = chance_by_group(random.integers(0, 5, 80), groups, shares, capacity)
    assert chance.sum() == pytest.approx(capacity) and chance.min() >= 0 and chance.max() <= 1


def test_reweighing_makes_group_and_outcome_independent(people: pd.DataFrame) -> None:
    weights = reweighing(people["observed"], people["sex"])
    weighted = people.assign(weight=weights, both=weights * people["observed"]).groupby("sex")[["both", "weight"]].sum()
    assert np.ptp(weighted["both"] / weighted["weight"]) < 1e-12
    assert weights.sum() == pytest.approx(len(people))


def test_a_gap_that_tells_of_few_is_withheld_with_its_change() -> None:
    """Two groups' recalls follow from their gap and the recall of all, so the gap is told only where both could be."""
    truth = np.r_[np.ones(30), np.zeros(70)]
    groups = np.array((["a"] * 20 + ["b"] * 10) + ["a"] * 35 + ["b"] * 35)
    first = np.r_[np.ones(15), np.zeros(5), np.ones(3), np.zeros(7), np.ones(20), np.zeros(50)]
    lists = {NONE: first, EQUAL_SHARES: first[::-1]}
    told = {
        least: option_scores(
            lists, truth, np.arange(100), groups, withholding=Withholding(1, least), draws=5
        ).set_index("option")
        for least in (1, 4)
    }
    assert told[1].loc[NONE, "recall_gap"] == pytest.approx(15 / 20 - 3 / 10)
    assert told[4]["recall_gap"].isna()[NONE] and told[4]["recall_gap_change"].isna().all()
    assert told[4].loc[NONE, "recall"] == pytest.approx(18 / 30)
