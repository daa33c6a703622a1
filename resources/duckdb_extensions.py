"""Loading DuckDB's extensions from the wheels they were installed with, so that nothing is downloaded at run time."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from resources.errors import LakeError

if TYPE_CHECKING:
    import duckdb

UNSIGNED = {"allow_unsigned_extensions": True}
"""Configuration of every connection that loads an extension: DuckDB then does not hash 30 MB a file at each start.

The files come from wheels whose hashes the lock file names, and whoever could change them could change the code.
"""


def path(name: str) -> Path:
    """File of an extension, e.g. `ducklake`, `sqlite_scanner`, `spatial`.

    Raises:
        LakeError: the wheel is missing or was built for another DuckDB.
    """
    import duckdb

    do = "Run `make setup` again: duckdb and its extension wheels must be of one version."
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    if spec is None or not spec.submodule_search_locations:
        raise LakeError(f"DuckDB's extension `{name}` is not installed", do=do)
    folder = Path(next(iter(spec.submodule_search_locations))) / "extensions"
    file = folder / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    if not file.is_file():
        found = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
        raise LakeError(
            f"DuckDB's extension `{name}` does not fit DuckDB {duckdb.__version__} (found: {found or 'none'})",
            where=str(file),
            do=do,
        )
    return file


def load(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Load extensions into a connection, by their path.

    Raises:
        LakeError: an extension is missing or DuckDB refuses it.
    """
    import duckdb

    for name in names:
        file = path(name)
        try:
            connection.execute(f"LOAD '{_quoted(file)}'")
        except duckdb.Error as error:
            raise LakeError(
                f"DuckDB cannot load its extension `{name}`: {error}",
                where=str(file),
                do="Run `make setup` again; if it stays, delete `.venv` first.",
            ) from error


def _quoted(file: Path) -> str:
    return str(file).replace("'", "''")
