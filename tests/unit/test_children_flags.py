"""Tests of flags: each is told once, held back and escalated as it should be, and no notice says who or few."""

from __future__ import annotations

import datetime
from pathlib import Path

import pandas as pd
import pytest

from resources.alert_book import AlertBook
from resources.notifier import Alert
from socialai_assets.children.flag_life import Known, after_quiet_hours, updated_flags
from socialai_assets.children.flag_notices import notices, tell
from socialai_assets.children.help_contracts import Flags
from socialai_assets.children.help_settings import AlertSettings
from socialai_assets.ingest.contract import empty

SETTINGS = AlertSettings(least_waiting=3)
MONDAY = datetime.datetime(2025, 6, 2, 15)
NOTHING = Known(
    cases=pd.DataFrame(columns=["case_id", "child_id", "event", "event_date"]),
    support=pd.DataFrame(
        columns=[
            "child_id",
            "intervention_id",
            "offered_on",
            "started_on",
            "ended_on",
            "knowledge_date",
        ]
    ),
    acts_on=pd.Series({"talks": "leaves_school"}),
    acknowledgements=pd.DataFrame(columns=["flag_id", "acknowledged_at"]),
)


def scored(day: str, score: dict[str, float], flagged: set[str], state: str = "scored") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "child_id": list(score),
            "label": "leaves_school",
            "as_of_date": datetime.date.fromisoformat(day),
            "score": list(score.values()),
            "flagged": [child in flagged for child in score],
            "area_id": "a0",
            "state": state,
            "is_synthetic": True,
        }
    )


def run(before: pd.DataFrame, scores: pd.DataFrame, now: datetime.datetime = MONDAY, known: Known = NOTHING):
    return updated_flags(before, scores, known, now=now, settings=SETTINGS)


@pytest.fixture
def june() -> pd.DataFrame:
    return run(empty(Flags), scored("2025-06-01", {"x": 0.5, "y": 0.4, "z": 0.1}, {"x", "y"}))


def states(flags: pd.DataFrame) -> dict[str, str]:
    return dict(zip(flags["child_id"], flags["state"], strict=True))


def test_a_flag_is_raised_once_however_often_the_scores_are_looked_at(june: pd.DataFrame) -> None:
    assert states(june) == {"x": "waits", "y": "waits"} and set(june["kind"]) == {"new"}
    again = run(june, scored("2025-06-01", {"x": 0.5, "y": 0.4, "z": 0.1}, {"x", "y"}), MONDAY.replace(day=3))
    pd.testing.assert_frame_equal(june, again)
    july = scored("2025-07-01", {"x": 0.55, "y": 0.41, "z": 0.1}, {"x", "y"})
    later = run(
        june, pd.concat([scored("2025-06-01", {"x": 0.5, "y": 0.4}, {"x", "y"}), july]), MONDAY.replace(month=7)
    )
    assert later["flag_id"].tolist() == june["flag_id"].tolist() and set(later["kind"]) == {"new"}
    assert set(later["told_on"].astype(str)) == {"2025-06-01"}


def test_a_flag_that_rises_is_told_again_and_one_that_goes_ends(june: pd.DataFrame) -> None:
    july = run(june, scored("2025-07-01", {"x": 0.65, "y": 0.2, "z": 0.3}, {"x", "z"}), MONDAY.replace(month=7))
    assert states(july) == {"x": "waits", "y": "ended", "z": "waits"}
    assert dict(zip(july["child_id"], july["kind"], strict=True)) == {"x": "rising", "y": "new", "z": "new"}
    cleared = scored("2025-08-01", {"x": 0.65}, set(), state="cleared")
    august = run(july, cleared, MONDAY.replace(month=8)).set_index("child_id")
    assert august.loc["x", "why"] == "cleared on review" and august.loc["z", "why"] == "no longer enrolled"
    back = run(august.reset_index()[july.columns], scored("2025-09-01", {"x": 0.7}, {"x"}), MONDAY.replace(month=9))
    assert len(back[back["child_id"] == "x"]) == 2 and back["flag_id"].is_unique


def test_an_acknowledged_flag_waits_for_nobody_until_it_rises(june: pd.DataFrame) -> None:
    row = june.set_index("child_id").loc["x"]
    seen = Known(
        **{**vars(NOTHING), "acknowledgements": pd.DataFrame(
            {"flag_id": [row["flag_id"]], "acknowledged_at": [pd.Timestamp(2025, 6, 3, 9)]})}
    )  # fmt: skip
    later = run(june, scored("2025-06-01", {"x": 0.5, "y": 0.4}, {"x", "y"}), MONDAY.replace(day=4), seen)
    assert states(later) == {"x": "acknowledged", "y": "waits"}
    risen = run(later, scored("2025-07-01", {"x": 0.7, "y": 0.4}, {"x", "y"}), MONDAY.replace(month=7), seen)
    assert states(risen)["x"] == "waits"


def test_whoever_has_an_open_case_or_is_helped_is_held_back_until_that_ends() -> None:
    opened = {"case_id": "k", "child_id": "x", "event": "opened", "event_date": pd.Timestamp(2025, 5, 1)}
    closed = {**opened, "event": "closed", "event_date": pd.Timestamp(2025, 6, 10)}
    helped = pd.DataFrame(
        {
            "child_id": ["y"],
            "intervention_id": ["talks"],
            "offered_on": [pd.Timestamp(2025, 5, 1)],
            "started_on": [pd.Timestamp(2025, 5, 9)],
            "ended_on": [pd.NaT],
            "knowledge_date": [pd.Timestamp(2025, 5, 2)],
        }
    )
    scores = scored("2025-06-01", {"x": 0.5, "y": 0.4, "z": 0.3}, {"x", "y", "z"})
    now = Known(**{**vars(NOTHING), "cases": pd.DataFrame([opened]), "support": helped})
    flags = run(empty(Flags), scores, MONDAY, now)
    assert states(flags) == {"x": "held back", "y": "held back", "z": "waits"}
    after = Known(**{**vars(NOTHING), "cases": pd.DataFrame([closed, opened]), "support": helped})
    monday = datetime.datetime(2025, 6, 16, 15)
    later = run(flags, scores, monday, after).set_index("child_id")
    assert later["state"].to_dict() == {"x": "waits", "y": "held back", "z": "waits"}
    assert later.loc["x", "tell_at"] == monday and later.loc["z", "tell_at"] == MONDAY


def test_nothing_is_told_at_night_or_at_the_week_end() -> None:
    # Lima is five hours behind UTC.
    friday_evening = datetime.datetime(2025, 6, 7, 1, 30)
    assert after_quiet_hours(friday_evening, SETTINGS) == datetime.datetime(2025, 6, 9, 12)
    assert after_quiet_hours(MONDAY, SETTINGS) == MONDAY
    flags = run(empty(Flags), scored("2025-06-01", dict.fromkeys("vwx", 0.5), set("vwx")), friday_evening)
    assert notices(flags, datetime.datetime(2025, 6, 8, 15), SETTINGS) == []
    assert len(notices(flags, datetime.datetime(2025, 6, 9, 13), SETTINGS)) == 1


def test_a_notice_names_no_place_with_few_and_a_supervisor_hears_of_what_is_overdue() -> None:
    scores = scored("2025-06-01", {f"c{number}": 0.5 for number in range(9)}, {f"c{number}" for number in range(9)})
    scores["area_id"] = ["a0"] * 4 + ["a1"] * 2 + ["a2"] * 2 + ["a3"]
    flags = run(empty(Flags), scores)
    soon = notices(flags, MONDAY, SETTINGS)
    assert {(n.role, n.area_id, n.waiting) for n in soon} == {
        ("school_counsellor", "a0", 4),
        ("school_counsellor", None, 5),
    }
    late = [n for n in notices(flags, MONDAY + datetime.timedelta(days=4), SETTINGS) if n.overdue]
    assert {(n.role, n.area_id, n.waiting) for n in late} == {("administrator", "a0", 4), ("administrator", None, 5)}
    few = notices(flags.head(2), MONDAY, SETTINGS)
    assert [(n.role, n.area_id, n.waiting) for n in few] == [(None, None, None)]
    texts = " ".join(n.subject() + n.key for n in [*soon, *late, *few])
    assert not any(child in texts for child in (*flags["child_id"], *flags["flag_id"], "a1", "a2", "a3"))


def test_what_waits_is_told_once_and_ends_without_a_word(tmp_path: Path) -> None:
    told: list[Alert] = []

    class Keeping:
        def send(self, alert: Alert) -> None:
            told.append(alert)

    class Unreachable:
        def send(self, alert: Alert) -> None:
            raise OSError("no line")

    book = AlertBook(tmp_path / "alerts.sqlite")
    flags = run(empty(Flags), scored("2025-06-01", dict.fromkeys("vwx", 0.5), set("vwx")))
    now, found = MONDAY.replace(tzinfo=datetime.UTC), notices(flags, MONDAY, SETTINGS)
    assert tell(found, book, Unreachable(), now=now, days=7) == (0, "OSError: no line")
    hour = datetime.timedelta(hours=1)
    assert [tell(found, book, Keeping(), now=now + n * hour, days=7)[0] for n in (1, 2, 3)] == [1, 0, 0]
    assert tell([], book, Keeping(), now=now + 4 * hour, days=7) == (0, None)
    assert tell(found, book, Keeping(), now=now + 5 * hour, days=7)[0] == 1
    assert [alert.subject for alert in told] == ["3 flags of children wait for the role school_counsellor in a0"] * 2
    assert "vwx" not in "".join(alert.detail for alert in told)
