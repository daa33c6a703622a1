"""Models of children's risk are judged on dates they could not know, and chosen by how they do there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from socialai_assets.children.risk_figures import audit_by_group, scores_of
from socialai_assets.children.risk_rows import risk_dates, risk_features, risk_labels
from socialai_assets.children.risk_settings import RiskSettings, risk_settings
from socialai_assets.children.risk_training import (
    BASELINES,
    Judgement,
    as_numbers,
    cases_of,
    fit_served,
    judge,
    learned_columns,
    splits_of,
    taught,
)
from socialai_assets.methods.area_model import load
from socialai_assets.methods.scores import auc
from tests.unit.children_frames import area_poverty, canonical, terms

LABEL = "leaves_school"


@pytest.fixture(scope="module")
def settings() -> RiskSettings:
    quick = {"networks": False, "draws": 50, "judged_dates": 2, "tuning_dates": 1, "least_rows": 100}
    return RiskSettings().model_copy(
        update={
            "training": RiskSettings().training.model_copy(update=quick),
            "withholding": RiskSettings().withholding.model_copy(update={"least_befallen": 3}),
        }
    )


@pytest.fixture(scope="module")
def made(settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    tables = canonical(220, seed=1)
    dates = risk_dates(terms(), tables, settings)
    features = risk_features(dates, tables, terms(), area_poverty(), settings)
    return features, risk_labels(dates, features, tables, settings)


@pytest.fixture(scope="module")
def judgement(made, settings) -> Judgement:
    return judge(cases_of(made[0], made[1], LABEL), LABEL, settings)


def test_settings_of_the_file_are_the_defaults():
    assert risk_settings() == RiskSettings()


def test_only_outcomes_known_by_then_teach_and_settings_are_chosen_before(made, settings):
    rows = cases_of(made[0], made[1], LABEL)
    judged, tuning = splits_of(rows, settings)
    assert len(judged) == 2 and tuning
    for split in judged + tuning:
        assert split.train.sum() >= settings.training.least_rows
        assert (rows.loc[split.train, "known_on"] <= split.test_date).all()
    for split in tuning:
        assert (rows.loc[split.test, "known_on"] <= judged[0].test_date).all()


def test_dates_that_teach_are_counted_back_from_the_last_one_known():
    days = pd.Series(pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]))
    among = np.array([True, True, True, False])
    assert taught(days, among, 2).tolist() == [True, False, True, False]
    assert taught(days, among, 1).tolist() == [True, True, True, False]
    assert not taught(days, np.zeros(4, bool), 2).any()


def test_what_is_planted_is_found_and_what_is_served_comes_back_from_its_files(made, judgement, settings, tmp_path):
    own = judgement.estimates[judgement.estimates["model"] == judgement.regret["model"].iloc[0]]
    assert auc(own["observed"].to_numpy(), own["raw"].to_numpy(), own["test_date"]) > 0.75
    assert judgement.gains["poorest_schools"].lower > 0 and judgement.gains["random"].lower > 0
    # So much is planted that points may do as well; a learner is served only if it certainly does better.
    assert judgement.is_baseline == (judgement.served in BASELINES)
    assert judgement.is_baseline == any(gain.lower <= 0 for gain in judgement.gains.values())
    model = fit_served(judgement, settings)
    model.save(tmp_path)
    now = as_numbers(made[0]).tail(50)
    assert np.allclose(load(tmp_path).predict(now), model.predict(now))


def test_outcomes_by_chance_leave_a_baseline_in_place(made, settings):
    rows = cases_of(made[0], made[1], LABEL)
    drawn = rows.assign(outcome=np.random.default_rng(0).permutation(rows["outcome"]))
    found = judge(drawn, LABEL, settings)
    assert found.is_baseline and found.served in BASELINES


def test_scores_are_given_by_date_and_over_all(judgement, settings):
    found = scores_of(judgement, LABEL, settings)
    whole = found[found["test_date"].isna()].set_index(["model", "metric", "capacity"])["value"]
    at = settings.capacity.leaves_school
    assert whole["random", "precision", at] == pytest.approx(whole["random", "precision", 0.2], abs=1e-9)
    best = judgement.regret["model"].iloc[0]
    assert whole[best, "precision", at] > whole["random", "precision", at]
    asked = {"auc", "brier", "calibration_error", "accuracy", "precision", "recall", "f1", "list_stability"}
    assert asked <= set(found["metric"])
    interval = found[(found["metric"] == "auc") & found["test_date"].isna()]
    assert (interval["lower"] <= interval["value"]).all() and (interval["value"] <= interval["upper"]).all()


def test_dates_with_few_outcomes_and_small_groups_are_withheld(judgement, settings):
    strict = settings.model_copy(
        update={"withholding": settings.withholding.model_copy(update={"least_befallen": 10_000})}
    )
    assert scores_of(judgement, LABEL, strict)["metric"].isin(["mean_regret", "max_regret"]).all()
    audit = audit_by_group(judgement, LABEL, strict)
    assert audit["withheld"].all()
    assert audit[["children", "selection_rate", "precision", "recall"]].isna().all(axis=None)
    assert not audit_by_group(judgement, LABEL, settings)["withheld"].all()


def test_lists_that_found_few_are_withheld_with_what_would_tell_of_them(judgement, settings):
    def told(least: int) -> pd.DataFrame:
        some = settings.model_copy(
            update={"withholding": settings.withholding.model_copy(update={"least_befallen": least})}
        )
        found = scores_of(judgement, LABEL, some)
        return found[found["metric"].eq("precision") & ~found["model"].eq("random")]

    everything, some = told(1), told(5)
    observed = judgement.estimates.groupby(["model", "test_date"])["observed"].sum()
    recall = scores_of(
        judgement,
        LABEL,
        settings.model_copy(update={"withholding": settings.withholding.model_copy(update={"least_befallen": 1})}),
    )
    recall = recall[recall["metric"].eq("recall") & recall["test_date"].notna() & ~recall["model"].eq("random")]
    hits = recall["value"] * [observed[row.model, row.test_date] for row in recall.itertuples()]
    least = hits.groupby([recall["model"], recall["capacity"]]).min()
    dated = some[some["test_date"].notna()].groupby(["model", "capacity"]).size()
    assert set(dated.index) == set(least.index[least >= 5]) and len(dated) < len(least)
    in_all = hits.groupby([recall["model"], recall["capacity"]]).sum()
    mean = some[some["test_date"].isna()].set_index(["model", "capacity"]).index
    assert set(mean) == set(in_all.index[in_all >= 5])
    assert len(everything) > len(some)


def test_excluded_columns_are_not_learned_from():
    excluded = RiskSettings().features.model_copy(update={"excluded": ("sex", "disability", "area_poverty_pct")})
    columns = learned_columns(RiskSettings().model_copy(update={"features": excluded}))
    assert not {"is_girl", "disability", "area_poverty_pct"} & set(columns)
    assert "is_girl" in learned_columns(RiskSettings())
