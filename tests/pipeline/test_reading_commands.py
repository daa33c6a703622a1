"""The commands of `socialai` that answer from what has been made: queries, listings, models, exports, documents."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.pipeline.command import Home

PREDICTIONS = "poverty.district_predictions"
MODEL = "poverty.district_model"


class TestSql:
    QUERY = f"SELECT area_id, name, round(estimate, 3) AS estimate FROM {PREDICTIONS} ORDER BY area_id LIMIT 3"

    def test_formats_give_the_same_rows(self, prepared: Home, tmp_path: Path) -> None:
        parquet = tmp_path / "rows.parquet"
        prepared.done("sql", self.QUERY, "--format", "parquet", "-o", str(parquet))
        expected = pd.read_parquet(parquet)
        assert list(expected.columns) == ["area_id", "name", "estimate"] and len(expected) == 3
        as_json = json.loads(prepared.done("sql", self.QUERY, "--format", "json"))
        assert as_json == expected.to_dict("records")
        csv = tmp_path / "rows.csv"
        csv.write_text(prepared.done("sql", self.QUERY, "--format", "csv"))
        pd.testing.assert_frame_equal(pd.read_csv(csv), expected)
        table = prepared.done("sql", self.QUERY)
        assert all(text in table for text in [*expected["area_id"], *expected["name"]])

    def test_as_of_sees_the_lake_as_it_was(self, home: Home) -> None:
        count = "SELECT count(*) FROM geography.raw_area_codes"
        before, snapshot = home.rows(count), home.rows("SELECT max(snapshot_id) FROM lake.snapshots()")[0][0]
        codes = home.path / "landing/geography/sample/area_codes.csv"
        codes.write_text("".join(codes.read_text().splitlines(keepends=True)[:20]))
        home.done("run", "--select", "geography/raw_area_codes")
        after = home.rows(count)
        assert int(after[0][0]) < int(before[0][0])
        then = home.done("sql", count, "--as-of", snapshot, "--format", "csv").splitlines()[1:]
        assert then == before[0]
        time_of = home.rows(f"SELECT snapshot_time FROM lake.snapshots() WHERE snapshot_id = {snapshot}")[0][0]
        then = home.done("sql", count, "--as-of", time_of, "--format", "csv").splitlines()[1:]
        assert then == before[0]

    @pytest.mark.parametrize(
        "statement",
        [
            f"DROP TABLE {PREDICTIONS}",
            f"DELETE FROM {PREDICTIONS}",
            "SELECT 1; SELECT 2",
            "SELECT * FROM read_text('/etc/hostname')",
            "ATTACH '/tmp/other.db'",
        ],
    )
    def test_anything_but_a_query_is_refused(self, prepared: Home, statement: str) -> None:
        assert "What to do" in prepared.refused("sql", statement)

    @pytest.mark.parametrize("arguments", [["SELECT 1", "--as-of", "999999"], ["SELECT 1", "--as-of", "noon"]])
    def test_a_moment_there_never_was_is_refused(self, prepared: Home, arguments: list[str]) -> None:
        assert "snapshots()" in prepared.refused("sql", *arguments)

    def test_mistakes_are_named(self, prepared: Home) -> None:
        assert "estimat" in prepared.refused("sql", f"SELECT estimat FROM {PREDICTIONS}")
        assert "poverty.nothing" in prepared.refused("sql", "FROM poverty.nothing")

    def test_a_reader_that_goes_away_is_no_error(self, prepared: Home) -> None:
        started = prepared.start("sql", "SELECT range FROM range(1000000)", "--format", "csv")
        assert started.process.stdout is not None
        started.wait_for("range")
        os.killpg(started.process.pid, signal.SIGPIPE)
        started.end()
        assert "Traceback" not in started.output


class TestListings:
    def test_tables_are_all_there_with_rows_and_meaning(self, prepared: Home) -> None:
        said = prepared.done("tables")
        lake = prepared.lake()
        names = lake.tables()
        lake.close()
        assert len(names) > 30
        for name in names:
            assert re.search(rf"{re.escape(name)} +│? *[\d,]+", said), name
        rows = prepared.rows(f"SELECT count(*) FROM {PREDICTIONS}")[0][0]
        assert re.search(rf"{re.escape(PREDICTIONS)} +│? *{rows} ", said)

    def test_names_are_whole_on_a_narrow_screen(self, prepared: Home) -> None:
        narrow = Home(prepared.path, {"COLUMNS": "80"})
        assert PREDICTIONS in narrow.done("tables")
        assert "poverty.satellite_night" in narrow.done("sources")
        assert MODEL in narrow.done("models", "list")

    def test_status_tells_where_and_how_fresh(self, prepared: Home) -> None:
        said = prepared.done("status")
        assert str(prepared.path) in said
        assert re.search(r"Sources +8 landed, of them synthetic: .*areas", said)
        assert re.search(r"Tables +\d+, last write \d{4}-\d\d-\d\d \d\d:\d\d UTC", said)
        assert re.search(r"Lake +\d+\.\d MB, \d+ snapshots, the oldest of \d{4}-\d\d-\d\d \d\d:\d\d UTC", said)
        assert re.search(r"geography\.quarantine: \d+ rows", said)
        assert f"{MODEL}: champion 1" in said


class TestModels:
    def test_show_gives_figures_and_data_as_json(self, prepared: Home) -> None:
        shown = json.loads(prepared.done("models", "show", MODEL))
        assert (shown["name"], shown["version"], shown["champion"]) == (MODEL, 1, True)
        served = prepared.rows(
            "SELECT value FROM poverty.model_scores WHERE is_served AND split = 'province' AND metric = 'r2' "
            "AND \"group\" = 'all'"
        )
        assert shown["metrics"]["r2_province"] == pytest.approx(float(served[0][0]))
        assert shown["tags"]["data_version_features"]

    def test_unknown_ones_are_named(self, prepared: Home) -> None:
        assert MODEL in prepared.refused("models", "show", "poverty.other")
        assert "no other champion" in prepared.refused("models", "rollback", MODEL)

    def test_an_export_is_one_folder_that_estimates(self, prepared: Home, tmp_path: Path) -> None:
        from socialai_assets.poverty.served_model import load_served

        folder = tmp_path / "exported"
        prepared.done("models", "export", MODEL, "-o", str(folder))
        names = {path.name for path in folder.iterdir()}
        assert {"README.md", "served.json", "out_of_sample.parquet"} <= names
        assert "synthetic" in (folder / "README.md").read_text().lower()
        assert not [path for path in folder.rglob("*") if path.suffix in (".pkl", ".joblib", ".pickle")]
        model = load_served(folder)
        lake = prepared.lake()
        features, made = lake.read_frame("poverty.district_features"), lake.read_frame(PREDICTIONS)
        lake.close()
        blocked = features.assign(block=features["admin2_id"])
        estimates = model.predict(blocked).merge(made, on="area_id", suffixes=("", "_made"))
        assert len(estimates) == len(made)
        assert estimates["estimate"].to_numpy() == pytest.approx(estimates["estimate_made"].to_numpy(), abs=0.006)
        assert str(folder) in prepared.refused("models", "export", MODEL, "-o", str(folder))

    def test_rollback_goes_back_and_the_next_run_applies_it(self, home: Home) -> None:
        home.done("run", "--select", "poverty/model_scores")
        assert "2" in re.findall(rf"{re.escape(MODEL)}\D+(\d+)", home.done("models", "list"))
        assert "version 2 is champion" in home.done("models", "rollback", MODEL, "--version", "2")
        assert json.loads(home.done("models", "show", MODEL))["version"] == 2
        assert home.rows(f"SELECT version FROM {MODEL}") == [["2"]]
        said = home.done("run")
        assert "poverty.district_predictions" in said and "poverty.model_scores" not in said
        assert home.rows(f"SELECT DISTINCT model_version FROM {PREDICTIONS}") == [["2"]]
        assert "version 1 is champion" in home.done("models", "rollback", MODEL)
        assert json.loads(home.done("models", "show", MODEL))["version"] == 1


class TestExport:
    @pytest.fixture(scope="class")
    def rows(self, prepared: Home) -> pd.DataFrame:
        lake = prepared.lake()
        frame = lake.read_frame(PREDICTIONS).sort_values("area_id", ignore_index=True)
        lake.close()
        return frame

    @pytest.mark.parametrize("format", ["geoparquet", "geojson", "gpkg"])
    def test_geographic_formats_carry_shapes(
        self, prepared: Home, rows: pd.DataFrame, tmp_path: Path, format: str
    ) -> None:
        import geopandas

        target = tmp_path / f"export.{'parquet' if format == 'geoparquet' else format}"
        assert f"{len(rows)} rows" in prepared.done("export", PREDICTIONS, "--format", format, "-o", str(target))
        read = geopandas.read_parquet(target) if format == "geoparquet" else geopandas.read_file(target)
        read = read.sort_values("area_id", ignore_index=True)
        assert read.crs is not None and read.crs.to_epsg() == 4326
        assert bool(read.geometry.is_valid.all()) and not bool(read.geometry.is_empty.any())
        assert list(read["area_id"]) == list(rows["area_id"])
        assert read["estimate"].to_numpy() == pytest.approx(rows["estimate"].to_numpy())

    def test_csv_and_parquet_give_every_column(self, prepared: Home, rows: pd.DataFrame, tmp_path: Path) -> None:
        csv, parquet = tmp_path / "a.csv", tmp_path / "a.parquet"
        prepared.done("export", PREDICTIONS, "-o", str(csv))
        prepared.done("export", PREDICTIONS, "--format", "parquet", "-o", str(parquet))
        for read in (pd.read_csv(csv), duckdb.sql(f"SELECT * FROM '{parquet}'").df()):
            read = read.sort_values("area_id", ignore_index=True)
            assert list(read.columns) == list(rows.columns)
            assert list(read["area_id"]) == list(rows["area_id"])
            assert read["upper"].to_numpy() == pytest.approx(rows["upper"].to_numpy())

    @pytest.mark.parametrize("table", ["poverty.nothing", "nothing", "geography.x; DROP"])
    def test_no_such_table_is_named(self, prepared: Home, tmp_path: Path, table: str) -> None:
        target = tmp_path / "x.csv"
        assert table in prepared.refused("export", table, "-o", str(target))
        assert not target.exists()

    def test_a_table_without_areas_has_no_map(self, prepared: Home, tmp_path: Path) -> None:
        target = str(tmp_path / "x.gpkg")
        assert "csv or parquet" in prepared.refused("export", "poverty.model_scores", "--format", "gpkg", "-o", target)


def test_docs_is_one_page_with_every_table_column_and_licence(home: Home, tmp_path: Path) -> None:
    home.done("docs", "-o", str(tmp_path / "docs"))
    page = (tmp_path / "docs" / "index.html").read_text()
    lake = home.lake()
    for table in lake.tables():
        assert table.split(".")[1] in page, table
        assert all(column in page for column in lake.columns(table)), table
    lake.close()
    assert "Licence: MIT" in page
