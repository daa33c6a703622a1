"""Tables that every other part of the domain reads: what landed, each key once and naming nothing unknown.

Those about persons say where each row landed and are in the vault; places, terms and kinds of help are in the lake.
"""

from __future__ import annotations

import datetime

from socialai_assets.children.input_contracts import (
    CODE,
    LABELS,
    LEVELS,
    NEEDS,
    PROVIDERS,
    AttendanceInput,
    CasesInput,
    ChildrenInput,
    EnrolmentsInput,
    HouseholdsInput,
    MarksInput,
    OutcomesInput,
    ReviewsInput,
    StaffInput,
    SupportInput,
)
from socialai_assets.ingest.contract import RefusalContract, SourcedContract, column

AREA_BASES = ("code", "coordinates", "none")


class Schools(SourcedContract):
    """Schools, each with its area: by its code, else by the polygon it lies in."""

    school_id: str = column("Code of the school.", unique=True, str_matches=CODE)
    name: str = column("Name of the school.", nullable=True)
    level: str = column("Level it teaches.", isin=LEVELS)
    area_id: str = column("Code of the smallest area it lies in.", nullable=True)
    area_basis: str = column("How the area was found.", isin=AREA_BASES)
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", nullable=True, ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", nullable=True, ge=-180, le=180)

    class Config:
        name = "children.schools"


class Terms(SourcedContract):
    """Terms of school years."""

    term_id: str = column("Code of the term.", unique=True)
    school_year: int = column("School year it is part of.")
    starts_on: datetime.date = column("First day.")
    ends_on: datetime.date = column("Last day.")

    class Config:
        name = "children.terms"


class Interventions(SourcedContract):
    """Kinds of help that can be given, with whom they are for, what they cost and what is known of their effect."""

    intervention_id: str = column("Code of the intervention.", unique=True)
    name: str = column("Name of the intervention.")
    acts_on: str = column("Risk it lowers.", isin=LABELS)
    need: str = column("What a child must need it for.", isin=NEEDS)
    min_age: int = column("Least age.", unit="years")
    max_age: int = column("Greatest age.", unit="years")
    hours_per_child: float = column("Hours of whoever gives it, for a child, in all.", unit="hours", ge=0)
    cost_usd: float = column("Cost for a child besides those hours.", unit="USD", ge=0)
    duration_weeks: int = column("How long it takes.", unit="weeks", ge=1)
    delivered_by: str = column("Who gives it.", isin=PROVIDERS)
    relative_effect: float = column("Share of the risk that it takes away, as the evidence says.", ge=0, le=1)
    evidence: str = column("What kind of evidence that is.", isin=("randomised", "matched", "expert", "none"))
    evidence_source: str = column("Where it is written down.", nullable=True)

    class Config:
        name = "children.interventions"


class Services(SourcedContract):
    """Places at which an intervention is given."""

    service_id: str = column("Code of the service.", unique=True)
    intervention_id: str = column("Intervention given there.")
    area_id: str = column("Code of the smallest area it lies in.")
    school_id: str = column("School it is for; missing: for all.", nullable=True)
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    places: int = column("Children it has room for at a time.", ge=0)

    class Config:
        name = "children.services"


class RefusedServices(RefusalContract):
    """Rows on places, terms and kinds of help that name something unknown or come twice; persons' are in the vault."""

    class Config:
        name = "children.refused_services"
        unique = ["input", "row_key", "rule", "source"]


class RefusedRows(SourcedContract):
    """Rows about persons that name something unknown or come twice: where each landed and why, and no value of it."""

    input: str = column("Canonical input the row is in.")
    file_name: str = column("File the row was read from, below the landing folder.", personal=True)
    file_line: int = column("Line of the file (record number where the format has no lines).", ge=1, personal=True)
    rule: str = column(
        "Whether it names something unknown, comes twice (then one of the rows is used), or is used without a link.",
        isin=("unknown", "repeated", "unlinked"),
    )
    reason: str = column("The first thing that is wrong.")

    class Config:
        name = "children.refused_rows"
        unique = ["input", "file_name", "file_line"]


class Staff(StaffInput):
    """Counsellors and social workers, each once."""

    class Config:
        name = "children.staff"


class Children(ChildrenInput):
    """Children on record, each once; the household is missing where no report is on it."""

    class Config:
        name = "children.children"


class Households(HouseholdsInput):
    """What is known of households, by day of report."""

    class Config:
        name = "children.households"


class Enrolments(EnrolmentsInput):
    """When children were enrolled, changed school (told of the one they came to), left or completed it."""

    class Config:
        name = "children.enrolments"


class Attendance(AttendanceInput):
    """Days of school that children missed, by month."""

    class Config:
        name = "children.attendance"


class Marks(MarksInput):
    """Marks of children at the end of terms."""

    class Config:
        name = "children.marks"


class Cases(CasesInput):
    """When cases of child protection were opened and closed."""

    class Config:
        name = "children.cases"


class Support(SupportInput):
    """Help offered and given. Known from the offer on, but when it began and ended is known only from those days on."""

    class Config:
        name = "children.support"


class Outcomes(OutcomesInput):
    """What became of children who were helped."""

    class Config:
        name = "children.outcomes"


class Reviews(ReviewsInput):
    """What people decided on flags."""

    class Config:
        name = "children.reviews"
