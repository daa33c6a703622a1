"""Legitimate queries through `resources.query`: dialect, snapshots, time limits, output forms, a writer at work."""

from __future__ import annotations

import csv
import datetime
import io
import json
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from resources import duckdb_extensions
from resources.errors import LakeError, QueryRefused, SocialAIError
from resources.lake_location import LakeLocation, attach
from resources.query import run_query, write_result

AREAS = """CREATE TABLE lake.geography.areas AS SELECT i AS area_id, 'n' || i % 3 AS kind, i * 1.5 AS size,
           ST_Point(i, -i) AS centre, '2024-01-01'::DATE + i::INTEGER AS founded FROM range(30) t(i)"""


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> LakeLocation:
    home = tmp_path_factory.mktemp("home")
    location = LakeLocation(f"sqlite:{home}/catalog.sqlite", f"{home}/data/")
    connection = duckdb.connect()
    attach(connection, location)
    duckdb_extensions.load(connection, "spatial")
    connection.execute("CREATE SCHEMA lake.geography; CREATE SCHEMA lake.water")
    connection.execute(AREAS)
    connection.execute("CREATE TABLE lake.water.points AS SELECT i AS point_id, i % 5 AS area_id FROM range(10) t(i)")
    connection.execute("INSERT INTO lake.geography.areas (area_id, kind) VALUES (99, 'late')")
    connection.execute(
        "CREATE VIEW lake.water.per_area AS FROM lake.water.points SELECT area_id, count(*) AS n GROUP BY ALL"
    )
    connection.close()
    return location


QUERIES = [
    ("SELECT count(*) FROM geography.areas", [(31,)]),
    ("SELECT count(*) FROM lake.geography.areas;", [(31,)]),
    ("select COUNT(*) from GEOGRAPHY.Areas -- trailing", [(31,)]),
    ("/* leading */ FROM geography.areas SELECT area_id ORDER BY 1 LIMIT 2", [(0,), (1,)]),
    ("VALUES (1, 'a;b'), (2, '--')", [(1, "a;b"), (2, "--")]),
    ("SELECT 1 AS \"drop table x\"", [(1,)]),
    ("WITH t AS (FROM geography.areas), u AS (FROM t) SELECT max(area_id) FROM u", [(99,)]),
    ("WITH T AS MATERIALIZED (SELECT 1 AS x) SELECT x, (SELECT max(x) FROM t) FROM t", [(1, 1)]),
    ("WITH RECURSIVE t AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM t WHERE i < 3) FROM t", [(1,), (2,), (3,)]),
    ("SELECT area_id, rank() OVER (ORDER BY size DESC) FROM geography.areas WHERE size > 42 ORDER BY 2", [(29, 1)]),
    ("SELECT kind FROM geography.areas QUALIFY row_number() OVER (PARTITION BY kind ORDER BY area_id) = 1 ORDER BY 1",
     [("late",), ("n0",), ("n1",), ("n2",)]),
    ("SELECT 1 UNION SELECT 2 INTERSECT SELECT 2 EXCEPT SELECT 2", [(1,)]),
    ("SELECT count(*) FROM geography.areas a JOIN water.points p USING (area_id)", [(10,)]),
    ("SELECT a.area_id FROM geography.areas a ASOF JOIN water.points p ON a.area_id >= p.point_id LIMIT 0", []),
    ("SELECT area_id FROM geography.areas WHERE area_id IN (SELECT max(area_id) FROM water.points)", [(4,)]),
    ("SELECT x.n FROM geography.areas a, LATERAL (SELECT a.area_id * 2 AS n) x WHERE a.area_id = 4", [(8,)]),
    ("SELECT sum(size) FILTER (kind = 'n0')::DOUBLE FROM geography.areas", [(202.5,)]),
    ("SELECT n FROM water.per_area WHERE area_id = 0", [(2,)]),
    ("SELECT * EXCLUDE (centre, founded) REPLACE (size::INTEGER AS size) FROM geography.areas WHERE area_id = 2",
     [(2, "n2", 3)]),
    ("SELECT COLUMNS('area.*') FROM geography.areas LIMIT 1", [(0,)]),
    ("SELECT DISTINCT ON (kind) kind FROM geography.areas ORDER BY kind LIMIT 1", [("late",)]),
    ("SELECT list_transform([1, 2], lambda x: x + 1), [x * 2 FOR x IN [1, 2] IF x > 1]", [([2, 3], [4])]),
    ("SELECT {'a': 1}.a, MAP {'k': 2}['k'], [3][1], '2024-01-31'::DATE + INTERVAL 1 MONTH",
     [(1, 2, 3, datetime.datetime(2024, 2, 29))]),
    ("SELECT count(*) FROM range(5), generate_series(1, 2), unnest([1, 2])", [(20,)]),
    ("SELECT ST_AsText(ST_Centroid(ST_Collect([ST_Point(0, 0), ST_Point(2, 2)])))", [("POINT (1 1)",)]),
    ("SELECT round(ST_X(ST_Transform(centre, 'EPSG:4326', 'EPSG:3857', always_xy := true)))::BIGINT "
     "FROM geography.areas WHERE area_id = 1", [(111319,)]),
    ("SELECT column_name FROM (DESCRIBE geography.areas) LIMIT 2", [("area_id",), ("kind",)]),
    ("SELECT column_name, max FROM (SUMMARIZE geography.areas) LIMIT 1", [("area_id", "99")]),
    ("SELECT count(*) FROM geography.areas AT (VERSION => 3)", [(30,)]),
    ("SELECT count(*) FROM geography.areas AT (TIMESTAMP => now())", [(31,)]),
    ("SELECT max(snapshot_id) FROM lake.snapshots()", [(6,)]),
    ("SELECT count(*) FROM ducklake_snapshots('lake')", [(7,)]),
    ("SELECT area_id, change_type FROM ducklake_table_changes('lake', 'geography', 'areas', 5, 5)", [(99, "insert")]),
    ("SELECT area_id FROM lake.geography.table_changes('areas', 5, 5)", [(99,)]),
    ("SELECT table_name FROM information_schema.tables WHERE table_schema = 'geography'", [("areas",)]),
    ("SHOW TABLES FROM geography", [("areas",)]),
    ("PIVOT (SELECT kind, area_id < 10 AS low FROM geography.areas) ON kind IN ('n0', 'n1') "
     "USING count(*) ORDER BY ALL",
     [(False, 6, 7), (True, 4, 3)]),
    ("UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b INTO NAME k VALUE v", [("a", 1), ("b", 2)]),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), QUERIES, ids=range(len(QUERIES)))
def test_query_answers(location: LakeLocation, statement: str, expected: list[tuple]) -> None:
    with run_query(location, statement) as result:
        rows = result.fetchall()
    assert rows == expected if "ORDER" in statement else sorted(rows, key=str) == sorted(expected, key=str)


PIVOTS = [
    "PIVOT geography.areas ON kind USING count(*) GROUP BY founded ORDER BY ALL",
    "PIVOT geography.areas ON area_id % 12 USING sum(area_id) GROUP BY kind ORDER BY ALL",
    "PIVOT geography.areas ON kind, area_id < 10 USING count(*) AS n, max(size) AS s GROUP BY founded ORDER BY ALL",
    "PIVOT geography.areas ON kind IN ('n1'), area_id < 10 USING count(*) GROUP BY founded ORDER BY ALL",
    "WITH t AS (FROM geography.areas WHERE area_id < 7) PIVOT t ON kind USING count(*) GROUP BY founded ORDER BY ALL",
    "FROM (PIVOT geography.areas ON /* here */ kind -- ñ\n USING count(*) GROUP BY founded) ORDER BY ALL",
    "PIVOT (SELECT kind, '''' || kind AS q FROM geography.areas) ON q USING count(*) GROUP BY kind ORDER BY ALL;",
]


@pytest.mark.parametrize("statement", PIVOTS, ids=range(len(PIVOTS)))
def test_pivot_over_values_from_the_data_is_duckdbs_own(location: LakeLocation, statement: str) -> None:
    connection = duckdb.connect()
    attach(connection, location, read_only=True)
    connection.execute("USE lake")
    native = connection.execute(statement)
    columns = [column[0] for column in native.description or []]
    rows = native.fetchall()
    connection.close()
    with run_query(location, statement) as result:
        assert result.columns == columns
        assert result.fetchall() == rows


@pytest.mark.parametrize("prefix", ["EXPLAIN", "explain analyze", "EXPLAIN (FORMAT json)", "/* x */ EXPLAIN (ANALYZE)"])
def test_explain(location: LakeLocation, prefix: str) -> None:
    with run_query(location, f"{prefix} SELECT kind FROM geography.areas") as result:
        ((_, plan),) = result.fetchall()
    assert "kind" in plan and "SCAN" in plan


def test_explain_of_a_pivot_over_values_from_the_data(location: LakeLocation) -> None:
    with run_query(location, f"EXPLAIN {PIVOTS[0]}") as result:
        ((_, plan),) = result.fetchall()
    assert "late" in plan


def test_as_of_shows_the_lake_as_it_was(location: LakeLocation, monkeypatch: pytest.MonkeyPatch) -> None:
    count = "SELECT count(*) FROM geography.areas"
    with run_query(location, "SELECT snapshot_id, snapshot_time FROM lake.snapshots() ORDER BY 1") as result:
        times = dict(result.fetchall())
    assert _one(location, count, as_of="3") == 30
    assert _one(location, count, as_of="5") == 31
    # The machine's own zone must not matter, nor in which zone the time is written.
    monkeypatch.setenv("TZ", "America/Lima")
    time.tzset()
    lima = datetime.timezone(datetime.timedelta(hours=-5))
    try:
        for moment in (times[3].astimezone(lima).isoformat(), times[3].replace(tzinfo=None).isoformat(sep=" ")):
            assert _one(location, count, as_of=moment) == 30
        assert _one(location, count, as_of=(times[5] + datetime.timedelta(days=1)).isoformat()) == 31
    finally:
        monkeypatch.undo()
        time.tzset()


def test_as_of_before_a_table_existed_knows_no_such_table(location: LakeLocation) -> None:
    with pytest.raises(QueryRefused, match="no table of the lake"):
        run_query(location, "FROM geography.areas", as_of="2")


@pytest.mark.parametrize("as_of", ["yesterday", "", "3; DROP", "-1", "4711", "1999-01-01"])
def test_unknown_moment_is_refused(location: LakeLocation, as_of: str) -> None:
    with pytest.raises(QueryRefused, match="snapshot"):
        run_query(location, "SELECT 1", as_of=as_of)


def test_no_lake_yet_says_so(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="There is no lake yet"):
        run_query(LakeLocation(f"sqlite:{tmp_path}/none.sqlite", f"{tmp_path}/data/"), "SELECT 1")
    assert not list(tmp_path.iterdir())


def test_slow_query_is_stopped(location: LakeLocation) -> None:
    endless = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b"
    with pytest.raises(LakeError, match=r"stopped after 0\.3 s"):
        run_query(location, endless, timeout_seconds=0.3).fetchall()


def test_memory_limit_holds_and_nothing_spills(location: LakeLocation) -> None:
    hungry = "SELECT list(md5(range::VARCHAR)) FROM range(4000000)"
    with pytest.raises(LakeError, match="more memory"):
        run_query(location, hungry, memory_limit="60MB").fetchall()


def test_a_wrong_column_is_an_error_to_act_on(location: LakeLocation) -> None:
    with pytest.raises(LakeError, match="nonsense"):
        run_query(location, "SELECT nonsense FROM geography.areas")


VALUES = """SELECT 1 AS a, 'x,"y"' AS b, NULL AS c, 'nan'::DOUBLE AS d, 1.50::DECIMAL(4, 2) AS e, [1, 2] AS f,
            true AS g, '2024-02-29'::DATE AS h, ST_Point(1, 2) AS i, 'é' AS a,
            '2024-01-01 00:00:00-05'::TIMESTAMPTZ AS j, '\\xAB'::BLOB AS k; -- end"""


def test_csv(location: LakeLocation) -> None:
    stream = io.StringIO()
    write_result(run_query(location, VALUES), "csv", stream)
    header, row = csv.reader(io.StringIO(stream.getvalue()))
    assert header == ["a", "b", "c", "d", "e", "f", "g", "h", "i", "a", "j", "k"]
    assert row == ["1", 'x,"y"', "", "nan", "1.50", "[1, 2]", "true", "2024-02-29", "POINT (1 2)", "é",
                   "2024-01-01 05:00:00+00:00", "ab"]  # fmt: skip


def test_json(location: LakeLocation) -> None:
    stream = io.StringIO()
    write_result(run_query(location, VALUES), "json", stream)
    (record,) = json.loads(stream.getvalue())
    assert record == {
        "a": 1, "b": 'x,"y"', "c": None, "d": None, "e": 1.5, "f": [1, 2], "g": True, "h": "2024-02-29",
        "i": "POINT (1 2)", "a_1": "é", "j": "2024-01-01T05:00:00+00:00", "k": "ab",
    }  # fmt: skip
    empty = io.StringIO()
    write_result(run_query(location, "SELECT 1 WHERE false"), "json", empty)
    assert json.loads(empty.getvalue()) == []


def test_table(location: LakeLocation, capsys: pytest.CaptureFixture[str]) -> None:
    write_result(run_query(location, "SELECT area_id, kind FROM geography.areas ORDER BY ALL LIMIT 2"))
    assert capsys.readouterr().out == "area_id  kind\n───────  ────\n      0  n0\n      1  n1\n(2 rows)\n"
    write_result(run_query(location, "FROM range(100000000)"))
    assert capsys.readouterr().out.endswith("(first 1,000 rows; csv, json and parquet give all)\n")


def test_parquet(location: LakeLocation, tmp_path: Path) -> None:
    file = tmp_path / "out.parquet"
    write_result(run_query(location, "FROM geography.areas ORDER BY area_id"), "parquet", file)
    connection = duckdb.connect()
    duckdb_extensions.load(connection, "spatial")
    rows = connection.execute(f"SELECT count(*), sum(area_id), max(kind) FROM '{file}'").fetchall()
    assert rows == [(31, 534, "n2")]


def test_failed_output_leaves_the_old_file(location: LakeLocation, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("old")
    late = "SELECT CASE WHEN range = 90000 THEN error('late') ELSE range END FROM range(100000)"
    with pytest.raises(LakeError, match="late"):
        write_result(run_query(location, late), "csv", file)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]
    with pytest.raises(SocialAIError, match="no output format"):
        write_result(run_query(location, "SELECT 1"), "xml", file)  # type: ignore[arg-type]


WRITER = """
import sys, duckdb
from resources.lake_location import LakeLocation, attach
connection = duckdb.connect()
attach(connection, LakeLocation(sys.argv[1], sys.argv[2]))
connection.execute("CREATE OR REPLACE TABLE lake.water.log AS SELECT 0 AS round, 0 AS twin")
print("ready", flush=True)
for number in range(1, 10_000):
    connection.execute("BEGIN")
    connection.execute(f"INSERT INTO lake.water.log SELECT {number}, range FROM range(1000)")
    connection.execute(f"UPDATE lake.water.log SET twin = -1 WHERE round = {number} AND twin < 500")
    connection.execute("COMMIT")
    print(number, flush=True)
"""


def test_readers_work_while_another_process_writes(tmp_path: Path) -> None:
    location = LakeLocation(f"sqlite:{tmp_path}/catalog.sqlite", f"{tmp_path}/data/")
    connection = duckdb.connect()
    attach(connection, location)
    connection.execute("CREATE SCHEMA lake.water")
    connection.close()
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, location.catalog, location.data_path],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert writer.stdout is not None
    try:
        assert writer.stdout.readline() == "ready\n"
        seen = []
        for _ in range(6):
            writer.stdout.readline()
            with run_query(
                location, "SELECT max(round), count(*), count(*) FILTER (twin < 0) FROM water.log"
            ) as result:
                ((rounds, rows, changed),) = result.fetchall()
            # Whole transactions only: neither an insert without its update nor half of either.
            assert (rows, changed) == (1 + 1000 * rounds, 500 * rounds)
            seen.append(rounds)
        assert writer.poll() is None
        assert seen == sorted(seen) and seen[-1] > seen[0]
    finally:
        writer.kill()
        writer.wait()


def test_imports_stay_light(location: LakeLocation) -> None:
    code = (
        "import sys; from resources.lake_location import LakeLocation\n"
        "from resources.query import run_query, write_result\n"
        "write_result(run_query(LakeLocation(*sys.argv[1:]), 'FROM geography.areas LIMIT 1'))\n"
        "heavy = {'dagster', 'pandas', 'numpy', 'pyarrow', 'pydantic', 'sqlglot'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run(
        [sys.executable, "-c", code, location.catalog, location.data_path],
        check=True, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _one(location: LakeLocation, statement: str, *, as_of: str) -> object:
    with run_query(location, statement, as_of=as_of) as result:
        ((value,),) = result.fetchall()
    return value
