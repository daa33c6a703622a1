"""The gate: counts in, a table that may be published out; and the audit of what is published, from that alone.

All tables of the same people are judged together, also where the people have changed in between: then the attacker is
taken to know that people were only added, or only taken away, if what is published does not contradict it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from socialai_assets.methods.disclosure.audit import Attacker, Contradiction, all_alike, exposed
from socialai_assets.methods.disclosure.lattice import Groups, Lattice, Release, published
from socialai_assets.methods.disclosure.suppression import Suppression, suppressed

if TYPE_CHECKING:
    from numpy.typing import NDArray

STATE = "state"
_HISTORIES = ("first", "grew", "shrank", "changed")
_Tables = list[Mapping[str, Groups]]


@dataclass(frozen=True)
class Finding:
    """One thing that published tables give away.

    Attributes:
        kind: `small` (a count from 1 to below the smallest allowed), `alike` (all of a group are in one part) or
            `contradiction` (no counts agree with the tables).
        cell: by dimension, the base codes of the people concerned.
        lowest: the least number of them.
        highest: the greatest.
    """

    kind: str
    cell: Mapping[str, tuple[str, ...]]
    lowest: float
    highest: float


def publish(
    counts: Mapping[tuple[str, ...], float],
    groups: Mapping[str, Groups],
    *,
    smallest: int,
    sensitive: Sequence[str] = (),
    earlier: Sequence[Release] = (),
) -> tuple[Release, Suppression]:
    """The table of some counts as it may be published.

    Args:
        counts: people or cases by base codes, in the order of the dimensions of `groups`.
        groups: by dimension the groups to publish.
        smallest: smallest count that may be told or worked out.
        sensitive: dimensions in which it is never told that all of a group are in the same part.
        earlier: what has been published of the same people, oldest first; its dimensions are those of `groups`.

    Returns:
        The table, and what was withheld of it and why.

    Raises:
        Refused: earlier releases and this one cannot be told together.
        ValueError: a count is in no group.
    """
    own_lattice = Lattice([groups])
    counted = own_lattice.summed(counts)[own_lattice.cells_of(groups)]
    whole, joint = _placed_in_history(Release(groups, counted), earlier)
    own = joint.lattice.cells_of(joint.tables[-1])
    result = suppressed(
        joint.lattice,
        joint.table,
        own,
        smallest=smallest,
        sensitive=sensitive,
        earlier=published(joint.lattice, _on(joint.tables[:-1], earlier)),
        unsafe=own.ravel()[_small_changes(whole, earlier, smallest).ravel()],
    )
    withheld = result.withheld.reshape(counted.shape)
    return replace(whole, counts=np.where(withheld, np.nan, counted)), result


def findings(releases: Sequence[Release], *, smallest: int, sensitive: Sequence[str] = ()) -> Iterator[Finding]:
    """What published tables of the same people give away, from what they say alone; nothing if they are safe.

    Args:
        releases: oldest first.
        smallest: smallest count that may be told or worked out.
        sensitive: dimensions in which it must not be told that all of a group are in the same part.
    """
    if not releases:
        return
    try:
        joint = _joint(releases)
    except (Contradiction, ValueError):
        yield Finding("contradiction", {}, np.nan, np.nan)
        return
    lattice = joint.lattice
    bounds = Attacker(lattice, joint.known).bounds(smallest, joint.table)
    for cell in np.flatnonzero(exposed(bounds, smallest)):
        yield _finding("small", lattice, int(cell), bounds.lowest[cell], bounds.highest[cell])
    for name in sensitive:
        for line in lattice.lines(name)[all_alike(lattice, bounds, name)]:
            filled = int(line[np.argmax(bounds.highest[line])])
            yield _finding("alike", lattice, filled, bounds.lowest[filled], bounds.highest[filled])
    for number, release in enumerate(releases):
        changed = _small_changes(release, releases[:number], smallest)
        for place in np.argwhere(changed & ~np.isnan(release.counts)):
            named = zip(release.groups.items(), place, strict=True)
            cell = {name: tuple(sorted(list(groups.values())[at])) for (name, groups), at in named}
            yield Finding("small", cell, 1, smallest - 1)


def _finding(kind: str, lattice: Lattice, cell: int, lowest: float, highest: float) -> Finding:
    at = np.unravel_index(cell, lattice.shape)
    named = {name: tuple(sorted(lattice.nodes[axis][at[axis]])) for axis, name in enumerate(lattice.dimensions)}
    return Finding(kind, named, float(lowest), float(highest))


@dataclass(frozen=True)
class _Joint:
    """Tables on one lattice: their groups there, what they tell, and some table of counts that agrees with it."""

    lattice: Lattice
    tables: _Tables
    known: NDArray[np.float64]
    table: NDArray[np.float64]


def _placed_in_history(whole: Release, earlier: Sequence[Release]) -> tuple[Release, _Joint]:
    """A table with its state, and how the records changed: the simplest history that agrees with all that is told."""
    last = max((release.state for release in earlier), default=0)
    for history in _HISTORIES:
        same = history == "first"
        told = next((r.history for r in reversed(earlier) if r.state == last), "first") if same else history
        placed = replace(whole, state=last if same else last + 1, history=told)
        try:
            return placed, _joint([*earlier, placed])
        except (Contradiction, ValueError):
            if not earlier:
                raise
    raise Contradiction("an earlier table contradicts its own sums")


def _joint(releases: Sequence[Release]) -> _Joint:
    """Tables of the same people on one lattice.

    Raises:
        Contradiction: no people agree with them all.
        ValueError: two tables of one state differ in a count.
    """
    histories = {release.history for release in releases if release.history != "first"}
    tables: _Tables = [release.groups for release in releases]
    if histories:
        history = histories.pop() if len(histories) == 1 else "changed"
        last = max(release.state for release in releases)
        tables = [{STATE: _state_group(r.state, last, history), **r.groups} for r in releases]
    lattice = Lattice(tables)
    known = published(lattice, _on(tables, releases))
    return _Joint(lattice, tables, known, Attacker(lattice, known).any_table())


def _on(tables: _Tables, releases: Sequence[Release]) -> list[Release]:
    """Tables with the groups they have on a joint lattice."""
    return [
        Release(groups, release.counts.reshape([len(group) for group in groups.values()]))
        for groups, release in zip(tables, releases, strict=True)
    ]


def _state_group(state: int, last: int, history: str) -> Groups:
    """Whom a state counts: those of all states before it too, of all after it too, or some of its own besides."""
    match history:
        case "grew":
            codes = [str(s) for s in range(state + 1)]
        case "shrank":
            codes = [str(s) for s in range(state, last + 1)]
        case _:
            codes = ["kept", str(state)]
    return {f"state {state}": frozenset(codes)}


def _small_changes(release: Release, earlier: Sequence[Release], smallest: int) -> NDArray[np.bool_]:
    """Which counts differ by fewer than `smallest` from what an earlier table told of the same groups."""
    changed = np.zeros(release.counts.shape, dtype=bool)
    for other in earlier:
        places = []
        for name, groups in release.groups.items():
            at = {group: number for number, group in enumerate(other.groups[name].values())}
            places.append(np.array([at.get(group, -1) for group in groups.values()]))
        before = other.counts[np.ix_(*places)]
        for axis, place in enumerate(places):
            before = np.where(
                np.expand_dims(place < 0, tuple(i for i in range(len(places)) if i != axis)), np.nan, before
            )
        difference = np.abs(release.counts - before)
        changed |= (difference > 0) & (difference < smallest)
    return changed
