"""When waiting messages are taken: the sensor's decision, without a broker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialai_assets.water.stream_sensor import run_key

RANGES = {1: (5, 9), 0: (0, 100)}


def key(ranges=RANGES, oldest: float | None = 1.0, elsewhere=None, *, most=1000, seconds=60.0) -> str | None:
    return run_key("t", ranges, oldest, taken_elsewhere=elsewhere, most_messages=most, most_seconds=seconds)


def test_few_new_messages_are_left_to_wait() -> None:
    assert key() is None


@pytest.mark.parametrize("more", [{"most": 104}, {"oldest": 60.0}], ids=["many", "long"])
def test_many_messages_or_one_that_waited_long_are_taken_by_their_offsets(more: dict) -> None:
    assert key(**more) == "t: 0[0-100), 1[5-9)"


def test_nothing_waits_and_nothing_is_asked_for() -> None:
    assert key({}, None) is None


def test_what_the_command_took_is_told_to_those_who_depend_on_it() -> None:
    assert key({}, None, {"t/1": 9, "t/0": 100}) == "t taken: t/0<100, t/1<9"


@given(
    st.dictionaries(st.integers(0, 5), st.tuples(st.integers(0, 50), st.integers(1, 50))),
    st.floats(0, 200),
    st.integers(1, 200),
)
def test_the_same_messages_have_the_same_key_whenever_asked(spans, oldest: float, most: int) -> None:
    ranges = {p: (first, first + length) for p, (first, length) in spans.items()}
    found = key(ranges, oldest, most=most)
    waiting = sum(end - first for first, end in ranges.values())
    assert (found is not None) == (waiting >= most or (waiting > 0 and oldest >= 60.0))
    if found is not None:
        assert found == key(dict(reversed(ranges.items())), oldest + 1000, most=most)
