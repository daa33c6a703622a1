"""From scores in the vault to plan, worklists, flags and notices: what is made, what is kept, and what leaves it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from dagster import AssetSpec, DagsterInstance, materialize

from resources import settings as settings_module
from resources.access_log import Access
from resources.alert_book import AlertBook
from resources.errors import ActionRefused
from resources.lake_io_manager import LakeIOManager, lake_of_process
from resources.landing import LandingZone
from resources.settings import current
from resources.vault import Vault, key_of
from resources.vault_io_manager import VaultIOManager
from socialai_assets.catalog import domain_sources
from socialai_assets.children import flag_sensor, help_checks, help_plans, help_reports
from socialai_assets.children.help_contracts import FlagAcknowledgementsInput
from socialai_assets.children.help_settings import help_settings
from socialai_assets.factories.tables import asset_key
from socialai_assets.flag_command import acknowledge_flag
from socialai_assets.ingest.contract import empty
from socialai_assets.ingest.rows import ingest
from tests.assets.ticking import use_home
from tests.unit import children_help_frames as frames

LOOK = Access(who="test", role="data scientist", purpose="test", what="children")
ASSETS = [
    help_plans.help_did,
    help_plans.recommendations,
    help_plans.help_plan,
    help_plans.assignment_comparison,
    help_plans.worklists,
    help_reports.flags,
    help_reports.outcomes_of_support,
    help_reports.cells_of_outcomes,
]
IN_VAULT = ("risk_scores", "risk_features", "risk_labels", "support", "enrolments", "cases", "staff", "outcomes")
IN_LAKE = ("interventions", "services", "schools")


class Home:
    """A home whose canonical tables and scores are there already."""

    result: Any

    def __init__(self) -> None:
        rows = frames.features()
        labels, support, enrolments = frames.history(rows)
        self.scores = frames.scores(rows).assign(area_id="a0")
        self.vaulted = {
            "risk_scores": self.scores,
            "risk_features": rows,
            "risk_labels": labels,
            "support": support.assign(is_synthetic=True),
            "enrolments": enrolments,
            "cases": frames.no_cases().assign(case_id=pd.Series(dtype=str)),
            "staff": frames.staff(),
            "outcomes": pd.DataFrame(
                {"support_id": support["support_id"].head(20), "outcome": "attends", "found_on": frames.DATES[-1]}
            ),
            "children": rows.drop_duplicates("child_id")[["child_id", "area_id"]],
            "raw_flag_acknowledgements": empty(FlagAcknowledgementsInput),
        }
        opened = {"interventions": frames.interventions(), "services": frames.services(), "schools": frames.schools()}
        for name, frame in opened.items():
            lake_of_process().replace(f"children.{name}", frame, author="test")
        areas = pd.DataFrame({"area_id": ["a0"], "latitude": [-6.0], "longitude": [-79.0]})
        lake_of_process().replace("geography.areas", areas, author="test")
        with Vault.from_settings(current()).opened(LOOK) as tables:
            for name, frame in self.vaulted.items():
                tables.replace(f"children.{name}", frame, author="test")

    def run(self, *names: str) -> Any:
        stored = [
            *(
                AssetSpec(asset_key(f"children.{name}")).with_io_manager_key("vault_io_manager")
                for name in self.vaulted
            ),
            *(AssetSpec(asset_key(f"children.{name}")).with_io_manager_key("io_manager") for name in IN_LAKE),
            AssetSpec(asset_key("geography.areas")).with_io_manager_key("io_manager"),
        ]
        chosen = [asset_key(f"children.{name}") for name in names] or None
        resources = {"io_manager": LakeIOManager(), "vault_io_manager": VaultIOManager()}
        with DagsterInstance.ephemeral() as instance:
            made = materialize(
                [*ASSETS, help_checks.keeps_room, *stored], selection=chosen, resources=resources, instance=instance
            )
        assert made.success
        return made

    def vault(self, table: str) -> pd.DataFrame:
        with Vault.from_settings(current()).opened(LOOK) as tables:
            return tables.read_frame(f"children.{table}")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("help") / "home"
    with pytest.MonkeyPatch.context() as patch:
        use_home(patch, folder, domains="all")
        quick = help_settings({"plan": {"seconds": 5, "even_seconds": 0.5, "given_up_compared": [0.05]}})
        for module in (help_plans, help_reports, flag_sensor):
            patch.setattr(module, "help_settings", lambda: quick)
        made = Home()
        made.result = made.run()
        yield made
    settings_module.current.cache_clear()


def test_everybody_flagged_is_planned_for_and_the_plan_keeps_its_room(home: Home) -> None:
    given, others = home.vault("assignments"), home.vault("unassigned")
    last = home.scores[home.scores["as_of_date"] == home.scores["as_of_date"].max()]
    keys = {tuple(row) for row in last.loc[last["flagged"], ["child_id", "label"]].to_numpy()}
    planned = [tuple(row) for frame in (given, others) for row in frame[["child_id", "label"]].to_numpy()]
    assert len(planned) == len(set(planned)) and set(planned) == keys and len(given)
    checks = home.result.get_asset_check_evaluations()
    assert {check.check_name: check.passed for check in checks} == {"keeps_room": True}
    assert help_checks.overfull(pd.concat([given] * 9), frames.staff(), frames.services())
    assert set(home.vault("worklists")["child_id"]) == {child for child, _ in keys}


def test_only_rounded_totals_are_in_the_lake(home: Home) -> None:
    names = {table for table in lake_of_process().tables() if table.startswith("children.")}
    assert names == {*(f"children.{name}" for name in IN_LAKE), "children.assignment_comparison"}
    table = lake_of_process().read_frame("children.assignment_comparison").set_index("plan")
    assert (table["helped"].dropna() % 5 == 0).all()
    assert table.loc["most benefit", "benefit_expected"] >= table.loc["highest risk first", "benefit_expected"]
    events = str(home.result.all_events)
    assert not any(child in events for child in home.vault("flags")["child_id"])


def test_flags_stay_the_same_when_they_are_looked_at_again_and_take_in_an_acknowledgement(home: Home) -> None:
    before = home.vault("flags")
    home.run("flags")
    pd.testing.assert_frame_equal(before, home.vault("flags"))
    waiting = before.loc[before["state"] == "waits", "flag_id"].iloc[0]
    seen = pd.DataFrame({"flag_id": [waiting], "acknowledged_at": [pd.Timestamp.now()]})
    with Vault.from_settings(current()).opened(LOOK) as tables:
        tables.replace("children.raw_flag_acknowledgements", seen, author="test")
    home.run("flags")
    after = home.vault("flags").set_index("flag_id")["state"]
    assert after[waiting] == "acknowledged" and (after.drop(waiting) != "acknowledged").all()


def test_a_notice_is_told_by_day_and_says_how_many_and_where_only(home: Home) -> None:
    flags = home.vault("flags")
    monday = pd.to_datetime(flags["tell_at"]).max().to_pydatetime() + datetime.timedelta(days=7)
    while monday.weekday():
        monday += datetime.timedelta(days=1)
    night = monday.replace(hour=5, tzinfo=datetime.UTC)
    assert flag_sensor.tell_waiting(night) == (None, None)
    told, undelivered = flag_sensor.tell_waiting(night.replace(hour=16))
    assert told and undelivered is None
    book = AlertBook.from_settings(current()).troubles()
    assert any("in a0" in trouble.subject for trouble in book.values())
    words = str(list(book.values()))
    assert not any(code in words for column in ("child_id", "flag_id") for code in flags[column])
    assert flag_sensor.tell_waiting(night.replace(hour=17)) == (0, None)


def test_no_name_or_code_of_a_child_is_in_clear_in_the_home(home: Home) -> None:
    child = home.vault("assignments")["child_id"].iloc[0].encode()
    files = [file for file in Path(current().home).rglob("*") if file.is_file()]
    assert files and not [file for file in files if child in file.read_bytes()]


def test_an_acknowledgement_lands_sealed_and_one_without_a_code_is_refused(home: Home) -> None:
    flag = str(home.vault("flags")["flag_id"].iloc[0])
    acknowledge_flag(flag, "school_counsellor")
    source = next(one for one in domain_sources("children") if one.name == "flag_acknowledgements")
    files = LandingZone.from_settings(current(), [source]).files(source)
    assert len(files) == 1 and flag.encode() not in files[0].path.read_bytes()
    read = ingest(files, source, key=key_of(current())).accepted
    assert read["flag_id"].tolist() == [flag] and read["acknowledged_by"].tolist() == ["school_counsellor"]
    with pytest.raises(ActionRefused):
        acknowledge_flag("two words", "school_counsellor")
