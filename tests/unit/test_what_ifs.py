"""What people may change about plans: defaults and limits are the settings' own; what these do not take is refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from resources.errors import ActionRefused, NothingSuch
from socialai_assets.serving.dashboard.words import spanish
from socialai_assets.serving.run_records import RunRecord, RunRecords
from socialai_assets.serving.what_ifs import PLANS, Plan, plan_named, scenario_named

RUN = "00000000-0000-0000-0000-000000000001"


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_the_form_as_it_comes_changes_nothing(plan: Plan) -> None:
    assert plan.changes({path: "" if value is None else value for path, value in plan.defaults().items()}) == {}
    for assumption in plan.assumptions:
        least, most = plan.limits(assumption)
        default = plan.defaults()[assumption.path]
        if assumption.kind in ("number", "whole") and default is not None:
            assert (least is None or least <= default) and (most is None or default <= most)


def test_changes_are_nested_as_the_plans_settings_are() -> None:
    changes = plan_named("water-repair").changes({"repair.budget_usd": "2e6", "repair.objective": "weighted"})
    assert changes == {"repair": {"budget_usd": 2_000_000.0}}
    plan = plan_named("water-repair")
    assert [(one.label, value) for one, value in plan.changed(changes)] == [("Budget", 2_000_000.0)]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"repair.budget_usd": "-1"}, "greater than or equal to 0"),
        ({"repair.budget_usd": "much"}, "is no number"),
        ({"repair.budget_usd": ""}, "is empty"),
        ({"repair.objective": "everybody"}, "Input should be"),
        ({"repair.seconds": "1"}, "has no assumption"),
    ],
)
def test_what_a_plan_does_not_take_is_refused_in_words(given: dict[str, str], why: str) -> None:
    with pytest.raises(ActionRefused, match=why):
        plan_named("water-repair").changes(given)


def test_names_of_plans_and_scenarios() -> None:
    assert scenario_named(" twice the money ") == "twice-the-money"
    for wrong in ("baseline", "", "a/b", "x" * 41, "'; DROP"):
        with pytest.raises(ActionRefused):
            scenario_named(wrong)
    with pytest.raises(NothingSuch):
        plan_named("children")


def test_every_label_has_its_spanish() -> None:
    labels = {label for plan in PLANS.values() for label in (plan.title, plan.says, *plan.outcome.columns)}
    for plan in PLANS.values():
        for one in plan.assumptions:
            labels |= {one.label, *(text for _, text in one.choices)} | ({one.unit} if one.unit else set())
    assert labels - set(spanish()) == set()


def test_a_run_lives_as_long_as_its_process_even_if_that_is_killed(tmp_path: Path) -> None:
    records = RunRecords(tmp_path)
    record = RunRecord(RUN, "water-repair", "double", {}, "ana", "water_engineer", time.time())
    records.write(record)
    assert not records.lives(RUN)
    life = records.life(RUN)
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], pass_fds=[life], start_new_session=True
    )
    os.close(life)
    assert records.lives(RUN)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not records.lives(RUN)
    assert records.cancelled(RUN, "ana").cancelled_by == "ana"
    assert records.newest(5) == [records.read(RUN)]
    with pytest.raises(NothingSuch):
        records.read("../../etc/passwd")
