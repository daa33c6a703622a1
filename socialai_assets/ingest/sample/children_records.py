"""What offices would have written down about the sample's children, each row with the day it was known from.

Names, addresses and notes are in the files, as they are in offices' files, and must not get further. Nothing happens
here (children_lives.py); rows that name something unknown are planted here, broken ones in faults.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample import children_places
from socialai_assets.ingest.sample.areas import SampleAreas, generator
from socialai_assets.ingest.sample.children_catalogue import CATALOGUE, interventions
from socialai_assets.ingest.sample.children_families import SampleFamilies, draw_families
from socialai_assets.ingest.sample.children_help_records import outcomes, reviews, support
from socialai_assets.ingest.sample.children_lives import FIRST_MONTH, TODAY, SampleLives, live
from socialai_assets.ingest.sample.children_places import SchoolPlaces, person_names
from socialai_assets.ingest.sample.late_knowledge import UNKNOWN_CHILD, known, planted

UNKNOWN_SCHOOL, UNKNOWN_TERM, UNKNOWN_HOUSEHOLD = "E999999", "2019-1", "H-unknown"
YEARLY_REPORTS = 0.7
UNKNOWN_ROWS = {
    "children": 1,
    "enrolments": 2,
    "attendance": 2,
    "marks": 2,
    "cases": 2,
    "support": 3,
    "outcomes": 1,
    "reviews": 1,
}
"""Rows of each table that name a child, household, school, term, intervention or help that there is not."""


@dataclass(frozen=True, eq=False)
class SampleChildren:
    """The sample's children with everything that rests on them, drawn when it is first asked for."""

    areas: SampleAreas
    poverty: pd.DataFrame
    scale: float
    seed: int

    @cached_property
    def places(self) -> SchoolPlaces:
        """Schools."""
        rates = self.poverty.set_index("area_id")["true_rate_pct"]
        return children_places.draw_places(self.areas, rates, self.scale, self.seed)

    @cached_property
    def families(self) -> SampleFamilies:
        """Children and households."""
        return draw_families(self.places, self.poverty, self.scale, self.seed)

    @cached_property
    def services(self) -> pd.DataFrame:
        """Services."""
        return children_places.services(self.places, self.seed)

    @cached_property
    def staff(self) -> pd.DataFrame:
        """Counsellors and social workers."""
        return children_places.staff(self.places, self.seed)

    @cached_property
    def lives(self) -> SampleLives:
        """What happened."""
        return live(self.families, self.places, self.services, self.staff, self.seed)

    @cached_property
    def support(self) -> pd.DataFrame:
        """Help given, as written down."""
        return support(self.families, self.lives, self.seed)

    def table(self, name: str) -> pd.DataFrame:
        """The rows of one canonical input, by its name."""
        return TABLES[name](self)

    def truth(self) -> dict[str, pd.DataFrame]:
        """What was planted, by file name: children are named by number, which `child_codes` turns into identifiers.

        `risk`: by child and month, on its first day, the chance to leave school by the end of next term and of a case
        within six months if nothing changed, and of harm in the month, on record or not. `effects`: the share of the
        monthly risk each kind of help takes away from each child. `traits`: what is hidden of each child.
        """
        households = self.families.households["wealth"].to_numpy()
        traits = ["child_number", "ability", "truancy", "leave_frailty", "case_frailty"]
        own = self.families.children[traits]
        own = own.assign(wealth=households[self.families.children["household"]])
        effects = pd.DataFrame(self.families.effects, columns=[kind.intervention_id for kind in CATALOGUE])
        effects.insert(0, "child_number", own["child_number"])
        risk = self.lives.months[["child_number", "month", "leave_risk", "case_risk", "harm_hazard"]]
        rows = pd.DataFrame(UNKNOWN_ROWS.items(), columns=["table", "rows_on_something_unknown"])
        return {"risk": risk, "effects": effects, "traits": own, "unknown_rows": rows}


def _children(sample: SampleChildren) -> pd.DataFrame:
    random = generator(sample.seed, "records of children")
    own = sample.families.children
    first = sample.lives.events.groupby("child_number")["event_date"].min().reindex(own["child_number"])
    number = len(own)
    table = pd.DataFrame(
        {
            "child_id": own["child_id"],
            "nombre": person_names(random, number),
            "direccion": [f"Jr. {name} {n}" for name, n in zip(person_names(random, number), own.index, strict=True)],
            "birth_month": own["birth_month"],
            "sex": own["sex"],
            "language": own["language"],
            "disability": np.where(random.uniform(size=number) < 0.1, None, own["disability"]),
            "household_id": sample.families.households["household_id"].to_numpy()[own["household"]],
            "area_id": own["area_id"],
        }
    )
    table["knowledge_date"] = known(random, pd.Series(first.to_numpy()), 5)
    # Known from the first enrolment on; before that the child is on no record.
    table = table[table["knowledge_date"].notna() & (table["knowledge_date"] <= TODAY)]
    return planted(table, [{"child_id": UNKNOWN_CHILD + "3", "household_id": UNKNOWN_HOUSEHOLD}])


def _households(sample: SampleChildren) -> pd.DataFrame:
    """Asked before the first school year, and most of them again every year; income falls while a shock lasts."""
    random = generator(sample.seed, "records of households")
    own, parts = sample.families.households, []
    shocks = sample.lives.months[["child_number", "month", "shock"]].copy()
    shocks["household"] = sample.families.children["household"].to_numpy()[shocks["child_number"]]
    hit = shocks.groupby(["household", "month"])["shock"].max()
    for year in range(pd.Period(FIRST_MONTH).year, TODAY.year + 1):
        asked = np.ones(len(own), dtype=bool)
        days = random.integers(-45, 0, len(own))
        if year > pd.Period(FIRST_MONTH).year:
            asked, days = random.uniform(size=len(own)) < YEARLY_REPORTS, random.integers(0, 120, len(own))
        report = pd.Timestamp(f"{year}-03-01") + pd.to_timedelta(days, "D")
        index = pd.MultiIndex.from_arrays([own.index, report.to_period("M").to_timestamp()])
        shock = hit.reindex(index).fillna(0).to_numpy()
        income = np.exp(5.0 + 0.55 * own["wealth"] - 0.5 * shock + 0.25 * random.normal(size=len(own)))
        unsaid = random.uniform(size=(3, len(own)))
        part = own[["household_id", "members", "adults"]].copy()
        part["report_date"] = report
        part["caregiver_school_years"] = own["caregiver_school_years"].where(unsaid[0] > 0.06)
        part["income_usd_month"] = income.round(2).where(unsaid[1] > 0.1)
        for name in ("receives_aid", "has_electricity", "has_piped_water"):
            part[name] = own[name]
        part["school_km"] = own["school_km"].where(unsaid[2] > 0.05)
        parts.append(part[asked])
    table = pd.concat(parts, ignore_index=True)
    return _until_today(table.assign(knowledge_date=known(random, table["report_date"], 15)))


def _enrolments(sample: SampleChildren) -> pd.DataFrame:
    """That a child has left is known late: weeks after, at times months."""
    random = generator(sample.seed, "records of enrolments")
    events = sample.lives.events
    table = _identified(sample, events)[["child_id"]]
    table["school_id"] = sample.places.schools["school_id"].to_numpy()[events["school"]]
    table = pd.concat([table, events[["school_year", "grade", "event", "event_date"]]], axis=1)
    lag = events["event"].map({"enrolled": 6.0, "transferred": 15.0, "left": 30.0, "completed": 10.0}).to_numpy()
    table["knowledge_date"] = known(random, table["event_date"], lag)
    return planted(
        _until_today(table), [{"child_id": UNKNOWN_CHILD}, {"school_id": UNKNOWN_SCHOOL, "event": "transferred"}]
    )


def _attendance(sample: SampleChildren) -> pd.DataFrame:
    random = generator(sample.seed, "records of attendance")
    months = sample.lives.months
    table = _identified(sample, months)[["child_id", "month", "days_open", "days_absent"]]
    table["knowledge_date"] = known(random, table["month"] + pd.offsets.MonthEnd(0), 5)
    return planted(_until_today(table), [{"child_id": UNKNOWN_CHILD}, {"child_id": UNKNOWN_CHILD + "2"}])


def _marks(sample: SampleChildren) -> pd.DataFrame:
    random = generator(sample.seed, "records of marks")
    marks = _identified(sample, sample.lives.marks)[["child_id", "term_id", "subject", "mark"]]
    ends = children_places.terms().set_index("term_id")["ends_on"]
    marks["knowledge_date"] = known(random, pd.to_datetime(marks["term_id"].map(ends)), 12)
    return planted(_until_today(marks), [{"child_id": UNKNOWN_CHILD}, {"term_id": UNKNOWN_TERM}])


def _cases(sample: SampleChildren) -> pd.DataFrame:
    """Opened and closed cases of the harm that came on record, with a note that names the child."""
    random = generator(sample.seed, "records of cases")
    cases = _identified(sample, sample.lives.harm[sample.lives.harm["is_recorded"]]).reset_index(drop=True)
    cases["case_id"] = [f"EXP-{day.year}-{i:05}" for i, day in enumerate(cases["opened_on"], 1)]
    names = person_names(random, len(cases))
    cases["observaciones"] = [f"Visita a la familia {name}; conversado con la madre." for name in names]
    rows = []
    for event, day in (("opened", "opened_on"), ("closed", "closed_on")):
        part = cases[["case_id", "child_id", "kind", "observaciones"]].assign(event=event, event_date=cases[day])
        rows.append(part.assign(knowledge_date=known(random, part["event_date"], 8)))
    table = pd.concat(rows).sort_values(["case_id", "event"], ascending=[True, False], ignore_index=True)
    table = table[["case_id", "child_id", "event", "kind", "event_date", "observaciones", "knowledge_date"]]
    strange = [{"case_id": f"EXP-2024-X{i}", "child_id": UNKNOWN_CHILD, "event": "opened"} for i in (1, 2)]
    return planted(_until_today(table), strange)


def _identified(sample: SampleChildren, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(child_id=sample.families.children["child_id"].to_numpy()[rows["child_number"]])


def _until_today(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that are known on the day on which the records end."""
    return table[table["knowledge_date"] <= TODAY].reset_index(drop=True)


TABLES: dict[str, Callable[[SampleChildren], pd.DataFrame]] = {
    "schools": lambda sample: sample.places.schools,
    "terms": lambda _: children_places.terms(),
    "interventions": lambda _: interventions(),
    "services": lambda sample: sample.services,
    "staff": lambda sample: sample.staff,
    "children": _children,
    "households": _households,
    "enrolments": _enrolments,
    "attendance": _attendance,
    "marks": _marks,
    "cases": _cases,
    "support": lambda sample: sample.support,
    "outcomes": lambda sample: outcomes(sample.support, sample.families, sample.lives, sample.seed),
    "reviews": lambda sample: reviews(sample.families, sample.lives, sample.seed),
}
"""Every canonical input about children, and how its rows are drawn."""
