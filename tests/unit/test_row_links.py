"""Which rows of an input a row rests on: what follows from keys, and what the domains' files state."""

from __future__ import annotations

from pathlib import Path

import pytest

from resources.errors import ContractError
from socialai_assets.tracing.row_links import DeclaredLinks, Table, keys_of_tables, rules


def table(columns: str, *keys: tuple[str, ...], layer: str = "mart") -> Table:
    kinds = {name: "DATE" if name in ("day", "week_start") else "VARCHAR" for name in columns.split()}
    return Table("x.table", kinds, keys, layer)


def conditions(child: Table, parent: Table, declared: str | None = None) -> list[str]:
    return [rule.condition for rule in rules(child, parent, declared)]


def test_the_inputs_whole_key_is_enough() -> None:
    child = table("area_id admin1_id estimate", ("area_id",))
    parent = table("area_id admin1_id value", ("area_id",))
    assert conditions(child, parent) == ["parent.area_id = child.area_id"]


def test_a_total_rests_on_the_rows_of_its_own_key() -> None:
    child = table("site_id depot_id people", ("site_id",))
    parent = table("delivery_id site_id depot_id", ("delivery_id",))
    assert conditions(child, parent) == ["parent.site_id = child.site_id"]


def test_days_are_dropped_where_none_is_the_same() -> None:
    child = table("camp_id week_start people", ("camp_id", "week_start"))
    parent = table("camp_id week_start people", ("camp_id", "week_start"))
    assert conditions(child, parent) == [
        "parent.camp_id IS NOT DISTINCT FROM child.camp_id AND parent.week_start IS NOT DISTINCT FROM child.week_start",
        "parent.camp_id = child.camp_id",
    ]


def test_a_place_is_found_under_another_name() -> None:
    stops = table("convoy_id place_id", ("convoy_id",))
    assert conditions(stops, table("camp_id name", ("camp_id",)))[0] == "parent.camp_id IN (child.place_id)"
    plan = table("scenario place_id depot_id", ("scenario", "place_id", "depot_id"))
    assert conditions(plan, table("from_id to_id km", ("from_id", "to_id")))[0] == (
        "(parent.from_id IN (child.place_id, child.depot_id) AND parent.to_id IN (child.place_id, child.depot_id))"
    )


def test_generic_columns_make_no_row_anothers_origin() -> None:
    child = table("area_id source is_synthetic", ("area_id",))
    assert conditions(child, table("x y source is_synthetic", ("x", "y"))) == []
    assert conditions(child, table("input rule source", ("input", "rule", "source"))) == []


def test_a_staged_row_first_asks_for_rows_of_its_source() -> None:
    child = table("area_id source", ("area_id",), layer="staging")
    parent = table("area_id source file_name file_line", ("area_id",), layer="raw")
    assert conditions(child, parent) == [
        "parent.area_id = child.area_id AND parent.source = child.source",
        "parent.area_id = child.area_id",
    ]


def test_what_is_stated_goes_before_keys() -> None:
    child, parent = table("area_id", ("area_id",)), table("area_id", ("area_id",))
    assert conditions(child, parent, "parent.code = child.area_id") == ["parent.code = child.area_id"]


def test_the_domains_files_name_tables_that_have_contracts() -> None:
    assert DeclaredLinks.of_domains().tables() <= set(keys_of_tables())


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    (tmp_path / "aid").mkdir()
    (tmp_path / "aid" / "row_links.yaml").write_text("aid.sites: [aid.stg_sites]\n")
    with pytest.raises(ContractError, match="does not map tables"):
        DeclaredLinks.of_domains(tmp_path)
