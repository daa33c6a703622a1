"""What publishers release for refugees, as they release it. Canonical inputs are in input_contracts.py."""

from __future__ import annotations

import datetime

import pandas as pd
import pandera.pandas as pa

from socialai_assets.ingest.contract import RawContract, column
from socialai_assets.refugees.countries import FLEE_NAMES

LOCATION_TYPES = ("camp", "conflict_zone", "town", "forwarding_hub")
CLOSURE_TYPES = ("country", "location", "camp", "links", "remove_forced_redirection")
POPULATION_CODES = ("REF", "ASY", "IDP", "RET", "RDP", "STA", "OOC", "OIP", "HST")
COUNTRY = r"[A-Z]{3}"


class FleeLocations(RawContract):
    """Camps, towns and conflict zones of a conflict, as FLEE's input files list them; the folder is the conflict."""

    name: str = column("Name of the place; unique in its conflict, its letter case is not kept elsewhere.")
    region: str = column("Region.", nullable=True)
    country: str = column("Country, as FLEE writes it.", isin=tuple(FLEE_NAMES))
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    location_type: str = column("What it is.", isin=LOCATION_TYPES)
    conflict_date: float = column(
        "When the conflict reached it, after the first day of the simulation.", unit="days", nullable=True, ge=0
    )
    population: float = column(
        "People; for a camp its capacity, often only the most people observed.", unit="people", nullable=True, ge=0
    )
    ipc: float = column("Food insecurity phase of the IPC; Mali only.", nullable=True, ge=0, le=5)

    class Config:
        name = "refugees.raw_flee_locations"


class FleeRoutes(RawContract):
    """Roads of a conflict, as FLEE's input files list them; the folder is the conflict."""

    name1: str = column("Place it starts from.")
    name2: str = column("Place it leads to; back too.")
    distance: float = column("Length of the road.", unit="km", ge=0.001)
    forced_redirection: int = column(
        "Whether who comes through must go on: 1 from the first place, 2 from the second.", nullable=True, ge=0, le=2
    )

    class Config:
        name = "refugees.raw_flee_routes"


class FleeClosures(RawContract):
    """Closed borders, places and roads of a conflict, as FLEE's input files list them."""

    closure_type: str = column("What is closed.", isin=CLOSURE_TYPES)
    name1: str = column("Place or country.")
    name2: str = column("Other place or country; for a place the country it lies in, or nothing.", nullable=True)
    closure_start: int = column("First day, after the first day of the simulation.", unit="days", ge=0)
    closure_end: int = column("Day it opens again, counted so; 0: it does not.", unit="days", ge=0)

    class Config:
        name = "refugees.raw_flee_closures"


class FleePeriods(RawContract):
    """When each conflict's simulation begins, and how many days it lasts, as FLEE's input files say."""

    setting: str = column("StartDate or Length.", isin=("StartDate", "Length"))
    value: str = column("Day, or number of days.", str_matches=r"\d{4}-\d{2}-\d{2}|\d+")

    class Config:
        name = "refugees.raw_flee_periods"


class FleeLayouts(RawContract):
    """Which files hold the registrations of which camp; several files are parts of one camp and add up."""

    location: str = column("Camp; `total` for the conflict as a whole.")
    file_1: str = column("File of its registrations.")
    file_2: str = column("File of its second part.", nullable=True)
    file_3: str = column("File of its third part.", nullable=True)

    class Config:
        name = "refugees.raw_flee_layouts"


class FleeRegistrations(RawContract):
    """People registered in one camp, or part of one, by day; the file says which."""

    reported_on: datetime.date = column("Day of the report.")
    people: float = column("People registered.", unit="people", ge=0)

    class Config:
        name = "refugees.raw_flee_registrations"

    @pa.dataframe_check
    def is_past(cls, frame: pd.DataFrame) -> pd.Series:
        """the day of the report is not in the future"""
        return pd.to_datetime(frame["reported_on"]) <= pd.Timestamp.today()


class UnhcrPopulation(RawContract):
    """People of concern by year, country of origin and country of asylum, as UNHCR publishes them."""

    year: int = column("Year.", ge=1951, le=2200)
    coo_name: str = column("Country of origin.")
    coo: str = column("Country of origin, UNHCR's code.", str_matches=COUNTRY)
    coo_iso: str = column("Country of origin, ISO 3166-1 alpha-3 or UNK, XXA, TIB.", str_matches=COUNTRY)
    coa_name: str = column("Country of asylum.")
    coa: str = column("Country of asylum, UNHCR's code.", str_matches=COUNTRY)
    coa_iso: str = column("Country of asylum, ISO 3166-1 alpha-3.", str_matches=COUNTRY)
    refugees: float = column("Refugees.", unit="people", nullable=True, ge=0)
    asylum_seekers: float = column("Asylum-seekers.", unit="people", nullable=True, ge=0)
    returned_refugees: float = column("Returned refugees.", unit="people", nullable=True, ge=0)
    idps: float = column("Internally displaced people.", unit="people", nullable=True, ge=0)
    returned_idps: float = column("Returned internally displaced people.", unit="people", nullable=True, ge=0)
    stateless: float = column("Stateless people.", unit="people", nullable=True, ge=0)
    ooc: float = column("Others of concern.", unit="people", nullable=True, ge=0)
    oip: float = column("Other people in need of international protection.", unit="people", nullable=True, ge=0)
    hst: float = column("Host community.", unit="people", nullable=True, ge=0)

    class Config:
        name = "refugees.raw_unhcr_population"
        unique = ["year", "coo", "coa"]


class UnhcrDemographics(RawContract):
    """People of concern by sex, age and location of asylum, as UNHCR publishes them."""

    year: int = column("Year.", ge=1951, le=2200)
    coo_name: str = column("Country of origin.")
    coo: str = column("Country of origin, UNHCR's code.", str_matches=COUNTRY)
    coo_iso: str = column("Country of origin, ISO 3166-1 alpha-3 or UNK, XXA, TIB.", str_matches=COUNTRY)
    coa_name: str = column("Country of asylum.")
    coa: str = column("Country of asylum, UNHCR's code.", str_matches=COUNTRY)
    coa_iso: str = column("Country of asylum, ISO 3166-1 alpha-3.", str_matches=COUNTRY)
    pop_type: str = column("Who they are, UNHCR's code.", isin=POPULATION_CODES)
    location: str = column("Where in the country.")
    loc_type: str = column("Rural, urban or various.", isin=("R", "U", "V"))
    acc_type: str = column("How they live: UNHCR's letter.", isin=("I", "U", "P", "R", "C", "S"))
    f_0_4: float = column("Girls of 0 to 4.", unit="people", ge=0)
    f_5_11: float = column("Girls of 5 to 11.", unit="people", ge=0)
    f_12_17: float = column("Girls of 12 to 17.", unit="people", ge=0)
    f_18_59: float = column("Women of 18 to 59.", unit="people", ge=0)
    f_60: float = column("Women of 60 and over.", unit="people", ge=0)
    f_other: float = column("Girls and women of unknown age.", unit="people", ge=0)
    f_total: float = column("Girls and women.", unit="people", ge=0)
    m_0_4: float = column("Boys of 0 to 4.", unit="people", ge=0)
    m_5_11: float = column("Boys of 5 to 11.", unit="people", ge=0)
    m_12_17: float = column("Boys of 12 to 17.", unit="people", ge=0)
    m_18_59: float = column("Men of 18 to 59.", unit="people", ge=0)
    m_60: float = column("Men of 60 and over.", unit="people", ge=0)
    m_other: float = column("Boys and men of unknown age.", unit="people", ge=0)
    m_total: float = column("Boys and men.", unit="people", ge=0)
    total: float = column("All, those of unknown sex among them.", unit="people", ge=0)

    class Config:
        name = "refugees.raw_unhcr_demographics"
        unique = ["year", "coo", "coa", "pop_type", "location", "loc_type", "acc_type"]

    @pa.dataframe_check
    def groups_add_up(cls, frame: pd.DataFrame) -> pd.Series:
        """the ages of each sex add up to its total, and both sexes to no more than all"""
        ages = ("0_4", "5_11", "12_17", "18_59", "60", "other")
        off = [(sum(frame[f"{sex}_{age}"] for age in ages) - frame[f"{sex}_total"]).abs() > 0.5 for sex in ("f", "m")]
        return ~off[0] & ~off[1] & (frame["f_total"] + frame["m_total"] <= frame["total"] + 0.5)
