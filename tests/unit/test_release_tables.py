"""Counts become releases and back: what is counted, by which groups, and what a map of a release may show."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from resources.errors import SettingsError
from socialai_assets.children import release_tables as tables
from socialai_assets.children.disclosure_settings import ReleaseMap, disclosure_settings
from socialai_assets.children.input_contracts import LABELS, OUTCOMES
from socialai_assets.children.release_contracts import AGE_BANDS
from socialai_assets.children.release_pictures import told_by_area
from socialai_assets.methods.disclosure.lattice import Release

AREAS = pd.DataFrame(
    [
        ("14", "admin1", "14", None),
        ("1401", "admin2", "14", "1401"),
        ("140101", "admin3", "14", "1401"),
        ("140102", "admin3", "14", "1401"),
        ("15", "admin1", "15", None),
        ("1501", "admin2", "15", "1501"),
        ("150101", "admin3", "15", "1501"),
    ],
    columns=["area_id", "level", "admin1_id", "admin2_id"],
)
ROW = {"year": 2017, "month": 3, "ubigeo": "140101", "sex": "F", "age_band": "5 - 9", "source": "s", "is_synthetic": 0}


def screenings(*rows: tuple[str, str, int]) -> pd.DataFrame:
    return pd.DataFrame([{**ROW, "screened": s, "screening": k, "cases": n} for s, k, n in rows])


def test_screenings_are_parted_into_positive_and_negative() -> None:
    violence, alcohol = "VIOLENCIA FAMILIAR/MALTRATO INFANTIL", "TRASTORNO DE CONSUMO DE ALCOHOL"
    counts = tables.screening_counts(
        screenings(
            ("TOTAL DE TAMIZAJES", violence, 40),
            ("SOLO TAMIZAJES POSITIVOS", violence, 15),
            ("TAMIZAJES C/CONDICION ADICIONAL VIOLENCIA POLITICA", violence, 5),
            # Told of one kind alone, and not told of all: they are taken to be all.
            ("SOLO TAMIZAJES POSITIVOS", alcohol, 4),
        )
    )
    assert counts.set_index("category")["count"].to_dict() == {
        "violence positive": 15,
        "violence negative": 25,
        "mental health positive": 4,
        "mental health negative": 0,
    }


def test_the_groups_of_the_settings_hold_every_code_of_the_contracts() -> None:
    populations = disclosure_settings().populations
    for name, population in populations.items():
        ages = {"0-11", "12-17", "18+"} if name == "helped" else set(AGE_BANDS)
        assert set().union(*population.age.values()) == ages
        assert set().union(*population.sex.values()) == {"F", "M"}
    found = {f"{label}, {outcome}" for label in LABELS for outcome in (*OUTCOMES, "waits")}
    assert set().union(*populations["helped"].category.values()) == found


def test_a_child_counts_once_for_each_risk_by_what_was_found_after_the_last_help_that_began() -> None:
    day = datetime.date
    helped = pd.DataFrame(
        [
            ("s1", "a", "leaves_school", "X1", day(2024, 3, 1), "left_school"),
            ("s2", "a", "leaves_school", "X1", day(2024, 5, 1), "attends"),
            ("s3", "a", "case_opens", "X1", day(2024, 4, 1), "waits"),
            ("s4", "b", "leaves_school", None, day(2024, 4, 30), "moved"),
            ("s5", "b", "case_opens", "X1", None, "attends"),
        ],
        columns=["support_id", "child_id", "label", "area_id", "started_on", "outcome"],
    ).assign(is_synthetic=True)
    children = pd.DataFrame(
        {
            "child_id": ["a", "b"],
            "sex": ["F", "M"],
            "birth_month": [day(2012, 5, 1), day(2005, 1, 1)],
            "source": ["sample", "sample"],
        }
    )
    counts = tables.helped_counts(helped, children)
    rows = counts[["area_id", "period", "sex", "age", "category", "count"]].itertuples(index=False, name=None)
    assert set(rows) == {
        ("X1", "2024-05", "F", "12-17", "leaves_school, attends", 1),
        ("X1", "2024-04", "F", "0-11", "case_opens, waits", 1),
        ("unknown", "2024-04", "M", "18+", "leaves_school, moved", 1),
    }


def test_years_are_told_beside_the_whole_where_there_are_several() -> None:
    groups = tables.period_groups(["2023-11", "2024-02"])
    assert list(groups) == ["2023-11..2024-02", "2023-11..2023-12", "2024-01..2024-02"]
    assert groups["2023-11..2024-02"] == {"2023-11", "2023-12", "2024-01", "2024-02"}
    assert tables.whole_period(groups) == "2023-11..2024-02"
    assert list(tables.period_groups(["2017-09", "2017-01"])) == ["2017-01..2017-09"]


def test_empty_districts_of_the_same_department_are_published_and_others_are_not() -> None:
    groups = tables.area_groups(AREAS, ["140101", "999999"], "admin3")
    assert groups["140102"] == {"140102"}
    assert groups["14"] == groups["1401"] == {"140101", "140102"}
    assert groups["unknown"] == {"999999"} and groups["all"] == {"140101", "140102", "999999"}
    assert "150101" not in groups
    assert "140101" not in tables.area_groups(AREAS, ["140101"], "admin2")


def test_releases_come_back_from_their_rows() -> None:
    groups = {
        "area_id": {"all": frozenset("ab"), "a": frozenset("a"), "b": frozenset("b")},
        "period": {"2017-01..2017-02": frozenset(["2017-01", "2017-02"])},
        "sex": {"all": frozenset("FM")},
        "age": {"all": frozenset(["5 - 9"])},
        "category": {"all": frozenset("xy"), "x": frozenset("x"), "y": frozenset("y")},
    }
    counts = np.array([[30.0, 20.0, 10.0], [np.nan, 20.0, np.nan], [12.0, 0.0, 12.0]]).reshape(3, 1, 1, 1, 3)
    release = Release(groups, counts, state=1, history="grew")
    cells = tables.cell_rows(release).assign(release_id="p-1")
    register = pd.DataFrame([{"release_id": "p-1", "population": "p", "state": 1, "history": "grew", "released_on": 1}])
    rows = tables.group_rows(release).assign(release_id="p-1")
    back = tables.read_releases(register, rows, cells.sample(frac=1, random_state=0))["p"][0]
    np.testing.assert_array_equal(back.counts, counts)
    assert (back.groups, back.state, back.history) == (groups, 1, "grew")
    shuffled = cells.sample(frac=1, random_state=0)
    assert tables.content_hash(shuffled) == tables.content_hash(cells.astype({"count": "float64"}))
    with pytest.raises(ValueError, match="every combination"):
        tables.read_releases(register, rows, cells.iloc[1:])


def test_a_rate_is_drawn_only_where_both_its_counts_are_told() -> None:
    cells = pd.DataFrame(
        [
            (area, "all", "all", category, count)
            for area, counts in {"a": (20, 50), "b": (None, 60), "c": (30, None), "d": (0, 0)}.items()
            for category, count in zip(("positive", "all of them"), counts, strict=True)
        ],
        columns=["area_id", "sex", "age", "category", "count"],
    ).astype({"count": "Int64"})
    # A year of them is not what is drawn.
    cells = pd.concat([cells.assign(period="2023-01..2024-12"), cells.assign(period="2024-01..2024-12", count=1)])
    wanted = ReleaseMap(
        population="p", category="positive", of="all of them", title="", legend="", classes=(0, 50, 100)
    )
    assert told_by_area(cells, wanted).dropna().to_dict() == {"a": 40.0}


def test_settings_with_an_unknown_name_are_refused() -> None:
    with pytest.raises(SettingsError, match="smallest"):
        disclosure_settings({"smallest": 5})
    with pytest.raises(SettingsError, match="smallest_count"):
        disclosure_settings({"smallest_count": 1})
