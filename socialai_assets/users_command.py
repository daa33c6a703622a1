"""The commands `socialai users …`: arguments and help. What each does is in user_accounts.py."""

from __future__ import annotations

from typing import Annotated

import typer

users_app = typer.Typer(help="Who may sign in and act as what: add, grant, disable.", no_args_is_help=True)


@users_app.callback()
def users() -> None:
    """Who may sign in and act as what: add, grant, disable."""


@users_app.command("add")
def users_add(
    account: Annotated[str, typer.Argument(help="Name of the account.")],
    role: Annotated[list[str], typer.Option(help="What the person may act as; repeatable.")],
    area: Annotated[
        list[str] | None, typer.Option(help="Area the person is in charge of, or `all`; repeatable.")
    ] = None,
    school: Annotated[list[str] | None, typer.Option(help="School of the person; repeatable.")] = None,
    staff_id: Annotated[str | None, typer.Option(help="The person's identifier among the staff, as landed.")] = None,
    language: Annotated[str, typer.Option(help="What the person reads: en or es.")] = "en",
    password: Annotated[
        str | None, typer.Option(help="`-` reads it from a pipe; default: it is asked for. Never on the command line.")
    ] = None,
) -> None:
    """Add an account with its roles, areas and password."""
    from socialai_assets.user_accounts import add

    add(account, role, area or [], school or [], staff_id, language, password)
