"""The asset of the report on published counts: HTML and PDF in English and Spanish. Thin."""

from typing import Any

import pandas as pd
from dagster import MaterializeResult, MetadataValue, asset

from resources.settings import current
from socialai_assets.catalog import attribution
from socialai_assets.children.disclosure_settings import disclosure_settings
from socialai_assets.children.outcome_report import outcome_document, report_name
from socialai_assets.factories.pictures import version_of
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.publishing.document_pdf import document_pdf
from socialai_assets.publishing.documents import document_html, source_notes
from socialai_assets.publishing.files import replace_files
from socialai_assets.publishing.languages import LANGUAGES


@asset(
    key=asset_key("children.outcome_report"),
    group_name="children",
    owners=owners("children"),
    kinds={"python", "html", "pdf"},
    tags={"layer": "map"},
    description="A report for administrators and officials, from published counts alone: help, care, what came of it.",
    ins=tables(releases="children.releases", cells="children.published_cells", areas="geography.areas"),
)
def outcome_report(releases: pd.DataFrame, cells: pd.DataFrame, areas: pd.DataFrame) -> MaterializeResult:
    """Write the report in each language, as a page and to print."""
    folder = current().published / "children" / "outcomes"
    # A release may rest on several sources.
    sources = releases["source"].str.split("; ").explode().dropna() if len(releases) else []
    smallest = disclosure_settings().smallest_count
    contents: dict[str, bytes] = {}
    for language in LANGUAGES:
        notes = source_notes(language, *attribution(sources))
        document = outcome_document(releases, cells, areas, language, smallest=smallest, notes=notes)
        contents[report_name(language, "html")] = document_html(document).encode()
        contents[report_name(language, "pdf")] = document_pdf(document)
    replace_files(folder, contents)
    metadata: dict[str, Any] = {one: MetadataValue.path(folder / report_name(one, "html")) for one in LANGUAGES}
    return MaterializeResult(
        metadata={**metadata, "releases": len(releases)}, data_version=version_of(*contents.values())
    )
