"""The asset of the data-protection impact note, made anew with each training and release. Thin."""

from dataclasses import replace
from typing import Any

import pandas as pd
from dagster import MaterializeResult, MetadataValue, asset

from resources.settings import current
from resources.vault import Vault
from socialai_assets.access.policy import policy
from socialai_assets.catalog import domain_contracts
from socialai_assets.children.impact_note import HeldTable, ImpactFacts, impact_document, note_name
from socialai_assets.factories.pictures import version_of
from socialai_assets.factories.tables import asset_key, description, owners, tables
from socialai_assets.ingest.contract import any_synthetic, describe, is_personal, table_name
from socialai_assets.publishing.document_pdf import document_pdf
from socialai_assets.publishing.documents import document_html
from socialai_assets.publishing.files import replace_files
from socialai_assets.publishing.languages import LANGUAGES


@asset(
    key=asset_key("children.impact_note"),
    group_name="children",
    owners=owners("children"),
    kinds={"python", "html", "pdf"},
    tags={"layer": "map"},
    description="A note on data protection: what is held, who sees it, what could go wrong, how well it works.",
    ins=tables(scores="children.model_scores", fairness="children.fairness"),
)
def impact_note(scores: pd.DataFrame, fairness: pd.DataFrame) -> MaterializeResult:
    """Write the note in each language, as a page and to print."""
    settings = current()
    folder = settings.published / "children" / "impact_note"
    facts = ImpactFacts(
        held=held_tables(),
        roles=roles_seen(),
        snapshot_days=settings.vault_snapshot_days,
        looks=Vault.from_settings(settings).log.verify(),
        smallest=policy().smallest_count,
        scores=figures(scores, fairness),
        synthetic=any_synthetic(scores, fairness),
    )
    files: dict[str, bytes] = {}
    for language in LANGUAGES:
        document = impact_document(facts, language)
        files[note_name(language, "html")] = document_html(document).encode()
        files[note_name(language, "pdf")] = document_pdf(document)
    replace_files(folder, files)
    metadata: dict[str, Any] = {one: MetadataValue.path(folder / note_name(one, "html")) for one in LANGUAGES}
    # The access log grows by each run; the note is the same as long as all else is.
    version = version_of(repr(replace(facts, looks=0)).encode())
    return MaterializeResult(metadata={**metadata, "tables held": len(facts.held)}, data_version=version)


def held_tables() -> list[HeldTable]:
    """The vault's tables, as their contracts describe them."""
    held = []
    for contract in domain_contracts("children"):
        if is_personal(contract):
            columns = [column for column in describe(contract) if column.personal]
            held.append(
                HeldTable(
                    table_name(contract),
                    f"{description(contract).split('. ')[0].rstrip('.')}.",
                    tuple(column.name for column in columns if column.identifies),
                    tuple(column.name for column in columns if not column.identifies),
                )
            )
    return sorted(held, key=lambda table: table.name)


def roles_seen() -> dict[str, tuple[str, str]]:
    """What each role is, and which of the vault's tables it sees, by role."""
    found = policy()
    return {
        name: (
            role.says,
            ", ".join(sorted({table for rule in found.rules if name in rule.roles for table in rule.tables})),
        )
        for name, role in found.roles.items()
    }


def figures(scores: pd.DataFrame, fairness: pd.DataFrame) -> list[tuple[str, str, str]]:
    """What is served and how well it ranks, and the widest difference between groups that is told.

    Args:
        scores: `children.model_scores`.
        fairness: `children.fairness`.
    """
    rows = []
    ranked = scores[(scores["metric"] == "auc") & scores["test_date"].isna() & scores["is_served"]]
    for row in ranked.to_dict("records"):
        between = f"{row['lower']:.3f}–{row['upper']:.3f}" if pd.notna(row["lower"]) else ""
        rows.append((f"AUC, {row['label']}, {row['model']}", f"{row['value']:.3f}", between))
    told = fairness[~fairness["is_withheld"].astype(bool) & (fairness["metric"] == "recall")].dropna(
        subset=["difference"]
    )
    if len(told):
        widest = told.loc[told["difference"].abs().idxmax()]
        between = f"{widest['difference_lower']:+.3f}–{widest['difference_upper']:+.3f}"
        rows.append((f"recall, {widest['group']} ({widest['attribute']})", f"{widest['difference']:+.3f}", between))
    return rows
