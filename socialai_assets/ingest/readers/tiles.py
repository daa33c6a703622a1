"""Reads XYZ map tiles, `{z}/{x}/{y}.jpeg` or `.png`: one row a tile. Looks at no pixel's value."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from socialai_assets.ingest.casting import text_column
from socialai_assets.ingest.readers.batch import RowBatch, Unreadable, batch

if TYPE_CHECKING:
    from socialai_assets.ingest.sources import Options

SUFFIXES = {".jpeg", ".jpg", ".png"}


def read(path: Path, options: Options) -> RowBatch:  # noqa: ARG001  (every reader takes the source's options)
    """Read one tile, or all tiles below a folder. A picture that cannot be decoded whole is unreadable.

    Columns: z, x, y as text, image as bytes. A row's line is its number among the folder's tiles.
    """
    files = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
    rows: list[tuple[str, str, str, bytes]] = []
    lines: list[int] = []
    unreadable: list[Unreadable] = []
    for number, file in enumerate(files, start=1):
        z, x, y = file.parts[-3:-2] or ("",), file.parts[-2:-1] or ("",), file.stem
        place = (z[0], x[0], y)
        image = file.read_bytes()
        reason = None if all(part.isdecimal() for part in place) else "row: its path is not {z}/{x}/{y} in numbers"
        reason = reason or _damage(image)
        if reason:
            unreadable.append(Unreadable(number, reason, f'"{"/".join(place)}{file.suffix}, {len(image)} bytes"'))
        else:
            rows.append((*place, image))
            lines.append(number)
    columns = {name: text_column(pd.Series([r[i] for r in rows], dtype=object)) for i, name in enumerate("zxy")}
    columns["image"] = pd.Series([r[3] for r in rows], dtype=object)
    return batch(path, columns, np.asarray(lines, dtype=np.int64), unreadable)


def _damage(image: bytes) -> str | None:
    """Why a picture cannot be used, or None."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(image)) as picture:
            picture.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        # Pillow names the buffer's address, which is another one each time.
        return f"image: cannot be decoded ({type(error).__name__}), so it is cut off or no picture"
    return None
