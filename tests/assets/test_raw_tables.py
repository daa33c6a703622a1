"""Landed rows end up in a raw table or in quarantine, none is lost: on the sample country's planted bad rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from dagster import AssetKey, RunRequest

from resources import settings as settings_module
from resources.access_log import Access
from resources.landing import LandingZone
from resources.vault import Vault
from socialai_assets.catalog import all_sources
from socialai_assets.ingest.sample import write_sample
from socialai_assets.ingest.sample.faults import BETWEEN_COLUMNS
from socialai_assets.ingest.sample.writing import INPUTS
from socialai_assets.ingest.sources import Source
from tests.assets.ticking import Platform, failures, use_home

DRAWN = sorted(set(INPUTS.values()))
TABLES = ("areas", "places", "area_codes", "poverty_rates", "area_indicators", "sites", "demand_history", "stock")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The sample country landed, and its raw tables made."""
    home = tmp_path_factory.mktemp("raw") / "home"
    with pytest.MonkeyPatch.context() as patch:
        use_home(patch, home, domains="all")
        write_sample(home / "landing", scale=0.2, seed=1)
        platform = Platform.at(home)
        make(platform, all_sources())
        yield platform
        platform.close()
    settings_module.current.cache_clear()


def make(platform: Platform, sources: tuple[Source, ...]) -> dict[tuple[str, str], dict]:
    """Make the raw tables of sources; returns each check's outcome and figures, by table and check."""
    request = RunRequest(asset_selection=[AssetKey(source.table.split(".")) for source in sources])
    result = platform.run(request)
    assert result.success, failures(result)
    return {
        (".".join(found.asset_key.path), found.check_name): {
            "passed": found.passed,
            "severity": found.severity.value,
            **{name: value.value for name, value in found.metadata.items()},
        }
        for found in result.get_asset_check_evaluations()
    }


def source_named(name: str) -> Source:
    return next(source for source in all_sources() if source.name == name)


def planted(platform: Platform, domain: str) -> pd.DataFrame:
    """The bad rows the generator planted in a domain's files."""
    return pd.read_csv(platform.home / "landing" / domain / "sample" / "_truth" / "bad_rows.csv")


def quarantined(platform: Platform, domain: str) -> pd.DataFrame:
    """What is in a domain's quarantines: the open one, and that of persons in the vault."""
    rows = [platform.lake.read_frame(f"{domain}.quarantine")]
    if any(source.domain == domain and source.is_personal for source in all_sources()):
        personal = f"{domain}.personal_quarantine"
        look = Access(who="test", role="data scientist", purpose="test", what=personal)
        with Vault.from_settings(settings_module.current()).opened(look) as tables:
            rows.append(tables.read_frame(personal))
    return pd.concat(rows, ignore_index=True)


@pytest.mark.parametrize("domain", DRAWN)
def test_exactly_the_planted_rows_are_quarantined(platform: Platform, domain: str) -> None:
    rows, bad = quarantined(platform, domain), planted(platform, domain)
    assert len(bad) >= 8
    assert set(zip(rows["file_name"], rows["file_line"], strict=True)) == set(
        zip(bad["file"], bad["line"], strict=True)
    )
    assert len(rows) == len(bad)


@pytest.mark.parametrize("domain", DRAWN)
def test_reasons_name_the_planted_column(platform: Platform, domain: str) -> None:
    rows = quarantined(platform, domain).rename(columns={"file_name": "file", "file_line": "line"})
    both = rows.merge(planted(platform, domain), on=["file", "line"])
    assert len(both) == len(rows)
    for found in both.itertuples():
        if found.rule == "the key occurs before":
            assert "occurs before in the same source" in found.reason
        elif found.rule in BETWEEN_COLUMNS:
            assert found.reason.startswith("row: breaks the rule: the "), found
        else:
            assert found.reason.startswith(f"{found.column}:"), found


@pytest.mark.parametrize("name", TABLES)
def test_rows_read_are_accepted_or_quarantined(platform: Platform, name: str) -> None:
    source = source_named(name)
    (file,) = LandingZone.from_settings(settings_module.current(), all_sources()).files(source)
    lines = len(pd.read_csv(file.path, dtype=str))
    accepted = platform.lake.read_frame(source.table)
    rows = quarantined(platform, source.domain)
    bad = rows[rows["source_name"] == name]
    assert lines == len(accepted) + len(bad)
    assert not set(accepted["file_line"]) & set(bad["file_line"])
    assert accepted["is_synthetic"].all()
    assert set(accepted["source"]) == {"sample"}

    metadata = platform.metadata(source.table)
    assert metadata["dagster/row_count"] == len(accepted)
    assert metadata["quarantined rows"] == len(bad)
    assert metadata["landed files"] == 1
    assert metadata["synthetic"] is True


def test_checks_count_what_was_read(platform: Platform) -> None:
    source = source_named("poverty_rates")
    found = make(platform, (source,))
    bad = planted(platform, "poverty")
    bad_rows = int((bad["file"] == "poverty/sample/poverty_rates.csv").sum())
    lost = found[source.table, "nothing_lost"]
    assert lost["passed"]
    assert lost["quarantined"] == bad_rows
    assert lost["read"] == lost["accepted"] + lost["quarantined"]
    clean = found[source.table, "none_quarantined"]
    assert (clean["passed"], clean["severity"]) == (False, "WARN")
    assert len(clean["first reasons"]) == bad_rows
    assert all(reason.startswith("poverty/sample/poverty_rates.csv:") for reason in clean["first reasons"])


def test_a_corrected_file_empties_its_own_quarantine_only(platform: Platform, tmp_path: Path) -> None:
    source = source_named("areas")
    name = "geography/sample/areas.csv"
    before = quarantined(platform, "geography")
    accepted = platform.lake.read_frame(source.table).drop(columns="file_line")
    original = (platform.home / "landing" / name).read_bytes()
    bad = planted(platform, "geography")
    bad_lines = set(bad.loc[bad["file"] == name, "line"])
    lines = original.splitlines(keepends=True)
    platform.land(name, b"".join(line for number, line in enumerate(lines, 1) if number not in bad_lines))
    try:
        found = make(platform, (source,))
        assert found[source.table, "none_quarantined"]["passed"]
        after = quarantined(platform, "geography")
        pd.testing.assert_frame_equal(ordered(after), ordered(before[before["source_name"] != "areas"]))
        assert platform.metadata(source.table)["quarantined rows"] == 0
        corrected = platform.lake.read_frame(source.table).drop(columns="file_line")
        pd.testing.assert_frame_equal(ordered(corrected), ordered(accepted))
    finally:
        platform.land(name, original)
        make(platform, (source,))
    pd.testing.assert_frame_equal(ordered(quarantined(platform, "geography")), ordered(before))


def ordered(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(list(rows.columns[:3]), ignore_index=True)
