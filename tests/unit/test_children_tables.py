"""The vault's canonical tables: each landed row is used, or refused with a reason that holds no value of it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from resources.landing import LandingZone
from socialai_assets.catalog import all_sources
from socialai_assets.children import contracts
from socialai_assets.children.tables import PERSONAL, SQL
from socialai_assets.factories.sql_tables import queried
from socialai_assets.ingest.contract import validate
from socialai_assets.ingest.rows import ingest
from socialai_assets.ingest.sample import write_sample
from socialai_assets.ingest.sample.children_records import TABLES, UNKNOWN_ROWS

LANDED_TWICE = "attendance"
LINKS = {
    "children": ("households",),
    "enrolments": ("children", "schools"),
    "attendance": ("children",),
    "marks": ("children", "terms"),
    "cases": ("children",),
    "support": ("children", "interventions", "services", "staff"),
    "outcomes": ("support",),
    "reviews": ("children",),
}


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """What is read from the sample's files, with three rows that somebody else has landed too."""
    folder = tmp_path_factory.mktemp("children")
    write_sample(folder, scale=0.05, seed=2, inputs=TABLES)
    zone = LandingZone(folder, None, "all", all_sources())
    sources = {source.name: source for source in all_sources() if source.canonical}
    found = {name: ingest(zone.files(sources[name]), sources[name]).accepted for name in TABLES}
    again = found[LANDED_TWICE].head(3).assign(source="other", is_synthetic=False, file_name="children/other/a.csv")
    found[LANDED_TWICE] = pd.concat([found[LANDED_TWICE], again], ignore_index=True)
    return found


@pytest.fixture(scope="module")
def made(raw: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The canonical tables and the refused rows, in the order in which the assets make them."""
    tables = {name: raw[name] for name in TABLES if name not in PERSONAL}
    for name in PERSONAL:
        links = {other: raw[other] if other == "households" else tables[other] for other in LINKS.get(name, ())}
        found = queried((SQL / f"{name}.sql").read_text(), {"raw": raw[name], **links})
        tables[name] = validate(found, getattr(contracts, name.capitalize()))
    areas = tables["children"][["area_id"]].drop_duplicates()
    inputs = {**tables, **{f"raw_{name}": raw[name] for name in PERSONAL}, "areas": areas}
    found = queried((SQL / "refused_rows.sql").read_text(), inputs)
    return {**tables, "refused": validate(found, contracts.RefusedRows)}


def test_every_row_is_used_or_refused(raw: dict[str, pd.DataFrame], made: dict[str, pd.DataFrame]) -> None:
    refused = made["refused"].query("rule != 'unlinked'").groupby("input").size()
    for name in PERSONAL:
        assert len(raw[name]) == len(made[name]) + refused.get(name, 0), name


def test_rows_on_something_unknown_are_those_planted(made: dict[str, pd.DataFrame]) -> None:
    refused = made["refused"]
    counts = refused[refused["rule"] != "repeated"].groupby("input").size()
    # What came of refused help is refused with it.
    support = UNKNOWN_ROWS["support"]
    assert UNKNOWN_ROWS["outcomes"] <= counts.pop("outcomes") <= UNKNOWN_ROWS["outcomes"] + support
    assert counts.to_dict() == {name: rows for name, rows in UNKNOWN_ROWS.items() if name != "outcomes"}
    assert refused.loc[refused["rule"] == "unlinked", "input"].tolist() == ["children"]
    assert made["children"]["household_id"].isna().sum() == 1


def test_of_rows_that_come_twice_the_real_one_is_used(made: dict[str, pd.DataFrame]) -> None:
    repeated = made["refused"].query("rule == 'repeated'")
    assert repeated["input"].tolist() == [LANDED_TWICE] * 3
    assert repeated["is_synthetic"].all()
    assert (made[LANDED_TWICE]["source"] == "other").sum() == 3


def test_no_reason_holds_a_value(raw: dict[str, pd.DataFrame], made: dict[str, pd.DataFrame]) -> None:
    told = " ".join(made["refused"]["reason"].unique())
    for name in PERSONAL:
        for column in raw[name].columns:
            if column.endswith("_id"):
                values = set(raw[name][column].dropna().astype(str))
                assert not [value for value in values if f" {value}" in told or f"{value} " in told], (name, column)


def test_every_query_is_some_tables() -> None:
    assert {path.stem for path in Path(SQL).glob("*.sql")} >= {*PERSONAL, "refused_rows"}
