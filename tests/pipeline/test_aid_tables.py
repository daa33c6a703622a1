"""Aid's tables of the sample country: bad rows listed and left out, the rest used; what was planted shows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from resources.lake import Lake
from socialai_assets.ingest.sample.aid_network import NO_ITEM
from socialai_assets.ingest.sample.aid_records import LATE_CARRIER
from socialai_assets.ingest.sample.faults import FAULTS
from socialai_assets.ingest.sample.writing import INPUTS
from tests.conftest import make_lake

AID = tuple(name for name, domain in INPUTS.items() if domain == "aid")


@pytest.fixture(scope="module")
def made(prepared_home: Path) -> Lake:
    return make_lake(prepared_home, read_only=True)


def test_every_planted_row_is_in_the_quarantine(made: Lake) -> None:
    found = made.read_frame("aid.quarantine")["source_name"].value_counts()
    assert found.to_dict() == {name: len(FAULTS[name]) for name in AID}


def test_rows_that_name_something_unknown_are_refused_and_the_rest_used(made: Lake) -> None:
    refused = made.read_frame("aid.refused_rows").set_index("input")
    assert sorted(refused.index) == ["deliveries", "deliveries", "stock"]
    assert (refused["rule"] == "unknown").all()
    assert refused["reason"].str.contains(f"there is no item {NO_ITEM}|there is no site P-unknown").all()
    for name in AID:
        staged, used = made.read_frame(f"aid.stg_{name}"), made.read_frame(f"aid.{name}")
        added = (~used["is_reported"]).sum() - (~staged["is_reported"]).sum() if name == "demand_history" else 0
        assert len(used) == len(staged) - (refused.index == name).sum() + added, name
        assert used["is_synthetic"].all()


def test_every_series_has_every_week(made: Lake) -> None:
    history = made.read_frame("aid.demand_history")
    weeks = history.groupby(["place_id", "item_id"])["period_start"].agg(["nunique", "count"])
    assert (weeks["nunique"] == 156).all()
    assert (weeks["count"] == 156).all()
    assert history.loc[~history["is_reported"], "quantity"].isna().all()
    assert set(pd.to_datetime(history["period_start"]).dt.day_name()) == {"Sunday"}


def test_features_stand_beside_every_period(made: Lake) -> None:
    features = made.read_frame("aid.demand_features")
    assert len(features) == len(made.read_frame("aid.demand_history"))
    assert features["poverty_estimate"].notna().all()
    assert features.groupby(["place_id", "item_id"])["lag_1"].apply(lambda lags: lags.isna().iloc[0]).all()
    assert features["holiday_days"].max() >= 1
    assert features["season_days"].max() == 7


def test_performance_shows_the_late_carrier(made: Lake) -> None:
    performance = made.read_frame("aid.delivery_performance")
    deliveries = made.read_frame("aid.deliveries")
    assert performance["deliveries"].sum() == len(deliveries)
    assert performance["delivered_quantity"].sum() == pytest.approx(deliveries["delivered_quantity"].sum())
    late = performance.assign(minutes=performance["mean_minutes_late"] * performance["timed"])
    mean = late.groupby("provider")[["minutes", "timed"]].sum()
    assert (mean["minutes"] / mean["timed"]).idxmax() == LATE_CARRIER
    assert 0.9 < performance["delivered"].sum() / len(deliveries) < 0.98
