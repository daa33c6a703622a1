"""How lists of children treat groups: from features, labels and estimates to the fairness tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from resources.errors import SettingsError
from socialai_assets.children import child_fairness
from socialai_assets.children.contracts import Fairness, FairnessOptions
from socialai_assets.children.fairness_settings import FairnessSettings
from socialai_assets.children.risk_rows import risk_dates, risk_features, risk_labels
from socialai_assets.children.risk_scoring import _listed
from socialai_assets.children.risk_settings import RiskFairnessSettings, RiskSettings, risk_settings
from socialai_assets.children.risk_training import as_numbers, learned_columns
from socialai_assets.ingest.contract import validate
from socialai_assets.methods.case_risk.capacity import chance_of_a_place
from tests.unit.children_frames import area_poverty, canonical, terms

LABEL = "leaves_school"
AREAS = pd.DataFrame({"area_id": ["area0", "area1", "area2"], "admin1_name": ["North", "North", "South"]})
QUICK = {"networks": False, "judged_dates": 2, "tuning_dates": 1, "least_rows": 100}
RISK = RiskSettings().model_copy(update={"training": RiskSettings().training.model_copy(update=QUICK)})


EQUAL, EXCLUDED = (
    RISK.model_copy(update={"fairness": RiskFairnessSettings(option=option, attribute="sex")})
    for option in ("equal_shares", "exclusion")
)


@pytest.fixture(scope="module")
def made() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features and labels of 220 children, half of them girls."""
    tables = canonical(220, seed=1)
    dates = risk_dates(terms(), tables, RISK)
    features = risk_features(dates, tables, terms(), area_poverty(), RISK)
    return features, risk_labels(dates, features, tables, RISK)


@pytest.fixture(scope="module")
def held_out(made: tuple[pd.DataFrame, pd.DataFrame]) -> pd.DataFrame:
    """Estimates that put boys first, of two dates."""
    features, labels = made
    own = labels[labels["label"] == LABEL].merge(features[["child_id", "as_of_date", "sex", "is_synthetic"]])
    days = sorted(own["as_of_date"].unique())[-2:]
    own = own[own["as_of_date"].isin(days)]
    noise = np.random.default_rng(0).uniform(0, 0.3, len(own))
    score = 0.3 * own["sex"].eq("M") + noise
    return own.assign(model="boys_first", score=score, estimate=score, observed=own["outcome"])[
        ["child_id", "as_of_date", "label", "model", "score", "estimate", "observed", "is_synthetic"]
    ]


@pytest.fixture(autouse=True)
def few_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not all groups, to be quick."""
    groups = (("sex",), ("age",), ("disability_on_record",), ("deprivation",), ("first_language",), ("area",))
    monkeypatch.setattr(child_fairness, "GROUPS", (*groups, ("sex", "deprivation")))


SERVED = pd.DataFrame({"label": [LABEL, LABEL], "model": ["boys_first", "other"], "is_served": [True, False]})


def test_a_list_that_puts_boys_first_is_told(made: tuple, held_out: pd.DataFrame) -> None:
    settings = FairnessSettings(draws=20, least_people=5, least_cell=1)
    table = validate(child_fairness.fairness(held_out, SERVED, made[0], AREAS, settings, RISK), Fairness)
    assert set(table["model"]) == {"boys_first"} and table["is_synthetic"].all()
    listed = table[(table["metric"] == "selection_rate") & (table["capacity"] == 0.2)].set_index("group")["value"]
    assert listed["F"] == 0 and listed["M"] > 0.35
    # Each date has a list of its own: a fifth of each.
    chances = [chance_of_a_place(own["score"], 0.2).sum() for _, own in held_out.groupby("as_of_date")]
    assert listed["all"] == pytest.approx(sum(chances) / len(held_out))
    assert {"North", "South"} <= set(table["group"]) and "F, poorest third" in set(table["group"])
    assert not table["group"].str.contains("child").any()


def test_what_rests_on_few_children_is_withheld_even_where_they_are_judged_often(
    made: tuple, held_out: pd.DataFrame
) -> None:
    """Nine children on two dates are eighteen rows, and still nine children."""
    few = sorted(held_out["child_id"].unique())[:9]
    features = made[0].assign(language=made[0]["child_id"].isin(few).map({True: "rare", False: "es"}))
    strict = FairnessSettings(draws=20, least_people=1, least_cell=10)
    table = child_fairness.fairness(held_out, SERVED, features, AREAS, strict, RISK)
    rare = table[(table["attribute"] == "first_language") & (table["group"] == "rare")]
    assert rare["is_withheld"].all() and rare["value"].isna().all()
    open_ = FairnessSettings(draws=20, least_people=1, least_cell=1)
    told = child_fairness.fairness(held_out, SERVED, features, AREAS, open_, RISK)
    assert told.loc[told["group"] == "rare", "value"].notna().any()


def test_options_are_compared_for_children_too(made: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_fairness, "ATTRIBUTES", (child_fairness.ATTRIBUTES[0], child_fairness.ATTRIBUTES[-1]))
    settings = FairnessSettings(draws=20, least_people=5, least_cell=1)
    table = validate(child_fairness.options(*made, settings, EQUAL), FairnessOptions)
    assert set(table["attribute"]) >= {"sex", "first_language"} and set(table["population"]) == {"children"}
    assert table.groupby(["label", "attribute"]).size().eq(5).all()
    used = table[table["is_used"]]
    assert set(zip(used["attribute"], used["option"], strict=True)) == {
        ("sex", "equal_shares"),
        ("first_language", "none"),
    }
    by = table[table["attribute"] == "sex"].set_index(["label", "option"])
    assert by.loc[(LABEL, "equal_shares"), "selection_gap"] < 0.02


def test_without_anything_judged_there_is_nothing_to_tell(made: tuple, held_out: pd.DataFrame) -> None:
    nobody = SERVED.assign(is_served=False)
    assert child_fairness.fairness(held_out, nobody, made[0], AREAS, FairnessSettings(), RISK).empty
    assert child_fairness.options(made[0], made[1].head(20), FairnessSettings(), RISK).empty


def test_only_what_people_chose_changes_who_is_flagged_and_what_is_read(made: tuple) -> None:
    assert risk_settings().fairness.option == "none"
    with pytest.raises(SettingsError, match="option"):
        risk_settings("fairness: {option: quotas}")
    assert "is_girl" in learned_columns(RISK) and "is_girl" not in learned_columns(EXCLUDED)
    rows = as_numbers(made[0])
    rows = rows[rows["as_of_date"] == rows["as_of_date"].max()].reset_index(drop=True)
    rank = rows["is_girl"].rank(method="first").astype(int)
    boys_first = rows.loc[_listed(rank, rows, 20, RISK), "sex"]
    alike = rows.loc[_listed(rank, rows, 20, EQUAL), "sex"]
    assert len(boys_first) == len(alike) == 20 and set(boys_first) == {"M"}
    assert abs(alike.eq("F").mean() - rows["sex"].eq("F").mean()) <= 0.05
