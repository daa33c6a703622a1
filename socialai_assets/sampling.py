"""When the sample country fills in: for which canonical inputs, and on which areas. Generates nothing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from resources.lake import Lake
from resources.landing import LandingZone
from resources.settings import Settings
from socialai_assets.ingest.sources import Source

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from socialai_assets.ingest.sample import SampleAreas

GEOGRAPHY, AID = "geography", "aid"
AID_PLACES = ("sites", "depots", "items")
"""What other aid inputs speak of: where some of it has landed, the rest is drawn on it."""

NEVER_DRAWN = frozenset({"road_links", "alarm_acknowledgements", "flag_acknowledgements", "inspection_outcomes"})
"""Canonical inputs that are absent rather than invented: plans have other ways to get at distances, and what nobody
knows of is shown; nobody's inspections are made up."""

REFUGEES = "refugees"
REFUGEE_NETWORK = ("camps", "locations", "camp_registrations", "links", "closures")
"""Refugees' inputs that speak of one another: where one has landed, none of the others is invented beside it."""

RELIEF = ("relief_depots", "relief_stock", "relief_vehicles", "relief_deliveries", "needs_reported")
"""Refugees' inputs that are drawn on the camps and roads that have landed."""
RELIEF_PLACES = ("camps", "locations", "links", "camp_population")
WATER = "water"
WATER_REGISTER = ("water_systems", "water_points", "water_surveys", "population_served")
WATER_STATIONS = ("stations", "sensor_readings", "station_events")
"""Likewise water's inputs on systems, and those on stations."""
CHILDREN = "children"
CHILDREN_REGISTER = (
    "terms",
    "services",
    "staff",
    "children",
    "households",
    "enrolments",
    "attendance",
    "marks",
    "cases",
    "support",
    "outcomes",
    "reviews",
)
"""Likewise children's: no record is invented beside a real child's. The sample's children go to its own schools."""


def missing_inputs(settings: Settings, sources: Sequence[Source]) -> list[Source]:
    """Canonical inputs that the policy wants synthetic files for and that have none yet."""
    zone = LandingZone.from_settings(settings, sources)
    if settings.sample == "none":
        return []
    # A matrix among real sites would be large and wrong; plans have other ways to get at distances.
    left_out = NEVER_DRAWN | ({"travel_times"} if landed_aid(settings, sources) else set())
    together = (
        (REFUGEES, REFUGEE_NETWORK),
        (WATER, WATER_REGISTER),
        (WATER, WATER_STATIONS),
        (CHILDREN, CHILDREN_REGISTER),
    )
    for domain, names in together:
        if settings.sample != "all" and any(zone.has_landed(f"{domain}.{name}") for name in names):
            left_out |= set(names)
            # Nobody's decisions are invented on camps that there are.
            left_out |= {"overrides"} if domain == REFUGEES else set()
            left_out |= {"schools"} if domain == CHILDREN else set()
    if zone.has_landed(f"{REFUGEES}.relief_deliveries"):
        left_out |= {"needs_reported"}
    return [
        source
        for source in sources
        if source.canonical
        and source.name not in left_out
        and not zone.sample_files(source)
        and (settings.sample == "all" or not zone.has_landed(f"{source.domain}.{source.name}"))
    ]


def landed_aid(settings: Settings, sources: Sequence[Source]) -> list[str]:
    """Which of aid's sites, depots and items have landed, so that what is missing is drawn on them."""
    zone = LandingZone.from_settings(settings, sources)
    return [name for name in AID_PLACES if settings.sample != "all" and zone.has_landed(f"{AID}.{name}")]


def landed_relief(settings: Settings, sources: Sequence[Source]) -> list[str]:
    """Tables of landed camps, and of landed depots, on which the relief that is missing is drawn."""
    zone = LandingZone.from_settings(settings, sources)
    if settings.sample == "all" or not any(zone.has_landed(f"{REFUGEES}.{name}") for name in REFUGEE_NETWORK):
        return []
    depots = [RELIEF[0]] if zone.has_landed(f"{REFUGEES}.{RELIEF[0]}") else []
    return [*RELIEF_PLACES, *depots]


def tables_to_draw_on(settings: Settings, sources: Sequence[Source]) -> list[str]:
    """The tables of aid and refugees that must be made before their missing inputs can be drawn."""
    missing = missing_inputs(settings, sources)
    tables = []
    if any(source.domain == AID for source in missing):
        tables += [f"{AID}.{name}" for name in landed_aid(settings, sources)]
    if any(source.name in RELIEF for source in missing):
        tables += [f"{REFUGEES}.{name}" for name in landed_relief(settings, sources)]
    return tables


def has_real_areas(settings: Settings, sources: Sequence[Source]) -> bool:
    """Whether areas and boundaries have landed, so that other domains are drawn on them."""
    zone = LandingZone.from_settings(settings, sources)
    landed = all(zone.has_landed(f"{GEOGRAPHY}.{name}") for name in ("areas", "area_boundaries"))
    return settings.sample != "all" and landed


def needs_areas(settings: Settings, sources: Sequence[Source]) -> bool:
    """Whether synthetic files are wanted on areas or camps that only the lake knows."""
    other = [source for source in missing_inputs(settings, sources) if source.domain != GEOGRAPHY]
    on_camps = any(source.name in RELIEF for source in other) and bool(landed_relief(settings, sources))
    return on_camps or (bool(other) and has_real_areas(settings, sources))


def fill(settings: Settings, sources: Sequence[Source], console: Console) -> None:
    """Write the sample country's missing inputs; where areas are real, only geography's own."""
    wanted = missing_inputs(settings, sources)
    if has_real_areas(settings, sources):
        # Invented places on real areas would be worse than none.
        wanted = []
    if landed_relief(settings, sources):
        wanted = [source for source in wanted if source.name not in RELIEF]
    _write(settings, wanted, None, console)


def fill_on_areas(settings: Settings, sources: Sequence[Source], console: Console) -> None:
    """Write the missing inputs of other domains on the lake's areas."""
    from socialai_assets.ingest.sample import SampleAreas

    wanted = [source for source in missing_inputs(settings, sources) if source.domain != GEOGRAPHY]
    lake = Lake.from_settings(settings, read_only=True)
    areas = lake.read_frame("geography.areas")
    shapes = lake.read_geoframe("geography.area_shapes", ["area_id", "geometry"])
    landed = {name: lake.read_frame(f"{AID}.{name}") for name in landed_aid(settings, sources)}
    if any(source.name in RELIEF for source in wanted):
        landed |= {name: lake.read_frame(f"{REFUGEES}.{name}") for name in landed_relief(settings, sources)}
    lake.close()
    drawn_on = SampleAreas(areas.merge(shapes, on="area_id", how="left"))
    # A table that has landed and holds no good row is nothing to draw on.
    _write(settings, wanted, drawn_on, console, {name: rows for name, rows in landed.items() if len(rows)})


def _write(
    settings: Settings,
    wanted: Sequence[Source],
    areas: SampleAreas | None,
    console: Console,
    landed: Mapping[str, pd.DataFrame] | None = None,
) -> None:
    if not wanted:
        return
    from socialai_assets.ingest.sample import write_sample

    names = [source.name for source in wanted]
    console.print(f"Writing synthetic data, flagged as such, for {', '.join(names)}", highlight=False)
    write_sample(
        settings.home_landing,
        scale=settings.sample_scale,
        seed=settings.sample_seed,
        inputs=names,
        areas=areas,
        landed=landed,
    )
