"""What `socialai children acknowledge` does: that somebody has looked at a flag is landed as a file. Reads no flag."""

from __future__ import annotations

import datetime

from rich.console import Console

from resources.errors import SettingsError
from resources.settings import current
from socialai_assets.landed_row import land_row

CONSOLE = Console()


def acknowledge_flag(flag: str, role: str) -> None:
    """Land that somebody has looked at a flag.

    Args:
        flag: its code, as the `socialai children show children.flags` shows it; no child is named.
        role: of who looked.

    Raises:
        SettingsError: the row breaks a rule of its contract; nothing has landed.
    """
    now = datetime.datetime.now(datetime.UTC)
    row = {
        "acknowledgement_id": f"{now:%Y%m%dT%H%M%S%f}",
        "flag_id": flag.strip(),
        "acknowledged_by": role,
        "acknowledged_at": f"{now:%Y-%m-%dT%H:%M:%S}",
    }
    landed = land_row(row, "children", "flag_acknowledgements", row["acknowledgement_id"], current())
    if isinstance(landed, list):
        raise SettingsError(
            f"The acknowledgement is refused: {'; '.join(landed)}", do="Give the code as it is shown; nothing landed."
        )
    CONSOLE.print("Acknowledged; `socialai run` takes it in, and with `socialai ui` open the sensor does.")
