"""Tests of dbt's property file: contracts become documentation, sources and rules that a database understands."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.errors import ContractError
from socialai_assets.catalog import DOMAINS, domain_contracts, domain_sources
from socialai_assets.factories.dbt_documentation import (
    DBT_PROJECT,
    dbt_models,
    properties,
    staged_columns,
    violations,
    write_properties,
)
from socialai_assets.ingest.contract import Contract, column, describe, is_personal, table_name, unique_keys, validate

DUCKDB_TYPES = {"string": "VARCHAR", "integer": "BIGINT", "geometry": "BLOB"}


class Wells(Contract):
    """Wells with a rule of every kind."""

    well_id: str = column("Code.", unique=True, str_matches=r"[a-z]'?\d{2}")
    kind: str = column("Kind.", nullable=True, isin=("deep", "driller's"))
    pumps: int = column("Pumps.", isin=(1, 2))
    depth_m: float = column("Depth.", unit="m", nullable=True, ge=0, le=500)
    basin: str = column("Basin.")
    number: int = column("Number in the basin.")

    class Config:
        name = "water.wells"
        unique = ["basin", "number"]


class Numbered(Contract):
    """Rows with a key that may be missing."""

    number: int = column("Number, where there is one.", unique=True, nullable=True)

    class Config:
        name = "water.numbered"


GOOD = {"well_id": "a12", "kind": "deep", "pumps": 1, "depth_m": 30.0, "basin": "north", "number": 1}
OTHER = {"well_id": "b'34", "kind": "driller's", "pumps": 2, "depth_m": None, "basin": "north", "number": 2}


def broken_rules(rows: list[dict[str, Any]], contract: type[Contract] = Wells) -> list[tuple[int, str]]:
    """Row and rule of everything that DuckDB finds by the contract's predicates."""
    connection = empty_table(contract)
    names = [described.name for described in describe(contract)]
    connection.execute("alter table judged add column row_number integer")
    for number, row in enumerate(rows):
        values = [*(row[name] for name in names), number]
        connection.execute(f"insert into judged values ({', '.join('?' * len(values))})", values)
    found = []
    for violation in violations(describe(contract), unique_keys(contract)):
        query = f"select row_number from (select *, {violation['predicate']} as broken from judged) where broken"
        found += [(row[0], violation["rule"]) for row in connection.execute(query).fetchall()]
    connection.close()
    return sorted(found)


def empty_table(contract: type[Contract]) -> duckdb.DuckDBPyConnection:
    """A database with the table of a contract, without rows, under the name `judged`."""
    connection = duckdb.connect()
    typed = ", ".join(f'"{c.name}" {DUCKDB_TYPES.get(c.dtype, c.dtype)}' for c in describe(contract))
    connection.execute(f"create table judged ({typed})")
    return connection


class TestRules:
    def test_good_rows_break_none(self) -> None:
        assert broken_rules([GOOD, OTHER]) == []

    @pytest.mark.parametrize(
        ("change", "rule"),
        [
            ({"well_id": None}, "well_id is missing"),
            ({"well_id": "a123"}, r"well_id does not match [a-z]'?\d{2}"),
            ({"well_id": "xa12"}, r"well_id does not match [a-z]'?\d{2}"),
            ({"kind": "wide"}, "kind is not an allowed value"),
            ({"pumps": 3}, "pumps is not an allowed value"),
            ({"depth_m": -0.5}, "depth_m is below 0"),
            ({"depth_m": 500.5}, "depth_m is above 500"),
            ({"basin": None}, "basin is missing"),
        ],
    )
    def test_a_bad_value_breaks_the_rule_that_names_it_and_no_other(self, change: dict[str, Any], rule: str) -> None:
        assert broken_rules([OTHER, {**GOOD, **change}]) == [(1, rule)]

    @pytest.mark.parametrize("depth", [0.0, 500.0, None])
    def test_limits_themselves_and_missing_values_that_may_be_missing_are_good(self, depth: float | None) -> None:
        assert broken_rules([{**GOOD, "depth_m": depth, "kind": None}]) == []

    def test_a_repeated_value_is_found_in_every_row_that_has_it(self) -> None:
        rows = [GOOD, {**OTHER, "well_id": "a12"}, {**OTHER, "number": 3}]
        assert broken_rules(rows) == [(0, "well_id is repeated"), (1, "well_id is repeated")]

    def test_a_key_of_several_columns_may_repeat_in_part_but_not_as_a_whole(self) -> None:
        assert broken_rules([GOOD, {**OTHER, "number": 1, "basin": "south"}]) == []
        assert broken_rules([GOOD, {**OTHER, "number": 1}]) == [
            (0, "basin, number together are repeated"),
            (1, "basin, number together are repeated"),
        ]

    def test_a_column_without_rules_gives_none(self) -> None:
        free = [described for described in describe(Wells) if described.name == "depth_m"]
        assert [violation["rule"] for violation in violations(free)] == ["depth_m is below 0", "depth_m is above 500"]
        assert violations([]) == []

    def test_missing_values_of_a_unique_column_are_not_repeated(self) -> None:
        validate(pd.DataFrame({"number": pd.array([1, None, None], dtype="Int64")}), Numbered)
        assert broken_rules([{"number": 1}, {"number": None}, {"number": None}], Numbered) == []

    @settings(max_examples=50, deadline=None)
    @given(
        st.lists(
            st.fixed_dictionaries(
                {
                    "well_id": st.sampled_from(["a12", "b'34", "c56", "d78", "c5", "cc56"]),
                    "kind": st.sampled_from(["deep", "driller's", None, "wide"]),
                    "pumps": st.sampled_from([1, 2, 2, 1, 3]),
                    "depth_m": st.sampled_from([None, 0.0, 3.5, 500.0, 500.1, -0.1]),
                    "basin": st.sampled_from(["north", "south"]),
                    "number": st.integers(1, 4),
                }
            ),
            min_size=1,
            max_size=3,
        )
    )
    def test_the_database_and_python_refuse_the_same_frames(self, rows: list[dict[str, Any]]) -> None:
        frame = pd.DataFrame(rows).astype({"depth_m": float})
        try:
            validate(frame, Wells)
            refused = False
        except ContractError:
            refused = True
        assert bool(broken_rules(rows)) == refused

    @pytest.mark.parametrize("domain", DOMAINS)
    def test_every_rule_of_the_projects_contracts_is_sql_that_duckdb_understands(self, domain: str) -> None:
        for contract in domain_contracts(domain):
            connection = empty_table(contract)
            for violation in violations(describe(contract), unique_keys(contract)):
                assert connection.execute(f"select {violation['predicate']} from judged").fetchall() == []
            connection.close()


class TestStagedColumns:
    def test_a_staging_table_says_where_a_row_is_from_but_not_in_which_line(self) -> None:
        raw = next(c for c in domain_contracts("poverty") if table_name(c) == "poverty.raw_poverty_rates")
        names = [described.name for described in describe(raw)]
        assert [described.name for described in staged_columns(raw)] == [
            name for name in names if name not in ("file_name", "file_line")
        ]
        assert {"source", "is_synthetic"} <= {described.name for described in staged_columns(raw)}

    def test_uniqueness_is_left_out_and_every_other_rule_stays(self) -> None:
        rules = {violation["rule"] for violation in violations(describe(Wells))}
        staged = {violation["rule"] for violation in violations(staged_columns(Wells))}
        assert rules - staged == {"well_id is repeated"} and staged < rules


class TestProperties:
    @pytest.fixture(scope="class")
    def documented(self) -> dict[str, Any]:
        return properties(dbt_models())

    def test_every_model_of_the_project_is_documented_once(self, documented: dict[str, Any]) -> None:
        names = [model["name"] for model in documented["models"]]
        assert sorted(names) == sorted(table.split(".")[1] for table in dbt_models())

    def test_every_other_table_is_a_source_of_its_domain(self, documented: dict[str, Any]) -> None:
        assert [source["name"] for source in documented["sources"]] == list(DOMAINS)
        for source in documented["sources"]:
            assert (source["database"], source["schema"]) == ("lake", source["name"])
            # What is about persons is in the vault, where dbt does not reach.
            contracts = [contract for contract in domain_contracts(source["name"]) if not is_personal(contract)]
            tables = {table_name(contract) for contract in contracts}
            assert {f"{source['name']}.{table['name']}" for table in source["tables"]} == tables - set(dbt_models())

    def test_every_source_the_sql_names_is_there(self, documented: dict[str, Any]) -> None:
        known = {(source["name"], table["name"]) for source in documented["sources"] for table in source["tables"]}
        named = set()
        for path in (DBT_PROJECT / "models").rglob("*.sql"):
            text = path.read_text()
            named |= set(re.findall(r'source\("(\w+)", "(\w+)"\)', text))
            named |= {(domain, f"raw_{name}") for domain, name in re.findall(r'canonical\("(\w+)", "(\w+)"\)', text)}
        assert named and named <= known

    def test_a_table_becomes_a_source_when_dbt_no_longer_makes_it(self, documented: dict[str, Any]) -> None:
        without = properties([table for table in dbt_models() if table != "poverty.official_rates"])
        gone = {model["name"] for model in documented["models"]} - {model["name"] for model in without["models"]}
        poverty = next(source for source in without["sources"] if source["name"] == "poverty")
        assert gone == {"official_rates"} and "official_rates" in {table["name"] for table in poverty["tables"]}

    def test_each_model_has_one_test_with_a_name_of_its_own_that_its_rules_do_not_change(
        self, documented: dict[str, Any]
    ) -> None:
        names = []
        for model in documented["models"]:
            (test,) = model["data_tests"]
            names.append(test["conforms_to_contract"]["name"])
            assert test["conforms_to_contract"]["arguments"]["violations"]
        expected = [f"{table.replace('.', '_')}_conforms_to_contract" for table in dbt_models()]
        assert sorted(names) == sorted(expected)

    def test_only_marts_are_tested_for_repeated_keys(self, documented: dict[str, Any]) -> None:
        for model in documented["models"]:
            rules = [rule["rule"] for rule in model["data_tests"][0]["conforms_to_contract"]["arguments"]["violations"]]
            repeated = any("repeated" in rule for rule in rules)
            assert repeated != model["name"].startswith("stg_"), model["name"]

    def test_columns_carry_their_words_and_their_unit(self, documented: dict[str, Any]) -> None:
        rates = next(model for model in documented["models"] if model["name"] == "official_rates")
        columns = {described["name"]: described for described in rates["columns"]}
        assert columns["poverty_rate_pct"] == {
            "name": "poverty_rate_pct",
            "description": "People in monetary poverty. [%]",
            "data_type": "double",
            "meta": {"unit": "%"},
        }
        assert "meta" not in columns["area_id"]

    def test_words_and_columns_are_stored_in_the_lake(self, documented: dict[str, Any]) -> None:
        for model in documented["models"]:
            assert model["config"]["persist_docs"] == {"relation": True, "columns": True}
            assert model["description"] and all(described["description"] for described in model["columns"])

    def test_landed_tables_credit_their_publisher_and_licence_and_made_ones_nobody(
        self, documented: dict[str, Any]
    ) -> None:
        words = {
            f"{source['name']}.{table['name']}": table["description"]
            for source in documented["sources"]
            for table in source["tables"]
        }
        landed = [source for domain in DOMAINS for source in domain_sources(domain) if not source.is_personal]
        for source in landed:
            assert source.publisher in words[source.table] and f"Licence: {source.licence}." in words[source.table]
        credited = {table for table, text in words.items() if "Licence:" in text}
        assert credited == {source.table for source in landed}


class TestFiles:
    def test_models_are_named_by_their_first_folder_and_file(self, tmp_path: Path) -> None:
        for place in ("water/marts/wells.sql", "water/staging/stg_wells.sql", "aid/plans.sql", "water/notes.yml"):
            path = tmp_path / "models" / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("select 1")
        assert dbt_models(tmp_path) == ["aid.plans", "water.stg_wells", "water.wells"]

    def test_the_file_says_what_the_contracts_say(self, tmp_path: Path) -> None:
        write_properties(tmp_path / "contracts.yml")
        text = (tmp_path / "contracts.yml").read_text()
        assert text.startswith("# Written by `make manifest`")
        assert yaml.safe_load(text) == properties(dbt_models())

    def test_an_unchanged_file_is_not_touched_and_a_changed_one_is_mended(self, tmp_path: Path) -> None:
        path = tmp_path / "contracts.yml"
        write_properties(path)
        text = path.read_text()
        os.utime(path, (1, 1))
        write_properties(path)
        assert path.stat().st_mtime == 1
        path.write_text(text + "edited: by hand\n")
        write_properties(path)
        assert path.read_text() == text
