"""Records of help given to the sample's children, what came of it, and what people decided on flags.

A row on help is known from the day of the offer, but says when the help ended, which is known later: help that ends
when a child leaves school ends on that very day. Who reads that before its day knows the future.
"""

from __future__ import annotations

import pandas as pd

from socialai_assets.ingest.sample.areas import generator
from socialai_assets.ingest.sample.children_catalogue import CATALOGUE, NO_INTERVENTION
from socialai_assets.ingest.sample.children_families import SampleFamilies
from socialai_assets.ingest.sample.children_lives import TODAY, SampleLives
from socialai_assets.ingest.sample.children_places import person_names
from socialai_assets.ingest.sample.late_knowledge import UNKNOWN_CHILD, known, planted

FOUND_AFTER_DAYS = 182
REVIEWED_RISK, REVIEWS_A_MONTH = 0.85, 6
UNKNOWN_HELP = "AP-X0001"
_DECISIONS = {"confirmed": 0.55, "cleared": 0.3, "contested": 0.15}
_REASONS = {
    "confirmed": ("known_to_services", "already_supported"),
    "cleared": ("record_wrong", "circumstances_changed", "not_at_risk"),
    "contested": ("record_wrong", "not_at_risk"),
}


def support(families: SampleFamilies, lives: SampleLives, seed: int) -> pd.DataFrame:
    """Offers with when they began and ended, so far; columns of `children.raw_support` and a note."""
    random = generator(seed, "records of help")
    given = lives.help
    table = pd.DataFrame({"support_id": [f"AP-{i:06}" for i in range(1, len(given) + 1)]})
    table["child_id"] = families.children["child_id"].to_numpy()[given["child_number"]]
    for name in ("intervention_id", "service_id", "staff_id", "offered_on"):
        table[name] = given[name]
    left = _first_after(given, lives.events[lives.events["event"] == "left"], "event_date", "started_on")
    for_school = given["intervention_id"].map(
        {kind.intervention_id: kind.acts_on == "leaves_school" for kind in CATALOGUE}
    )
    ends = given["ends_on"].where(~(for_school & (left < given["ends_on"])), left)
    table["started_on"] = given["started_on"].where(given["started_on"] <= TODAY)
    table["ended_on"] = ends.where(ends <= TODAY)
    names = person_names(random, len(table))
    table["observaciones"] = [f"Coordinado con {name}." for name in names]
    table["knowledge_date"] = known(random, table["offered_on"], 5)
    table = table[table["knowledge_date"] <= TODAY].reset_index(drop=True)
    strange = [
        {"support_id": "AP-X0002", "child_id": UNKNOWN_CHILD},
        {"support_id": "AP-X0003", "intervention_id": NO_INTERVENTION},
        {"support_id": "AP-X0004", "service_id": "SV-unknown"},
    ]
    return planted(table, strange)


def outcomes(help_records: pd.DataFrame, families: SampleFamilies, lives: SampleLives, seed: int) -> pd.DataFrame:
    """What was found half a year after help began, or when the child had left or a case was opened before that."""
    random = generator(seed, "records of outcomes")
    numbers = pd.Series(families.children["child_number"].to_numpy(), families.children["child_id"])
    begun = help_records[help_records["started_on"].notna() & help_records["child_id"].isin(numbers.index)].copy()
    begun["child_number"] = numbers.loc[begun["child_id"]].to_numpy()
    begun["due"] = begun["started_on"] + pd.Timedelta(FOUND_AFTER_DAYS, "D")
    left = _first_after(begun, lives.events[lives.events["event"] == "left"], "event_date", "started_on")
    opened = _first_after(begun, lives.harm[lives.harm["is_recorded"]], "opened_on", "started_on")
    moved = _first_after(begun, lives.events[lives.events["event"] == "transferred"], "event_date", "started_on")
    outcome, found = pd.Series("attends", begun.index), begun["due"].copy()
    for what, day in (("moved", moved), ("case_opened", opened), ("left_school", left)):
        applies = day <= begun["due"]
        outcome, found = outcome.where(~applies, what), found.where(~applies, day)
    outcome = outcome.where((random.uniform(size=len(begun)) > 0.07) | (outcome == "left_school"), "not_known")
    table = pd.DataFrame(
        {"support_id": begun["support_id"], "child_id": begun["child_id"], "outcome": outcome, "found_on": found}
    )
    table["knowledge_date"] = known(random, table["found_on"], 10)
    table = table[table["knowledge_date"] <= TODAY].reset_index(drop=True)
    return planted(table, [{"support_id": UNKNOWN_HELP}])


def reviews(families: SampleFamilies, lives: SampleLives, seed: int) -> pd.DataFrame:
    """What people decided on children at high risk, a few each month of the last year."""
    random = generator(seed, "records of reviews")
    codes, rows = families.children["child_id"].to_numpy(), []
    months = lives.months[lives.months["month"] > TODAY - pd.Timedelta(365, "D")]
    for label, risk, role in (
        ("leaves_school", "leave_risk", "school_counsellor"),
        ("case_opens", "case_risk", "social_worker"),
    ):
        for month, there in months.groupby("month"):
            high = there.loc[there[risk] > there[risk].quantile(REVIEWED_RISK), "child_number"].to_numpy()
            for child in random.choice(high, min(len(high), REVIEWS_A_MONTH), replace=False):
                decision = str(random.choice(list(_DECISIONS), p=list(_DECISIONS.values())))
                day = pd.Timestamp(str(month)) + pd.Timedelta(int(random.integers(0, 27)), "D")
                by = "parent" if decision == "contested" else role
                rows.append((codes[child], label, decision, str(random.choice(_REASONS[decision])), day, by))
    columns = ["child_id", "label", "decision", "reason_code", "decided_on", "decided_by"]
    table = pd.DataFrame(rows, columns=columns).sort_values(["decided_on", "child_id"], ignore_index=True)
    table.insert(0, "review_id", [f"RV-{i:05}" for i in range(1, len(table) + 1)])
    table["knowledge_date"] = known(random, table["decided_on"], 2)
    table = table[table["knowledge_date"] <= TODAY].reset_index(drop=True)
    return planted(table, [{"review_id": "RV-X0001", "child_id": UNKNOWN_CHILD}])


def _first_after(rows: pd.DataFrame, events: pd.DataFrame, day: str, after: str) -> pd.Series:
    """The first event of the same child on or after each row's day; missing where there is none."""
    ordered = rows[["child_number", after]].reset_index(names="row").dropna(subset=after).sort_values(after)
    found = pd.merge_asof(
        ordered,
        events[["child_number", day]].dropna().sort_values(day),
        left_on=after,
        right_on=day,
        by="child_number",
        direction="forward",
    )
    return found.set_index("row")[day].reindex(rows.index)
