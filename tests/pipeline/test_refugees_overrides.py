"""People's decisions on a supply plan, from the command to the plan that is solved around them, on the sample."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from resources.lake import Lake
from tests.conftest import make_lake
from tests.prepared_home import home_environment

COMMAND = [str(Path(sys.executable).parent / "socialai")]


@pytest.fixture(scope="module")
def home(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the prepared home without its published files."""
    copy = tmp_path_factory.mktemp("decided") / "home"
    shutil.copytree(prepared_home, copy, ignore=shutil.ignore_patterns("published"))
    return copy


def socialai(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], env=home_environment(home), capture_output=True, text=True, timeout=600, check=False
    )


def decide(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return socialai(home, "refugees", "override", *arguments, "--reason", "a flood", "--role", "camp_manager")


def plan_of(home: Path) -> pd.DataFrame:
    lake: Lake = make_lake(home, read_only=True)
    plan = lake.read_frame("refugees.supply_plan")
    lake.close()
    return plan[plan["scenario"] == "baseline"]


def test_what_is_unknown_past_or_unclear_is_refused_before_it_lands(home: Path) -> None:
    plan = plan_of(home)
    week = str(plan["week_start"].min())
    for said, arguments in {
        "There is no camp C0O. Did you mean C0": ("C0O", "soap", week, "--refuse"),
        "There is no item soup. Did you mean soap": ("C02", "soup", week, "--refuse"),
        "is past": ("C02", "soap", "2025-01-06", "--refuse"),
        "no recommendation to accept": ("C02", "soap", "2039-01-03", "--accept"),
    }.items():
        refused = decide(home, *arguments)
        assert refused.returncode == 2 and said in refused.stdout, refused.stdout + refused.stderr
    both = decide(home, "C02", "soap", week, "--refuse", "--accept")
    assert both.returncode == 2 and "give one of" in both.stderr
    name = socialai(home, "refugees", "override", "C02", "soap", week, "--refuse", "--reason", "x", "--role", "Ana Q")
    assert name.returncode == 2 and "decided_by" in name.stdout
    assert not (home / "landing" / "refugees" / "overrides").exists()


def test_the_plan_is_solved_again_around_decisions_and_their_outcome_is_kept(home: Path) -> None:
    before = plan_of(home)
    week = before["week_start"].min()
    rows = before[(before["week_start"] == week) & (before["received"] > 10)].drop_duplicates(["camp_id", "item_id"])
    first = rows.iloc[0]
    # Of decisions on the same camp, item and week only the last holds.
    second = rows[(rows["camp_id"] != first["camp_id"]) & (rows["item_id"] != first["item_id"])].iloc[0]
    half = float(round(first["received"] / 2))
    changed = decide(home, first["camp_id"], first["item_id"], str(week), "--quantity", str(half))
    refused = decide(home, second["camp_id"], second["item_id"], str(week), "--refuse")
    much = decide(home, second["camp_id"], first["item_id"], str(week), "--quantity", "1e9")
    assert [one.returncode for one in (changed, refused, much)] == [0, 0, 0], changed.stdout + refused.stdout
    assert f"exactly {half:,.6g} will be sent" in changed.stdout
    run = socialai(home, "run", "--select", "group:refugees")
    assert run.returncode == 0, run.stdout + run.stderr
    after = plan_of(home).set_index(["camp_id", "item_id", "week_start"])
    one = after.loc[[(first["camp_id"], first["item_id"], week)]]
    none = after.loc[[(second["camp_id"], second["item_id"], week)]]
    assert one["received"].tolist() == pytest.approx([half] * len(one), rel=1e-4)
    assert none["received"].tolist() == [0] and one["override_id"].notna().all()
    lake = make_lake(home, read_only=True)
    told = lake.read_frame("refugees.override_decisions").set_index("camp_id")
    states = dict(zip(told["quantity"], told["state"], strict=True))
    assert states[half] == "kept" and states[1e9] == "set aside"
    outcomes = lake.read_frame("refugees.override_outcomes")
    lake.close()
    assert outcomes["decided"].tolist().count(half) == 1
    assert not outcomes["is_synthetic"].any(), "decisions of people replace the sample's"
