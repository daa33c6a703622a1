"""Attacks that single a child out of what is published: each succeeds with the gate off, and fails behind it.

The attackers share no code with the gate: they know who could be counted where, and solve for counts by themselves.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from socialai_assets.methods.case_risk.fairness import Withholding, rates_by_group
from socialai_assets.methods.disclosure.lattice import Lattice, Release, with_total
from socialai_assets.methods.disclosure.publication import findings, publish

SMALLEST = 10
KINDS = ("neglect", "violence", "other")
SCHOOLS = ("s1", "s2", "s3")


def codes(*names: str) -> dict[str, frozenset[str]]:
    return with_total({name: frozenset([name]) for name in names})


def pupils(target: Mapping[str, str]) -> pd.DataFrame:
    """A few hundred children of three schools with what their case is about, and one of whom too much is known."""
    draw = np.random.default_rng(3)
    n = 360
    frame = pd.DataFrame(
        {
            "school": draw.choice(SCHOOLS, n, p=[0.5, 0.3, 0.2]),
            "sex": draw.choice(["F", "M"], n),
            "age": draw.choice(["6", "9", "12", "15"], n),
            "kind": draw.choice(KINDS, n, p=[0.5, 0.4, 0.1]),
        }
    )
    others = (frame[list(target)] != pd.Series(target)).any(axis=1)
    return pd.concat([frame[others], pd.DataFrame([target])], ignore_index=True)


def counts_of(people: pd.DataFrame, dimensions: Sequence[str]) -> dict[tuple[str, ...], float]:
    sums = people.groupby(list(dimensions)).size()
    return {key if isinstance(key, tuple) else (key,): float(count) for key, count in sums.items()}


def ungated(people: pd.DataFrame, groups: Mapping[str, Mapping[str, frozenset[str]]], careless: bool = True) -> Release:
    """A table as it would leave without the gate: all counts, or with the small ones left out and nothing else."""
    lattice = Lattice([groups])
    counts = lattice.summed(counts_of(people, list(groups)))[lattice.cells_of(groups)]
    if careless:
        counts = np.where((counts > 0) & (counts < SMALLEST), np.nan, counts)
    return Release(groups, counts)


def singled_out(tables: Sequence[Release], domain: Mapping[str, Sequence[str]]) -> dict[tuple[str, ...], float]:
    """What an attacker pins down to a small number of people: linear programmes over everybody there could be."""
    from scipy.optimize import linprog

    people = list(itertools.product(*domain.values()))
    sums, totals, watched = [], [], {}
    for table in tables:
        for place, cell in zip(
            np.ndindex(table.counts.shape), itertools.product(*(g.items() for g in table.groups.values())), strict=True
        ):
            member = np.array(
                [all(c in codes for c, (_, codes) in zip(one, cell, strict=True)) for one in people], float
            )
            if np.isnan(table.counts[place]):
                watched[tuple(name for name, _ in cell)] = member
            else:
                sums.append(member)
                totals.append(table.counts[place])
                if 0 < table.counts[place] < SMALLEST:
                    watched[tuple(name for name, _ in cell)] = member
    watched |= {one: np.array([other == one for other in people], float) for one in people}
    found = {}
    for cell, member in watched.items():
        low, high = (
            sign * linprog(sign * member, A_eq=np.array(sums), b_eq=totals, method="highs").fun for sign in (1, -1)
        )
        if round(high, 6) == round(low, 6) and 0 < round(high) < SMALLEST:
            found[cell] = round(high)
    return found


def test_a_pupil_in_one_table() -> None:
    people = pupils({"school": "s3", "sex": "F", "kind": "other"}).drop(columns="age")
    groups = {"school": codes(*SCHOOLS), "sex": codes("F", "M"), "kind": codes(*KINDS)}
    domain = {"school": SCHOOLS, "sex": ("F", "M"), "kind": KINDS}
    assert singled_out([ungated(people, groups, careless=False)], domain)[("s3", "F", "other")] == 1
    # Leaving small counts out is not enough: they follow from the sums.
    assert singled_out([ungated(people, groups)], domain)
    gated, _ = publish(counts_of(people, list(groups)), groups, smallest=SMALLEST, sensitive=["kind"])
    assert singled_out([gated], domain) == {}


def test_a_pupil_between_two_releases_by_other_ages() -> None:
    ages = ("6", "9", "12", "15")
    numbers = dict(zip(itertools.product(SCHOOLS, ages), [20, 14, 30, 25, 16, 12, 18, 21, 22, 1, 15, 17], strict=True))
    counts = {cell: float(number) for cell, number in numbers.items()}
    young = {"all": frozenset(ages), "to 8": frozenset(["6"]), "9+": frozenset(ages[1:])}
    older = {"all": frozenset(ages), "to 11": frozenset(ages[:2]), "12+": frozenset(ages[2:])}
    tables = [{"school": codes(*SCHOOLS), "age": groups} for groups in (young, older)]
    domain = {"school": SCHOOLS, "age": ages}
    alone = [publish(counts, table, smallest=SMALLEST)[0] for table in tables]
    # Each is safe by itself, and "to 11" less "to 8" is the one pupil of nine.
    assert all(list(findings([table], smallest=SMALLEST)) == [] for table in alone)
    assert singled_out(alone, domain)[("s3", "9")] == 1
    assert list(findings(alone, smallest=SMALLEST))
    second, _ = publish(counts, tables[1], smallest=SMALLEST, earlier=alone[:1])
    assert singled_out([alone[0], second], domain) == {}
    assert (second.counts > 0).any(), "some of it can still be told"


def test_a_pupil_who_came_between_two_releases() -> None:
    before = pupils({"school": "s3", "sex": "F", "kind": "other"}).drop(columns="age")
    newcomer = {"school": "s1", "sex": "M", "kind": "violence"}
    after = pd.concat([before, pd.DataFrame([newcomer])], ignore_index=True)
    groups = {"school": codes(*SCHOOLS), "sex": codes("F", "M"), "kind": codes(*KINDS)}

    def came(first: Release, second: Release) -> set[tuple[str, ...]]:
        change = second.counts - first.counts
        names = list(itertools.product(*(list(g) for g in groups.values())))
        return {name for name, by in zip(names, change.ravel(), strict=True) if 0 < abs(by) < SMALLEST}

    first, _ = publish(counts_of(before, list(groups)), groups, smallest=SMALLEST)
    apart, _ = publish(counts_of(after, list(groups)), groups, smallest=SMALLEST)
    # A boy came to school 1, and it is told what his case is about.
    assert {("s1", "M", "all"), ("s1", "all", "violence")} <= came(first, apart)
    second, _ = publish(counts_of(after, list(groups)), groups, smallest=SMALLEST, earlier=[first])
    assert (second.state, second.history) == (1, "grew")
    assert came(first, second) == set()


def test_a_pupil_on_a_map() -> None:
    draw = np.random.default_rng(5)
    town, lonely = draw.normal(0, 900, (300, 2)), np.array([[9000.0, 4000.0]])
    homes = np.vstack([town, lonely])

    def hexagons(size_m: float) -> pd.DataFrame:
        # Axial coordinates of pointy-topped hexagons, rounded in cube coordinates.
        q, r = (math.sqrt(3) / 3 * homes[:, 0] - homes[:, 1] / 3) / size_m, 2 / 3 * homes[:, 1] / size_m
        cube = np.stack([q, -q - r, r])
        near = cube.round()
        worst = np.abs(near - cube).argmax(axis=0)
        each = np.arange(len(homes))
        near[worst, each] = 0
        near[worst, each] = -near.sum(axis=0)
        return pd.DataFrame({"hexagon": [f"{int(a)},{int(b)}" for a, b in zip(near[0], near[2], strict=True)]})

    for size in (100.0, 1500.0):
        people = hexagons(size)
        home = people["hexagon"].iloc[-1]
        groups = {"hexagon": codes(*sorted(people["hexagon"].unique()))}
        shown = ungated(people, groups, careless=False)
        assert shown.counts[list(groups["hexagon"]).index(home)] == 1, "one mark on the map, and one child lives there"
        gated, _ = publish(counts_of(people, ["hexagon"]), groups, smallest=SMALLEST)
        told = gated.counts[~np.isnan(gated.counts)]
        assert not ((told > 0) & (told < SMALLEST)).any()
        assert np.isnan(gated.counts[list(groups["hexagon"]).index(home)])
        # The map's total less all that is shown must not give the lonely home away either.
        withheld = np.isnan(gated.counts[1:]).sum()
        assert withheld >= 2 and gated.counts[0] - np.nansum(gated.counts[1:]) >= SMALLEST


@pytest.mark.parametrize("told", ["of the group", "of all the others"])
def test_a_pupil_in_a_model_card(told: str) -> None:
    draw = np.random.default_rng(1)
    n = 600
    people = pd.DataFrame(
        {
            "person": [f"p{number}" for number in range(n)],
            "observed": draw.random(n) < 0.2,
            "estimate": draw.random(n),
            "chance": (draw.random(n) < 0.3).astype(float),
            "language": draw.choice(["es", "qu"], n),
        }
    )
    # One family speaks another language, and one child of it was helped against neglect.
    people.loc[:3, "language"] = "sh"
    people["observed"] = people["observed"].astype(int)
    people.loc[:3, "observed"] = [1, 0, 0, 0]
    speakers = people["language"].value_counts()

    def befallen(card: pd.DataFrame) -> float:
        """How many speakers of `sh` it befell, by an attacker who knows how many speak what."""
        rate = card[card["metric"] == "base_rate"].set_index("group")["value"]
        if told == "of the group":
            return rate["sh"] * speakers["sh"]
        return rate["all"] * n - rate["es"] * speakers["es"] - rate["qu"] * speakers["qu"]

    def card(withholding: Withholding) -> pd.DataFrame:
        return rates_by_group(people, [["language"]], withholding=withholding, draws=5)

    assert befallen(card(Withholding(least_people=1, least_cell=1))) == pytest.approx(1)
    assert math.isnan(befallen(card(Withholding(least_people=50, least_cell=SMALLEST))))
