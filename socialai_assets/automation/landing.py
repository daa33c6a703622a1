"""What has landed, as Dagster events: one external asset a source, whose data version changes with its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dagster import AssetMaterialization, DagsterInstance, MetadataValue
from dagster._core.definitions.data_version import DATA_VERSION_TAG

from resources.errors import LandingError
from resources.forgotten import mark_of_forgetting
from resources.landing import ABSENT, LandingZone
from resources.settings import Settings
from resources.vault import key_of
from socialai_assets.factories.landed_files import landing_key
from socialai_assets.ingest.contract import contract_version
from socialai_assets.ingest.sources import Source


@dataclass(frozen=True)
class Survey:
    """What a look at the landing folders found.

    Args:
        versions: for each source that could be read, the version of its files.
        unreadable: for each source that could not, why. It is not taken for empty.
        settling: sources with a file that may still be copied.
    """

    versions: Mapping[str, str]
    unreadable: Mapping[str, str] = field(default_factory=dict)
    settling: frozenset[str] = frozenset()


def version_of(zone: LandingZone, source: Source) -> str:
    """Version of a source: its files, their mappings, its contract, its options; of persons, who was forgotten too."""
    forgotten = mark_of_forgetting(zone.home.parent) if source.is_personal else ""
    return zone.version(source, f"{contract_version(source.contract)}|{source.options}{forgotten}")


def seal_landed(zone: LandingZone, sources: Iterable[Source], settings: Settings) -> int:
    """Seal what landed about persons in the home's folder; returns how many files.

    It comes before any look at what has landed, so that a file has one version only, that of what was sealed.

    Raises:
        VaultError: the key cannot be opened.
    """
    personal = [source for source in sources if source.is_personal]
    clear = [source for source in personal if any(not file.is_sealed for file in zone.real_files(source))]
    return sum(len(zone.seal(source, key_of(settings))) for source in clear)


def survey(zone: LandingZone, sources: Iterable[Source]) -> Survey:
    """Look at every source; a source that cannot be read is named, not taken for empty."""
    versions: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    settling: set[str] = set()
    for source in sources:
        try:
            if zone.settling(source):
                settling.add(source.name)
            versions[source.name] = version_of(zone, source)
        except (OSError, LandingError) as error:
            unreadable[source.name] = str(error)
    return Survey(versions, unreadable, frozenset(settling))


def changes(found: Survey, reported: Mapping[str, str | None]) -> dict[str, str]:
    """The sources to report: readable, settled, and of another version than the one reported last."""
    return {
        name: version
        for name, version in found.versions.items()
        if name not in found.settling and reported.get(name) != version
    }


def reported_versions(instance: DagsterInstance, sources: Iterable[Source]) -> dict[str, str | None]:
    """For each source the version that was reported last, None if never."""
    names = {landing_key(source): source.name for source in sources}
    found: dict[str, str | None] = dict.fromkeys(names.values())
    for record in instance.get_asset_records(list(names)):
        materialization = record.asset_entry.last_materialization
        if materialization is not None and materialization.tags:
            found[names[record.asset_entry.asset_key]] = materialization.tags.get(DATA_VERSION_TAG)
    return found


def landing_event(zone: LandingZone, source: Source, version: str) -> AssetMaterialization:
    """The event that says what has landed for a source."""
    files = [] if version == ABSENT else zone.files(source)
    # A file's name may be a person's.
    names = [] if source.is_personal else [file.name for file in files[:20]]
    return AssetMaterialization(
        asset_key=landing_key(source),
        metadata={
            "files": MetadataValue.int(len(files)),
            "bytes": MetadataValue.int(sum(file.path.stat().st_size for file in files)),
            "first files": MetadataValue.json(names),
            "synthetic": MetadataValue.bool(any(file.synthetic for file in files)),
        },
        tags={DATA_VERSION_TAG: version},
    )
