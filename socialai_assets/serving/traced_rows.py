"""What a row rests on, as far as somebody may see it. Walks nothing itself and renders nothing."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from resources.settings import Settings
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.gate import Gate
from socialai_assets.tracing.walk import Trace


def traced_for(
    gate: Gate,
    asker: Asker,
    settings: Settings,
    table: str,
    key: Sequence[str],
    *,
    depth: int | None = None,
    shown: int = 5,
) -> Trace:
    """A row's trace; of tables on the way that somebody may not see, rows are left out, and decisions likewise.

    Args:
        gate: what is granted.
        asker: who asks.
        settings: of the platform.
        table: `schema.table`.
        key: of the row; see `actions.traces.trace`.
        depth: most tables away; None for all the way.
        shown: rows and lines shown of each table.

    Raises:
        AccessRefused: of tracing or of the table.
        TraceError: there is no such table, key or row.
    """
    from socialai_assets.actions.traces import trace

    gate.allow(asker, "trace")
    gate.allow(asker, table)
    found = trace(table, key, lake=gate.lake, settings=settings, depth=depth, shown=shown)
    for name, step in found.steps.items():
        if not gate.may(asker, name):
            step.shown = []
    if not gate.may(asker, f"{table.split('.')[0]}.decision_log"):
        found.decisions = []
    return found


def trace_address(table: str, *key: str) -> str:
    """The page of a row's trace."""
    return f"/trace/{table}/{quote(','.join(key), safe=',')}"
