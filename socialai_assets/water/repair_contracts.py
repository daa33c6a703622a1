"""Tables of who has water within reach and of what is repaired and built. What is seen and measured: contracts.py."""

from __future__ import annotations

import datetime

from socialai_assets.ingest.contract import Contract, column
from socialai_assets.water.input_contracts import CODE, SUPPLIES

LEFT_OUT = ("kind of place not looked at", "no system of its area is registered", "people not known")
CAPACITY_BASES = ("storage", "hand pump", "taps")
SERVED_BASES = ("reported", "reach")


class ServiceGaps(Contract):
    """Each populated place with its share of the area's people and the working point in walking distance, if any.

    People of an area are spread over its places: places of one kind hold about as many people as in areas of the same
    natural region (least squares on the logarithm of the areas' totals), and each area's total is kept.
    """

    place_id: str = column("Code of the place.", unique=True, str_matches=CODE)
    area_id: str = column("Area it is counted to.", str_matches=CODE)
    name: str = column("Name of the place.")
    kind: str = column("Urban or rural.")
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    people: float = column("Its people, spread as stated.", unit="people", nullable=True, ge=0)
    is_counted: bool = column("Whether it is looked at; the settings say which kinds of places and areas are.")
    left_out: str = column("Why it is not.", nullable=True, isin=LEFT_OUT)
    points_in_reach: int = column("Systems in walking distance.", ge=0)
    working_in_reach: int = column("Of these, working by their latest visits.", ge=0)
    working_system_id: str = column("The nearest working one in walking distance.", nullable=True)
    km_to_working: float = column(
        "Straight-line distance to the nearest working one, however far.", unit="km", nullable=True, ge=0
    )
    is_in_gap: bool = column("Whether it is looked at and no working one is in walking distance.")
    people_in_gap: float = column("Its people, where it is in the gap.", unit="people", ge=0)
    reach_km: float = column("Walking distance, straight line.", unit="km", ge=0)
    is_synthetic: bool = column("Whether the sample generator made any input.")

    class Config:
        name = "water.service_gaps"


class PointPressure(Contract):
    """Who relies on each system: crucialness and pressure as the Water Point Data Exchange defines them.

    A system is one point where people get water, at its own coordinates. One that fails is looked at as if it alone
    were repaired; one that nobody visited counts as failed.
    """

    system_id: str = column("Code of the system.", unique=True, str_matches=CODE)
    area_id: str = column("Smallest area.", nullable=True)
    name: str = column("Its name.", nullable=True)
    lat_deg: float = column("Latitude, EPSG:4326.", unit="degrees", ge=-90, le=90)
    lon_deg: float = column("Longitude, EPSG:4326.", unit="degrees", ge=-180, le=180)
    supply: str = column("How water comes to people.", nullable=True, isin=SUPPLIES)
    works: bool = column("Whether none of its points had failed at the latest visits.")
    is_visited: bool = column("Whether anybody looked.")
    failed_points: str = column("Points that had failed, by commas.", nullable=True)
    last_report: datetime.date = column("Day of the last visit; missing without a dated one.", nullable=True)
    local_population: float = column("People in walking distance.", unit="people", ge=0)
    users: float = column("Of these, the ones it serves beside the working ones near it.", unit="people", ge=0)
    crucialness: float = column("Users over people in walking distance.", nullable=True, ge=0, le=1)
    nearest_people: float = column("People whose nearest working one it is, or would be.", unit="people", ge=0)
    sole_people: float = column("People with no other working one in walking distance.", unit="people", ge=0)
    served_population: float = column("People served, as reported, or else its users.", unit="people", ge=0)
    served_basis: str = column("Which of the two.", isin=SERVED_BASES)
    capacity: float = column("People it can serve; missing where nothing tells.", unit="people", nullable=True, ge=0)
    capacity_basis: str = column("What tells the capacity.", nullable=True, isin=CAPACITY_BASES)
    pressure: float = column("People served over capacity; above 1 it serves too many.", nullable=True, ge=0)
    is_synthetic: bool = column("Whether the sample generator made any input.")

    class Config:
        name = "water.point_pressure"
