"""Pictures of how far off the served estimates are: calibration by nominal level, map of the error. Trains nothing."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from dagster import MaterializeResult, MetadataValue, asset

from resources.settings import current
from socialai_assets.catalog import attribution
from socialai_assets.factories.pictures import shown, version_of
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.methods.calibration import coverage_by_level
from socialai_assets.poverty import training
from socialai_assets.poverty.maps import UI_DPI, outlines_of
from socialai_assets.poverty.scoring import LEAST_JUDGED, area_groups
from socialai_assets.publishing.choropleth import choropleth_png
from socialai_assets.publishing.files import write_whole
from socialai_assets.publishing.plots import calibration_png

PICTURE = {"group_name": "poverty", "owners": owners("poverty"), "kinds": {"python", "png"}, "tags": {"layer": "map"}}

ERROR_EDGES = (-100, -15, -5, 5, 15, 100)
# Orange and purple of one lightness, told apart with any colour vision; what is nearly right is pale.
ERROR_CLASSES = {
    "more than 15 below": "#b35806",
    "5 to 15 below": "#f1a340",
    "within 5 points": "#ece9e0",
    "5 to 15 above": "#998ec3",
    "more than 15 above": "#542788",
}


@asset(
    key=asset_key("poverty.calibration_plot"),
    **PICTURE,
    description="How many official figures intervals of 10 to 95 % hold, by group, for provinces held out.",
    ins=tables(
        out_of_sample="poverty.out_of_sample",
        scores="poverty.model_scores",
        features="poverty.district_features",
        sources="poverty.input_sources",
    ),
)
def calibration_plot(
    out_of_sample: pd.DataFrame, scores: pd.DataFrame, features: pd.DataFrame, sources: pd.DataFrame
) -> MaterializeResult:
    """Draw coverage by nominal level."""
    table = calibration_table(out_of_sample, scores, features)
    synthetic = bool(out_of_sample["is_synthetic"].any())
    arguments = {"title": "Do the intervals hold? Provinces held out, by nominal level", "synthetic": synthetic}
    wide = table.pivot(index="nominal", columns="group", values="covered").round(3).reset_index()
    return _published(
        "calibration", sources, lambda **more: calibration_png(table, **arguments, **more),
        {"coverage": MetadataValue.md(wide.to_markdown(index=False))},
    )  # fmt: skip


def calibration_table(out_of_sample: pd.DataFrame, scores: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """`group, nominal, covered, areas` of the served model, provinces held out, groups of 100 areas and more."""
    served = scores.loc[scores["is_served"], "model"].iloc[0]
    chosen = (out_of_sample["model"] == served) & (out_of_sample["split"] == training.PRIMARY_SPLIT)
    rows = out_of_sample[chosen].merge(features.drop(columns="is_synthetic"), on="area_id")
    estimate = rows["estimate"].to_numpy(dtype=float)
    model = training.learners((), "admin2_id", seed=0, trees=10, threads=1)[served]
    groups = {
        name: members
        for name, members in area_groups(rows).items()
        if not name.startswith("department ") and members.sum() >= LEAST_JUDGED
    }
    return coverage_by_level(
        rows["observed"].to_numpy(dtype=float),
        estimate,
        rows["fold"].to_numpy(),
        difficulty=model.difficulty(estimate),
        calibrated_by=training.interval_groups(rows),
        judged=groups,
        within=training.PERCENT,
    )


@asset(
    key=asset_key("poverty.error_map"),
    **PICTURE,
    description="Map of estimate minus official figure, each district estimated without its province.",
    ins=tables(
        predictions="poverty.district_predictions", sources="poverty.input_sources", shapes="geography.area_shapes"
    ),
)
def error_map(predictions: pd.DataFrame, sources: pd.DataFrame, shapes: gpd.GeoDataFrame) -> MaterializeResult:
    """Draw where estimates lie above and below the official figures."""
    shaped = shapes[["area_id", "geometry_web"]].rename(columns={"geometry_web": "geometry"})
    drawn = gpd.GeoDataFrame(shaped, geometry="geometry", crs=shapes.crs).merge(predictions, on="area_id")
    # An estimate by a model that had seen the official figure would look better than it is.
    drawn["error"] = np.where(drawn["is_cross_fitted"], drawn["estimate"] - drawn["official"], np.nan)
    error = drawn["error"].dropna()
    arguments: dict[str, Any] = {
        "title": "Estimated minus official poverty of districts, their province unseen",
        "legend": "Estimate beside the official figure, points",
        "classes": ERROR_EDGES,
        "class_names": ERROR_CLASSES,
        "outlines": outlines_of(drawn),
        "synthetic": bool(drawn["is_synthetic"].any()),
    }
    return _published(
        "error_map",
        sources,
        lambda **more: choropleth_png(drawn, "error", **arguments, **more),
        {
            "areas": len(error),
            "mean error": round(float(error.mean()), 2) if len(error) else None,
            "within 5 points": round(float((error.abs() <= 5).mean()), 3) if len(error) else None,
        },
    )


def _published(name: str, sources: pd.DataFrame, draw: Any, metadata: dict[str, Any]) -> MaterializeResult:
    source, licence = attribution(sources["source"])
    notes = {"source_note": source, "licence_note": licence}
    picture = draw(**notes)
    path = write_whole(current().published / "poverty" / f"{name}.png", picture)
    return MaterializeResult(
        metadata={"picture": shown(draw(**notes, dpi=UI_DPI)), "file": MetadataValue.path(path), **metadata},
        data_version=version_of(picture),
    )
