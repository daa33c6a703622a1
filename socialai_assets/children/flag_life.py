"""The life of flags: raised, risen, held back, acknowledged, ended; each is told once. Scores nobody and tells nobody.

A flag is one child's for one risk for as long as the scores go on flagging the child.
"""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd

from socialai_assets.automation.quiet_hours import is_quiet
from socialai_assets.children.help_contracts import Flags
from socialai_assets.children.help_eligibility import CLEARED, running_help
from socialai_assets.children.help_settings import ROLE_OF, AlertSettings
from socialai_assets.ingest.contract import any_synthetic, empty, validate

WAITS, ACKNOWLEDGED, HELD_BACK, ENDED = "waits", "acknowledged", "held back", "ended"
OPEN_CASE = "a case of protection is open: who is in charge knows the child"
BEING_HELPED = "the child is being helped with this risk"


@dataclass(frozen=True, eq=False)
class Known:
    """What is known beside scores.

    Attributes:
        cases: `children.cases`.
        support: `children.support`.
        acts_on: risk by `intervention_id`.
        acknowledgements: `children.raw_flag_acknowledgements`.
    """

    cases: pd.DataFrame
    support: pd.DataFrame
    acts_on: pd.Series
    acknowledgements: pd.DataFrame


def updated_flags(
    before: pd.DataFrame, scores: pd.DataFrame, known: Known, *, now: datetime.datetime, settings: AlertSettings
) -> pd.DataFrame:
    """Rows of `children.flags` after the scores there are; the same scores again change nothing.

    Args:
        before: the rows as they were.
        scores: `children.risk_scores`; dates before the last one that was looked at are passed over.
        known: cases, help and acknowledgements.
        now: the time, UTC.
        settings: what is told again, quiet hours, patience.
    """
    flags = {str(row["flag_id"]): row for row in before.to_dict("records")}
    days = pd.to_datetime(scores["as_of_date"])
    last_seen = pd.to_datetime(before["scored_on"]).max() if len(before) else pd.NaT
    synthetic = any_synthetic(scores)
    for day in sorted(days.unique()):
        if not pd.isna(last_seen) and day < last_seen:
            continue
        rows = scores[days == day].to_dict("records")
        _look(flags, rows, pd.Timestamp(day), now, settings, synthetic)
    why = _held_back(known, pd.Timestamp(now.date()))
    acknowledged = _acknowledged(known.acknowledgements)
    for flag in flags.values():
        _settle(flag, why, acknowledged.get(flag["flag_id"]), now, settings)
    if not flags:
        return empty(Flags)
    made = pd.DataFrame(sorted(flags.values(), key=lambda row: (str(row["raised_on"]), row["flag_id"])))
    return validate(made[list(empty(Flags).columns)], Flags)


def _look(
    flags: dict[str, dict],
    rows: list[dict],
    day: pd.Timestamp,
    now: datetime.datetime,
    settings: AlertSettings,
    synthetic: bool,
) -> None:
    """Take the scores of one date."""
    opened = {(flag["child_id"], flag["label"]): flag for flag in flags.values() if flag["state"] != ENDED}
    seen, labels = {(row["child_id"], row["label"]): row for row in rows}, {row["label"] for row in rows}
    for key, row in seen.items():
        if not row["flagged"]:
            continue
        flag, score = opened.get(key), float(row["score"])
        if flag is None:
            flag = _raised(row, day, synthetic)
            flags[flag["flag_id"]] = flag
            _tell(flag, "new", day, score, now, settings)
        elif pd.Timestamp(flag["told_on"]) < day and score >= flag["told_score"] + settings.rising:
            _tell(flag, "rising", day, score, now, settings)
        flag.update(score=score, scored_on=day.date(), area_id=row["area_id"])
    for key, flag in opened.items():
        row = seen.get(key)
        if flag["label"] not in labels or (row is not None and row["flagged"]):
            continue
        cleared = row is not None and row["state"] == CLEARED
        why = "cleared on review" if cleared else "no longer among those flagged" if row else "no longer enrolled"
        flag.update(state=ENDED, why=why, scored_on=day.date())


def _raised(row: dict, day: pd.Timestamp, synthetic: bool) -> dict:
    text = f"{row['child_id']}\x1f{row['label']}\x1f{day:%Y-%m-%d}"
    return {
        "flag_id": hashlib.sha256(text.encode()).hexdigest()[:20],
        "child_id": row["child_id"],
        "label": row["label"],
        "role": ROLE_OF[row["label"]],
        "raised_on": day.date(),
        "acknowledged_at": None,
        "is_synthetic": synthetic,
    }


def _tell(
    flag: dict, kind: str, day: pd.Timestamp, score: float, now: datetime.datetime, settings: AlertSettings
) -> None:
    moment = after_quiet_hours(now, settings)
    by = moment + datetime.timedelta(days=settings.acknowledge_days)
    flag.update(kind=kind, told_on=day.date(), told_score=score, state=WAITS, why=None)
    flag.update(tell_at=moment, acknowledge_by=by)


def _settle(
    flag: dict,
    why: dict[tuple[str, str], str],
    acknowledged_at: pd.Timestamp | None,
    now: datetime.datetime,
    settings: AlertSettings,
) -> None:
    """Hold back what others take care of, tell what they no longer do, note what was acknowledged since it was told."""
    if flag["state"] == ENDED:
        return
    reason = why.get((flag["child_id"], flag["label"]))
    if reason is not None:
        flag.update(state=HELD_BACK, why=reason)
        return
    if flag["state"] == HELD_BACK:
        _tell(flag, str(flag["kind"]), pd.Timestamp(flag["told_on"]), float(flag["told_score"]), now, settings)
    told = pd.Timestamp(flag["told_on"])
    if acknowledged_at is not None and acknowledged_at >= told:
        flag.update(state=ACKNOWLEDGED, acknowledged_at=acknowledged_at)
    else:
        flag.update(state=WAITS, acknowledged_at=None)


def _held_back(known: Known, today: pd.Timestamp) -> dict[tuple[str, str], str]:
    """Why each child and risk needs no alert."""
    ordered = known.cases.assign(
        opens=known.cases["event"].eq("opened"), day=pd.to_datetime(known.cases["event_date"])
    ).sort_values(["day", "opens"], ascending=[True, False], kind="stable")
    last = ordered.drop_duplicates("case_id", keep="last")
    found = {(child, label): OPEN_CASE for child in last.loc[last["opens"], "child_id"].unique() for label in ROLE_OF}
    running = running_help(known.support, today)
    for child, label in zip(running["child_id"], running["intervention_id"].map(known.acts_on), strict=True):
        found.setdefault((child, label), BEING_HELPED)
    return found


def _acknowledged(rows: pd.DataFrame) -> dict[str, pd.Timestamp]:
    """The last acknowledgement of each flag."""
    moments = pd.to_datetime(rows["acknowledged_at"])
    return moments.groupby(rows["flag_id"]).max().to_dict()


def after_quiet_hours(moment: datetime.datetime, settings: AlertSettings) -> datetime.datetime:
    """The first moment from one on that is not quiet; both UTC without a zone.

    Args:
        moment: UTC without a zone.
        settings: hours and days, in their time zone.
    """
    local = moment.replace(tzinfo=datetime.UTC).astimezone(ZoneInfo(settings.time_zone))
    while is_quiet(local, settings):
        following = local.replace(minute=0, second=0, microsecond=0) + datetime.timedelta(hours=1)
        local = following
    return local.astimezone(datetime.UTC).replace(tzinfo=None)
