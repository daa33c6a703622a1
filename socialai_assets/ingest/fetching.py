"""A source fetched from its publisher: connector, check by the source's own contract, landing. Prints nothing."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.errors import FetchError, LandingError, SettingsError
from resources.landing import MAPPING_FILE, LandedFile, LandingZone
from socialai_assets.ingest.connectors import connector, parameters_of
from socialai_assets.ingest.connectors.download import Fetched
from socialai_assets.ingest.connectors.web import Hosts, Limits, Progress, Web
from socialai_assets.ingest.rows import Ingested, ingest
from socialai_assets.ingest.sources import Source

if TYPE_CHECKING:
    from collections.abc import Callable

STAGING = ".fetch"


@dataclass(frozen=True)
class Recipe:
    """How a source is fetched.

    Attributes:
        connector: its name.
        parameters: for the connector.
        mapping: what a `mapping.yaml` beside the file would say.
        hosts: hosts the files may be at besides the connector's own.
    """

    connector: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    mapping: Mapping[str, Any] | None = None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Landed:
    """What a fetch brought.

    Attributes:
        files: what came, now in the landing folder.
        rows: what reading them gave.
        removed: files of an earlier fetch that the publisher no longer has.
        others: files of the source that other ways brought; they are read too.
    """

    files: tuple[Fetched, ...]
    rows: Ingested
    removed: tuple[str, ...]
    others: tuple[str, ...]


def recipe_of(
    source: Source, *, instead: str | None = None, url: str | None = None, given: Mapping[str, str] | None = None
) -> Recipe | None:
    """How to fetch a source, or None where it is fetched by hand.

    Args:
        source: the source, whose `fetch` in sources.yaml is the default.
        instead: another connector.
        url: the address of a file, in place of everything else.
        given: parameters that override.
    """
    if url is not None:
        return Recipe("url", {"url": url, **(given or {})})
    written = dict(source.fetch)
    if instead and instead != written.get("connector"):
        return Recipe(instead, dict(given or {}))
    if not written:
        return None
    name, mapping, hosts = written.pop("connector"), written.pop("mapping", None), written.pop("hosts", ())
    return Recipe(name, {**written, **(given or {})}, mapping, tuple(hosts))


def fetch(
    source: Source,
    recipe: Recipe,
    zone: LandingZone,
    *,
    trusted: frozenset[str] = frozenset(),
    internal: bool = False,
    mapping: Path | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
    notice: Callable[[str], None] | None = None,
) -> Landed:
    """Fetch a source's files, read them once as the source, and land them; nothing is landed if any of it fails.

    Args:
        source: what they are landed as.
        recipe: how they are fetched.
        zone: where they land.
        trusted: hosts allowed besides the recipe's.
        internal: whether plain HTTP and private addresses are allowed.
        mapping: a `mapping.yaml` in place of the recipe's.
        limits: how long and how much.
        progress: told of each file's bytes.
        notice: told in words what is tried again.

    Raises:
        FetchError: they cannot be had.
        LandingError: what came is not what the source takes, or no row of it keeps the contract.
        SettingsError: the connector or its parameters are wrong.
    """
    from filelock import FileLock, Timeout

    where = f"source `{source.domain}.{source.name}`"
    module = connector(recipe.connector, where)
    parameters = parameters_of(module, recipe.parameters, where)
    allowed = frozenset({*module.hosts(parameters), *recipe.hosts, *trusted})
    staging = zone.home / STAGING / f"{source.domain}.{source.name}"
    staging.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(staging.with_suffix(".lock"), timeout=0):
            with Web(Hosts(allowed, internal), limits, progress, notice) as web:
                fetched = module.fetch(parameters, web, staging)
            text = _mapping_text(recipe, mapping)
            (staging / MAPPING_FILE).unlink(missing_ok=True)
            if text is not None:
                (staging / MAPPING_FILE).write_text(text, encoding="utf-8")
            try:
                rows = _read(fetched, source)
            except LandingError:
                # Kept, it would be taken for fetched while the publisher may already have mended it.
                shutil.rmtree(staging)
                raise
            about = {"connector": recipe.connector, "parameters": parameters.model_dump(mode="json")}
            removed, others = zone.land_fetched(
                [(file.path, file.name) for file in fetched],
                source,
                [_record(file, source, about) for file in fetched],
                mapping=staging / MAPPING_FILE if text is not None else None,
            )
            shutil.rmtree(staging)
    except Timeout as error:
        raise FetchError(f"Another fetch of {where} is going on", do="Wait for it to end.") from error
    return Landed(tuple(fetched), rows, removed, others)


def _mapping_text(recipe: Recipe, mapping: Path | None) -> str | None:
    import yaml

    if mapping is not None:
        return mapping.read_text(encoding="utf-8")
    return yaml.safe_dump(dict(recipe.mapping), sort_keys=False, allow_unicode=True) if recipe.mapping else None


def _read(fetched: list[Fetched], source: Source) -> Ingested:
    """What the source makes of the files, before they are landed.

    Raises:
        LandingError: one cannot be read, or no row of any keeps the contract.
    """
    for file in fetched:
        if not any(Path(file.name).match(pattern.removeprefix("**/")) for pattern in source.patterns):
            raise LandingError(
                f"The publisher's file `{file.name}` is none that source `{source.name}` takes",
                where=file.url,
                do=f"The source takes {list(source.patterns)}; --set name=NAME names it otherwise, where it can be.",
            )
    rows = ingest([LandedFile(file.path, file.name) for file in fetched], source)
    if rows.accepted.empty:
        first = rows.quarantined.head(1)
        why = f"the first: line {first['file_line'].iloc[0]}: {first['reason'].iloc[0]}" if len(first) else "no rows"
        raise LandingError(
            f"Not one of {rows.rows_read:,} rows keeps the contract ({why})",
            where=fetched[0].url,
            do="The publisher may have changed the file's shape: write a mapping.yaml and give it with --mapping.",
        )
    return rows


def _record(file: Fetched, source: Source, about: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "file": file.name,
        "url": file.url,
        "fetched_at": file.at,
        "bytes": file.size,
        "sha256": file.sha256,
        "publisher_checksum": file.checked,
        "publisher": source.publisher,
        "licence": file.licence or source.licence,
        **about,
    }


def check_recipe(source: Source) -> list[str]:
    """Parameters that a source's recipe leaves to the person who fetches it.

    Raises:
        SettingsError: its connector is unknown, or a parameter is unknown or wrong.
    """
    recipe = recipe_of(source)
    if recipe is None:
        return []
    where = f"source `{source.domain}.{source.name}`"
    module = connector(recipe.connector, where)
    fields = module.Parameters.model_fields
    unknown = sorted(set(recipe.parameters) - set(fields))
    if unknown:
        raise SettingsError(f"`fetch` has unknown keys {unknown}", where=where, do=f"They are {sorted(fields)}.")
    missing = [name for name, info in fields.items() if info.is_required() and name not in recipe.parameters]
    if not missing:
        parameters_of(module, recipe.parameters, where)
    return missing
