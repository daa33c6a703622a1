"""Pictures of aid's demand forecasts: fans, and a map of what is coming. Files in the home's `published` folder."""

import geopandas as gpd
import pandas as pd
from dagster import MaterializeResult, MetadataValue, asset

from resources.settings import current
from socialai_assets.catalog import attribution
from socialai_assets.factories import pictures
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.publishing.choropleth import choropleth_png
from socialai_assets.publishing.files import write_whole
from socialai_assets.publishing.forecast_pictures import forecast_fans_png

LARGEST_PLACES = 5
HISTORY = 104


@asset(
    key=asset_key("aid.forecast_fans"),
    group_name="aid",
    owners=owners("aid"),
    kinds={"python", "png"},
    tags={"layer": "map"},
    description="Fans of each item's demand, country and largest provinces, with the history before.",
    ins=tables(
        history="aid.demand_history",
        forecasts="aid.demand_forecasts",
        sites="aid.sites",
        items="aid.items",
        areas="geography.areas",
    ),
)
def forecast_fans(
    history: pd.DataFrame, forecasts: pd.DataFrame, sites: pd.DataFrame, items: pd.DataFrame, areas: pd.DataFrame
) -> MaterializeResult:
    """Draw a picture of fans for each item."""
    shown, contents = {}, []
    for item, mine in forecasts.groupby("item_id"):
        known = history[history["item_id"] == item]
        picked = largest(mine)
        past = known_totals(known, areas, picked, sites)
        named = {key: _name(key, areas) for key in zip(picked["level"], picked["place_id"], strict=True)}
        about = items[items["item_id"] == item]
        unit = f"{about['name'].iloc[0]} ({about['unit'].iloc[0]})" if len(about) else str(item)
        source, licence = attribution(known["source"])
        arguments = {
            "title": f"Demand to come: {unit}",
            "quantity": unit,
            "source_note": source,
            "licence_note": licence,
            "synthetic": bool(mine["is_synthetic"].any()),
        }
        drawn = picked.assign(series=[named[key] for key in zip(picked["level"], picked["place_id"], strict=True)])
        before = past.assign(series=[named[key] for key in zip(past["level"], past["place_id"], strict=True)])
        picture = forecast_fans_png(before, drawn, **arguments)
        path = write_whole(current().published / "aid" / f"fans_{item}.png", picture)
        shown |= {
            f"{item}": pictures.shown(picture, smaller=True),
            f"{item}, file": MetadataValue.path(path),
        }
        contents.append(picture)
    return MaterializeResult(metadata=shown, data_version=pictures.version_of(*contents))


@asset(
    key=asset_key("aid.demand_map"),
    group_name="aid",
    owners=owners("aid"),
    kinds={"python", "png"},
    tags={"layer": "map"},
    description="Map of the coming demand per 1,000 inhabitants of each province, and how wide its interval is.",
    ins=tables(
        forecasts="aid.demand_forecasts",
        history="aid.demand_history",
        items="aid.items",
        areas="geography.areas",
        shapes="geography.area_shapes",
    ),
)
def demand_map(
    forecasts: pd.DataFrame,
    history: pd.DataFrame,
    items: pd.DataFrame,
    areas: pd.DataFrame,
    shapes: gpd.GeoDataFrame,
) -> MaterializeResult:
    """Draw a map for each item."""
    provinces = _province_shapes(areas, shapes)
    shown, contents = {}, []
    for item, mine in forecasts[forecasts["level"] == "admin2"].groupby("item_id"):
        drawn = provinces.merge(next_period(mine), on="place_id", how="left")
        if not drawn["q500"].notna().any():
            continue
        about = items[items["item_id"] == item]
        name, unit = (str(about[of].iloc[0]) if len(about) else "" for of in ("name", "unit"))
        per = 1000 / drawn["population"].where(drawn["population"] > 0)
        for of in ("q500", "q100", "q900"):
            drawn[of] = drawn[of] * per
        source, licence = attribution(history.loc[history["item_id"] == item, "source"])
        arguments = {
            "title": f"Demand of the coming {mine['period'].iloc[0]}: {name or item}",
            "legend": f"{unit or 'units'} per 1,000 inhabitants (median)",
            "interval": ("q100", "q900"),
            "interval_legend": "Width of the 80 % interval",
            "source_note": source,
            "licence_note": licence,
            "synthetic": bool(mine["is_synthetic"].any()),
        }
        picture = choropleth_png(drawn, "q500", **arguments)
        path = write_whole(current().published / "aid" / f"demand_{item}.png", picture)
        shown |= {
            f"{item}": pictures.shown(picture, smaller=True),
            f"{item}, file": MetadataValue.path(path),
        }
        contents.append(picture)
    return MaterializeResult(metadata=shown, data_version=pictures.version_of(*contents))


def largest(forecasts: pd.DataFrame, count: int = LARGEST_PLACES) -> pd.DataFrame:
    """Rows of the country and of the ``count`` provinces of most demand, the largest first."""
    size = forecasts[forecasts["level"] == "admin2"].groupby("place_id")["q500"].sum()
    order = {place: rank for rank, place in enumerate(size.sort_values(ascending=False, kind="stable").index[:count])}
    country = forecasts[forecasts["level"] == "country"]
    provinces = forecasts[(forecasts["level"] == "admin2") & forecasts["place_id"].isin(order)]
    provinces = provinces.assign(rank=provinces["place_id"].map(order)).sort_values(["rank", "period_start"])
    return pd.concat([country.sort_values("period_start"), provinces.drop(columns="rank")], ignore_index=True)


def known_totals(history: pd.DataFrame, areas: pd.DataFrame, picked: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """`level, place_id, period_start, quantity`: the last two years of what was reported, country and provinces.

    A period is missing where the places that reported on it usually make less than 80 % of the total, so that a place
    which did not report is not drawn as a fall.
    """
    area = history["place_id"].map(sites.set_index("site_id")["area_id"]).fillna(history["area_id"])
    rows = history.assign(province=area.map(areas.drop_duplicates("area_id").set_index("area_id")["admin2_id"]))
    usual = rows.groupby("place_id")["quantity"].transform("mean").fillna(0.0)
    rows = rows.assign(usual=usual, heard=usual.where(rows["quantity"].notna(), 0.0))
    parts = []
    for level, place in dict.fromkeys(zip(picked["level"], picked["place_id"], strict=True)):
        mine = rows if level == "country" else rows[rows["province"] == place]
        summed = mine.groupby("period_start")[["quantity", "usual", "heard"]].sum()
        quantity = summed["quantity"].where(summed["heard"] >= 0.8 * summed["usual"]).tail(HISTORY)
        parts.append(quantity.reset_index().assign(level=level, place_id=place))
    return pd.concat(parts, ignore_index=True)


def next_period(forecasts: pd.DataFrame) -> pd.DataFrame:
    """`place_id, q100, q500, q900` of the first period that is forecast."""
    first = forecasts[forecasts["horizon"] == forecasts["horizon"].min()]
    return first[["place_id", "q100", "q500", "q900"]]


def _province_shapes(areas: pd.DataFrame, shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    about = areas.drop_duplicates("area_id").set_index("area_id")
    drawn = gpd.GeoDataFrame(
        {"place_id": shapes["area_id"].map(about["admin2_id"]), "geometry": shapes["geometry_web"]},
        geometry="geometry",
        crs=shapes.crs,
    ).dropna(subset=["place_id", "geometry"])
    provinces = drawn.dissolve("place_id", as_index=False)
    inhabitants = areas[areas["level"] == "admin3"].groupby("admin2_id")["population"].sum()
    return provinces.assign(population=provinces["place_id"].map(inhabitants))


def _name(key: tuple[str, str], areas: pd.DataFrame) -> str:
    level, place = key
    found = areas.loc[areas["area_id"] == place, "name"]
    return "All places" if level == "country" else f"{found.iloc[0] if len(found) else place} ({place})"
