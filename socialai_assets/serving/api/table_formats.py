"""Rows written as JSON, CSV, GeoJSON or an Arrow stream. Reads no table."""

from __future__ import annotations

import datetime
import decimal
import json
import math
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from socialai_assets.serving.api.table_query import Format

MEDIA: Mapping[Format, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "arrow": "application/vnd.apache.arrow.stream",
}
SHAPE = "geometry"


def accepted_format(accept: str) -> Format:
    """The format that an `Accept` header asks for; JSON where it names none of ours."""
    for named in accept.split(","):
        kind = named.split(";")[0].strip().lower()
        for form, media in MEDIA.items():
            if kind == media.split(";")[0]:
                return form
    return "json"


def written(rows: pa.Table, form: Format, about: Mapping[str, Any]) -> bytes:
    """The rows as bytes.

    Args:
        rows: as the query of that format gives them.
        form: the format.
        about: what JSON says beside the rows: table, total, limit, offset.
    """
    if form == "csv":
        from pyarrow import csv

        sink = pa.BufferOutputStream()
        csv.write_csv(rows, sink)
        return sink.getvalue().to_pybytes()
    if form == "arrow":
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema) as stream:
            stream.write_table(rows)
        return sink.getvalue().to_pybytes()
    if form == "geojson":
        return _geojson(rows)
    return _json({**about, "rows": rows.to_pylist()}).encode()


def _geojson(rows: pa.Table) -> bytes:
    features = []
    for row in rows.to_pylist():
        # The shape is GeoJSON's text already.
        shape = row.pop(SHAPE) or "null"
        features.append(f'{{"type":"Feature","geometry":{shape},"properties":{_json(row)}}}')
    return ('{"type":"FeatureCollection","features":[' + ",".join(features) + "]}").encode()


def _json(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.hex()
    return value if value is None or isinstance(value, str | int | bool) else str(value)
