"""What a person decided on a score of a child, landed as a file. Reads no score and decides nothing."""

from __future__ import annotations

import datetime
import secrets
from pathlib import Path

from resources.settings import Settings
from resources.vault_key import LANDED
from socialai_assets.actions.landed_row import land_row


def review_case(child: str, label: str, decision: str, reason: str, role: str, settings: Settings) -> Path:
    """Land that a score was confirmed, contested or cleared, and why.

    Args:
        child: pseudonym of the child; whoever calls has made sure that the child is in the charge of who decided.
        label: risk the score is about.
        decision: what was decided.
        reason: code of why.
        role: of who decided.
        settings: they say where it lands.

    Returns:
        Where it landed, sealed with the vault's key.

    Raises:
        ActionRefused: the row breaks a rule of its contract; nothing has landed.
    """
    now = datetime.datetime.now(datetime.UTC)
    today = f"{now:%Y-%m-%d}"
    row = {
        # Nothing of the child is in the code, which is also the file's name.
        "review_id": f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}",
        "child_id": f"{LANDED}{child}",
        "label": label,
        "decision": decision,
        "reason_code": reason,
        "decided_on": today,
        "decided_by": role,
        "knowledge_date": today,
    }
    return land_row(row, "children", "reviews", str(row["review_id"]), settings)
