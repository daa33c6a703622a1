"""Tables of route plans: what each vehicle does on each day, where it stops, what is left out and why."""

from __future__ import annotations

import datetime

from socialai_assets.aid.plan_contracts import CODE, ScenarioContract
from socialai_assets.factories.route_changes import CONSTRAINTS, ChangeColumns
from socialai_assets.ingest.contract import column

VISITS = ("start", "stop", "reload", "break", "end")
REASONS = (
    *CONSTRAINTS,
    "closed",
    "no_vehicle",
    "unknown_site",
    "unknown_item",
    "not_carried",
)


class _Planned(ScenarioContract):
    """Which plan and day a row is of."""

    day: datetime.date = column("Day of the route.")


class RoutePlan(_Planned):
    """One vehicle's day; times are minutes after midnight."""

    vehicle_id: str = column("Code of the vehicle.", str_matches=CODE)
    depot_id: str = column("Depot it starts from and returns to.", str_matches=CODE)
    vehicle_type: str = column("Type of the vehicle.")
    trips: int = column("Times it leaves the depot loaded.", ge=1)
    stops: int = column("Stops it serves.", ge=1)
    people: float = column("People at these stops.", unit="people", ge=0)
    starts_minute: float = column("When loading begins.", unit="minutes after midnight", ge=0)
    ends_minute: float = column("When it is back.", unit="minutes after midnight", ge=0)
    overtime_minutes: float = column("Minutes beyond the shift.", unit="minutes", ge=0)
    km: float = column("Length of the way.", unit="km", ge=0)
    load_kg: float = column("All it delivers.", unit="kg", ge=0)
    load_m3: float = column("All it delivers.", unit="m3", ge=0)
    cost_usd: float = column("Cost of the day: fixed, kilometres, hours, half an hour's pay more for overtime.", ge=0)
    engine: str = column("What found the plan.", isin=("pyvrp", "ortools"))
    engine_reason: str = column("Why this engine.")
    travel_source: str = column(
        "Where travel times come from, and what a source that landed lacks; a great circle is no road."
    )

    class Config:
        name = "aid.route_plan"
        unique = ["scenario", "day", "vehicle_id"]


class RouteStops(_Planned):
    """Every visit of every route in order: the driver's sheet as a table. Times are minutes after midnight."""

    vehicle_id: str = column("Code of the vehicle.", str_matches=CODE)
    sequence: int = column("Place in the day, 0 the start.", ge=0)
    trip: int = column("Trip it belongs to, 1 the first.", ge=1)
    kind: str = column("Start, stop, reload, break or end.", isin=VISITS)
    place_id: str = column("Site or depot; missing for a break.", nullable=True)
    name: str = column("Its name; missing for a break.", nullable=True)
    latitude: float = column("Latitude, EPSG:4326.", unit="degrees", nullable=True, ge=-90, le=90)
    longitude: float = column("Longitude, EPSG:4326.", unit="degrees", nullable=True, ge=-180, le=180)
    arrives_minute: float = column("Arrival.", unit="minutes after midnight", ge=0)
    begins_minute: float = column("Service, loading or break begins.", unit="minutes after midnight", ge=0)
    leaves_minute: float = column("Departure.", unit="minutes after midnight", ge=0)
    km: float = column("Way since the start of the day.", unit="km", ge=0)
    delivered_kg: float = column("Weight delivered here.", unit="kg", ge=0)
    delivered_m3: float = column("Volume delivered here.", unit="m3", ge=0)
    load_kg: float = column("Weight aboard on leaving.", unit="kg", ge=0)
    load_m3: float = column("Volume aboard on leaving.", unit="m3", ge=0)
    items: str = column("What is delivered: code, quantity and unit of each item; missing elsewhere.", nullable=True)
    people: float = column("People at the stop; missing elsewhere.", unit="people", nullable=True, ge=0)

    class Config:
        name = "aid.route_stops"
        unique = ["scenario", "day", "vehicle_id", "sequence"]


class UnservedStops(_Planned, ChangeColumns):
    """Deliveries no route makes within the days planned, with the reason and the cheapest change that would help.

    A reason is found by setting one constraint at a time aside on the last day planned, the other stops where they are.
    """

    site_id: str = column("Code of the site, or of the part of a delivery (`site#1`).", str_matches=CODE)
    name: str = column("Name of the site; missing where it is unknown.", nullable=True)
    area_id: str = column("Area it lies in; missing where it is unknown.", nullable=True)
    people: float = column("People it serves.", unit="people", nullable=True, ge=0)
    priority: int = column("Priority, 1 the highest.", nullable=True, ge=1, le=5)
    load_kg: float = column("Weight it should get.", unit="kg", nullable=True, ge=0)
    load_m3: float = column("Volume it should get.", unit="m3", nullable=True, ge=0)
    reason: str = column("The constraint in the way.", isin=REASONS)
    explanation: str = column("The same in words.")

    class Config:
        name = "aid.unserved_stops"
        unique = ["scenario", "site_id"]
