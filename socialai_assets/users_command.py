"""The commands `socialai users …`: arguments and help. What each does is in user_accounts.py and user_keys.py."""

from __future__ import annotations

from typing import Annotated

import typer

users_app = typer.Typer(help="Who may sign in and act as what; keys of programs.", no_args_is_help=True)
key_app = typer.Typer(help="Keys that programs show instead of signing in.", no_args_is_help=True)
users_app.add_typer(key_app, name="key")

AccountName = Annotated[str, typer.Argument(help="Name of the account.")]
Areas = Annotated[list[str] | None, typer.Option("--area", help="Area of the person, or `all`; repeatable.")]
Schools = Annotated[list[str] | None, typer.Option("--school", help="School of the person; repeatable.")]
Roles = Annotated[list[str] | None, typer.Option("--role", help="What the person may act as; repeatable.")]
StaffId = Annotated[str | None, typer.Option(help="The person's identifier among the staff, as landed.")]
Email = Annotated[str | None, typer.Option(help="Where notices go.")]
Password = Annotated[
    str | None, typer.Option(help="`-` reads it from a pipe; default: it is asked for. Never on the command line.")
]


@users_app.callback()
def users() -> None:
    """Who may sign in and act as what; keys of programs (role: system_administrator, or the vault key's owner)."""


@users_app.command("add")
def users_add(
    account: AccountName,
    role: Annotated[list[str], typer.Option(help="What the person may act as; repeatable.")],
    area: Areas = None,
    school: Schools = None,
    staff_id: StaffId = None,
    language: Annotated[str, typer.Option(help="What the person reads: en or es.")] = "en",
    email: Email = None,
    password: Password = None,
    without_password: Annotated[
        bool, typer.Option("--without-password", help="Signs in at the OpenID provider, or only shows keys.")
    ] = False,
) -> None:
    """Add an account with its roles, areas and password."""
    from socialai_assets.user_accounts import add

    rest = (area or [], school or [], staff_id, language, password, email)
    add(account, role, *rest, without_password=without_password)


@users_app.command("list")
def users_list() -> None:
    """List who may act as what, where; no hashes."""
    from socialai_assets.user_accounts import show

    show()


@users_app.command("grant")
def users_grant(
    account: AccountName,
    role: Roles = None,
    area: Areas = None,
    school: Schools = None,
    staff_id: StaffId = None,
    language: Annotated[str | None, typer.Option(help="What the person reads: en or es.")] = None,
    email: Email = None,
) -> None:
    """Give an account more roles, areas or schools; set its staff identifier, language or address."""
    from socialai_assets.user_accounts import grant

    grant(account, role or [], area or [], school or [], staff_id, language, email)


@users_app.command("revoke")
def users_revoke(
    account: AccountName,
    role: Roles = None,
    area: Areas = None,
    school: Schools = None,
    staff_id: Annotated[bool, typer.Option("--staff-id", help="No longer among the staff.")] = False,
) -> None:
    """Take roles (with their keys), areas or schools from an account."""
    from socialai_assets.user_accounts import revoke

    revoke(account, role or [], area or [], school or [], staff_id=staff_id)


@users_app.command("password")
def users_password(account: AccountName, password: Password = None) -> None:
    """Set another password for an account; the old one opens nothing any more."""
    from socialai_assets.user_accounts import set_password

    set_password(account, password)


@users_app.command("disable")
def users_disable(account: AccountName) -> None:
    """Shut an account and its keys out, from the next request on."""
    from socialai_assets.user_accounts import set_disabled

    set_disabled(account, disabled=True)


@users_app.command("enable")
def users_enable(account: AccountName) -> None:
    """Let a disabled account in again."""
    from socialai_assets.user_accounts import set_disabled

    set_disabled(account, disabled=False)


@users_app.command("rotate")
def users_rotate(
    sign_everybody_out: Annotated[
        bool, typer.Option("--sign-everybody-out", help="Sessions of the old keys end at once.")
    ] = False,
) -> None:
    """Sign sessions with a new key; those of the key before go on until they end."""
    from socialai_assets.user_accounts import rotate_session_keys

    rotate_session_keys(sign_everybody_out=sign_everybody_out)


@key_app.command("add")
def key_add(
    account: AccountName,
    role: Annotated[str | None, typer.Option(help="The role it acts in; default the account's only one.")] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it opens.")] = 90,
    note: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """Draw a key for a program of the account's, and print it this once."""
    from socialai_assets.user_keys import add

    add(account, role, days, note)


@key_app.command("list")
def key_list(account: Annotated[str | None, typer.Argument(help="Only this account's.")] = None) -> None:
    """List keys: whose, in which role, until when."""
    from socialai_assets.user_keys import show

    show(account)


@key_app.command("revoke")
def key_revoke(key: Annotated[str, typer.Argument(help="The key's middle part, as `key list` shows it.")]) -> None:
    """Take a key away; it opens nothing from the next request on."""
    from socialai_assets.user_keys import revoke

    revoke(key)
