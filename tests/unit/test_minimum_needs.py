"""Needs of camps, worked out by hand: people by sex and age times the standards, and standards that are refused."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from resources.errors import SettingsError
from socialai_assets.ingest.contract import validate
from socialai_assets.ingest.sample.refugee_supply import _ITEMS
from socialai_assets.methods.minimum_needs import share_of_people, weekly_requirement
from socialai_assets.refugees.arrival_forecasting import QUANTILE_COLUMNS
from socialai_assets.refugees.needs_tables import CampGroups, camp_groups, needs_table
from socialai_assets.refugees.standards import Standards, item_table, read_standards
from socialai_assets.refugees.supply_contracts import Needs, ReliefItems


@pytest.fixture(scope="module")
def standards() -> Standards:
    return read_standards()


def test_what_is_consumed_is_seven_days_for_those_it_is_for() -> None:
    assert weekly_requirement(np.array([1000.0, 1200.0]), 0.0, 15.0).tolist() == [105_000.0, 126_000.0]
    groups = pd.DataFrame({"sex": ["female", "male"], "age_group": "18-59", "share": [0.25, 0.75]})
    wanted = pd.DataFrame({"sex": ["female"], "age_group": ["18-59"], "share": [0.8]})
    assert share_of_people(groups, wanted) == pytest.approx(0.2)
    assert share_of_people(groups, None) == 1.0


def test_what_is_issued_goes_to_new_arrivals_and_is_renewed() -> None:
    # 100 come and 900 of before share a hundredth; then nobody comes; then people leave, and nothing is taken back.
    found = weekly_requirement(np.array([1000.0, 1000.0, 600.0]), 900.0, 2.0, lasts_weeks=100)
    assert found.tolist() == pytest.approx([2 * (100 + 9), 2 * 10, 2 * 6])


def test_needs_of_a_camp_by_hand(standards: Standards) -> None:
    week = pd.Timestamp("2025-01-06").date()
    forecast = {"camp_id": "a", "conflict_id": "c", "week_start": week, "horizon": 1, "is_synthetic": True}
    values = dict.fromkeys(QUANTILE_COLUMNS, 1000.0) | {"q800": 1100.0, "q900": 1200.0, "q950": 1300.0, "q975": 1400.0}
    before = pd.DataFrame({"camp_id": ["a"], "week_start": [week], "people": [800.0]})
    shares = pd.DataFrame(
        {"camp_id": "a", "sex": ["female", "female"], "age_group": ["12-17", "18-59"], "share": [0.1, 0.3]}
    )
    groups = CampGroups(shares, pd.Series({"a": "asylum"}))
    made = needs_table(pd.DataFrame([forecast | values]), before, groups, standards)
    found = validate(made, Needs).set_index("item_id")
    assert found.loc["water", "requirement"] == 105_000
    assert found.loc["water", "needed"] == pytest.approx(105.0)
    assert found.loc["water", "minimum"] == pytest.approx(0.6 * 115.5)
    assert found.loc["food_ration", "requirement"] == pytest.approx(14_700_000)
    assert found.loc["food_ration", "needed"] == pytest.approx(14_700_000 / 3900)
    # 200 come, and 800 of before share 1/104 of a blanket and of 3.5 m2 in tents of 16.
    assert found.loc["blanket", "needed"] == pytest.approx(200 + 800 / 104)
    assert found.loc["family_tent", "needed"] == pytest.approx(3.5 * (200 + 800 / 104) / 16)
    assert found.loc["family_tent", "minimum"] == pytest.approx(0.6 * 3.5 * (200 + 800 / 104) / 16)
    # 8 % and 22.8 % of the people, four kits a year.
    assert found.loc["menstrual_kit", "needed"] == pytest.approx(7 * 0.011 * 1000 * (0.1 * 0.8 + 0.3 * 0.76))
    # One kit for 10,000 people and three months.
    assert found.loc["health_kit", "needed"] == pytest.approx(7 / 91 * 1000 / 10_000, rel=1e-3)
    assert (found["people_high"] == 1100).all() and (found["groups_basis"] == "asylum").all()


def _forecast_in(year: int) -> pd.DataFrame:
    return pd.DataFrame({"conflict_id": ["c"], "week_start": [datetime.date(year, 6, 1)]})


def test_groups_come_from_the_nearest_year_or_are_stated(standards: Standards) -> None:
    camps = pd.DataFrame({"camp_id": ["a", "b", "i"], "conflict_id": "c", "country": ["UGA", "KEN", "SSD"]})
    locations = pd.DataFrame({"conflict_id": ["c"], "kind": ["conflict_zone"], "country": ["SSD"]})
    row = {"sex": "female", "age_group": "18-59", "origin": "SSD", "asylum": "UGA", "population_type": "refugees"}
    demographics = pd.DataFrame(
        [
            row | {"year": 2012, "people": 10.0},
            row | {"year": 2013, "people": 30.0},
            row | {"year": 2013, "sex": "male", "people": 10.0},
            row | {"year": 2013, "sex": "all", "age_group": "all", "people": 99.0},
            row | {"year": 2014, "asylum": "KEN", "origin": "SOM", "people": 5.0},
        ]
    )
    found = camp_groups(_forecast_in(2014), camps, locations, demographics, standards)
    assert found.basis.to_dict() == {"a": "origin and asylum", "b": "asylum", "i": "stated"}
    assert found.of("a").set_index("sex")["share"].to_dict() == {"female": 0.75, "male": 0.25}
    assert found.of("i")["share"].sum() == pytest.approx(1.0)
    late = camp_groups(_forecast_in(2030), camps, locations, demographics, standards)
    assert set(late.basis) == {"stated"}


def test_every_figure_names_its_clause_and_edition(standards: Standards) -> None:
    items = validate(item_table(standards), ReliefItems).set_index("item_id")
    assert items["standard"].str.contains(r"Sphere 2018, .*standard \d").all()
    assert not items.loc["water", "is_carried"] and items.drop("water")["is_carried"].all()
    assert {name for name, *_ in _ITEMS} == set(items.index[items["is_carried"]])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"items": {"water": {"requirement": -1}}}, "items.water.requirement"),
        ({"items": {"water": {"lasts_weeks": 3}}}, "lasts_weeks"),
        ({"items": {"blanket": {"lasts_weeks": None}}}, "lasts_weeks"),
        ({"groups": [{"sex": "female", "age_group": "0-4", "share": 0.5}]}, "add up to 0.5"),
        ({"items": {"soap": {"groups": [{"sex": "x", "age_group": "0-4", "share": 1}]}}}, "soap.groups.0.sex"),
        ({"plannning": {}}, "plannning"),
    ],
)
def test_wrong_standards_are_refused_by_name(changes: dict, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read_standards(changes)
