"""What may land for water, in canonical form: columns and rules. Tables made from them: contracts.py.

Names are those of the Water Point Data Exchange's standard where it has the parameter (`lat_deg`, `lon_deg`,
`report_date`, `water_source`, `water_tech`, `facility_type`, `install_year`, `management`, `served_population`);
service levels those of the WHO/UNICEF Joint Monitoring Programme; states A to D those of SIASAR.
"""

from __future__ import annotations

import datetime

import pandas as pd
import pandera.pandas as pa

from socialai_assets.ingest.contract import RawContract, column
from socialai_assets.water.parameters import PARAMETERS, SENSED

CODE = r"\S+"
COMPONENTS = ("catchment", "treatment", "storage", "distribution", "access_point")
FACILITY_TYPES = ("improved", "unimproved", "no facility")
SERVICE_LEVELS = ("safely managed", "basic", "limited", "unimproved", "surface water")
GRADES = ("A", "B", "C", "D", "yes", "no")
SUPPLIES = ("gravity", "pumped", "hand pump", "rainwater")


def _is_somewhere(frame: pd.DataFrame) -> pd.Series:
    return frame["lat_deg"].isna() | ~((frame["lat_deg"].abs() < 0.01) & (frame["lon_deg"].abs() < 0.01))


def _is_past(times: pd.Series) -> pd.Series:
    # A day's grace: where a report comes from it may be tomorrow already.
    moments = pd.to_datetime(times)
    return moments.isna() | (moments <= pd.Timestamp.now() + pd.Timedelta(1, "D"))


class WaterSystemsInput(RawContract):
    """Water systems, such as a village's piped supply, in canonical form; what is visited are their points."""

    system_id: str = column("Code of the system.", unique=True, str_matches=CODE)
    name: str = column("Name of the system.", nullable=True)
    area_id: str = column("Code of the smallest area it lies in; missing: looked up.", nullable=True, str_matches=CODE)
    area_names: str = column(
        "Names of that area and those above it, the largest first, by commas; used where there is no code.",
        nullable=True,
    )
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    altitude_m: float = column(
        "Altitude as it was written down; impossible ones are not used.", unit="m", nullable=True
    )
    install_year: int = column("Year it was built, as it was written down.", nullable=True, ge=0, le=2200)
    management: str = column("Who runs it.", nullable=True)
    supply: str = column("How water comes to people.", nullable=True, isin=SUPPLIES)

    class Config:
        name = "water.raw_water_systems"

    @pa.dataframe_check
    def somewhere(cls, frame: pd.DataFrame) -> pd.Series:
        """the system is not at 0 degrees north, 0 degrees east, where coordinates are that nobody wrote down"""
        return _is_somewhere(frame)


class WaterPointsInput(RawContract):
    """Points of water systems: catchments, treatments, storages, networks, places where people fetch water."""

    point_id: str = column("Code of the point.", unique=True, str_matches=CODE)
    system_id: str = column("Code of the system it belongs to.", str_matches=CODE)
    component: str = column("What it is.", isin=COMPONENTS)
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    water_source: str = column("Where its water comes from.", nullable=True)
    water_tech: str = column("How it is brought up, treated or handed out.", nullable=True)
    facility_type: str = column("Whether the facility counts as improved (JMP).", nullable=True, isin=FACILITY_TYPES)
    service_level: str = column(
        "Rung of the JMP's ladder for drinking water; missing where it cannot be told.",
        nullable=True,
        isin=SERVICE_LEVELS,
    )
    install_year: int = column("Year it was built, as it was written down.", nullable=True, ge=0, le=2200)

    class Config:
        name = "water.raw_water_points"

    @pa.dataframe_check
    def somewhere(cls, frame: pd.DataFrame) -> pd.Series:
        """the point is not at 0 degrees north, 0 degrees east, where coordinates are that nobody wrote down"""
        return _is_somewhere(frame)


class WaterSurveysInput(RawContract):
    """What visits found: one row a parameter, as a number or as a grade, in canonical form."""

    system_id: str = column("Code of the system visited.", str_matches=CODE)
    point_id: str = column(
        "Code of the point visited; missing: the system as a whole.", nullable=True, str_matches=CODE
    )
    report_date: datetime.date = column("Day of the visit; missing where it is not known.", nullable=True)
    parameter: str = column("What was looked at.", isin=tuple(PARAMETERS))
    value: float = column("What was measured, in the parameter's unit.", nullable=True)
    grade: str = column("What was judged: A good to D fallen, or yes and no.", nullable=True, isin=GRADES)

    class Config:
        name = "water.raw_water_surveys"
        unique = ["system_id", "point_id", "report_date", "parameter"]

    @pa.dataframe_check
    def number_or_grade(cls, frame: pd.DataFrame) -> pd.Series:
        """the parameter has a value and no grade if measured, a grade of its scale and no value if judged"""
        scales = frame["parameter"].map(lambda name: PARAMETERS[name].scale if name in PARAMETERS else None)
        right = pd.Series(
            [grade in (scale or ()) for grade, scale in zip(frame["grade"], scales, strict=True)], index=frame.index
        )
        measured = scales.map(lambda scale: scale is None)
        return (measured & frame["value"].notna() & frame["grade"].isna()) | (~measured & frame["value"].isna() & right)

    @pa.dataframe_check
    def is_past(cls, frame: pd.DataFrame) -> pd.Series:
        """the visit is not in the future"""
        return _is_past(frame["report_date"])


class PopulationServedInput(RawContract):
    """How many people and dwellings a system serves, by the day that was reported, in canonical form."""

    system_id: str = column("Code of the system.", str_matches=CODE)
    report_date: datetime.date = column("Day of the report; missing where it is not known.", nullable=True)
    served_population: float = column("People served, as reported.", unit="people", nullable=True, ge=0)
    served_households: float = column("Dwellings served, as reported.", nullable=True, ge=0)

    class Config:
        name = "water.raw_population_served"
        unique = ["system_id", "report_date"]

    @pa.dataframe_check
    def is_past(cls, frame: pd.DataFrame) -> pd.Series:
        """the report is not in the future"""
        return _is_past(frame["report_date"])


class StationsInput(RawContract):
    """Stations whose sensors report by themselves, in canonical form."""

    station_id: str = column("Code of the station.", unique=True, str_matches=CODE)
    name: str = column("Name of the station.")
    area_id: str = column("Code of the smallest area it lies in.", nullable=True, str_matches=CODE)
    system_id: str = column("Code of the system it watches.", nullable=True, str_matches=CODE)
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", nullable=True, ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", nullable=True, ge=-180, le=180)
    interval_minutes: int = column("How often it is to report.", unit="min", ge=1, le=1440)

    class Config:
        name = "water.raw_stations"


class SensorReadingsInput(RawContract):
    """What sensors report: one row a station, minute and parameter, in canonical form."""

    station_id: str = column("Code of the station.", str_matches=CODE)
    measured_at: datetime.datetime = column("Time of the reading, UTC.")
    parameter: str = column("What is measured.", isin=SENSED)
    value: float = column("Reading; missing where the station reported none.", nullable=True)

    class Config:
        name = "water.raw_sensor_readings"
        unique = ["station_id", "measured_at", "parameter"]

    @pa.dataframe_check
    def is_past(cls, frame: pd.DataFrame) -> pd.Series:
        """the reading is not in the future"""
        return _is_past(frame["measured_at"])


class StationEventsInput(RawContract):
    """Times in which experts found something remarkable at a station, in canonical form."""

    station_id: str = column("Code of the station.", str_matches=CODE)
    event_from: datetime.datetime = column("First minute of the event, UTC.")
    event_until: datetime.datetime = column("Last minute of the event, UTC.")
    kind: str = column("What it was; `unspecified` where nobody says.")

    class Config:
        name = "water.raw_station_events"
        unique = ["station_id", "event_from"]

    @pa.dataframe_check
    def ends_after_it_begins(cls, frame: pd.DataFrame) -> pd.Series:
        """the event does not end before it begins"""
        return frame["event_from"] <= frame["event_until"]
