"""`socialai webhooks`: the programs that are told of events, what became of these, and a test. Decides nothing."""

from __future__ import annotations

from typing import Annotated

import typer

webhooks_app = typer.Typer(help="Programs that are told of events: list them, send a test.", no_args_is_help=True)


@webhooks_app.callback()
def webhooks() -> None:
    """Programs that are told of new plans, alarms, failures and drift; the operations page says how to add one."""


@webhooks_app.command("list")
def webhooks_list() -> None:
    """Each program: its address, what it is told of, and what became of its events."""
    from collections import Counter

    from rich.console import Console
    from rich.markup import escape

    from resources.notice_book import NoticeBook
    from resources.settings import current
    from socialai_assets.automation.notice_settings import notice_settings

    settings = current()
    own = notice_settings(settings)
    console = Console(highlight=False)
    if not own.webhooks:
        console.print("No program is told of anything: name one under `webhooks` in SOCIALAI_NOTICES_FILE.")
        return
    events = list(NoticeBook.from_settings(settings).events())
    for name, subscriber in own.webhooks.items():
        mine = [event for event in events if event.subscriber == name]
        states = Counter(event.state for event in mine)
        counts = ", ".join(f"{states[state]} {state}" for state in ("delivered", "waits", "given up") if states[state])
        console.print(f"[bold]{escape(name):<20}[/] {escape(str(subscriber.url))}")
        console.print(f"    {', '.join(subscriber.kinds)}; events: {counts or 'none yet'}", style="dim")
        failing = [event for event in mine if event.why and event.state != "delivered"]
        if failing:
            last = failing[-1]
            console.print(f"    [red]{last.state}[/] after {last.attempts} attempts: {escape(last.why or '')}")


@webhooks_app.command("test")
def webhooks_test(
    name: Annotated[str, typer.Argument(help="The program, as `socialai webhooks list` names it.")],
) -> None:
    """Send one signed event that says it is a test, now; nothing is noted of it."""
    from datetime import UTC, datetime

    from resources.errors import NothingSuch, SettingsError
    from resources.notice_book import Event
    from resources.settings import current
    from socialai_assets.automation.notice_settings import notice_settings, webhook_secrets
    from socialai_assets.automation.webhooks import TEST, event_of_test, post

    settings = current()
    own = notice_settings(settings)
    if name not in own.webhooks:
        raise NothingSuch(
            f"There is no program `{name}`", do=f"There are: {', '.join(own.webhooks) or 'none'}; see operations.md."
        )
    now = datetime.now(UTC)
    event_id, body = event_of_test(own.address, now)
    event = Event(0, event_id, name, event_id, body, "waits", 0, now)
    secrets = webhook_secrets(settings, {name: own.webhooks[name]})[name]
    why = post(event, own.webhooks[name], secrets, own.attempt_seconds)
    if why is not None:
        raise SettingsError(
            f"`{name}` did not take the test: {why}",
            where=str(own.webhooks[name].url),
            do="See that the address is right, answers 2xx and checks the signature with the same secret.",
        )
    typer.echo(f"{name} took event {event_id} of type {TEST}.")
