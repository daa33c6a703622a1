"""Where a lake is, and attaching it to a DuckDB connection. Reading and writing tables is in lake.py."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from resources import duckdb_extensions
from resources.errors import LakeError

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class LakeLocation:
    """Where a lake is: its catalogue as DuckLake spells it (`sqlite:/path`, `postgres:...`) and its data folder.

    Args:
        catalog: the catalogue; an encrypted one is a DuckDB file, `/path`, which one process opens at a time.
        data_path: folder or prefix of the Parquet files.
        key: what the data files, and a catalogue in a DuckDB file, are encrypted with; None: nothing is encrypted.
    """

    catalog: str
    data_path: str
    key: str | None = field(default=None, repr=False)

    @property
    def catalog_file(self) -> Path | None:
        """The catalogue's file, where it is SQLite; None for a server."""
        return Path(self.catalog.removeprefix("sqlite:")) if self.catalog.startswith("sqlite:") else None

    @property
    def is_sealed(self) -> bool:
        """Whether the catalogue is a DuckDB file, encrypted as a whole."""
        return self.key is not None and ":" not in self.catalog

    def without_password(self, text: str) -> str:
        """A text, such as the catalogue or a driver's message that quotes it, with passwords starred out."""
        if self.key:
            text = text.replace(self.key, "***")
        text = re.sub(r"(password\s*=\s*)('(?:[^'\\]|\\.)*'|\S+)", r"\1***", text, flags=re.IGNORECASE)
        return re.sub(r"(://[^:/@\s]+:)[^@\s]+@", r"\1***@", text)

    def cause(self, error: duckdb.Error) -> duckdb.Error:
        """A driver's error to raise another one from, with passwords starred out: tracebacks show every cause."""
        return type(error)(self.without_password(str(error)))


def attach(
    connection: duckdb.DuckDBPyConnection,
    location: LakeLocation,
    *,
    read_only: bool = False,
    snapshot: str | None = None,
    alias: str = "lake",
    metadata_schema: str | None = None,
) -> None:
    """Attach a lake to a connection, its extensions loaded from their wheels.

    Args:
        connection: any DuckDB connection.
        location: the lake.
        read_only: refuse writes in this connection.
        snapshot: number of a snapshot, or a timestamp, to see the lake as it was then.
        alias: the name of the lake in SQL.
        metadata_schema: the schema of the catalogue's tables on a server; default its own default.

    Raises:
        LakeError: the lake does not exist (read only), or cannot be attached.
    """
    import duckdb

    file = location.catalog_file
    if not location.is_sealed:
        duckdb_extensions.load(connection, "sqlite_scanner" if file else "postgres_scanner")
    duckdb_extensions.load(connection, "ducklake")
    # It brings the cipher of encrypted files too.
    if "://" in location.data_path or location.key:
        duckdb_extensions.load(connection, "httpfs")
    # The data path is given at each attach, so that a home can be moved; DuckLake stores it absolute.
    options = [f"DATA_PATH '{escaped(location.data_path)}'", "OVERRIDE_DATA_PATH true"]
    # Rows in the catalogue itself make each read of their table load the catalogue as it was when they came.
    options.append("DATA_INLINING_ROW_LIMIT 0")
    if file:
        options.append("META_BUSY_TIMEOUT 10000")
        if read_only and not file.is_file():
            raise LakeError(
                "There is no lake yet", where=str(file), do="Run `make run` (or `socialai run`) to make it."
            )
        if not read_only:
            file.parent.mkdir(parents=True, exist_ok=True)
            options.append("META_JOURNAL_MODE 'WAL'")
    if location.key:
        options.append("ENCRYPTED")
        connection.execute("SET temp_file_encryption = true")
    if location.is_sealed:
        options.append(f"META_ENCRYPTION_KEY '{escaped(location.key or '')}'")
        Path(location.catalog).parent.mkdir(parents=True, exist_ok=True)
    if read_only:
        options.append("READ_ONLY")
    if metadata_schema is not None:
        options.append(f"METADATA_SCHEMA '{escaped(metadata_schema)}'")
    if snapshot is not None:
        kind = "SNAPSHOT_VERSION" if snapshot.isdigit() else "SNAPSHOT_TIME"
        options.append(f"{kind} '{escaped(snapshot)}'")
    try:
        connection.execute(f"ATTACH 'ducklake:{escaped(location.catalog)}' AS {alias} ({', '.join(options)})")
    except duckdb.Error as error:
        raise LakeError(
            location.without_password(f"The lake cannot be attached: {error}"),
            where=location.without_password(location.catalog),
            do="Check SOCIALAI_HOME and SOCIALAI_LAKE_CATALOG, and that the file or server can be reached.",
        ) from location.cause(error)


def escaped(text: str | os.PathLike[str]) -> str:
    """Text as it stands between single quotes in SQL."""
    return str(text).replace("'", "''")
