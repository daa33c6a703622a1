"""Automation as behaviour: files land, sensor and conditions are ticked, what they ask for is run, and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dagster import AssetCheckKey, AssetKey
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from filelock import FileLock

from resources.landing import ABSENT
from socialai_assets import definitions
from socialai_assets.automation import landing
from socialai_assets.catalog import all_sources
from socialai_assets.ingest.contract import contract_version
from socialai_assets.ingest.sample import write_sample
from tests.assets.conftest import SCALE, SEED, FirstLanding
from tests.assets.ticking import Platform, csv_bytes, csv_rows, failed_checks, failures, made, requested, use_home

pytestmark = pytest.mark.long
RATES = "poverty/sample/poverty_rates.csv"
INDICATORS = "poverty/sample/area_indicators.csv"
BOUNDARIES = "geography/sample/area_boundaries.geojson"
PLACES = "geography/sample/places.csv"
NEXT_HALF_HOUR = datetime(2026, 3, 3, 10, 30, 10, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 3, 0, 10, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)
MAP = "published/poverty/district_poverty.html"
MODELS = {"poverty.district_model", "poverty.model_scores", "poverty.out_of_sample"}


def landed(platform: Platform, name: str) -> bytes:
    """Content of a landed file."""
    return (platform.home / "landing" / name).read_bytes()


def more_dropout(content: bytes) -> bytes:
    """Indicators with every fifth area's dropout raised by ten points."""
    rows = csv_rows(content)
    for row in rows[1::10]:
        if row[1] == "dropout_rate_pct" and row[2] != "S.I.":
            row[2] = f"{float(row[2]) + 10:.4f}"
    return csv_bytes(rows)


def without_a_place(content: bytes) -> bytes:
    """Places without the second one of the list; the first is its district's capital."""
    lines = content.splitlines(keepends=True)
    return b"".join([*lines[:2], *lines[3:]])


def dropout_is_the_target(indicators: bytes, rates: bytes) -> bytes:
    """Indicators in which dropout is the official poverty rate, as a careless analyst may land them."""
    rate_of = {row[0]: row[2] for row in reversed(csv_rows(rates)[1:]) if row[2].replace(".", "").isdigit()}
    rows = csv_rows(indicators)
    for row in rows[1:]:
        if row[1] == "dropout_rate_pct" and row[0] in rate_of:
            row[2] = rate_of[row[0]]
    return csv_bytes(rows)


def reversed_rates(rates: bytes) -> bytes:
    """Rates with each area's given to another one, their intervals left out."""
    head, *rows = csv_rows(rates)
    values = sorted(row[2] for row in rows if row[2].replace(".", "").isdigit() and float(row[2]) <= 100)
    turned = [[row[0], row[1], values[(37 * number) % len(values)], "", "", row[5]] for number, row in enumerate(rows)]
    return csv_bytes([head, *turned])


class TestFirstLanding:
    def test_is_one_run_with_everything(self, first_landing: FirstLanding) -> None:
        assert first_landing.before == []
        assert len(first_landing.requests) == 1
        everything = first_landing.platform.runnable()
        assert requested(first_landing.requests[0]) == everything
        assert everything >= MODELS
        assert first_landing.result.success, failures(first_landing.result)
        assert made(first_landing.result) == everything

    def test_runs_every_check(self, first_landing: FirstLanding) -> None:
        graph = first_landing.platform.definitions.resolve_asset_graph()
        evaluated = {
            AssetCheckKey(evaluation.asset_key, evaluation.check_name)
            for evaluation in first_landing.result.get_asset_check_evaluations()
        }
        assert evaluated == graph.asset_check_keys

    def test_reports_sources_that_have_not_landed_as_absent(self, first_landing: FirstLanding) -> None:
        assert first_landing.reported == {source.name for source in all_sources()}
        platform = first_landing.platform
        versions = {source.name: platform.version(f"landing.{source.name}") for source in all_sources()}
        absent = {name for name, version in versions.items() if version == ABSENT}
        assert absent == {source.name for source in all_sources() if not source.canonical}

    def test_gives_absent_sources_empty_tables_that_say_so(self, platform: Platform) -> None:
        for source in all_sources():
            metadata = platform.metadata(source.table)
            if source.canonical:
                assert metadata["dagster/row_count"] > 0
                assert "note" not in metadata
            else:
                assert platform.lake.read(source.table).num_rows == metadata["dagster/row_count"] == 0
                assert metadata["note"] == f"Nothing has landed in {source.folder}: the table is empty."


class TestFirstLook:
    def test_asks_for_all_that_landed_before_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        home = tmp_path / "home"
        use_home(monkeypatch, home)
        platform = Platform.at(home)
        for path in write_sample(home / "landing", scale=SCALE, seed=SEED):
            platform.touch(path.relative_to(home / "landing").as_posix())
        platform.look()
        requests = platform.ask()
        assert [requested(request) for request in requests] == [platform.runnable()]
        platform.close()

    def test_at_a_platform_in_which_all_is_made_asks_for_nothing(self, platform: Platform) -> None:
        platform.cursor = None
        assert platform.ask() == []
        assert platform.ask() == []


class TestNothingNew:
    def test_asks_for_nothing(self, platform: Platform) -> None:
        assert platform.look() == set()
        assert platform.ask() == []
        assert platform.ask(at=NEXT_HALF_HOUR) == []

    def test_the_same_bytes_again_ask_for_nothing(self, platform: Platform) -> None:
        for name in (RATES, INDICATORS, BOUNDARIES):
            platform.land(name, landed(platform, name))
        assert platform.look() == set()
        assert platform.ask() == []

    def test_a_touched_file_asks_for_nothing(self, platform: Platform) -> None:
        platform.touch(PLACES)
        assert platform.look() == set()
        assert platform.ask() == []

    def test_a_file_still_being_copied_waits(self, platform: Platform) -> None:
        path = platform.home / "landing" / INDICATORS
        path.write_bytes(more_dropout(path.read_bytes()))
        assert platform.look() == set(), "written this moment: it may not be whole"
        platform.touch(INDICATORS)
        assert platform.look() == {"area_indicators"}


class TestChangedFile:
    @pytest.mark.parametrize(
        ("name", "change", "moving"),
        [
            (INDICATORS, more_dropout, "poverty.district_features"),
            (PLACES, without_a_place, "poverty.district_features"),
            (RATES, reversed_rates, "poverty.district_map"),
        ],
        ids=["indicators", "places", "rates"],
    )
    def test_refreshes_what_depends_on_it_in_one_run(
        self, platform: Platform, name: str, change: Callable[[bytes], bytes], moving: str
    ) -> None:
        domain, source = name.split("/")[0], Path(name).stem
        raw, staging = f"{domain}.raw_{source}", f"{domain}.stg_{source}"
        before = {table: platform.version(table) for table in platform.runnable()}
        page = (platform.home / MAP).read_bytes()
        platform.land(name, change(landed(platform, name)))

        assert platform.look() == {source}
        requests = platform.ask()
        expected = platform.below(raw)
        assert [requested(request) for request in requests] == [expected]
        assert expected >= {staging, "poverty.district_predictions", "poverty.district_map"}
        assert not expected & MODELS
        result = platform.run(requests[0])
        assert result.success, failures(result)
        assert made(result) == expected
        assert platform.ask() == []

        moved = {table for table, version in before.items() if platform.version(table) != version}
        assert {raw, staging, moving} <= moved <= expected
        assert ((platform.home / MAP).read_bytes() != page) == ("poverty.district_map" in moved)

    def test_a_source_that_lands_for_the_first_time_replaces_the_sample(self, platform: Platform) -> None:
        own = csv_bytes(csv_rows(landed(platform, RATES))[:4])
        platform.land("poverty/poverty_rates/rates.csv", own)
        assert platform.look() == {"poverty_rates"}
        requests = platform.ask()
        assert [requested(request) for request in requests] == [platform.below("poverty.raw_poverty_rates")]
        result = platform.run(requests[0])
        assert result.success, failures(result)
        rates = platform.lake.read_frame("poverty.official_rates")
        assert len(rates) == 3
        assert set(rates["source"]) == {"poverty_rates"}
        assert not rates["is_synthetic"].any()
        assert platform.ask() == []


class TestChangedContract:
    def test_options_refresh(self, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
        value = csv_rows(landed(platform, INDICATORS))[1][2]
        sources = tuple(
            replace(source, options=replace(source.options, missing=(*source.options.missing, value)))
            if source.name == "area_indicators"
            else source
            for source in all_sources()
        )
        monkeypatch.setattr(definitions, "all_sources", lambda _: sources)
        rows = platform.lake.read("poverty.raw_area_indicators").num_rows
        platform.definitions = Platform.at(platform.home).definitions

        assert platform.look() == {"area_indicators"}
        requests = platform.ask()
        assert [requested(request) for request in requests] == [platform.below("poverty.raw_area_indicators")]
        result = platform.run(requests[0])
        assert result.success, failures(result)
        assert platform.lake.read("poverty.raw_area_indicators").num_rows == rows - 1
        assert platform.ask() == []

    def test_contract_refreshes(self, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
        contracts = {source.name: source.contract for source in all_sources()}

        def changed(contract: type) -> str:
            return "another" if contract is contracts["places"] else contract_version(contract)

        monkeypatch.setattr(landing, "contract_version", changed)
        assert platform.look() == {"places"}
        assert [requested(request) for request in platform.ask()] == [platform.below("geography.raw_places")]


class TestFailedCheck:
    def test_stops_what_is_below_until_the_data_are_mended(self, platform: Platform) -> None:
        good = landed(platform, INDICATORS)
        before = {table: platform.version(table) for table in platform.runnable()}
        platform.land(INDICATORS, dropout_is_the_target(good, landed(platform, RATES)))
        platform.look()
        (request,) = platform.ask()
        assert requested(request) >= {"poverty.district_predictions", "poverty.district_map"}
        result = platform.run(request)

        failed = failed_checks(result)
        assert list(failed) == ["poverty.district_features: no_target_among_features"]
        assert "dropout_rate_pct" in failed["poverty.district_features: no_target_among_features"]
        assert not result.success
        held = platform.below("poverty.district_features") - {"poverty.district_features"}
        assert held >= {"poverty.district_map", "poverty.hotspots", "poverty.targeting_plan"}
        assert requested(request) - made(result) == held
        assert {table: platform.version(table) for table in held} == {table: before[table] for table in held}
        for moment in (None, None, NEXT_HALF_HOUR, MONDAY):
            assert platform.ask(at=moment) == [], "work below a failed check, or training on it"

        platform.land(INDICATORS, good)
        platform.look()
        (request,) = platform.ask()
        assert requested(request) >= held
        result = platform.run(request)
        assert result.success, failures(result)
        assert platform.version("poverty.district_features") == before["poverty.district_features"]
        assert platform.ask() == []

    def test_is_judged_again_when_what_it_compares_with_changes(self, platform: Platform) -> None:
        """The check reads the official rates too: other rates clear the features, which are not made again."""
        platform.land(INDICATORS, dropout_is_the_target(landed(platform, INDICATORS), landed(platform, RATES)))
        platform.settle()
        platform.land(RATES, reversed_rates(landed(platform, RATES)))
        runs = platform.settle()
        assert not any("poverty.district_features" in run for run in runs)
        check = AssetCheckKey(AssetKey(["poverty", "district_features"]), "no_target_among_features")
        record = platform.instance.event_log_storage.get_asset_check_execution_history(check, limit=1)[0]
        assert record.status == AssetCheckExecutionRecordStatus.SUCCEEDED
        assert runs[-1] >= {"poverty.district_predictions", "poverty.district_map"}

    def test_stops_new_rates_that_equal_a_feature(self, platform: Platform) -> None:
        """The other way round: the features stand, and the rates that land are one of them."""
        dropout = {row[0]: row[2] for row in csv_rows(landed(platform, INDICATORS)) if row[1] == "dropout_rate_pct"}
        head, *rows = csv_rows(landed(platform, RATES))
        equal = [[row[0], row[1], dropout[row[0]], "", "", ""] for row in rows if row[0] in dropout]
        platform.land(RATES, csv_bytes([head, *equal]))
        platform.look()
        (request,) = platform.ask()
        result = platform.run(request)
        assert list(failed_checks(result)) == ["poverty.district_features: no_target_among_features"]
        assert not made(result) & {"poverty.district_predictions", "poverty.district_map"}
        assert platform.ask() == []


class TestCrash:
    def test_a_corrupt_file_is_named_retried_and_mended(self, platform: Platform) -> None:
        good = landed(platform, BOUNDARIES)
        boundaries = platform.lake.read("geography.raw_area_boundaries").num_rows
        platform.land(BOUNDARIES, good[: len(good) // 2])
        assert platform.look() == {"area_boundaries"}
        (request,) = platform.ask()
        below = platform.below("geography.raw_area_boundaries")
        assert requested(request) == below
        result = platform.run(request)
        assert not result.success
        assert made(result) == set()
        (message,) = failures(result).values()
        assert BOUNDARIES in message
        assert "What to do:" in message
        assert platform.lake.read("geography.raw_area_boundaries").num_rows == boundaries

        assert platform.ask() == []
        (request,) = platform.ask(at=NEXT_HALF_HOUR)
        assert requested(request) == below
        assert not platform.run(request).success
        assert platform.ask() == []

        platform.land(BOUNDARIES, good)
        assert platform.look() == {"area_boundaries"}
        (request,) = platform.ask()
        assert requested(request) == below
        result = platform.run(request)
        assert result.success, failures(result)
        assert platform.ask() == []
        assert platform.ask(at=NEXT_HALF_HOUR + HALF_AN_HOUR) == []

    def test_a_passing_crash_is_retried_on_the_half_hour(
        self, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        platform.land(INDICATORS, more_dropout(landed(platform, INDICATORS)))
        platform.look()
        (request,) = platform.ask()
        platform.close()
        use_home(monkeypatch, platform.home, lock_timeout_seconds="0.2")
        platform = replace(platform)
        platform.lake.cursor().close()
        monkeypatch.setattr(platform.lake, "_lock_timeout", 0.2)
        with FileLock(platform.home / "lake" / "write.lock"):
            result = platform.run(request)
        assert made(result) == set()
        (message,) = failures(result).values()
        assert "Another process has been writing" in message

        assert platform.look() == set()
        assert platform.ask() == []
        (request,) = platform.ask(at=NEXT_HALF_HOUR)
        assert requested(request) == platform.below("poverty.raw_area_indicators")
        assert platform.run(request).success
        assert platform.ask() == []


class TestExternalLandingFolder:
    def test_vanishing_is_reported_and_not_taken_for_empty(
        self, platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        external = tmp_path / "external"
        (external / "poverty" / "poverty_rates").mkdir(parents=True)
        platform.close()
        use_home(monkeypatch, platform.home, landing=str(external))
        platform = replace(platform)
        file = external / "poverty" / "poverty_rates" / "rates.csv"
        file.write_bytes(landed(platform, RATES))
        platform.land(str(file), file.read_bytes())
        assert platform.look() == {"poverty_rates"}
        version = platform.version("landing.poverty_rates")

        external.rename(tmp_path / "unmounted")
        assert platform.look() == set()
        logged = capsys.readouterr().err
        assert "ERROR - Source poverty_rates cannot be read" in logged
        assert f"The external landing folder has gone. Where: {external}. What to do:" in logged
        assert platform.version("landing.poverty_rates") == version

        (tmp_path / "unmounted").rename(external)
        assert platform.look() == set()


class TestTraining:
    def test_is_not_moved_by_new_data_before_monday(self, platform: Platform) -> None:
        assert platform.ask(at=MONDAY - timedelta(minutes=5)) == []

    def test_on_monday_moves_nothing_where_nothing_changed(self, platform: Platform) -> None:
        before = {table: platform.version(table) for table in platform.runnable()}
        requests = platform.ask(at=MONDAY)
        expected = platform.below(*MODELS, training=True)
        assert [requested(request) for request in requests] == [expected]
        assert expected >= MODELS | {"poverty.district_predictions", "poverty.district_map", "poverty.accuracy_plot"}
        result = platform.run(requests[0])
        assert result.success, failures(result)
        for table in ("poverty.district_model", "poverty.district_predictions", "poverty.district_map"):
            assert platform.version(table) == before[table]
        assert platform.ask() == []
        assert platform.ask(at=MONDAY + timedelta(days=1)) == []

    def test_is_asked_for_once_by_drift_and_cured_by_promotion(self, platform: Platform) -> None:
        rows = csv_rows(landed(platform, INDICATORS))
        for row in rows[1:]:
            if row[1] == "dropout_rate_pct" and row[2] != "S.I.":
                row[2] = f"{float(row[2]) * 2 + 20:.4f}"
        platform.land(INDICATORS, csv_bytes(rows))
        refreshed, trained, followed = platform.settle()
        assert not refreshed & MODELS
        assert refreshed >= {"poverty.district_features", "poverty.feature_drift", "poverty.district_map"}
        assert trained == MODELS
        assert followed >= {"poverty.feature_drift", "poverty.district_map"}
        drifted = platform.lake.read_frame("poverty.feature_drift").query("has_drifted")["feature"]
        assert platform.lake.read_frame("poverty.district_model")["version"][0] > 1, "the new version was not promoted"
        assert drifted.empty
        assert platform.ask(at=NEXT_HALF_HOUR) == []
