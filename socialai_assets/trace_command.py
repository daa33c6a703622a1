"""What `socialai trace` does, printed for a person. Walks nothing itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from resources.errors import TraceError
from resources.lake import Lake
from resources.settings import current
from socialai_assets.actions.traces import trace
from socialai_assets.tracing.telling import as_json, as_text

WRONG_ARGUMENT = 2


def trace_row(table: str, key: Sequence[str], depth: int | None, rows: int, as_data: bool, picture: Path | None) -> int:
    """Trace a row and print it; 2 where the table, key or row is unknown."""
    settings = current()
    lake = Lake.from_settings(settings, read_only=True)
    try:
        found = trace(table, key, lake=lake, settings=settings, depth=depth, shown=rows)
    except TraceError as error:
        sys.stderr.write(f"socialai: {error}\n")
        return WRONG_ARGUMENT
    finally:
        lake.close()
    if as_data:
        sys.stdout.write(json.dumps(as_json(found), indent=1, ensure_ascii=False, default=str) + "\n")
    else:
        sys.stdout.write("\n".join(as_text(found)) + "\n")
    if picture is not None:
        from socialai_assets.publishing.files import write_whole
        from socialai_assets.tracing.picture import trace_png

        write_whole(picture, trace_png(found))
        sys.stderr.write(f"Picture: {picture}\n")
    return 0
