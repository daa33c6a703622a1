"""Whether a plan can be carried out, recomputed from its rows by other means than those it was made with.

Reads frames only and shares no code with the solver: stock is handed out here by hand, batch by batch, first expired
first out, so that a plan that needs an expired or a late batch is found out.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

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
    tolerance: float = 1e-4,
) -> list[str]:
    """What is wrong with a plan; empty where nothing is.

    Args:
        shipments: depot_id, place_id, item_id, period (0 to periods - 1), quantity.
        batches: depot_id, item_id, quantity, refused, arrives, expires (first and last period of use).
        items: item_id, weight_kg, volume_m3, is_whole.
        depots: depot_id, storage_m3 (infinite where not limited).
        vehicles: depot_id, period, kg, m3 (infinite where not limited).
        links: depot_id, place_id, item_id, cost of a unit.
        periods: number of periods.
        budget: for all shipments, infinite where not limited.
        tolerance: relative excess that is a matter of rounding.
    """
    wrong: list[str] = []
    item = {row.item_id: row for row in items.itertuples()}
    room = {row.depot_id: float(row.storage_m3) for row in depots.itertuples()}
    price = {(row.depot_id, row.place_id, row.item_id): float(row.cost) for row in links.itertuples()}
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
    spent = 0.0
    for row in shipments.itertuples():
        quantity, way = float(row.quantity), (row.depot_id, row.place_id, row.item_id)
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
        spent += quantity * price[way]
    for row in vehicles.itertuples():
        for load, limit, unit in ((weight, row.kg, "kg"), (volume, row.m3, "m3")):
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
