"""Maps of water's risks, for the UI and for people: points with risk, interval and age of the last visit. Thin."""

import json
from typing import Any

import geopandas as gpd
import pandas as pd
from dagster import MaterializeResult, MetadataValue, asset

from resources.settings import current
from socialai_assets.catalog import attribution
from socialai_assets.factories.pictures import shown, version_of
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.publishing.cartography import department_borders
from socialai_assets.publishing.choropleth import choropleth_png
from socialai_assets.publishing.files import write_whole
from socialai_assets.publishing.webmap import interactive_map_html
from socialai_assets.water.risk_wording import sentence

CLASS_EDGES = (0, 10, 20, 30, 40, 60, 100)
TITLES = {
    "treatment_fails": (
        "Risk that treatments of water do not work",
        "Riesgo de que el tratamiento del agua no funcione",
    ),
    "catchment_fails": ("Risk that catchments are in state C or D", "Riesgo de que la captación esté en estado C o D"),
}
LEGEND = "Risk of failing"
WITHHELD_ES = "Sin cifra: ningún modelo es con certeza mejor que el azar aquí."
SPANISH = {
    **dict(TITLES.values()),
    LEGEND: "Riesgo de falla",
    f"{LEGEND} (%)": "Riesgo de falla (%)",
    "90 % interval": "Intervalo del 90 %",
    "Width of the 90 % interval": "Ancho del intervalo del 90 %",
    "Width of the 90 % interval (points)": "Ancho del intervalo del 90 % (puntos)",
    "Years since the last visit": "Años desde la última visita",
    "Years since the last visit (years)": "Años desde la última visita (años)",
    "Class of risk": "Clase de riesgo",
    "At its last visit": "En la última visita",
    "high": "alto",
    "medium": "medio",
    "low": "bajo",
    "withheld": "sin cifra",
    "failed": "fallaba",
    "did not fail": "no fallaba",
    "nobody looked": "nadie lo vio",
}


@asset(
    key=asset_key("water.risk_map"),
    group_name="water",
    owners=owners("water"),
    kinds={"python", "html", "png"},
    tags={"layer": "map"},
    description="Maps of points with risk, interval and years since the last visit: pictures, and pages that work "
    "offline.",
    ins=tables(
        risks="water.point_risks",
        systems="water.systems",
        areas="geography.areas",
        shapes="geography.area_shapes",
    ),
)
def risk_map(
    risks: pd.DataFrame, systems: pd.DataFrame, areas: pd.DataFrame, shapes: gpd.GeoDataFrame
) -> MaterializeResult:
    """Draw a picture and a page for each target."""
    folder = current().published / "water"
    outlines = department_borders(areas, shapes)
    contents: list[bytes] = []
    metadata: dict[str, Any] = {"points": len(risks)}
    for target, rows in risks.groupby("target", sort=True):
        drawn = drawn_points(rows, systems, areas)
        title, _ = TITLES[str(target)]
        source, licence = attribution(rows["source"])
        common: dict[str, Any] = {
            "title": title,
            "legend": LEGEND,
            "unit": "%",
            "classes": CLASS_EDGES,
            "interval": ("lower_pct", "upper_pct"),
            "interval_unit": "points",
            "outlines": outlines,
            "source_note": f"risks of this platform from visits of {source}",
            "licence_note": licence,
            "synthetic": bool(rows["is_synthetic"].any()),
        }
        age = {"years_since_report": ("Years since the last visit", "years")}
        picture = choropleth_png(drawn, "risk_pct", further_panels=age, **common)
        page = interactive_map_html(
            drawn,
            "risk_pct",
            context=("place",),
            further_layers=age,
            popup_fields={"class_said": "Class of risk", "seen": "At its last visit"},
            remarks={"en": "remark_en", "es": "remark_es"},
            spanish=SPANISH,
            decimals=1,
            **common,
        ).encode()
        contents += [picture, page]
        metadata[f"{target}"] = shown(picture, smaller=True)
        metadata[f"{target}, picture"] = MetadataValue.path(write_whole(folder / f"risk_{target}.png", picture))
        metadata[f"{target}, page"] = MetadataValue.path(write_whole(folder / f"risk_{target}.html", page))
    return MaterializeResult(metadata=metadata, data_version=version_of(*contents))


def drawn_points(risks: pd.DataFrame, systems: pd.DataFrame, areas: pd.DataFrame) -> gpd.GeoDataFrame:
    """Risks of one target as points (EPSG:4326) with what the map says of each; risks in percent, ages in years."""
    placed = risks.merge(systems[["system_id", "name", "lat_deg", "lon_deg"]], on="system_id")
    own = areas[["area_id", "name", "admin2_name", "admin1_name"]].rename(columns={"name": "area_name"})
    placed = placed.merge(own, on="area_id", how="left")
    for name in ("risk", "lower", "upper"):
        placed[f"{name}_pct"] = 100 * placed[name].astype(float)
    placed["years_since_report"] = placed["days_since_report"].astype("Float64") / 365.25
    placed["name"] = placed["name"].fillna(placed["system_id"])
    names = placed[["area_name", "admin2_name", "admin1_name"]]
    placed["place"] = [", ".join(str(part) for part in row if pd.notna(part)) for row in names.to_numpy()]
    placed["class_said"] = placed["risk_class"].fillna("withheld")
    placed["seen"] = placed["observed"].map({True: "failed", False: "did not fail"}).fillna("nobody looked")
    placed["remark_en"] = placed["reason"]
    placed["remark_es"] = [
        _spanish(risk, drivers) for risk, drivers in zip(placed["risk"], placed["drivers"], strict=True)
    ]
    return gpd.GeoDataFrame(placed, geometry=gpd.points_from_xy(placed["lon_deg"], placed["lat_deg"]), crs=4326)


def _spanish(risk: float, drivers: str | None) -> str:
    if drivers is None or pd.isna(risk):
        return WITHHELD_ES
    effects: dict[str, float] = json.loads(drivers)
    return sentence(risk, risk - sum(effects.values()), effects, "es")
