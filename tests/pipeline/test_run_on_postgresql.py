"""A run with the lake's catalogue on a real PostgreSQL server: the same tables as on SQLite, bit by bit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.command import Home
from tests.postgresql import Server

pytestmark = pytest.mark.long

# Of these three domains, which have every kind of table there is; the others would take as long again.
DOMAINS = ("geography", "poverty", "water")


def test_every_table_is_the_same_as_on_sqlite(prepared_home: Path, postgresql_server: Server, tmp_path: Path) -> None:
    catalog = postgresql_server.create("whole_run")
    home = Home(tmp_path / "home", {"SOCIALAI_LAKE_CATALOG": catalog, "SOCIALAI_DOMAINS": "water"})
    home.done("run")
    on_sqlite = Home(prepared_home).contents()
    assert home.contents() == {table: on_sqlite[table] for table in on_sqlite if table.split(".")[0] in DOMAINS}
    assert "Everything is up to date." in home.done("run")
