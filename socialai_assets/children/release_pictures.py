"""Maps of what was published about children, as pictures: from published cells alone, withheld areas hatched. Thin."""

from typing import Any

import geopandas as gpd
import pandas as pd
from dagster import MaterializeResult, MetadataValue, asset

from resources.settings import current
from socialai_assets.catalog import attribution
from socialai_assets.children.disclosure_settings import ReleaseMap, disclosure_settings
from socialai_assets.children.release_tables import whole_period
from socialai_assets.factories.pictures import shown, version_of
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.publishing.choropleth import choropleth_png
from socialai_assets.publishing.files import write_whole

VALUE = "told"
_LEAST_AREAS = 3


@asset(
    key=asset_key("children.release_maps"),
    group_name="children",
    owners=owners("children"),
    kinds={"python", "png"},
    tags={"layer": "map"},
    description="Maps of published counts and of rates made of them; areas whose counts are withheld are hatched.",
    ins=tables(
        cells="children.published_cells",
        releases="children.releases",
        areas="geography.areas",
        shapes="geography.area_shapes",
    ),
)
def release_maps(
    cells: pd.DataFrame, releases: pd.DataFrame, areas: pd.DataFrame, shapes: gpd.GeoDataFrame
) -> MaterializeResult:
    """Draw the newest release of each population that a map is asked of."""
    folder = current().published / "children"
    contents: list[bytes] = []
    metadata: dict[str, Any] = {}
    for name, wanted in disclosure_settings().maps.items():
        own = releases[releases["population"] == wanted.population]
        if own.empty:
            continue
        newest = own.iloc[-1]
        rows = cells[cells["release_id"] == newest["release_id"]]
        values = told_by_area(rows, wanted)
        smallest = areas.loc[areas["area_id"].isin(values.index), "level"].max()
        drawn = areas.loc[(areas["level"] == smallest) & areas["area_id"].isin(values.index), ["area_id"]]
        mapped = shapes[["area_id", "geometry"]].merge(drawn, on="area_id")
        mapped[VALUE] = mapped["area_id"].map(values).astype(float)
        if mapped[VALUE].notna().sum() < _LEAST_AREAS:
            metadata[f"{name}, not drawn"] = "too few areas have a count that can be told"
            continue
        source, licence = attribution(str(newest["source"]).split("; "))
        picture = choropleth_png(
            mapped,
            VALUE,
            title=f"{wanted.title}, {whole_period(rows['period']).replace('..', ' to ')}",
            legend=wanted.legend,
            source_note=f"{source}, after disclosure control (hatched: withheld, or none screened)"
            if wanted.of
            else f"{source}, after disclosure control (hatched: withheld)",
            licence_note=licence,
            classes=wanted.classes,
            synthetic=bool(newest["is_synthetic"]),
        )
        contents.append(picture)
        metadata[name] = MetadataValue.path(write_whole(folder / f"{name}.png", picture))
        metadata[f"{name}, picture"] = shown(picture, smaller=True)
    return MaterializeResult(metadata=metadata, data_version=version_of(*contents))


def told_by_area(cells: pd.DataFrame, wanted: ReleaseMap) -> pd.Series:
    """The count, or the rate per hundred, of each area of a release; missing where one that it rests on is withheld."""
    whole = cells["period"] == whole_period(cells["period"])
    rows = cells[whole & (cells["sex"] == wanted.sex) & (cells["age"] == wanted.age)]
    counts = rows.pivot(index="area_id", columns="category", values="count").astype("Float64")
    if wanted.of is None:
        return counts[wanted.category]
    everybody = counts[wanted.of].mask(counts[wanted.of] == 0)
    return 100 * counts[wanted.category] / everybody
