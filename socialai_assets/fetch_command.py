"""What `socialai fetch` does and prints: lists what can be fetched, fetches a source, or tells how to do it by hand."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from resources.errors import SettingsError
from resources.landing import LandingZone
from resources.settings import current
from socialai_assets.catalog import all_sources
from socialai_assets.ingest.fetching import Landed, Recipe, check_recipe, fetch, recipe_of
from socialai_assets.ingest.sources import Source

CONSOLE = Console()
PROBLEM = Console(stderr=True)


def list_fetchable() -> None:
    """Print every source and how it is got: by which connector, with which parameters, or by hand."""
    for source in all_sources():
        recipe = recipe_of(source)
        how = "by hand" if recipe is None else recipe.connector
        needs = "".join(f" --set {name}=…" for name in check_recipe(source))
        CONSOLE.print(f"[bold]{f'{source.domain}.{source.name}':<42}[/] {how}{needs}", highlight=False)
        CONSOLE.print(f"    {escape(source.title)}; {escape(source.licence)}", highlight=False, style="dim")
    CONSOLE.print("Any source: --url ADDRESS, or --with CONNECTOR --set NAME=VALUE.", highlight=False)


def fetch_source(name: str, instead: str | None, settings: Sequence[str], url: str | None, mapping: Path | None) -> int:
    """Fetch and land a source; where that is done by hand, print the steps and return 3."""
    source = _source(name)
    if mapping is not None and not mapping.is_file():
        raise SettingsError("There is no such mapping", where=str(mapping), do="Check the path.")
    recipe = recipe_of(source, instead=instead, url=url, given=dict(_setting(text) for text in settings))
    if recipe is None:
        _print_steps(source)
        return 3
    _print_landed(source, _fetch(source, recipe, mapping))
    return 0


def _fetch(source: Source, recipe: Recipe, mapping: Path | None) -> Landed:
    wanted = current()
    zone = LandingZone.from_settings(wanted, all_sources())
    trusted = frozenset(host.strip().lower() for host in wanted.fetch_hosts.split(",") if host.strip())
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    # Where nobody watches, a bar would be noise in a log.
    with Progress(*columns, console=PROBLEM, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(source.name, total=None)

        def progress(file: str, received: int, total: int | None) -> None:
            bar.update(task, description=file, completed=received, total=total)

        return fetch(
            source,
            recipe,
            zone,
            trusted=trusted,
            internal=wanted.fetch_internal,
            mapping=mapping,
            progress=progress,
            notice=lambda text: bar.console.print(escape(text), highlight=False, style="dim"),
        )


def _print_landed(source: Source, landed: Landed) -> None:
    size = sum(file.size for file in landed.files)
    CONSOLE.print(f"{len(landed.files)} files, {size:,} bytes, landed in {source.folder}/", highlight=False)
    rows = landed.rows
    CONSOLE.print(f"{len(rows.accepted):,} rows accepted, {len(rows.quarantined):,} to quarantine", highlight=False)
    for row in rows.quarantined.head(5).itertuples():
        CONSOLE.print(f"  {escape(f'{row.file_name}:{row.file_line}: {row.reason}')}", highlight=False)
    licences = sorted({file.licence or source.licence for file in landed.files})
    CONSOLE.print(f"Publisher: {escape(source.publisher)}; licence: {escape('; '.join(licences))}", highlight=False)
    if landed.removed:
        CONSOLE.print(f"Removed, no longer published: {', '.join(landed.removed)}", highlight=False)
    if landed.others:
        CONSOLE.print(f"Also read for this source: {', '.join(landed.others[:5])}", highlight=False)
    CONSOLE.print("`socialai run` takes it in; with `socialai ui` open, the sensor does.", highlight=False)


def _print_steps(source: Source) -> None:
    named = f"{source.domain}.{source.name}"
    CONSOLE.print(f"[bold]{escape(source.title)}[/] is fetched by hand:", highlight=False)
    CONSOLE.print(f"  1. Open {source.url}", highlight=False, soft_wrap=True)
    CONSOLE.print(f"  2. {escape(source.steps or 'Download the file.')}", highlight=False, soft_wrap=True)
    CONSOLE.print(f"  3. It must be one of {escape(', '.join(source.patterns))}.", highlight=False, soft_wrap=True)
    CONSOLE.print(f"  4. socialai land FILE --as {named}", highlight=False, soft_wrap=True)
    CONSOLE.print(f"Licence: {escape(source.licence)}. Once you know the file's address:", highlight=False)
    CONSOLE.print(f"  socialai fetch {named} --url ADDRESS", highlight=False, soft_wrap=True)


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise SettingsError(f"`--set {text}` gives no value", do="Write --set NAME=VALUE.")
    return name, value


def _source(name: str) -> Source:
    for source in all_sources():
        if name in (f"{source.domain}.{source.name}", source.name):
            return source
    raise SettingsError(f"There is no source `{name}`", do="See `socialai fetch --list`.")
