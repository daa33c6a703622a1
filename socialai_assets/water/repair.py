"""A repair and build plan as a covering problem, from tables: who could gain, by what, at what cost. Solves nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from socialai_assets.ingest.contract import any_synthetic
from socialai_assets.methods.access import Reach, access_probability
from socialai_assets.methods.covering.problem import CoverProblem
from socialai_assets.methods.spatial import nearest_km
from socialai_assets.water.access_tables import Access, access_of
from socialai_assets.water.failure_odds import point_odds, system_odds
from socialai_assets.water.repair_settings import RepairSettings, WaterSettings

REPAIR, BUILD = "repair", "build"
EXPECTED, CAUTIOUS = "expected", "cautious"
# People below this are a rounding of nobody.
NOBODY = 1e-6
_COORDINATES = ["latitude", "longitude"]


@dataclass(frozen=True, eq=False)
class RepairTables:
    """What a plan is made from, each a table of the lake."""

    systems: pd.DataFrame
    points: pd.DataFrame
    areas: pd.DataFrame
    places: pd.DataFrame
    risks: pd.DataFrame
    staleness: pd.DataFrame
    poverty: pd.DataFrame

    @property
    def is_synthetic(self) -> bool:
        """Whether any input was made by the sample generator."""
        return any_synthetic(*vars(self).values())


@dataclass(frozen=True, eq=False)
class RepairCase:
    """The problem with what its positions stand for.

    Attributes:
        places: counted places with people: code, area, `people`, `poverty` (0 to 1, NaN unknown), `remoteness`,
            `access`, `access_lower`, `access_upper` (probability of a working system in reach), `group_name`.
        candidates: `action`, `system_id` or `place_id`, area, name, coordinates, `cost`, `cost_cautious`, odds.
        odds: what `point_odds` returns.
        reach: pairs of a place and a candidate in walking distance.
        expected: the problem as expected.
        cautious: the same at the cautious ends.
    """

    places: pd.DataFrame
    candidates: pd.DataFrame
    odds: pd.DataFrame
    reach: Reach
    expected: CoverProblem
    cautious: CoverProblem

    def problem(self, settings: RepairSettings) -> CoverProblem:
        """The one that the settings ask for: counted so, and weighted or not."""
        chosen = self.cautious if settings.counting == CAUTIOUS else self.expected
        return chosen if settings.objective == "weighted" else replace(chosen, weight=np.ones_like(chosen.weight))


def repair_case(tables: RepairTables, settings: WaterSettings) -> RepairCase:
    """Spread the people, judge the systems, list what can be repaired and built.

    Args:
        tables: of the lake.
        settings: of repair.yaml.
    """
    own = settings.repair
    access = access_of(tables.systems, tables.points, tables.areas, tables.places, settings.access)
    odds = point_odds(tables.points, tables.areas, tables.risks, tables.staleness, settings.access, own)
    of_systems = system_odds(access.systems, odds)
    places, kept = _places(access, of_systems, tables, own)
    number = np.full(len(access.places), -1)
    number[kept] = np.arange(len(kept))
    inside = number[access.reach.place] >= 0
    repairs = _repairs(access.systems, of_systems, odds, own)
    builds, build_reach = _builds(places, access.reach.most_km, own)
    place = np.concatenate([number[access.reach.place[inside]], build_reach.place])
    candidate = np.concatenate([access.reach.point[inside], len(repairs) + build_reach.point])
    km = np.concatenate([access.reach.km[inside], build_reach.km])
    candidates = pd.concat([repairs, builds], ignore_index=True)
    people = places["people"].to_numpy(float)
    gain, least = (people * (1 - places[name].to_numpy(float)) for name in ("access", "access_upper"))
    reached = np.bincount(candidate, gain[place], len(candidates)) > NOBODY
    renumbered = np.where(reached, np.cumsum(reached) - 1, -1)
    useful = reached[candidate]
    reach = Reach(
        place[useful], renumbered[candidate[useful]], km[useful], len(places), int(reached.sum()), access.reach.most_km
    )
    candidates = candidates[reached].reset_index(drop=True)
    group, names = pd.factorize(places["group_name"])
    weights = places[["weight", "weight_cautious"]].to_numpy(float)
    ends = reach.place, reach.point
    return RepairCase(
        places.assign(group=group, groups=len(names)),
        candidates,
        odds,
        reach,
        CoverProblem(gain, weights[:, 0], group, candidates["cost"].to_numpy(float), *ends),
        CoverProblem(least, weights[:, 1], group, candidates["cost_cautious"].to_numpy(float), *ends),
    )


def _places(
    access: Access, of_systems: pd.DataFrame, tables: RepairTables, settings: RepairSettings
) -> tuple[pd.DataFrame, np.ndarray]:
    """Counted places with people, what one of them counts and how sure water is there; and their positions."""
    kept = np.flatnonzero(access.people > NOBODY)
    places = access.places.iloc[kept].reset_index(drop=True)
    for name, odds in (("access", "fails"), ("access_lower", "fails_upper"), ("access_upper", "fails_lower")):
        places[name] = access_probability(access.reach, 1 - of_systems[odds].to_numpy(float))[kept]
    poverty = tables.poverty.set_index("area_id")[["estimate", "lower"]].astype(float) / 100
    rates = poverty.reindex(places["area_id"])
    places["poverty"] = rates["estimate"].to_numpy()
    urban = tables.places.loc[tables.places["kind"] == "urban", _COORDINATES].to_numpy(float)
    km = nearest_km(places[_COORDINATES].to_numpy(float), urban)[0] if len(urban) and len(places) else np.inf
    places["remoteness"] = np.minimum(km / settings.remote_km, 1.0) * np.ones(len(places))
    remote = 1 + settings.remoteness_weight * places["remoteness"]
    # Where poverty is not known a person counts as one of mean poverty.
    for name, rate in (("weight", "estimate"), ("weight_cautious", "lower")):
        known = rates[rate].fillna(rates[rate].mean()).fillna(0.0).to_numpy()
        places[name] = (1 + settings.poverty_weight * known) * remote
    above = tables.areas.set_index("area_id")[f"{settings.guaranteed_level}_id"]
    places["group_name"] = places["area_id"].map(above).fillna("")
    return places, kept


def _repairs(
    systems: pd.DataFrame, of_systems: pd.DataFrame, odds: pd.DataFrame, settings: RepairSettings
) -> pd.DataFrame:
    """A candidate for each system: a visit, and each component's own cost as likely as it is found to fail."""
    own_cost = odds["component"].map(settings.repair_usd).fillna(0.0)
    served = systems["served_population"].astype(float).fillna(0.0)
    costs = {}
    for name, end in (("cost", "fails"), ("cost_cautious", "fails_upper")):
        of_points = (own_cost * odds[end]).groupby(odds["system_id"]).sum()
        of_people = settings.repair_usd_per_person * served * of_systems[end]
        costs[name] = settings.visit_usd + systems["system_id"].map(of_points).fillna(0.0) + of_people
    columns = {"lat_deg": "latitude", "lon_deg": "longitude"}
    rows = systems[["system_id", "area_id", "name", *columns]].rename(columns=columns)
    return rows.assign(action=REPAIR, place_id=None, **of_systems, **costs)


def _builds(places: pd.DataFrame, most_km: float, settings: RepairSettings) -> tuple[pd.DataFrame, Reach]:
    """A candidate at each place with enough people without water around it, and the places in its reach."""
    coordinates = places[_COORDINATES].to_numpy(float)
    everywhere = Reach.of(coordinates, coordinates, most_km)
    people = places["people"].to_numpy(float)
    without, most = (everywhere.around(people * (1 - places[name])) for name in ("access", "access_lower"))
    taken = np.flatnonzero(without >= max(settings.build_least_people, NOBODY))
    number = np.full(len(places), -1)
    number[taken] = np.arange(len(taken))
    kept = number[everywhere.point] >= 0
    rows = places.iloc[taken][["place_id", "area_id", "name", *_COORDINATES]].assign(
        action=BUILD,
        system_id=None,
        cost=settings.build_usd + settings.build_usd_per_person * without[taken],
        cost_cautious=settings.build_usd + settings.build_usd_per_person * most[taken],
    )
    pairs = everywhere.place[kept], number[everywhere.point[kept]], everywhere.km[kept]
    return rows.reset_index(drop=True), Reach(*pairs, len(places), len(taken), most_km)
