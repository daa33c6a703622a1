"""What the commands of `socialai` do, printed for a person. Reads the lake, the registry and the definitions."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from rich.console import Console
from rich.markup import escape

from resources import lake_upkeep
from resources.errors import LakeError, SettingsError, SocialAIError
from resources.lake import Lake
from resources.lake_listing import listed_tables
from resources.lake_location import LakeLocation
from resources.landing import ABSENT, LandingZone
from resources.model_approval import STATE, WAITING, history, waiting
from resources.model_registry import ModelRegistry, ModelVersion
from resources.settings import PROJECT, current
from resources.vault import Vault

if TYPE_CHECKING:
    from socialai_assets.ingest.sources import Source

CONSOLE = Console()


def run_assets(select: str | None, everything: bool) -> int:
    """Materialise what is out of date (or selected, or all) and print a summary; 1 if anything failed."""
    from socialai_assets.alert_commands import look_after_run
    from socialai_assets.summary import print_summary

    settings = current()
    CONSOLE.print(f"Home {settings.home}, landing {settings.landing or settings.home_landing}", highlight=False)
    with CONSOLE.status("Loading definitions"):
        from resources.lake_io_manager import lake_of_process
        from socialai_assets import runs

        runs.prepare_home(settings)
        from sqlalchemy.exc import OperationalError

        from resources.event_log import kept_instance
        from socialai_assets.definitions import defs
    with kept_instance(settings.dagster_home) as instance:
        try:
            outcome = runs.run_everything(defs, instance, _sources(), settings, CONSOLE, select, everything)
        except OperationalError as error:
            raise SocialAIError(
                f"Dagster's own storage cannot be used: {error.orig}",
                where=str(settings.dagster_home),
                do="Every table is whole, old or new. Check disk space and permissions, then run again.",
            ) from error
        print_summary(CONSOLE, settings, outcome)
        look_after_run(defs, instance)
    lake_of_process().close()
    return 0 if outcome.success else 1


def write_sample_country(scale: float | None, seed: int | None) -> None:
    """Write every canonical input of the sample country into the home's landing folder."""
    from socialai_assets.ingest.sample import write_sample

    settings = current()
    size = settings.sample_scale if scale is None else scale
    with CONSOLE.status("Writing the sample country"):
        files = write_sample(settings.home_landing, scale=size, seed=settings.sample_seed if seed is None else seed)
    CONSOLE.print(f"{len(files)} files written below {settings.home_landing}", highlight=False)
    if settings.sample == "none":
        CONSOLE.print("SOCIALAI_SAMPLE is `none`: they will not be used.", highlight=False)
    elif settings.sample == "missing":
        CONSOLE.print("They are used where nothing else has landed; SOCIALAI_SAMPLE=all uses them everywhere.")


def list_sources() -> None:
    """Print each source: what it feeds, where its files go, what has landed."""
    settings = current()
    found = _sources()
    zone = LandingZone.from_settings(settings, found)
    for source in found:
        files = zone.files(source)
        synthetic = " (synthetic)" if any(file.synthetic for file in files) else ""
        landed = f"{len(files)} files{synthetic}" if files else ABSENT
        CONSOLE.print(f"[bold]{source.domain}.{source.name:<40}[/] {landed}", highlight=False)
        about = f"    {source.title}; {source.publisher}; {source.licence}; lands in {source.folder}/"
        CONSOLE.print(about, highlight=False, style="dim")
    CONSOLE.print(f"Home landing folder: {settings.home_landing}", highlight=False)
    CONSOLE.print(f"External landing folder: {settings.landing or 'none (SOCIALAI_LANDING)'}", highlight=False)


def source_template(name: str, output: Path | None) -> None:
    """Write the head of a canonical CSV, and each column's meaning to standard error."""
    from socialai_assets.actions.landings import source_named
    from socialai_assets.ingest.contract import landed_columns

    source = source_named(name, current())
    columns = landed_columns(source.contract)
    text = ",".join(column.name for column in columns) + "\n"
    if output:
        output.write_text(text)
    else:
        sys.stdout.write(text)
    explained = Console(stderr=True)
    for column in columns:
        rules = [column.dtype, column.unit or "", "optional" if column.nullable else "required"]
        rules += [f"one of {', '.join(map(str, column.allowed))}"] if column.allowed else []
        meaning = f"{column.description} ({', '.join(rule for rule in rules if rule)})"
        explained.print(f"  {column.name:<20} {meaning}", highlight=False)
    explained.print(f"Land it: socialai land FILE --as {source.domain}.{source.name}", highlight=False)


def land_file(file: Path, name: str, mapping: Path | None) -> int:
    """Read a file once as its source, say what would be accepted, and copy it into the landing folder."""
    from socialai_assets.actions import landings

    landed = landings.land_file(file, name, mapping, current())
    CONSOLE.print(
        f"{file.name}: {landed.accepted:,} rows accepted, {len(landed.quarantined):,} to quarantine", highlight=False
    )
    for row in landed.quarantined.head(5).itertuples():
        CONSOLE.print(f"  line {row.file_line}: {row.reason}", highlight=False)
    CONSOLE.print(f"Landed as {landed.path}", highlight=False)
    CONSOLE.print("`socialai run` takes it in; with `socialai ui` open, the sensor does.", highlight=False)
    return 0


def list_tables() -> None:
    """Print every table of the lake."""
    for table in listed_tables(Lake.from_settings(current(), read_only=True)):
        written = f"{table.written:%Y-%m-%d %H:%M}" if table.written else ""
        CONSOLE.print(f"[bold]{table.name:<46}[/]{table.rows:>10,} rows   {written}", highlight=False)
        CONSOLE.print(f"    {table.description.split('. ')[0].rstrip('.')}", highlight=False, style="dim")


def show_status() -> None:
    """Print where everything is, how fresh, and what fails."""
    from socialai_assets.alert_commands import print_open_alerts

    settings = current()
    print_open_alerts()
    zone = LandingZone.from_settings(settings, _sources())
    CONSOLE.print(f"[bold]Home[/]      {settings.home}", highlight=False)
    catalog = LakeLocation(settings.catalog, settings.data_path)
    CONSOLE.print(f"[bold]Catalogue[/] {catalog.without_password(catalog.catalog)}", highlight=False)
    CONSOLE.print(f"[bold]Landing[/]   {settings.landing or settings.home_landing}", highlight=False)
    landed = [source for source in _sources() if zone.files(source)]
    synthetic = [s.name for s in landed if any(f.synthetic for f in zone.files(s))]
    CONSOLE.print(f"[bold]Sources[/]   {len(landed)} landed, of them synthetic: {synthetic or 'none'}")
    lake = Lake.from_settings(settings, read_only=True)
    try:
        tables = listed_tables(lake)
    except LakeError as error:
        CONSOLE.print(f"[bold]Tables[/]    none. {escape(str(error))}", highlight=False)
        return
    newest = max((table.written for table in tables if table.written), default=None)
    last = f"{newest:%Y-%m-%d %H:%M} UTC" if newest else "never"
    CONSOLE.print(f"[bold]Tables[/]    {len(tables)}, last write {last}", highlight=False)
    states, size = lake_upkeep.snapshots(lake), lake_upkeep.size_bytes(settings.data_path)
    extent = "in an object store" if size is None else f"{size / 1e6:,.1f} MB"
    since = f", the oldest of {states[0].time:%Y-%m-%d %H:%M} UTC" if states else ""
    CONSOLE.print(f"[bold]Lake[/]      {extent}, {len(states):,} snapshots{since}", highlight=False)
    if (settings.home / "vault").is_dir():
        looks = sum(1 for _ in Vault.from_settings(settings).log.entries())
        CONSOLE.print(f"[bold]Vault[/]     {looks:,} looks into it are in the access log", highlight=False)
    for table in tables:
        if table.name.endswith(".quarantine"):
            CONSOLE.print(f"[bold]Quarantine[/] {table.name}: {table.rows:,} rows", highlight=False)
    registry = ModelRegistry.from_settings(settings)
    for model in registry.names():
        champion = registry.champion(model)
        CONSOLE.print(f"[bold]Model[/]     {model}: champion {champion.version if champion else 'none'}")


def export_lake_table(table: str, format: str, output: Path | None) -> None:
    """Write a table to a file."""
    from socialai_assets.publishing.exports import GEOGRAPHIC_FORMATS, export_table

    lake = Lake.from_settings(current(), read_only=True)
    geographic = format in GEOGRAPHIC_FORMATS
    has_geometry = any(kind.startswith("GEOMETRY") for kind in lake.columns(table).values())
    if geographic and not has_geometry:
        frame = _with_shapes(lake, table)
    else:
        frame = lake.read_geoframe(table) if geographic else lake.read_frame(table)
    ending = {"geoparquet": "parquet"}.get(format, format)
    target = output or Path(f"{table}.{ending}")
    export_table(frame, target, format)
    CONSOLE.print(f"{len(frame):,} rows written to {target}", highlight=False)


def open_ui(port: int | None, host: str = "127.0.0.1") -> NoReturn:
    """Run `dagster dev` on loopback with the home's Dagster storage, telemetry off.

    Raises:
        SettingsError: something else listens on the port, or others than this machine's people could reach it.
    """
    import os

    from socialai_assets.runs import prepare_home
    from socialai_assets.serving.service_settings import is_loopback

    if not is_loopback(host):
        raise SettingsError(
            f"The Dagster UI has no sign-in of its own, and address {host} can be reached from other machines",
            where="--host",
            do="Leave it on 127.0.0.1 and put a proxy with a sign-in before it: docs/operations.md, Behind a proxy.",
        )
    settings = current()
    chosen = str(port or settings.ui_port)
    _require_free(int(chosen), host)
    prepare_home(settings)
    CONSOLE.print(f"Dagster UI: http://{host}:{chosen} (Ctrl-C ends it)", highlight=False)
    sys.stdout.flush()
    command = [str(Path(sys.executable).parent / "dagster"), "dev", "-h", host, "-p", chosen]
    command += ["-w", str(PROJECT / "workspace.yaml"), "--log-level", "warning"]
    # `dagster dev` praises its successor at every start.
    quiet = "ignore:Function `dev_command` is superseded"
    environment = {**os.environ, "SOCIALAI_HOME": str(settings.home), "PYTHONWARNINGS": quiet}
    os.chdir(PROJECT)
    # In place of this process, so that whoever stops it stops Dagster's own processes with it.
    os.execve(command[0], command, environment)


def _require_free(port: int, host: str) -> None:
    """Dagster would take another port without a word."""
    import socket

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"Port {port} of this machine cannot be listened on: {error.strerror}",
                do="Stop what uses it, or name another: `socialai ui --port 3001` or SOCIALAI_UI_PORT.",
            ) from error


def write_docs(output: Path | None) -> None:
    """Write dbt's documentation as one static page."""
    import shutil

    from dbt.cli.main import dbtRunner

    project = PROJECT / "dbt_project"
    place = ["--project-dir", str(project), "--profiles-dir", str(project)]
    lake = Lake.from_settings(current())
    with lake.writing():
        result = dbtRunner().invoke(["docs", "generate", "--static", "--quiet", *place])
    if not result.success:
        raise SocialAIError(f"dbt could not write its documentation: {result.exception}", do="Run `make run` first.")
    target = (output or current().published / "docs") / "index.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(project / "target" / "static_index.html", target)
    CONSOLE.print(f"Documentation: {target}", highlight=False)


def list_models() -> None:
    """Print all models and versions."""
    registry = ModelRegistry.from_settings(current())
    for name in registry.names():
        for version in registry.versions(name):
            score = version.metrics.get("r2_province")
            figure = "" if score is None else f"R2 by province {score:.3f}"
            champion = "[green]champion[/]" if version.is_champion else ""
            heading = (
                f"[bold]{name}[/] version {version.version}  {version.created:%Y-%m-%d %H:%M}  {figure}  {champion}"
            )
            CONSOLE.print(heading, highlight=False)
            why = version.tags.get("promotion") or version.tags.get("not_promoted", "")
            if version.tags.get(STATE) == WAITING:
                why = f"waits for approval: socialai models approve {name} {version.version} --role ROLE"
            CONSOLE.print(f"    {why}", highlight=False, style="dim")


def show_model(name: str, version: int | None) -> None:
    """Print one version as JSON."""
    registry = ModelRegistry.from_settings(current())
    chosen = _version(registry, name, version)
    tags = {key: value for key, value in chosen.tags.items() if not key.startswith("mlflow.")}
    shown = {
        "name": chosen.name,
        "version": chosen.version,
        "created": chosen.created.isoformat(),
        "champion": chosen.is_champion,
        "approval": {"state": chosen.tags.get(STATE, "not proposed"), "history": list(history(chosen))},
        "waiting": [other.version for other in waiting(registry.versions(name))],
        "parameters": dict(chosen.parameters),
        "metrics": dict(sorted(chosen.metrics.items())),
        "tags": tags,
    }
    sys.stdout.write(json.dumps(shown, indent=2) + "\n")


def export_model(name: str, version: int | None, output: Path) -> None:
    """Write a version as one folder."""
    registry = ModelRegistry.from_settings(current())
    chosen = _version(registry, name, version)
    target = registry.export(chosen, output)
    CONSOLE.print(f"{name} version {chosen.version} written to {target}", highlight=False)


def rollback_model(name: str, version: int | None) -> int:
    """Make an earlier version champion and write it into the model's table, which has the model's name."""
    settings = current()
    required = settings.approval_required(name.split(".")[0])
    chosen = ModelRegistry.from_settings(settings).rollback(name, version, approval_required=required)
    CONSOLE.print(f"{name}: version {chosen.version} is champion again", highlight=False)
    code = run_assets(name.replace(".", "/"), everything=False)
    CONSOLE.print("What is made with it follows with `socialai run`, or by itself while `socialai ui` is open.")
    return code


def decide_on_model(name: str, version: int, role: str, reason: str, *, approved: bool) -> int:
    """Approve or reject a version that waits, in the name of who is at the terminal, and write what is in use."""
    import getpass

    from resources.model_approval import approve, reject

    registry = ModelRegistry.from_settings(current())
    decide = approve if approved else reject
    decide(registry, registry.version(name, version), role=role, by=getpass.getuser(), reason=reason)
    CONSOLE.print(f"{name}: version {version} {'is in use' if approved else 'is rejected'}", highlight=False)
    code = run_assets(name.replace(".", "/"), everything=False)
    if approved:
        CONSOLE.print("What is made with it follows with `socialai run`, or by itself while `socialai ui` is open.")
    return code


def _sources() -> Sequence[Source]:
    from socialai_assets.catalog import all_sources

    return all_sources()


def _version(registry: ModelRegistry, name: str, version: int | None) -> ModelVersion:
    from resources.errors import ModelError

    chosen = registry.version(name, version) if version is not None else registry.champion(name)
    if chosen is None:
        known = ", ".join(registry.names()) or "none yet"
        raise ModelError(f"There is no champion of `{name}`", do=f"Known models: {known}; `socialai run` trains.")
    return chosen


def _with_shapes(lake: Lake, table: str):
    if "area_id" not in lake.columns(table):
        raise SocialAIError(f"Table `{table}` has neither shapes nor an area_id", do="Export it as csv or parquet.")
    shapes = lake.read_geoframe("geography.area_shapes", ["area_id", "geometry"])
    return shapes.merge(lake.read_frame(table), on="area_id", how="inner")
