"""dbt's property file and manifest, written from the contracts, so that column docs and rules live there alone.

Run as `python -m socialai_assets.factories.dbt_documentation` (`make manifest`). Every contract whose table is a
model in `dbt_project/models` becomes that model's documentation and its test; every other one a dbt source.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from resources.errors import SocialAIError
from resources.settings import PROJECT
from socialai_assets.catalog import DOMAINS, domain_contracts, domain_sources
from socialai_assets.factories.tables import column_text, description
from socialai_assets.ingest.contract import ColumnDescription, Contract, describe, is_personal, table_name, unique_keys
from socialai_assets.ingest.sources import Source

DBT_PROJECT = PROJECT / "dbt_project"
PROPERTIES = DBT_PROJECT / "models" / "_contracts.yml"


def properties(models: Iterable[str]) -> dict[str, Any]:
    """The content of dbt's property file.

    Args:
        models: names `schema.table` of the tables that dbt makes.
    """
    made_by_dbt = set(models)
    documented: dict[str, Any] = {"version": 2, "models": [], "sources": []}
    for domain in DOMAINS:
        sources = {source.table: source for source in domain_sources(domain)}
        tables = []
        for contract in domain_contracts(domain):
            if is_personal(contract):
                # dbt does not reach into the vault: it writes what it runs, and what fails, in clear.
                continue
            table = table_name(contract)
            if table in made_by_dbt:
                documented["models"].append(_model(table, description(contract), describe(contract), contract))
            else:
                tables.append(_entry(table, _credited(contract, sources.get(table)), describe(contract)))
            staged = table.replace(".raw_", ".stg_")
            if staged != table and staged in made_by_dbt:
                text = f"{description(contract)} Rows of every source that feeds them."
                documented["models"].append(_model(staged, text, staged_columns(contract), contract))
        documented["sources"].append({"name": domain, "database": "lake", "schema": domain, "tables": tables})
    return documented


def staged_columns(contract: type[Contract]) -> list[ColumnDescription]:
    """The columns of a staging table: those of its canonical input, and where each row is from.

    Uniqueness is left to the mart: two sources may speak of the same area.
    """
    columns = [column for column in describe(contract) if column.name not in ("file_name", "file_line")]
    return [replace(column, unique=False) for column in columns]


def violations(columns: Iterable[ColumnDescription], keys: Iterable[Sequence[str]] = ()) -> list[dict[str, str]]:
    """A contract's rules as SQL predicates that are true for a row that breaks one.

    Args:
        columns: the contract's columns.
        keys: columns that together must be unique.
    """
    rules = []
    for key in keys:
        if len(key) > 1:
            names = ", ".join(f'"{name}"' for name in key)
            predicate = f"count(*) over (partition by {names}) > 1"
            rules.append({"rule": f"{', '.join(key)} together are repeated", "predicate": predicate})
    for column in columns:
        name = f'"{column.name}"'

        def rule(text: str, predicate: str, column: ColumnDescription = column) -> None:
            rules.append({"rule": f"{column.name} {text}", "predicate": predicate})

        if not column.nullable:
            rule("is missing", f"{name} is null")
        if column.unique:
            rule("is repeated", f"{name} is not null and count(*) over (partition by {name}) > 1")
        if column.minimum is not None:
            rule(f"is below {column.minimum}", f"{name} < {column.minimum}")
        if column.maximum is not None:
            rule(f"is above {column.maximum}", f"{name} > {column.maximum}")
        if column.allowed:
            values = ", ".join("'" + str(value).replace("'", "''") + "'" for value in column.allowed)
            rule("is not an allowed value", f"{name} not in ({values})")
        if column.pattern:
            pattern = column.pattern.replace("'", "''")
            rule(f"does not match {column.pattern}", f"not regexp_full_match({name}, '{pattern}')")
    return rules


def dbt_models(project: Path = DBT_PROJECT) -> list[str]:
    """Names `schema.table` of the models in the project: the first folder is the schema."""
    models = project / "models"
    return sorted(f"{path.relative_to(models).parts[0]}.{path.stem}" for path in models.rglob("*.sql"))


def write_properties(path: Path = PROPERTIES) -> None:
    """Write dbt's property file, if its content changed."""
    import yaml

    text = "# Written by `make manifest` from the domains' contracts; change those.\n" + yaml.safe_dump(
        properties(dbt_models()), sort_keys=False, allow_unicode=True, width=110
    )
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def parse() -> None:
    """Let dbt parse the project and write its manifest.

    Raises:
        SocialAIError: dbt refuses the project.
    """
    from dbt.cli.main import dbtRunner

    place = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    result = dbtRunner().invoke(["parse", "--quiet", "--no-partial-parse", *place])
    if not result.success:
        raise SocialAIError(f"dbt refuses the project: {result.exception}", where=str(DBT_PROJECT))


def _model(table: str, text: str, columns: Sequence[ColumnDescription], contract: type[Contract]) -> dict[str, Any]:
    """A model's documentation, and its contract as one test."""
    keys = unique_keys(contract) if table == table_name(contract) else []
    # A fixed name: dbt would make one of all rules, and a changed contract would then be a check that never ran.
    name = f"{table.replace('.', '_')}_conforms_to_contract"
    test = {"conforms_to_contract": {"name": name, "arguments": {"violations": violations(columns, keys)}}}
    persisted = {"persist_docs": {"relation": True, "columns": True}}
    return {**_entry(table, text, columns), "data_tests": [test], "config": persisted}


def _entry(table: str, text: str, columns: Sequence[ColumnDescription]) -> dict[str, Any]:
    documented = [
        {
            "name": column.name,
            "description": column_text(column),
            "data_type": column.dtype,
            **({"meta": {"unit": column.unit}} if column.unit else {}),
        }
        for column in columns
    ]
    return {"name": table.split(".")[1], "description": text, "columns": documented}


def _credited(contract: type[Contract], source: Source | None) -> str:
    """A table's description, for a landed one with its publisher and licence."""
    if source is None:
        return description(contract)
    return f"{description(contract)} {source.title}; {source.publisher}. Licence: {source.licence}. {source.url}"


def main() -> int:
    """Write the property file and the manifest."""
    try:
        write_properties()
        parse()
    except SocialAIError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
