"""Forecasts of demand that add up, with intervals from past origins: on series whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from socialai_assets.aid.demand_forecasting import QUANTILES, demand_forecasts, out_of_sample
from socialai_assets.aid.forecast_contracts import DemandForecasts, ForecastOutOfSample, ForecastScores
from socialai_assets.aid.forecast_scoring import forecast_scores
from socialai_assets.ingest.contract import validate
from socialai_assets.methods.forecasting.conformal import quantiles
from socialai_assets.methods.forecasting.hierarchy import hierarchy, reconciled, totals
from socialai_assets.methods.forecasting.rolling import SEASONAL_NAIVE, baselines, choose, chosen

SITES, WEEKS = 12, 130


@pytest.fixture(scope="module")
def features() -> pd.DataFrame:
    """Demand features of sites in four districts; site 0 repeats last year exactly, every 20th report is missing."""
    rng = np.random.default_rng(7)
    starts = pd.date_range("2023-01-02", periods=WEEKS, freq="7D")
    season = 1 + 0.5 * np.sin(2 * np.pi * np.arange(WEEKS) / 52)
    parts = []
    for site in range(SITES):
        quantity = rng.poisson(np.outer(season, [6 + 4 * site]).ravel()).astype(float)
        if site == 0:
            quantity = np.resize(rng.integers(0, 90, 52), WEEKS).astype(float)
        quantity[rng.random(WEEKS) < 0.05] = np.nan
        district = site % 4
        parts.append(
            pd.DataFrame(
                {
                    "place_id": f"site-{site:02d}",
                    "place_kind": "site",
                    "area_id": f"0{district // 2}0{district}",
                    "admin2_id": f"0{district // 2}",
                    "admin1_id": f"0{district // 2}",
                    "item_id": "food_parcel",
                    "period": "week",
                    "period_start": starts,
                    "quantity": quantity,
                    "people": 100.0 * site,
                    "poverty_estimate": 30.0 + district,
                    "is_synthetic": site == 3,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def past(features: pd.DataFrame) -> pd.DataFrame:
    return validate(out_of_sample(features), ForecastOutOfSample)


@pytest.fixture(scope="module")
def coming(features: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    return validate(demand_forecasts(features, past), DemandForecasts)


def test_forecasts_are_of_the_coming_weeks_of_every_place_and_add_up(coming: pd.DataFrame) -> None:
    assert coming.groupby("level")["place_id"].nunique().to_dict() == {
        "admin1": 2,
        "admin2": 2,
        "admin3": 4,
        "nation": 1,
        "site": SITES,
    }
    assert sorted(coming["horizon"].unique()) == list(range(1, 9))
    assert str(coming["period_start"].min()) == str((pd.Timestamp("2023-01-02") + pd.Timedelta(weeks=WEEKS)).date())
    totals_by_level = coming.pivot_table(index="horizon", columns="level", values="estimate", aggfunc="sum")
    assert np.allclose(totals_by_level.to_numpy(), totals_by_level[["nation"]].to_numpy())


def test_quantiles_are_ordered_and_wider_further_out_of_the_middle(coming: pd.DataFrame) -> None:
    limits = coming[list(QUANTILES)].to_numpy()
    assert (np.diff(limits, axis=1) >= 0).all()
    assert (limits >= 0).all()
    assert (coming["q975"] > coming["q025"]).mean() > 0.95


def test_a_series_that_repeats_last_year_is_served_seasonal_naive_and_flagged(coming: pd.DataFrame) -> None:
    first = coming[coming["place_id"] == "site-00"]
    assert first["is_baseline"].all()
    assert (first["model"] == SEASONAL_NAIVE).all()
    others = coming[(coming["level"] == "site") & (coming["place_id"] != "site-00")]
    assert others["is_baseline"].mean() < 0.5
    assert set(others.loc[~others["is_baseline"], "model"]) == {"combination"}


def test_synthetic_series_flag_the_totals_above_them_only(coming: pd.DataFrame) -> None:
    flagged = set(coming.loc[coming["is_synthetic"], "place_id"])
    assert flagged == {"site-03", "0103", "01", "nation"}


def test_nothing_after_an_origin_changes_what_was_forecast_at_it(features: pd.DataFrame, past: pd.DataFrame) -> None:
    cut = past["origin_start"].drop_duplicates().sort_values().iloc[-1]
    changed = features.copy()
    later = changed["period_start"].dt.date > cut
    changed.loc[later, "quantity"] = changed.loc[later, "quantity"] * 7 + 3
    key = ["model", "level", "place_id", "origin_start", "horizon"]
    both = past.merge(out_of_sample(changed).assign(origin_start=lambda frame: frame["origin_start"].dt.date), on=key)
    assert len(both) == len(past)
    assert (both["observed_x"] != both["observed_y"]).any()
    for name in ("estimate", *QUANTILES):
        np.testing.assert_allclose(both[f"{name}_x"], both[f"{name}_y"])


def test_scores_are_those_recomputed_by_hand(past: pd.DataFrame) -> None:
    scores = validate(forecast_scores(past), ForecastScores)
    rows = past[past["is_scored"] & (past["model"] == "combination") & (past["level"] == "site")]
    mine = scores[(scores["model"] == "combination") & (scores["level"] == "site") & (scores["horizon"] == 0)]
    figures = mine.set_index("metric")["value"]
    wanted = (rows["estimate"] - rows["observed"]).abs().sum() / rows["observed"].sum()
    assert figures["wape"] == pytest.approx(wanted)
    inside = (rows["q100"] <= rows["observed"]) & (rows["observed"] <= rows["q900"])
    assert figures["coverage_80"] == pytest.approx(inside.mean())
    assert 0.65 < figures["coverage_80"] < 0.95
    assert figures["coverage_95"] > figures["coverage_80"]
    naive = scores[(scores["model"] == SEASONAL_NAIVE) & (scores["level"] == "nation") & (scores["horizon"] == 0)]
    best = scores[(scores["model"] == "combination") & (scores["level"] == "nation") & (scores["horizon"] == 0)]
    assert naive["is_baseline"].all()
    assert best.set_index("metric")["value"]["wape"] < 0.2


def test_what_is_not_reported_is_no_zero_in_a_total() -> None:
    values = np.array([[10.0, 1.0], [10.0, np.nan], [np.nan, 1.0], [0.0, 1.0]])
    made = totals(values, np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]))
    np.testing.assert_array_equal(made[:, 0], [11.0, 11.0, np.nan, 1.0])
    np.testing.assert_array_equal(made[:, 1:], values)


def test_reconciled_forecasts_add_up_and_keep_coherent_ones() -> None:
    tree = hierarchy("site", ["a", "b", "c"], {"nation": ["n"] * 3, "admin1": ["x", "x", None]})
    assert tree.levels == ("nation", "admin1", "site", "site", "site")
    coherent = np.array([[6.0, 3.0, 1.0, 2.0, 3.0]])
    np.testing.assert_allclose(reconciled(coherent, tree), coherent, atol=1e-8)
    made = reconciled(np.array([[[9.0, 0.5, 0.0, 0.1, 3.0]]]), tree, np.zeros((2, 5)))[0, 0]
    assert (made >= 0).all()
    np.testing.assert_allclose(made, tree.sums @ made[-3:])


def test_conformal_quantiles_cover_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    scales = rng.uniform(1, 50, 400)
    past_errors = rng.gamma(2, 1, (10, 2, 400)) - 2
    groups = np.full(400, "all")
    forecast = np.full((2, 400), 500.0)
    limits = quantiles(forecast, scales, groups, past_errors, np.full((10, 400), "all"))
    came = forecast + scales * (rng.gamma(2, 1, (2, 400)) - 2)
    inside = (limits[2] <= came) & (came <= limits[6])
    assert inside.mean() == pytest.approx(0.8, abs=0.03)
    assert (came <= limits[0]).mean() == pytest.approx(0.025, abs=0.02)


def test_without_past_errors_there_are_no_quantiles() -> None:
    nothing = np.full((1, 2, 3), np.nan)
    made = quantiles(np.ones((2, 3)), np.ones(3), np.full(3, "a"), nothing, np.full((1, 3), "a"))
    assert np.isnan(made).all()


def test_naive_forecasts_know_nothing_beyond_their_origin() -> None:
    values = np.arange(30.0)[:, None]
    values[17] = np.nan
    made = baselines(values, [20], 6, 4)
    assert made[SEASONAL_NAIVE][0, :, 0].tolist() == [13.0, 18.0, 19.0, 20.0, 13.0, 18.0]
    assert made["last_value"][0, :, 0].tolist() == [20.0] * 6
    assert made["mean_of_4"][0, 0, 0] == pytest.approx((18 + 19 + 20) / 3)


def test_too_few_origins_choose_nothing_and_serve_the_strong_models() -> None:
    observed = np.ones((2, 1, 2))
    given = {SEASONAL_NAIVE: observed, "mean_of_4": observed * 2, "boosting": observed * 3}
    groups = np.array(["a", "b"])
    choice = choose(observed, given, groups)
    assert not choice.baseline.any()
    np.testing.assert_array_equal(chosen(given, choice, groups), given["boosting"])
    many = {name: np.repeat(values, 3, axis=0) for name, values in given.items()}
    later = choose(np.ones((6, 1, 2)), many, groups)
    assert later.baseline.all()
    np.testing.assert_array_equal(chosen(many, later, groups), many[SEASONAL_NAIVE])
