"""Tables of convoys: what each truck does in the plan's first week, where it stops, what is left out and why."""

from __future__ import annotations

import datetime

from socialai_assets.factories.plan_scenarios import ScenarioContract
from socialai_assets.factories.route_changes import CONSTRAINTS, ChangeColumns
from socialai_assets.ingest.contract import column
from socialai_assets.refugees.input_contracts import CODE

VISITS = ("start", "stop", "reload", "break", "end")
REASONS = (
    *CONSTRAINTS,
    "no_vehicle",
    "not_explained",
)


class _Convoy(ScenarioContract):
    """Which plan, conflict and week a row is of."""

    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    week_start: datetime.date = column("Monday the week begins on.")


class Convoys(_Convoy):
    """One truck's week on the roads that are open in it; hours are hours on duty since Monday, rests left out."""

    vehicle_id: str = column("Code of the vehicle.", str_matches=CODE)
    depot_id: str = column("Depot it starts from and returns to.", str_matches=CODE)
    trips: int = column("Times it leaves the depot loaded.", ge=1)
    stops: int = column("Stops it makes.", ge=1)
    days: int = column("Days of the week that it is on duty, from the first.", unit="days", ge=1)
    hours: float = column("Hours on duty, loading and unloading included.", unit="h", ge=0)
    km: float = column("Length of the way.", unit="km", ge=0)
    load_kg: float = column("All it delivers.", unit="kg", ge=0)
    load_m3: float = column("All it delivers.", unit="m3", ge=0)
    cost_usd: float = column("Cost: days, kilometres, hours.", unit="USD", ge=0)
    engine: str = column("What found the plan.", isin=("pyvrp", "ortools"))
    travel_source: str = column("Where lengths of ways come from.")

    class Config:
        name = "refugees.convoys"
        unique = ["scenario", "conflict_id", "vehicle_id"]


class ConvoyStops(_Convoy):
    """Every visit of every truck in order."""

    vehicle_id: str = column("Code of the vehicle.", str_matches=CODE)
    sequence: int = column("Place in the week, 0 the start.", ge=0)
    trip: int = column("Trip it belongs to, 1 the first.", ge=1)
    kind: str = column("Start, stop, reload or end.", isin=VISITS)
    camp_id: str = column("Camp of a stop; missing elsewhere.", nullable=True)
    depot_id: str = column("Depot the load is from, or where the truck is.", str_matches=CODE)
    day: datetime.date = column("Day of the visit.")
    begins_hour: float = column("When it begins.", unit="h on duty", ge=0)
    km: float = column("Way since the start of the week.", unit="km", ge=0)
    delivered_kg: float = column("Weight delivered here.", unit="kg", ge=0)
    delivered_m3: float = column("Volume delivered here.", unit="m3", ge=0)
    items: str = column("What is delivered: code, quantity and unit of each item; missing elsewhere.", nullable=True)

    class Config:
        name = "refugees.convoy_stops"
        unique = ["scenario", "conflict_id", "vehicle_id", "sequence"]


class UnservedConvoyStops(_Convoy, ChangeColumns):
    """Deliveries of the plan's first week that no truck makes, with the reason and the cheapest change that would help.

    A reason is found by setting one constraint at a time aside, the other stops where they are.
    """

    stop_id: str = column("Delivery, or part of one: `camp@depot#part`.", str_matches=CODE)
    camp_id: str = column("Camp it is for.", str_matches=CODE)
    depot_id: str = column("Depot it is from.", str_matches=CODE)
    load_kg: float = column("Weight it should get.", unit="kg", ge=0)
    load_m3: float = column("Volume it should get.", unit="m3", ge=0)
    reason: str = column("The constraint in the way; `not_explained` beyond the first forty.", isin=REASONS)
    explanation: str = column("The same in words.")

    class Config:
        name = "refugees.unserved_convoy_stops"
        unique = ["scenario", "conflict_id", "stop_id"]
