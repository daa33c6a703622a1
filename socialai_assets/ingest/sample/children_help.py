"""Help that synthetic children were given in the past, and what it does to their risk. Knows no record or file.

Who is offered help follows from rules that look at what was on record, and from chance: so helped children differ from
others, and yet some like them were not helped.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample.areas import generator
from socialai_assets.ingest.sample.children_catalogue import CATALOGUE, KindOfHelp
from socialai_assets.ingest.sample.children_families import SampleFamilies
from socialai_assets.ingest.sample.children_places import SchoolPlaces

OFFERED_BY_CHANCE, OFFERED_BY_RULE = 0.003, 0.035
TAKEN_UP = 0.85
WORKS_MONTHS_AFTER = 6
MANY_ABSENT, FAILING_MARK = 0.15, 10.5


class HelpGiven:
    """Offers so far, and how long each works.

    A kind of help works from the month after it begins until six months after it ends.
    """

    def __init__(
        self, families: SampleFamilies, places: SchoolPlaces, services: pd.DataFrame, staff: pd.DataFrame, seed: int
    ) -> None:
        self.random, self.families = generator(seed, "help for children"), families
        self.school_ids = places.schools["school_id"].to_numpy()
        self.area = families.children["area_id"].to_numpy()
        self.born = families.children["birth_month"].to_numpy()
        shape = (len(families.children), len(CATALOGUE))
        self.works_from, self.works_until = np.full(shape, 10_000), np.full(shape, -1)
        self.at_school_service = {
            (row.intervention_id, row.school_id): row.service_id
            for row in services.itertuples()
            if isinstance(row.school_id, str)
        }
        self.area_service = {
            (row.intervention_id, row.area_id): row.service_id
            for row in services.itertuples()
            if not isinstance(row.school_id, str)
        }
        self.staff = {
            role: rows.set_index("area_id")["staff_id"].groupby(level=0).agg(list).to_dict()
            for role, rows in staff.groupby("role")
        }
        self.offers: list[dict[str, object]] = []

    def kept(self, label: str, index: int) -> np.ndarray:
        """Share of each child's hazard that is left in a month, after all help that works on it."""
        working = (self.works_from <= index) & (index <= self.works_until)
        acts = np.array([kind.acts_on == label for kind in CATALOGUE])
        return np.prod(np.where(working & acts, 1 - self.families.effects, 1.0), axis=1)

    def offer(
        self,
        month: pd.Period,
        index: int,
        at_school: np.ndarray,
        school: np.ndarray,
        absent_share: np.ndarray,
        mark: np.ndarray,
        case_open_until: np.ndarray,
    ) -> None:
        """Offers of a month, by what is on record: absence, last marks, way, poverty, language, an open case."""
        seen = self._seen(absent_share, mark, case_open_until >= index)
        months = (month.start_time.to_numpy() - self.born).astype("timedelta64[D]").astype(int)
        for position, kind in enumerate(CATALOGUE):
            age = months / 365.25
            can = at_school & (age >= kind.min_age) & (age < kind.max_age + 1)
            can &= self.works_until[:, position] < index
            chance = OFFERED_BY_CHANCE + OFFERED_BY_RULE * seen[kind.need]
            for child in np.flatnonzero(can & (self.random.uniform(size=len(can)) < chance)):
                self._offer_to(int(child), position, kind, month, index, str(self.school_ids[school[child]]))

    def table(self) -> pd.DataFrame:
        """`child_number`, `intervention_id`, `service_id`, `staff_id`, `offered_on`, `started_on`, `ends_on`."""
        return pd.DataFrame(self.offers).sort_values(["offered_on", "child_number"], ignore_index=True)

    def _seen(self, absent_share: np.ndarray, mark: np.ndarray, case: np.ndarray) -> dict[str, np.ndarray]:
        """How much of each need is on record, 0 to 1."""
        needs = {kind.need: self.families.needs[:, i] for i, kind in enumerate(CATALOGUE)}
        absent, failing = absent_share > MANY_ABSENT, mark < FAILING_MARK
        return {
            "irregular_attendance": 1.0 * absent,
            "failing_marks": 1.0 * failing,
            "far_from_school": 0.5 * needs["far_from_school"],
            "poor_household": 0.35 * needs["poor_household"] + 0.25 * (needs["poor_household"] & absent),
            "language_differs": 0.3 * needs["language_differs"],
            "protection": 4.0 * case + 0.2 * absent,
            "any": 0.15 + 0.35 * absent + 0.2 * failing + 2.0 * case,
        }

    def _offer_to(
        self, child: int, position: int, kind: KindOfHelp, month: pd.Period, index: int, school_id: str
    ) -> None:
        name, area_id = kind.intervention_id, str(self.area[child])
        service_id = self.at_school_service.get((name, school_id)) or self.area_service.get((name, area_id))
        if service_id is None:
            return
        offered = month.start_time + pd.Timedelta(int(self.random.integers(0, 28)), "D")
        days = int(self.random.integers(3, 28))
        started = offered + pd.Timedelta(days, "D") if self.random.uniform() < TAKEN_UP else pd.NaT
        weeks = kind.duration_weeks
        ends = started + pd.Timedelta(7 * weeks + int(self.random.integers(-5, 6)), "D")
        staff_id = None
        if kind.delivered_by in self.staff:
            of_role = self.staff[kind.delivered_by]
            # Nobody of the role works from the area: somebody from the nearest code, as offices do.
            nearest = area_id if area_id in of_role else min(of_role, key=lambda code: (code < area_id, code))
            staff_id = str(self.random.choice(of_role[nearest]))
        if started is not pd.NaT:
            self.works_from[child, position] = index + 1
            self.works_until[child, position] = index + round(weeks / 4.35) + WORKS_MONTHS_AFTER
        self.offers.append(
            {
                "child_number": child,
                "intervention_id": name,
                "service_id": service_id,
                "staff_id": staff_id,
                "offered_on": offered,
                "started_on": started,
                "ends_on": ends,
            }
        )
