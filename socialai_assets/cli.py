"""`socialai`, the command for people: each command reads its arguments and calls one function elsewhere.

Imports happen inside the commands, because `socialai sql` must answer before Dagster has even been imported.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Annotated, Literal

import typer

from resources.errors import SocialAIError
from socialai_assets.children_command import children_app
from socialai_assets.users_command import users_app
from socialai_assets.water_command import water_app
from socialai_assets.webhooks_command import webhooks_app

app = typer.Typer(
    help="One open platform for poverty maps, social aid, refugee camps, children at risk and water.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
models_app = typer.Typer(help="Model versions: list, show, export, approve, reject, roll back.", no_args_is_help=True)
sources_app = typer.Typer(help="What can land, where it comes from and what has landed.")
alerts_app = typer.Typer(help="What fails: list open alerts and warnings, acknowledge them.", no_args_is_help=True)
refugees_app = typer.Typer(help="Refugee camps: decide on what the supply plan recommends.", no_args_is_help=True)
app.add_typer(users_app, name="users")
app.add_typer(models_app, name="models")
app.add_typer(sources_app, name="sources")
app.add_typer(alerts_app, name="alerts")
app.add_typer(refugees_app, name="refugees")
app.add_typer(water_app, name="water")
app.add_typer(children_app, name="children")
app.add_typer(webhooks_app, name="webhooks")


@refugees_app.callback()
def refugees() -> None:
    """Refugee camps: decide on what the supply plan recommends."""


@app.command()
def run(
    select: Annotated[
        str | None,
        typer.Option(help='Which assets, e.g. "group:poverty" or "+poverty.district_predictions".'),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is up to date.")] = False,
) -> None:
    """Make what is out of date: tables, models, predictions, maps; fills in sample data where nothing landed."""
    from socialai_assets.commands import run_assets

    raise typer.Exit(run_assets(select, everything))


@app.command()
def sample(
    scale: Annotated[float | None, typer.Option(min=0.05, max=100, help="Size; 1 is 180 districts.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed; the same seed gives the same country.")] = None,
) -> None:
    """Write the sample country's files into the home's landing folder (all canonical inputs)."""
    from socialai_assets.commands import write_sample_country

    write_sample_country(scale, seed)


@app.command()
def land(
    file: Annotated[Path, typer.Argument(help="The file to land.")],
    source: Annotated[str, typer.Option("--as", help="Its source; see `socialai sources`.")],
    mapping: Annotated[Path | None, typer.Option(help="A mapping.yaml for files of another shape.")] = None,
) -> None:
    """Copy a file into the landing folder after reading it once: tells how many rows are accepted."""
    from socialai_assets.commands import land_file

    raise typer.Exit(land_file(file, source, mapping))


@app.command()
def fetch(
    source: Annotated[str | None, typer.Argument(help="The source, e.g. poverty.nasa_black_marble.")] = None,
    list_all: Annotated[bool, typer.Option("--list", help="What can be fetched and how.")] = False,
    connector: Annotated[str | None, typer.Option("--with", help="Another connector than the source's own.")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="A parameter, NAME=VALUE; repeatable.")] = None,
    url: Annotated[str | None, typer.Option(help="The file's address, where you know it.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="A mapping.yaml for files of another shape.")] = None,
) -> None:
    """Download a source from its publisher and land it; prints the steps where that is done by hand (exit code 3)."""
    from socialai_assets.fetch_command import fetch_source, list_fetchable

    if list_all or source is None:
        if source is not None or not list_all:
            raise typer.BadParameter("give a source, or --list")
        list_fetchable()
        return
    raise typer.Exit(fetch_source(source, connector, settings or [], url, mapping))


@sources_app.callback(invoke_without_command=True)
def sources(context: typer.Context) -> None:
    """List every source: where its files go and what has landed."""
    if context.invoked_subcommand is None:
        from socialai_assets.commands import list_sources

        list_sources()


@sources_app.command("template")
def sources_template(
    name: Annotated[str, typer.Argument(help="A canonical input, e.g. geography.areas.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; default the screen.")] = None,
) -> None:
    """Print an empty CSV in a canonical input's shape, its columns explained."""
    from socialai_assets.commands import source_template

    source_template(name, output)


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(help="One query over the lake's tables, e.g. FROM geography.areas.")],
    as_of: Annotated[str | None, typer.Option(help="A snapshot's number or a timestamp.")] = None,
    format: Annotated[Literal["table", "csv", "json", "parquet"], typer.Option(help="Output form.")] = "table",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; default the screen.")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds after which the query is stopped.")] = None,
) -> None:
    """Query the lake, read-only; works while a run is writing."""
    from resources.query import run_query, write_result
    from resources.settings import current

    settings = current()
    from resources.lake_location import LakeLocation

    location = LakeLocation(settings.catalog, settings.data_path)
    result = run_query(location, statement, as_of=as_of, timeout_seconds=timeout)
    write_result(result, format, output)


@app.command()
def tables() -> None:
    """List the lake's tables: rows, columns, last write, what they hold."""
    from socialai_assets.commands import list_tables

    list_tables()


@app.command()
def status() -> None:
    """Where everything is and how fresh: home, lake, sources, failed checks, models."""
    from socialai_assets.commands import show_status

    show_status()


@app.command()
def export(
    table: Annotated[str, typer.Argument(help="schema.table")],
    format: Annotated[Literal["csv", "parquet", "geoparquet", "geojson", "gpkg", "pmtiles"], typer.Option()] = "csv",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; default <table>.<format>.")] = None,
) -> None:
    """Write a table to a file; area tables get their shapes in the geographic formats."""
    from socialai_assets.commands import export_lake_table

    export_lake_table(table, format, output)


@app.command()
def trace(
    table: Annotated[str, typer.Argument(help="schema.table, e.g. poverty.targeting_plan")],
    key: Annotated[list[str], typer.Argument(help="The row's key: its values in order, or column=value pairs.")],
    depth: Annotated[int | None, typer.Option(min=1, help="Most tables away; default all the way.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows and lines shown of each table.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    picture: Annotated[Path | None, typer.Option(help="Also draw it as a PNG file.")] = None,
) -> None:
    """Follow a row back to the landed files and lines it rests on; exit code 2 where there is no such row."""
    from socialai_assets.trace_command import trace_row

    raise typer.Exit(trace_row(table, key, depth, rows, as_json, picture))


@app.command()
def experiment(
    file: Annotated[Path, typer.Argument(help="A YAML file of variants, e.g. docs/experiments/poverty.yaml.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Also write the table as CSV.")] = None,
) -> None:
    """Try variants of a model (algorithm, features, parameters) beside its champion and baselines; serves nothing."""
    from socialai_assets.experiment_command import run_experiment

    run_experiment(file, output)


@app.command()
def ui(
    port: Annotated[int | None, typer.Option(help="Port; default from the settings.")] = None,
    host: Annotated[str, typer.Option(help="Address of this machine's loopback; others are refused.")] = "127.0.0.1",
) -> None:
    """Open the Dagster UI with sensors and automation, on this machine only (loopback)."""
    from socialai_assets.commands import open_ui

    open_ui(port, host)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default from the service's settings.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; default from the service's settings.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default from the service's settings.")] = None,
    background: Annotated[bool, typer.Option("--background", help="Return once it is ready; `socialai stop`.")] = False,
) -> None:
    """Serve the dashboard and the service to people and programs, with sign-in."""
    from socialai_assets.serve_command import serve as serve_people
    from socialai_assets.serve_command import serve_behind

    (serve_behind if background else serve_people)(host, port, workers)


@app.command()
def stop() -> None:
    """Stop what `socialai serve --background` started."""
    from socialai_assets.serve_command import stop as stop_serving

    stop_serving()


@app.command()
def docs(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder; default under the home.")] = None,
) -> None:
    """Write dbt's documentation site: every table, column, unit, source and licence, as one HTML file."""
    from socialai_assets.commands import write_docs

    write_docs(output)


@app.command()
def move(
    to: Annotated[str, typer.Option(help="`sqlite` (in the home) or `postgres:dbname=... host=... user=...`.")],
) -> None:
    """Move the lake's catalogue between SQLite and PostgreSQL, with its whole history; verified, then switched."""
    from socialai_assets.home_commands import move_lake

    move_lake(to)


@app.command()
def tidy(
    days: Annotated[int | None, typer.Option(min=0, help="Keep snapshots this long; default SNAPSHOT_DAYS.")] = None,
    pin: Annotated[list[int] | None, typer.Option(help="Keep this snapshot from now on; may be repeated.")] = None,
    unpin: Annotated[list[int] | None, typer.Option(help="No longer keep this snapshot.")] = None,
    why: Annotated[str, typer.Option(help="Why it is pinned.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> None:
    """Expire old snapshots of the lake, merge its small files, delete what nothing needs any more."""
    from socialai_assets.home_commands import tidy_lake

    tidy_lake(days, pin or [], unpin or [], why, dry_run)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="The archive to write, e.g. /backup/home.tar.")]) -> None:
    """Write the whole home (lake, models, runs, landed files, maps) into one archive; writes wait meanwhile."""
    from socialai_assets.home_commands import back_up

    back_up(file)


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="An archive that `socialai backup` wrote.")]) -> None:
    """Restore an archive into an empty home and verify every file and table."""
    from socialai_assets.home_commands import restore_backup

    restore_backup(file)


@alerts_app.command("list")
def alerts_list(
    everything: Annotated[bool, typer.Option("--all", help="Also what has ended.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Open alerts and warnings: since when, how often, who knows."""
    from socialai_assets.alert_commands import list_alerts

    list_alerts(everything, as_json)


@alerts_app.command("acknowledge")
def alerts_acknowledge(
    key: Annotated[str, typer.Argument(help="The alert's key, or a part that no other open one has.")],
    note: Annotated[str, typer.Option(help="What you want others to know.")] = "",
    days: Annotated[float, typer.Option(min=0.01, max=365, help="How long it stays silent.")] = 7,
) -> None:
    """Say that you know of an alert: it stays silent for some days, or until it passes and fails again."""
    from socialai_assets.alert_commands import acknowledge_alert

    acknowledge_alert(key, note, days)


@alerts_app.command("test")
def alerts_test() -> None:
    """Send one test alert by the channel the settings name."""
    from socialai_assets.alert_commands import send_test

    send_test()


@models_app.command("list")
def models_list() -> None:
    """All models and versions, the champion marked."""
    from socialai_assets.commands import list_models

    list_models()


@models_app.command("show")
def models_show(name: str, version: Annotated[int | None, typer.Option(help="Default: the champion.")] = None) -> None:
    """One version: parameters, metrics, data it was trained on, why it is (not) in use."""
    from socialai_assets.commands import show_model

    show_model(name, version)


@models_app.command("export")
def models_export(
    name: str,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to make.")],
    version: Annotated[int | None, typer.Option(help="Default: the champion.")] = None,
) -> None:
    """Write a version as one folder: model, encoders, metadata, README."""
    from socialai_assets.commands import export_model

    export_model(name, version, output)


@models_app.command("rollback")
def models_rollback(
    name: str, version: Annotated[int | None, typer.Option(help="Default: the champion before.")] = None
) -> None:
    """Make an earlier version the champion again."""
    from socialai_assets.commands import rollback_model

    raise typer.Exit(rollback_model(name, version))


@models_app.command("approve")
def models_approve(
    name: str,
    version: int,
    role: Annotated[str, typer.Option(help="In which role you approve, e.g. `head of statistics`.")],
    reason: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Approve a version that waits: it becomes the champion."""
    from socialai_assets.commands import decide_on_model

    raise typer.Exit(decide_on_model(name, version, role, reason, approved=True))


@models_app.command("reject")
def models_reject(
    name: str,
    version: int,
    role: Annotated[str, typer.Option(help="In which role you reject.")],
    reason: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Reject a version that waits: the champion stays."""
    from socialai_assets.commands import decide_on_model

    raise typer.Exit(decide_on_model(name, version, role, reason, approved=False))


@refugees_app.command("override")
def refugees_override(
    camp: Annotated[str, typer.Argument(help="Code of the camp.")],
    item: Annotated[str, typer.Argument(help="Code of the item.")],
    week: Annotated[str, typer.Argument(help="A day of the week it is about, e.g. 2026-01-26.")],
    reason: Annotated[str, typer.Option(help="Why, in words that others understand.")],
    role: Annotated[str, typer.Option(help="Your role, e.g. camp_manager; no name of a person.")],
    accept: Annotated[bool, typer.Option("--accept", help="Send exactly what is recommended.")] = False,
    quantity: Annotated[float | None, typer.Option(min=0, help="Send exactly so many units instead.")] = None,
    refuse: Annotated[bool, typer.Option("--refuse", help="Send none.")] = False,
    depot: Annotated[str | None, typer.Option(help="Only what this depot sends; default all the camp gets.")] = None,
    scenario: Annotated[str, typer.Option(help="The plan it is about.")] = "baseline",
) -> None:
    """Accept, change or refuse what the plan recommends; the plan is solved again around it (exit code 2: refused)."""
    from socialai_assets.actions.overrides import Decision, monday_of
    from socialai_assets.override_command import override

    if accept + refuse + (quantity is not None) != 1:
        raise typer.BadParameter("give one of --accept, --quantity and --refuse")
    decision = "accept" if accept else "refuse" if refuse else "change"
    made = Decision(camp, item, monday_of(week), decision, quantity, reason, role, depot, scenario)
    raise typer.Exit(override(made))


def main() -> None:
    """Entry point: errors of ours and of the disk are one message and exit code 1, not a traceback."""
    # What libraries announce to their programmers is no news to the person at the terminal.
    warnings.simplefilter("ignore", FutureWarning)
    try:
        app()
    except SocialAIError as error:
        sys.stderr.write(f"socialai: {error}\n")
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(141)
    except OSError as error:
        sys.stderr.write(f"socialai: {error}. What to do: Check that the folder can be written to and has space.\n")
        sys.exit(1)
