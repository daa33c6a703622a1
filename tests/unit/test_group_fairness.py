"""Tests of comparing groups: by hand, an interval that covers, groups of one place, and distances by road."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from socialai_assets.methods.group_fairness import served_by_group, thirds
from socialai_assets.refugees.fairness import audited_groups, fairness_table, road_km
from socialai_assets.refugees.feedback_settings import FairnessFeedback


def test_shares_and_ratios_by_hand() -> None:
    places = pd.DataFrame(
        {"group": ["a", "a", "b", "b", "c"], "people": [300, 100, 50, 50, 10.0], "met_share": [1, 0.6, 0.6, 0.6, 0.3]}
    )
    table = served_by_group(places, limit=0.7, draws=400).set_index("group")
    assert table["met_share"].to_dict() == pytest.approx({"a": 0.9, "b": 0.6, "c": 0.3})
    assert table["ratio_to_best"].to_dict() == pytest.approx({"a": 1, "b": 2 / 3, "c": 1 / 3})
    assert table.loc["a", "ratio_to_all"] == pytest.approx(0.9 / (423 / 510))
    assert table["is_below"].to_dict() == {"a": False, "b": True, "c": True}
    # One place has no interval, so nothing about it is certain; b's ratio is 1 where only a's worse camp is drawn.
    assert table.loc["c", ["lower", "upper", "ratio_upper"]].isna().all()
    assert not table["is_certain"].any()
    assert table.loc["b", "ratio_upper"] == pytest.approx(1)


def test_intervals_hold_the_true_difference_as_often_as_they_say() -> None:
    random = np.random.default_rng(0)
    inside = 0
    for draw in range(60):
        share = np.concatenate([random.beta(16, 4, 25), random.beta(10, 10, 25)])
        places = pd.DataFrame({"group": ["a"] * 25 + ["b"] * 25, "people": 1.0, "met_share": share})
        table = served_by_group(places, limit=0.8, draws=300, seed=draw).set_index("group")
        inside += bool(table.loc["b", "ratio_lower"] <= 0.5 / 0.8 <= table.loc["b", "ratio_upper"])
        assert table.loc["b", "is_certain"]
    assert inside >= 52


def test_what_cannot_be_a_share_is_refused_and_nothing_gives_nothing() -> None:
    places = pd.DataFrame({"group": ["a"], "people": [1.0], "met_share": [1.2]})
    with pytest.raises(ValueError, match="Shares"):
        served_by_group(places, limit=0.8)
    assert served_by_group(places.iloc[:0], limit=0.8).empty
    nobody = served_by_group(places.assign(met_share=0.0), limit=0.8)
    assert nobody["ratio_to_best"].tolist() == [1] and not nobody["is_below"].any()


def test_thirds_keep_ties_together() -> None:
    assert thirds(pd.Series([3.0, 1, 2, np.nan]), ("l", "m", "h")).fillna("-").tolist() == ["h", "l", "m", "-"]
    assert set(thirds(pd.Series([5.0, 5, 5]), ("l", "m", "h"))) == {"l"}


LINKS = pd.DataFrame(
    {
        "conflict_id": ["x"] * 4 + ["y"], "from_id": ["A", "A", "B", "Z", "D"], "to_id": ["B", "C", "C", "A", "E"],
        "km": [10.0, 50, 20, 5, 1],
    }
)  # fmt: skip


def test_distances_are_the_shortest_by_road_within_a_conflict() -> None:
    places = pd.DataFrame({"conflict_id": ["x", "x", "y"], "place_id": ["Z", "nowhere", "elsewhere"]})
    assert road_km(LINKS, places) == {"A": 5, "B": 15, "C": 35, "Z": 0}


def test_a_group_that_is_served_worse_is_found_in_reports_and_plans() -> None:
    camps = pd.DataFrame({"camp_id": ["A", "B", "C"], "country": ["MLI", "MLI", "NER"]})
    population = pd.DataFrame({"camp_id": list("AABC"), "week_start": [1, 2, 1, 1], "people": [9.0, 100, 200, 300]})
    locations = pd.DataFrame({"conflict_id": ["x"], "location_id": ["Z"], "kind": ["conflict_zone"]})
    depots = pd.DataFrame({"conflict_id": ["x"], "place_id": ["C"]})
    groups = audited_groups(camps, population, LINKS, locations, depots).set_index("camp_id")
    assert groups.loc["A", ["people", "camp_size", "depot_distance", "conflict_distance", "host_country"]].tolist() == [
        100, "small", "far", "near", "MLI"
    ]  # fmt: skip
    reported = pd.DataFrame(
        {
            "conflict_id": "x", "camp_id": ["A", "B", "C"] * 3, "item_id": "food", "week_start": "2026-01-05",
            "sex": ["all"] * 3 + ["female"] * 3 + ["male"] * 3, "age_group": "all", "needed": 10.0,
            "met": [9.0, 9, 4, 4, 4, 2, 5, 5, 2], "is_synthetic": False,
        }
    )  # fmt: skip
    old = reported.iloc[:3].assign(week_start="2024-01-01", met=0.0)
    audited = fairness_table(groups.reset_index(), pd.concat([reported, old]), reported.iloc[:0], FairnessFeedback())
    table = audited.set_index(["dimension", "group"])
    assert set(audited["basis"]) == {"reported"} and not audited["is_synthetic"].any()
    assert table.loc[("host_country", "NER"), "ratio_to_best"] == pytest.approx(0.4 / 0.9)
    assert table.loc[("camp_size", "large"), "is_below"] and not table.loc[("camp_size", "medium"), "is_below"]
    assert table.loc[("sex", "female"), "ratio_to_best"] == pytest.approx((400 + 800 + 600) / (500 + 1000 + 600))
    planned = fairness_table(groups.reset_index(), reported.iloc[:0], reported.iloc[:3], FairnessFeedback())
    assert planned.set_index(["dimension", "group"]).loc[("host_country", "NER"), "met_share"] == pytest.approx(0.4)
    assert fairness_table(groups.reset_index(), reported.iloc[:0], reported.iloc[:0], FairnessFeedback()).empty
