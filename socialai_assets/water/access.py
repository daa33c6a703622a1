"""Assets of who has water within walking distance, and who relies on which system; access_tables.py computes. Thin."""

import pandas as pd
from dagster import AssetExecutionContext, asset

from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import any_synthetic, validate
from socialai_assets.water import repair_contracts as contracts
from socialai_assets.water.access_tables import access_of, gap_rows, pressure_rows
from socialai_assets.water.repair_settings import water_settings

FROM = {
    "systems": "water.systems",
    "points": "water.points",
    "areas": "geography.areas",
    "places": "geography.places",
}


@asset(**table_asset(contracts.ServiceGaps, "mart"), ins=tables(**FROM))
def service_gaps(
    context: AssetExecutionContext,
    systems: pd.DataFrame,
    points: pd.DataFrame,
    areas: pd.DataFrame,
    places: pd.DataFrame,
) -> pd.DataFrame:
    """Places beyond walking distance of a working system."""
    access = access_of(systems, points, areas, places, water_settings().access)
    rows = gap_rows(access, synthetic=any_synthetic(systems, points, areas, places))
    counted = rows[rows["is_counted"]]
    context.add_output_metadata(
        {
            "people looked at": round(float(counted["people"].sum())),
            "people in the gap": round(float(rows["people_in_gap"].sum())),
            "places in the gap": int(rows["is_in_gap"].sum()),
            "places left out": {str(why): int(number) for why, number in rows["left_out"].value_counts().items()},
        }
    )
    return validate(rows, contracts.ServiceGaps)


@asset(**table_asset(contracts.PointPressure, "mart"), ins=tables(**FROM, surveys="water.surveys"))
def point_pressure(
    systems: pd.DataFrame,
    points: pd.DataFrame,
    areas: pd.DataFrame,
    places: pd.DataFrame,
    surveys: pd.DataFrame,
) -> pd.DataFrame:
    """Crucialness and pressure of each system."""
    settings = water_settings().access
    access = access_of(systems, points, areas, places, settings)
    synthetic = any_synthetic(systems, points, areas, places, surveys)
    return validate(pressure_rows(access, points, surveys, settings, synthetic=synthetic), contracts.PointPressure)
