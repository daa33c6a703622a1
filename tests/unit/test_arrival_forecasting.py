"""Forecasts of camps' population look at nothing later than their origin, and work from a camp's first week."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from dagster import MaterializeResult

from socialai_assets.ingest.contract import validate
from socialai_assets.methods.forecasting.levels import Levels, drifts, last_values, mean_steps, outcomes
from socialai_assets.methods.forecasting.relative_errors import around, error_quantiles
from socialai_assets.refugees import arrival_forecasting, arrival_pictures, arrival_scores, arrivals, contracts
from socialai_assets.refugees.arrival_models import Panel, panels
from socialai_assets.refugees.arrival_roads import free_room, road_km
from socialai_assets.refugees.arrival_series import conflicts

WEEKS, CAMPS = 40, 3
FIRST = pd.Timestamp("2024-01-01")


def population(names: tuple[str, ...] = ("one", "two", "three", "four"), seed: int = 0) -> pd.DataFrame:
    """Rows of `refugees.camp_population`: camps that grow towards a level, a third of the weeks without a report."""
    random = np.random.default_rng(seed)
    rows = []
    for name in names:
        for camp in range(CAMPS):
            opens = 5 * camp
            final, pace = random.uniform(2_000, 30_000), random.uniform(5, 20)
            carried, people, reported_on = False, 0.0, FIRST
            for week in range(opens, WEEKS):
                start = FIRST + pd.Timedelta(weeks=week)
                carried = week > opens and random.random() < 1 / 3
                if not carried:
                    growth = 1 - np.exp(-(week - opens + 1) / pace)
                    people = float(np.round(final * growth * random.uniform(0.97, 1.03)))
                    reported_on = start + pd.Timedelta(days=int(random.integers(0, 7)))
                rows.append(
                    {
                        "camp_id": f"{name}:{camp}",
                        "conflict_id": name,
                        "week_start": start.date(),
                        "people": people,
                        "reported_on": reported_on.date(),
                        "days_since_report": (start - reported_on).days + 6,
                        "is_carried_forward": carried,
                        "is_level_change": False,
                        "parts": 1,
                        "source": "sample",
                        "is_synthetic": True,
                    }
                )
    return pd.DataFrame(rows)


def places(population: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """A zone from which a road leads to each camp, by way of the camp before; the second is closed from week 20 on."""
    camps = population[["conflict_id", "camp_id"]].drop_duplicates(ignore_index=True)
    camps["capacity"] = 40_000.0
    camps["capacity_basis"] = np.where(camps["camp_id"].str.endswith("0"), "stated", "observed_maximum")
    before = camps.groupby("conflict_id")["camp_id"].shift().fillna(camps["conflict_id"] + ":zone")
    links = camps[["conflict_id"]].assign(from_id=before, to_id=camps["camp_id"], km=100.0)
    closures = links[links["to_id"].str.endswith("1")].assign(
        closed_from=FIRST + pd.Timedelta(weeks=20), closed_until=pd.NaT
    )
    names = camps["conflict_id"].unique()
    zones = pd.DataFrame({"conflict_id": names, "location_id": [f"{name}:zone" for name in names]})
    zones["kind"], zones["conflict_from"] = "conflict_zone", FIRST
    return {"camps": camps, "links": links, "closures": closures, "locations": zones}


def made(population: pd.DataFrame) -> list[Panel]:
    return panels(conflicts(population), **places(population))


@pytest.fixture(scope="module")
def past() -> pd.DataFrame:
    return validate(arrival_forecasting.tried(made(population())), contracts.PopulationOutOfSample)


def test_distance_is_by_roads_that_are_open_and_room_by_capacities_that_are_limits() -> None:
    rows = population(("one",))
    one = conflicts(rows)[0]
    tables = places(rows)
    km = road_km(one, tables["links"], tables["closures"], tables["locations"])
    assert km[19].tolist() == [100, 200, 300]
    assert km[20].tolist() == [100, np.inf, np.inf]
    room = free_room(one, tables["camps"])
    np.testing.assert_allclose(room[-1, 0], 1 - one.levels.values[-1, 0] / 40_000)
    assert room[-1, 1] == 1


def test_naive_forecasts_go_on_from_the_last_report() -> None:
    nan = np.nan
    levels = Levels(np.array([[nan], [100.0], [100.0], [140.0], [140.0]]), np.array([[0], [1], [0], [1], [0]], bool))
    assert last_values(levels, 2)[-1, :, 0].tolist() == [140, 140]
    # 20 a week between the two reports, and the last one is a week old.
    assert drifts(levels, 2)[-1, :, 0].tolist() == [180, 200]
    assert drifts(levels, 2)[2, :, 0].tolist() == [100, 100]
    np.testing.assert_array_equal(
        outcomes(levels, 2)[:, :, 0], [[100, nan], [nan, 140], [140, nan], [nan] * 2, [nan] * 2]
    )
    np.testing.assert_array_equal(mean_steps(levels)[:, 0], [nan, nan, nan, 20, 40 / 3])


def test_each_conflict_counts_alike_in_the_quantiles_of_errors() -> None:
    levels = np.array([0.25, 0.5, 0.75])
    many, few = np.full(1000, 0.2), np.array([-0.3, np.nan])
    assert error_quantiles([many, few], levels).tolist() == [-0.3, 0, 0.2]
    # Where all came higher, the lower quantile is the point itself, never above it.
    assert error_quantiles([many], levels).tolist() == [0, 0, 0.2]
    made = around(np.array([1000.0, 0.0]), np.array([[-0.3], [0.0], [0.2]]))
    assert made[1].tolist() == [1000, 0]
    assert (np.diff(made, axis=0) >= 0).all() and made.min() == 0


def test_scores_are_of_weeks_with_a_report_only(past: pd.DataFrame) -> None:
    rows = population()
    told = rows[~rows["is_carried_forward"]].set_index(["camp_id", "week_start"])["people"]
    at = pd.MultiIndex.from_frame(past[["camp_id", "week_start"]])
    np.testing.assert_array_equal(past["observed"].to_numpy(), told.reindex(at).to_numpy())
    scores = validate(arrival_scores.scores(past), contracts.PopulationScores).set_index(
        ["conflict_id", "horizon", "model", "metric"]
    )["value"]
    mine = past[(past["conflict_id"] == "one") & (past["horizon"] == 4) & (past["model"] == "drift")]
    mine = mine.dropna(subset="observed")
    missed = (mine["q500"] - mine["observed"]).abs()
    assert scores["one", 4, "drift", "wape"] == pytest.approx(missed.sum() / mine["observed"].sum())
    weeks = missed.groupby(mine["week_start"]).sum() / mine["observed"].groupby(mine["week_start"]).sum()
    assert scores["one", 4, "drift", "ard"] == pytest.approx(weeks.mean())
    names = ["one", "two", "three", "four"]
    assert scores["all", 8, "combination", "wape"] == pytest.approx(
        np.mean([scores[name, 8, "combination", "wape"] for name in names])
    )


def test_a_change_to_come_changes_no_forecast_made_before(past: pd.DataFrame) -> None:
    later = population()
    planted = (later["conflict_id"] == "one") & (pd.to_datetime(later["week_start"]) >= FIRST + pd.Timedelta(weeks=25))
    later.loc[planted, "people"] *= 5
    again = arrival_forecasting.tried(made(later))

    def before(rows: pd.DataFrame) -> pd.DataFrame:
        origins = pd.to_datetime(rows["origin_week"]) < FIRST + pd.Timedelta(weeks=25)
        mine = rows[(rows["conflict_id"] == "one") & origins].drop(columns="observed")
        mine = mine.sort_values(["camp_id", "origin_week", "horizon", "model"])
        return mine.reset_index(drop=True)[sorted(mine)]

    pd.testing.assert_frame_equal(before(again), before(past), check_dtype=False)
    # The test can fail: forecasts made afterwards do change.
    assert not again["q500"].equals(past["q500"])


def test_every_model_is_tried_and_what_is_served_beats_the_last_report(past: pd.DataFrame) -> None:
    models = {"last_value", "drift", "ets", "robust_trend", "boosting", "network", "spatial", "combination"}
    assert set(past["model"]) == models
    assert past[past["model"] == "combination"].groupby("conflict_id")["is_baseline"].any().sum() == 0
    wape = arrival_scores.scores(past).set_index(["conflict_id", "horizon", "model", "metric"])["value"]
    # The camps grow towards a level, so that whoever learns from the others knows better than the last report.
    assert wape["all", 8, "combination", "wape"] < 0.85 * wape["all", 8, "last_value", "wape"]


def test_camps_and_conflicts_are_forecast_from_their_first_week(past: pd.DataFrame) -> None:
    rows = population()
    young = rows[(rows["conflict_id"] != "one") | (rows["week_start"] == FIRST.date())]
    before = past[past["conflict_id"] != "one"]
    for known, said in ((young, before), (young[young["conflict_id"] == "one"], before.iloc[:0])):
        coming = validate(arrival_forecasting.forecast(made(known), said), contracts.PopulationForecasts)
        mine = coming[coming["conflict_id"] == "one"]
        assert mine["horizon"].tolist() == list(range(1, 13))
        assert (mine["q100"] <= mine["q500"]).all() and (mine["q500"] < mine["q900"]).all()
        assert (mine["q900"] - mine["q100"]).is_monotonic_increasing
        # Nothing of another conflict is known by the end of that week, so that nothing beats the last report.
        assert mine["is_baseline"].all() and set(mine["model"]) == {"last_value"}


def test_one_conflict_alone_learns_from_its_own_past() -> None:
    rows = population(("one",))
    alone = validate(arrival_forecasting.tried(made(rows)), contracts.PopulationOutOfSample)
    served = alone[alone["model"] == "combination"]
    first = pd.to_datetime(served["origin_week"]) < FIRST + pd.Timedelta(weeks=26)
    assert served.loc[first, "is_baseline"].all()
    assert (alone.groupby("model")["origin_week"].min()[["last_value", "boosting"]].tolist()) == [
        FIRST.date(),
        (FIRST + pd.Timedelta(weeks=26)).date(),
    ]
    later = rows.assign(people=np.where(pd.to_datetime(rows["week_start"]) >= FIRST + pd.Timedelta(weeks=30), 5.0, 1.0))
    later["people"] = np.where(later["people"] == 5, 5 * rows["people"], rows["people"])
    again = arrival_forecasting.tried(made(later))
    known = pd.to_datetime(alone["origin_week"]) < FIRST + pd.Timedelta(weeks=30)
    pd.testing.assert_series_equal(again.loc[known, "q900"], alone.loc[known, "q900"])
    assert not again["q900"].equals(alone["q900"])


def test_without_a_report_there_are_tables_and_nothing_in_them() -> None:
    nothing = {name: table.iloc[:0] for name, table in places(population()).items()}
    known = {"population": population().iloc[:0], **nothing}
    past = arrivals.population_out_of_sample(**known)
    assert len(past) == len(arrivals.population_scores(past)) == len(arrivals.arrival_factors(**known)) == 0
    assert len(arrivals.population_forecasts(**known, past=past)) == 0
    empty = known["population"]
    fans = arrival_pictures.population_fans(empty, arrivals.population_forecasts(**known, past=past), known["camps"])
    plot = arrival_pictures.arrival_factors_plot(empty, arrivals.arrival_factors(**known))
    for drawn in (fans, plot):
        assert isinstance(drawn, MaterializeResult) and not drawn.metadata
