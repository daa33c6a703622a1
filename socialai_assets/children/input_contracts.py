"""What may land about children, in canonical form: columns and rules. Tables made from them: contracts.py.

What happened is told as events, each with the day from which it was known, so that nothing known later can reach a
feature. Names, addresses and free text have no column here, and what has no column is never read into a table.
"""

from __future__ import annotations

import datetime

import pandas as pd
import pandera.pandas as pa

from socialai_assets.ingest.contract import RawContract, column

CODE = r"\S+"
LABELS = ("leaves_school", "case_opens")
NEEDS = (
    "irregular_attendance",
    "failing_marks",
    "far_from_school",
    "poor_household",
    "language_differs",
    "protection",
    "any",
)
PROVIDERS = ("school_counsellor", "social_worker", "programme")
STAFF_ROLES = ("school_counsellor", "social_worker")
ENROLMENT_EVENTS = ("enrolled", "transferred", "left", "completed")
CASE_KINDS = ("neglect", "violence", "child_labour", "other")
OUTCOMES = ("attends", "left_school", "case_opened", "moved", "not_known")
REVIEWS = ("confirmed", "contested", "cleared")
REVIEW_REASONS = ("known_to_services", "record_wrong", "already_supported", "circumstances_changed", "not_at_risk")
LEVELS = ("initial", "primary", "secondary", "special", "other")


def _is_past(days: pd.Series) -> pd.Series:
    # A day's grace: where a report comes from it may be tomorrow already.
    moments = pd.to_datetime(days)
    return moments.isna() | (moments <= pd.Timestamp.now() + pd.Timedelta(1, "D"))


class KnownContract(RawContract):
    """Something that came to be known on a day."""

    knowledge_date: datetime.date = column("Day from which the row was known to whoever runs the programme.")

    @pa.dataframe_check
    def is_past(cls, frame: pd.DataFrame) -> pd.Series:
        """the day it was known from is not in the future"""
        return _is_past(frame["knowledge_date"])


class SchoolsInput(RawContract):
    """Schools, in canonical form."""

    school_id: str = column("Code of the school.", unique=True, str_matches=CODE)
    name: str = column("Name of the school.", nullable=True)
    level: str = column("Level it teaches.", isin=LEVELS)
    area_id: str = column("Code of the smallest area it lies in.", nullable=True, str_matches=CODE)
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", nullable=True, ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", nullable=True, ge=-180, le=180)

    class Config:
        name = "children.raw_schools"


class TermsInput(RawContract):
    """Terms of school years, in canonical form."""

    term_id: str = column("Code of the term.", unique=True, str_matches=CODE)
    school_year: int = column("School year it is part of.", ge=1900, le=2200)
    starts_on: datetime.date = column("First day.")
    ends_on: datetime.date = column("Last day.")

    class Config:
        name = "children.raw_terms"

    @pa.dataframe_check
    def starts_before_it_ends(cls, frame: pd.DataFrame) -> pd.Series:
        """the term starts before it ends"""
        return pd.to_datetime(frame["starts_on"]) < pd.to_datetime(frame["ends_on"])


class InterventionsInput(RawContract):
    """Kinds of help that can be given, with whom they are for, what they cost and what is known of their effect."""

    intervention_id: str = column("Code of the intervention.", unique=True, str_matches=CODE)
    name: str = column("Name of the intervention.")
    acts_on: str = column("Risk it lowers.", isin=LABELS)
    need: str = column("What a child must need it for.", isin=NEEDS)
    min_age: int = column("Least age.", unit="years", ge=0, le=25)
    max_age: int = column("Greatest age.", unit="years", ge=0, le=25)
    hours_per_child: float = column("Hours of whoever gives it, for a child, in all.", unit="hours", ge=0)
    cost_usd: float = column("Cost for a child besides those hours.", unit="USD", ge=0)
    duration_weeks: int = column("How long it takes.", unit="weeks", ge=1)
    delivered_by: str = column("Who gives it.", isin=PROVIDERS)
    relative_effect: float = column("Share of the risk that it takes away, as the evidence says.", ge=0, le=1)
    evidence: str = column("What kind of evidence that is.", isin=("randomised", "matched", "expert", "none"))
    evidence_source: str = column("Where it is written down.", nullable=True)

    class Config:
        name = "children.raw_interventions"


class ServicesInput(RawContract):
    """Places at which an intervention is given, in canonical form."""

    service_id: str = column("Code of the service.", unique=True, str_matches=CODE)
    intervention_id: str = column("Intervention given there.", str_matches=CODE)
    area_id: str = column("Code of the smallest area it lies in.", str_matches=CODE)
    school_id: str = column("School it is for; missing: for all.", nullable=True, str_matches=CODE)
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    places: int = column("Children it has room for at a time.", ge=0)

    class Config:
        name = "children.raw_services"


class StaffInput(RawContract):
    """Counsellors and social workers, in canonical form; without their names."""

    staff_id: str = column("Pseudonym of the person.", unique=True, str_matches=CODE, identifies="staff")
    role: str = column("What the person is.", isin=STAFF_ROLES)
    area_id: str = column("Code of the area the person works from.", str_matches=CODE)
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    hours_per_week: float = column("Hours for children a week.", unit="hours", ge=0, le=80)
    most_children: int = column("Children the person can have at a time.", ge=0)

    class Config:
        name = "children.raw_staff"


class ChildrenInput(KnownContract):
    """Children, in canonical form: one row a child, without names and addresses."""

    child_id: str = column("Pseudonym of the child.", unique=True, str_matches=CODE, identifies="child")
    birth_month: datetime.date = column("First day of the month of birth.", personal=True)
    sex: str = column("Sex.", isin=("F", "M"), personal=True)
    language: str = column("First language.", str_matches=CODE, personal=True)
    disability: bool = column("Whether a disability is on record; missing: not asked.", nullable=True, personal=True)
    household_id: str = column("Pseudonym of the household.", nullable=True, str_matches=CODE, identifies="household")
    area_id: str = column("Code of the smallest area the child lives in.", str_matches=CODE, personal=True)

    class Config:
        name = "children.raw_children"

    @pa.dataframe_check
    def month_only(cls, frame: pd.DataFrame) -> pd.Series:
        """the day of birth is not written down, only the first day of its month"""
        return pd.to_datetime(frame["birth_month"]).dt.day == 1


class HouseholdsInput(KnownContract):
    """What is known of households, by day of report, in canonical form."""

    household_id: str = column("Pseudonym of the household.", str_matches=CODE, identifies="household")
    report_date: datetime.date = column("Day it was asked.", personal=True)
    members: int = column("People in it.", ge=1, personal=True)
    adults: int = column("Adults among them.", ge=0, personal=True)
    caregiver_school_years: float = column(
        "Years of school of the caregiver.", unit="years", ge=0, le=25, nullable=True, personal=True
    )
    income_usd_month: float = column("Income a month.", unit="USD", ge=0, nullable=True, personal=True)
    receives_aid: bool = column("Whether it receives aid.", nullable=True, personal=True)
    has_electricity: bool = column("Whether it has electricity.", nullable=True, personal=True)
    has_piped_water: bool = column("Whether it has piped water.", nullable=True, personal=True)
    school_km: float = column("Way to school.", unit="km", ge=0, nullable=True, personal=True)

    class Config:
        name = "children.raw_households"
        unique = ["household_id", "report_date"]


class EnrolmentsInput(KnownContract):
    """When children were enrolled, changed school, left or completed it, in canonical form."""

    child_id: str = column("Pseudonym of the child.", str_matches=CODE, identifies="child")
    school_id: str = column("School it happened at.", str_matches=CODE, personal=True)
    school_year: int = column("School year.", ge=1900, le=2200, personal=True)
    grade: int = column("Grade, counted from the first of primary school.", ge=0, le=13, personal=True)
    event: str = column("What happened.", isin=ENROLMENT_EVENTS, personal=True)
    event_date: datetime.date = column("When it happened.", personal=True)

    class Config:
        name = "children.raw_enrolments"
        unique = ["child_id", "event", "event_date"]


class AttendanceInput(KnownContract):
    """Days of school that children missed, by month, in canonical form."""

    child_id: str = column("Pseudonym of the child.", str_matches=CODE, identifies="child")
    month: datetime.date = column("First day of the month.", personal=True)
    days_open: int = column("Days on which the school was open.", ge=1, le=31, personal=True)
    days_absent: int = column("Days among them on which the child was not there.", ge=0, le=31, personal=True)

    class Config:
        name = "children.raw_attendance"
        unique = ["child_id", "month"]

    @pa.dataframe_check
    def absent_when_open(cls, frame: pd.DataFrame) -> pd.Series:
        """the child is absent on no more days than the school is open"""
        return frame["days_absent"] <= frame["days_open"]


class MarksInput(KnownContract):
    """Marks at the end of terms, in canonical form."""

    child_id: str = column("Pseudonym of the child.", str_matches=CODE, identifies="child")
    term_id: str = column("Term.", str_matches=CODE, personal=True)
    subject: str = column("Subject.", str_matches=CODE, personal=True)
    mark: float = column("Mark, of 20.", ge=0, le=20, personal=True)

    class Config:
        name = "children.raw_marks"
        unique = ["child_id", "term_id", "subject"]


class CasesInput(KnownContract):
    """When cases of child protection were opened and closed, in canonical form."""

    case_id: str = column("Pseudonym of the case.", str_matches=CODE, identifies="case")
    child_id: str = column("Pseudonym of the child.", str_matches=CODE, identifies="child")
    event: str = column("What happened.", isin=("opened", "closed"), personal=True)
    kind: str = column("What it is about.", isin=CASE_KINDS, personal=True)
    event_date: datetime.date = column("When it happened.", personal=True)

    class Config:
        name = "children.raw_cases"
        unique = ["case_id", "event"]


class SupportInput(KnownContract):
    """Help that was offered and given to children, in canonical form."""

    support_id: str = column("Pseudonym of this help.", unique=True, str_matches=CODE, identifies="support")
    child_id: str = column("Pseudonym of the child.", str_matches=CODE, identifies="child")
    intervention_id: str = column("Intervention.", str_matches=CODE, personal=True)
    service_id: str = column("Service that gives it.", nullable=True, str_matches=CODE, personal=True)
    staff_id: str = column("Pseudonym of who gives it.", nullable=True, str_matches=CODE, identifies="staff")
    offered_on: datetime.date = column("When it was offered.", personal=True)
    started_on: datetime.date = column("When it began; missing: not yet, or never.", nullable=True, personal=True)
    ended_on: datetime.date = column("When it ended; missing: it has not.", nullable=True, personal=True)

    class Config:
        name = "children.raw_support"


class OutcomesInput(KnownContract):
    """What became of children who were helped, in canonical form."""

    support_id: str = column("Pseudonym of the help.", str_matches=CODE, identifies="support")
    child_id: str = column("Pseudonym of the child.", str_matches=CODE, identifies="child")
    outcome: str = column("What was found.", isin=OUTCOMES, personal=True)
    found_on: datetime.date = column("When it was found.", personal=True)

    class Config:
        name = "children.raw_outcomes"
        unique = ["support_id", "found_on"]


class ReviewsInput(KnownContract):
    """What people decided on flags: confirmed, contested (by whom it is about) or cleared, in canonical form."""

    review_id: str = column("Code of the review.", unique=True, str_matches=CODE, personal=True)
    child_id: str = column("Pseudonym of the child.", str_matches=CODE, identifies="child")
    label: str = column("Risk the flag is about.", isin=LABELS, personal=True)
    decision: str = column("What was decided.", isin=REVIEWS, personal=True)
    reason_code: str = column("Why.", isin=REVIEW_REASONS, personal=True)
    decided_on: datetime.date = column("When.", personal=True)
    decided_by: str = column("Role of who decided.", str_matches=CODE, personal=True)

    class Config:
        name = "children.raw_reviews"
