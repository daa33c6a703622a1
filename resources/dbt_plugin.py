"""dbt-duckdb's way into the lake: attaches it to dbt's connection, extensions loaded from their wheels."""

from __future__ import annotations

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from resources import duckdb_extensions
from resources.lake_location import LakeLocation, attach
from resources.settings import current


class Plugin(BasePlugin):
    """Attaches the lake of the settings as `lake` to the connection dbt opens."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Set limits, load `spatial`, attach the lake read-write."""
        settings = current()
        conn.execute(f"SET memory_limit = '{settings.memory_limit}'")
        conn.execute(f"SET threads = {settings.threads}")
        duckdb_extensions.load(conn, "spatial")
        attach(conn, LakeLocation(settings.catalog, settings.data_path))
