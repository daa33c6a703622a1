"""A year of a conflict replayed: forecast, plan, outcome, feedback, training anew; the platform's own parts throughout.

Every four weeks camps are forecast by what was known then, a stock for seven in ten of their needs is shared, one camp
refuses what it is to get, and what comes is measured. A training happens when, and only when, drift asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from socialai_assets.methods.allocation.planning import MAX_MIN, Terms, plan_allocation
from socialai_assets.methods.quantile_draws import draws_from_quantiles, related_uniforms
from socialai_assets.refugees.arrival_forecasting import forecast, tried
from socialai_assets.refugees.arrival_models import panels
from socialai_assets.refugees.arrival_series import conflicts
from socialai_assets.refugees.fairness import audited_groups, fairness_table
from socialai_assets.refugees.feedback_settings import feedback_settings
from socialai_assets.refugees.past_forecasts import (
    drift_table,
    judged,
    kept_forecasts,
    kept_plans,
    performance_table,
)
from socialai_assets.refugees.plan_decisions import KEPT, decided
from tests.unit.allocation_problems import one_depot

STEP, YEAR, ITEM = 4, 52, "water"
LEVELS = np.array([0.025, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.975])
QUANTILES = [f"q{round(1000 * level):03}" for level in LEVELS]
SETTINGS = feedback_settings()
WATCHED = SETTINGS.forecasts.model_copy(update={"recent_weeks": 24})
"""With a forecast every four weeks, so many weeks hold six of each horizon."""


@dataclass
class Replayed:
    """What a year left behind."""

    forecasts: pd.DataFrame
    plans: pd.DataFrame
    reported: pd.DataFrame
    trained: list[pd.Timestamp]
    refused: set[tuple[str, object]]


def replay(population: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> Replayed:
    """Replay the last year of one conflict; tables as `arrival_models.panels` takes them."""
    weeks = sorted(pd.to_datetime(population["week_start"]).unique())
    day = pd.to_datetime(population["week_start"])
    kept = plans = past = None
    done = Replayed(pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), [], set())
    reported = []
    for at in range(len(weeks) - YEAR - 1, len(weeks) - 1, STEP):
        known = population[day <= weeks[at]]
        now = panels(conflicts(known), **tables)
        if past is None or drift_table(judged(kept, past, known), WATCHED)["has_drifted"].any():
            past = tried(now)
            done.trained.append(weeks[at])
        served = forecast(now, past)
        kept = kept_forecasts(kept, served)
        plan = shared(served)
        plans = kept_plans(plans, plan)
        refused = plan[plan["received"] == 0]
        done.refused |= set(zip(refused["camp_id"], refused["week_start"], strict=True))
        came = population[(day > weeks[at]) & (day <= weeks[min(at + STEP, len(weeks) - 1)])]
        reported.append(outcome(plan, came))
    assert kept is not None and plans is not None
    done.forecasts, done.plans, done.reported = kept, plans, pd.concat(reported, ignore_index=True)
    return done


def shared(served: pd.DataFrame) -> pd.DataFrame:
    """Rows of `refugees.supply_plan` for the coming weeks, a unit a person; the largest camp refuses the first week."""
    rows = served[served["horizon"] <= STEP].sort_values(["camp_id", "horizon"])
    camps = rows["camp_id"].drop_duplicates().tolist()
    starts = sorted(set(rows["week_start"]))
    shape = (len(camps), 1, len(starts))
    uniforms = related_uniforms(8, np.zeros(len(camps)), shared=0.3, seed=0)
    drawn = draws_from_quantiles(LEVELS, rows[QUANTILES].to_numpy(float), np.repeat(uniforms, len(starts), axis=1))
    median = rows["q500"].to_numpy(float).reshape(shape[0], -1)
    problem = one_depot(
        list(median.mean(axis=1)), 0.7 * median.sum(), places=tuple(camps), items=(ITEM,),
        demand=drawn.reshape(8, *shape), minimum=np.zeros(shape), batch_expires=np.array([len(starts)]),
        vehicle_kg=np.full((1, len(starts)), np.inf), vehicle_m3=np.full((1, len(starts)), np.inf),
    )  # fmt: skip
    largest = camps[int(median.mean(axis=1).argmax())]
    refusal = pd.DataFrame(
        {
            "override_id": ["refusal"], "camp_id": [largest], "item_id": [ITEM], "week_start": [starts[0]],
            "depot_id": [None], "quantity": [0.0], "decided_at": [pd.Timestamp(starts[0])], "is_superseded": [False],
        }
    )  # fmt: skip
    fixed, told = decided(problem, starts, refusal)
    assert told["state"].tolist() == [KEPT]
    plan = plan_allocation(fixed, MAX_MIN, Terms(segments=8, max_min_rounds=1))
    place, week = (axis.ravel() for axis in np.indices((len(camps), len(starts))))
    return pd.DataFrame(
        {
            "camp_id": np.array(camps, dtype=object)[place], "conflict_id": served["conflict_id"].iloc[0],
            "item_id": ITEM, "week_start": np.array(starts, dtype=object)[week],
            "received": plan.received[:, 0].ravel(), "needed": problem.demand.mean(axis=0)[:, 0].ravel(),
            "minimum": 0.0, "is_synthetic": True,
        }
    )  # fmt: skip


def outcome(plan: pd.DataFrame, came: pd.DataFrame) -> pd.DataFrame:
    """Rows of `refugees.needs_reported`: who came needs a unit each, and gets what was planned."""
    both = came.merge(plan[["camp_id", "week_start", "received"]], on=["camp_id", "week_start"])
    met = np.minimum(both["received"], both["people"])
    return pd.DataFrame(
        {
            "conflict_id": both["conflict_id"], "camp_id": both["camp_id"], "item_id": ITEM, "sex": "all",
            "age_group": "all", "week_start": both["week_start"], "needed": both["people"], "met": met,
            "is_synthetic": True,
        }
    )  # fmt: skip


def check(done: Replayed, population: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> None:
    """What must hold of any replayed year."""
    rows = judged(done.forecasts, pd.DataFrame(columns=[*done.forecasts.columns, "observed"]), population)
    table = performance_table(rows, SETTINGS.forecasts)
    whole_wape = table[(table["conflict_id"] == "all")].set_index("horizon")["wape"]
    both = done.forecasts.merge(population[~population["is_carried_forward"]], on=["camp_id", "week_start"])
    for ahead, own in both.groupby("horizon"):
        off = (own["q500"] - own["people"]).abs().sum() / own["people"].sum()
        assert whole_wape[ahead] == pytest.approx(off)
    assert (pd.to_datetime(both["week_start"]) > pd.to_datetime(both["origin_week"])).all()
    # Each week is that of the last plan before it, four weeks long.
    ahead = pd.to_datetime(done.plans["week_start"]) - pd.to_datetime(done.plans["plan_start"])
    assert ahead.dt.days.between(0, 7 * (STEP - 1)).all()
    zero = done.reported[done.reported["met"] == 0]
    assert set(zip(zero["camp_id"], zero["week_start"], strict=True)) <= done.refused and len(zero)
    locations = tables["locations"]
    depots = pd.DataFrame(
        {"conflict_id": population["conflict_id"].iloc[:1], "place_id": locations["location_id"].iloc[:1]}
    )
    groups = audited_groups(tables["camps"], population, tables["links"], locations, depots)
    audited = fairness_table(groups, done.reported, done.plans.iloc[:0], SETTINGS.fairness)
    week = pd.to_datetime(done.reported["week_start"])
    recent = done.reported[week > week.max() - pd.Timedelta(weeks=SETTINGS.fairness.weeks)]
    whole = recent.groupby("camp_id")[["met", "needed"]].sum()
    share = whole["met"] / whole["needed"]
    assert audited["met_share"].between(share.min() - 1e-9, share.max() + 1e-9).all() and len(audited)


def weekly(people: np.ndarray, conflict: str, camps: list[str], first: str) -> pd.DataFrame:
    """Rows of `refugees.camp_population`, every week reported; (weeks, camps) people."""
    week, camp = (axis.ravel() for axis in np.indices(people.shape))
    return pd.DataFrame(
        {
            "conflict_id": conflict, "camp_id": np.array(camps, dtype=object)[camp], "people": people.ravel(),
            "week_start": (pd.Timestamp(first) + pd.to_timedelta(7 * week, unit="D")).date,
            "is_carried_forward": False, "is_synthetic": True,
        }
    )  # fmt: skip


def no_closures() -> pd.DataFrame:
    return pd.DataFrame(columns=["conflict_id", "from_id", "to_id", "closed_from", "closed_until"])


def test_a_year_in_which_the_conflict_changes_asks_for_a_training_and_is_better_for_it() -> None:
    random = np.random.default_rng(1)
    quiet, restless = 70, 40
    steps = np.concatenate([random.normal(0.004, 0.006, (quiet, 4)), random.normal(0, 0.12, (restless, 4))])
    camps = [f"C{number}" for number in range(4)]
    population = weekly(8000 * np.exp(np.cumsum(steps, axis=0)).round(4), "made", camps, "2023-01-02")
    tables = {
        "camps": pd.DataFrame({"camp_id": camps, "country": "XSA", "capacity": np.nan, "capacity_basis": "unknown"}),
        "links": pd.DataFrame({"conflict_id": "made", "from_id": camps, "to_id": "Z", "km": [10.0, 20, 40, 80]}),
        "closures": no_closures(),
        "locations": pd.DataFrame(
            {"conflict_id": ["made"], "location_id": ["Z"], "kind": ["conflict_zone"], "conflict_from": [pd.NaT]}
        ),
    }
    done = replay(population, tables)
    check(done, population, tables)
    change = pd.Timestamp("2023-01-02") + pd.Timedelta(weeks=quiet)
    later = [week for week in done.trained[1:] if week > change]
    assert later and done.trained[1:] == later, "a training before the change, or none after it"
    width = (done.forecasts["q900"] - done.forecasts["q100"]) / done.forecasts["q500"]
    origin = pd.to_datetime(done.forecasts["origin_week"])
    near = done.forecasts["horizon"] == 1
    assert width[near & (origin >= later[-1])].mean() > 1.5 * width[near & (origin < later[0])].mean()


@pytest.mark.real
def test_a_year_of_mali_is_replayed_from_forecast_to_training(real_landing: Path) -> None:
    folder = real_landing / "refugees" / "flee_camps" / "mali2012"
    if not (folder / "registrations").is_dir():
        pytest.skip(f"there are no registrations of mali2012 at {folder}")
    names = ["name", "region", "country", "latitude", "longitude", "kind", "conflict_from", "people", "ipc"]
    places = pd.read_csv(folder / "locations.csv", comment="#", names=names, skipinitialspace=True)
    layout = pd.read_csv(folder / "registrations" / "data_layout.csv", comment="#", names=["camp", "file"])
    parts = []
    for row in layout[layout["camp"] != "total"].itertuples():
        file = folder / "registrations" / str(row.file).strip()
        reports = pd.read_csv(file, comment="#", names=["day", "people"], usecols=[0, 1]).copy()
        reports = reports[reports["day"].astype(str).str.match(r"\d{4}-\d{2}-\d{2}$")]
        reports["week"] = pd.to_datetime(reports["day"]).dt.to_period("W").dt.start_time
        parts.append(reports.groupby("week")["people"].last().astype(float).rename(str(row.camp)))
    reported = pd.concat(parts, axis=1).sort_index()
    every = pd.date_range(reported.index.min(), reported.index.max(), freq="7D")
    people = reported.reindex(every)
    population = (
        people.ffill().stack().rename("people").rename_axis(["week_start", "camp_id"]).reset_index()
    )  # fmt: skip
    known = people.stack().index
    population["is_carried_forward"] = ~pd.MultiIndex.from_frame(population[["week_start", "camp_id"]]).isin(known)
    population = population.assign(
        week_start=population["week_start"].dt.date, conflict_id="mali2012", is_synthetic=False
    )
    routes = pd.read_csv(folder / "routes.csv", comment="#", names=["from_id", "to_id", "km", "forced"])
    other = places[places["kind"] != "camp"]
    tables = {
        "camps": pd.DataFrame({"camp_id": people.columns, "capacity": np.nan, "capacity_basis": "unknown"}).merge(
            places[["name", "country"]], left_on="camp_id", right_on="name"
        ),
        "links": routes.assign(conflict_id="mali2012")[["conflict_id", "from_id", "to_id", "km"]],
        "closures": no_closures(),
        "locations": pd.DataFrame(
            {"conflict_id": "mali2012", "location_id": other["name"], "kind": other["kind"], "conflict_from": pd.NaT}
        ),
    }
    done = replay(population, tables)
    check(done, population, tables)
    assert done.reported["week_start"].nunique() >= YEAR - STEP
    assert len(done.trained) >= 1
