"""Water's tables for people: what station pages and reports show, inspections and their outcomes."""

from __future__ import annotations

import datetime

from socialai_assets.ingest.contract import Contract, column
from socialai_assets.water.input_contracts import CODE
from socialai_assets.water.parameters import SENSED

FAILURES = ("points_dry", "no_service_hours", "networks_fallen", "catchments_fallen")


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
