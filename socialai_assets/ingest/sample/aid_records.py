"""Synthetic aid records on a network: calendar, weekly demand with its truth, stock, deliveries. Draws no place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.ingest.sample.aid_network import NO_ITEM, AidNetwork
from socialai_assets.ingest.sample.areas import generator

FIRST_DAY, WEEKS = np.datetime64("2023-01-01"), 156
"""Weeks begin on Sunday, as epidemiological ones do; the last begins on 2025-12-21."""
TODAY = FIRST_DAY + 7 * WEEKS
BREAK_WEEK, BREAK_FACTOR = 104, 1.8
UNREPORTED_SHARE = 0.04
MOST_SITES = 400
DELIVERY_DAYS, DELIVERIES_A_DAY = 120, 3
LATE_CARRIER, CARRIERS = "Sample carrier 3", 4

# How each item behaves: share of sites that ask for it, share of a site's people who need it, amplitude and peak week
# of the season, and the share of weeks in which anything is asked for.
_HABITS = {
    "water": (0.5, 0.08, 0.35, 6, 1.0),
    "food_parcel": (1.0, 0.15, 0.2, 30, 1.0),
    "hygiene_kit": (0.4, 0.15, 0.0, 0, 0.35),
    "blanket": (0.2, 0.3, 0.8, 28, 0.7),
    "medical_kit": (0.2, 0.5, 0.15, 28, 0.25),
}
_OTHER = (0.5, 0.15, 0.2, 1, 0.8)
_HOLIDAYS = {"01-01": "New Year", "05-01": "Labour Day", "07-28": "National Day", "12-25": "Christmas"}
_SEASONS = {"rainy season": ("01-01", 90), "cold season": ("06-01", 92)}


def calendar(network: AidNetwork, seed: int) -> pd.DataFrame:
    """Holidays, seasons, a yearly fair and days of closed roads from the first year of demand to the year after it."""
    random = generator(seed, "aid calendar")
    area_ids = np.sort(network.sites["area_id"].unique())
    rows = []
    for year in range(2023, 2027):
        rows += [(np.datetime64(f"{year}-{day}"), None, "holiday", name) for day, name in _HOLIDAYS.items()]
        for name, (start, days) in _SEASONS.items():
            first = np.datetime64(f"{year}-{start}")
            rows += [(first + day, None, "season", name) for day in range(days)]
        fair = np.datetime64(f"{year}-10-01")
        rows += [(fair + day, area_ids[0], "event", "Sample fair") for day in range(3)]
        flood = np.datetime64(f"{year}-02-01") + int(random.integers(0, 30))
        rows += [(flood + day, random.choice(area_ids), "closure", "Road closed by a flood") for day in range(4)]
    table = pd.DataFrame(rows, columns=["day", "area_id", "kind", "name"])
    table["day"] = pd.to_datetime(table["day"])
    return table.drop_duplicates().sort_values(["day", "kind", "name"], ignore_index=True)


def demand_truth(network: AidNetwork, poverty_rate_pct: pd.Series, seed: int) -> pd.DataFrame:
    """What the demand of each site and item follows from; noise-free.

    Args:
        network: where demand arises; of more than 400 sites, those with most people.
        poverty_rate_pct: poverty by area; a point of it adds two percent to a site's level.
        seed: seed of all random numbers.

    Returns:
        `site_id`, `item_id`, `level` (units a week at the start), `growth` (share a year), `season_amplitude`,
        `season_peak_week`, `asked_share` (of weeks), `break_factor` (from week 104 on; 1 where there is none).
    """
    random = generator(seed, "demand")
    sites = network.sites.nlargest(MOST_SITES, "people", keep="first").sort_values("site_id")
    broken = network.depots["depot_id"].iloc[0]
    poverty = sites["area_id"].map(poverty_rate_pct).fillna(poverty_rate_pct.mean()).to_numpy()
    carried = network.items[network.items["need_per_person_week"].fillna(0) > 0]
    parts = []
    for item in carried.itertuples():
        sites_share, people_share, amplitude, peak, asked = _HABITS.get(str(item.item_id), _OTHER)
        level = sites["people"].to_numpy() * float(item.need_per_person_week) * people_share  # type: ignore[arg-type]
        level = level * np.exp(0.02 * (poverty - poverty.mean())) * random.lognormal(0, 0.25, len(sites))
        part = pd.DataFrame({"site_id": sites["site_id"].to_numpy(), "item_id": item.item_id, "level": level})
        part["growth"] = random.normal(0.03, 0.06, len(sites))
        part["season_amplitude"] = amplitude * random.uniform(0.7, 1.3, len(sites))
        part["season_peak_week"] = peak
        part["asked_share"] = asked
        part["break_factor"] = np.where(sites["depot_id"] == broken, BREAK_FACTOR, 1.0)
        parts.append(part[random.uniform(size=len(sites)) < sites_share])
    return pd.concat(parts).sort_values(["site_id", "item_id"], ignore_index=True)


def demand_history(truth: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Three years of weekly demand with the columns of `aid.raw_demand_history`; some weeks are not reported.

    A site does not report a few weeks by chance, and one in ten sites eight weeks on end; half of the unreported rows
    are left out altogether, as publishers do.
    """
    random = generator(seed, "demand history")
    week = np.arange(WEEKS)
    level, growth, amplitude, peak, asked, factor = (
        truth[name].to_numpy()[:, None]
        for name in ("level", "growth", "season_amplitude", "season_peak_week", "asked_share", "break_factor")
    )
    expected = level * (1 + growth) ** (week / 52) * (1 + amplitude * np.cos(2 * np.pi * (week - peak) / 52.18))
    expected = np.clip(expected * np.where(week >= BREAK_WEEK, factor, 1.0), 0.01, None)
    # Where it is not asked for every week, more is asked for at once: the mean stays.
    size = random.gamma(6.0, expected / asked / 6.0)
    quantity = np.where(random.uniform(size=size.shape) < asked, random.poisson(size), 0)

    site, names = pd.factorize(truth["site_id"])
    silent = random.uniform(size=(len(names), WEEKS)) < UNREPORTED_SHARE
    for row in np.flatnonzero(random.uniform(size=len(names)) < 0.1):
        start = random.integers(0, WEEKS - 8)
        silent[row, start : start + 8] = True
    # Series begin with a report.
    silent[:, 0] = False
    left_out = silent & (random.uniform(size=silent.shape) < 0.5)
    series, period = np.nonzero(~left_out[site])
    reported = ~silent[site][series, period]
    return pd.DataFrame(
        {
            "place_id": truth["site_id"].to_numpy()[series],
            "place_kind": "site",
            "item_id": truth["item_id"].to_numpy()[series],
            "period_start": FIRST_DAY + 7 * period,
            "period": "week",
            "quantity": np.where(reported, quantity[series, period], np.nan),
            "is_reported": np.where(reported, "true", "false"),
        }
    )


def stock(network: AidNetwork, seed: int) -> pd.DataFrame:
    """Batches on hand and on order, of each carried item at each depot, with the columns of `aid.raw_stock`."""
    random = generator(seed, "stock")
    people = network.sites.groupby("depot_id")["people"].sum()
    rows = []
    for depot in network.depots["depot_id"]:
        for item in network.items[network.items["need_per_person_week"].fillna(0) > 0].itertuples():
            sites_share, people_share, *_ = _HABITS.get(str(item.item_id), _OTHER)
            weekly = people.get(depot, 500.0) * item.need_per_person_week * sites_share * people_share
            for batch in range(1, int(random.integers(2, 4))):
                keeps = None if pd.isna(item.shelf_life_days) else int(item.shelf_life_days * random.uniform(0.1, 0.9))
                expires = None if keeps is None else TODAY + keeps
                on_hand = np.ceil(weekly * random.uniform(0.8, 2.5))
                rows.append((depot, item.item_id, f"B{batch}", on_hand, 0.0, None, expires, TODAY))
            arrives = TODAY + int(random.integers(4, 28))
            expires = None if pd.isna(item.shelf_life_days) else TODAY + 28 + int(item.shelf_life_days)
            rows.append((depot, item.item_id, "B9", 0.0, np.ceil(weekly * 2), arrives, expires, TODAY))
    rows.append((network.depots["depot_id"].iloc[0], NO_ITEM, "B1", 10.0, 0.0, None, None, TODAY))
    columns = ["depot_id", "item_id", "batch", "on_hand", "on_order", "arrives_on", "expires_on", "as_of"]
    days = dict.fromkeys(("arrives_on", "expires_on", "as_of"), "datetime64[s]")
    return pd.DataFrame(rows, columns=columns).astype(days)


def deliveries(network: AidNetwork, truth: pd.DataFrame, fleet: pd.DataFrame | None, seed: int) -> pd.DataFrame:
    """Four months of deliveries, planned against made, with the columns of `aid.raw_deliveries`.

    One in twenty is not made, one in ten a day or more late; one of four carriers is late by three quarters of an hour
    more than the others. Two deliveries are for an item nobody lists or a site nobody knows, one is for more than any
    vehicle carries.
    """
    random = generator(seed, "deliveries")
    weekdays = [day for day in TODAY - np.arange(DELIVERY_DAYS, 0, -1) if np.is_busday(day)]
    number = DELIVERIES_A_DAY * len(weekdays) * len(network.depots)
    row = random.integers(0, len(truth), number)
    planned_on = np.sort(random.choice(np.array(weekdays), number))
    planned = np.ceil(truth["level"].to_numpy()[row] / truth["asked_share"].to_numpy()[row])
    made = random.uniform(size=number) >= 0.05
    days_late = np.where(random.uniform(size=number) < 0.1, random.integers(1, 4, number), 0)
    carrier = random.integers(1, CARRIERS + 1, number)
    provider = np.char.mod("Sample carrier %d", carrier).astype(object)
    late = random.normal(0, 12, number) + np.where(provider == LATE_CARRIER, 45, 0)
    short = np.where(random.uniform(size=number) < 0.15, random.uniform(0.4, 0.9, number), 1.0)
    delivered = np.ceil(planned * short)
    sites = network.sites.set_index("site_id")
    site_ids = truth["site_id"].to_numpy()[row]
    of_depot = {} if fleet is None else fleet.groupby("depot_id")["vehicle_id"].agg(list).to_dict()
    own = [of_depot.get(depot, [None]) for depot in sites["depot_id"].reindex(site_ids)]
    table = pd.DataFrame(
        {
            "delivery_id": np.char.mod("L%05d", np.arange(1, number + 1)).astype(object),
            "site_id": site_ids,
            "item_id": truth["item_id"].to_numpy()[row],
            "planned_date": planned_on,
            "delivered_on": pd.Series(planned_on + days_late).where(made),
            "delivered_year": None,
            "planned_quantity": planned,
            "delivered_quantity": np.where(made, delivered, np.nan),
            "people_reached": np.where(
                made, (sites["people"].reindex(site_ids).to_numpy(float) * short).round(), np.nan
            ),
            "trips": np.where(made, 1.0, np.nan),
            "minutes_late": np.where(made, late.round(), np.nan),
            "cost_usd": np.where(made, (20 + 0.8 * delivered + random.uniform(0, 30, number)).round(2), np.nan),
            "provider": provider,
            "vehicle_id": [vehicles[int(random.integers(len(vehicles)))] for vehicles in own],
        }
    )
    table.loc[0, "item_id"], table.loc[1, "site_id"] = NO_ITEM, "P-unknown"
    table.loc[2, ["item_id", "planned_quantity"]] = [network.items["item_id"].iloc[0], 5000.0]
    return table
