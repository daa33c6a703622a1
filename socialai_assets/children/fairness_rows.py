"""Rows of the fairness tables from what was foreseen of people and what became of them. Knows no population.

What is asked of people here is the same for OULAD's students and for children: see oulad_fairness.py for the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.children.fairness_settings import FairnessSettings
from socialai_assets.methods.area_model import AreaModel
from socialai_assets.methods.case_risk import fairness_options as options
from socialai_assets.methods.case_risk.capacity import chance_of_a_place
from socialai_assets.methods.case_risk.fairness import Withholding, groups_of, rates_by_group
from socialai_assets.methods.case_risk.learners import CaseLearner


@dataclass(frozen=True)
class Attribute:
    """What makes groups.

    Attributes:
        column: of the people's frame, with the groups' names.
        features: columns of it that models learn from, which the option `exclusion` leaves out.
    """

    column: str
    features: tuple[str, ...] = ()


def fairness_rows(
    people: pd.DataFrame,
    attributes: Sequence[Sequence[str]],
    capacities: Sequence[float],
    settings: FairnessSettings,
    *,
    withholding: Withholding,
    told: Mapping[str, object],
) -> pd.DataFrame:
    """Rows of `children.fairness` for one model.

    Args:
        people: `person, date, observed, estimate` (probability), `score` (what ranks) and the attributes' columns; each
            date has a list of its own.
        attributes: columns that make up groups; see `fairness.rates_by_group`.
        capacities: lengths of the lists.
        settings: draws and seed.
        withholding: of whom nothing is told.
        told: the table's other columns.
    """
    parts = []
    for capacity in capacities:
        chances = [pd.Series(chance_of_a_place(own["score"], capacity), own.index) for _, own in people.groupby("date")]
        listed = people.assign(chance=pd.concat(chances).loc[people.index])
        found = rates_by_group(listed, attributes, withholding=withholding, draws=settings.draws, seed=settings.seed)
        parts.append(found.assign(capacity=capacity, **told))
    return pd.concat(parts, ignore_index=True)


def option_rows(
    learner: CaseLearner,
    before: pd.DataFrame,
    earlier: pd.DataFrame,
    train: pd.DataFrame,
    test: pd.DataFrame,
    attributes: Sequence[Attribute],
    settings: FairnessSettings,
    *,
    withholding: Withholding,
    used: tuple[str, str] = (options.NONE, ""),
    told: Mapping[str, object],
) -> pd.DataFrame:
    """Rows of `children.fairness_options` for one date: a learner with and without each option.

    Args:
        learner: unfitted; every option is judged on it, so that options differ by nothing else.
        before, earlier: what taught for an earlier date, and that date, on which thresholds by group are set: features,
            `observed`, attributes.
        train: what teaches for the date, ``earlier`` with it.
        test: features, `observed`, `person`, attributes.
        attributes: what makes groups.
        settings: the capacity options are compared at, draws and seed.
        withholding: of whom nothing is told.
        used: option and attribute that people chose.
        told: the table's other columns.
    """
    capacity = settings.compared_at
    plain = learner.clone().fit(train, train["observed"]).predict(test)
    foreseen = learner.clone().fit(before, before["observed"]).predict(earlier)
    parts = []
    for attribute in attributes:
        of_train, of_earlier, of_test = (_named(frame, attribute.column) for frame in (train, earlier, test))
        equal = options.shares_of_equal_recall(earlier["observed"], foreseen, of_earlier, capacity)
        same = dict.fromkeys(np.unique(of_test), 1.0)
        estimates = {
            options.REWEIGHING: _reweighed(learner, train, of_train).predict(test),
            options.EXCLUSION: _without(learner, attribute.features).fit(train, train["observed"]).predict(test)
            if set(attribute.features) & set(learner.features)
            else plain,
        }
        lists = {
            options.NONE: chance_of_a_place(plain, capacity),
            options.EQUAL_RECALL: options.chance_by_group(plain, of_test, equal, capacity),
            options.EQUAL_SHARES: options.chance_by_group(plain, of_test, same, capacity),
            **{name: chance_of_a_place(one, capacity) for name, one in estimates.items()},
        }
        found = options.option_scores(
            lists,
            test["observed"],
            test["person"],
            of_test,
            withholding=withholding,
            draws=settings.draws,
            seed=settings.seed,
        )
        option = used[0] if attribute.column == used[1] else options.NONE
        is_used = found["option"].eq(option)
        parts.append(found.assign(attribute=attribute.column, capacity=capacity, is_used=is_used, **told))
    return pd.concat(parts, ignore_index=True)


def _named(frame: pd.DataFrame, column: str) -> np.ndarray:
    codes, names = groups_of(frame, [column])
    return np.array(names, dtype=object)[codes]


def _reweighed(learner: CaseLearner, train: pd.DataFrame, groups: np.ndarray) -> AreaModel:
    weights = options.reweighing(train["observed"], groups)
    return learner.clone().fit(train, train["observed"], weights)


def _without(learner: CaseLearner, columns: Sequence[str]) -> CaseLearner:
    return learner.clone(features=tuple(name for name in learner.features if name not in columns))
