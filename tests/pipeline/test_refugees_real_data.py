"""The seven conflicts of FLEE and UNHCR's tables: known problems of the sources are handled, counted and listed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from resources import settings as settings_module
from resources.lake import Lake
from socialai_assets.actions.traces import table_graph
from socialai_assets.definitions import build
from socialai_assets.tracing.row_links import DeclaredLinks
from socialai_assets.tracing.walk import walk
from tests.assets.ticking import Platform, use_home
from tests.pipeline.test_real_data import run

pytestmark = [pytest.mark.real, pytest.mark.long]


@pytest.fixture(scope="module")
def made(real_landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    home = tmp_path_factory.mktemp("refugees") / "home"
    with pytest.MonkeyPatch.context() as patch:
        use_home(patch, home, landing=str(real_landing.resolve()), sample="none", domains="refugees")
        platform = Platform.at(home)
        outcome, printed = run(platform, "group:refugees")
        assert outcome.success, printed
        assert not outcome.checks_failed, printed
        assert sorted(warning.split(":")[1].strip() for warning in outcome.warnings) == [
            "capacities_are_limits",
            "coordinates_are_their_own",
            # No stock has landed and none is drawn, so nobody is supplied.
            "every_camp_in_need_is_planned",
            "levels_hold",
            "none_refused",
            "reports_are_in_order",
            "roads_are_long_enough",
        ], printed
        yield platform.lake
        platform.close()
    settings_module.current.cache_clear()


def test_every_line_of_every_file_is_a_row_or_a_remark(made: Lake, real_landing: Path) -> None:
    folder = real_landing / "refugees" / "flee_camps"
    for name, table in (("locations", 377), ("routes", 562), ("closures", 30)):
        raw = made.read_frame(f"refugees.raw_flee_{name}")
        lines = [line for file in folder.glob(f"*/{name}.csv") for line in file.read_text("utf-8-sig").splitlines()]
        assert len(raw) == table == sum(bool(line.strip()) and "#" not in line[:2] for line in lines)
    assert len(made.read_frame("refugees.raw_flee_registrations")) == 4019
    assert not made.exists("refugees.quarantine") or made.read_frame("refugees.quarantine").empty


def test_what_cannot_be_used_is_refused_with_its_reason(made: Lake) -> None:
    refused = made.read_frame("refugees.refused_inputs")
    assert refused.groupby(["input", "rule"]).size().to_dict() == {
        ("camp_registrations", "unknown"): 15,
        ("camp_registrations", "unlinked"): 17,
        ("camps", "unlinked"): 1,
        ("flee_closures", "unknown"): 1,
        ("flee_registrations", "unknown"): 5,
        ("links", "repeated"): 2,
    }
    assert refused.loc[refused["input"] == "camps", "row_key"].item() == "car:bili"


def test_every_conflict_has_its_camps_and_reports(made: Lake) -> None:
    camps = made.read_frame("refugees.camps")
    assert camps.groupby("conflict_id").size().to_dict() == {
        "burundi": 5,
        "car": 13,
        "mali2012": 7,
        "nigeria2016_adm2": 8,
        "ssudan": 10,
        "syria2013": 4,
        "syria2017_adm2": 44,
    }
    assert (camps["capacity_basis"] == "observed_maximum").sum() == 73
    assert set(camps.loc[camps["shares_coordinates"], "name"]) == {"Domiz1", "Domiz2", "Nizip 1", "Nizip 2"}
    reports = made.read_frame("refugees.camp_registrations")
    assert (len(reports), reports["is_superseded"].sum(), reports["is_out_of_order"].sum()) == (3875, 2, 19)
    assert set(reports.loc[reports["is_out_of_order"] | reports["is_superseded"], "conflict_id"]) == {"syria2017_adm2"}
    parts = reports.groupby("camp_id")["part"].nunique()
    assert set(parts[parts > 1].index) == {"car:mboti", "car:inke", "car:betou"}


def test_weeks_are_carried_forward_from_the_first_report_to_the_conflicts_last(made: Lake) -> None:
    weeks = made.read_frame("refugees.camp_population")
    assert len(weeks) == 16505
    assert (weeks["reported_on"] <= weeks["week_start"] + pd.Timedelta(6, "D")).all()
    assert weeks["camp_id"].nunique() == 91
    # Two files of one camp add up: Mboti's camp and the people outside it.
    assert weeks.loc[weeks["camp_id"] == "car:mboti", "parts"].max() == 2


def test_closures_become_days_and_roads(made: Lake) -> None:
    closures = made.read_frame("refugees.closures")
    midyat = closures[closures["closes"] == "syria2017_adm2:midyat"]
    assert len(midyat) == 2
    assert set(midyat["closed_from"].astype(str)) == {"2018-10-01"}
    mali = closures[(closures["conflict_id"] == "mali2012") & (closures["closes"] == "MLI - BFA")]
    assert (str(mali["closed_from"].iloc[0]), str(mali["closed_until"].iloc[0])) == ("2012-02-29", "2012-03-21")


def test_demographics_keep_the_unknown_apart(made: Lake) -> None:
    groups = made.read_frame("refugees.demographics")
    raw = made.read_frame("refugees.raw_unhcr_demographics")
    parts = groups[groups["sex"] != "all"]
    assert parts["people"].sum() == raw["total"].sum()
    unknown = parts.loc[parts["sex"] == "unknown", "people"].sum()
    assert unknown == (raw["total"] - raw["f_total"] - raw["m_total"]).sum() > 0
    totals = groups[(groups["sex"] == "all") & (groups["population_type"] == "refugees")]
    assert totals["people"].sum() == made.read_frame("refugees.raw_unhcr_population")["refugees"].sum()


def test_a_population_of_each_conflict_is_traced_to_the_lines_it_was_read_from(made: Lake, real_landing: Path) -> None:
    graph = table_graph(build(settings_module.load(domains="refugees")))
    weeks = made.read_frame("refugees.camp_population").groupby("conflict_id").nth(30)
    assert len(weeks) == 7
    for week in weeks.itertuples():
        key = [f"camp_id={week.camp_id}", f"week_start={str(week.week_start)[:10]}"]
        trace = walk(made, graph, DeclaredLinks.of_domains(), "refugees.camp_population", key, shown=50)
        files = trace.steps["refugees.raw_flee_registrations"].files
        found = [
            (real_landing / file.file).read_text("utf-8-sig").splitlines()[line - 1].split(",")
            for file in files
            for line in file.lines
        ]
        assert len(found) == week.parts and sum(float(people) for _, people in found) == week.people, key
