"""What `socialai refugees override` does, printed for a person. Decides nothing."""

from __future__ import annotations

from rich.console import Console

from resources.errors import ActionRefused
from resources.lake import Lake
from resources.settings import current
from socialai_assets.actions.overrides import Decision, decide

CONSOLE = Console()
LANDED, REFUSED = 0, 2


def override(decision: Decision) -> int:
    """Land a decision, or say why not; exit code 0 or 2.

    Raises:
        LakeError: the lake has no camps or items yet.
    """
    settings = current()
    try:
        done = decide(decision, Lake.from_settings(settings, read_only=True), settings)
    except ActionRefused as refusal:
        for reason in refusal.reasons:
            CONSOLE.print(f"Refused: {reason}", highlight=False)
        CONSOLE.print("Nothing has landed.")
        return REFUSED
    _tell(decision, done.row)
    CONSOLE.print(f"Landed as {done.landed}", highlight=False)
    CONSOLE.print("`socialai run` solves the plan again around it; with `socialai ui` open, the sensor does.")
    return LANDED


def _tell(decision: Decision, row: dict[str, object]) -> None:
    by = f" by {decision.depot_id}" if decision.depot_id else ""
    recommended = row["recommended"]
    was = "nothing is recommended" if recommended is None else f"{float(str(recommended)):,.6g} are recommended"
    CONSOLE.print(
        f"{decision.item_id} to {decision.camp_id} in the week of {decision.week_start}{by}: {was}; "
        f"exactly {float(str(row['quantity'])):,.6g} will be sent, and the rest is shared anew.",
        highlight=False,
    )
