"""Fixtures of the behaviour tests: a platform that has landed and run the sample country once, and copies of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dagster import ExecuteInProcessResult, RunRequest

from resources import settings as settings_module
from socialai_assets.ingest.sample import write_sample
from tests.assets.ticking import Platform, use_home

SCALE, SEED = 0.5, 0


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite-snapshot` accepts the asset graph as it is now."""
    parser.addoption("--rewrite-snapshot", action="store_true", help="write tests/assets/snapshot.json anew")


@pytest.fixture(scope="session", autouse=True)
def quiet_conditions() -> None:
    """Dagster's tester logs three lines an asset and tick."""
    logging.getLogger("dagster.automation_condition_tester").setLevel(logging.WARNING)


@dataclass(frozen=True)
class FirstLanding:
    """What happened when the sample country landed on an empty instance."""

    before: list[RunRequest]
    reported: set[str]
    requests: list[RunRequest]
    result: ExecuteInProcessResult
    platform: Platform


@pytest.fixture(scope="module")
def first_landing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstLanding]:
    """The sample country landed on an empty instance, and the first run asked for was done."""
    home = tmp_path_factory.mktemp("platform") / "home"
    with pytest.MonkeyPatch.context() as patch:
        use_home(patch, home)
        platform = Platform.at(home)
        before = platform.ask()
        for path in write_sample(home / "landing", scale=SCALE, seed=SEED):
            platform.touch(path.relative_to(home / "landing").as_posix())
        reported = platform.look()
        requests = platform.ask()
        result = platform.run(requests[0])
        yield FirstLanding(before, reported, requests, result, platform)
        platform.close()
    settings_module.current.cache_clear()


@pytest.fixture
def platform(first_landing: FirstLanding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """A copy of the platform after its first run, at rest."""
    assert first_landing.result.success
    first_landing.platform.close()
    use_home(monkeypatch, tmp_path / "home")
    copied = first_landing.platform.copy(tmp_path / "home")
    assert copied.ask() == []
    yield copied
    copied.close()
    settings_module.current.cache_clear()
