"""What may land for refugees, in canonical form: columns and rules. Tables made from them: contracts.py."""

from __future__ import annotations

import datetime

import pandas as pd
import pandera.pandas as pa

from socialai_assets.ingest.contract import Contract, RawContract, column
from socialai_assets.refugees.countries import KNOWN_CODES

CODE = r"\S+"
COUNTRY = r"[A-Z]{3}"
LOCATION_KINDS = ("conflict_zone", "town", "forwarding_hub")
CLOSURE_KINDS = ("link", "place", "border")
SEXES = ("female", "male", "unknown", "all")
AGE_GROUPS = ("0-4", "5-11", "12-17", "18-59", "60+", "unknown", "all")
POPULATION_TYPES = (
    "refugees",
    "asylum_seekers",
    "internally_displaced",
    "returned_refugees",
    "returned_internally_displaced",
    "stateless",
    "others_of_concern",
    "others_in_need_of_protection",
    "host_community",
)


def _is_known(codes: pd.Series) -> pd.Series:
    return codes.isna() | codes.isin(list(KNOWN_CODES))


class CampsInput(RawContract):
    """Places where refugees are registered, in canonical form."""

    camp_id: str = column("Code of the camp.", unique=True, str_matches=CODE)
    conflict_id: str = column("Code of the conflict people fled from.", str_matches=CODE)
    name: str = column("Name of the camp.")
    country: str = column("Country it lies in, ISO 3166-1 alpha-3.", str_matches=COUNTRY)
    region: str = column("Region of that country.", nullable=True)
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    capacity: float = column(
        "People it can hold, as its source states; missing where it does not.", unit="people", nullable=True, ge=0
    )

    class Config:
        name = "refugees.raw_camps"

    @pa.dataframe_check
    def country_is_known(cls, frame: pd.DataFrame) -> pd.Series:
        """the country is a code of ISO 3166-1"""
        return _is_known(frame["country"])

    @pa.dataframe_check
    def somewhere(cls, frame: pd.DataFrame) -> pd.Series:
        """the camp is not at 0 degrees north, 0 degrees east, where coordinates are that nobody wrote down"""
        return ~((frame["latitude"].abs() < 0.01) & (frame["longitude"].abs() < 0.01))


class LocationColumns(Contract):
    """A conflict zone, town or hub."""

    location_id: str = column("Code of the place.", unique=True, str_matches=CODE)
    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    name: str = column("Name of the place.")
    kind: str = column("What it is.", isin=LOCATION_KINDS)
    country: str = column("Country it lies in, ISO 3166-1 alpha-3.", str_matches=COUNTRY)
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    people: float = column("People who lived there.", unit="people", nullable=True, ge=0)
    conflict_from: datetime.date = column("Day the conflict reached it; missing where it did not.", nullable=True)


class LocationsInput(LocationColumns, RawContract):
    """Conflict zones, towns and hubs on the roads to the camps, in canonical form."""

    class Config:
        name = "refugees.raw_locations"

    @pa.dataframe_check
    def country_is_known(cls, frame: pd.DataFrame) -> pd.Series:
        """the country is a code of ISO 3166-1"""
        return _is_known(frame["country"])


class CampRegistrationsInput(RawContract):
    """How many people were registered in a camp, report by report, in canonical form."""

    camp_id: str = column("Code of the camp.", str_matches=CODE)
    part: str = column(
        "Part of the camp that the report is on, where its parts report each for itself; `all` for all of it.",
        str_matches=CODE,
    )
    reported_on: datetime.date = column("Day the report is for.")
    report_number: int = column(
        "Which report of the camp it is, in the order they came in; of two for one day the later one holds.", ge=1
    )
    people: float = column("People registered.", unit="people", ge=0)

    class Config:
        name = "refugees.raw_camp_registrations"
        unique = ["camp_id", "part", "report_number"]

    @pa.dataframe_check
    def is_past(cls, frame: pd.DataFrame) -> pd.Series:
        """the day of the report is not in the future"""
        return pd.to_datetime(frame["reported_on"]) <= pd.Timestamp.today()


class LinksInput(RawContract):
    """Roads between camps, conflict zones, towns and hubs, in canonical form; each is used both ways."""

    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    from_id: str = column("Camp or location it starts from.", str_matches=CODE)
    to_id: str = column("Camp or location it leads to.", str_matches=CODE)
    km: float = column("Length of the road.", unit="km", ge=0.001)

    class Config:
        name = "refugees.raw_links"
        unique = ["conflict_id", "from_id", "to_id"]

    @pa.dataframe_check
    def leads_somewhere(cls, frame: pd.DataFrame) -> pd.Series:
        """the road leads from one place to another"""
        return frame["from_id"] != frame["to_id"]


class ClosuresInput(RawContract):
    """Days on which a road, all roads of a place, or a border are closed, in canonical form."""

    closure_id: str = column("Code of the closure.", unique=True, str_matches=CODE)
    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    kind: str = column("Whether a link, a place or a border is closed.", isin=CLOSURE_KINDS)
    from_id: str = column("The link's start, the place, or the country people come from.", str_matches=CODE)
    to_id: str = column(
        "The link's end, or the country people go to; missing for a place.", nullable=True, str_matches=CODE
    )
    closed_from: datetime.date = column("First day it is closed.")
    closed_until: datetime.date = column("Last day it is closed; missing: until further notice.", nullable=True)

    class Config:
        name = "refugees.raw_closures"

    @pa.dataframe_check
    def ends_after_it_begins(cls, frame: pd.DataFrame) -> pd.Series:
        """the closure does not end before it begins"""
        until = pd.to_datetime(frame["closed_until"])
        return until.isna() | (pd.to_datetime(frame["closed_from"]) <= until)

    @pa.dataframe_check
    def has_another_end(cls, frame: pd.DataFrame) -> pd.Series:
        """a link or a border has another end, a place has none"""
        return frame["to_id"].isna() == (frame["kind"] == "place")


class PopulationGroupsInput(RawContract):
    """People of concern by origin, asylum, type, sex and age, in canonical form."""

    year: int = column("Year, at its end or as the source dates it.", ge=1900, le=2200)
    origin: str = column("Country they are from, ISO 3166-1 alpha-3 or UNHCR's UNK, XXA.", str_matches=COUNTRY)
    asylum: str = column("Country they are in, ISO 3166-1 alpha-3.", str_matches=COUNTRY)
    population_type: str = column("Who they are.", isin=POPULATION_TYPES)
    location: str = column("Where in that country; `all` for all of it.")
    accommodation: str = column("How they live there, in the source's words; `all` where it does not say.")
    sex: str = column("Sex; `all` in a total, `unknown` where the source does not say.", isin=SEXES)
    age_group: str = column("Age in years; `all` in a total, `unknown` where it does not say.", isin=AGE_GROUPS)
    people: float = column("How many.", unit="people", ge=0)

    class Config:
        name = "refugees.raw_population_groups"
        unique = ["year", "origin", "asylum", "population_type", "location", "accommodation", "sex", "age_group"]

    @pa.dataframe_check
    def countries_are_known(cls, frame: pd.DataFrame) -> pd.Series:
        """the origin and the asylum are codes of ISO 3166-1, or UNHCR's for those without a country"""
        return _is_known(frame["origin"]) & _is_known(frame["asylum"])

    @pa.dataframe_check
    def is_past(cls, frame: pd.DataFrame) -> pd.Series:
        """the year is not in the future"""
        return frame["year"] <= pd.Timestamp.today().year

    @pa.dataframe_check
    def totals_are_whole(cls, frame: pd.DataFrame) -> pd.Series:
        """a total is one over all sexes and all ages"""
        return (frame["sex"] == "all") == (frame["age_group"] == "all")
