"""That somebody has looked at a flag of a child, landed as a file. Reads no flag and names no child."""

from __future__ import annotations

import datetime
from pathlib import Path

from resources.settings import Settings
from socialai_assets.actions.landed_row import land_row


def acknowledge_flag(flag: str, role: str, settings: Settings) -> Path:
    """Land that somebody has looked at a flag.

    Args:
        flag: its code; no child is named.
        role: of who looked.
        settings: they say where it lands.

    Returns:
        Where it landed.

    Raises:
        ActionRefused: the row breaks a rule of its contract; nothing has landed.
    """
    now = datetime.datetime.now(datetime.UTC)
    row = {
        "acknowledgement_id": f"{now:%Y%m%dT%H%M%S%f}",
        "flag_id": flag.strip(),
        "acknowledged_by": role,
        "acknowledged_at": f"{now:%Y-%m-%dT%H:%M:%S}",
    }
    return land_row(row, "children", "flag_acknowledgements", row["acknowledgement_id"], settings)
