"""What `socialai children acknowledge` does, printed for a person. Decides nothing."""

from __future__ import annotations

from rich.console import Console

from resources.settings import current
from socialai_assets.actions import flags

CONSOLE = Console()


def acknowledge_flag(flag: str, role: str) -> None:
    """Land that somebody has looked at a flag.

    Args:
        flag: its code, as the `socialai children show children.flags` shows it; no child is named.
        role: of who looked.

    Raises:
        ActionRefused: the row breaks a rule of its contract; nothing has landed.
    """
    flags.acknowledge_flag(flag, role, current())
    CONSOLE.print("Acknowledged; `socialai run` takes it in, and with `socialai ui` open the sensor does.")
