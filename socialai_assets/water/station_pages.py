"""Assets of station pages: one page a station and language, an index, and a picture of all of them. Thin."""

import datetime
from typing import Any

import pandas as pd
from dagster import MaterializeResult, MetadataValue, asset

from resources.settings import current
from socialai_assets.catalog import attribution
from socialai_assets.factories.pictures import shown, version_of
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.publishing.documents import document_html, source_notes
from socialai_assets.publishing.files import replace_files
from socialai_assets.publishing.languages import LANGUAGES
from socialai_assets.publishing.state_grid import state_grid_png
from socialai_assets.water.station_documents import (
    StationTables,
    index_document,
    page_name,
    state_line,
    states_grid,
    station_document,
)
from socialai_assets.water.words import parameter_words

PICTURED = 40
MEANINGS = (
    ("#ffffff", "", "not measured"),
    ("#d9d9d9", "?", "no value in its last week"),
    ("#a6d3e8", "", "within its limits, or without one, at its last reading"),
    ("#f2b8b5", "!", "beyond a limit at its last reading"),
)


@asset(
    key=asset_key("water.station_pages"),
    group_name="water",
    owners=owners("water"),
    kinds={"python", "html"},
    tags={"layer": "map"},
    description="A page for each station in English and Spanish: recent readings, alarms, limits; and a list of all.",
    ins=tables(
        stations="water.stations",
        recent="water.recent_readings",
        limits="water.quality_limits",
        exceedances="water.exceedances",
        events="water.station_events",
        alarms="water.alarms",
        staleness="water.staleness",
    ),
)
def station_pages(
    stations: pd.DataFrame,
    recent: pd.DataFrame,
    limits: pd.DataFrame,
    exceedances: pd.DataFrame,
    events: pd.DataFrame,
    alarms: pd.DataFrame,
    staleness: pd.DataFrame,
) -> MaterializeResult:
    """Write the pages of every station, replacing those of before."""
    folder = current().published / "water" / "stations"
    as_of = staleness["as_of"].max() if len(staleness) else datetime.date(1970, 1, 1)
    of_stations = exceedances[exceedances["subject_kind"] == "station"]
    known = [
        StationTables(
            row,
            recent[recent["station_id"] == row["station_id"]],
            limits,
            of_stations[of_stations["subject_id"] == row["station_id"]],
            events[events["station_id"] == row["station_id"]],
            alarms[alarms["station_id"] == row["station_id"]],
            pd.Timestamp(as_of).date(),
        )
        for row in stations.sort_values("station_id").to_dict("records")
    ]
    pages: dict[str, bytes] = {}
    synthetic = bool(stations["is_synthetic"].any())
    for language in LANGUAGES:
        states = {}
        for one in known:
            notes = source_notes(language, *attribution([one.station["source"]]))
            document = station_document(one, language, notes)
            pages[page_name(one.station["station_id"], language)] = document_html(document).encode()
            states[one.station["station_id"]] = state_line(one, language)
        index = index_document(stations, states, language, synthetic)
        pages[f"index_{language}.html"] = document_html(index).encode()
    metadata: dict[str, Any] = {"stations": len(stations), "pages": len(pages)}
    metadata |= {language: MetadataValue.path(folder / f"index_{language}.html") for language in LANGUAGES}
    if known:
        source, licence = attribution(stations["source"])
        names, columns, grid = states_grid(known[:PICTURED])
        picture = state_grid_png(
            names,
            [parameter_words(name, "en") for name in columns],
            grid,
            MEANINGS,
            title=f"Water stations, {as_of:%d %B %Y}",
            source_note=source,
            licence_note=licence,
            synthetic=synthetic,
        )
        pages["stations.png"] = picture
        metadata["map"] = MetadataValue.path(folder / "stations.png")
        metadata["states"] = shown(picture)
    replace_files(folder, pages)
    return MaterializeResult(metadata=metadata, data_version=version_of(*pages.values()))
