"""Aid's forecasts: intervals that hold at every level, sums that add up, scores anyone can follow. No lake, no run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from socialai_assets.aid import contracts, forecasting
from socialai_assets.aid.demand_series import DemandSeries, demand_series
from socialai_assets.ingest.contract import validate
from socialai_assets.methods.forecasting import serving
from socialai_assets.methods.forecasting.calibration import mean_of
from socialai_assets.methods.forecasting.coherence import hierarchy
from socialai_assets.methods.forecasting.quantile_network import QUANTILES
from socialai_assets.methods.forecasting.scores import coverage, mase_scale

LEVELS = np.array(QUANTILES)
PROVINCES, DISTRICTS, ORIGINS = 6, 10, 60


@pytest.fixture(scope="module")
def past() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What came, quantiles too narrow for places and far too wide for sums, and levels and items of the series."""
    rng = np.random.default_rng(8)
    places = pd.DataFrame({"admin2": np.repeat(np.arange(PROVINCES), DISTRICTS).astype(str)})
    places["place"] = [f"district {number}" for number in places.index]
    tree = hierarchy(places, ["admin2", "place"])
    came, made = [], []
    for unrest in (0.1, 0.3):
        mean = rng.uniform(20, 200, (1, 1, len(places)))
        quantity = rng.poisson(mean * rng.gamma(1 / unrest**2, unrest**2, (ORIGINS, 4, len(places)))).astype(float)
        quantity[rng.random(quantity.shape) < 0.02] = np.nan
        came.append(
            np.concatenate([np.nan_to_num(quantity, nan=mean.mean()) @ tree.summing[: -tree.bottom].T, quantity], -1)
        )
        own = mean + 0.6 * np.sqrt(mean + (unrest * mean) ** 2) * (4 * (LEVELS - 0.5))[:, None, None, None]
        # Quantiles of places added up, as if all erred together.
        made.append(np.maximum(np.broadcast_to(own, (len(LEVELS), ORIGINS, 4, len(places))) @ tree.summing.T, 0))
    items = np.repeat(["water", "food"], len(tree.names))
    return np.concatenate(came, -1), np.concatenate(made, -1), np.tile(tree.levels, 2), items


def covered(came: np.ndarray, quantiles: np.ndarray, members: np.ndarray) -> float:
    """Share of what came in the second half of the origins that lies in the 80 % interval."""
    half = slice(ORIGINS // 2, None)
    low, high = (quantiles[level == LEVELS][0][half][..., members] for level in (0.1, 0.9))
    return coverage(came[half][..., members], low, high)


def test_intervals_hold_at_each_level_where_one_correction_for_all_does_not(past) -> None:
    came, quantiles, levels, items = past
    by_level = [np.char.add(np.char.add(items, "|"), levels).astype(object), levels.astype(object)]
    made = serving.corrected_at_past_origins(quantiles, came, LEVELS, by_level)
    shared = serving.corrected_at_past_origins(quantiles, came, LEVELS, [np.full(len(levels), "all", dtype=object)])
    for level in ("place", "admin2", "country"):
        assert covered(came, made, levels == level) == pytest.approx(0.8, abs=0.06)
    assert covered(came, quantiles, levels == "place") < 0.75
    assert covered(came, shared, levels == "country") > 0.95
    known = made[:, ORIGINS // 2 :]
    assert np.isnan(made[:, : ORIGINS // 2]).all()
    assert (np.diff(known, axis=0) >= 0).all()
    assert (known >= 0).all()
    assert np.array_equal(known[4], quantiles[4, ORIGINS // 2 :])


def test_corrections_know_nothing_of_their_own_origin_and_later(past) -> None:
    came, quantiles, levels, _ = past
    changed = came.copy()
    changed[40:] *= 7
    first, second = (
        serving.corrected_at_past_origins(quantiles, one, LEVELS, [levels.astype(object)]) for one in (came, changed)
    )
    assert np.array_equal(first[:, :41], second[:, :41], equal_nan=True)
    assert not np.array_equal(first[:, 41:], second[:, 41:], equal_nan=True)


def test_a_level_with_few_reports_takes_the_correction_of_the_wider_group(past) -> None:
    came, quantiles, levels, _ = past
    totals = np.where(levels == "place", "places", "totals").astype(object)
    shifts = serving.shifts_by_group(quantiles[:, :3], came[:3], LEVELS, [levels.astype(object), totals])
    assert "country" not in shifts
    country = levels == "country"
    made = serving.moved(quantiles[:, :3], LEVELS, [levels.astype(object), totals], shifts)
    assert np.array_equal(
        made[..., country],
        serving.moved(quantiles[:, :3], LEVELS, [totals], {key: shifts[key] for key in ("totals", None)})[..., country],
    )


def test_the_mean_of_a_skewed_distribution_lies_above_its_median() -> None:
    drawn = np.random.default_rng(1).gamma(1.5, 10, (200_000, 1))
    quantiles = np.quantile(drawn, LEVELS, axis=0).T
    assert mean_of(quantiles, LEVELS)[0] == pytest.approx(drawn.mean(), rel=0.03)
    assert mean_of(quantiles, LEVELS)[0] > 1.15 * quantiles[0, 4]
    assert mean_of(np.full((2, 9), 3.0), LEVELS) == pytest.approx([3, 3])


def test_the_scale_of_mase_is_seasonal_where_a_year_is_known() -> None:
    season = np.tile([1.0, 5, 9, 5], 5) + np.repeat(np.arange(5), 4)
    assert mase_scale(season, 4) == pytest.approx(1)
    assert mase_scale(season[:4], 4) == pytest.approx(4)
    assert np.isnan(mase_scale(np.full(20, 3.0), 4))
    assert np.isnan(mase_scale(np.full(20, np.nan), 4))


@pytest.fixture(scope="module")
def series() -> DemandSeries:
    """Twelve districts in three provinces over 110 weeks."""
    rng = np.random.default_rng(4)
    places = [f"{province:04d}{district:02d}" for province in range(3) for district in range(4)]
    starts = pd.date_range("2022-01-03", periods=110, freq="7D").date
    season = 1 + 0.4 * np.sin(2 * np.pi * np.arange(110) / 52)[:, None]
    quantity = rng.poisson(rng.uniform(3, 60, len(places)) * season * rng.gamma(4, 0.25, (110, len(places))))
    features = pd.concat(
        [
            pd.DataFrame({"place_id": place, "period_start": starts, "quantity": quantity[:, column].astype(float)})
            for column, place in enumerate(places)
        ]
    ).assign(period="week", item_id="water", place_kind="area", admin1_id="00", people=np.nan, is_synthetic=True)
    features["poverty_estimate"] = np.nan
    features["area_id"], features["admin2_id"] = features["place_id"], features["place_id"].str[:4]
    calendar = pd.DataFrame({"day": pd.Series(dtype="datetime64[ns]"), "area_id": [], "kind": []})
    return demand_series(features, calendar)[0]


@pytest.fixture(scope="module")
def tables(series: DemandSeries) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Forecasts of past origins, their scores and the coming forecasts, with little work in fitting."""
    with pytest.MonkeyPatch.context() as patch:
        usual = forecasting.settings
        patch.setattr(
            forecasting,
            "settings",
            lambda *given: replace(usual(*given), origins=8, refits=1, rows=400, rounds=15, epochs=2),
        )
        tried = validate(forecasting.tried(series), contracts.ForecastOutOfSample)
        coming = validate(forecasting.forecast(series, tried), contracts.DemandForecasts)
    return tried, validate(forecasting.scores(tried), contracts.ForecastScores), coming


def test_medians_and_means_of_a_level_add_up_to_the_next(tables) -> None:
    _, _, coming = tables
    sums = coming[coming["is_place"]].groupby("period_start")[["q500", "expected"]].sum()
    for level in ("admin2", "admin1", "country"):
        wider = coming[coming["level"] == level].groupby("period_start")[["q500", "expected"]].sum()
        assert wider.to_numpy() == pytest.approx(sums.to_numpy())
    sides = coming[list(forecasting.QUANTILE_COLUMNS)].to_numpy()
    assert (np.diff(sides, axis=1) >= 0).all()


def test_what_would_have_been_served_adds_up_too_and_begins_after_three_origins(tables) -> None:
    tried, _, _ = tables
    made = tried[tried["model"] == forecasting.COMBINATION]
    assert made["origin_start"].nunique() == 5
    assert made.loc[made["q500"].notna(), "origin_start"].nunique() == 4
    keys = ["origin_start", "horizon"]
    total = made[made["level"] == "country"].set_index(keys)["forecast"].sort_index()
    assert total.to_numpy() == pytest.approx(made[made["is_place"]].groupby(keys)["forecast"].sum().to_numpy())


def test_scores_name_coverage_of_every_level_and_mase(tables, series) -> None:
    tried, scores, _ = tables
    pooled = scores[(scores["horizon"] == 0) & (scores["model"] == forecasting.COMBINATION)]
    assert set(pooled.loc[pooled["metric"] == "coverage_80", "level"]) == {"country", "admin1", "admin2", "area"}
    rows = tried[(tried["model"] == forecasting.COMBINATION) & (tried["level"] == "area") & tried["q500"].notna()]
    origin = rows["origin_start"].max()
    place = series.nodes["place_id"].tolist().index("000103")
    known = series.values[: int(np.flatnonzero(series.starts.date == origin)[0]) + 1, place]
    mine = rows[(rows["place_id"] == "000103") & (rows["origin_start"] == origin)]
    assert mine["naive_error"].to_numpy() == pytest.approx(np.abs(known[52:] - known[:-52]).mean())
    expected = ((rows["forecast"] - rows["observed"]).abs() / rows["naive_error"]).mean()
    found = pooled[(pooled["metric"] == "mase") & (pooled["level"] == "area")]["value"].item()
    assert found == pytest.approx(expected)


def test_means_are_scaled_by_what_came_of_them(series: DemandSeries) -> None:
    size = len(series.nodes)
    came = np.random.default_rng(3).poisson(0.3, (6, forecasting.HORIZON, size)).astype(float)
    came[0, 0] = np.nan
    quantiles = np.zeros((len(LEVELS), *came.shape))
    quantiles[LEVELS > 0.75] = 2.0
    quantiles[:, 1] = np.nan
    places = series.nodes["is_place"].to_numpy()
    shares = forecasting.mean_shares(series, quantiles, came)
    known = np.ones(came.shape, bool)
    known[0, 0] = known[1] = False
    counted = known[..., places]
    mean = mean_of(quantiles[:, 2].reshape(len(LEVELS), -1).T, LEVELS)[0]
    assert shares[places] == pytest.approx(came[..., places][counted].mean() / mean)
    assert (shares[~places] == 1).all()
    assert (forecasting.mean_shares(series, np.full_like(quantiles, np.nan), came) == 1).all()
