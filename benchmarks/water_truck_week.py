"""A working week of routes for Plan Cisterna's real deliveries: what is planned, what is left out and why, how long.

Needs a home whose aid tables are made of the real landing; fleet and items there are synthetic. The month of a delivery
is unknown, so a week is a fifty-second part of a year's deliveries, drawn with seed 0; `--sites` takes every site of
that year once instead, which no such fleet can serve: for the time it takes and the reasons.
"""

from __future__ import annotations

import argparse
import datetime
import time
from importlib.resources import files

from resources.lake import Lake
from resources.settings import current
from socialai_assets.aid.route_days import plan_days
from socialai_assets.aid.routes import AidTables
from socialai_assets.methods.routing.settings import parse_settings

MONDAY = datetime.date(2026, 11, 23)
WEEKS_A_YEAR = 52


def main() -> None:
    """Plan the week and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", action="store_true", help="every site of the year once, its median delivery")
    parser.add_argument("--year", type=int, default=2021)
    parser.add_argument("--iterations", type=int, default=300)
    asked = parser.parse_args()
    lake = Lake.from_settings(current(), read_only=True)
    names = ("sites", "items", "depots", "vehicles", "travel_times", "calendar", "road_links")
    frames = {name: lake.read_frame(f"aid.{name}") for name in names}
    made = lake.read_frame("aid.deliveries").sort_values("delivery_id", ignore_index=True)
    made = made[made["delivered_year"] == asked.year]
    if not asked.sites:
        made = made.sample(n=round(len(made) / WEEKS_A_YEAR), random_state=0)
    by_site = made.groupby(["site_id", "item_id"], as_index=False)["delivered_quantity"]
    wanted = (by_site.median() if asked.sites else by_site.sum()).rename(columns={"delivered_quantity": "quantity"})
    text = (files("socialai_assets.aid") / "routing.yaml").read_text("utf-8")
    settings = parse_settings(text, "aid/routing.yaml", {"limits": {"iterations": asked.iterations}})
    days = [MONDAY + datetime.timedelta(days=number) for number in range(5)]
    began, worked = time.perf_counter(), time.process_time()
    found = plan_days(AidTables(wanted, **frames), days, settings)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    print(f"wanted: {len(wanted)} sites, {wanted['quantity'].sum():,.0f} m3; {asked.iterations} iterations")
    print(
        f"planned: {len(found.plan)} routes, {int(found.plan['stops'].sum())} stops, {found.plan['km'].sum():,.0f} km,"
    )
    print(f"  {found.plan['load_m3'].sum():,.0f} m3, in {seconds:.0f} s ({cpu:.0f} s of CPU)")
    print(f"travel: {'; '.join(sorted(set(found.plan['travel_source'])))}")
    print(f"left out: {len(found.unserved)} {found.unserved['reason'].value_counts().to_dict()}")


if __name__ == "__main__":
    main()
