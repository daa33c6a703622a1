"""The asset of district reports: HTML and PDF in English and Spanish, an index, and a map of each. Thin."""

from typing import Any

import geopandas as gpd
import pandas as pd
from dagster import AssetExecutionContext, Config, MaterializeResult, MetadataValue, asset
from pydantic import Field

from resources.errors import SettingsError
from resources.settings import current
from socialai_assets.catalog import attribution
from socialai_assets.factories.pictures import shown, version_of
from socialai_assets.factories.plan_scenarios import BASELINE
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.publishing.area_points import area_points_png
from socialai_assets.publishing.document_pdf import document_pdf
from socialai_assets.publishing.documents import document_html, source_notes
from socialai_assets.publishing.files import replace_files
from socialai_assets.publishing.languages import LANGUAGES
from socialai_assets.water.report_documents import index_document, report_document, report_name, system_states
from socialai_assets.water.report_settings import FILE, report_settings
from socialai_assets.water.report_words import STATE_WORDS, ReportTables, place_words

MARKS = {"fine": ("#56b4e9", "o"), "unknown": ("#ffffff", "o"), "untreated": ("#e69f00", "s"), "dry": ("#b3261e", "X")}
SHOWN = 3


class ReportsConfig(Config):
    """What the launchpad lets a person change for one run; the rest is in water/reports.yaml."""

    settings: dict[str, Any] = Field(
        {}, description="As in water/reports.yaml, whose values it goes before: {districts: ['140101']}."
    )


@asset(
    key=asset_key("water.district_reports"),
    group_name="water",
    owners=owners("water"),
    kinds={"python", "html", "pdf"},
    tags={"layer": "map"},
    description="Reports for communities on districts, in two languages: what is known, how sure, what is proposed.",
    ins=tables(
        systems="water.systems",
        points="water.points",
        failures="water.supply_failures",
        exceedances="water.exceedances",
        staleness="water.staleness",
        places="water.service_gaps",
        risks="water.area_risk",
        repairs="water.repair_plan",
        inspections="water.inspection_stops",
        areas="geography.areas",
        shapes="geography.area_shapes",
    ),
)
def district_reports(
    context: AssetExecutionContext,
    config: ReportsConfig,
    systems: pd.DataFrame,
    points: pd.DataFrame,
    failures: pd.DataFrame,
    exceedances: pd.DataFrame,
    staleness: pd.DataFrame,
    places: pd.DataFrame,
    risks: pd.DataFrame,
    repairs: pd.DataFrame,
    inspections: pd.DataFrame,
    areas: pd.DataFrame,
    shapes: gpd.GeoDataFrame,
) -> MaterializeResult:
    """Write the reports of the districts chosen, replacing all of before."""
    settings = report_settings(config.settings)
    stated = systems.assign(state=system_states(systems, points, failures))
    known = areas[areas["area_id"].isin(stated["area_id"])]
    chosen = chosen_districts(stated, set(known["area_id"]), settings.districts, settings.most_districts)
    as_of = pd.Timestamp(staleness["as_of"].max()).date() if len(staleness) else pd.Timestamp(0).date()
    folder = current().published / "water" / "reports"
    of_system = dict(zip(points["point_id"], points["system_id"], strict=True))
    broken = exceedances[exceedances["subject_kind"] != "station"]
    broken = broken.assign(system_id=broken["subject_id"].map(of_system).fillna(broken["subject_id"]))
    files: dict[str, bytes] = {}
    metadata: dict[str, Any] = {}
    for area_id in chosen:
        own = stated[stated["area_id"] == area_id]
        report = ReportTables(
            known[known["area_id"] == area_id].iloc[0].to_dict(),
            own,
            points[points["system_id"].isin(own["system_id"])],
            broken[broken["system_id"].isin(own["system_id"])],
            places[places["area_id"] == area_id],
            risks[risks["area_id"] == area_id],
            of_baseline(repairs, area_id),
            of_baseline(inspections, area_id),
            as_of,
        )
        border = shapes.loc[shapes["area_id"] == area_id, "geometry"]
        outline = border if len(border) else None
        source, licence = attribution(own["source"])
        for language in LANGUAGES:
            spanish = language == "es"
            drawn = {kind: (*mark, STATE_WORDS[kind][spanish]) for kind, mark in MARKS.items()}
            sources: dict[str, Any] = {
                "title": place_words(report.area),
                "source_note": source,
                "licence_note": licence,
            }
            # The document itself says, in its own language, what is synthetic; a picture in the UI stands alone.
            picture = area_points_png(own, outline, drawn, **sources, synthetic=False)
            if language == "en" and len(metadata) < SHOWN:
                synthetic = bool(own["is_synthetic"].any())
                metadata[place_words(report.area)] = shown(
                    area_points_png(own, outline, drawn, **sources, synthetic=synthetic)
                )
            notes = source_notes(language, source, licence)
            document = report_document(report, picture, language, settings.most_systems, notes)
            files[report_name(area_id, language, "html")] = document_html(document).encode()
            files[report_name(area_id, language, "pdf")] = document_pdf(document)
    listed, synthetic = known[known["area_id"].isin(chosen)], bool(systems["is_synthetic"].any())
    for language in LANGUAGES:
        index = index_document(listed, language, synthetic)
        files[f"index_{language}.html"] = document_html(index).encode()
        metadata[language] = MetadataValue.path(folder / f"index_{language}.html")
    replace_files(folder, files)
    context.log.info(f"{len(chosen)} districts of {known['area_id'].nunique()} with data")
    metadata |= {"districts": len(chosen), "districts with data": int(known["area_id"].nunique())}
    return MaterializeResult(metadata=metadata, data_version=version_of(*files.values()))


def of_baseline(plan: pd.DataFrame, area_id: str) -> pd.DataFrame:
    """A district's rows of a plan that automation keeps fresh."""
    return plan[(plan["scenario"] == BASELINE) & (plan["area_id"] == area_id)]


def chosen_districts(systems: pd.DataFrame, known: set[str], named: tuple[str, ...], most: int) -> list[str]:
    """The districts that are named, and those with most people behind systems that failed or nobody looked at.

    Args:
        systems: `water.systems` with `state`.
        known: codes of districts with systems.

    Raises:
        SettingsError: a district that is named has no system, or is none.
    """
    strange = sorted(set(named) - known)
    if strange:
        raise SettingsError(
            f"No water system is counted to the districts {', '.join(strange)}",
            where=f"districts of {FILE}",
            do='Take codes from `socialai sql "SELECT DISTINCT area_id FROM water.systems"`.',
        )
    people = systems["served_population"].fillna(0).where(systems["state"] != "fine", 0)
    ranked = people.groupby(systems["area_id"]).sum().rename("people").reset_index()
    ranked = ranked[ranked["area_id"].isin(known - set(named))]
    ranked = ranked.sort_values(["people", "area_id"], ascending=[False, True])
    return [*dict.fromkeys(named), *ranked["area_id"].head(most)]
