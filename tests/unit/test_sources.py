"""What `sources.yaml` may say, and that the project's own say it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from resources.errors import SettingsError
from socialai_assets.ingest.sources import load_sources

DOMAINS = ("geography", "poverty")
FORBIDDEN = ("pobreza_total", "pobreza_extrema", "idh", "vulnerabilidad", "grupo_robusto", "ubicacion", "indice_")
GOOD = """
wells:
  title: Wells
  publisher: Somebody
  licence: CC0
  url: https://example.org
  format: csv
  contract: Wells
"""


def project_sources(domain: str) -> list:
    return load_sources(Path(str(files("socialai_assets") / domain / "sources.yaml")), domain)


def load(tmp_path: Path, text: str) -> list:
    file = tmp_path / "sources.yaml"
    file.write_text(text)
    return load_sources(file, "water")


def test_defaults_follow_the_name(tmp_path: Path) -> None:
    (wells,) = load(tmp_path, GOOD)
    assert (wells.folder, wells.table) == ("water/wells", "water.raw_wells")
    assert wells.contract_path == "socialai_assets.water.contracts.Wells"
    assert "*.csv" in wells.patterns
    assert not wells.canonical


def test_the_fingerprint_follows_what_decides_how_files_are_read(tmp_path: Path) -> None:
    (plain,) = load(tmp_path, GOOD)
    (reworded,) = load(tmp_path, GOOD.replace("title: Wells", "title: All wells"))
    (separated,) = load(tmp_path, GOOD + "  options: {delimiter: ';'}\n")
    assert plain.fingerprint == reworded.fingerprint
    assert plain.fingerprint != separated.fingerprint


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("licence: CC0", ""), "['licence'] are missing"),
        (("format: csv", "format: pdf"), "`pdf` is not a format"),
        (("format: csv", "format: csv\n  colour: red"), "Unknown keys ['colour']"),
        (("format: csv", "format: csv\n  folder: ../secret"), "`folder` is ../secret"),
        (("format: csv", "format: csv\n  folder: /etc"), "`folder` is /etc"),
        (("format: csv", "format: csv\n  feeds: [areas]"), "`feeds` names ['areas']"),
        (("format: csv", "format: csv\n  feeds: geography.areas"), "`feeds` is not a list"),
        (("format: csv", "format: csv\n  canonical: maybe"), "`canonical`"),
        (("format: csv", "format: csv\n  options: {separator: ';'}"), "The options are"),
        (("format: csv", "format: csv\n  options: {thousands: '..'}"), "`thousands` is '..'"),
        (("title: Wells", "title: 7"), "`title` is not text but 7"),
        (("wells:", "Wells 2:"), "no name for a source"),
        (("wells:", "wells: ["), "not valid YAML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, GOOD.replace(*change))
    assert words in str(error.value)
    assert "sources.yaml" in str(error.value)


def test_a_contract_that_is_not_there_or_of_another_table_is_named(tmp_path: Path) -> None:
    (absent,) = load(tmp_path, GOOD.replace("contract: Wells", "contract: socialai_assets.ingest.contract.Wells"))
    with pytest.raises(SettingsError, match="no contract"):
        _ = absent.contract
    (other,) = load(
        tmp_path, GOOD.replace("contract: Wells", "contract: socialai_assets.ingest.contract.QuarantineContract")
    )
    with pytest.raises(SettingsError, match=r"not `water\.raw_wells`"):
        _ = other.contract


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_source_of_the_project_has_its_contract(domain: str) -> None:
    for source in project_sources(domain):
        assert source.contract.__doc__
        assert source.load_contract() is source.contract


def test_names_are_unique_over_domains_and_feeds_exist() -> None:
    sources = [source for domain in DOMAINS for source in project_sources(domain)]
    assert len({source.name for source in sources}) == len(sources)
    canonical = {f"{source.domain}.{source.name}" for source in sources if source.canonical}
    assert {feed for source in sources for feed in source.feeds} <= canonical


def test_no_contract_carries_what_is_derived_from_poverty() -> None:
    from socialai_assets.ingest.contract import landed_columns

    publishers = [s for domain in DOMAINS for s in project_sources(domain) if not s.canonical]
    carried = [column.name for source in publishers for column in landed_columns(source.contract)]
    assert not [name for name in carried if any(part in name for part in FORBIDDEN)]
    assert {"idh_2019", "pct_pobreza_total"} <= {name for s in publishers for name in s.ignored_columns}
