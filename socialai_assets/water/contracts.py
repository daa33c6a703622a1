"""Water's tables: what each column says and may hold. What lands is in input_ and publisher_contracts.py."""

from __future__ import annotations

import datetime

from socialai_assets.ingest.contract import Contract, QuarantineContract, SourcedContract, column
from socialai_assets.water.detection_contracts import AlarmAcknowledgements as AlarmAcknowledgements
from socialai_assets.water.detection_contracts import AlarmAcknowledgementsInput as AlarmAcknowledgementsInput
from socialai_assets.water.detection_contracts import Alarms as Alarms
from socialai_assets.water.detection_contracts import OpenAlarms as OpenAlarms
from socialai_assets.water.input_contracts import (
    CODE,
    COMPONENTS,
    FACILITY_TYPES,
    GRADES,
    SERVICE_LEVELS,
    SUPPLIES,
)
from socialai_assets.water.input_contracts import PopulationServedInput as PopulationServedInput
from socialai_assets.water.input_contracts import SensorReadingsInput as SensorReadingsInput
from socialai_assets.water.input_contracts import StationEventsInput as StationEventsInput
from socialai_assets.water.input_contracts import StationsInput as StationsInput
from socialai_assets.water.input_contracts import WaterPointsInput as WaterPointsInput
from socialai_assets.water.input_contracts import WaterSurveysInput as WaterSurveysInput
from socialai_assets.water.input_contracts import WaterSystemsInput as WaterSystemsInput
from socialai_assets.water.outreach_contracts import RecentReadings as RecentReadings
from socialai_assets.water.outreach_contracts import SupplyFailures as SupplyFailures
from socialai_assets.water.parameters import PARAMETERS, SENSED, STATE
from socialai_assets.water.publisher_contracts import Gecco2018 as Gecco2018
from socialai_assets.water.publisher_contracts import SiasarCatchments as SiasarCatchments
from socialai_assets.water.publisher_contracts import SiasarDistributions as SiasarDistributions
from socialai_assets.water.publisher_contracts import SiasarStorages as SiasarStorages
from socialai_assets.water.publisher_contracts import SiasarTreatments as SiasarTreatments
from socialai_assets.water.repair_contracts import PointPressure as PointPressure
from socialai_assets.water.repair_contracts import ServiceGaps as ServiceGaps
from socialai_assets.water.risk_contracts import AreaRisk as AreaRisk
from socialai_assets.water.risk_contracts import PointRisks as PointRisks
from socialai_assets.water.risk_contracts import RiskModels as RiskModels
from socialai_assets.water.risk_contracts import RiskOutOfSample as RiskOutOfSample
from socialai_assets.water.risk_contracts import RiskScores as RiskScores
from socialai_assets.water.stream_contracts import Readings as Readings
from socialai_assets.water.stream_contracts import StreamBatches as StreamBatches
from socialai_assets.water.stream_contracts import StreamOffsets as StreamOffsets
from socialai_assets.water.stream_contracts import StreamQuarantine as StreamQuarantine

AREA_BASES = ("code", "names", "coordinates", "none")
TARGETS = ("treatment_fails", "catchment_fails")
READING_STATUSES = ("reported", "empty", "gap")


class Quarantine(QuarantineContract):
    """Landed rows of water that broke their source's contract."""

    class Config:
        name = "water.quarantine"


class RefusedRecords(SourcedContract):
    """Rows that keep their own contract and cannot be used beside the other tables, with the reason."""

    input: str = column("Canonical input the row is in.")
    row_key: str = column("Key of the row, its parts joined by `|`.")
    rule: str = column(
        "Whether it names something unknown or comes twice (then one of the rows is used).",
        isin=("unknown", "repeated"),
    )
    reason: str = column("Why it is left out.")

    class Config:
        name = "water.refused_records"
        unique = ["input", "row_key", "rule", "source"]


class CleanedValues(SourcedContract):
    """Values that landed and are not used because they cannot be true, or stand for none; the rest of the row is."""

    input: str = column("Canonical input the row is in.")
    row_key: str = column("Key of the row, its parts joined by `|`.")
    column_name: str = column("Column whose value is missing in the mart.")
    landed_value: str = column("The value as it landed.")
    reason: str = column("Why it is not used.")

    class Config:
        name = "water.cleaned_values"
        unique = ["input", "row_key", "column_name", "landed_value", "source"]


class ColumnContents(Contract):
    """What each column of SIASAR's tables holds: nothing, one value throughout, or several."""

    table_name: str = column("Raw table.")
    column_name: str = column("Column.")
    rows: int = column("Rows of the table.", ge=1)
    filled: int = column("Rows with a value.", ge=0)
    distinct_values: int = column("Different values.", ge=0)
    contents: str = column("What that comes to.", isin=("empty", "constant", "varies"))
    only_value: str = column("The value of a constant column.", nullable=True)

    class Config:
        name = "water.column_contents"
        unique = ["table_name", "column_name"]


class PopulationServed(SourcedContract):
    """People and dwellings that systems serve, every report, with impossible figures left out."""

    system_id: str = column("Code of the system.", str_matches=CODE)
    report_date: datetime.date = column("Day of the report; missing where it is not known.", nullable=True)
    served_population: float = column(
        "People served; missing where it cannot be true.", unit="people", nullable=True, ge=0
    )
    served_households: float = column("Dwellings served; missing where that cannot be true.", nullable=True, ge=0)
    report_number: int = column("Which report on the system it is, 1 the latest; undated ones come last.", ge=1)
    is_latest: bool = column("Whether no report on the system is newer.")

    class Config:
        name = "water.population_served"
        unique = ["system_id", "report_number"]


class Systems(SourcedContract):
    """Water systems with their area, what they serve and when they were last visited."""

    system_id: str = column("Code of the system.", unique=True, str_matches=CODE)
    name: str = column("Name of the system.", nullable=True)
    area_id: str = column("Smallest area it is counted to; missing where none is found.", nullable=True)
    area_basis: str = column("What that area was found by.", isin=AREA_BASES)
    is_outside_area: bool = column(
        "Whether its coordinates are outside that area's polygon; missing without either.", nullable=True
    )
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    altitude_m: float = column(
        "Altitude; missing where what landed is impossible.", unit="m", nullable=True, ge=-430, le=5500
    )
    install_year: int = column("Year it was built.", nullable=True, ge=1850, le=2200)
    management: str = column("Who runs it, as it was written.", nullable=True)
    supply: str = column("How water comes to people.", nullable=True, isin=SUPPLIES)
    served_population: float = column("People served, by the latest report.", unit="people", nullable=True, ge=0)
    served_households: float = column("Dwellings served, by the latest report.", nullable=True, ge=0)
    points: int = column("Points of the system.", ge=0)
    reports: int = column("Values found by visits.", ge=0)
    last_report: datetime.date = column("Day of the last visit; missing without a dated one.", nullable=True)

    class Config:
        name = "water.systems"


class Points(SourcedContract):
    """Points of water systems with what their latest visits found."""

    point_id: str = column("Code of the point.", unique=True, str_matches=CODE)
    system_id: str = column("Code of the system.", str_matches=CODE)
    area_id: str = column("Smallest area the system is counted to.", nullable=True)
    component: str = column("What it is.", isin=COMPONENTS)
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    has_system_coordinates: bool = column("Whether these are the system's own, so that nobody measured the point's.")
    water_source: str = column("Where its water comes from.", nullable=True)
    water_tech: str = column("How it is brought up, treated or handed out.", nullable=True)
    facility_type: str = column("Whether the facility counts as improved (JMP).", nullable=True, isin=FACILITY_TYPES)
    service_level: str = column(
        "Rung of the JMP's ladder for drinking water; missing where it cannot be told.",
        nullable=True,
        isin=SERVICE_LEVELS,
    )
    install_year: int = column(
        "Year it was built; the system's where the point has none.", nullable=True, ge=1850, le=2200
    )
    state: str = column("State by the latest visit, SIASAR's A to D.", nullable=True, isin=STATE)
    works: bool = column("Whether it worked, or gave water, at the latest visit.", nullable=True)
    reports: int = column("Values found by visits.", ge=0)
    last_report: datetime.date = column("Day of the last visit; missing without a dated one.", nullable=True)

    class Config:
        name = "water.points"


class Surveys(SourcedContract):
    """What visits found, one row a parameter, every visit."""

    system_id: str = column("Code of the system visited.", str_matches=CODE)
    point_id: str = column("Code of the point visited; missing: the system as a whole.", nullable=True)
    report_date: datetime.date = column("Day of the visit; missing where it is not known.", nullable=True)
    parameter: str = column("What was looked at.", isin=tuple(PARAMETERS))
    value: float = column("What was measured, in the parameter's unit; missing where it cannot be true.", nullable=True)
    unit: str = column("Unit of the value.", nullable=True)
    grade: str = column("What was judged: A good to D fallen, or yes and no.", nullable=True, isin=GRADES)
    visit_number: int = column(
        "Which visit that looked at this parameter there it is, 1 the latest; undated ones come last.", ge=1
    )
    is_latest: bool = column("Whether no visit that looked at this parameter there is newer.")

    class Config:
        name = "water.surveys"
        unique = ["system_id", "point_id", "parameter", "visit_number"]


class VisitOutcomes(SourcedContract):
    """What a risk model is to tell beforehand of a point: the targets, apart from every feature."""

    point_id: str = column("Code of the point.", str_matches=CODE)
    system_id: str = column("Code of the system.", str_matches=CODE)
    target: str = column("What is asked.", isin=TARGETS)
    report_date: datetime.date = column("Day of the visit; missing where it is not known.", nullable=True)
    visit_number: int = column("Which visit it is, 1 the latest.", ge=1)
    outcome: bool = column("Whether the treatment did not work, or the catchment was in state C or D.")

    class Config:
        name = "water.visit_outcomes"
        unique = ["point_id", "target", "visit_number"]


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


class Staleness(SourcedContract):
    """How old the last report on each system and station is, on the day this table was made."""

    subject_kind: str = column("Whether a system or a station.", isin=("system", "station"))
    subject_id: str = column("Code of it.", str_matches=CODE)
    area_id: str = column("Smallest area it lies in.", nullable=True)
    last_report: datetime.date = column("Day of the last report; missing where none is dated.", nullable=True)
    as_of: datetime.date = column("Day this table was made, UTC.")
    days_since_report: int = column("Days between them.", unit="days", nullable=True)
    is_stale: bool = column("Whether a system's is over two years old, a station's over a day, or none is dated.")

    class Config:
        name = "water.staleness"
        unique = ["subject_kind", "subject_id"]


class Features(SourcedContract):
    """What a risk model may know of a point before anybody visits it; see leakage.py for what is kept out."""

    point_id: str = column("Code of the point.", unique=True, str_matches=CODE)
    system_id: str = column("Code of the system.", str_matches=CODE)
    component: str = column("What it is.", isin=COMPONENTS)
    area_id: str = column("Smallest area; a block of the evaluation.", nullable=True)
    admin2_id: str = column("Area above it; a block of the evaluation.", nullable=True)
    admin1_id: str = column("Area above that; a block of the evaluation.", nullable=True)
    water_source: str = column("Where its water comes from.", nullable=True)
    water_tech: str = column("How it is brought up, treated or handed out.", nullable=True)
    supply: str = column("How water comes to people.", nullable=True)
    install_year: float = column("Year it was built.", nullable=True)
    altitude_m: float = column("Altitude of the system.", unit="m", nullable=True)
    served_population: float = column("People served.", unit="people", nullable=True)
    served_households: float = column("Dwellings served.", nullable=True)
    people_per_household: float = column("People a dwelling.", nullable=True)
    km_to_capital: float = column("Distance to the capital of its smallest area.", unit="km", nullable=True)
    above_capital_m: float = column("Altitude above that capital.", unit="m", nullable=True)
    area_people_per_km2: float = column("Inhabitants of the area per surface.", unit="people/km2", nullable=True)
    area_urban_place_share: float = column("Share of the area's places that are urban.", nullable=True)
    natural_region: str = column("Coast, highlands or jungle.", nullable=True)
    km_to_urban_place: float = column("Distance to the nearest urban place.", unit="km", nullable=True)
    places_within_5_km: float = column("Populated places within 5 km.", nullable=True)
    lat_deg: float = column("Latitude of the system, EPSG:4326.", unit="degrees", ge=-90, le=90)
    lon_deg: float = column("Longitude of the system, EPSG:4326.", unit="degrees", ge=-180, le=180)
    area_poverty_pct: float = column(
        "People of the area in monetary poverty by the official map; no visit's finding.", unit="%", nullable=True
    )
    area_night_light: float = column("Mean luminance of the area by night, 0 to 255.", nullable=True)
    area_lit_share: float = column("Share of the area that is lit by night.", nullable=True)
    area_greenness: float = column("Mean excess green of the area by day, -1 to 2.", nullable=True)
    area_ruggedness: float = column("Mean local variation of the area's brightness by day.", nullable=True)
    area_indigenous_language_pct: float = column(
        "People of the area with an indigenous mother tongue.", unit="%", nullable=True
    )
    area_dropout_pct: float = column("Pupils of the area who left school within the year.", unit="%", nullable=True)
    area_km_to_admin1_capital: float = column("Distance to the department's capital.", unit="km", nullable=True)
    area_km_to_city: float = column("Distance to a city of 50,000 people.", unit="km", nullable=True)
    area_population_potential_log: float = column(
        "Natural logarithm of the area's population potential, people over km.", nullable=True
    )
    area_places_per_km2_log: float = column("Natural logarithm of the area's places per km2.", nullable=True)

    class Config:
        name = "water.features"
