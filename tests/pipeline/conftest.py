"""Fixtures of the tests that run `socialai` as a person does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.command import Home

# What is made again is made of two domains only: how a command or failure is met does not depend on more.
FEWER = {"SOCIALAI_DOMAINS": "poverty"}


@pytest.fixture(scope="session")
def prepared(prepared_home: Path) -> Home:
    """The home in which everything has been made; only ever read: `copy` it to change it."""
    return Home(prepared_home, FEWER)


@pytest.fixture
def home(prepared: Home, tmp_path: Path) -> Home:
    """A copy of the prepared home, to be changed."""
    return prepared.copy(tmp_path / "home")


@pytest.fixture
def new_home(tmp_path: Path) -> Home:
    """A home that nothing has been made in."""
    return Home(tmp_path / "home", FEWER)
