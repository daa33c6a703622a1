"""A pytest plugin for CI: passed tests are counted by tenths, so that failed ones are not lost among dots."""

from __future__ import annotations

import time

import pytest


class Tenths:
    """Tells how far the tests are, ten times in all.

    Args:
        reporter: what pytest prints by.
    """

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._reporter, self._began = reporter, time.monotonic()
        self._ended = self._told = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """A passed test prints nothing."""
        return ("passed", "", "") if report.when == "call" and report.passed else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test that has ended."""
        if report.when != "teardown":
            return
        self._ended += 1
        session = self._reporter._session
        tenth = 10 * self._ended // max(1, session.testscollected if session else 1)
        if tenth > self._told:
            self._told = tenth
            minutes = (time.monotonic() - self._began) / 60
            self._reporter.write_line(f"{10 * tenth} % of the tests after {minutes:.1f} minutes")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Only the process that prints needs it."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Tenths(reporter))
