"""Fixtures of the tests that need a PostgreSQL server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests import postgresql
from tests.postgresql import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL server of the module's own; skips where its programs are not installed."""
    where = postgresql.programs()
    if where is None:
        pytest.skip("PostgreSQL's server programs are not installed: apt-get install postgresql")
    server = postgresql.prepare(where)
    yield server
    server.stop()
    shutil.rmtree(server.folder)


@pytest.fixture
def catalog(server: Server, request: pytest.FixtureRequest) -> str:
    """The DuckLake catalogue in an empty database of the test's own."""
    return server.create(request.node.name[:60])
