"""Poverty's maps and plots, for the UI and for people: files under the home's `published` folder."""

import geopandas as gpd
import pandas as pd
from dagster import MaterializeResult, MetadataValue, asset

from resources.settings import current
from socialai_assets.catalog import attribution
from socialai_assets.factories.pictures import shown, version_of
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.publishing.choropleth import choropleth_png
from socialai_assets.publishing.files import write_whole
from socialai_assets.publishing.plots import estimate_against_observed_png
from socialai_assets.publishing.webmap import interactive_map_html

CLASS_EDGES = (0, 10, 20, 30, 40, 60, 100)
UI_DPI = 75
NAME = "district_poverty"
SEEN = {True: "a model that had not seen its province", False: "a model fitted on all areas"}
SPANISH = {
    "Monetary poverty of districts, estimated": "Pobreza monetaria de los distritos, estimada",
    "People in poverty (estimate)": "Personas en pobreza (estimación)",
    "People in poverty (estimate) (%)": "Personas en pobreza (estimación) (%)",
    "90 % interval": "Intervalo del 90 %",
    "Width of the 90 % interval": "Ancho del intervalo del 90 %",
    "Width of the 90 % interval (points)": "Ancho del intervalo del 90 % (puntos)",
    "Official figure": "Cifra oficial",
    "Official figure (%)": "Cifra oficial (%)",
    "Official 95 % interval": "Intervalo oficial del 95 %",
    "People in poverty": "Personas en pobreza",
    "Inhabitants": "Habitantes",
    "Natural region": "Región natural",
    "coast": "costa",
    "highlands": "sierra",
    "jungle": "selva",
    "Rank, 1 is poorest": "Puesto, 1 es el más pobre",
    "Estimated by": "Estimado por",
    SEEN[True]: "un modelo que no había visto su provincia",
    SEEN[False]: "un modelo ajustado a todos los distritos",
}


@asset(
    key=asset_key("poverty.district_map"),
    group_name="poverty",
    owners=owners("poverty"),
    kinds={"python", "html", "png"},
    tags={"layer": "map"},
    description="Map of estimated district poverty and its uncertainty: a picture, and a page that works offline.",
    ins=tables(
        predictions="poverty.district_predictions",
        explanations="poverty.district_explanations",
        sources="poverty.input_sources",
        areas="geography.areas",
        shapes="geography.area_shapes",
    ),
)
def district_map(
    predictions: pd.DataFrame,
    explanations: pd.DataFrame,
    sources: pd.DataFrame,
    areas: pd.DataFrame,
    shapes: gpd.GeoDataFrame,
) -> MaterializeResult:
    """Draw the map as PNG and HTML."""
    drawn = gpd.GeoDataFrame(
        shapes[["area_id", "geometry_web"]].rename(columns={"geometry_web": "geometry"}), crs=shapes.crs
    ).merge(predictions, on="area_id")
    drawn = drawn.merge(areas[["area_id", "natural_region"]], on="area_id")
    drawn = drawn.merge(remarks_of(explanations), on="area_id", how="left")
    drawn["official_interval"] = _interval(drawn["official_lower"], drawn["official_upper"])
    drawn["estimated_by"] = drawn["is_cross_fitted"].map(SEEN)
    source, licence = attribution(sources["source"])
    common = {
        "title": "Monetary poverty of districts, estimated",
        "legend": "People in poverty (estimate)",
        "unit": "%",
        "classes": CLASS_EDGES,
        "interval": ("lower", "upper"),
        "interval_unit": "points",
        "outlines": outlines_of(drawn),
        "source_note": source,
        "licence_note": licence,
        "synthetic": bool(drawn["is_synthetic"].any()),
    }
    page = interactive_map_html(
        drawn,
        "estimate",
        **common,
        context=("admin2_name", "admin1_name"),
        comparisons={"official": "Official figure"},
        popup_fields={
            "official_interval": "Official 95 % interval",
            "poverty_rank": "Rank, 1 is poorest",
            "poor_people": "People in poverty",
            "population": "Inhabitants",
            "natural_region": "Natural region",
            "estimated_by": "Estimated by",
        },
        remarks={"en": "remarks_en", "es": "remarks_es"},
        spanish=SPANISH,
    )
    folder = current().published / "poverty"
    picture = choropleth_png(drawn, "estimate", **common)
    files = [
        write_whole(folder / f"{NAME}.html", page.encode()),
        write_whole(folder / f"{NAME}.png", picture),
    ]
    return MaterializeResult(
        metadata={
            "map": shown(choropleth_png(drawn, "estimate", **common, dpi=UI_DPI)),
            "page": MetadataValue.path(files[0]),
            "picture": MetadataValue.path(files[1]),
            "areas": len(drawn),
        },
        data_version=version_of(page.encode(), picture),
    )


@asset(
    key=asset_key("poverty.accuracy_plot"),
    group_name="poverty",
    owners=owners("poverty"),
    kinds={"python", "png"},
    tags={"layer": "map"},
    description="Estimates of areas in held-out provinces against the official figures, with their intervals.",
    ins=tables(out_of_sample="poverty.out_of_sample", scores="poverty.model_scores", sources="poverty.input_sources"),
)
def accuracy_plot(out_of_sample: pd.DataFrame, scores: pd.DataFrame, sources: pd.DataFrame) -> MaterializeResult:
    """Draw estimates against official figures."""
    served = scores.loc[scores["is_served"], "model"].iloc[0]
    rows = out_of_sample[(out_of_sample["model"] == served) & (out_of_sample["split"] == "province")]
    overall = scores[(scores["model"] == served) & (scores["split"] == "province") & (scores["group"] == "all")]
    figures = overall.set_index("metric")["value"]
    source, licence = attribution(sources["source"])
    arguments = {
        "title": "District poverty: estimated without the district's province, and official",
        "quantity": "People in monetary poverty, %",
        "source_note": source,
        "licence_note": licence,
        "scores": {"R2": f"{figures['r2']:.3f}", "RMSE": f"{figures['rmse']:.2f} points"},
        "synthetic": bool(rows["is_synthetic"].any()),
    }
    values = (rows["observed"], rows["estimate"], rows["lower"], rows["upper"])
    picture = estimate_against_observed_png(*values, **arguments)
    path = write_whole(current().published / "poverty" / "accuracy.png", picture)
    return MaterializeResult(
        metadata={
            "plot": shown(estimate_against_observed_png(*values, **arguments, dpi=UI_DPI)),
            "picture": MetadataValue.path(path),
        },
        data_version=version_of(picture),
    )


def remarks_of(explanations: pd.DataFrame) -> pd.DataFrame:
    """`area_id, poverty_rank, remarks_en, remarks_es`: reasons, what would change the rank, cautions, a line each."""
    table = explanations[["area_id", "poverty_rank"]].copy()
    for language in ("en", "es"):
        parts = [explanations[f"{part}_{language}"].fillna("") for part in ("sentence", "what_if", "caution")]
        table[f"remarks_{language}"] = ["\n".join(filter(None, said)) for said in zip(*parts, strict=True)]
    return table


def outlines_of(drawn: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Borders of the departments, by `admin1_name`."""
    return drawn[["admin1_name", "geometry"]].dissolve("admin1_name", as_index=False)


def _interval(lower: pd.Series, upper: pd.Series) -> pd.Series:
    text = lower.map("{:.1f}".format) + " \N{EN DASH} " + upper.map("{:.1f} %".format)
    return text.where(lower.notna() & upper.notna(), None)
