"""Tests of measuring past forecasts: by hand, and whether a planted change is noticed and chance is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from socialai_assets.methods.forecasting.monitoring import performance, scored
from socialai_assets.refugees.feedback_settings import ForecastFeedback, feedback_settings
from socialai_assets.refugees.past_forecasts import (
    drift_table,
    judged,
    kept_forecasts,
    kept_plans,
    performance_table,
)

WEEKS, CAMPS = 80, 5


def past_forecasts(change: float = 1.0, recent: int = 12, seed: int = 0, spread: float = 0.1) -> pd.DataFrame:
    """Scored forecasts one week ahead with errors of a known spread that change in recent weeks."""
    random = np.random.default_rng(seed)
    week, camp = (axis.ravel() for axis in np.indices((WEEKS, CAMPS)))
    ago = WEEKS - 1 - week
    people = 1000.0 + 100 * camp
    wide = people * spread * np.where(ago < recent, change, 1.0)
    rows = pd.DataFrame(
        {
            "conflict_id": "one",
            "camp_id": [f"C{number}" for number in camp],
            "week_start": (pd.Timestamp("2024-01-01") + pd.to_timedelta(7 * week, unit="D")).date,
            "horizon": 1,
            "basis": "served",
            "is_synthetic": True,
            "weeks_ago": ago,
            "q500": people,
            "observed": people + random.normal(0, wide),
        }
    )
    for name, z in (("q025", -1.96), ("q100", -1.2816), ("q900", 1.2816), ("q975", 1.96)):
        rows[name] = people + z * people * spread
    return scored(rows)


def test_figures_by_hand() -> None:
    rows = pd.DataFrame(
        {
            "place": ["a", "a", "b"], "week_start": pd.to_datetime(["2024-01-01", "2024-01-08", "2024-01-08"]).date,
            "weeks_ago": [1, 0, 0], "q025": [50.0, 50, 0], "q100": [80.0, 80, 5], "q500": [100.0, 100, 10],
            "q900": [120.0, 120, 20], "q975": [150.0, 150, 40], "observed": [110.0, 90.0, 30.0],
        }
    )  # fmt: skip
    table = performance(scored(rows), ["place"], recent_weeks=1).set_index("place")
    assert table.loc["a", ["forecasts", "mae", "bias", "coverage_80"]].tolist() == [2, 10, 0, 1]
    assert table.loc["a", "wape"] == pytest.approx(20 / 200)
    assert table.loc["a", "recent_wape"] == pytest.approx(10 / 90)
    assert table.loc["b", ["coverage_80", "coverage_95"]].tolist() == [0, 1]
    assert table.loc["b", "bias"] == pytest.approx(-20 / 30)
    assert table["wape_trend"].isna().all()


def test_a_trend_is_that_of_the_weekly_errors() -> None:
    rows = past_forecasts()
    rows["error"] = rows["observed"] * (0.1 + 0.01 * (WEEKS - 1 - rows["weeks_ago"]))
    table = performance(rows, ["conflict_id"], recent_weeks=12)
    assert table["wape_trend"].item() == pytest.approx(0.01)


@pytest.mark.parametrize(("change", "drifts"), [(1.0, False), (3.0, True), (0.05, True)])
def test_a_change_of_error_or_of_coverage_is_noticed(change: float, drifts: bool) -> None:
    # Twelve weeks without a miss may be chance, twice as many hardly.
    table = drift_table(past_forecasts(change, 24), ForecastFeedback(recent_weeks=24))
    assert table["has_drifted"].tolist() == [drifts]
    # Intervals that hold everything are too wide: coverage, not error, has drifted.
    if change < 1:
        assert table["recent_wape"].item() < table["reference_wape"].item()
        assert table["recent_coverage_80"].item() == 1


def test_chance_is_rarely_taken_for_drift() -> None:
    found = [drift_table(past_forecasts(seed=seed), ForecastFeedback())["has_drifted"].item() for seed in range(60)]
    assert sum(found) <= 6


def test_few_weeks_say_nothing() -> None:
    rows = past_forecasts(5.0)
    few = rows[rows["weeks_ago"] < 3]
    assert not drift_table(few, ForecastFeedback())["has_drifted"].any()
    assert drift_table(rows.iloc[:0], ForecastFeedback()).empty
    assert performance_table(rows.iloc[:0], ForecastFeedback()).empty


def forecast_rows(origin: str, point: float, model: str = "combination") -> pd.DataFrame:
    first = pd.Timestamp(origin)
    return pd.DataFrame(
        {
            "conflict_id": "one", "camp_id": "C1", "origin_week": first.date(), "model": model, "is_synthetic": False,
            "week_start": [(first + pd.Timedelta(weeks=ahead)).date() for ahead in (1, 2)], "horizon": [1, 2],
            "q025": point - 20, "q100": point - 10, "q500": point, "q900": point + 10, "q975": point + 20,
        }
    )  # fmt: skip


def test_forecasts_are_kept_as_they_were_first_made_and_go_before_those_made_afterwards() -> None:
    kept = kept_forecasts(None, forecast_rows("2024-01-01", 100))
    kept = kept_forecasts(kept, forecast_rows("2024-01-01", 500, "retrained"))
    kept = kept_forecasts(kept, forecast_rows("2024-01-08", 110))
    assert kept["q500"].tolist() == [100, 100, 110, 110]
    past = pd.concat([forecast_rows("2023-12-25", 90), forecast_rows("2024-01-01", 500)]).assign(observed=105.0)
    past.loc[past["week_start"] == pd.Timestamp("2024-01-15").date(), "observed"] = np.nan
    population = pd.DataFrame(
        {
            "conflict_id": "one", "camp_id": "C1", "people": [105.0, 108.0, 108.0],
            "week_start": pd.to_datetime(["2024-01-08", "2024-01-15", "2024-01-22"]).date,
            "is_carried_forward": [False, True, False],
        }
    )  # fmt: skip
    rows = judged(kept, past, population)
    served = rows[rows["basis"] == "served"]
    # A week without a report judges no forecast, and a forecast that was served is not judged a second time.
    assert list(zip(served["horizon"], served["error"], strict=True)) == [(1, -5), (2, 2)]
    assert rows.loc[rows["basis"] == "out_of_sample", "q500"].tolist() == [90, 90]
    assert rows["weeks_ago"].tolist() == [2, 0, 3, 2]


def test_of_a_week_the_last_plan_that_had_it_is_kept() -> None:
    def plan(first: str, quantity: float) -> pd.DataFrame:
        weeks = [(pd.Timestamp(first) + pd.Timedelta(weeks=ahead)).date() for ahead in range(3)]
        rows = pd.DataFrame({"week_start": weeks, "received": quantity, "needed": 9.0, "minimum": 5.0})
        two = rows.assign(camp_id="C1", conflict_id="one", item_id="soap", is_synthetic=False)
        # A camp served by two depots has two rows a week.
        return pd.concat([two, two], ignore_index=True)

    kept = kept_plans(None, plan("2024-01-01", 10))
    kept = kept_plans(kept, plan("2024-01-15", 20))
    assert kept["planned"].tolist() == [10, 10, 20, 20, 20]
    assert [str(day) for day in kept["plan_start"]] == ["2024-01-01"] * 2 + ["2024-01-15"] * 3


def test_settings_name_what_is_wrong() -> None:
    from resources.errors import SettingsError

    assert feedback_settings().forecasts.recent_weeks == 12
    for text in ("forecasts: {recent_weeks: 0}", "forecasts: {recent: 4}", "fairness: {least_ratio: 2}", "a: ["):
        with pytest.raises(SettingsError, match=r"recent|least_ratio|YAML"):
            feedback_settings(text)
