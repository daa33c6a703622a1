"""What happens to synthetic children, month by month, and why: absence, marks, leaving, harm, help. Writes no record.

Each month a child's chance to leave school and to come to harm follows from what the child and the household are, from
shocks that pass, from absence and marks so far, and from help that works. Cases are opened for part of the harm, for a
larger part where the first language is another: who is on record is not who is harmed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample.areas import generator, logistic
from socialai_assets.ingest.sample.children_families import (
    OTHER_LANGUAGE,
    SampleFamilies,
    standing_case_risk,
    standing_leave_risk,
)
from socialai_assets.ingest.sample.children_help import HelpGiven
from socialai_assets.ingest.sample.children_places import FIRST_YEAR, LAST_GRADE, LAST_PRIMARY_GRADE, SchoolPlaces

FIRST_MONTH, LAST_MONTH = "2023-03", "2025-09"
TODAY = pd.Timestamp("2025-10-01")
"""The day on which the sample's records end, in the middle of a term."""
DAYS_OPEN = {3: 14, 4: 20, 5: 21, 6: 20, 7: 14, 8: 18, 9: 21, 10: 21, 11: 20, 12: 9}
SUBJECTS = ("mathematics", "communication")
RECORDED, RECORDED_OTHER_LANGUAGE = 0.55, 0.95
NOT_BACK_MONTHS = 2.5
CASE_MONTHS = 6
LEAVE_LOGIT, HARM_LOGIT = -6.5, -5.75
_SHOCK_STARTS, _SHOCK_LASTS = 0.025, 4
_TRANSFER, _RETURN = 0.004, 0.15


@dataclass(frozen=True, eq=False)
class SampleLives:
    """What happened, by `child_number`.

    Attributes:
        months: a row a child at school and month: `month`, `school`, `grade`, `days_open`, `days_absent`, and the truth
            on its first day: `leave_hazard` and `case_hazard` (chances in that month), `harm_hazard`, `leave_risk` (by
            the end of next term) and `case_risk` (within six months) if nothing changed, `shock`.
        events: `school`, `grade`, `event`, `event_date` of enrolments and what ended them.
        marks: `term_id`, `subject`, `mark`.
        harm: `opened_on`, `kind`, `is_recorded`, `closed_on`.
        help: offers, as `HelpGiven.table` says.
    """

    months: pd.DataFrame
    events: pd.DataFrame
    marks: pd.DataFrame
    harm: pd.DataFrame
    help: pd.DataFrame


def live(
    families: SampleFamilies, places: SchoolPlaces, services: pd.DataFrame, staff: pd.DataFrame, seed: int
) -> SampleLives:
    """Let the months pass, from the first school year to the day on which the records end."""
    course = _Course(families, places, HelpGiven(families, places, services, staff, seed), seed)
    for month in pd.period_range(FIRST_MONTH, LAST_MONTH, freq="M"):
        course.pass_month(month)
    return course.told()


class _Course:
    """The state of every child at the start of a month, and what has happened so far."""

    def __init__(self, families: SampleFamilies, places: SchoolPlaces, given: HelpGiven, seed: int) -> None:
        self.random, self.families, self.given = generator(seed, "lives of children"), families, given
        own = families.households.iloc[families.children["household"]].reset_index(drop=True)
        children, number = families.children, len(families.children)
        self.household = children["household"].to_numpy()
        self.area = own["area_id"].to_numpy()
        self.recorded = np.where(children["language"] == OTHER_LANGUAGE, RECORDED_OTHER_LANGUAGE, RECORDED)
        self.leave_standing, self.case_standing = standing_leave_risk(children, own), standing_case_risk(children, own)
        self.born = children["birth_month"].dt.year.to_numpy() + (children["birth_month"].dt.month.to_numpy() - 1) / 12
        self.ability, self.truancy = children["ability"].to_numpy(), children["truancy"].to_numpy()
        self.schools = {
            key: rows.index.to_numpy() for key, rows in places.schools.reset_index().groupby(["area_id", "level"])
        }
        self.grade = children["first_grade"].to_numpy().copy()
        self.school = np.full(number, -1)
        self.at_school, self.has_left, self.is_done = (np.zeros(number, dtype=bool) for _ in range(3))
        self.shock_months = np.zeros(len(families.households), dtype=int)
        self.mood, self.harms = np.zeros(number), np.zeros(number)
        self.absent_share = logistic(-2.9 + 0.7 * self.truancy)
        self.mark = np.clip(12.5 + 2.4 * self.ability, 0, 20)
        self.absent_in_term, self.months_in_term = np.zeros(number), np.zeros(number)
        self.case_open_until = np.full(number, -1)
        self.months: list[pd.DataFrame] = []
        self.events: list[pd.DataFrame] = []
        self.marks: list[pd.DataFrame] = []
        self.harm: list[pd.DataFrame] = []

    def pass_month(self, month: pd.Period) -> None:
        """A month: who comes to school, shocks, leaving and harm by chance, then absence, marks and help."""
        index = month.ordinal - pd.Period(FIRST_MONTH, "M").ordinal
        starts = self.random.uniform(size=len(self.shock_months)) < _SHOCK_STARTS
        lasting = 1 + self.random.poisson(_SHOCK_LASTS, len(starts))
        self.shock_months = np.where(starts, np.maximum(lasting, self.shock_months), self.shock_months - 1)
        shock = (self.shock_months > 0)[self.household].astype(float)
        if month.month == 3:
            self._start_year(month, shock, index)
        leave, harm = self._hazards(month, shock, index)
        opening = harm * self.recorded * (self.case_open_until < index)
        self._harm(month, harm, index)
        if month.month not in DAYS_OPEN:
            return
        there = np.flatnonzero(self.at_school)
        days_open, absent = self._absence(month, shock, there)
        self.months.append(
            pd.DataFrame(
                {
                    "child_number": there,
                    "month": month.start_time,
                    "school": self.school[there],
                    "grade": self.grade[there],
                    "days_open": days_open,
                    "days_absent": absent,
                    "leave_hazard": leave[there],
                    "harm_hazard": harm[there],
                    "case_hazard": opening[there],
                    "leave_risk": 1 - (1 - leave[there]) ** months_to_next_terms_end(month),
                    "case_risk": 1 - (1 - opening[there]) ** CASE_MONTHS,
                    "shock": shock[there].astype(int),
                }
            )
        )
        if month.month > 3:
            self._leave(month, self.at_school & (self.random.uniform(size=len(leave)) < leave), 1)
            self._transfer(month)
        if month.month in (7, 12):
            self._mark(month)
        self.given.offer(month, index, self.at_school, self.school, self.absent_share, self.mark, self.case_open_until)

    def told(self) -> SampleLives:
        """Everything that happened until the records end."""
        harm = pd.concat(self.harm, ignore_index=True)
        events, help_given = pd.concat(self.events, ignore_index=True), self.given.table()
        return SampleLives(
            pd.concat(self.months, ignore_index=True),
            events.sort_values(["child_number", "event_date"], kind="stable", ignore_index=True),
            pd.concat(self.marks, ignore_index=True),
            harm.sort_values(["opened_on", "child_number"], ignore_index=True),
            help_given,
        )

    def _hazards(self, month: pd.Period, shock: np.ndarray, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Chance of each child to leave school and to come to harm in the month."""
        age = month.year + (month.month - 1) / 12 - self.born
        recent = 5.0 * (np.minimum(self.absent_share, 0.5) - 0.08)
        leave = LEAVE_LOGIT + 0.9 * self.leave_standing + 0.8 * shock + 0.9 * recent
        leave = leave - 0.10 * (self.mark - 12.5) + 0.10 * np.clip(age - 11, -4, 6)
        harm = HARM_LOGIT + 0.95 * self.case_standing + 1.0 * shock + 0.6 * recent + 0.5 * np.minimum(self.harms, 2)
        harm = harm + 0.25 * (age < 9)
        return (
            logistic(leave) * self.given.kept("leaves_school", index),
            logistic(harm) * self.given.kept("case_opens", index),
        )

    def _start_year(self, month: pd.Period, shock: np.ndarray, index: int) -> None:
        """Who goes up a grade, does not come back, comes back after all, or comes for the first time."""
        if month.year > FIRST_YEAR:
            passed = (self.mark >= 9.5) | (self.random.uniform(size=len(self.mark)) < 0.4)
            leave, _ = self._hazards(month, shock, index)
            gone = self.random.uniform(size=len(leave)) < 1 - (1 - leave) ** NOT_BACK_MONTHS
            self._leave(month, self.at_school & gone, 11)
            self.grade += np.where(self.at_school & passed, 1, 0)
            back = self.has_left & (self.random.uniform(size=len(leave)) < _RETURN)
            back &= month.year - self.born < 18
            # Only children are helped, so nobody comes back grown up.
            self.at_school |= back
            self.has_left &= ~back
        young = self.families.children["first_grade"].to_numpy()
        new = young == 1 - (month.year - FIRST_YEAR) if month.year > FIRST_YEAR else young >= 1
        self.grade = np.where(new, np.maximum(young, 1), self.grade)
        self.at_school |= new
        level = np.where(self.grade <= LAST_PRIMARY_GRADE, "primary", "secondary")
        moves = self.at_school & ((self.school < 0) | new | (self.grade == LAST_PRIMARY_GRADE + 1))
        for child in np.flatnonzero(moves):
            self.school[child] = self.random.choice(self.schools[self.area[child], level[child]])
        days = np.minimum(self.random.geometric(0.25, len(level)) - 1, 40)
        self._event(month, self.at_school, "enrolled", 11 + days)

    def _leave(self, month: pd.Period, who: np.ndarray, first_day: int) -> None:
        self._event(month, who, "left", self.random.integers(first_day, 28, len(who)))
        self.at_school &= ~who
        self.has_left |= who

    def _transfer(self, month: pd.Period) -> None:
        """Some change to another school of the same level in the area; told of the school they come to."""
        who = self.at_school & (self.random.uniform(size=len(self.school)) < _TRANSFER)
        for child in np.flatnonzero(who):
            level = "primary" if self.grade[child] <= LAST_PRIMARY_GRADE else "secondary"
            others = self.schools[self.area[child], level]
            others = others[others != self.school[child]]
            who[child] = bool(len(others))
            if len(others):
                self.school[child] = self.random.choice(others)
        self._event(month, who, "transferred", self.random.integers(1, 28, len(who)))

    def _event(self, month: pd.Period, who: np.ndarray, event: str, day: np.ndarray) -> None:
        children = np.flatnonzero(who)
        dates = month.start_time + pd.to_timedelta(day[children] - 1, "D")
        self.events.append(
            pd.DataFrame(
                {
                    "child_number": children,
                    "school": self.school[children],
                    "school_year": month.year,
                    "grade": self.grade[children],
                    "event": event,
                    "event_date": dates,
                }
            )
        )

    def _harm(self, month: pd.Period, harm: np.ndarray, index: int) -> None:
        known = (self.school >= 0) & (self.case_open_until < index) & (month.year - self.born < 18)
        children = np.flatnonzero(known & (self.random.uniform(size=len(harm)) < harm))
        number = len(children)
        recorded = self.random.uniform(size=number) < self.recorded[children]
        day = month.start_time + pd.to_timedelta(self.random.integers(0, 28, number), "D")
        lasts = self.random.gamma(3.0, 50.0, number).round() + 20
        kind = self.random.choice(["neglect", "violence", "child_labour", "other"], number, p=[0.4, 0.35, 0.15, 0.1])
        self.harms[children] += 1
        self.case_open_until[children] = np.where(recorded, index + (lasts / 30).astype(int), -1)
        self.harm.append(
            pd.DataFrame(
                {
                    "child_number": children,
                    "opened_on": day,
                    "kind": kind,
                    "is_recorded": recorded,
                    "closed_on": day + pd.to_timedelta(lasts, "D"),
                }
            )
        )

    def _absence(self, month: pd.Period, shock: np.ndarray, there: np.ndarray) -> tuple[int, np.ndarray]:
        days_open = DAYS_OPEN[month.month]
        self.mood = 0.7 * self.mood + 0.5 * self.random.normal(size=len(shock))
        share = logistic(-2.9 + 0.7 * self.truancy + 0.8 * shock + 0.7 * self.mood)[there]
        absent = self.random.binomial(days_open, share)
        self.absent_share[there] = 0.55 * self.absent_share[there] + 0.45 * absent / days_open
        self.absent_in_term[there] += absent / days_open
        self.months_in_term[there] += 1
        return days_open, absent

    def _mark(self, month: pd.Period) -> None:
        there = np.flatnonzero(self.at_school)
        absent = self.absent_in_term[there] / np.maximum(self.months_in_term[there], 1)
        marks = []
        for subject in SUBJECTS:
            mark = 12.9 + 2.3 * self.ability[there] - 9.0 * (absent - 0.08) + 1.3 * self.random.normal(size=len(there))
            marks.append(np.clip(np.round(mark), 0, 20))
            term_id = f"{month.year}-{1 if month.month == 7 else 2}"
            rows = {"child_number": there, "term_id": term_id, "subject": subject, "mark": marks[-1]}
            self.marks.append(pd.DataFrame(rows))
        self.mark[there] = np.mean(marks, axis=0)
        self.absent_in_term[:], self.months_in_term[:] = 0, 0
        if month.month == 12:
            done = self.at_school & (self.grade >= LAST_GRADE) & (self.mark >= 9.5)
            self._event(month, done, "completed", np.full(len(done), 13))
            self.at_school &= ~done
            self.is_done |= done


def months_to_next_terms_end(month: pd.Period) -> float:
    """Months at risk of leaving from a month's first day to the end of the term after the one it is in."""
    if month.month <= 7:
        return 12 - max(month.month, 4) + 1 + (NOT_BACK_MONTHS if month.month < 4 else 0)
    return 12 - month.month + 1 + NOT_BACK_MONTHS + 4
