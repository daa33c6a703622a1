"""What people decide and report of supplies, as it lands in canonical form. Tables of it: feedback_contracts.py."""

from __future__ import annotations

import datetime

import pandas as pd
import pandera.pandas as pa

from socialai_assets.ingest.contract import RawContract, column
from socialai_assets.refugees.input_contracts import AGE_GROUPS, CODE, SEXES

ACCEPT, CHANGE, REFUSE = DECISIONS = ("accept", "change", "refuse")
ROLE = r"[a-z][a-z0-9_]*"


def _is_monday(days: pd.Series) -> pd.Series:
    return pd.to_datetime(days).dt.dayofweek == 0


class OverridesInput(RawContract):
    """What people decided on recommendations of the supply plan, in canonical form; plans are made around it."""

    override_id: str = column("Code of the decision.", unique=True, str_matches=CODE)
    scenario: str = column("Plan it is about; missing: baseline.", nullable=True, str_matches=CODE)
    camp_id: str = column("Camp it is about.", str_matches=CODE)
    item_id: str = column("Code of the item.", str_matches=CODE)
    week_start: datetime.date = column("Monday of the week it is about.")
    depot_id: str = column(
        "Depot whose deliveries it is about; missing: all that the camp gets.", nullable=True, str_matches=CODE
    )
    decision: str = column("Whether the recommendation is accepted, changed or refused.", isin=DECISIONS)
    quantity: float = column(
        "Units that are to be sent, exactly; missing or 0 where it is refused.", nullable=True, ge=0
    )
    recommended: float = column("Units that the plan recommended then; missing: not known.", nullable=True, ge=0)
    reason: str = column("Why, in words that others understand.")
    decided_by: str = column("Role of who decided, such as camp_manager; never a person's name.", str_matches=ROLE)
    decided_at: datetime.datetime = column("When it was decided, UTC.")
    plan_start: datetime.date = column(
        "First week of the plan that was looked at; missing: the week of the decision.", nullable=True
    )

    class Config:
        name = "refugees.raw_overrides"

    @pa.dataframe_check
    def begins_on_a_monday(cls, frame: pd.DataFrame) -> pd.Series:
        """the week begins on a Monday"""
        return _is_monday(frame["week_start"])

    @pa.dataframe_check
    def says_how_much(cls, frame: pd.DataFrame) -> pd.Series:
        """what is accepted or changed has a quantity, what is refused has none"""
        refused = frame["decision"] == REFUSE
        return (refused & (frame["quantity"].fillna(0) == 0)) | (~refused & frame["quantity"].notna())

    @pa.dataframe_check
    def is_ahead(cls, frame: pd.DataFrame) -> pd.Series:
        """the week is not past: it is one of the plan's, or ends no earlier than the day of the decision"""
        week = pd.to_datetime(frame["week_start"])
        start = pd.to_datetime(frame["plan_start"])
        decided = pd.to_datetime(frame["decided_at"]).dt.normalize()
        return (week >= start).where(start.notna(), week + pd.Timedelta(days=6) >= decided)

    @pa.dataframe_check
    def is_decided(cls, frame: pd.DataFrame) -> pd.Series:
        """the decision was not made in the future"""
        return pd.to_datetime(frame["decided_at"]) <= pd.Timestamp.now("UTC").tz_localize(None) + pd.Timedelta(days=1)


class NeedsReportedInput(RawContract):
    """What camps report to have needed and got, by item, week and, where it is known, sex and age; canonical form."""

    camp_id: str = column("Code of the camp.", str_matches=CODE)
    item_id: str = column("Code of the item.", str_matches=CODE)
    week_start: datetime.date = column("Monday the week begins on.")
    sex: str = column("Sex of the people it is about; `all` for both together.", isin=SEXES)
    age_group: str = column("Their age in years; `all` for all ages together.", isin=AGE_GROUPS)
    needed: float = column("Units needed.", ge=0)
    met: float = column("Units of those that were there.", ge=0)

    class Config:
        name = "refugees.raw_needs_reported"
        unique = ["camp_id", "item_id", "week_start", "sex", "age_group"]

    @pa.dataframe_check
    def begins_on_a_monday(cls, frame: pd.DataFrame) -> pd.Series:
        """the week begins on a Monday"""
        return _is_monday(frame["week_start"])

    @pa.dataframe_check
    def is_past(cls, frame: pd.DataFrame) -> pd.Series:
        """the week is not in the future"""
        return pd.to_datetime(frame["week_start"]) <= pd.Timestamp.today()

    @pa.dataframe_check
    def no_more_than_needed(cls, frame: pd.DataFrame) -> pd.Series:
        """no more is met than was needed"""
        return frame["met"] <= frame["needed"] * (1 + 1e-9)
