"""Whether a plan can be carried out, recomputed from its rows by other means than those it was made with.

Reads frames only and shares no code with the solver: stock is handed out here by hand, batch by batch, first expired
first out, so that a plan that needs an expired or a late batch is found out.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def violations(
    shipments: pd.DataFrame,
    batches: pd.DataFrame,
    items: pd.DataFrame,
    depots: pd.DataFrame,
    vehicles: pd.DataFrame,
    links: pd.DataFrame,
    *,
    periods: int,
    budget: float,
    fixed: pd.DataFrame | None = None,
    tolerance: float = 1e-4,
) -> list[str]:
    """What is wrong with a plan; empty where nothing is.

    Args:
        shipments: depot_id, place_id, item_id, period (0 to periods - 1), quantity.
        batches: depot_id, item_id, quantity, refused, arrives, expires (first and last period of use).
        items: item_id, weight_kg, volume_m3, is_whole.
        depots: depot_id, storage_m3 (infinite where not limited).
        vehicles: depot_id, period, kg, m3, and hours where they count (infinite where not limited).
        links: depot_id, place_id, item_id, cost of a unit; `period` where a link is not open in all of them, and
            `hours` a unit takes of the vehicles where these count.
        periods: number of periods.
        budget: for all shipments, infinite where not limited.
        fixed: place_id, item_id, period, quantity that is to be sent exactly, depot_id (missing: by all together).
        tolerance: relative excess that is a matter of rounding.
    """
    wrong: list[str] = [] if fixed is None else _not_as_fixed(shipments, fixed, tolerance)
    item = {row.item_id: row for row in items.itertuples()}
    room = {row.depot_id: float(row.storage_m3) for row in depots.itertuples()}
    dated, timed = "period" in links, "hours" in links
    price, hours_of = {}, defaultdict(float)
    for row in links.itertuples():
        way = (row.depot_id, row.place_id, row.item_id, row.period if dated else None)
        price[way] = float(row.cost)
        hours_of[way] = float(row.hours) if timed else 0.0
    stock: dict[tuple, list[list[float]]] = defaultdict(list)
    initial: dict[str, float] = defaultdict(float)
    for row in batches.itertuples():
        if not -tolerance * max(1.0, row.quantity) <= row.refused <= row.quantity * (1 + tolerance) + tolerance:
            wrong.append(f"depot {row.depot_id}: {row.refused:g} of {row.quantity:g} {row.item_id} refused")
        if row.arrives == 0:
            initial[row.depot_id] += row.quantity * item[row.item_id].volume_m3
            if row.refused > tolerance * max(1.0, row.quantity):
                wrong.append(f"depot {row.depot_id}: stock of {row.item_id} that is there already is refused")
        stock[row.depot_id, row.item_id].append([row.expires, row.arrives, row.quantity - row.refused])
    taken: dict[tuple, float] = defaultdict(float)
    weight: dict[tuple, float] = defaultdict(float)
    volume: dict[tuple, float] = defaultdict(float)
    hours: dict[tuple, float] = defaultdict(float)
    spent = 0.0
    for row in shipments.itertuples():
        quantity = float(row.quantity)
        way = (row.depot_id, row.place_id, row.item_id, row.period if dated else None)
        if not quantity >= 0:
            wrong.append(f"{row.item_id} to {row.place_id} in period {row.period}: {quantity:g} units")
            continue
        if way not in price or not 0 <= row.period < periods:
            wrong.append(f"{row.item_id} from {row.depot_id} to {row.place_id} in period {row.period}: no such way")
            continue
        if item[row.item_id].is_whole and abs(quantity - round(quantity)) > tolerance:
            wrong.append(f"{row.item_id} to {row.place_id} in period {row.period}: {quantity:g} is no whole number")
        taken[row.depot_id, row.item_id, row.period] += quantity
        weight[row.depot_id, row.period] += quantity * item[row.item_id].weight_kg
        volume[row.depot_id, row.period] += quantity * item[row.item_id].volume_m3
        hours[row.depot_id, row.period] += quantity * hours_of[way]
        spent += quantity * price[way]
    for row in vehicles.itertuples():
        limits = [(weight, row.kg, "kg"), (volume, row.m3, "m3")]
        for load, limit, unit in [*limits, (hours, row.hours, "hours")] if "hours" in vehicles else limits:
            loaded = load[row.depot_id, row.period]
            if loaded > limit * (1 + tolerance) + tolerance:
                wrong.append(f"depot {row.depot_id}, period {row.period}: vehicles load {loaded:g} {unit} of {limit:g}")
    if spent > budget * (1 + tolerance) + tolerance:
        wrong.append(f"the plan costs {spent:g} USD of {budget:g}")
    for period in range(periods):
        stored: dict[str, float] = defaultdict(float)
        for (depot, name), held in stock.items():
            wanted = taken[depot, name, period]
            allowed = tolerance * max(1.0, wanted)
            for batch in sorted(held):
                if batch[1] > period:
                    continue
                if period <= batch[0]:
                    used = min(batch[2], wanted)
                    batch[2] -= used
                    wanted -= used
                stored[depot] += batch[2] * item[name].volume_m3
            if wanted > allowed:
                wrong.append(f"depot {depot}, period {period}: {wanted:g} {name} more than there is in date")
            taken[depot, name, period] = 0.0
        for depot, used in stored.items():
            limit = max(room[depot], initial[depot])
            if used > limit * (1 + tolerance) + tolerance:
                wrong.append(f"depot {depot}, period {period}: {used:g} m3 stored of {limit:g}")
    for (depot, name, _), quantity in taken.items():
        if quantity > tolerance:
            wrong.append(f"depot {depot}: {quantity:g} {name} that it never holds")
    return wrong


def _not_as_fixed(shipments: pd.DataFrame, fixed: pd.DataFrame, tolerance: float) -> list[str]:
    wrong = []
    for row in fixed.itertuples():
        named = [row.place_id, row.item_id, row.period]
        own = shipments[(shipments[["place_id", "item_id", "period"]] == named).all(axis=1)]
        depot = row.depot_id if isinstance(row.depot_id, str) else None
        sent = float(own.loc[own["depot_id"] == depot, "quantity"].sum() if depot else own["quantity"].sum())
        if abs(sent - row.quantity) > tolerance * max(1.0, row.quantity):
            by = f" by {depot}" if depot else ""
            wrong.append(
                f"{row.item_id} to {row.place_id} in period {row.period}{by}: {sent:g} where {row.quantity:g} is fixed"
            )
    return wrong


def storage_violations(
    shipments: pd.DataFrame,
    batches: pd.DataFrame,
    items: pd.DataFrame,
    depots: pd.DataFrame,
    *,
    periods: int,
    tolerance: float = 1e-4,
) -> list[str]:
    """Depots whose stock finds no room whatever arrivals they refuse and whichever batch they send first.

    For plans that do not say what is refused. Each depot is a small linear programme of its own: the least room that
    lacks when every shipment is sent. Stock on hand always has its room, as in `AllocationProblem`.

    Args:
        shipments: depot_id, item_id, period, quantity.
        batches: as for `violations`; what they say is refused is not looked at.
        items: item_id, volume_m3.
        depots: depot_id, storage_m3 (infinite where not limited).
        periods: number of periods.
        tolerance: relative excess that is a matter of rounding.
    """
    volume = items.set_index("item_id")["volume_m3"]
    wrong = []
    for depot, room in zip(depots["depot_id"], depots["storage_m3"], strict=True):
        own = batches[(batches["depot_id"] == depot) & (batches["arrives"] < periods)]
        held = own.assign(room=own["item_id"].map(volume).fillna(0.0))
        on_hand = float((held["quantity"] * held["room"])[held["arrives"] == 0].sum())
        limit = max(float(room), on_hand)
        if not np.isfinite(limit) or (held["quantity"] * held["room"]).sum() <= limit:
            continue
        sent = shipments[shipments["depot_id"] == depot].groupby(["item_id", "period"])["quantity"].sum()
        lacking = _least_room_lacking(sent, held, limit, periods)
        if lacking > tolerance * limit + tolerance:
            wrong.append(f"depot {depot}: {lacking:g} m3 more than its {limit:g} m3 are needed, whatever is refused")
    return wrong


def _least_room_lacking(sent: pd.Series, held: pd.DataFrame, limit: float, periods: int) -> float:
    """m3 that lack in the fullest period; `sent` by item and period, `held` the depot's batches with `room` a unit."""
    from scipy.optimize import linprog

    number = len(held)
    arrives, expires = held["arrives"].to_numpy(int), held["expires"].to_numpy(int)
    quantity, room, item = held["quantity"].to_numpy(float), held["room"].to_numpy(float), held["item_id"].to_numpy()
    span = np.arange(periods)
    batch, period = np.nonzero((arrives[:, None] <= span) & (span <= expires[:, None]))
    uses = len(batch)
    # Columns: units of a batch sent in a period, units of a batch taken in, m3 lacking.
    columns = uses + number + 1
    rows, bounds = [], []

    def add(at: np.ndarray, values: np.ndarray, bound: float) -> None:
        row = np.zeros(columns)
        np.add.at(row, at, values)
        rows.append(row)
        bounds.append(bound)

    for (name, when), wanted in sent.items():  # pyright: ignore[reportGeneralTypeIssues]
        usable = np.flatnonzero((item[batch] == name) & (period == when))
        there = quantity[(item == name) & (arrives <= when) & (expires >= when)].sum()
        # What is not there at all is found elsewhere; here the rest has to find room.
        add(usable, np.full(len(usable), -1.0), -min(float(wanted), float(there)) * (1 - 1e-6))
    for one in range(number):
        own = np.flatnonzero(batch == one)
        add(np.append(own, uses + one), np.append(np.ones(len(own)), -1.0), 0.0)
    for when in span:
        present = np.flatnonzero(arrives <= when)
        gone = np.flatnonzero(np.isin(batch, present) & (period <= when))
        at = np.concatenate([uses + present, gone, [columns - 1]])
        add(at, np.concatenate([room[present], -room[batch[gone]], [-1.0]]), limit)
    least = np.where(arrives == 0, quantity, 0.0)
    ends = [(0.0, None)] * uses + list(zip(least, quantity, strict=True)) + [(0.0, None)]
    aim = np.zeros(columns)
    aim[-1] = 1.0
    found = linprog(aim, A_ub=np.array(rows), b_ub=np.array(bounds), bounds=ends, method="highs")
    # No way to send it all from what is in date is a fault that `violations` names.
    return float(found.fun) if found.status == 0 else 0.0
