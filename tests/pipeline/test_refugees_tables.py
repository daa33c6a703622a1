"""Refugees' tables of the sample conflict: bad rows listed and left out, the rest used; what was planted shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from resources.lake import Lake
from socialai_assets.ingest.sample.faults import FAULTS
from socialai_assets.ingest.sample.refugee_camps import (
    ASYLUM,
    FALL_DAY,
    FALL_SHARE,
    FIRST_DAY,
    ORIGIN,
    UNKNOWN,
    UNLINKED,
)
from socialai_assets.ingest.sample.refugee_supply import NO_ITEM
from socialai_assets.ingest.sample.writing import INPUTS
from tests.conftest import make_lake

REFUGEES = tuple(name for name, domain in INPUTS.items() if domain == "refugees")


@pytest.fixture(scope="module")
def made(prepared_home: Path) -> Lake:
    return make_lake(prepared_home, read_only=True)


def test_every_planted_row_is_in_the_quarantine(made: Lake) -> None:
    found = made.read_frame("refugees.quarantine")["source_name"].value_counts()
    assert found.to_dict() == {name: len(FAULTS[name]) for name in REFUGEES}


def test_rows_that_stand_alone_are_refused_and_the_rest_used(made: Lake) -> None:
    refused = made.read_frame("refugees.refused_inputs")
    assert sorted(zip(refused["input"], refused["rule"], strict=True)) == [
        ("camp_registrations", "unknown"),
        ("camp_registrations", "unlinked"),
        ("camps", "unlinked"),
        ("closures", "unknown"),
        ("overrides", "unknown"),
        ("relief_deliveries", "unknown"),
        ("relief_stock", "unknown"),
    ]
    assert refused["reason"].str.contains(f"{UNLINKED}|{UNKNOWN}|{NO_ITEM}").all()
    for name in ("camps", "locations", "camp_registrations", "links"):
        staged, used = made.read_frame(f"refugees.stg_{name}"), made.read_frame(f"refugees.{name}")
        assert len(used) == len(staged) - (refused["input"] == name).sum(), name
        assert used["is_synthetic"].all()


def test_odd_reports_are_flagged_and_kept(made: Lake) -> None:
    reports = made.read_frame("refugees.camp_registrations")
    superseded = reports[reports["is_superseded"]]
    assert superseded["camp_id"].tolist() == ["C02"]
    held = reports[(reports["camp_id"] == "C02") & (reports["reported_on"] == superseded["reported_on"].iloc[0])]
    assert held.loc[~held["is_superseded"], "report_number"].item() > superseded["report_number"].item()
    assert reports.loc[reports["is_out_of_order"], "camp_id"].tolist() == ["C03"]
    fall = reports[reports["is_level_change"]]
    assert fall["camp_id"].tolist() == ["C05"]
    assert 0 <= (pd.Timestamp(fall["reported_on"].iloc[0]) - pd.Timestamp(FIRST_DAY)).days - FALL_DAY < 28
    before = fall["people"].item() - fall["change"].item()
    assert -fall["change"].item() / before == pytest.approx(FALL_SHARE, abs=0.05)


def test_weeks_carry_the_last_report_and_never_a_later_one(made: Lake) -> None:
    reports = made.read_frame("refugees.camp_registrations")
    reports = reports[~reports["is_superseded"]].assign(day=lambda rows: pd.to_datetime(rows["reported_on"]))
    weeks = made.read_frame("refugees.camp_population")
    last = reports["day"].max()
    for camp_id, own in weeks.groupby("camp_id"):
        starts = pd.to_datetime(own["week_start"]).sort_values()
        assert (starts.dt.dayofweek == 0).all()
        assert (starts.diff().dropna().dt.days == 7).all()
        assert starts.iloc[-1] <= last < starts.iloc[-1] + pd.Timedelta(7, "D")
        of_camp = reports[reports["camp_id"] == camp_id]
        for week in own.itertuples():
            ends = pd.Timestamp(week.week_start) + pd.Timedelta(6, "D")  # type: ignore[arg-type]
            known = of_camp[of_camp["day"] <= ends].sort_values("day").groupby("part").tail(1)
            assert week.people == known["people"].sum()
            assert pd.Timestamp(week.reported_on) == known["day"].max()  # type: ignore[arg-type]
            assert week.is_carried_forward == (known["day"].max() < pd.Timestamp(week.week_start))  # type: ignore[arg-type]
            assert week.days_since_report == (ends - known["day"].max()).days
    assert weeks.loc[weeks["camp_id"] == "C04", "parts"].max() == 2
    assert weeks["is_carried_forward"].any()


def test_camps_say_what_their_capacity_rests_on(made: Lake) -> None:
    camps = made.read_frame("refugees.camps").set_index("camp_id")
    assert camps.loc["C01", "capacity_basis"] == "observed_maximum"
    assert camps.loc["C02", "capacity_basis"] == "unknown"
    assert (camps["capacity_basis"].drop(["C01", "C02"]) == "stated").all()
    assert (camps["links"] > 0).all()


def test_closures_name_each_road_they_close(made: Lake) -> None:
    closures, links = made.read_frame("refugees.closures"), made.read_frame("refugees.links")
    assert not links["is_too_short"].any()
    assert (links["km"] / links["straight_km"]).min() > 1.2
    assert (closures["kind"] == "link").sum() == 1
    place = closures[closures["kind"] == "place"]
    assert len(place) == ((links["from_id"] == "L08") | (links["to_id"] == "L08")).sum() > 0
    assert place["closed_until"].isna().all()
    border = closures[closures["kind"] == "border"]
    assert set(border["closes"]) == {f"{ORIGIN} - {ASYLUM}"}
    assert len(border) == links["crosses_border"].sum() > 0


def test_shares_of_groups_add_up(made: Lake) -> None:
    groups = made.read_frame("refugees.demographics")
    parts = groups[groups["sex"] != "all"]
    assert parts.groupby("year")["share_pct"].sum().to_numpy() == pytest.approx(np.full(2, 100.0))
    totals = groups[groups["sex"] == "all"].set_index("year")["people"]
    assert (parts.groupby("year")["people"].sum() / totals).to_numpy() == pytest.approx(np.ones(2), rel=1e-3)
    assert totals.index.tolist() == [2024, 2025]
