"""Which rows are held out together when a model is judged. No fitting, no scores.

Neighbouring places resemble each other, so a random split lets a model look up the answer next door. Whole blocks
are held out instead (Roberts et al. 2017, Ecography 40:913-929).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd


def merge_linked_blocks(blocks: Iterable, groups: Iterable | None) -> np.ndarray:
    """Blocks that share a group become one block, however long the chain.

    Args:
        blocks: (n,) block of each row.
        groups: (n,) group of each row whose members must stay together, or None. A missing group links nothing.

    Returns:
        (n,) text labels: the first block, in sorted order, of each merged set.

    Raises:
        ValueError: a row without a block, or lengths that differ.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    block = pd.Series(list(blocks))
    if block.isna().any():
        raise ValueError(f"Row {int(block.isna().to_numpy().argmax())} belongs to no block.")
    labels, codes = np.unique(block.astype(str).to_numpy(dtype=str), return_inverse=True)
    if groups is None:
        return labels[codes]
    group = pd.Series(list(groups))
    if len(group) != len(block):
        raise ValueError(f"{len(block)} blocks but {len(group)} groups: one of each is needed for every row.")
    group_codes, group_labels = pd.factorize(group)
    linked = group_codes >= 0
    size = len(labels) + len(group_labels)
    links = coo_matrix((np.ones(linked.sum()), (codes[linked], len(labels) + group_codes[linked])), shape=(size, size))
    _, component = connected_components(links, directed=False)
    first = pd.Series(labels).groupby(component[: len(labels)]).min()
    return first.loc[component[codes]].to_numpy()


def blocked_folds(blocks: Iterable, n_folds: int, seed: int, *, groups: Iterable | None = None) -> np.ndarray:
    """Whole blocks dealt to folds of nearly equal size.

    The largest blocks go first, each to the fold with the fewest rows so far; ``seed`` orders blocks of equal size
    and breaks ties. The same rows in another order get the same folds.

    Args:
        blocks: (n,) block of each row.
        n_folds: number of folds, at least 2.
        seed: seed of the shuffle.
        groups: rows of one group never straddle a fold; their blocks are merged.

    Returns:
        (n,) fold numbers, 0 to ``n_folds`` - 1.

    Raises:
        ValueError: fewer (merged) blocks than folds, or fewer than two folds.
    """
    merged = merge_linked_blocks(blocks, groups)
    sizes = pd.Series(merged).value_counts().sort_index()
    if n_folds < 2 or len(sizes) < n_folds:
        raise ValueError(f"{len(sizes)} separate blocks cannot fill {n_folds} folds (at least 2 folds are needed).")
    generator = np.random.default_rng(seed)
    shuffled = sizes.iloc[generator.permutation(len(sizes))].sort_values(ascending=False, kind="stable")
    rows = np.zeros(n_folds)
    fold_of: dict[str, int] = {}
    for block, size in shuffled.items():
        emptiest = np.flatnonzero(rows == rows.min())
        fold = int(generator.choice(emptiest))
        fold_of[str(block)] = fold
        rows[fold] += size
    return np.array([fold_of[block] for block in merged], dtype=np.int64)


def leave_one_block_out(blocks: Iterable, *, groups: Iterable | None = None) -> np.ndarray:
    """One fold a block (a merged block, where groups link several), numbered in sorted order; (n,) integers.

    Raises:
        ValueError: fewer than two separate blocks.
    """
    codes, labels = pd.factorize(pd.Series(merge_linked_blocks(blocks, groups)), sort=True)
    if len(labels) < 2:
        raise ValueError("Leaving one block out needs at least two separate blocks.")
    return codes.astype(np.int64)


def random_folds(n_rows: int, n_folds: int, seed: int, *, groups: Iterable | None = None) -> np.ndarray:
    """Rows dealt at random, groups kept together: too kind a test for places, to be reported as a warning only.

    Rows without a group (missing) stand alone.

    Returns:
        (n,) fold numbers.

    Raises:
        ValueError: fewer rows or groups than folds.
    """
    rows = [f"{row:012d}" for row in range(n_rows)]
    return blocked_folds(rows, n_folds, seed, groups=groups)


def verify_folds(folds: Iterable, together: Iterable) -> None:
    """Make sure that rows which belong together (a block, a group) share a fold.

    Args:
        folds: (n,) fold of each row.
        together: (n,) block or group of each row; missing ones belong to nobody.

    Raises:
        ValueError: names the first straddling block and how many there are.
    """
    table = pd.DataFrame({"fold": list(folds), "together": list(together)})
    without = table["fold"].isna().to_numpy()
    if without.any():
        raise ValueError(f"Row {int(without.argmax())} has no fold.")
    counts = table.groupby("together")["fold"].nunique()
    straddling = counts.index.to_numpy()[counts.to_numpy() > 1]
    if len(straddling):
        raise ValueError(f"{len(straddling)} blocks or groups straddle folds, the first of them {straddling[0]}.")
