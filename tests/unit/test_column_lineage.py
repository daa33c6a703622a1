"""Tests of column lineage: which columns of its inputs each column of a SQL model comes from."""

from __future__ import annotations

import duckdb
import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot.errors import SqlglotError

from socialai_assets.catalog import DOMAINS, domain_contracts
from socialai_assets.factories.column_lineage import column_lineage, tables_read
from socialai_assets.factories.dbt_documentation import DBT_PROJECT, dbt_models, staged_columns
from socialai_assets.ingest.contract import describe, table_name

RATES = '"lake"."poverty"."rates"'
AREAS = '"lake"."geography"."areas"'
PARENTS = {
    "poverty.rates": {"area_id": "VARCHAR", "year": "BIGINT", "rate": "DOUBLE", "error": "DECIMAL(18,3)"},
    "geography.areas": {"area_id": "VARCHAR", "people": "BIGINT", "geometry": "GEOMETRY('OGC:CRS84')"},
}


def rates(*columns: str) -> list[tuple[str, str]]:
    return [("poverty.rates", column) for column in columns]


def areas(*columns: str) -> list[tuple[str, str]]:
    return [("geography.areas", column) for column in columns]


class TestOneTable:
    def test_a_renamed_column_comes_from_the_column_it_was(self) -> None:
        assert column_lineage(f"select area_id, rate as share from {RATES}", PARENTS) == {
            "area_id": rates("area_id"),
            "share": rates("rate"),
        }

    def test_an_expression_comes_from_every_column_in_it_once_and_in_order(self) -> None:
        sql = f"select case when year > 2000 then rate + error else rate end as bound from {RATES}"
        assert column_lineage(sql, PARENTS) == {"bound": rates("error", "rate", "year")}

    def test_constants_and_row_counts_come_from_nothing(self) -> None:
        assert column_lineage(f"select 'map' as made_by, count(*) as row_count from {RATES}", PARENTS) == {
            "made_by": [],
            "row_count": [],
        }

    def test_a_star_is_every_column_of_the_table(self) -> None:
        assert column_lineage(f"select * exclude (year) from {RATES}", PARENTS) == {
            name: rates(name) for name in ("area_id", "rate", "error")
        }

    def test_a_window_counts_with_what_it_is_ordered_and_parted_by(self) -> None:
        sql = f"select row_number() over (partition by area_id order by year desc) as place from {RATES}"
        assert column_lineage(sql, PARENTS) == {"place": rates("area_id", "year")}

    @pytest.mark.parametrize(
        "condition",
        ["where error < 1", "order by error", "qualify row_number() over (partition by area_id order by error) = 1"],
    )
    def test_columns_that_only_choose_or_order_rows_are_not_sources(self, condition: str) -> None:
        assert column_lineage(f"select rate from {RATES} {condition}", PARENTS) == {"rate": rates("rate")}

    def test_types_with_arguments_such_as_a_geometry_with_its_reference_system_are_read(self) -> None:
        assert column_lineage(f"select st_area(geometry) as surface from {AREAS}", PARENTS) == {
            "surface": areas("geometry")
        }

    def test_names_with_spaces_are_kept_whole(self) -> None:
        parents = {"poverty.rates": {"poverty rate": "DOUBLE"}}
        assert column_lineage(f'select "poverty rate" * 2 as doubled from {RATES}', parents) == {
            "doubled": rates("poverty rate")
        }

    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.sets(st.sampled_from(["year", "rate", "error"])), min_size=1, max_size=4))
    def test_every_output_column_has_exactly_the_columns_its_expression_names(self, used: list[set[str]]) -> None:
        terms = [" + ".join(["1", *sorted(columns)]) for columns in used]
        written = ", ".join(f"{term} as output_{number}" for number, term in enumerate(terms))
        expected = {f"output_{number}": rates(*sorted(columns)) for number, columns in enumerate(used)}
        assert column_lineage(f"select {written} from {RATES}", PARENTS) == expected


class TestSeveralTables:
    def test_a_join_tells_the_tables_apart(self) -> None:
        sql = f"select r.area_id, r.rate * a.people as poor from {RATES} r join {AREAS} a on a.area_id = r.area_id"
        assert column_lineage(sql, PARENTS) == {
            "area_id": rates("area_id"),
            "poor": [*areas("people"), *rates("rate")],
        }

    def test_a_column_joined_by_name_comes_from_both_tables(self) -> None:
        sql = f"select area_id, people from {RATES} full join {AREAS} using (area_id)"
        assert column_lineage(sql, PARENTS) == {
            "area_id": [*areas("area_id"), *rates("area_id")],
            "people": areas("people"),
        }

    def test_common_table_expressions_are_seen_through(self) -> None:
        sql = f"""
            with newest as (select area_id, max(year) as year, avg(rate) as level from {RATES} group by area_id),
            counted as (select newest.*, people from newest left join {AREAS} using (area_id))
            select area_id, level * people as poor, year as as_of from counted
        """
        lineage = column_lineage(sql, PARENTS)
        assert lineage["poor"] == [*areas("people"), *rates("rate")]
        assert lineage["as_of"] == rates("year")

    def test_a_table_named_like_a_common_table_expression_is_still_the_table(self) -> None:
        sql = f"with rates as (select area_id, rate from {RATES}) select rate from rates"
        assert column_lineage(sql, PARENTS) == {"rate": rates("rate")}

    def test_a_subquery_in_the_list_of_columns_counts(self) -> None:
        sql = f"select (select max(people) from {AREAS}) as most, rate from {RATES}"
        assert column_lineage(sql, PARENTS) == {"most": areas("people"), "rate": rates("rate")}

    def test_of_a_union_each_column_comes_from_its_place_in_both_halves(self) -> None:
        sql = f"select area_id, rate as value from {RATES} union all select area_id, people from {AREAS}"
        assert column_lineage(sql, PARENTS) == {
            "area_id": [*areas("area_id"), *rates("area_id")],
            "value": [*areas("people"), *rates("rate")],
        }

    def test_a_long_union_that_repeats_its_names_is_traced_through_every_part(self) -> None:
        part = f"select area_id as area, year as value from {RATES}"
        sql = f"{part} union all {part} union all select area_id as area, people as value from {AREAS}"
        assert column_lineage(sql, PARENTS)["value"] == [*areas("people"), *rates("year")]

    def test_a_long_union_takes_its_names_from_its_first_part(self) -> None:
        part = f"select area_id as area, year as value from {RATES}"
        sql = f"{part} union all {part} union all select area_id, people from {AREAS}"
        assert column_lineage(sql, PARENTS) == {
            "area": [*areas("area_id"), *rates("area_id")],
            "value": [*areas("people"), *rates("year")],
        }

    def test_of_a_union_by_name_each_column_comes_from_its_name_in_all_parts(self) -> None:
        sql = (
            f"select area_id, year from {RATES} union all by name select people, area_id from {AREAS} "
            f"union all by name (select rate as people, year from {RATES})"
        )
        assert column_lineage(sql, PARENTS) == {
            "area_id": [*areas("area_id"), *rates("area_id")],
            "year": rates("year"),
            "people": [*areas("people"), *rates("rate")],
        }

    def test_a_union_by_place_within_one_by_name_has_the_names_of_its_first_part(self) -> None:
        by_place = f"(select year as value, area_id from {RATES} union all select people, area_id from {AREAS})"
        sql = f"select area_id, rate as value from {RATES} union all by name {by_place}"
        assert column_lineage(sql, PARENTS) == {
            "area_id": [*areas("area_id"), *rates("area_id")],
            "value": [*areas("people"), *rates("rate", "year")],
        }

    def test_a_table_of_settings_comes_from_nothing(self) -> None:
        sql = "select * from (values ('a', 1), ('b', 2)) as settings (code, number)"
        assert column_lineage(sql, {}) == {"code": [], "number": []}

    def test_a_table_that_is_no_parent_is_left_out(self) -> None:
        sql = f'select r.rate, o.note from {RATES} r join "lake"."other"."notes" o on true'
        assert column_lineage(sql, PARENTS) == {"rate": rates("rate"), "note": []}


class TestUnreadable:
    @pytest.mark.parametrize("sql", ["select from where", f"select no_such_column from {RATES}"])
    def test_what_the_parser_does_not_know_is_an_error_of_the_parser(self, sql: str) -> None:
        with pytest.raises(SqlglotError):
            column_lineage(sql, PARENTS)


class TestTablesRead:
    MANIFEST = {
        "nodes": {"model.socialai.areas": {"schema": "geography", "name": "areas"}},
        "sources": {
            "source.socialai.poverty.raw_rates": {"schema": "poverty", "name": "raw", "identifier": "raw_rates"},
            "source.socialai.poverty.raw_tiles": {"schema": "poverty", "name": "raw_tiles", "identifier": None},
        },
    }

    def test_models_and_sources_are_named_by_schema_and_table_in_order(self) -> None:
        node = {
            "depends_on": {
                "nodes": [
                    "source.socialai.poverty.raw_tiles",
                    "model.socialai.areas",
                    "source.socialai.poverty.raw_rates",
                ]
            }
        }
        assert tables_read(node, self.MANIFEST) == ["poverty.raw_tiles", "geography.areas", "poverty.raw_rates"]

    def test_dependencies_that_are_no_tables_are_left_out(self) -> None:
        node = {"depends_on": {"nodes": ["macro.socialai.canonical", "model.socialai.areas"]}}
        assert tables_read(node, self.MANIFEST) == ["geography.areas"]
        assert tables_read({"depends_on": {"nodes": []}}, self.MANIFEST) == []


def contract_columns() -> dict[str, dict[str, str]]:
    """The columns of every table of the project, staging tables among them, by the contracts."""
    known: dict[str, dict[str, str]] = {}
    for domain in DOMAINS:
        for contract in domain_contracts(domain):
            table = table_name(contract)
            known[table] = {column.name: column.dtype for column in describe(contract)}
            if ".raw_" in table:
                known[table.replace(".raw_", ".stg_")] = {c.name: c.dtype for c in staged_columns(contract)}
    return known


def compiled_mart(table: str) -> tuple[str, dict[str, dict[str, str]]]:
    """A mart's SQL with its references filled in, and the columns of the tables it reads."""
    known, read = contract_columns(), {}

    def lake_table(schema: str, name: str) -> str:
        read[f"{schema}.{name}"] = known[f"{schema}.{name}"]
        return f'"lake"."{schema}"."{name}"'

    def ref(name: str) -> str:
        schema = next(made.split(".")[0] for made in dbt_models() if made.split(".")[1] == name)
        return lake_table(schema, name)

    schema, name = table.split(".")
    text = (DBT_PROJECT / "models" / schema / "marts" / f"{name}.sql").read_text()
    return jinja2.Template(text).render(ref=ref, source=lake_table), read


class TestTheProjectsOwnMarts:
    @pytest.mark.parametrize(
        "table",
        [
            "poverty.district_covariates",
            "poverty.official_rates",
            pytest.param(
                "poverty.input_sources",
            ),
            "geography.areas",
            "geography.natural_regions",
            "geography.places",
            "geography.area_codes",
        ],
    )
    def test_every_column_of_the_contract_is_traced(self, table: str) -> None:
        sql, read = compiled_mart(table)
        assert set(column_lineage(sql, read)) == set(contract_columns()[table])

    def test_no_covariate_comes_from_a_table_of_poverty_rates(self) -> None:
        sql, read = compiled_mart("poverty.district_covariates")
        lineage = column_lineage(sql, read)
        assert {table for sources in lineage.values() for table, _ in sources} == {
            "geography.areas",
            "poverty.stg_area_indicators",
        }
        assert lineage["dropout_rate_pct"] == [
            ("poverty.stg_area_indicators", "indicator"),
            ("poverty.stg_area_indicators", "value"),
        ]

    def test_the_columns_traced_are_those_duckdb_gives_in_its_order(self) -> None:
        sql, read = compiled_mart("poverty.district_covariates")
        types = {"string": "VARCHAR", "integer": "BIGINT"}
        connection = duckdb.connect()
        connection.execute("attach ':memory:' as lake")
        for table, columns in read.items():
            typed = ", ".join(f'"{name}" {types.get(kind, kind)}' for name, kind in columns.items())
            connection.execute(f"create schema if not exists lake.{table.split('.')[0]}")
            connection.execute(f"create table lake.{table} ({typed})")
        given_by_duckdb = [column[0] for column in connection.execute(sql).description or []]
        connection.close()
        assert list(column_lineage(sql, read)) == given_by_duckdb
