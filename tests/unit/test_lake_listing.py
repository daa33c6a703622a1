"""What the catalogue says of all tables: the same as the tables themselves say, whichever way they were written."""

from __future__ import annotations

import pandas as pd

from resources.empty_tables import give_statistics
from resources.lake import Lake
from resources.lake_listing import listed_tables
from resources.lake_transaction import transaction


def things(rows: int, source: str = "a") -> pd.DataFrame:
    return pd.DataFrame({"thing_id": range(rows), "source_name": [source] * rows})


def test_tables_are_listed_with_what_they_hold(lake: Lake) -> None:
    assert listed_tables(lake) == []
    lake.replace("water.things", things(20), author="test", comments={"source_name": "where from"}, description="Some.")
    lake.replace("water.things", things(3), author="test", comments={}, description="Few.")
    lake.replace("aid.others", things(200), author="test", comments={})
    others, few = listed_tables(lake)
    assert (others.name, others.rows, others.description) == ("aid.others", 200, "")
    assert (few.name, few.rows, few.description) == ("water.things", 3, "Few.")
    assert others.written is not None and few.written is not None and others.written >= few.written


def test_rows_that_were_replaced_in_part_are_not_counted_twice(lake: Lake) -> None:
    for rows in (50, 7):
        for source in ("a", "b"):
            part = things(rows, source)
            lake.replace_rows("water.parts", part, column="source_name", value=source, author="test")
    assert [table.rows for table in listed_tables(lake)] == [14] == [lake.read("water.parts").num_rows]


def test_a_table_that_never_had_a_row_has_none(lake: Lake) -> None:
    with transaction(lake, table="water.none", author="test") as cursor:
        cursor.execute("CREATE SCHEMA lake.water")
        cursor.execute("CREATE TABLE lake.water.none (thing_id BIGINT)")
    give_statistics(lake, "water.none")
    assert [(table.name, table.rows) for table in listed_tables(lake)] == [("water.none", 0)]
