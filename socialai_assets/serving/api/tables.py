"""Tables for programs: which there are and their rows, each as far as it is granted. No SQL comes from outside."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from resources.errors import LakeError
from resources.lake_listing import listed_tables
from socialai_assets.serving.api.contracts import column_words, keys_of, personal_tables, said_of
from socialai_assets.serving.api.table_formats import MEDIA, SHAPE, accepted_format, written
from socialai_assets.serving.api.table_query import TOTAL, Asked, Format, query_of
from socialai_assets.serving.api.table_query import Query as TableQuery
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.gate import Gate, NotMadeYet
from socialai_assets.serving.problems import BadRequest, responses

if TYPE_CHECKING:
    import pyarrow as pa

router = APIRouter(tags=["tables"])
SHAPES = "geography.area_shapes"
# One name each, or a table of the vault could not be asked for by the same address.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$", max_length=120)]


class Column(BaseModel):
    """A column, as its contract has it."""

    name: str
    type: str = Field(description="DuckDB's type in the lake, the contract's in the vault.")
    description: str = ""
    unit: str | None = None


class TableAbout(BaseModel):
    """A table that the asker may see."""

    name: str
    description: str
    rows: int | None = Field(description="All its rows; missing where you may see only some.")
    written: str | None = Field(description="When it was last written, UTC.")
    personal: bool = Field(description="Whether it is about persons: in the vault, and every look is written down.")
    columns: list[Column]


class Tables(BaseModel):
    """What there is."""

    tables: list[TableAbout]


@router.get("/tables", responses=responses())
def tables(platform: Serving, asker: Asking) -> Tables:
    """The tables that you may see, with what each column means."""
    gate = platform.gate
    found = [about for about in _listed(gate) if gate.may(asker, about.name)]
    kept = asker.person.areas
    if "all" not in kept and asker.role == "community_representative":
        found = [about.model_copy(update={"rows": None}) for about in found]
    vault = [
        TableAbout(
            name=name,
            description=said_of(name),
            rows=None,
            written=None,
            personal=True,
            columns=[
                Column(name=column, type=words["dtype"], description=words["description"], unit=words.get("unit"))
                for column, words in column_words(name).items()
            ],
        )
        for name in sorted(personal_tables())
        if gate.may(asker, name)
    ]
    return Tables(tables=[*found, *vault])


@router.get(
    "/tables/{table}",
    responses={
        200: {
            "description": "The rows. `Link` has the addresses of the first, previous and next page.",
            "content": {media.split(";")[0]: {} for media in MEDIA.values()},
        },
        304: {"description": "Nothing was written since the `ETag` that `If-None-Match` names."},
        **responses(404, 422),
    },
    response_class=Response,
)
def rows(
    request: Request,
    platform: Serving,
    asker: Asking,
    table: Name,
    columns: Annotated[str | None, Query(description="Columns wanted, by commas.", max_length=4000)] = None,
    filter: Annotated[
        list[str] | None,
        Query(
            description="Column, operator (`= != > >= < <= ~`) and value; several must all hold. `~` finds a part of a "
            "text, `=null` what is missing.",
            examples=[["estimate>=40", "admin1_name=Puno"]],
            max_length=20,
        ),
    ] = None,
    sort: Annotated[str | None, Query(description="Columns by commas; `-` falls.", max_length=1000)] = None,
    area: Annotated[list[str] | None, Query(description="Keep to this area and those below it.", max_length=50)] = None,
    limit: Annotated[int, Query(ge=1, description="Rows of a page; the service's settings have the most.")] = 100,
    offset: Annotated[int, Query(ge=0, le=2**40, description="Rows passed over.")] = 0,
    as_of: Annotated[int | None, Query(ge=0, le=2**40, description="Number of a snapshot of the lake.")] = None,
    format: Annotated[Format | None, Query(description="Default what `Accept` names, else JSON.")] = None,
) -> Response:
    """Rows of a table, page by page, in JSON, CSV, GeoJSON (tables of areas) or an Arrow stream."""
    form = format or accepted_format(request.headers.get("accept", ""))
    most = platform.service.limits.rows
    if limit > most:
        raise BadRequest(
            f"{limit:,} rows are more than an answer has", do=f"Ask for at most {most:,}; `Link` has more."
        )
    asked = Asked(_names(columns), tuple(filter or ()), _names(sort), limit, offset)
    areas = tuple(area or ())
    if table in personal_tables():
        if as_of is not None or form == "geojson":
            raise BadRequest("Tables about persons have neither shapes nor older snapshots here", do="Leave it out.")
        found, total = _vault_rows(platform.gate, asker, table, asked, areas, form)
        headers = {"Cache-Control": "no-store"}
    else:
        grant = platform.gate.reader.allow(asker.request(table, areas=areas))
        version = platform.gate.snapshot()
        mark = f"{version} {form} {request.url.query} {sorted(grant.areas or ())} {asker.role}"
        tag = f'"{hashlib.sha256(mark.encode()).hexdigest()[:24]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        found, total = _lake_rows(platform.gate, asker, table, asked, areas, form, version, as_of)
    about = {"table": table, "total": total, "limit": limit, "offset": offset}
    headers |= {"X-Total-Count": str(total), "Link": _links(request, limit, offset, total)}
    if form == "csv":
        headers["Content-Disposition"] = f'attachment; filename="{table}.csv"'
    return Response(written(found, form, about), media_type=MEDIA[form], headers=headers)


def _lake_rows(
    gate: Gate,
    asker: Asker,
    table: str,
    asked: Asked,
    areas: tuple[str, ...],
    form: Format,
    version: int,
    as_of: int | None,
) -> tuple[pa.Table, int]:
    types = gate.columns(table, version)
    if not types:
        raise NotMadeYet(f"There is no table `{table}`", where=table, do="See GET /v1/tables; `socialai run` makes it.")
    read, joined = {"rows": table}, ""
    if form == "geojson":
        asked, types, read, joined = _with_shapes(table, asked, types)
    query = query_of(asked, types, keys_of(table), form)

    def given(text: str) -> pa.Table:
        return gate.query(asker, joined + text, read, query.values, areas=areas, as_of=as_of)

    return _counted(given, query)


def _counted(given: Callable[[str], pa.Table], query: TableQuery) -> tuple[pa.Table, int]:
    """The rows of a page, and how many there are in all."""
    page = given(query.page)
    counted = page if len(page) else given(query.count)
    return page.drop_columns([TOTAL]), int(counted[TOTAL][0].as_py())


def _with_shapes(table: str, asked: Asked, types: dict[str, str]) -> tuple[Asked, dict[str, str], dict[str, str], str]:
    """What to ask so that each row has a shape: its own, or that of its area."""
    own = next((name for name, kind in types.items() if kind.startswith("GEOMETRY")), None)
    plain = {name: kind for name, kind in types.items() if not kind.startswith("GEOMETRY")}
    if own is None and "area_id" not in types:
        raise BadRequest(f"Table `{table}` has neither shapes nor an area_id", do="Ask for it as csv, json or arrow.")
    known = {**plain, SHAPE: "GEOMETRY"}
    wanted = tuple(name for name in asked.columns or tuple(plain) if name != SHAPE)
    changed = Asked((*wanted, SHAPE), asked.filters, asked.sort, asked.limit, asked.offset)
    columns = ", ".join(f'own."{name}"' for name in plain)
    if own is not None:
        return changed, known, {"own": table}, f', rows AS (SELECT {columns}, own."{own}" AS {SHAPE} FROM own) '
    joined = f", rows AS (SELECT {columns}, shapes.{SHAPE} FROM own LEFT JOIN shapes USING (area_id)) "
    return changed, known, {"own": table, "shapes": SHAPES}, joined


def _vault_rows(
    gate: Gate, asker: Asker, table: str, asked: Asked, areas: tuple[str, ...], form: Format
) -> tuple[pa.Table, int]:
    import duckdb

    frame = gate.personal(asker, table, areas=areas)
    with contextlib.closing(duckdb.connect()) as connection:
        connection.register("rows", frame)
        types = {name: kind for name, kind, *_ in connection.execute("DESCRIBE rows").fetchall()}
        query = query_of(asked, types, keys_of(table), form)
        return _counted(lambda text: connection.execute(text, dict(query.values)).to_arrow_table(), query)


def _listed(gate: Gate) -> tuple[TableAbout, ...]:
    try:
        return _lake_tables(gate, gate.snapshot())
    except LakeError:
        # There is no lake before the first run.
        return ()


@lru_cache(maxsize=2)
def _lake_tables(gate: Gate, snapshot: int) -> tuple[TableAbout, ...]:  # noqa: ARG001
    """Every table of the lake at a snapshot, kept as long as it is the newest."""
    with contextlib.closing(gate.lake.cursor()) as cursor:
        columns = cursor.execute(_COLUMNS).fetchall()
    of_table: dict[str, list[Column]] = {}
    for table, name, kind, comment in columns:
        words: dict[str, Any] = column_words(table).get(name, {})
        about = Column(name=name, type=kind, description=words.get("description", comment), unit=words.get("unit"))
        of_table.setdefault(table, []).append(about)
    return tuple(
        TableAbout(
            name=table.name,
            description=table.description or said_of(table.name),
            rows=table.rows,
            written=f"{table.written:%Y-%m-%dT%H:%M:%SZ}" if table.written else None,
            personal=False,
            columns=of_table.get(table.name, []),
        )
        for table in listed_tables(gate.lake)
    )


_COLUMNS = """
SELECT schema_name || '.' || table_name, column_name, data_type, coalesce(comment, '') FROM duckdb_columns()
WHERE database_name = 'lake' ORDER BY schema_name, table_name, column_index
"""


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip(" -"))


def _links(request: Request, limit: int, offset: int, total: int) -> str:
    """RFC 8288's links to other pages."""

    def to(relation: str, start: int) -> str:
        address = request.url.include_query_params(limit=limit, offset=start)
        return f'<{address.path}?{address.query}>; rel="{relation}"'

    links = [to("first", 0)]
    if offset > 0:
        links.append(to("prev", max(0, offset - limit)))
    if offset + limit < total:
        links.append(to("next", offset + limit))
    return ", ".join(links)
