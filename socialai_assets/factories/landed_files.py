"""A source's landed files as an external asset: its key, publisher, licence. Whether they changed is told elsewhere."""

from __future__ import annotations

from dagster import AssetKey, AssetSpec, MetadataValue

from socialai_assets.factories.tables import owners
from socialai_assets.ingest.sources import Source

LANDING = "landing"


def landing_key(source: Source) -> AssetKey:
    """The external asset that stands for a source's landed files."""
    return AssetKey([LANDING, source.name])


def landing_spec(source: Source) -> AssetSpec:
    """A source's landed files as an external asset: publisher, licence, where to get it."""
    return AssetSpec(
        key=landing_key(source),
        group_name=source.domain,
        owners=owners(source.domain),
        kinds={"file", source.format},
        tags={"layer": "landing"},
        description=f"{source.title}. {source.publisher}, {source.licence}.",
        metadata={
            "folder": MetadataValue.text(source.folder),
            "patterns": MetadataValue.json(list(source.patterns)),
            **({"url": MetadataValue.url(source.url)} if source.url else {}),
            "known problems": MetadataValue.md("\n".join(f"- {p}" for p in source.known_problems) or "none"),
        },
    )
