"""How camps grow as a table, and the pictures of it: what is counted, what is drawn."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from resources.errors import ContractError
from socialai_assets.ingest.contract import validate
from socialai_assets.publishing.factor_pictures import factors_png
from socialai_assets.refugees import contracts
from socialai_assets.refugees.arrival_factors import factors
from socialai_assets.refugees.arrival_pictures import largest_camps, recent
from tests.unit.test_arrival_forecasting import FIRST, WEEKS, made, population

NOTES: dict[str, Any] = {
    "title": "Camps",
    "quantity": "people",
    "unit": "points",
    "source_note": "sample",
    "licence_note": "CC0",
    "note": "",
}


def test_trend_distance_and_importance_are_told_by_conflict() -> None:
    rows = population()
    found = validate(factors(made(rows)), contracts.ArrivalFactors)
    value = found.set_index(["conflict_id", "kind", "factor"])["value"]
    total = rows[rows["conflict_id"] == "one"].groupby("week_start")["people"].sum()
    assert value["one", "trend", "people in the last week"] == total.iloc[-1]
    assert value["one", "trend", "growth, last 13 weeks"] == pytest.approx((total.iloc[-1] - total.iloc[-14]) / 13)
    rate = value["one", "trend", "growth rate, last 4 weeks"] / 100
    assert total.iloc[-5] * (1 + rate) ** 4 == pytest.approx(total.iloc[-1])
    # The second camp's road has been closed since week 20, and with it the third's.
    assert value["one", "distance", "road to the nearest conflict zone, mean over people"] == pytest.approx(100)
    held = rows[(rows["conflict_id"] == "one") & (rows["week_start"] == rows["week_start"].max())]
    beyond = held.loc[held["camp_id"] != "one:0", "people"].sum() / held["people"].sum()
    name = "people in camps no open road leads to from a conflict zone"
    assert value["one", "distance", name] == pytest.approx(100 * beyond)
    # Camps grow towards a level: what they grew of late is all there is to know.
    importance = found[found["kind"] == "importance"].groupby("factor")["value"].mean()
    assert importance.idxmax() in {"growth between the last reports", "growth of the last weeks", "age of the camp"}
    assert importance.max() > 1


def test_a_conflict_of_a_week_has_a_level_and_no_growth() -> None:
    rows = population(("one",))
    found = factors(made(rows[rows["week_start"] == FIRST.date()]))
    assert "importance" not in set(found["kind"])
    assert not found["factor"].str.startswith("growth").any()


def test_fans_show_the_largest_camps_and_their_last_weeks() -> None:
    forecasts = pd.DataFrame({"camp_id": ["a", "b", "c"], "week_start": 1, "q500": [1.0, 3.0, 2.0]})
    assert largest_camps(forecasts, 2)["camp_id"].tolist() == ["b", "c"]
    shown = recent(population(("one",)), 10)
    assert shown["period_start"].nunique() == 10
    assert shown["period_start"].max() == (FIRST + pd.Timedelta(weeks=WEEKS - 1)).date()


def test_the_plot_has_a_row_for_each_conflict() -> None:
    weeks = pd.date_range(FIRST, periods=3, freq="7D")
    totals = pd.concat(pd.DataFrame({"group": name, "period_start": weeks, "quantity": 9.0}) for name in ("a", "b"))
    importance = pd.DataFrame({"group": ["a", "a"], "factor": ["growth", "age"], "value": [2.0, -1.0]})
    one, two = (
        Image.open(BytesIO(factors_png(rows, importance, **NOTES, synthetic=True)))
        for rows in (totals[totals["group"] == "a"], totals)
    )
    assert two.height > 1.4 * one.height and two.width == one.width
    with pytest.raises(ContractError, match="no total"):
        factors_png(totals.iloc[:0], importance, **NOTES)
