"""What people need by a standard per person: for whom, how much in a week. Knows no standard and no item."""

from __future__ import annotations

import numpy as np
import pandas as pd

DAYS = 7


def share_of_people(groups: pd.DataFrame, wanted: pd.DataFrame | None) -> float:
    """Share of all people that something is for.

    Args:
        groups: `sex`, `age_group`, `share` of all people, each group once.
        wanted: `sex`, `age_group`, `share` of the group that it is for; None: it is for everybody.
    """
    if wanted is None:
        return 1.0
    both = groups.merge(wanted, on=["sex", "age_group"], suffixes=("", "_wanted"))
    return float((both["share"] * both["share_wanted"]).sum())


def weekly_requirement(
    people: np.ndarray,
    before: np.ndarray | float,
    per_person: float,
    *,
    share: float = 1.0,
    lasts_weeks: float | None = None,
) -> np.ndarray:
    """What a standard asks for in each week.

    Args:
        people: (..., T) people in each week.
        before: (...) people in the week before the first.
        per_person: what a person needs, a day where it is consumed, at all where it is issued.
        share: share of the people that it is for.
        lasts_weeks: how long what is issued lasts; None: it is consumed. What is issued goes to those who have come
            since the week before, and to an even part of the others, so that it is renewed when it is worn.

    Returns:
        (..., T) amounts in the unit of `per_person`.
    """
    if lasts_weeks is None:
        return DAYS * per_person * share * people
    earlier = np.concatenate([np.broadcast_to(before, people.shape[:-1])[..., None], people[..., :-1]], axis=-1)
    come = np.maximum(people - earlier, 0.0)
    return per_person * share * (come + (people - come) / lasts_weeks)
