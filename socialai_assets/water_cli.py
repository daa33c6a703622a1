"""The commands `socialai water …`: arguments and help. What each does is in a module of its own."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

water_app = typer.Typer(help="Water: readings over Kafka, and what people know of alarms.", no_args_is_help=True)


@water_app.command("simulate")
def water_simulate(
    stations: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many stations report.")] = 10,
    rate: Annotated[float, typer.Option(min=0, help="Messages a second at most; 0 as fast as it can.")] = 1000,
    source: Annotated[Literal["gecco", "sample"], typer.Option(help="The recording that is played.")] = "sample",
    minutes: Annotated[int, typer.Option(min=1, help="The last so many minutes, one message each a station.")] = 60,
    faults: Annotated[bool, typer.Option("--faults", help="Some twice, some late, some malformed.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the faults.")] = 0,
) -> None:
    """Play recorded readings into the Kafka topic as those of simulated stations (codes begin with sim-)."""
    from socialai_assets.water_command import simulate

    simulate(stations=stations, rate=rate, source=source, minutes=minutes, faults=faults, seed=seed)


@water_app.command("ingest")
def water_ingest(
    until_empty: Annotated[bool, typer.Option("--until-empty", help="End when what waits now is taken.")] = False,
    seconds: Annotated[float | None, typer.Option("--for", min=0.1, help="End after so many seconds.")] = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="From the topic's first message again.")] = False,
) -> None:
    """Take readings from the Kafka topic into the lake, each exactly once; until Ctrl-C where nothing ends it."""
    from socialai_assets.water_command import ingest_stream

    raise typer.Exit(ingest_stream(until_empty=until_empty, seconds=seconds, from_start=from_start))


@water_app.command("schema")
def water_schema() -> None:
    """Print the JSON Schema of the messages that stations send."""
    from socialai_assets.water_command import print_schema

    print_schema()


@water_app.command("acknowledge")
def water_acknowledge(
    alarm: Annotated[str, typer.Argument(help="Code of the alarm, or a part of it that no other open one has.")],
    role: Annotated[str, typer.Option(help="Your role, e.g. plant_operator; no name of a person.")] = "plant_operator",
    note: Annotated[str | None, typer.Option(help="What is known, or done about it.")] = None,
) -> None:
    """Say that an alarm is known; it is no longer shown, and does not come again until it has closed."""
    from socialai_assets.acknowledge_command import acknowledge

    acknowledge(alarm, note, role)
