"""Why a route plan leaves a stop out and what would serve it, as columns and their cells. Finds no change itself."""

from __future__ import annotations

from socialai_assets.ingest.contract import Contract, column
from socialai_assets.methods.routing.reasons import Change

CHANGES = (
    "priority",
    "road",
    "vehicle_type",
    "capacity",
    "open_earlier",
    "open_later",
    "shift",
    "distance",
    "another_vehicle",
)
CONSTRAINTS = ("road", "vehicle_type", "capacity", "time_window", "shift", "distance", "priority", "several")
"""What routes can have in the way of a stop."""
LITRES = 1000


class ChangeColumns(Contract):
    """The cheapest single change that would serve a stop left out."""

    change: str = column(
        "The cheapest single change that would serve it; missing where none is enough.", nullable=True, isin=CHANGES
    )
    change_vehicle_id: str = column("Vehicle that would serve it then, or one like it.", nullable=True)
    change_kg: float = column("Room for weight it would need more.", unit="kg", nullable=True, ge=0)
    change_m3: float = column("Room for volume it would need more.", unit="m3", nullable=True, ge=0)
    change_minutes: float = column(
        "Minutes the place would have to be open, or the vehicle to work, more.", unit="minutes", nullable=True, ge=0
    )
    change_km: float = column("Kilometres the vehicle would drive more than it may.", unit="km", nullable=True, ge=0)
    change_cost_usd: float = column("What serving it would then cost.", unit="USD", nullable=True)


def change_cells(change: Change | None, usd: float) -> dict[str, object]:
    """A change in the units of `ChangeColumns`; missing where no one change is enough.

    Args:
        change: of a problem in kilograms and litres, seconds and metres.
        usd: units of cost in a dollar.
    """
    cells: dict[str, object] = {str(name): None for name in ChangeColumns.to_schema().columns}
    if change is None:
        return cells
    cells |= {"change": change.constraint, "change_vehicle_id": change.vehicle}
    cells["change_cost_usd"] = change.added_cost / usd
    if change.constraint == "capacity":
        cells |= {"change_kg": float(change.amount[0]), "change_m3": change.amount[1] / LITRES}
    elif change.constraint == "time_window":
        earlier, later = change.amount
        cells["change"] = "open_earlier" if earlier else "open_later"
        cells["change_minutes"] = (earlier or later) / 60
    elif change.constraint == "shift":
        cells["change_minutes"] = max(change.amount) / 60
    elif change.constraint == "distance":
        cells["change_km"] = change.amount[0] / 1000
    return cells
