"""`socialai fetch` as its user meets it: what it prints, what it leaves, how it ends."""

from __future__ import annotations

import json
from pathlib import Path

from socialai_assets.catalog import all_sources
from tests.pipeline.command import Home
from tests.unit.web_server import Handler, running

CODES = "area_id,scheme,code\nA,iso,1\nB,iso,2\n,iso,3\n"


def test_a_file_is_fetched_and_landed_with_its_record(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", {"SOCIALAI_FETCH_INTERNAL": "true"})
    failures = iter([True, False])

    def script(handler: Handler) -> None:
        handler.send(503) if next(failures) else handler.send(200, CODES.encode(), Content_Type="text/csv")

    with running() as server:
        server.scripts["/codes.csv"] = script
        answer = home.socialai("fetch", "geography.area_codes", "--url", server.url("/codes.csv"))
    assert answer.code == 0, answer.err
    assert "503" in answer.err and "again in" in answer.err
    assert "2 rows accepted, 1 to quarantine" in answer.out
    assert "codes.csv:4: area_id" in answer.out
    folder = home.path / "landing" / "geography" / "area_codes"
    assert (folder / "codes.csv").read_text() == CODES
    (record,) = json.loads((folder / "_provenance.json").read_text())
    assert record["url"].endswith("/codes.csv") and len(record["sha256"]) == 64
    assert "1 files" in next(line for line in home.done("sources").splitlines() if "geography.area_codes" in line)


def test_by_hand_prints_the_steps_and_ends_with_3(tmp_path: Path) -> None:
    answer = Home(tmp_path / "home").socialai("fetch", "inei_poverty_map_2018")
    assert answer.code == 3
    for text in ("perupobreza2018", "UBIGEO as text", "*.csv", "socialai land FILE --as poverty.inei_poverty_map_2018"):
        assert text in answer.out


def test_the_list_has_every_source_and_what_it_needs(tmp_path: Path) -> None:
    said = Home(tmp_path / "home").done("fetch", "--list")
    assert all(f"{source.domain}.{source.name}" in said for source in all_sources())
    line = next(line for line in said.splitlines() if line.startswith("geography.area_boundaries"))
    assert line.split()[1:] == ["geoboundaries", "--set", "country=…", "--set", "level=…"]


def test_what_cannot_be_is_refused_in_one_message(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert "--set country=VALUE" in home.refused("fetch", "area_boundaries", "--set", "level=ADM2")
    assert "fetch --list" in home.refused("fetch", "nothing")
    assert "Only https" in home.refused("fetch", "area_codes", "--url", "http://127.0.0.1:9/x.csv")
    assert "`--set x`" in home.refused("fetch", "area_codes", "--set", "x")
    assert home.socialai("fetch").code == 2
