"""Machines that lack a package, a network or a writable folder: what can be made is, and messages say what to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from socialai_assets.catalog import NEEDS
from tests.pipeline.command import Home, mounted

pytestmark = pytest.mark.long


class TestAMissingExtension:
    @pytest.mark.parametrize("command", [["sql", "SELECT 1"], ["tables"], ["run", "--all"]], ids=" ".join)
    def test_is_named_with_what_to_do(self, home: Home, tmp_path: Path, command: list[str]) -> None:
        empty = tmp_path / "packages" / "duckdb_extension_ducklake"
        empty.mkdir(parents=True)
        (empty / "__init__.py").touch()
        broken = Home(home.path, {**home.settings, "PYTHONPATH": str(empty.parent)})
        answer = broken.socialai(*command)
        assert answer.code == 1
        assert "extension `ducklake`" in answer.err + answer.out and "make setup" in answer.err + answer.out
        assert "Traceback" not in answer.err + answer.out
        home.done("sql", "SELECT 1")


@pytest.fixture
def without_network() -> list[str]:
    """What stands before a command to run it where there is no network interface."""
    before = ["unshare", "--net"]
    try:
        permitted = subprocess.run([*before, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        permitted = False
    if not permitted:
        pytest.skip("unshare --net is not permitted: a machine without network cannot be made")
    return before


def test_without_network_everything_is_made(new_home: Home, prepared: Home, without_network: list[str]) -> None:
    reach = "import socket; socket.create_connection(('127.0.0.1', 1), 2)"
    answer = subprocess.run(
        [*without_network, sys.executable, "-c", reach], capture_output=True, text=True, check=False
    )
    assert "unreachable" in answer.stderr
    Home(new_home.path, new_home.settings, without_network).done("run")
    made, expected = new_home.contents(), prepared.contents()
    domains = ("poverty", *NEEDS["poverty"])
    assert made == {table: content for table, content in expected.items() if table.split(".")[0] in domains}


class TestAReadOnlyHome:
    @pytest.fixture
    def read_only(self, prepared: Home, home: Home, tmp_path: Path) -> Iterator[Home]:
        """The prepared home, where nothing can be written."""
        # A writer that closes last takes the catalogue's write-ahead log away, and a reader here could not make it.
        home.versions()
        for folder in mounted(tmp_path / "read_only", "--bind", "-o", "ro", str(home.path)):
            yield Home(folder, home.settings)

    @pytest.mark.parametrize("command", [["run"], ["sample", "--seed", "5"], ["ui"]], ids=" ".join)
    def test_what_writes_says_where_it_cannot(self, read_only: Home, command: list[str]) -> None:
        assert str(read_only.path) in read_only.refused(*command)

    def test_what_reads_works(self, home: Home, read_only: Home) -> None:
        assert read_only.rows("SELECT count(*) > 0 FROM poverty.district_predictions") == [["true"]]
