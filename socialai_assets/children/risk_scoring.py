"""Scores of children as people get them: rank, flag, reasons, what would change it, expiry, recourse. No learning."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from socialai_assets.children.fairness_groups import with_groups
from socialai_assets.children.risk_contracts import STATES
from socialai_assets.children.risk_settings import RiskSettings
from socialai_assets.children.risk_training import as_numbers, learned_columns
from socialai_assets.children.risk_wording import BETTER, DRIVER_OF, LEVERS, NOTHING_WOULD, reasons, would_change
from socialai_assets.methods.case_risk.capacity import places
from socialai_assets.methods.case_risk.fairness_options import EQUAL_SHARES, chance_by_group
from socialai_assets.methods.counterfactual import alternatives, shifted, smallest_change
from socialai_assets.methods.driver_effects import group_effects, typical_row
from socialai_assets.methods.stacked_ensemble import StackedEnsemble

SCORED, _, _, CLEARED, REOPENED = STATES
FACTS = ("attendance", "marks", "cases")
NO_FACTS = ("months_since_attendance", "months_since_household_report")
"""That nothing was reported for a while is no fact about the child."""


def kept_dates(features: pd.DataFrame, settings: RiskSettings) -> list[pd.Timestamp]:
    """The dates whose scores are kept, the last one last."""
    return sorted(pd.to_datetime(features["as_of_date"]).unique())[-settings.scores.kept_dates :]


def states_of(reviews: pd.DataFrame, label: str, following: pd.Timestamp | None) -> pd.DataFrame:
    """What people last decided on a label's flags.

    Args:
        reviews: canonical, decisions of all labels.
        label: what is foreseen.
        following: date from which newer scores stand; None for the newest, which every decision is about.

    Returns:
        `decision, decided_on` by `child_id`.
    """
    own = reviews[reviews["label"] == label]
    known = pd.to_datetime(own["knowledge_date"])
    own = own[known < following] if following is not None else own
    own = own.assign(decided_on=pd.to_datetime(own["decided_on"]))
    last = own.sort_values(["decided_on", "knowledge_date", "review_id"], kind="stable").drop_duplicates(
        "child_id", keep="last"
    )
    return last.set_index("child_id")[["decision", "decided_on"]]


def without_later_facts(tables: Mapping[str, pd.DataFrame], cleared: pd.Series) -> dict[str, pd.DataFrame]:
    """The tables without what came to be known of some children, or their households, after a day.

    Args:
        tables: `risk_rows.EVENT_TABLES`.
        cleared: day by child.
    """
    made = dict(tables)
    for name in FACTS:
        made[name] = _until(tables[name], tables[name]["child_id"].map(cleared))
    of_home = tables["children"].assign(day=tables["children"]["child_id"].map(cleared)).groupby("household_id")["day"]
    made["households"] = _until(tables["households"], tables["households"]["household_id"].map(of_home.max()))
    return made


def _until(frame: pd.DataFrame, day: pd.Series) -> pd.DataFrame:
    return frame[~(pd.to_datetime(frame["knowledge_date"]) > pd.to_datetime(day))]


def score_children(
    model: StackedEnsemble,
    label: str,
    features: pd.DataFrame,
    reviews: pd.DataFrame,
    remade: Callable[[pd.Timestamp, pd.Series], pd.DataFrame],
    settings: RiskSettings,
) -> pd.DataFrame:
    """Scores of all enrolled children on the dates kept.

    A flag that was cleared stays so, and its place goes to the next child, unless facts known since raise the score
    by more than `reopen_above`. Whoever has an open case is not flagged for one that might open.

    Args:
        model: what is served for the label.
        label: what is foreseen.
        features: `children.risk_features`.
        reviews: canonical.
        remade: makes features of a date without what came to be known of some children after a day each.
        settings: of capacity and scores.

    Returns:
        Columns of `children.risk_scores` but for `model`, `model_version` and `label_timespan`.
    """
    days = kept_dates(features, settings)
    numbers = as_numbers(features)
    parts = []
    for position, day in enumerate(days):
        rows = numbers[numbers["as_of_date"] == day].reset_index(drop=True)
        following = days[position + 1] if position + 1 < len(days) else None
        decided = states_of(reviews, label, following)
        parts.append(_of_date(model, label, rows, day, decided, remade, settings))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _listed(rank: pd.Series, rows: pd.DataFrame, number: int, settings: RiskSettings) -> pd.Index:
    """Index of who is flagged: the first by rank, or of every group the same share where people chose so."""
    if settings.fairness.option != EQUAL_SHARES or len(rank) <= number:
        return rank.sort_values().index[:number]
    groups = with_groups(rows)[settings.fairness.attribute].fillna("not known").loc[rank.index]
    chance = chance_by_group(-rank, groups, {}, number)
    return rank.index[chance > 0]


def _of_date(
    model: StackedEnsemble,
    label: str,
    rows: pd.DataFrame,
    day: pd.Timestamp,
    decided: pd.DataFrame,
    remade: Callable[[pd.Timestamp, pd.Series], pd.DataFrame],
    settings: RiskSettings,
) -> pd.DataFrame:
    score, ranking = model.predict(rows), ranks_by(model, rows)
    order = pd.DataFrame({"ranking": -ranking, "child_id": rows["child_id"]}).sort_values(["ranking", "child_id"]).index
    rank = pd.Series(np.arange(1, len(rows) + 1), index=order).sort_index()
    state = rows["child_id"].map(decided["decision"]).fillna(SCORED)
    cleared = decided.loc[decided["decision"].eq(CLEARED) & decided.index.isin(rows["child_id"]), "decided_on"]
    risen = _risen(model, rows, score, remade(day, cleared), settings) if len(cleared) else set()
    state = state.mask(state.eq(CLEARED) & rows["child_id"].isin(risen), REOPENED)
    may_be = state.ne(CLEARED)
    if label == "case_opens":
        may_be &= rows["has_open_case"].ne(1.0)
    listed = _listed(rank[may_be], rows, places(settings.capacity.of(label), len(rows)), settings)
    flagged = pd.Series(rows.index.isin(listed), index=rows.index)
    made = pd.DataFrame(
        {
            "child_id": rows["child_id"],
            "label": label,
            "as_of_date": day.date(),
            "school_id": rows["school_id"],
            "area_id": rows["area_id"],
            "score": score,
            "rank": rank,
            "flagged": flagged,
            "reasons": None,
            "would_change": None,
            "expires_on": (day + pd.Timedelta(settings.scores.expires_days, "D")).date(),
            "state": state,
            "decided_on": rows["child_id"].map(decided["decided_on"]).dt.date,
            "is_synthetic": rows["is_synthetic"].astype(bool),
        }
    )
    told = (rank <= max(1, round(settings.scores.explained_share * len(rows)))) | flagged
    made["reasons"] = _reasons(model, rows, told.to_numpy(), score, settings)
    made["would_change"] = _would_change(model, rows, flagged.to_numpy(), score, ranking, settings)
    return made


def ranks_by(model: StackedEnsemble, rows: pd.DataFrame) -> np.ndarray:
    """(n,) what children are ordered by: the ensemble's mean, since its scaling makes the least risks equal."""
    return StackedEnsemble.predict(model, rows)


def _risen(
    model: StackedEnsemble, rows: pd.DataFrame, score: np.ndarray, before: pd.DataFrame, settings: RiskSettings
) -> set[str]:
    """Children whose score is higher than it would be without the facts known since, by more than the threshold."""
    now = rows.assign(score=score).set_index("child_id")
    then = as_numbers(before)
    then = then[then["child_id"].isin(now.index)].reset_index(drop=True)
    for name in NO_FACTS:
        then[name] = then["child_id"].map(now[name])
    gained = then["child_id"].map(now["score"]).to_numpy() - model.predict(then)
    return set(then["child_id"][gained > settings.scores.reopen_above])


def _table(rows: pd.DataFrame, columns: tuple[str, ...]) -> np.ndarray:
    return rows[list(columns)].to_numpy(np.float64)


def _estimator(
    estimate: Callable[[pd.DataFrame], np.ndarray], columns: tuple[str, ...]
) -> Callable[[np.ndarray], np.ndarray]:
    return lambda table: estimate(pd.DataFrame(table, columns=list(columns)))


def _all_columns(settings: RiskSettings) -> tuple[str, ...]:
    # The place rule reads its column even where people keep it from the learners.
    return tuple(dict.fromkeys([*learned_columns(settings), "school_poverty_pct"]))


def _reasons(
    model: StackedEnsemble, rows: pd.DataFrame, told: np.ndarray, score: np.ndarray, settings: RiskSettings
) -> list[str | None]:
    columns = _all_columns(settings)
    table = _table(rows, columns)
    typical, effects = group_effects(
        _estimator(model.predict, columns), table[told], typical_row(table), [DRIVER_OF[name] for name in columns]
    )
    found: list[str | None] = [None] * len(rows)
    asked = rows[told].to_dict("records")
    for position, row, added in zip(np.flatnonzero(told), asked, effects.to_dict("records"), strict=True):
        found[position] = reasons(float(score[position]), typical, added, row)  # type: ignore[arg-type]
    return found


def _would_change(
    model: StackedEnsemble,
    rows: pd.DataFrame,
    flagged: np.ndarray,
    score: np.ndarray,
    ranking: np.ndarray,
    settings: RiskSettings,
) -> list[str | None]:
    """For each flagged child the smallest change for the better that would take it below all who are flagged."""
    columns = _all_columns(settings)
    number = {name: position for position, name in enumerate(columns)}
    levers = {
        lever: [number[name] for name in names if name in number]
        for lever, names in LEVERS.items()
        if names[0] in number
    }
    found: list[str | None] = [None] * len(rows)
    if not flagged.any() or not levers:
        return found
    table = _table(rows, columns)
    asked, edge = table[flagged], ranking[flagged].min()
    made = alternatives(_estimator(lambda X: ranks_by(model, X), columns), asked, table, levers)
    better = np.array([BETTER[lever] for lever in made.levers]) * made.shifts > 0
    # What is told must itself change visibly, not only what goes with it.
    visible = np.array(
        [
            ~np.isclose(shifted(asked[:, first], table[:, first], float(shift)), asked[:, first], rtol=0.02)
            for first, shift in ((levers[name][0], shift) for name, shift in zip(made.levers, made.shifts, strict=True))
        ]
    )
    best = smallest_change(made, (made.estimates < edge) & visible & better[:, np.newaxis])
    for place, position in enumerate(np.flatnonzero(flagged)):
        if best[place] < 0:
            found[position] = NOTHING_WOULD
            continue
        lever, shift = made.levers[best[place]], float(made.shifts[best[place]])
        row = asked[[place]].copy()
        for column in levers[lever]:
            row[:, column] = shifted(row[:, column], table[:, column], shift)
        told = levers[lever][0]
        then = float(_estimator(model.predict, columns)(row)[0])
        found[position] = would_change(lever, asked[place, told], row[0, told], float(score[position]), then)
    return found
