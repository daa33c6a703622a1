"""Synthetic data becomes landing files here, each whole or not at all, with its truth beside. Draws no data itself."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from pathlib import Path

import pandas as pd

from resources.errors import SettingsError
from socialai_assets.ingest.sample import (
    aid_network,
    aid_records,
    children_records,
    imagery,
    poverty,
    refugee_camps,
    refugee_feedback,
    refugee_supply,
    settlements,
    water_stations,
    water_systems,
)
from socialai_assets.ingest.sample.areas import SampleAreas, generator
from socialai_assets.ingest.sample.country import sample_country
from socialai_assets.ingest.sample.faults import FAULTS, plant

FOLDER, TRUTH = "sample", "_truth"
INPUTS: dict[str, str] = {
    "areas": "geography",
    "area_boundaries": "geography",
    "places": "geography",
    "area_codes": "geography",
    "poverty_rates": "poverty",
    "area_indicators": "poverty",
    "satellite_night": "poverty",
    "satellite_day": "poverty",
    "sites": "aid",
    "items": "aid",
    "demand_history": "aid",
    "deliveries": "aid",
    "stock": "aid",
    "depots": "aid",
    "vehicles": "aid",
    "travel_times": "aid",
    "calendar": "aid",
    "camps": "refugees",
    "locations": "refugees",
    "camp_registrations": "refugees",
    "links": "refugees",
    "closures": "refugees",
    "population_groups": "refugees",
    "relief_depots": "refugees",
    "relief_stock": "refugees",
    "relief_vehicles": "refugees",
    "relief_deliveries": "refugees",
    "overrides": "refugees",
    "needs_reported": "refugees",
    "water_systems": "water",
    "water_points": "water",
    "water_surveys": "water",
    "population_served": "water",
    "stations": "water",
    "sensor_readings": "water",
    "station_events": "water",
    **dict.fromkeys(children_records.TABLES, "children"),
}
"""Every canonical input the generator can write, and the domain it belongs to."""

_AREAS_THEMSELVES = ("areas", "area_boundaries")
_AREA_COLUMNS = [
    "area_id",
    "level",
    "name",
    "parent_id",
    "population",
    "area_km2",
    "altitude_m",
    "capital",
    "latitude",
    "longitude",
    "natural_region",
]
_DECIMALS = {"latitude": 6, "longitude": 6, "population": 0, "altitude_m": 0, "area_km2": 2}
_DECIMALS |= {"quantity": 0, "minutes": 1, "km": 2, "people": 0, "households": 0, "capacity": 0}
_DECIMALS |= {"lat_deg": 6, "lon_deg": 6, "install_year": 0, "served_population": 0, "served_households": 0}
_DECIMALS |= {"harm_hazard": 6, "leave_risk": 6, "case_risk": 6, "mark": 1, "caregiver_school_years": 0}
_DECIMALS |= {"school_km": 2, "income_usd_month": 2, "hours_per_child": 1, "hours_per_week": 0, "cost_usd": 2}
_OTHER_DECIMALS = 4


def write_sample(
    landing: Path,
    *,
    scale: float,
    seed: int,
    inputs: Collection[str] | None = None,
    areas: SampleAreas | None = None,
    landed: Mapping[str, pd.DataFrame] | None = None,
) -> list[Path]:
    """Write synthetic files in canonical form, the same bytes for the same arguments.

    Args:
        landing: the landing folder; files go to `<domain>/sample/`, their truth to `<domain>/sample/_truth/`.
        scale: size of the sample country, 1 is 180 districts (without effect where `areas` are given), and number of
            sites aid is delivered to, 1 is 250.
        seed: seed of all random numbers.
        inputs: canonical inputs to write, as in `INPUTS`; all that can be written when None.
        areas: areas to draw on, such as real ones, in place of the sample country's.
        landed: `sites`, `depots` or `items` that somebody has landed, as aid's tables of these names have them;
            what is drawn of aid is drawn on them. Likewise `camps`, `locations`, `links`, `camp_population` and
            `relief_depots`, as refugees' tables have them, for depots, stock, trucks and deliveries of relief.

    Returns:
        Every file written, those with the truth included, sorted.

    Raises:
        SettingsError: an input is unknown, or areas themselves are asked for while areas are given.
        ContractError: the areas given cannot be drawn on.
    """
    possible = [name for name in INPUTS if areas is None or name not in _AREAS_THEMSELVES]
    wanted = possible if inputs is None else sorted(set(inputs))
    refused = [name for name in wanted if name not in possible]
    if refused:
        raise SettingsError(f"There are no synthetic files for {refused}", do=f"Choose among {possible}.")
    writer = _Writer(landing, scale, seed, areas or sample_country(scale, seed), landed or {})
    for name in wanted:
        writer.write(name)
    return sorted(writer.written)


class _Writer:
    """One run of the generator: the areas, the truth once it is needed, and the files written so far."""

    def __init__(
        self, landing: Path, scale: float, seed: int, areas: SampleAreas, landed: Mapping[str, pd.DataFrame]
    ) -> None:
        self.landing, self.scale, self.seed, self.areas, self.landed = landing, scale, seed, areas, landed
        self.written: list[Path] = []

    @cached_property
    def truth(self) -> pd.DataFrame:
        """What poverty follows from; its files are written when an input first needs it."""
        planted = poverty.poverty_truth(self.areas, self.seed)
        self._save("poverty", f"{TRUTH}/poverty.csv", _csv(_texts(planted)))
        hotspots = planted.loc[planted["hotspot"] > 0, ["area_id", "hotspot"]]
        self._save("poverty", f"{TRUTH}/hotspots.csv", _csv(_texts(hotspots)))
        return planted

    @cached_property
    def poverty_rates(self) -> pd.Series:
        """True poverty by area, in the order of the smallest areas; writes no file."""
        planted = poverty.poverty_truth(self.areas, self.seed)
        return planted.set_index("area_id")["true_rate_pct"]

    @cached_property
    def network(self) -> aid_network.AidNetwork:
        """Sites, depots and items of aid, those that have landed among them."""
        given = {name: self.landed.get(name) for name in ("sites", "depots", "items")}
        return aid_network.draw_network(self.areas, self.poverty_rates.to_numpy(), self.scale, self.seed, **given)

    @cached_property
    def demand(self) -> pd.DataFrame:
        """What aid's demand follows from; its file is written when an input first needs it."""
        planted = aid_records.demand_truth(self.network, self.poverty_rates, self.seed)
        self._save("aid", f"{TRUTH}/demand.csv", _csv(_texts(planted)))
        return planted

    @cached_property
    def conflict(self) -> refugee_camps.SampleConflict:
        """Camps, places and roads of the sample's conflict; its truth is written when an input first needs it."""
        drawn = refugee_camps.draw_conflict(self.areas, self.scale, self.seed)
        self._save("refugees", f"{TRUTH}/arrivals.csv", _csv(_texts(drawn.truth)))
        return drawn

    @cached_property
    def conflict_places(self) -> refugee_supply.ConflictPlaces:
        """Camps and roads that relief is drawn on: those that landed, or the sample's own."""
        if {"camps", "links", "camp_population"} <= set(self.landed):
            return refugee_supply.landed_places(self.landed)
        return refugee_supply.drawn_places(self.conflict)

    @cached_property
    def relief_depots(self) -> pd.DataFrame:
        """Depots of relief items, landed or drawn."""
        given = self.landed.get("relief_depots")
        if given is None:
            return refugee_supply.depots(self.conflict_places, self.seed)
        return given[given["conflict_id"].isin(self.conflict_places.camps["conflict_id"])]

    @cached_property
    def water(self) -> water_systems.SampleWater:
        """The sample's water systems; their truth is written when an input first needs it."""
        drawn = water_systems.draw_water(self.areas, self.scale, self.seed)
        self._save("water", f"{TRUTH}/systems.csv", _csv(_texts(drawn.truth)))
        return drawn

    @cached_property
    def stations(self) -> water_stations.SampleStations:
        """The sample's stations; faults of their sensors are written when an input first needs them."""
        drawn = water_stations.draw_stations(self.areas, self.seed)
        self._save("water", f"{TRUTH}/sensor_faults.csv", _csv(_texts(drawn.truth)))
        return drawn

    @cached_property
    def children(self) -> children_records.SampleChildren:
        """The sample's children; their truth is written when an input first needs it."""
        drawn = children_records.SampleChildren(
            self.areas, poverty.poverty_truth(self.areas, self.seed), self.scale, self.seed
        )
        for name, planted in drawn.truth().items():
            self._save("children", f"{TRUTH}/{name}.csv", _csv(_texts(planted)))
        return drawn

    def write(self, name: str) -> None:
        """Write one canonical input."""
        if name in children_records.TABLES:
            self._table(name, self.children.table(name))
            return
        steps: dict[str, Callable[[], None]] = {
            "areas": self._areas,
            "area_boundaries": self._boundaries,
            "places": self._places,
            "area_codes": lambda: self._table("area_codes", settlements.area_codes(self.areas)),
            "poverty_rates": lambda: self._table(
                "poverty_rates", poverty.poverty_rates(self.areas, self.truth, self.seed)
            ),
            "area_indicators": lambda: self._table("area_indicators", poverty.area_indicators(self.truth)),
            "satellite_night": lambda: self._tiles(
                "satellite_night", imagery.night_tiles(self.areas, self.truth, self.seed)
            ),
            "satellite_day": lambda: self._tiles("satellite_day", imagery.day_tiles(self.areas, self.seed)),
            # Who serves a site follows from where it lies, and is left for plans to find.
            "sites": lambda: self._table("sites", self.network.sites.assign(depot_id=None)),
            "items": lambda: self._table("items", self.network.items),
            "demand_history": lambda: self._table("demand_history", aid_records.demand_history(self.demand, self.seed)),
            "deliveries": self._deliveries,
            "stock": lambda: self._table("stock", aid_records.stock(self.network, self.seed)),
            "depots": lambda: self._table("depots", self.network.depots),
            "vehicles": lambda: self._table("vehicles", aid_network.vehicles(self.network, self.seed)),
            "travel_times": lambda: self._table("travel_times", aid_network.travel_times(self.network, self.seed)),
            "calendar": lambda: self._table("calendar", aid_records.calendar(self.network, self.seed)),
            "camps": lambda: self._table("camps", self.conflict.camps),
            "locations": lambda: self._table("locations", self.conflict.locations),
            "camp_registrations": lambda: self._table(
                "camp_registrations", refugee_camps.registrations(self.conflict, self.seed)
            ),
            "links": lambda: self._table("links", self.conflict.links),
            "closures": lambda: self._table("closures", refugee_camps.closures(self.conflict)),
            "population_groups": lambda: self._table(
                "population_groups", refugee_camps.population_groups(self.conflict)
            ),
            "relief_depots": lambda: self._table("relief_depots", self.relief_depots),
            "relief_stock": lambda: self._table("relief_stock", self._relief(refugee_supply.stock)),
            "relief_vehicles": lambda: self._table("relief_vehicles", self._relief(refugee_supply.vehicles)),
            "relief_deliveries": lambda: self._table("relief_deliveries", self._relief(refugee_supply.deliveries)),
            "overrides": lambda: self._table(
                "overrides", refugee_feedback.overrides(self._relief(refugee_supply.deliveries))
            ),
            "needs_reported": lambda: self._table("needs_reported", self._needs_reported()),
            "water_systems": lambda: self._table("water_systems", self.water.systems),
            "water_points": lambda: self._table("water_points", self.water.points),
            "water_surveys": lambda: self._table("water_surveys", water_systems.surveys(self.water, self.seed)),
            "population_served": lambda: self._table(
                "population_served", water_systems.population_served(self.water, self.seed)
            ),
            "stations": lambda: self._table("stations", self.stations.stations),
            "sensor_readings": lambda: self._table("sensor_readings", self.stations.readings),
            "station_events": lambda: self._table("station_events", self.stations.events),
        }
        steps[name]()

    def _areas(self) -> None:
        table = self.areas.table
        regions = table.loc[table["natural_region"].notna(), ["area_id", "natural_region"]]
        self._save("geography", f"{TRUTH}/natural_regions.csv", _csv(_texts(regions)))
        # Left for the platform's own rule to find.
        self._table("areas", table.assign(natural_region=None)[_AREA_COLUMNS])

    def _boundaries(self) -> None:
        import shapely

        own = self.areas.smallest
        features = [
            json.dumps({"type": "Feature", "properties": {"area_id": code}, "geometry": json.loads(shape)})
            for code, shape in zip(own["area_id"], shapely.to_geojson(own["geometry"].to_numpy()), strict=True)
        ]
        text = '{"type": "FeatureCollection", "features": [\n' + ",\n".join(features) + "\n]}\n"
        self._save("geography", "area_boundaries.geojson", text.encode())

    def _places(self) -> None:
        drawn = settlements.places(self.areas, self.seed)
        outside = drawn.loc[drawn["is_outside"], ["place_id", "area_id"]]
        self._save("geography", f"{TRUTH}/places_outside.csv", _csv(_texts(outside)))
        self._table("places", drawn.drop(columns="is_outside"))

    def _deliveries(self) -> None:
        fleet = aid_network.vehicles(self.network, self.seed)
        self._table("deliveries", aid_records.deliveries(self.network, self.demand, fleet, self.seed))

    def _relief(self, draw: Callable[[refugee_supply.ConflictPlaces, pd.DataFrame, int], pd.DataFrame]) -> pd.DataFrame:
        return draw(self.conflict_places, self.relief_depots, self.seed)

    def _needs_reported(self) -> pd.DataFrame:
        made = self._relief(refugee_supply.deliveries)
        return refugee_feedback.needs_reported(self.conflict_places.camps, made, self.seed)

    def _table(self, name: str, rows: pd.DataFrame) -> None:
        """Write a table as CSV with its bad rows, and list these."""
        domain, random = INPUTS[name], generator(self.seed, f"faults in {name}")
        together, planted = plant(random, _texts(rows), FAULTS[name])
        file = self._save(domain, f"{name}.csv", _csv(together))
        planted.insert(0, "file", file.relative_to(self.landing).as_posix())
        self._list_bad_rows(domain, planted)

    def _list_bad_rows(self, domain: str, planted: pd.DataFrame) -> None:
        """Renew the list for one file and keep what it says of the domain's others."""
        path = self.landing / domain / FOLDER / TRUTH / "bad_rows.csv"
        listed = [planted]
        if path.is_file():
            before = pd.read_csv(path)
            listed.append(before[before["file"] != planted["file"].iloc[0]])
        together = pd.concat(listed).sort_values(["file", "line"])
        self._save(domain, f"{TRUTH}/bad_rows.csv", _csv(together))

    def _tiles(self, name: str, tiles: dict[tuple[int, int, int], bytes]) -> None:
        """Write tiles, and take away those that an earlier run left elsewhere."""
        kept = {self._save(INPUTS[name], f"{name}/{z}/{x}/{y}.png", image) for (z, x, y), image in tiles.items()}
        for path in (self.landing / INPUTS[name] / FOLDER / name).glob("*/*/*.png"):
            if path not in kept:
                path.unlink()

    def _save(self, domain: str, name: str, content: bytes) -> Path:
        """Write a file whole or not at all; one that is already so keeps its time, so that nothing looks changed."""
        path = self.landing / domain / FOLDER / name
        if not (path.is_file() and path.read_bytes() == content):
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{path.name}.{os.getpid()}")
            temporary.write_bytes(content)
            temporary.replace(path)
        if path not in self.written:
            self.written.append(path)
        return path


def _texts(rows: pd.DataFrame) -> pd.DataFrame:
    """Every column as text with a fixed number of decimals; missing values empty."""
    texts = {}
    for name, values in rows.items():
        if pd.api.types.is_float_dtype(values):
            form = f"%.{_DECIMALS.get(str(name), _OTHER_DECIMALS)}f"
            values = values.map(lambda number, form=form: form % number, na_action="ignore")
        elif pd.api.types.is_datetime64_dtype(values):
            values = values.dt.strftime("%Y-%m-%d")
        texts[name] = values.astype(object).where(values.notna(), "").astype(str)
    return pd.DataFrame(texts)


def _csv(rows: pd.DataFrame) -> bytes:
    return rows.to_csv(index=False, lineterminator="\n").encode()
