"""Fixtures every test may use: a home of its own, a lake in it, the real landing folder if there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources import settings as settings_module
from resources.kafka_broker import Broker
from resources.lake import Lake
from resources.lake_location import LakeLocation
from tests import kafka, postgresql
from tests.prepared_home import PreparedHome, in_good_order, is_to_be_made, made_before

PROJECT = Path(__file__).resolve().parents[1]
REAL_LANDING = Path(os.environ.get("SOCIALAI_TEST_LANDING", PROJECT.parent / "shared" / "data" / "landing"))


@pytest.fixture(scope="session", autouse=True)
def no_inherited_settings() -> Iterator[None]:
    """Tests see no setting of the person who runs them."""
    patch = pytest.MonkeyPatch()
    for name in list(os.environ):
        if name.startswith("SOCIALAI_") and name != "SOCIALAI_TEST_LANDING":
            patch.delenv(name)
    patch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _forget_settings() -> Iterator[None]:
    """Settings are read once a process; what one test set must not be what the next one finds."""
    yield
    settings_module.current.cache_clear()


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """An empty embedded lake."""
    lake = make_lake(tmp_path)
    yield lake
    lake.close()


def make_lake(home: Path, **options: float) -> Lake:
    """A lake in a home, as the settings would make it."""
    location = LakeLocation(f"sqlite:{home}/lake/catalog.sqlite", f"{home}/lake/data/")
    return Lake(location, lock_file=home / "lake" / "write.lock", **options)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def real_landing() -> Path:
    """The landing folder with real data; skips where it is absent."""
    if not REAL_LANDING.is_dir():
        pytest.skip(f"the real data is not at {REAL_LANDING}; set SOCIALAI_TEST_LANDING")
    return REAL_LANDING


@pytest.fixture(scope="module")
def postgresql_server() -> Iterator[postgresql.Server]:
    """A PostgreSQL server of this module's own; skips where its programs are not installed."""
    where = postgresql.programs()
    if where is None:
        pytest.skip("PostgreSQL's server programs are not installed: apt-get install postgresql")
    server = postgresql.prepare(where)
    yield server
    server.stop()
    shutil.rmtree(server.folder)


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A Kafka broker of this process's tests; skips where Java or Maven is not installed."""
    lacking = kafka.missing()
    if lacking is not None:
        pytest.skip(f"there is no {lacking}")
    broker = kafka.prepare(tmp_path_factory.mktemp("kafka"))
    yield broker
    broker.stop(at_once=True)


@pytest.fixture
def catalog(postgresql_server: postgresql.Server, request: pytest.FixtureRequest) -> str:
    """The DuckLake catalogue in an empty database of the test's own."""
    return postgresql_server.create(request.node.name[:60])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Few tests wait for the prepared home."""
    in_good_order(items)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin the prepared home, if a test needs it."""
    if is_to_be_made(session.items) and not session.config.option.collectonly:
        prepared = _prepared(session.config)
        session.config.add_cleanup(prepared.end)
        prepared.begin()


@pytest.fixture(scope="session")
def prepared_home(pytestconfig: pytest.Config) -> Path:
    """A home in which `socialai run` has made everything from the sample country; copy it to change it."""
    return made_before() or _prepared(pytestconfig).made()


def _prepared(config: pytest.Config) -> PreparedHome:
    shared = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    return PreparedHome((shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "prepared")
