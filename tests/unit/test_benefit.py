"""Tests of what help did: planted effects are found where help followed need, and not claimed where nothing can be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from socialai_assets.methods.benefit import (
    Effect,
    Pseudo,
    effect_of_help,
    pseudo_outcomes,
    risk_bands,
    updated_effect,
)
from socialai_assets.methods.matching import matched_comparison


@pytest.fixture(scope="module")
def records() -> pd.DataFrame:
    """Help goes to those in need, and takes 60 % off the risk of those below the middle and 20 % off that of others."""
    random = np.random.default_rng(1)
    rows = 12_000
    person = np.repeat(np.arange(rows // 3), 3)
    need, noise = random.normal(size=(2, rows // 3))[:, person]
    need = need + random.normal(0, 0.3, rows)
    risk = 1 / (1 + np.exp(1.8 - 0.9 * need))
    helped = random.random(rows) < 1 / (1 + np.exp(2.2 - 1.0 * need))
    share = np.where(risk < np.median(risk), 0.6, 0.2)
    with_help, without = risk * (1 - share), risk
    outcome = random.random(rows) < np.where(helped, with_help, without)
    return pd.DataFrame(
        {
            "person": person,
            "need": np.where(random.random(rows) < 0.02, np.nan, need),
            "noise": noise,
            "month": random.integers(0, 4, rows),
            "helped": helped,
            "outcome": outcome,
            "with_help": with_help,
            "without": without,
        }
    )


@pytest.fixture(scope="module")
def pseudo(records: pd.DataFrame) -> Pseudo:
    features = records[["need", "noise"]]
    return pseudo_outcomes(features, records["helped"].to_numpy(), records["outcome"].to_numpy(), records["person"])


def test_the_planted_effect_is_within_the_interval_and_a_raw_comparison_has_the_wrong_sign(
    records: pd.DataFrame, pseudo: Pseudo
) -> None:
    helped, outcome = records["helped"].to_numpy(), records["outcome"].to_numpy()
    raw = 1 - outcome[helped].mean() / outcome[~helped].mean()
    effect = effect_of_help(pseudo, helped, records["person"])
    truth = 1 - records["with_help"].mean() / records["without"].mean()
    assert raw < 0 < effect.lower < truth < effect.upper
    assert abs(effect.relative_effect - truth) < 0.1 and effect.why_not == ""
    bands = risk_bands(pseudo.expected, (0.5,))
    low, high = (effect_of_help(pseudo, helped, records["person"], rows=bands == band) for band in (0, 1))
    assert low.relative_effect > high.relative_effect + 0.15


def test_pairs_are_alike_and_agree_with_the_truth(records: pd.DataFrame, pseudo: Pseudo) -> None:
    helped, outcome = records["helped"].to_numpy(), records["outcome"].to_numpy()
    features = records[["need", "noise"]]
    found = matched_comparison(features, helped, outcome, pseudo.propensity, records["month"], records["person"])
    truth = (records["with_help"] - records["without"])[helped].mean()
    assert found.pairs + found.unmatched == helped.sum() and found.pairs > 0.9 * helped.sum()
    assert found.imbalance_before > 0.5 and found.imbalance_after < 0.1
    assert found.lower < truth < found.upper and found.difference == pytest.approx(
        found.rate_helped - found.rate_compared
    )


def test_help_that_everybody_like_you_got_proves_nothing(records: pd.DataFrame) -> None:
    helped, outcome = (records["need"] > 1).to_numpy(), records["outcome"].to_numpy()
    features = pd.DataFrame({"need": records["need"].fillna(0.0), "again": 5.0 * helped})
    pseudo = pseudo_outcomes(features, helped, outcome, records["person"], least_propensity=0.05)
    effect = effect_of_help(pseudo, helped, records["person"])
    assert effect.overlap_share < 0.5 and effect.why_not
    found = matched_comparison(features, helped, outcome, pseudo.propensity, records["month"], records["person"])
    assert found.unmatched == helped.sum() and found.pairs == 0 and np.isnan(found.difference)


def test_too_few_are_said_and_nobody_is_refused(records: pd.DataFrame) -> None:
    few = records.head(2_000)
    outcome, people = few["outcome"].to_numpy(), few["person"]
    pseudo = pseudo_outcomes(few[["need"]], few["helped"].to_numpy(), outcome, people)
    assert "were helped" in effect_of_help(pseudo, few["helped"].to_numpy(), people, least_helped=5_000).why_not
    assert effect_of_help(pseudo, np.zeros(len(few), dtype=bool), people).why_not.startswith("nobody was helped")
    with pytest.raises(ValueError, match="Too few were helped"):
        pseudo_outcomes(few[["need"]], np.zeros(len(few), dtype=bool), outcome, people)
    with pytest.raises(ValueError, match="same rows"):
        pseudo_outcomes(few[["need"]], few["helped"].to_numpy()[:5], outcome, people)


def test_records_move_what_is_known_as_far_as_they_are_sure() -> None:
    def seen(relative_effect: float, error: float, why_not: str = "") -> Effect:
        return Effect(100, 900, 0.1, 0.2, relative_effect, 0.0, 0.0, error, 1.0, why_not)

    known = updated_effect(0.2, 0.3, seen(0.5, 0.1, "too few"))
    assert known[0] == pytest.approx(0.2) and known[1] < 0 < 0.2 < known[2]
    weak, strong = updated_effect(0.2, 0.3, seen(0.5, 1.0)), updated_effect(0.2, 0.3, seen(0.5, 0.05))
    assert 0.2 < weak[0] < 0.3 and 0.45 < strong[0] < 0.5
    assert strong[2] - strong[1] < weak[2] - weak[1] < known[2] - known[1]
