"""Refugees' tables: what each column says and may hold. What lands is in input_ and publisher_contracts.py."""

from __future__ import annotations

import datetime

from socialai_assets.ingest.contract import QuarantineContract, RefusalContract, SourcedContract, column
from socialai_assets.refugees.arrival_contracts import ArrivalFactors as ArrivalFactors
from socialai_assets.refugees.arrival_contracts import PopulationForecasts as PopulationForecasts
from socialai_assets.refugees.arrival_contracts import PopulationOutOfSample as PopulationOutOfSample
from socialai_assets.refugees.arrival_contracts import PopulationScores as PopulationScores
from socialai_assets.refugees.convoy_contracts import Convoys as Convoys
from socialai_assets.refugees.convoy_contracts import ConvoyStops as ConvoyStops
from socialai_assets.refugees.convoy_contracts import UnservedConvoyStops as UnservedConvoyStops
from socialai_assets.refugees.decision_contracts import DecisionLog as DecisionLog
from socialai_assets.refugees.feedback_contracts import FairnessAudit as FairnessAudit
from socialai_assets.refugees.feedback_contracts import FairnessCost as FairnessCost
from socialai_assets.refugees.feedback_contracts import ForecastDrift as ForecastDrift
from socialai_assets.refugees.feedback_contracts import ForecastPerformance as ForecastPerformance
from socialai_assets.refugees.feedback_contracts import NeedsReported as NeedsReported
from socialai_assets.refugees.feedback_contracts import OverrideDecisions as OverrideDecisions
from socialai_assets.refugees.feedback_contracts import OverrideOutcomes as OverrideOutcomes
from socialai_assets.refugees.feedback_contracts import Overrides as Overrides
from socialai_assets.refugees.feedback_contracts import OverrideSummary as OverrideSummary
from socialai_assets.refugees.feedback_contracts import PlanPerformance as PlanPerformance
from socialai_assets.refugees.feedback_contracts import ServedForecasts as ServedForecasts
from socialai_assets.refugees.feedback_contracts import ServedPlans as ServedPlans
from socialai_assets.refugees.feedback_input_contracts import NeedsReportedInput as NeedsReportedInput
from socialai_assets.refugees.feedback_input_contracts import OverridesInput as OverridesInput
from socialai_assets.refugees.input_contracts import (
    AGE_GROUPS,
    CLOSURE_KINDS,
    CODE,
    COUNTRY,
    POPULATION_TYPES,
    SEXES,
    LocationColumns,
)
from socialai_assets.refugees.input_contracts import CampRegistrationsInput as CampRegistrationsInput
from socialai_assets.refugees.input_contracts import CampsInput as CampsInput
from socialai_assets.refugees.input_contracts import ClosuresInput as ClosuresInput
from socialai_assets.refugees.input_contracts import LinksInput as LinksInput
from socialai_assets.refugees.input_contracts import LocationsInput as LocationsInput
from socialai_assets.refugees.input_contracts import PopulationGroupsInput as PopulationGroupsInput
from socialai_assets.refugees.publisher_contracts import FleeClosures as FleeClosures
from socialai_assets.refugees.publisher_contracts import FleeLayouts as FleeLayouts
from socialai_assets.refugees.publisher_contracts import FleeLocations as FleeLocations
from socialai_assets.refugees.publisher_contracts import FleePeriods as FleePeriods
from socialai_assets.refugees.publisher_contracts import FleeRegistrations as FleeRegistrations
from socialai_assets.refugees.publisher_contracts import FleeRoutes as FleeRoutes
from socialai_assets.refugees.publisher_contracts import UnhcrDemographics as UnhcrDemographics
from socialai_assets.refugees.publisher_contracts import UnhcrPopulation as UnhcrPopulation
from socialai_assets.refugees.supply_contracts import Needs as Needs
from socialai_assets.refugees.supply_contracts import ReliefDeliveries as ReliefDeliveries
from socialai_assets.refugees.supply_contracts import ReliefDeliveriesInput as ReliefDeliveriesInput
from socialai_assets.refugees.supply_contracts import ReliefDepots as ReliefDepots
from socialai_assets.refugees.supply_contracts import ReliefDepotsInput as ReliefDepotsInput
from socialai_assets.refugees.supply_contracts import ReliefItems as ReliefItems
from socialai_assets.refugees.supply_contracts import ReliefStock as ReliefStock
from socialai_assets.refugees.supply_contracts import ReliefStockInput as ReliefStockInput
from socialai_assets.refugees.supply_contracts import ReliefVehicles as ReliefVehicles
from socialai_assets.refugees.supply_contracts import ReliefVehiclesInput as ReliefVehiclesInput
from socialai_assets.refugees.supply_contracts import SupplyComparison as SupplyComparison
from socialai_assets.refugees.supply_contracts import SupplyFairnessCurve as SupplyFairnessCurve
from socialai_assets.refugees.supply_contracts import SupplyPlan as SupplyPlan

CAPACITY_BASES = ("stated", "observed_maximum", "unknown")


class Quarantine(QuarantineContract):
    """Landed rows of refugees that broke their source's contract."""

    class Config:
        name = "refugees.quarantine"


class RefusedInputs(RefusalContract):
    """Rows that keep their own contract and cannot be used beside the other tables, with the reason."""

    class Config:
        name = "refugees.refused_inputs"
        unique = ["input", "row_key", "rule", "source"]


class Camps(SourcedContract):
    """Places where refugees are registered, with what their reports and roads say of them."""

    camp_id: str = column("Code of the camp.", unique=True, str_matches=CODE)
    conflict_id: str = column("Code of the conflict people fled from.", str_matches=CODE)
    name: str = column("Name of the camp.")
    country: str = column("Country it lies in, ISO 3166-1 alpha-3.", str_matches=COUNTRY)
    region: str = column("Region of that country.", nullable=True)
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    shares_coordinates: bool = column("Whether another camp of the conflict has the same coordinates.")
    capacity: float = column("People it can hold, as its source states.", unit="people", nullable=True, ge=0)
    capacity_basis: str = column(
        "`observed_maximum` where the capacity stated is no more than the most people reported, so no limit.",
        isin=CAPACITY_BASES,
    )
    most_people: float = column("Most people reported; missing without a report.", unit="people", nullable=True, ge=0)
    reports: int = column("Reports on it, superseded ones among them.", ge=0)
    first_report: datetime.date = column("Day of the first report.", nullable=True)
    last_report: datetime.date = column("Day of the last report.", nullable=True)
    links: int = column("Roads that begin or end there.", ge=0)

    class Config:
        name = "refugees.camps"


class Locations(LocationColumns, SourcedContract):
    """Conflict zones, towns and hubs on the roads to the camps."""

    class Config:
        name = "refugees.locations"


class CampRegistrations(SourcedContract):
    """People registered in a camp or part of one, every report as it came, with what is odd about it."""

    camp_id: str = column("Code of the camp.", str_matches=CODE)
    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    part: str = column("Part of the camp that the report is on; `all` where it is on all of it.")
    reported_on: datetime.date = column("Day the report is for.")
    report_number: int = column("Which report of the camp or part it is, in the order they came in.", ge=1)
    people: float = column("People registered.", unit="people", ge=0)
    change: float = column(
        "Difference from the report for the day before among those that hold; missing for the first and for one that "
        "is superseded.",
        unit="people",
        nullable=True,
    )
    is_superseded: bool = column("Whether a later report is for the same day, and holds.")
    is_out_of_order: bool = column("Whether it is for an earlier day than a report that came in before it.")
    is_level_change: bool = column(
        "Whether it is a fall so large, a tenth and 500 people, that the register was probably verified anew."
    )

    class Config:
        name = "refugees.camp_registrations"
        unique = ["camp_id", "part", "report_number"]


class CampPopulation(SourcedContract):
    """People in each camp at the end of each week: the last report so far, carried forward to the conflict's last.

    Nothing here is taken from a report of a later day than the week's last.
    """

    camp_id: str = column("Code of the camp.", str_matches=CODE)
    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    week_start: datetime.date = column("Monday the week begins on.")
    people: float = column("People in the camp, its parts added up.", unit="people", ge=0)
    reported_on: datetime.date = column("Day of the newest report in it.")
    days_since_report: int = column("Days from that report to the week's last.", unit="days", ge=0)
    is_carried_forward: bool = column("Whether no report is for a day of this week.")
    is_level_change: bool = column("Whether a report of this week is a fall by which a register was verified anew.")
    parts: int = column("Parts of the camp that are in it.", ge=1)

    class Config:
        name = "refugees.camp_population"
        unique = ["camp_id", "week_start"]


class Links(SourcedContract):
    """Roads between camps, conflict zones, towns and hubs; each once, and used both ways."""

    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    from_id: str = column("Camp or location at one end, the first by the alphabet.", str_matches=CODE)
    to_id: str = column("Camp or location at the other end.", str_matches=CODE)
    km: float = column("Length of the road; the shortest where sources differ.", unit="km", ge=0.001)
    straight_km: float = column("Great-circle distance between its ends.", unit="km", ge=0)
    is_too_short: bool = column("Whether it is more than a tenth and 2 km shorter than the straight line.")
    crosses_border: bool = column("Whether its ends lie in different countries.")

    class Config:
        name = "refugees.links"
        unique = ["conflict_id", "from_id", "to_id"]


class Closures(SourcedContract):
    """Which roads are closed when; a closed place or border is here with each road it closes."""

    closure_id: str = column("Code of the closure.", str_matches=CODE)
    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    from_id: str = column("One end of the road, as `refugees.links` has it.", str_matches=CODE)
    to_id: str = column("Other end of the road.", str_matches=CODE)
    kind: str = column(
        "Whether the road itself, a place at its end or the border it crosses is closed.", isin=CLOSURE_KINDS
    )
    closes: str = column("Road, place or border that its source says is closed.")
    closed_from: datetime.date = column("First day it is closed.")
    closed_until: datetime.date = column("Last day it is closed; missing: until further notice.", nullable=True)

    class Config:
        name = "refugees.closures"
        unique = ["closure_id", "from_id", "to_id"]


class Demographics(SourcedContract):
    """People of concern by year, origin, asylum, type, sex and age, summed over locations and accommodation.

    Totals have `all` as sex and age group and come from other tables than groups, so the two need not agree.
    """

    year: int = column("Year.", ge=1900, le=2200)
    origin: str = column("Country they are from, ISO 3166-1 alpha-3 or UNHCR's UNK, XXA, TIB.", str_matches=COUNTRY)
    asylum: str = column("Country they are in, ISO 3166-1 alpha-3.", str_matches=COUNTRY)
    population_type: str = column("Who they are.", isin=POPULATION_TYPES)
    sex: str = column("Sex; `all` in a total, `unknown` where the source does not say.", isin=SEXES)
    age_group: str = column("Age in years; `all` in a total, `unknown` where it does not say.", isin=AGE_GROUPS)
    people: float = column("How many.", unit="people", ge=0)
    share_pct: float = column(
        "Share in all groups of that year, origin, asylum and type, unknown ones included; missing in totals and "
        "where nobody is.",
        unit="%",
        nullable=True,
        ge=0,
        le=100.0001,
    )

    class Config:
        name = "refugees.demographics"
        unique = ["year", "origin", "asylum", "population_type", "sex", "age_group", "source"]
