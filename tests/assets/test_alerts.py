"""The sensor `alerts` on a real Dagster instance: failed checks, steps and runs reach a person once, and their end."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    DagsterInstance,
    Definitions,
    asset,
    asset_check,
    build_sensor_context,
    materialize,
)

from resources.alert_store import AlertStore
from socialai_assets.automation.sensors import alerts_sensor
from tests.assets.ticking import use_home


class Trouble:
    """What the assets below do when they are made next."""

    crash = False
    passes = True


@asset
def harvest() -> None:
    if Trouble.crash:
        raise ValueError("the field is flooded")


@asset_check(asset=harvest, name="complete", blocking=True)
def complete() -> AssetCheckResult:
    return AssetCheckResult(passed=Trouble.passes, description="3 rows are missing")


@asset_check(asset=harvest, name="plausible")
def plausible() -> AssetCheckResult:
    return AssetCheckResult(passed=False, severity=AssetCheckSeverity.WARN, description="a large harvest")


class Ticker:
    """The sensor with its cursor, and what it told."""

    def __init__(self, home: Path, log: pytest.LogCaptureFixture) -> None:
        (home / "dagster").mkdir()
        self.instance = DagsterInstance.local_temp(str(home / "dagster"))
        self.definitions = Definitions(assets=[harvest], asset_checks=[complete, plausible], sensors=[alerts_sensor(5)])
        self.store = AlertStore(home / "alerts.sqlite")
        self.log = log
        self.cursor: str | None = None

    def run(self) -> None:
        materialize([harvest, complete, plausible], instance=self.instance, raise_on_error=False)

    def tick(self) -> list[str]:
        self.log.clear()
        context = build_sensor_context(
            self.instance, cursor=self.cursor, repository_def=self.definitions.get_repository_def()
        )
        self.definitions.resolve_sensor_def("alerts").evaluate_tick(context)
        self.cursor = context.cursor
        return [record.getMessage() for record in self.log.records if record.name == "socialai.alerts"]


@pytest.fixture
def ticker(tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ticker]:
    use_home(monkeypatch, tmp_path)
    caplog.set_level(logging.WARNING, logger="socialai.alerts")
    Trouble.crash, Trouble.passes = False, True
    yield Ticker(tmp_path, caplog)


def test_nothing_is_wrong_so_nobody_is_told(ticker: Ticker) -> None:
    assert ticker.tick() == []
    ticker.run()
    assert ticker.tick() == []
    assert ticker.store.records() == []


def test_a_failed_check_is_told_once_though_it_also_fails_its_step_and_fails_again(ticker: Ticker) -> None:
    Trouble.passes = False
    ticker.run()
    assert ticker.tick() == ["Check failed: harvest: complete: 3 rows are missing"]
    ticker.run()
    assert ticker.tick() == []
    Trouble.passes = True
    ticker.run()
    [message] = ticker.tick()
    assert message.startswith("Resolved: Check failed: harvest: complete")


def test_a_crash_is_told_with_its_own_words_and_its_end(ticker: Ticker) -> None:
    Trouble.crash = True
    ticker.run()
    [message] = ticker.tick()
    assert message.startswith("Step failed: harvest") and message.endswith("the field is flooded")
    ticker.run()
    assert ticker.tick() == []
    Trouble.crash = False
    ticker.run()
    assert [message.split(" (")[0] for message in ticker.tick()] == ["Resolved: Step failed: harvest"]


def test_a_run_that_ended_without_a_failed_step_is_told(ticker: Ticker) -> None:
    run = ticker.instance.create_run_for_job(ticker.definitions.resolve_implicit_global_asset_job_def())
    ticker.instance.report_run_failed(run, message="the process was killed")
    [message] = ticker.tick()
    assert message.startswith(f"Run {run.run_id[:8]} failed: the process was killed")
    ticker.run()
    [message] = ticker.tick()
    assert message.startswith("Resolved: Run")


def test_warnings_are_alerts_where_the_settings_say_so(ticker: Ticker, monkeypatch: pytest.MonkeyPatch) -> None:
    ticker.run()
    assert ticker.tick() == []
    use_home(monkeypatch, ticker.store.file.parent, alert_warnings="true")
    assert ticker.tick() == ["Check failed: harvest: plausible: a large harvest"]
