"""The kinds of help there are in the sample country, with what is known of their effect. Draws nothing.

Where a study is named, the share is what it found on its own outcome, which need not be the one acted on here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pandas as pd

NO_INTERVENTION = "hypnosis"
"""An intervention that rows planted to be refused name, and no list holds."""
_EXPERT = "Assumed for the sample country; no study"


@dataclass(frozen=True)
class KindOfHelp:
    """A kind of help; the fields are the columns of `children.raw_interventions`."""

    intervention_id: str
    name: str
    acts_on: str
    need: str
    min_age: int
    max_age: int
    hours_per_child: float
    cost_usd: float
    duration_weeks: int
    delivered_by: str
    relative_effect: float
    evidence: str = "expert"
    evidence_source: str = _EXPERT


CATALOGUE = (
    KindOfHelp(
        intervention_id="tutoring",
        name="Tutoring in small groups",
        acts_on="leaves_school",
        need="failing_marks",
        min_age=6,
        max_age=18,
        hours_per_child=24.0,
        cost_usd=90.0,
        duration_weeks=16,
        delivered_by="programme",
        relative_effect=0.2,
    ),
    KindOfHelp(
        intervention_id="attendance_mentor",
        name="A mentor who follows attendance",
        acts_on="leaves_school",
        need="irregular_attendance",
        min_age=10,
        max_age=18,
        hours_per_child=16.0,
        cost_usd=60.0,
        duration_weeks=36,
        delivered_by="school_counsellor",
        relative_effect=0.33,
        evidence="randomised",
        evidence_source="Sinclair, Christenson and Thurlow 2005, Except. Child. 71: 39 against 58 % left (small)",
    ),
    KindOfHelp(
        intervention_id="attendance_talk",
        name="Talks on attendance",
        acts_on="leaves_school",
        need="irregular_attendance",
        min_age=6,
        max_age=18,
        hours_per_child=4.0,
        cost_usd=5.0,
        duration_weeks=8,
        delivered_by="school_counsellor",
        relative_effect=0.12,
    ),
    KindOfHelp(
        intervention_id="transport",
        name="Transport to school",
        acts_on="leaves_school",
        need="far_from_school",
        min_age=6,
        max_age=18,
        hours_per_child=0.5,
        cost_usd=220.0,
        duration_weeks=36,
        delivered_by="programme",
        relative_effect=0.25,
    ),
    KindOfHelp(
        intervention_id="school_grant",
        name="Cash grant while at school",
        acts_on="leaves_school",
        need="poor_household",
        min_age=6,
        max_age=18,
        hours_per_child=2.0,
        cost_usd=260.0,
        duration_weeks=36,
        delivered_by="programme",
        relative_effect=0.29,
        evidence="randomised",
        evidence_source="Baird and others 2014, J. Dev. Effectiveness 6: odds of enrolment 1.41 times as high",
    ),
    KindOfHelp(
        intervention_id="mother_tongue",
        name="Lessons in the first language",
        acts_on="leaves_school",
        need="language_differs",
        min_age=5,
        max_age=13,
        hours_per_child=20.0,
        cost_usd=110.0,
        duration_weeks=36,
        delivered_by="programme",
        relative_effect=0.15,
    ),
    KindOfHelp(
        intervention_id="returns_information",
        name="What school leads to, told by telephone",
        acts_on="leaves_school",
        need="any",
        min_age=12,
        max_age=18,
        hours_per_child=0.3,
        cost_usd=2.0,
        duration_weeks=2,
        delivered_by="school_counsellor",
        relative_effect=0.06,
        evidence="randomised",
        evidence_source="Gallego, Molina and Neilson 2025, J. Dev. Economics 176: 0.6 points of 10.2 % fewer left",
    ),
    KindOfHelp(
        intervention_id="family_visits",
        name="Visits to the family by a social worker",
        acts_on="case_opens",
        need="protection",
        min_age=0,
        max_age=18,
        hours_per_child=20.0,
        cost_usd=40.0,
        duration_weeks=20,
        delivered_by="social_worker",
        relative_effect=0.21,
        evidence="randomised",
        evidence_source="Chaffin and others 2012, Pediatrics 129: hazard of a new report .74 to .83 times (SafeCare)",
    ),
    KindOfHelp(
        intervention_id="parenting_group",
        name="Group for parents",
        acts_on="case_opens",
        need="any",
        min_age=5,
        max_age=18,
        hours_per_child=6.0,
        cost_usd=35.0,
        duration_weeks=14,
        delivered_by="social_worker",
        relative_effect=0.2,
    ),
    KindOfHelp(
        intervention_id="family_grant",
        name="Cash grant to the household",
        acts_on="case_opens",
        need="poor_household",
        min_age=0,
        max_age=18,
        hours_per_child=1.5,
        cost_usd=240.0,
        duration_weeks=26,
        delivered_by="programme",
        relative_effect=0.1,
        evidence="randomised",
        evidence_source="Cancian, Yang and Slack 2013, Social Service Review 87: about a tenth fewer reports",
    ),
    KindOfHelp(
        intervention_id="counselling",
        name="Counselling at school",
        acts_on="case_opens",
        need="irregular_attendance",
        min_age=8,
        max_age=18,
        hours_per_child=8.0,
        cost_usd=15.0,
        duration_weeks=12,
        delivered_by="school_counsellor",
        relative_effect=0.12,
    ),
)


def interventions() -> pd.DataFrame:
    """The catalogue as rows of `children.raw_interventions`."""
    return pd.DataFrame([asdict(kind) for kind in CATALOGUE])
