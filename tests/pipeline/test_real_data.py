"""The real data of Peru, from landed files to the poverty map: known problems of the sources are handled and listed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from dagster import AssetCheckKey, AssetKey, AssetSelection, DagsterInstance, RunRequest
from rich.console import Console

from resources import settings as settings_module
from resources.lake import Lake
from socialai_assets.catalog import all_sources
from socialai_assets.poverty.contracts import covariates_of
from socialai_assets.runs import Outcome, out_of_date, run_everything
from tests.assets.ticking import TRAINING_STEP, Platform, failures, use_home

pytestmark = [pytest.mark.real, pytest.mark.long]

FORBIDDEN = ("pobreza", "poverty", "conf_95", "grupo_robusto", "idh", "hdi", "vulnerab", "rate_pct", "official")
TOO_CLOSE = 0.97


@dataclass(frozen=True)
class Geography:
    """The platform with the geography of the real data made, and what the run said."""

    platform: Platform
    outcome: Outcome

    @property
    def lake(self) -> Lake:
        return self.platform.lake

    @property
    def instance(self) -> DagsterInstance:
        return self.platform.instance

    def areas(self, level: str = "admin3") -> pd.DataFrame:
        frame = self.lake.read_frame("geography.areas")
        return frame[frame["level"] == level]

    def check(self, table: str, name: str) -> tuple[bool, dict[str, Any]]:
        """Whether a check passed when it was last evaluated, and its figures."""
        key = AssetCheckKey(AssetKey(table.split(".")), name)
        record = self.instance.event_log_storage.get_asset_check_execution_history(key, limit=1)[0]
        assert record.evaluation is not None
        return record.evaluation.passed, {name: item.value for name, item in record.evaluation.metadata.items()}


def run(platform: Platform, select: str | None = None) -> tuple[Outcome, str]:
    """What `socialai run` does, and what it prints."""
    printed = io.StringIO()
    outcome = run_everything(
        platform.definitions,
        platform.instance,
        all_sources(),
        settings_module.current(),
        Console(file=printed, width=200),
        select=select,
    )
    return outcome, printed.getvalue()


@pytest.fixture(scope="module")
def geography(real_landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Geography]:
    """Geography of the real landing folder; nothing synthetic."""
    home = tmp_path_factory.mktemp("peru") / "home"
    with pytest.MonkeyPatch.context() as patch:
        use_home(patch, home, landing=str(real_landing.resolve()), sample="none", domains="aid")
        platform = Platform.at(home)
        outcome, _ = run(platform, "group:geography")
        yield Geography(platform, outcome)
        platform.close()
    settings_module.current.cache_clear()


@pytest.fixture(scope="module")
def country(geography: Geography) -> Geography:
    """The same with poverty, and aid's tables up to its forecasts, made.

    The only split is the one in use, by provinces; without networks and with few draws. Plans and routes of the real
    data take minutes and have tests of their own.
    """
    platform = geography.platform
    platform.run_config = {TRAINING_STEP: {"networks": False, "every_split": False, "bootstrap_draws": 100}}
    wanted = country_assets(platform)
    result = platform.run(RunRequest(asset_selection=sorted(wanted)))
    assert result.success, failures(result)
    return geography


def country_assets(platform: Platform) -> set[AssetKey]:
    """What the country is made of besides geography."""
    graph = platform.definitions.resolve_asset_graph()
    looked_at = ("located_deliveries", "deliveries", "depots", "sites", "vehicles", "demand_history")
    aid = AssetSelection.assets(*(AssetKey(["aid", table]) for table in looked_at)).upstream().resolve(graph)
    return {
        key for key in graph.executable_asset_keys if key.path[0] == "poverty" or (key in aid and key.path[0] == "aid")
    }


class TestGeography:
    def test_runs_without_a_failed_check(self, geography: Geography) -> None:
        assert geography.outcome.success, geography.outcome.errors
        assert geography.outcome.checks_failed == []

    def test_keeps_every_boundary_and_district(self, geography: Geography) -> None:
        assert len(geography.areas()) == 1892
        assert len(geography.areas("admin2")) == 196
        assert len(geography.areas("admin1")) == 25
        shapes = geography.lake.read_geoframe("geography.area_shapes")
        assert len(shapes) == 1874
        assert shapes.geometry.is_valid.all()
        assert not shapes.geometry.is_empty.any()

    def test_quarantines_the_one_district_without_a_code(self, geography: Geography) -> None:
        rows = geography.lake.read_frame("geography.quarantine")
        assert [(row.source_name, row.file_line) for row in rows.itertuples()] == [("ubigeo_aumentado_districts", 1896)]
        assert rows["reason"].iloc[0].startswith("inei: is missing")

    def test_lists_districts_founded_since_the_boundaries(self, geography: Geography) -> None:
        passed, figures = geography.check("geography.areas", "vintages_agree")
        assert not passed
        assert figures["rows found"] == 18
        without = geography.areas().loc[lambda frame: ~frame["has_boundary"]]
        assert len(without) == 18

    def test_lists_areas_that_disagree_with_their_polygon(self, geography: Geography) -> None:
        passed, figures = geography.check("geography.areas", "tabled_area_agrees")
        assert not passed
        assert figures["rows found"] == 73

    def test_lists_places_outside_their_district(self, geography: Geography) -> None:
        passed, figures = geography.check("geography.places", "inside_their_area")
        places = geography.lake.read("geography.places", ["place_id"]).num_rows
        assert not passed
        assert places == 94922
        assert 0.005 < figures["rows found"] / places < 0.015

    def test_keeps_leading_zeros(self, geography: Geography) -> None:
        codes = geography.lake.read_frame("geography.areas", ["area_id"])["area_id"]
        assert codes.str.fullmatch(r"\d{6}").all()
        assert set(codes.str[:2]) == {f"{number:02}" for number in range(1, 26)}
        assert (codes.str[0] == "0").sum() > 500

    def test_crosswalk_differs_in_most_districts(self, geography: Geography) -> None:
        codes = geography.lake.read_frame("geography.area_codes").merge(geography.areas()[["area_id"]], on="area_id")
        assert set(codes["scheme"]) == {"reniec"}
        assert codes["code"].is_unique
        # 1,782 with the district that has no INEI code and the one that has no RENIEC code.
        assert len(codes) == 1891
        assert (codes["code"] != codes["area_id"]).sum() == 1780

    def test_every_district_has_its_parents_and_a_region(self, geography: Geography) -> None:
        districts = geography.areas()
        assert (districts["admin1_id"] == districts["area_id"].str[:2] + "0000").all()
        assert (districts["admin2_id"] == districts["area_id"].str[:4] + "00").all()
        regions = districts.loc[districts["has_boundary"], "natural_region"]
        assert set(regions.dropna()) == {"coast", "highlands", "jungle"}
        assert regions.notna().all()

    def test_no_poverty_column_enters_the_lake(self, geography: Geography) -> None:
        for source in all_sources():
            if source.domain == "geography":
                columns = geography.lake.columns(source.table)
                assert columns
                assert [name for name in columns if any(word in name.lower() for word in FORBIDDEN)] == []


class TestPoverty:
    def test_features_hold_nothing_derived_from_the_target(self, country: Geography) -> None:
        features = country.lake.read_frame("poverty.district_features").set_index("area_id")
        names = covariates_of(features.reset_index())
        allowed = {name for name in names if "dropout_rate_pct" in name}
        assert [name for name in names if name not in allowed and any(word in name for word in FORBIDDEN)] == []
        rates = country.lake.read_frame("poverty.official_rates").set_index("area_id")["poverty_rate_pct"]
        numbers = features.select_dtypes("number")
        for method in ("pearson", "spearman"):
            correlation = numbers.corrwith(rates, method=method).abs()
            assert correlation.max() < TOO_CLOSE, correlation.idxmax()

    def test_every_district_of_the_poverty_map_is_predicted(self, country: Geography) -> None:
        predictions = country.lake.read_frame("poverty.district_predictions")
        assert len(predictions) == predictions["area_id"].nunique() == 1874
        assert predictions[["estimate", "lower", "upper", "official"]].notna().all().all()
        assert (predictions["lower"] <= predictions["estimate"]).all()
        assert (predictions["estimate"] <= predictions["upper"]).all()
        assert predictions["lower"].min() >= 0
        assert predictions["upper"].max() <= 100
        assert not predictions["is_synthetic"].any()
        assert predictions["is_cross_fitted"].all()

    def test_estimates_beat_the_mean_on_held_out_provinces(self, country: Geography) -> None:
        predictions = country.lake.read_frame("poverty.district_predictions")
        assert not predictions["is_baseline"].any()
        error = ((predictions["official"] - predictions["estimate"]) ** 2).sum()
        spread = ((predictions["official"] - predictions["official"].mean()) ** 2).sum()
        assert 1 - error / spread > 0.7
        covered = predictions["official"].between(predictions["lower"], predictions["upper"]).mean()
        assert 0.87 < covered < 0.93

    def test_groups_share_an_estimate_and_a_fold(self, country: Geography) -> None:
        rates = country.lake.read_frame("poverty.official_rates")
        grouped = rates.dropna(subset=["estimate_group"])
        assert len(grouped) == 476
        assert grouped["estimate_group"].nunique() == 197
        assert (grouped.groupby("estimate_group")["poverty_rate_pct"].nunique() == 1).all()
        held_out = country.lake.read_frame("poverty.out_of_sample").merge(grouped[["area_id", "estimate_group"]])
        assert (held_out.groupby(["model", "split", "estimate_group"])["fold"].nunique() == 1).all()

    def test_map_and_plot_are_there(self, country: Geography) -> None:
        folder = country.platform.home / "published" / "poverty"
        page = (folder / "district_poverty.html").read_text(encoding="utf-8")
        assert "INEI" in page
        assert "MIT" in page
        for name in ("district_poverty.png", "accuracy.png"):
            assert (folder / name).read_bytes().startswith(b"\x89PNG")


class TestAid:
    def test_every_water_delivery_is_used_or_quarantined(self, country: Geography) -> None:
        assert country.check("aid.located_deliveries", "nothing_lost") == (
            True,
            {"accepted": 2864, "located": 2846, "quarantined": 18},
        )
        quarantine = country.lake.read_frame("aid.quarantine")
        assert quarantine["source_name"].tolist() == ["located_deliveries"] * 18
        deliveries = country.lake.read_frame("aid.deliveries")
        assert len(deliveries) == 2846
        assert deliveries["delivered_on"].isna().all()
        assert set(deliveries["delivered_year"]) == {2020, 2021}
        depots = country.lake.read_frame("aid.depots")
        assert len(depots) == 20
        assert depots["is_derived"].all()
        sites = country.lake.read_frame("aid.sites")
        assert set(deliveries["site_id"]) == set(sites["site_id"])
        assert set(sites["depot_id"]) == set(depots["depot_id"])
        assert sites["admin1_id"].notna().all()

    def test_odd_volumes_are_listed_and_kept(self, country: Geography) -> None:
        passed, figures = country.check("aid.deliveries", "quantities_are_plausible")
        assert not passed
        deliveries = country.lake.read_frame("aid.deliveries")["delivered_quantity"]
        assert deliveries.max() == 1156
        assert figures["rows found"] == (deliveries == 0).sum() + (deliveries > 500).sum()

    def test_networks_are_summed_and_missing_weeks_are_no_zeros(self, country: Geography, real_landing: Path) -> None:
        path = real_landing / "aid/lambayeque_respiratory_infections/weekly_2010_2023.csv"
        landed = pd.read_csv(path, dtype={"ubigeo": str})
        assert landed.duplicated(["ubigeo", "anio", "semana"]).sum() == 1994
        history = country.lake.read_frame("aid.demand_history")
        found = history[history["item_id"] == "ira_no_neumonia"]
        assert found["is_reported"].sum() == len(landed) - 1994
        assert found["quantity"].sum() == landed["ira_no_neumonia"].sum()
        assert len(found) == 38 * 730
        starts = pd.to_datetime(found["period_start"])
        assert (starts.dt.day_name() == "Sunday").all()
        assert (starts.min(), starts.max()) == (pd.Timestamp("2010-01-03"), pd.Timestamp("2023-12-24"))
        # The weeks 53 of 2014 and 2020 lie between their neighbours, and no two weeks fall on one day.
        by_district = landed.groupby(["ubigeo", "anio", "semana"])["ira_no_neumonia"].sum()
        last = found[(found["place_id"] == "140101") & (starts == pd.Timestamp("2020-12-27"))]
        assert last["quantity"].tolist() == [by_district["140101", 2020, 53]]

    def test_a_second_run_would_find_everything_up_to_date(self, country: Geography) -> None:
        made = country_assets(country.platform)
        assert not made & set(out_of_date(country.platform.definitions, country.instance))
        assert country.platform.look() == set()
        asked = {key for request in country.platform.ask() for key in request.asset_selection or []}
        assert not made & asked
