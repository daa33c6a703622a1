"""`socialai move`, `backup` and `restore` as their user meets them, on a home in which everything has been made."""

from __future__ import annotations

from pathlib import Path

from tests import postgresql
from tests.pipeline.command import Home
from tests.postgresql import Server

TABLES = "SELECT area_id, estimate FROM poverty.district_predictions ORDER BY area_id"


def test_a_home_moves_to_a_server_works_there_and_moves_back(home: Home, postgresql_server: Server) -> None:
    before, tables = home.rows(TABLES), home.done("tables")
    catalog = postgresql_server.create("moved")
    moved = home.done("move", "--to", catalog)
    assert "each row compared" in moved and postgresql.PASSWORD not in moved
    status = home.done("status")
    assert f"port={postgresql_server.port}" in status and postgresql.PASSWORD not in status
    assert home.rows(TABLES) == before and home.done("tables") == tables
    assert "Everything is up to date" in home.done("run")
    home.done("run", "--select", "poverty/district_features")
    assert home.rows(TABLES) == before

    assert "each row compared" in home.done("move", "--to", "sqlite")
    postgresql_server.stop()
    try:
        assert home.rows(TABLES) == before
        assert "Everything is up to date" in home.done("run")
    finally:
        postgresql_server.start()


def test_a_server_that_is_away_says_what_to_do(home: Home, postgresql_server: Server) -> None:
    home.done("move", "--to", postgresql_server.create("away"))
    postgresql_server.stop()
    try:
        message = home.refused("tables")
    finally:
        postgresql_server.start()
    assert "What to do" in message and "server can be reached" in message and postgresql.PASSWORD not in message
    assert home.done("tables")


def test_a_restored_home_is_up_to_date_and_has_its_models(home: Home, tmp_path: Path) -> None:
    archive = tmp_path / "home.tar"
    assert "tables" in home.done("backup", str(archive))
    restored = Home(tmp_path / "restored", home.settings)
    assert "each verified" in restored.done("restore", str(archive))
    # The old home must not be what the new one lives on.
    home.path.rename(tmp_path / "gone")
    before = Home(tmp_path / "gone", home.settings)
    for command in (["tables"], ["models", "list"], ["models", "show", "poverty.district_model"]):
        assert restored.done(*command) == before.done(*command)
    assert restored.rows(TABLES) == before.rows(TABLES)
    assert "Everything is up to date" in restored.done("run")
    exported = tmp_path / "model"
    restored.done("models", "export", "poverty.district_model", "-o", str(exported))
    assert any(exported.iterdir())
    assert "home is not empty" in restored.refused("restore", str(archive))
