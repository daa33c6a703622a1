"""Expiry and compaction: what is pinned, trained on or new stays readable, the rest goes, and no table changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import LakeError
from resources.lake_upkeep import Snapshot, read_pins, snapshots, tidy, to_expire, write_pins
from tests.conftest import make_lake

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = timedelta(days=365)


def days(*numbers: int) -> list[Snapshot]:
    """Snapshots made on these days, numbered from 0."""
    return [Snapshot(number, START + timedelta(days=day)) for number, day in enumerate(numbers)]


class TestWhatGoes:
    def test_old_snapshots_go_and_the_newest_never(self) -> None:
        assert to_expire(days(0, 1, 2, 3), before=START + timedelta(days=2)) == ((0, 1), ())
        assert to_expire(days(0, 1, 2, 3), before=START + NOW) == ((0, 1, 2), ())

    def test_pinned_ones_stay(self) -> None:
        assert to_expire(days(0, 1, 2, 3), before=START + NOW, pinned=[1, 99]) == ((0, 2), (1,))

    def test_the_state_at_a_moment_is_the_newest_snapshot_not_younger(self) -> None:
        moments = [START + timedelta(days=5.5), START - timedelta(days=1)]
        assert to_expire(days(0, 5, 6, 9), before=START + NOW, moments=moments) == ((0, 2), (1,))

    @given(
        st.lists(st.integers(0, 50), min_size=1).map(sorted),
        st.integers(0, 60),
        st.sets(st.integers(0, 50)),
        st.lists(st.integers(0, 50)),
    )
    def test_nothing_pinned_young_or_newest_ever_goes(
        self, made: list[int], limit: int, pinned: set[int], trained: list[int]
    ) -> None:
        found = days(*made)
        before = START + timedelta(days=limit)
        moments = [START + timedelta(days=day) for day in trained]
        expired, kept = to_expire(found, before=before, pinned=pinned, moments=moments)
        assert not {*expired} & ({*pinned} | {*kept} | {len(made) - 1})
        assert all(found[number].time < before for number in expired)
        for moment in moments:
            state = [snapshot.number for snapshot in found if snapshot.time <= moment]
            assert not state or max(state) not in expired


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A lake whose one table was written five times, with 1 to 5 in it."""
    lake = make_lake(tmp_path)
    for value in range(1, 6):
        lake.replace("geography.counted", pd.DataFrame({"value": [value] * 50_000}), author="test")
    lake.close()
    return tmp_path


def files(home: Path) -> int:
    return sum(1 for file in home.rglob("*.parquet"))


class TestTidying:
    def test_pinned_states_stay_readable_others_do_not_and_files_go_after_their_grace(self, home: Path) -> None:
        lake = make_lake(home)
        found = [snapshot.number for snapshot in snapshots(lake)]
        before, version = files(home), lake.data_version("geography.counted")
        done = tidy(lake, before=datetime.now(UTC), pinned=[found[-3]])
        assert done.pinned == (found[-3],) and set(done.expired) == set(found) - {found[-3], found[-1]}
        assert files(home) == before, "a query may still be reading them"
        assert lake.data_version("geography.counted") == version
        assert tidy(lake, before=datetime.now(UTC), pinned=[found[-3]], grace=timedelta()).deleted_files >= 3
        assert files(home) == before - 3
        with lake.cursor() as cursor:
            then = f"SELECT DISTINCT value FROM lake.geography.counted AT (VERSION => {found[-3]})"
            assert cursor.execute(then).fetchall() == [(3,)]
            with pytest.raises(Exception, match="No snapshot"):
                cursor.execute(f"SELECT * FROM lake.geography.counted AT (VERSION => {found[-2]})")
        assert lake.data_version("geography.counted") == version
        lake.close()

    def test_a_dry_run_changes_nothing(self, home: Path) -> None:
        lake = make_lake(home)
        found, before = snapshots(lake), files(home)
        assert len(tidy(lake, before=datetime.now(UTC), dry_run=True).expired) == len(found) - 1
        assert snapshots(lake) == found and files(home) == before
        lake.close()


class TestPins:
    def test_are_read_back(self, tmp_path: Path) -> None:
        file = tmp_path / "lake" / "pins.json"
        assert read_pins(file) == {}
        write_pins(file, {41: "report", 7: ""})
        assert read_pins(file) == {7: "", 41: "report"}

    def test_a_file_that_is_none_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "pins.json").write_text("[1, 2")
        with pytest.raises(LakeError, match=r"pins\.json"):
            read_pins(tmp_path / "pins.json")
