"""Pictures of camps' population: fans of forecasts, and how conflicts grow. Files in the home's `published` folder."""

import pandas as pd
from dagster import MaterializeResult, MetadataValue, asset

from resources.settings import current
from socialai_assets.catalog import attribution
from socialai_assets.factories import pictures
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.publishing.factor_pictures import factors_png
from socialai_assets.publishing.files import write_whole
from socialai_assets.publishing.forecast_pictures import forecast_fans_png

LARGEST_CAMPS = 6
HISTORY = 78
"""Weeks before the forecast that are drawn."""
UNIT = "rise of WAPE when shuffled, points"


@asset(
    key=asset_key("refugees.population_fans"),
    group_name="refugees",
    owners=owners("refugees"),
    kinds={"python", "png"},
    tags={"layer": "map"},
    description="Fans of the people in each conflict's largest camps, with the weeks before.",
    ins=tables(
        population="refugees.camp_population", forecasts="refugees.population_forecasts", camps="refugees.camps"
    ),
)
def population_fans(population: pd.DataFrame, forecasts: pd.DataFrame, camps: pd.DataFrame) -> MaterializeResult:
    """Draw a picture of fans for each conflict."""
    shown, contents = {}, []
    for conflict, mine in forecasts.groupby("conflict_id"):
        known = population[population["conflict_id"] == conflict]
        drawn, before = largest_camps(mine), recent(known)
        names = camps.set_index("camp_id")["name"]
        source, licence = attribution(known["source"])
        picture = forecast_fans_png(
            before.assign(series=before["camp_id"].map(names).fillna(before["camp_id"])),
            drawn.assign(series=drawn["camp_id"].map(names).fillna(drawn["camp_id"]), period_start=drawn["week_start"]),
            title=f"People in the camps to come: {conflict}",
            quantity="people in the camp",
            source_note=source,
            licence_note=licence,
            synthetic=bool(mine["is_synthetic"].any()),
            bands_note="Bands: 60, 80 and 95 % of what may come. Between reports the last one is carried forward.",
            baseline="last report",
        )
        _add(shown, contents, str(conflict), picture, f"fans_{conflict}.png")
    return MaterializeResult(metadata=shown, data_version=pictures.version_of(*contents))


@asset(
    key=asset_key("refugees.arrival_factors_plot"),
    group_name="refugees",
    owners=owners("refugees"),
    kinds={"python", "png"},
    tags={"layer": "map"},
    description="People in the camps of each conflict over time, beside what forecasts of them rest on.",
    ins=tables(population="refugees.camp_population", factors="refugees.arrival_factors"),
)
def arrival_factors_plot(population: pd.DataFrame, factors: pd.DataFrame) -> MaterializeResult:
    """Draw one picture of all conflicts."""
    shown, contents = {}, []
    if len(population):
        totals = population.groupby(["conflict_id", "week_start"], as_index=False)["people"].sum()
        source, licence = attribution(population["source"])
        picture = factors_png(
            totals.rename(columns={"conflict_id": "group", "week_start": "period_start", "people": "quantity"}),
            factors[factors["kind"] == "importance"].rename(columns={"conflict_id": "group"}),
            title="How camps grow, and what forecasts of them rest on",
            quantity="people in camps",
            unit=UNIT,
            source_note=source,
            licence_note=licence,
            note="Bars: what forecasts of 8 weeks ahead lose without knowing it; grey: nothing. They are no causes.",
            synthetic=bool(population["is_synthetic"].any()),
        )
        _add(shown, contents, "factors", picture, "arrival_factors.png")
    return MaterializeResult(metadata=shown, data_version=pictures.version_of(*contents))


def largest_camps(forecasts: pd.DataFrame, count: int = LARGEST_CAMPS) -> pd.DataFrame:
    """Rows of the ``count`` camps of a conflict with most people to come, the largest first."""
    size = forecasts.groupby("camp_id")["q500"].max().sort_values(ascending=False, kind="stable")
    order = {camp: rank for rank, camp in enumerate(size.index[:count])}
    kept = forecasts[forecasts["camp_id"].isin(list(order))]
    return kept.assign(rank=kept["camp_id"].map(order)).sort_values(["rank", "week_start"]).drop(columns="rank")


def recent(population: pd.DataFrame, weeks: int = HISTORY) -> pd.DataFrame:
    """`camp_id, period_start, quantity` of a conflict's last ``weeks`` weeks."""
    starts = pd.to_datetime(population["week_start"])
    kept = population[starts > starts.max() - pd.Timedelta(weeks=weeks)]
    return kept[["camp_id", "week_start", "people"]].rename(
        columns={"week_start": "period_start", "people": "quantity"}
    )


def _add(shown: dict[str, MetadataValue], contents: list[bytes], name: str, picture: bytes, file: str) -> None:
    path = write_whole(current().published / "refugees" / file, picture)
    shown[name] = pictures.shown(picture, smaller=True)
    shown[f"{name}, file"] = MetadataValue.path(path)
    contents.append(picture)
