"""The commands `socialai water …`: arguments and help. What each does is in a module of its own."""

from __future__ import annotations

from typing import Annotated

import typer

water_app = typer.Typer(help="Water: what people know of alarms at stations.", no_args_is_help=True)


@water_app.callback()
def water() -> None:
    """Keep `acknowledge` a command of its own while it is the only one."""


@water_app.command("acknowledge")
def water_acknowledge(
    alarm: Annotated[str, typer.Argument(help="Code of the alarm, or a part of it that no other open one has.")],
    role: Annotated[str, typer.Option(help="Your role, e.g. plant_operator; no name of a person.")] = "plant_operator",
    note: Annotated[str | None, typer.Option(help="What is known, or done about it.")] = None,
) -> None:
    """Say that an alarm is known; it is no longer shown, and does not come again until it has closed."""
    from socialai_assets.acknowledge_command import acknowledge

    acknowledge(alarm, note, role)
