"""Needs of camps as a table, and who lives in each by sex and age. Pure functions on frames, no Dagster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.methods.minimum_needs import share_of_people, weekly_requirement
from socialai_assets.refugees.arrival_forecasting import QUANTILE_COLUMNS
from socialai_assets.refugees.arrival_serving import LEVELS
from socialai_assets.refugees.standards import ItemStandard, Standards

MOST_YEARS_APART = 5
_FLED = ("refugees", "asylum_seekers")
_STAYED = ("internally_displaced",)


@dataclass(frozen=True)
class CampGroups:
    """Who lives in the camps.

    Attributes:
        shares: `camp_id`, `sex`, `age_group`, `share` of all people of the camp.
        basis: where these come from, by `camp_id`.
    """

    shares: pd.DataFrame
    basis: pd.Series

    def of(self, camp_id: str) -> pd.DataFrame:
        """`sex`, `age_group`, `share` of one camp."""
        return self.shares[self.shares["camp_id"] == camp_id]


def camp_groups(
    forecasts: pd.DataFrame,
    camps: pd.DataFrame,
    locations: pd.DataFrame,
    demographics: pd.DataFrame,
    standards: Standards,
) -> CampGroups:
    """Shares of sex and age in each camp: of people from its conflict's countries in its country, in the nearest year.

    Where UNHCR has no such year within five, everybody of concern in the country counts, and else the shares that
    standards.yaml states.

    Args:
        forecasts: `refugees.population_forecasts`; the shares are for the first year of each conflict's.
        camps: `refugees.camps`.
        locations: `refugees.locations`; the countries of a conflict are those of its conflict zones.
        demographics: `refugees.demographics`.
        standards: with the shares stated.
    """
    years = pd.to_datetime(forecasts["week_start"]).dt.year.groupby(forecasts["conflict_id"]).min()
    known = demographics[demographics["sex"].isin(["female", "male"])]
    known = known[~known["age_group"].isin(["unknown", "all"]) & (known["people"] > 0)]
    zones = locations[locations["kind"] == "conflict_zone"].groupby("conflict_id")["country"].agg(set)
    parts, basis = [], {}
    for camp in camps.itertuples():
        year = int(years.get(camp.conflict_id, 0))
        origins = zones.get(camp.conflict_id, set())
        here = known[(known["asylum"] == camp.country) & ((known["year"] - year).abs() <= MOST_YEARS_APART)]
        types = _STAYED if camp.country in origins else _FLED
        own = here[here["origin"].isin(origins) & here["population_type"].isin(types)]
        for name, rows in (("origin and asylum", own), ("asylum", here)):
            if len(rows):
                nearest = rows.loc[(rows["year"] - year).abs().idxmin(), "year"]
                counted = rows[rows["year"] == nearest].groupby(["sex", "age_group"])["people"].sum()
                found, basis[camp.camp_id] = (counted / counted.sum()).rename("share").reset_index(), name
                break
        else:
            found, basis[camp.camp_id] = standards.default_groups(), "stated"
        parts.append(found.assign(camp_id=camp.camp_id))
    columns = ["camp_id", "sex", "age_group", "share"]
    shares = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    return CampGroups(shares, pd.Series(basis, dtype=object))


def item_share(item: ItemStandard, groups: pd.DataFrame) -> float:
    """Share of the people that an item is for."""
    wanted = pd.DataFrame([group.model_dump() for group in item.groups]) if item.groups else None
    return share_of_people(groups, wanted)


def units_needed(
    item: ItemStandard, share: float, people: np.ndarray, before: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    """Requirement of the standard and units of the item for people (..., T), of whom `before` (...) came earlier."""
    asked = weekly_requirement(people, before, item.requirement, share=share, lasts_weeks=item.lasts_weeks)
    return asked, asked / item.requirement_per_unit


def people_at(forecasts: pd.DataFrame, level: float) -> pd.Series:
    """People at a level of the forecast, on a line between the quantiles there are."""
    values = np.sort(forecasts[list(QUANTILE_COLUMNS)].to_numpy(float), axis=1)
    return pd.Series([float(np.interp(level, LEVELS, row)) for row in values], index=forecasts.index)


def needs_table(
    forecasts: pd.DataFrame, population: pd.DataFrame, groups: CampGroups, standards: Standards
) -> pd.DataFrame:
    """`refugees.needs`.

    Args:
        forecasts: `refugees.population_forecasts`.
        population: `refugees.camp_population`; the last week of a camp is what arrivals are counted from.
        groups: who lives in the camps.
        standards: what they need.
    """
    last = population.sort_values("week_start").drop_duplicates("camp_id", keep="last").set_index("camp_id")["people"]
    planning, parts = standards.planning, []
    forecasts = forecasts.sort_values(["camp_id", "week_start"])
    forecasts = forecasts.assign(high=people_at(forecasts, planning.minimum_level))
    for camp_id, rows in forecasts.groupby("camp_id", sort=True):
        before = float(last.get(camp_id, 0.0))
        median, high = rows["q500"].to_numpy(float), rows["high"].to_numpy(float)
        for item_id, item in standards.items.items():
            share = item_share(item, groups.of(str(camp_id)))
            asked, needed = units_needed(item, share, median, before)
            # What is issued goes to those who have come: more of it than the median says can wait until they do.
            certain = high if item.use == "consumed" else median
            minimum = planning.minimum_share * units_needed(item, share, certain, before)[1]
            parts.append(
                rows[["camp_id", "conflict_id", "week_start", "horizon", "is_synthetic"]].assign(
                    item_id=item_id,
                    people=median,
                    people_high=high,
                    people_level=planning.minimum_level,
                    groups_basis=groups.basis.get(camp_id, "stated"),
                    requirement=asked,
                    requirement_unit=item.requirement_unit,
                    needed=needed,
                    minimum=minimum,
                    unit=item.unit,
                    standard=item.standard,
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
