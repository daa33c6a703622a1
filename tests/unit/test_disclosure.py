"""Disclosure control of tables of counts, beside attackers of the tests' own."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialai_assets.methods.disclosure.anonymity import anonymity
from socialai_assets.methods.disclosure.audit import Attacker, exposed
from socialai_assets.methods.disclosure.lattice import Lattice, Release, published, with_total
from socialai_assets.methods.disclosure.publication import findings, publish


def codes(*names: str) -> dict[str, frozenset[str]]:
    return with_total({name: frozenset([name]) for name in names})


TWO_BY_THREE = {"sex": codes("F", "M"), "age": codes("5", "10", "15")}
AREAS = {
    "country": frozenset("abcd"),
    "north": frozenset("ab"),
    "south": frozenset("cd"),
    **{area: frozenset([area]) for area in "abcd"},
}


def counted(values: list[int], *axes: str) -> dict[tuple[str, ...], float]:
    return dict(zip(itertools.product(*axes), values, strict=True))


def listed_bounds(lattice: Lattice, known: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Bounds by listing every table of counts up to `most`: another way than the audit's."""
    parts = list(itertools.product(*(range(n) for n in lattice.parts)))
    names = [[sorted(node)[0] for node in nodes] for nodes in lattice.nodes]
    seen = []
    for values in itertools.product(range(most + 1), repeat=len(parts)):
        by_code = {
            tuple(names[axis][at] for axis, at in enumerate(place)): value
            for place, value in zip(parts, values, strict=True)
        }
        table = lattice.summed(by_code)
        if np.all(np.isnan(known) | (known == table)):
            seen.append(table)
    return np.min(seen, axis=0), np.max(seen, axis=0)


def test_bounds_are_those_of_all_tables_that_agree() -> None:
    groups = {"sex": codes("F", "M"), "age": codes("5", "10")}
    lattice = Lattice([groups])
    truth = lattice.summed(counted([2, 1, 0, 2], "FM", ["5", "10"]))
    for hidden in ([("F", "5"), ("M", "10")], [("F", "5"), ("F", "10"), ("M", "5"), ("M", "10")]):
        known = truth.copy()
        for sex, age in hidden:
            known[lattice.cells_of({"sex": {"": frozenset([sex])}, "age": {"": frozenset([age])}})] = np.nan
        bounds = Attacker(lattice, known).bounds(smallest=9)
        lowest, highest = listed_bounds(lattice, known, most=4)
        assert bounds.lowest.tolist() == lowest.tolist()
        assert bounds.highest.tolist() == highest.tolist()


def test_one_withheld_count_is_worked_out_from_its_margins() -> None:
    counts = counted([20, 30, 3, 40, 50, 60], "FM", ["5", "10", "15"])
    lattice = Lattice([TWO_BY_THREE])
    table = lattice.summed(counts)[lattice.cells_of(TWO_BY_THREE)]
    careless = Release(TWO_BY_THREE, np.where((table > 0) & (table < 10), np.nan, table))
    assert {(f.cell["sex"], f.cell["age"], f.highest) for f in findings([careless], smallest=10)} == {
        (("F",), ("15",), 3.0)
    }
    release, suppression = publish(counts, TWO_BY_THREE, smallest=10)
    assert list(findings([release], smallest=10)) == []
    assert int(suppression.primary.sum()) == 1
    assert np.isnan(release.counts).sum() == 4, "the least that hides one cell of two margins"


@settings(derandomize=True, max_examples=6, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=16, max_size=16), st.sampled_from([3, 5]))
def test_no_attacker_works_a_small_count_out(values: list[int], smallest: int) -> None:
    from scipy.optimize import linprog

    groups = {"area": AREAS, "sex": codes("F", "M"), "kind": codes("x", "y")}
    counts = counted(values, "abcd", "FM", "xy")
    release, _ = publish(counts, groups, smallest=smallest, sensitive=["kind"])
    told = release.counts[~np.isnan(release.counts)]
    assert not ((told > 0) & (told < smallest)).any()
    # An attacker of our own: plain linear programmes over the people, not the lattice's equations.
    people = list(itertools.product("abcd", "FM", "xy"))
    cells = list(itertools.product(*(list(g.values()) for g in groups.values())))
    member = np.array(
        [[all(c in g for c, g in zip(one, cell, strict=True)) for one in people] for cell in cells], float
    )
    known = release.counts.ravel()
    sums, totals = member[~np.isnan(known)], known[~np.isnan(known)]
    for cell in np.flatnonzero(np.isnan(known)):
        ends = []
        for sign in (1, -1):
            solved = linprog(sign * member[cell], A_eq=sums, b_eq=totals, method="highs")
            ends.append(np.inf if solved.status == 3 else sign * solved.fun)
        low, high = ends
        assert low == high == 0 or high - low >= smallest - 1e-6 or low >= smallest - 1e-6


@settings(derandomize=True, max_examples=6, deadline=None)
@given(
    st.lists(st.integers(0, 15), min_size=8, max_size=8),
    st.lists(st.sampled_from([0, 0, 0, 1, 2, 7]), min_size=8, max_size=8),
    st.sampled_from([1, -1]),
)
def test_two_releases_together_tell_no_small_count(values: list[int], more: list[int], sign: int) -> None:
    first_groups = {"area": AREAS, "kind": codes("x", "y")}
    first, _ = publish(counted(values, "abcd", "xy"), first_groups, smallest=5)
    later = [max(value + sign * change, 0) for value, change in zip(values, more, strict=True)]
    second, _ = publish(counted(later, "abcd", "xy"), first_groups, smallest=5, earlier=[first])
    assert list(findings([first, second], smallest=5)) == []


def test_all_of_a_group_in_one_part_is_not_told() -> None:
    groups = {"area": codes("a", "b"), "kind": codes("x", "y")}
    counts = counted([40, 0, 30, 25], "ab", "xy")
    lattice = Lattice([groups])
    plain = Release(groups, lattice.summed(counts)[lattice.cells_of(groups)])
    alike = list(findings([plain], smallest=10, sensitive=["kind"]))
    assert [(f.kind, f.cell["area"], f.cell["kind"], f.lowest) for f in alike] == [("alike", ("a",), ("x",), 40)]
    release, _ = publish(counts, groups, smallest=10, sensitive=["kind"])
    assert list(findings([release], smallest=10, sensitive=["kind"])) == []
    assert anonymity(release, ("kind",)).diversity == 2


def test_counts_outside_every_group_are_refused_without_naming_them() -> None:
    with pytest.raises(ValueError, match="in no group") as error:
        publish({("F", "99"): 3.0}, TWO_BY_THREE, smallest=10)
    assert "99" not in str(error.value)


def test_tables_that_contradict_their_sums_are_found() -> None:
    wrong = Release({"sex": codes("F", "M")}, np.array([50.0, 20.0, 20.0]))
    assert [f.kind for f in findings([wrong], smallest=10)] == ["contradiction"]


def test_published_counts_keep_their_places() -> None:
    lattice = Lattice([TWO_BY_THREE])
    release, suppression = publish(counted([20, 30, 3, 40, 50, 60], "FM", ["5", "10", "15"]), TWO_BY_THREE, smallest=10)
    known = published(lattice, [release])
    assert known[lattice.cells_of(TWO_BY_THREE)[0, 0]] == 203
    assert exposed(suppression.bounds, 10).sum() == 0
    figures = anonymity(release)
    assert (figures.cells, figures.withheld) == (12, 4)
    assert figures.k == np.nanmin(release.counts)
