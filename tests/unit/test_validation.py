"""Tests of fold assignment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialai_assets.methods.validation import (
    blocked_folds,
    leave_one_block_out,
    merge_linked_blocks,
    random_folds,
    verify_folds,
)

rows = st.lists(st.tuples(st.integers(0, 9), st.one_of(st.none(), st.integers(0, 25))), min_size=4, max_size=60)


def test_blocks_that_share_a_group_merge_along_the_chain() -> None:
    blocks = ["d", "c", "c", "b", "a", "e"]
    groups = ["g1", "g1", "g2", "g2", None, np.nan]
    assert merge_linked_blocks(blocks, groups).tolist() == ["b", "b", "b", "b", "a", "e"]
    assert merge_linked_blocks(blocks, None).tolist() == blocks


@settings(max_examples=80, deadline=None)
@given(rows, st.integers(2, 5), st.integers(0, 1000))
def test_neither_blocks_nor_groups_straddle(table: list, n_folds: int, seed: int) -> None:
    blocks, groups = [row[0] for row in table], [row[1] for row in table]
    merged = merge_linked_blocks(blocks, groups)
    if len(set(merged)) < n_folds:
        with pytest.raises(ValueError, match="cannot fill"):
            blocked_folds(blocks, n_folds, seed, groups=groups)
        return
    folds = blocked_folds(blocks, n_folds, seed, groups=groups)
    verify_folds(folds, blocks)
    verify_folds(folds, groups)
    assert set(folds) == set(range(n_folds))
    # Dealing the largest first to the emptiest: folds differ by no more than the largest block.
    assert np.ptp(np.bincount(folds)) <= np.unique(merged, return_counts=True)[1].max()


@settings(max_examples=40, deadline=None)
@given(rows, st.integers(0, 1000), st.randoms(use_true_random=False))
def test_folds_do_not_depend_on_the_order_of_rows(table: list, seed: int, random: object) -> None:
    order = list(range(len(table)))
    random.shuffle(order)  # type: ignore[attr-defined]
    blocks, groups = np.array([row[0] for row in table]), np.array([row[1] for row in table], dtype=object)
    if len(set(merge_linked_blocks(blocks, groups))) < 2:
        return
    folds = blocked_folds(blocks, 2, seed, groups=groups)
    assert blocked_folds(blocks[order], 2, seed, groups=groups[order]).tolist() == folds[order].tolist()


def test_the_seed_decides() -> None:
    blocks = np.repeat(np.arange(40), 3)
    assert blocked_folds(blocks, 5, 1).tolist() == blocked_folds(blocks, 5, 1).tolist()
    assert blocked_folds(blocks, 5, 1).tolist() != blocked_folds(blocks, 5, 2).tolist()


def test_leave_one_block_out_numbers_blocks_in_order() -> None:
    assert leave_one_block_out(["15", "02", "15", "01"]).tolist() == [2, 1, 2, 0]
    assert leave_one_block_out(["15", "02", "15", "01"], groups=["g", "g", None, None]).tolist() == [1, 1, 1, 0]
    with pytest.raises(ValueError, match="at least two"):
        leave_one_block_out(["15", "15"])


def test_random_folds_are_balanced_and_keep_groups() -> None:
    groups = ["a"] * 7 + [None] * 93
    folds = random_folds(100, 10, 3, groups=groups)
    assert np.bincount(folds).tolist() == [10] * 10
    assert len(set(folds[:7])) == 1
    assert random_folds(100, 10, 4).tolist() != random_folds(100, 10, 3).tolist()


def test_straddling_and_missing_folds_are_named() -> None:
    with pytest.raises(ValueError, match="1 blocks or groups straddle folds, the first of them p2"):
        verify_folds([0, 0, 1, 2], ["p1", "p1", "p2", "p2"])
    with pytest.raises(ValueError, match="Row 1 has no fold"):
        verify_folds([0, None], ["p1", "p1"])
    verify_folds([0, 1], [None, None])


def test_rows_without_block_and_uneven_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="Row 1 belongs to no block"):
        blocked_folds(["a", None], 2, 0)
    with pytest.raises(ValueError, match="2 blocks but 1 groups"):
        blocked_folds(["a", "b"], 2, 0, groups=["x"])
