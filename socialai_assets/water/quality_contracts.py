"""Tables of water quality and of the stations that measure it: limits, history, regular readings; no visits."""

from __future__ import annotations

import datetime

from socialai_assets.ingest.contract import Contract, SourcedContract, column
from socialai_assets.water.input_contracts import CODE
from socialai_assets.water.parameters import PARAMETERS, SENSED

READING_STATUSES = ("reported", "empty", "gap")


class QualityLimits(Contract):
    """Limits of drinking-water quality with the standard, its edition and the clause that states them."""

    limit_id: str = column("Code of the limit.", unique=True, str_matches=r"[a-z0-9_]+")
    standard: str = column("Who set it.", isin=("WHO", "DS 031-2010-SA"))
    edition: str = column("Edition it is in.")
    clause: str = column("Where it is stated.")
    parameter: str = column("What it limits.", isin=tuple(PARAMETERS))
    lower: float = column("Least value that is right.", nullable=True)
    upper: float = column("Greatest value that is right.", nullable=True)
    remark: str = column("What it holds for.", nullable=True)

    class Config:
        name = "water.quality_limits"


class Parameters(Contract):
    """Each parameter's history at each point, system or station, day by day, with trend and limits exceeded."""

    subject_kind: str = column("Whether a point, a system or a station.", isin=("point", "system", "station"))
    subject_id: str = column("Code of it.", str_matches=CODE)
    parameter: str = column("What was measured.", isin=tuple(PARAMETERS))
    day: datetime.date = column("Day, UTC.")
    unit: str = column("Unit of the values.", nullable=True)
    measurements: int = column("Values of the day.", ge=1)
    mean: float = column("Their mean.")
    minimum: float = column("The least of them.")
    maximum: float = column("The greatest of them.")
    change: float = column("Difference of the mean from that of the day measured before.", nullable=True)
    trend_per_year: float = column(
        "Slope of the daily means so far, by least squares, in units a year; missing before the third day.",
        nullable=True,
    )
    limits_exceeded: int = column("Limits of `water.quality_limits` that some value of the day breaks.", ge=0)
    source: str = column("Source the values come from.")
    is_synthetic: bool = column("Whether the sample generator made them.")

    class Config:
        name = "water.parameters"
        unique = ["subject_kind", "subject_id", "parameter", "day"]


class Exceedances(Contract):
    """Days on which a limit of water quality was broken: which, by how much and how often."""

    subject_kind: str = column("Whether a point, a system or a station.", isin=("point", "system", "station"))
    subject_id: str = column("Code of it.", str_matches=CODE)
    parameter: str = column("What was measured.", isin=tuple(PARAMETERS))
    day: datetime.date = column("Day, UTC.")
    limit_id: str = column("The limit, as in `water.quality_limits`.")
    standard: str = column("Who set it.")
    clause: str = column("Where it is stated.")
    worst: float = column("Value furthest beyond the limit.")
    measurements: int = column("Values of the day.", ge=1)
    beyond: int = column("Values of the day beyond the limit.", ge=1)
    source: str = column("Source the values come from.")
    is_synthetic: bool = column("Whether the sample generator made them.")

    class Config:
        name = "water.exceedances"
        unique = ["subject_kind", "subject_id", "day", "limit_id"]


class RegularReadings(SourcedContract):
    """Readings of every station and parameter at regular times; what is not there is flagged and never filled in."""

    station_id: str = column("Code of the station.", str_matches=CODE)
    parameter: str = column("What is measured.", isin=SENSED)
    measured_at: datetime.datetime = column("Start of the station's interval, UTC.")
    value: float = column("Mean of the interval's readings; missing where there is none.", nullable=True)
    status: str = column(
        "`empty` where the station reported no value, `gap` where it did not report.", isin=READING_STATUSES
    )
    readings: int = column("Readings with a value in the interval.", ge=0)

    class Config:
        name = "water.regular_readings"
        unique = ["station_id", "parameter", "measured_at"]


class StationEvents(SourcedContract):
    """Times in which experts found something remarkable at a station; apart from the readings, which they judge."""

    station_id: str = column("Code of the station.", str_matches=CODE)
    event_from: datetime.datetime = column("First minute of the event, UTC.")
    event_until: datetime.datetime = column("Last minute of the event, UTC.")
    kind: str = column("What it was; `unspecified` where nobody says.")
    minutes: int = column("Minutes it lasted.", unit="min", ge=1)

    class Config:
        name = "water.station_events"
        unique = ["station_id", "event_from"]


class Stations(SourcedContract):
    """Stations with how much of what they should have reported is there."""

    station_id: str = column("Code of the station.", unique=True, str_matches=CODE)
    name: str = column("Name of the station.")
    area_id: str = column("Smallest area it lies in.", nullable=True)
    system_id: str = column("System it watches.", nullable=True)
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", nullable=True, ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", nullable=True, ge=-180, le=180)
    interval_minutes: int = column("How often it is to report.", unit="min", ge=1)
    parameters: int = column("Parameters it reports.", ge=0)
    first_reading: datetime.datetime = column("Its first interval, UTC.", nullable=True)
    last_reading: datetime.datetime = column("Its last interval, UTC.", nullable=True)
    expected: int = column("Readings between these, one a parameter and interval.", ge=0)
    empty: int = column("Of them reported without a value.", ge=0)
    gaps: int = column("Of them not reported.", ge=0)
    missing_pct: float = column("Share of empty ones and gaps.", unit="%", nullable=True, ge=0, le=100)
    events: int = column("Remarkable events at it.", ge=0)

    class Config:
        name = "water.stations"
