"""Maps of clusters and of the targeting plan, as pictures and pages. Maps of the estimates are in maps.py."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from dagster import MaterializeResult, MetadataValue, asset

from resources.settings import current
from socialai_assets.catalog import attribution
from socialai_assets.factories.pictures import shown, version_of
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.poverty.maps import UI_DPI, outlines_of
from socialai_assets.publishing.choropleth import choropleth_png
from socialai_assets.publishing.files import write_whole
from socialai_assets.publishing.webmap import interactive_map_html

MAP = {
    "group_name": "poverty",
    "owners": owners("poverty"),
    "kinds": {"python", "html", "png"},
    "tags": {"layer": "map"},
}

# Blue and red of one lightness, told apart with any colour vision; what means nothing is pale.
CLUSTERS = {"coldspot": "#2166ac", "not significant": "#ece9e0", "hotspot": "#b2182b"}
REACHED = {"not reached": "#ece9e0", "reached": "#482878"}


@asset(
    key=asset_key("poverty.hotspot_map"),
    **MAP,
    description="Map of where estimated poverty clusters beyond chance (Gi*): a picture and a page that works offline.",
    ins=tables(hotspots="poverty.hotspots", sources="poverty.input_sources", shapes="geography.area_shapes"),
)
def hotspot_map(hotspots: pd.DataFrame, sources: pd.DataFrame, shapes: gpd.GeoDataFrame) -> MaterializeResult:
    """Draw the z-scores, classes parted where they become significant."""
    edges = cluster_edges(hotspots)
    marked = f"; significant beyond \N{PLUS-MINUS SIGN}{edges[-2]:.2f}" if len(edges) > 2 else ""
    return _published(
        _drawn(hotspots, shapes),
        "gi_star_z",
        "hotspots",
        sources,
        title="Clusters of estimated district poverty (Getis-Ord Gi*, false discoveries controlled)",
        legend=f"Gi* z-score{marked}",
        classes=edges,
        class_names=CLUSTERS if len(edges) == 1 + len(CLUSTERS) else None,
        page={
            "context": ("admin1_name",),
            "popup_fields": {"gi_cluster": "Gi*", "moran_cluster": "Area and neighbours", "estimate": "Estimate, %"},
        },
    )


@asset(
    key=asset_key("poverty.targeting_map"),
    **MAP,
    description="Map of the areas the targeting plan reaches, beside how uncertain their poverty is: picture and page.",
    ins=tables(plan="poverty.targeting_plan", sources="poverty.input_sources", shapes="geography.area_shapes"),
)
def targeting_map(plan: pd.DataFrame, sources: pd.DataFrame, shapes: gpd.GeoDataFrame) -> MaterializeResult:
    """Draw the share of each area that is reached."""
    drawn = _drawn(plan, shapes)
    drawn["reached_pct"] = 100 * drawn["share"]
    whole = bool(plan["share"].isin([0, 1]).all())
    return _published(
        drawn,
        "reached_pct",
        "targeting",
        sources,
        title="Districts the budget reaches, chosen by estimates that had not seen their province",
        legend="People reached",
        unit="%",
        classes=(0, 50, 100) if whole else (0, 0.1, 50, 99.9, 100),
        class_names=REACHED if whole else None,
        interval=("lower", "upper"),
        interval_unit="points",
        page={
            "context": ("admin2_name", "admin1_name"),
            "popup_fields": {"reason": "Why", "estimate": "Poor, estimated, %", "population": "Inhabitants"},
            "interval_name": "90 % interval of poverty, points",
        },
    )


def cluster_edges(hotspots: pd.DataFrame) -> tuple[float, ...]:
    """Class edges of the z-scores: their ends, and the smallest size that is significant on either side.

    The adjusted p rises as the size of z falls, so one size parts significant from not significant.
    """
    known = hotspots["gi_star_z"].dropna()
    significant = hotspots.loc[hotspots["gi_cluster"].isin(["hotspot", "coldspot"]), "gi_star_z"].abs()
    end = float(np.ceil(known.abs().max() * 10) / 10)
    if significant.empty:
        return (-end, end)
    # As few decimals as keep every area on its side.
    mark = float(significant.min())
    below = float(known.abs()[known.abs() < mark].max()) if (known.abs() < mark).any() else 0.0
    rounded = (np.ceil(round(below * 10**digits, 9)) / 10**digits for digits in range(1, 12))
    mark = next((edge for edge in rounded if below < edge <= mark), mark)
    return (-end - 0.1, -mark, mark, end + 0.1)


def _drawn(table: pd.DataFrame, shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shaped = shapes[["area_id", "geometry_web"]].rename(columns={"geometry_web": "geometry"})
    drawn = gpd.GeoDataFrame(shaped, geometry="geometry", crs=shapes.crs).merge(table, on="area_id", how="left")
    # An area that the table leaves out is shown without data, not as a hole.
    drawn["is_synthetic"] = drawn["is_synthetic"].eq(True)
    drawn["name"] = drawn["name"].fillna(drawn["area_id"])
    return drawn


def _published(
    drawn: gpd.GeoDataFrame, value: str, name: str, sources: pd.DataFrame, *, page: dict[str, Any], **arguments: Any
) -> MaterializeResult:
    source, licence = attribution(sources["source"])
    common = {
        **arguments,
        "outlines": outlines_of(drawn),
        "source_note": f"estimates of this platform from {source}",
        "licence_note": licence,
        "synthetic": bool(drawn["is_synthetic"].any()),
    }
    html, picture = interactive_map_html(drawn, value, **common, **page), choropleth_png(drawn, value, **common)
    folder = current().published / "poverty"
    files = [write_whole(folder / f"{name}.html", html.encode()), write_whole(folder / f"{name}.png", picture)]
    return MaterializeResult(
        metadata={
            "map": shown(choropleth_png(drawn, value, **common, dpi=UI_DPI)),
            "page": MetadataValue.path(files[0]),
            "picture": MetadataValue.path(files[1]),
            "areas": len(drawn),
        },
        data_version=version_of(html.encode(), picture),
    )
