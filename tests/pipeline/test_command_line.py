"""The commands of `socialai` that make something, as their user meets them: what they print, leave, how they end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from socialai_assets.catalog import all_sources
from socialai_assets.cli import app
from socialai_assets.ingest.contract import landed_columns
from socialai_assets.ingest.sources import Source
from socialai_assets.sampling import NEVER_DRAWN
from tests.pipeline.command import Home, edit_csv

PREDICTIONS = "poverty.district_predictions"
MODEL = "poverty.district_model"
COMMANDS = [
    ["run"], ["sample"], ["land"], ["fetch"], ["sources"], ["sources", "template"], ["sql"], ["tables"], ["status"],
    ["export"], ["ui"], ["docs"], ["models"], ["models", "list"], ["models", "show"], ["models", "export"],
    ["models", "approve"], ["models", "reject"], ["models", "rollback"],
    ["move"], ["tidy"], ["backup"], ["restore"], ["alerts"], ["alerts", "list"], ["alerts", "acknowledge"],
    ["alerts", "test"], ["experiment"], ["trace"], ["refugees"], ["refugees", "override"],
    ["water"], ["water", "simulate"], ["water", "ingest"], ["water", "schema"], ["water", "acknowledge"],
    ["children"], ["children", "show"], ["children", "log"], ["children", "people"], ["children", "forget"],
    ["children", "acknowledge"], ["serve"], ["stop"],
    ["users"], ["users", "add"], ["users", "list"], ["users", "grant"], ["users", "revoke"], ["users", "password"],
    ["users", "disable"], ["users", "enable"], ["users", "key"], ["users", "key", "add"], ["users", "key", "list"],
    ["users", "key", "revoke"], ["users", "rotate"], ["webhooks"], ["webhooks", "list"], ["webhooks", "test"],
]  # fmt: skip


class TestHelp:
    def test_names_every_command_and_no_other(self) -> None:
        listed = set(re.findall(r"^│ (\w+) ", CliRunner().invoke(app, ["--help"]).output, re.MULTILINE))
        assert listed == {command[0] for command in COMMANDS}

    @pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
    def test_of_a_command_explains_it(self, command: list[str]) -> None:
        answer = CliRunner().invoke(app, [*command, "--help"])
        assert answer.exit_code == 0
        usage, explanation, *_ = (line for line in answer.output.splitlines() if line.strip())
        assert " ".join(command) in usage
        assert len(re.findall(r"\w+", explanation)) > 3

    @pytest.mark.parametrize(
        "arguments",
        [["nonsense"], ["sql"], ["export", PREDICTIONS, "--format", "dbf"], ["models", "show"], ["ui", "--port", "x"]],
        ids=" ".join,
    )
    def test_is_pointed_to_where_the_usage_is_wrong(self, arguments: list[str], new_home: Home) -> None:
        answer = new_home.socialai(*arguments)
        assert answer.code == 2
        assert "--help" in answer.err and "Traceback" not in answer.err
        assert not new_home.path.exists()


class TestRun:
    def test_a_second_run_finds_everything_up_to_date(self, home: Home) -> None:
        before = home.rows("SELECT max(snapshot_id) FROM lake.snapshots()")
        said = home.done("run")
        assert "Everything is up to date." in said
        assert "SYNTHETIC" in said
        assert str(home.path / "published" / "poverty" / "district_poverty.html") in said
        assert home.rows("SELECT max(snapshot_id) FROM lake.snapshots()") == before

    def test_of_a_selection_makes_that_and_nothing_else(self, home: Home) -> None:
        said = home.done("run", "--select", "poverty.picture_statistics")
        assert re.findall(r"\d+/\d+ (\S+)", said) == ["poverty.picture_statistics"]

    @pytest.mark.parametrize("selection", ["nonsense/x", "group:nothing"])
    def test_of_nonsense_tells_what_to_write(self, prepared: Home, selection: str) -> None:
        message = prepared.refused("run", "--select", selection)
        assert "What to do" in message and "group:poverty" in message

    def test_progress_names_each_table_once_with_its_rows(self, home: Home) -> None:
        edit_csv(home.path / "landing/geography/sample/area_codes.csv", lambda row: None)
        codes = home.path / "landing/geography/sample/area_codes.csv"
        codes.write_text("".join(codes.read_text().splitlines(keepends=True)[:-1]))
        said = home.done("run")
        made = re.findall(r"^ *(\d+)/(\d+) (\S+) +([\d,]+) rows", said, re.MULTILINE)
        names = [name for *_, name, _ in made]
        assert names == ["geography.raw_area_codes", "geography.stg_area_codes", "geography.area_codes"]
        assert [int(number) for number, *_ in made] == [1, 2, 3]
        rows = home.rows("SELECT count(*) FROM geography.area_codes")[0][0]
        assert made[-1][-1].replace(",", "") == rows


class TestSettings:
    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("SOCIALAI_SAMPEL", "all", "Did you mean `sample`?"),
            ("SOCIALAI_SAMPLE", "some", "'missing', 'all' or 'none'"),
            ("SOCIALAI_THREADS", "many", "`threads`"),
            ("SOCIALAI_LANDING", "/no/such/folder", "/no/such/folder"),
        ],
    )
    @pytest.mark.parametrize("command", [["run"], ["sql", "SELECT 1"]], ids=" ".join)
    def test_a_wrong_one_stops_the_start_with_its_name(
        self, new_home: Home, command: list[str], name: str, value: str, said: str
    ) -> None:
        message = Home(new_home.path, {name: value}).refused(*command)
        assert said in message and name in message
        assert not new_home.path.exists()


class TestSample:
    def test_the_same_seed_gives_the_same_files_flagged_as_sample(self, new_home: Home, tmp_path: Path) -> None:
        said = new_home.done("sample", "--scale", "0.2", "--seed", "7")
        other = Home(tmp_path / "other")
        other.done("sample", "--scale", "0.2", "--seed", "7")
        files = landed(new_home)
        assert files and files == landed(other)
        assert all("/sample/" in name for name in files)
        assert str(new_home.path / "landing") in said
        other.done("sample", "--scale", "0.2", "--seed", "8")
        assert landed(other) != files

    @pytest.mark.parametrize("arguments", [["--scale", "0"], ["--scale", "-1"], ["--scale", "1000"], ["--seed", "-1"]])
    def test_an_impossible_country_is_refused(self, new_home: Home, arguments: list[str]) -> None:
        answer = new_home.socialai("sample", *arguments)
        assert answer.code == 2
        assert arguments[0] in answer.err and "Traceback" not in answer.err
        assert landed(new_home) == {}


class TestLand:
    HEAD = "area_id,level,name,parent_id,population,area_km2,altitude_m,capital,latitude,longitude,natural_region\n"
    AREAS = HEAD + "A,admin1,Alpha,,1000,,,,,,\nB,admin2,Beta,A,many,,,,,,\n"
    UNKNOWN = ("parent_id", "altitude_m", "capital", "latitude", "longitude", "natural_region")

    def test_a_canonical_file_says_what_is_accepted(self, new_home: Home, tmp_path: Path) -> None:
        file = tmp_path / "areas.csv"
        file.write_text(self.AREAS)
        said = new_home.done("land", str(file), "--as", "geography.areas")
        assert "1 rows accepted, 1 to quarantine" in said
        assert "line 3" in said and "population" in said
        assert (new_home.path / "landing/geography/areas/areas.csv").read_text() == self.AREAS
        assert re.search(r"geography\.areas .*1 file", new_home.done("sources"))

    def test_another_shape_goes_through_its_mapping(self, new_home: Home, tmp_path: Path) -> None:
        file, mapping = tmp_path / "statistics.csv", tmp_path / "mapping.yaml"
        file.write_text("CODE;NAME_1;MEN;WOMEN;HECTARES\nA;Alpha;400;600;5000\n")
        mapping.write_text(
            "source: my_statistics_office\n"
            "columns: {area_id: CODE, name: NAME_1, area_km2: HECTARES}\n"
            "constants: {level: admin3}\n"
            "expressions:\n  population: try_cast(MEN AS double) + try_cast(WOMEN AS double)\n"
            + "".join(f"  {column}: 'NULL'\n" for column in self.UNKNOWN)
            + "units: {area_km2: ha}\n"
        )
        settings = {"SOCIALAI_SAMPLE": "none"}
        home = Home(new_home.path, settings)
        said = home.done("land", str(file), "--as", "geography.areas", "--mapping", str(mapping))
        assert "1 rows accepted, 0 to quarantine" in said
        home.done("run", "--select", "geography/raw_areas")
        assert home.rows("SELECT area_id, name, population, area_km2 FROM geography.raw_areas") == [
            ["A", "Alpha", "1000.0", "50.0"]
        ]

    def test_without_its_mapping_it_names_the_missing_columns_and_lands_nothing(
        self, new_home: Home, tmp_path: Path
    ) -> None:
        file = tmp_path / "statistics.csv"
        file.write_text("CODE;NAME_1\nA;Alpha\n")
        message = new_home.refused("land", str(file), "--as", "geography.areas")
        assert "area_id" in message and "mapping.yaml" in message
        assert landed(new_home) == {}

    def test_a_file_of_another_format_lands_nothing(self, new_home: Home, tmp_path: Path) -> None:
        file = tmp_path / "areas.xlsx"
        file.write_text("not a workbook")
        assert "areas.xlsx" in new_home.refused("land", str(file), "--as", "geography.areas")
        assert landed(new_home) == {}

    def test_what_is_not_there_is_named(self, new_home: Home, tmp_path: Path) -> None:
        missing = str(tmp_path / "missing.csv")
        assert missing in new_home.refused("land", missing, "--as", "geography.areas")
        file = tmp_path / "areas.csv"
        file.write_text(self.AREAS)
        assert "geography.aeras" in new_home.refused("land", str(file), "--as", "geography.aeras")
        lost = str(tmp_path / "lost.yaml")
        assert lost in new_home.refused("land", str(file), "--as", "geography.areas", "--mapping", lost)


class TestSources:
    def test_all_are_listed_with_folder_and_what_has_landed(self, prepared: Home) -> None:
        said = Home(prepared.path).done("sources")
        for source in all_sources():
            line = next(line for line in said.splitlines() if f"{source.domain}.{source.name} " in line)
            drawn = source.canonical and source.name not in NEVER_DRAWN
            assert ("synthetic" if drawn else "absent") in line
            assert source.folder in said

    @pytest.mark.parametrize("source", [s for s in all_sources() if s.canonical], ids=lambda source: source.name)
    def test_each_canonical_input_has_a_template(self, source: Source) -> None:
        answer = CliRunner().invoke(app, ["sources", "template", f"{source.domain}.{source.name}"])
        columns = landed_columns(source.contract)
        assert answer.stdout == ",".join(column.name for column in columns) + "\n"
        for column in columns:
            assert f"  {column.name} " in answer.stderr

    def test_a_template_is_written_to_a_file(self, prepared: Home, tmp_path: Path) -> None:
        target = tmp_path / "areas.csv"
        assert prepared.done("sources", "template", "geography.areas", "-o", str(target)) == ""
        assert target.read_text().startswith("area_id,level,")

    def test_an_unknown_one_is_refused(self, prepared: Home) -> None:
        assert "socialai sources" in prepared.refused("sources", "template", "geography.nothing")


class TestBeforeTheFirstRun:
    @pytest.mark.parametrize(
        "command", [["sql", "SELECT 1"], ["tables"], ["export", PREDICTIONS], ["models", "show", MODEL]], ids=" ".join
    )
    def test_what_needs_a_lake_says_how_to_make_one(self, new_home: Home, command: list[str]) -> None:
        assert "run" in new_home.refused(*command)

    def test_status_and_lists_say_that_there_is_nothing(self, new_home: Home) -> None:
        assert "0 landed" in new_home.done("status")
        assert "absent" in new_home.done("sources")


def landed(home: Home) -> dict[str, bytes]:
    """Files of the home's landing folder, by name."""
    folder = home.path / "landing"
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
