"""The commands `socialai children …`: arguments and help. What each does is in a module of its own."""

from __future__ import annotations

from typing import Annotated

import typer

children_app = typer.Typer(
    help="Children at risk: look at what your role may see, who looked, and forgetting a person.", no_args_is_help=True
)


@children_app.command("show")
def children_show(
    table: Annotated[str, typer.Argument(help="The vault's table, e.g. children.cases.")],
    role: Annotated[str, typer.Option(help="In which role you look, e.g. social_worker.")],
    purpose: Annotated[str, typer.Option(help="What for, e.g. casework.")],
    area: Annotated[list[str] | None, typer.Option(help="Keep to this area and those below it; repeatable.")] = None,
    child: Annotated[
        str | None, typer.Option(help="One child: the identifier as landed, or the pseudonym; `-` asks for it.")
    ] = None,
    column: Annotated[list[str] | None, typer.Option(help="Only this column; repeatable.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="As CSV.")] = False,
) -> None:
    """Show rows of the vault that your role may see for a purpose; each look is written to the access log."""
    from socialai_assets.access_commands import show

    show(table, role, purpose, areas=area or [], child=child, columns=column or [], as_csv=csv)


@children_app.command("log")
def children_log(
    verify: Annotated[bool, typer.Option("--verify", help="Only verify that nobody has changed it.")] = False,
    tail: Annotated[int, typer.Option(min=1, help="How many entries, the newest last.")] = 20,
) -> None:
    """Read or verify the access log: who looked at what, when and what for (role: system_administrator)."""
    from socialai_assets.access_commands import read_log

    read_log(verify=verify, tail=tail)


@children_app.command("people")
def children_people() -> None:
    """List who may act as what, in which areas (role: system_administrator); says where to write it down."""
    from socialai_assets.access_commands import list_people

    list_people()


@children_app.command("acknowledge")
def children_acknowledge(
    flag: Annotated[str, typer.Argument(help="The flag's code, as `show children.flags` shows it.")],
    role: Annotated[str, typer.Option(help="In which role you looked at it, e.g. school_counsellor.")],
) -> None:
    """Say that you have looked at a flag, so that the supervisor is not told; names no child."""
    from socialai_assets.flag_command import acknowledge_flag

    acknowledge_flag(flag, role)


@children_app.command("forget")
def children_forget(
    identifier: Annotated[str, typer.Argument(help="The identifier as landed, or the pseudonym; `-` asks for it.")],
    kind: Annotated[str, typer.Option(help="What it identifies: child, student or staff.")] = "child",
    also: Annotated[
        list[str] | None, typer.Option(help="Also search for this, such as a name; removes nothing; repeatable.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask once more.")] = False,
) -> None:
    """Remove a person from every table, snapshot and file of the home, and search every byte (exit code 2: found)."""
    from socialai_assets.forget_command import forget_person

    raise typer.Exit(forget_person(identifier, kind, also or [], yes=yes))
