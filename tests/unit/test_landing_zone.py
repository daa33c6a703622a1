"""The landing zone: whose file is whose, when synthetic files count, and what changes a version."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from resources.errors import LandingError
from resources.landing import ABSENT, LandingZone


@dataclass(frozen=True)
class Landed:
    name: str
    domain: str = "geography"
    folder: str = ""
    patterns: tuple[str, ...] = ("*.csv",)
    canonical: bool = False
    feeds: tuple[str, ...] = field(default=())


AREAS = Landed("areas", folder="geography/areas", canonical=True)
PUBLISHER = Landed("ubigeo", folder="geography/ubigeo", feeds=("geography.areas",))
OTHER = Landed("roads", folder="geography/roads")


def write(path: Path, text: str = "a\n1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def zone(tmp_path: Path, sample: str = "missing", external: bool = True) -> LandingZone:
    (tmp_path / "external").mkdir(exist_ok=True)
    return LandingZone(
        tmp_path / "home", tmp_path / "external" if external else None, sample, [AREAS, PUBLISHER, OTHER]
    )


def test_files_of_both_folders_count_and_the_home_wins(tmp_path: Path) -> None:
    write(tmp_path / "external/geography/areas/a.csv", "external")
    write(tmp_path / "external/geography/areas/b.csv", "external")
    write(tmp_path / "home/geography/areas/a.csv", "home")
    files = zone(tmp_path).files(AREAS)
    assert [(file.name, file.path.read_text()) for file in files] == [
        ("geography/areas/a.csv", "home"),
        ("geography/areas/b.csv", "external"),
    ]


def test_hidden_files_mappings_and_other_names_are_not_data(tmp_path: Path) -> None:
    for name in (".a.csv", "_truth.csv", "mapping.yaml", "notes.md"):
        write(tmp_path / "home/geography/areas" / name)
    assert zone(tmp_path).files(AREAS) == []


@pytest.mark.parametrize(
    ("sample", "landed", "expected"),
    [
        ("missing", None, ["geography/sample/areas.csv"]),
        ("missing", "areas/mine.csv", ["geography/areas/mine.csv"]),
        ("missing", "ubigeo/districts.csv", []),
        ("none", None, []),
        ("all", "areas/mine.csv", ["geography/sample/areas.csv"]),
    ],
)
def test_synthetic_files_count_only_as_the_policy_says(
    tmp_path: Path, sample: str, landed: str | None, expected: list[str]
) -> None:
    write(tmp_path / "home/geography/sample/areas.csv")
    if landed:
        write(tmp_path / "external/geography" / landed)
    files = zone(tmp_path, sample).files(AREAS)
    assert [file.name for file in files] == expected
    assert all(file.synthetic == ("sample" in file.name) for file in files)


def test_with_synthetic_data_for_all_a_publisher_that_feeds_a_canonical_input_is_left_aside(tmp_path: Path) -> None:
    write(tmp_path / "external/geography/ubigeo/districts.csv")
    write(tmp_path / "external/geography/roads/roads.csv")
    assert zone(tmp_path, "all").files(PUBLISHER) == []
    assert len(zone(tmp_path, "all").files(OTHER)) == 1


def test_a_version_changes_with_bytes_names_mappings_and_contracts_only(tmp_path: Path) -> None:
    landed = zone(tmp_path)
    assert landed.version(AREAS, "contract 1") == ABSENT
    file = write(tmp_path / "home/geography/areas/a.csv")
    first = landed.version(AREAS, "contract 1")
    os.utime(file, (1, 1))
    assert landed.version(AREAS, "contract 1") == first
    assert landed.version(AREAS, "contract 2") != first
    write(file, "a\n2\n")
    second = landed.version(AREAS, "contract 1")
    assert second != first
    write(tmp_path / "home/geography/areas/mapping.yaml", "columns: {}\n")
    assert landed.version(AREAS, "contract 1") not in (first, second)


def test_a_vanished_external_folder_is_an_error_not_an_empty_source(tmp_path: Path) -> None:
    landed = zone(tmp_path)
    (tmp_path / "external").rmdir()
    with pytest.raises(LandingError, match="has gone"):
        landed.version(AREAS)


def test_a_file_just_written_may_still_be_copied(tmp_path: Path) -> None:
    file = write(tmp_path / "home/geography/areas/a.csv")
    moment = file.stat().st_mtime
    assert zone(tmp_path).settling(AREAS, now=moment + 0.5)
    assert not zone(tmp_path).settling(AREAS, now=moment + 5)


def test_landing_copies_whole_files_and_refuses_other_names(tmp_path: Path) -> None:
    file = write(tmp_path / "elsewhere/areas.csv", "a\n1\n")
    mapping = write(tmp_path / "elsewhere/my-mapping.yaml", "source: me\n")
    target = zone(tmp_path).land(file, AREAS, mapping)
    assert target.read_text() == "a\n1\n"
    assert sorted(path.name for path in target.parent.iterdir()) == ["areas.csv", "areas.csv.mapping.yaml"]
    with pytest.raises(LandingError, match=r"does not take a file named areas\.docx.*\*\.csv"):
        zone(tmp_path).land(write(tmp_path / "elsewhere/areas.docx"), AREAS)
    with pytest.raises(LandingError, match="no such file"):
        zone(tmp_path).land(tmp_path / "nothing.csv", AREAS)
