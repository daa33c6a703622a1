"""Synthetic decisions on a supply plan and reports of needs, drawn on deliveries. Draws no camp and no delivery."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample.areas import generator
from socialai_assets.ingest.sample.refugee_supply import NO_CAMP

SHARES = {"female": 0.52, "male": 0.48}
WORSE_SERVED, DISADVANTAGE = "female", 0.75
"""What is met of the food of girls and women is this part of what is met of boys' and men's."""
PER_WEEK = {"food_ration": 3.77, "soap": 0.23}
"""Units a person and week of the items that are delivered; refugees/standards.yaml has the standards themselves."""
_DECIDED = (("accept", 1.0), ("change", 1.2), ("refuse", 0.0), ("change", 0.5))


def needs_reported(camps: pd.DataFrame, deliveries: pd.DataFrame, seed: int) -> pd.DataFrame:
    """What camps needed in the weeks of their deliveries and got by them; columns of `raw_needs_reported`.

    Food is also reported by sex: girls and women get less of it.

    Args:
        camps: `camp_id`, `people`.
        deliveries: columns of `raw_relief_deliveries`.
        seed: seed of all random numbers.
    """
    random = generator(seed, "needs reported")
    known = deliveries[deliveries["item_id"].isin(list(PER_WEEK)) & deliveries["camp_id"].isin(camps["camp_id"])]
    day = known["delivered_on"].fillna(known["planned_on"])
    weeks = known.assign(week_start=_mondays(day), got=known["delivered_quantity"].fillna(0.0))
    rows = weeks.groupby(["camp_id", "item_id", "week_start"], sort=True)["got"].sum().reset_index()
    people = rows["camp_id"].map(camps.set_index("camp_id")["people"]).to_numpy(float)
    rows["needed"] = (people * rows["item_id"].map(PER_WEEK) * random.uniform(0.95, 1.05, len(rows))).round(1)
    rows["met"] = np.minimum(rows["needed"], rows.pop("got")).round(1)
    together = rows.assign(sex="all")
    food = rows[rows["item_id"] == "food_ration"]
    # Both sexes' shares of the need add up to one, so what one gets less the other gets more.
    other = 1 / (SHARES[WORSE_SERVED] * DISADVANTAGE + 1 - SHARES[WORSE_SERVED])
    parts = [together]
    for sex, share in SHARES.items():
        factor = other * (DISADVANTAGE if sex == WORSE_SERVED else 1.0)
        needed = (food["needed"] * share).round(1)
        parts.append(food.assign(sex=sex, needed=needed, met=np.minimum(needed, food["met"] * share * factor).round(1)))
    table = pd.concat(parts, ignore_index=True).assign(age_group="all")
    return table[["camp_id", "item_id", "week_start", "sex", "age_group", "needed", "met"]]


def overrides(deliveries: pd.DataFrame) -> pd.DataFrame:
    """Decisions on some deliveries' weeks, one changed again later, one on an unknown camp; `raw_overrides`' columns.

    Args:
        deliveries: columns of `raw_relief_deliveries`; what they planned is what was recommended.
    """
    known = deliveries[deliveries["camp_id"] != NO_CAMP]
    known = known.assign(week_start=_mondays(known["planned_on"]))
    first = known.sort_values(["week_start", "camp_id", "item_id"]).drop_duplicates("camp_id", keep="last")
    rows = []
    for number, row in enumerate(first.itertuples()):
        decision, factor = _DECIDED[number % len(_DECIDED)]
        rows.append((row.camp_id, row.item_id, row.week_start, decision, factor, row.planned_quantity, 3))
    if rows:
        # The first was accepted on a second look only.
        camp, item, week, *_, planned, _ = rows[0]
        rows.insert(0, (camp, item, week, "change", 2.0, planned, 4))
        rows.append((NO_CAMP, item, week, "refuse", 0.0, planned, 3))
    table = pd.DataFrame(
        [
            {
                "override_id": f"OV{number:03}",
                "scenario": None,
                "camp_id": camp,
                "item_id": item,
                "week_start": week,
                "depot_id": None,
                "decision": decision,
                "quantity": None if decision == "refuse" else np.ceil(planned * factor),
                "recommended": planned,
                "reason": f"sample: {decision} after a look at the camp's store",
                "decided_by": "camp_manager",
                "decided_at": f"{pd.Timestamp(week) - pd.Timedelta(days=days):%Y-%m-%dT09:00:00}",
                "plan_start": week,
            }
            for number, (camp, item, week, decision, factor, planned, days) in enumerate(rows, start=1)
        ]
    )
    dates = dict.fromkeys(("week_start", "plan_start"), "datetime64[s]")
    return table.astype(dates | {"quantity": float, "recommended": float}) if len(table) else table


def _mondays(days: pd.Series) -> pd.Series:
    stamps = pd.to_datetime(days)
    return (stamps - pd.to_timedelta(stamps.dt.dayofweek, unit="D")).astype("datetime64[s]")
