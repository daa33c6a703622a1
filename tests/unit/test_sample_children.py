"""Synthetic children: what was planted can be found again, and no record is invented beside a real child's."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from resources.landing import LandingZone
from resources.settings import Settings
from socialai_assets.catalog import all_sources
from socialai_assets.ingest.rows import ingest
from socialai_assets.ingest.sample import INPUTS, SampleAreas, children_records, poverty, write_sample
from socialai_assets.ingest.sample.areas import generator
from socialai_assets.ingest.sample.children_catalogue import CATALOGUE
from socialai_assets.ingest.sample.children_families import OTHER_LANGUAGE, child_codes
from socialai_assets.ingest.sample.children_lives import TODAY, months_to_next_terms_end
from socialai_assets.ingest.sample.children_records import UNKNOWN_ROWS, SampleChildren
from socialai_assets.ingest.sample.country import sample_country
from socialai_assets.ingest.sample.late_knowledge import known
from socialai_assets.sampling import CHILDREN_REGISTER, missing_inputs

SEED, SCALE = 3, 0.35
CHILDREN = tuple(name for name, domain in INPUTS.items() if domain == "children")


class Written:
    """The files of children as the platform reads them, and the truth beside them."""

    def __init__(self, folder: Path) -> None:
        self.files = write_sample(folder, scale=SCALE, seed=SEED, inputs=CHILDREN)
        zone = LandingZone(folder, None, "all", all_sources())
        sources = {source.name: source for source in all_sources() if source.canonical}
        self.tables = {name: ingest(zone.files(sources[name]), sources[name]) for name in CHILDREN}
        self.truth_folder = folder / "children" / "sample" / "_truth"

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name].accepted

    def truth(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.truth_folder / f"{name}.csv")

    @cached_property
    def risk(self) -> pd.DataFrame:
        """True risk by child and month, with what was recorded to happen after."""
        risk = self.truth("risk").assign(month=lambda rows: pd.to_datetime(rows["month"]))
        codes = pd.Series(range(len(self.truth("traits"))), child_codes(len(self.truth("traits")), SEED))
        ends = pd.to_datetime(self["terms"]["ends_on"]).sort_values().tolist()
        until = {month: [end for end in ends if end >= month][1] for month in risk["month"].unique()}
        left = self["enrolments"].query("event == 'left'")
        opened = self["cases"].query("event == 'opened'")
        for label, rows, last in (
            ("left", left, risk["month"].map(until)),
            ("opened", opened, risk["month"] + pd.Timedelta(182, "D")),
        ):
            events = pd.DataFrame(
                {"child_number": rows["child_id"].map(codes), "on": pd.to_datetime(rows["event_date"])}
            ).dropna()
            after = pd.merge_asof(
                risk.reset_index().sort_values("month"),
                events.astype({"child_number": int}).sort_values("on"),
                left_on="month",
                right_on="on",
                by="child_number",
                direction="forward",
            )
            risk[label] = after.set_index("index")["on"].le(last)
        return risk


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return Written(tmp_path_factory.mktemp("children"))


def test_risks_are_as_the_truth_says_and_neither_trivial_nor_hidden(written: Written) -> None:
    risk = written.risk[written.risk["month"].between("2023-04-01", "2024-12-01")]
    for label, column, least, most in (("left", "leave_risk", 0.03, 0.09), ("opened", "case_risk", 0.015, 0.055)):
        share, expected = risk[label].mean(), risk[column].mean()
        assert least < share < most, (label, share)
        assert share == pytest.approx(expected, rel=0.3), (label, share, expected)
        assert 0.72 < roc_auc_score(risk[label], risk[column]) < 0.92, label


def test_truth_names_nobody(written: Written) -> None:
    codes = set(written["children"]["child_id"])
    for path in written.truth_folder.iterdir():
        # As whole words: six decimals of a risk may look like part of a code.
        assert not codes & set(path.read_text().replace(",", "\n").split("\n")), path.name
    numbers = written.truth("traits")["child_number"]
    assert codes <= {*child_codes(len(numbers), SEED), "970000013"}


def test_names_addresses_and_notes_are_in_the_files_and_not_in_the_rows(written: Written) -> None:
    extra = {name: set(table.report.extra_columns) for name, table in written.tables.items()}
    assert extra["children"] == {"nombre", "direccion"}
    assert extra["staff"] == {"nombre"}
    assert extra["cases"] == extra["support"] == {"observaciones"}
    for table in written.tables.values():
        assert not {"nombre", "direccion", "observaciones"} & set(table.accepted.columns)


def test_rows_on_something_unknown_are_those_planted(written: Written) -> None:
    children, support = set(written["children"]["child_id"]), set(written["support"]["support_id"])
    in_lists = {
        "household_id": set(written["households"]["household_id"]),
        "school_id": set(written["schools"]["school_id"]),
        "term_id": set(written["terms"]["term_id"]),
        "intervention_id": set(written["interventions"]["intervention_id"]),
        "service_id": set(written["services"]["service_id"]),
        "support_id": support,
        "child_id": children,
    }
    found = {}
    for name in UNKNOWN_ROWS:
        table = written[name]
        bad = pd.Series(False, table.index)
        for column, values in in_lists.items():
            if column in table.columns:
                bad |= table[column].notna() & ~table[column].isin(values)
        found[name] = int(bad.sum())
    assert found == UNKNOWN_ROWS == written.truth("unknown_rows").set_index("table").iloc[:, 0].to_dict()


def test_nothing_is_known_before_it_happens_and_some_of_it_late(written: Written) -> None:
    days = {"enrolments": "event_date", "cases": "event_date", "outcomes": "found_on", "reviews": "decided_on"}
    days |= {"attendance": "month", "support": "offered_on", "households": "report_date"}
    for name, day in days.items():
        rows = written[name]
        late = (pd.to_datetime(rows["knowledge_date"]) - pd.to_datetime(rows[day])).dt.days
        assert late.min() >= 0, name
        assert late.max() > 30, name
        assert pd.to_datetime(rows["knowledge_date"]).max() <= TODAY, name
    left = written["enrolments"].query("event == 'left'")
    assert (pd.to_datetime(left["knowledge_date"]) - pd.to_datetime(left["event_date"])).dt.days.median() > 14


def test_help_that_ends_on_the_day_a_child_leaves_is_a_leak_from_the_future(written: Written) -> None:
    support = written["support"].dropna(subset="ended_on")
    assert (pd.to_datetime(support["ended_on"]) > pd.to_datetime(support["knowledge_date"])).mean() > 0.95
    left = written["enrolments"].query("event == 'left'")[["child_id", "event_date"]]
    same = support.merge(left, left_on=["child_id", "ended_on"], right_on=["child_id", "event_date"])
    assert len(same) > 10


def test_cases_of_one_group_are_recorded_more_readily(written: Written) -> None:
    children = written["children"].set_index("child_id")["language"] == OTHER_LANGUAGE
    numbers = pd.Series(child_codes(len(written.truth("traits")), SEED))
    risk = written.risk.assign(other=written.risk["child_number"].map(numbers).map(children)).dropna(subset="other")
    by_group = risk.groupby("other")[["harm_hazard", "opened"]].mean()
    ratio = by_group.loc[True] / by_group.loc[False]
    assert ratio["opened"] > 1.25 * ratio["harm_hazard"]


def test_highest_risk_first_is_not_most_benefit(written: Written) -> None:
    """A fifth of the children can have one kind of help each: whom the truth would choose, and whom risk would."""
    risk = written.risk[written.risk["month"] == "2024-09-01"].set_index("child_number")["leave_risk"]
    effects = written.truth("effects").set_index("child_number").loc[risk.index]
    best = effects[[kind.intervention_id for kind in CATALOGUE if kind.acts_on == "leaves_school"]].max(axis=1)
    capacity = len(risk) // 5
    by_risk = (risk * best).loc[risk.nlargest(capacity).index].sum()
    by_benefit = (risk * best).nlargest(capacity).sum()
    assert by_benefit > 1.2 * by_risk
    by_chance = (risk * best).mean() * capacity
    assert by_risk > by_chance


def test_past_help_followed_need_and_chance(written: Written) -> None:
    offered = set(written["support"].query("intervention_id == 'attendance_talk'")["child_id"])
    attendance = written["attendance"].groupby("child_id")[["days_absent", "days_open"]].sum()
    share = attendance["days_absent"] / attendance["days_open"]
    given = pd.Series(share.index.isin(offered), share.index)
    often, seldom = given[share > 0.12], given[share < 0.05]
    assert often.mean() > 3 * seldom.mean() > 0
    assert often.mean() < 0.7


def test_some_knowledge_is_months_late_and_none_early() -> None:
    days = pd.Series(pd.date_range("2024-01-01", periods=2000, freq="D"))
    delay = (known(generator(0, "late"), days, 8) - days).dt.days
    assert delay.min() >= 0
    assert 0.04 < (delay > 29).mean() < 0.1


def test_months_at_risk_reach_to_the_end_of_next_term() -> None:
    assert months_to_next_terms_end(pd.Period("2024-04")) == 9
    assert months_to_next_terms_end(pd.Period("2024-12")) == 7.5


@pytest.mark.parametrize("real", [False, True])
def test_few_areas_are_enough(real: bool) -> None:
    areas = sample_country(1, 0)
    few = SampleAreas(areas.table[areas.table["level"] == "admin3"].head(8).assign(parent_id=None if real else "x"))
    drawn = SampleChildren(few, poverty.poverty_truth(few, 0), 0.01, 0)
    assert len(drawn.families.children) == 300
    assert all(len(drawn.table(name)) for name in children_records.TABLES)


@pytest.mark.parametrize(("landed", "invented"), [("children", False), ("schools", True)])
def test_no_record_is_invented_beside_a_real_childs(tmp_path: Path, landed: str, invented: bool) -> None:
    folder = tmp_path / "landed" / "children" / landed
    folder.mkdir(parents=True)
    (folder / "mine.csv").write_text("child_id\nA\n")
    settings = Settings(home=tmp_path / "home", landing=tmp_path / "landed")
    wanted = {source.name for source in missing_inputs(settings, all_sources(settings))}
    assert (set(CHILDREN_REGISTER) <= wanted) == invented
    assert bool(set(CHILDREN_REGISTER) & wanted) == invented
    assert "interventions" in wanted


def test_draws_are_the_same_for_the_same_seed() -> None:
    assert child_codes(50, 1) == child_codes(50, 1) != child_codes(50, 2)
    assert np.unique(child_codes(6000, 0)).size == 6000
