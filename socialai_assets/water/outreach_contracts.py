"""Water's tables for people: what station pages and reports show, inspections and their outcomes."""

from __future__ import annotations

import datetime

from socialai_assets.factories.plan_scenarios import ScenarioContract
from socialai_assets.factories.route_changes import CONSTRAINTS
from socialai_assets.ingest.contract import Contract, column
from socialai_assets.water.input_contracts import CODE, WaterSurveysInput
from socialai_assets.water.parameters import SENSED
from socialai_assets.water.risk_contracts import TARGETS

FAILURES = ("points_dry", "no_service_hours", "networks_fallen", "catchments_fallen")


class InspectionOutcomesInput(WaterSurveysInput):
    """What inspections found: one row a parameter, as a number or as a grade, in canonical form."""

    report_date: datetime.date = column("Day of the inspection.")
    crew: str = column("Crew that was there, as in `water.inspection_routes`; never a person's name.", nullable=True)
    note: str = column("What else was seen.", nullable=True)

    class Config:
        name = "water.raw_inspection_outcomes"
        unique = ["system_id", "point_id", "report_date", "parameter"]


class SupplyFailures(Contract):
    """Systems whose water did not flow at the latest visits, with the people they should serve."""

    system_id: str = column("Code of the system.", unique=True, str_matches=CODE)
    name: str = column("Name of the system.", nullable=True)
    area_id: str = column("Smallest area it is counted to.", nullable=True)
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    served_population: float = column("People served, by the latest report.", unit="people", nullable=True, ge=0)
    reason: str = column(
        "What tells it: no water at any of its points, or, where nobody looked there, no hour of service, all its "
        "networks or all its catchments in state D, fallen.",
        isin=FAILURES,
    )
    report_date: datetime.date = column("Newest visit that found it so.", nullable=True)
    source: str = column("Source of the system.")
    is_synthetic: bool = column("Whether the sample generator made it.")

    class Config:
        name = "water.supply_failures"


class RecentReadings(Contract):
    """The last week of each station's readings, by hour: what its page shows."""

    station_id: str = column("Code of the station.", str_matches=CODE)
    parameter: str = column("What is measured.", isin=SENSED)
    hour: datetime.datetime = column("Start of the hour, UTC.")
    unit: str = column("Unit of the values.", nullable=True)
    mean: float = column("Mean of the hour's values; missing where there is none.", nullable=True)
    minimum: float = column("The least of them.", nullable=True)
    maximum: float = column("The greatest of them.", nullable=True)
    expected: int = column("Readings that should be there.", ge=1)
    reported: int = column("Readings with a value.", ge=0)
    source: str = column("Source the values come from.")
    is_synthetic: bool = column("Whether the sample generator made them.")

    class Config:
        name = "water.recent_readings"
        unique = ["station_id", "parameter", "hour"]


class InspectionStops(ScenarioContract):
    """How urgent a visit to each system is, and whether and when a crew goes there, or why not."""

    system_id: str = column("Code of the system.", str_matches=CODE)
    name: str = column("Its name.", nullable=True)
    area_id: str = column("Smallest area.", nullable=True)
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    served_population: float = column("People served.", unit="people", nullable=True, ge=0)
    uncertainty: float = column(
        "Width of the 90 % interval of its most uncertain point's risk; 1 where that is withheld.", ge=0, le=1
    )
    days_since_report: int = column("Days since the last visit; missing: none is dated.", unit="days", nullable=True)
    urgency: float = column("How urgent a visit is, by water/inspections.yaml.", ge=0)
    rank: int = column("Its place among all, 1 the most urgent.", ge=1)
    why: str = column("What makes it urgent most.", isin=("uncertain", "stale", "never_visited"))
    status: str = column(
        "Planned, left out by the routes, or not among the most urgent.", isin=("planned", "left_out", "not_chosen")
    )
    day: datetime.date = column("Day of the visit.", nullable=True)
    crew: str = column("Crew that goes there.", nullable=True)
    reason: str = column(
        "Why it is not visited: `less_urgent`, `out_of_reach` of a day's work, or the constraint in the routes' way.",
        nullable=True,
        isin=(
            "less_urgent",
            "out_of_reach",
            *CONSTRAINTS,
        ),
    )
    explanation: str = column("The same in words.", nullable=True)

    class Config:
        name = "water.inspection_stops"
        unique = ["scenario", "system_id"]


class InspectionRoutes(ScenarioContract):
    """The way of each crew on each day, in order; minutes are minutes after midnight."""

    day: datetime.date = column("Day.")
    crew: str = column("Crew.")
    sequence: int = column("Place in the day, 0 the start.", ge=0)
    kind: str = column("Start, stop or end.", isin=("start", "stop", "end"))
    system_id: str = column("System visited; missing at the base.", nullable=True)
    name: str = column("Name of the system or base.", nullable=True)
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    arrives_minute: float = column("Arrival.", unit="minutes after midnight", ge=0)
    leaves_minute: float = column("Departure.", unit="minutes after midnight", ge=0)
    km: float = column("Way since the start of the day.", unit="km", ge=0)
    why: str = column("What makes the visit urgent; missing at the base.", nullable=True)
    travel_source: str = column("Where travel times come from; a great circle is no road.")
    engine: str = column("What found the routes.", isin=("pyvrp", "ortools"))

    class Config:
        name = "water.inspection_routes"
        unique = ["scenario", "day", "crew", "sequence"]


class OutcomeDrift(Contract):
    """Visits that no model has learned from yet, and whether they came out as its risks said.

    Enough of them, or failures that the risks do not bear out, ask for a training.
    """

    target: str = column("What is feared.", unique=True, isin=TARGETS)
    visits_learned: int = column("Visits that the last training saw.", ge=0)
    new_visits: int = column("Visits since.", ge=0)
    new_failures: int = column("Of these, those that found a failure.", ge=0)
    compared: int = column("New visits to points whose risk is not withheld.", ge=0)
    expected_failures: float = column("Failures among these, by their risks.", ge=0)
    compared_failures: int = column("Failures among these.", ge=0)
    p_value: float = column("Of the test that the risks hold; missing with too few.", nullable=True, ge=0, le=1)
    asks_for_training: bool = column("Whether there are enough new visits, or surprising ones.")
    reason: str = column("Which of the two.", nullable=True, isin=("many", "surprising"))
    is_synthetic: bool = column("Whether any of the visits is from the sample generator.")

    class Config:
        name = "water.outcome_drift"
