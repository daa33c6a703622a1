"""Tests of scores by group and of the verdict on intervals: a group that is not covered is named, a small one not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from socialai_assets.poverty.scoring import judge_coverage, scores_of


def rows(coast: int, jungle: int) -> pd.DataFrame:
    """Areas of two regions, the coast dense and the jungle not."""
    on_coast = np.arange(coast + jungle) < coast
    return pd.DataFrame(
        {
            "natural_region": np.where(on_coast, "coast", "jungle"),
            "admin1_id": np.where(on_coast, "15", "16"),
            "population_log": np.log1p(10_000.0),
            "population_density_log": np.log(np.where(on_coast, 400.0, 2.0)),
            "lower_pct": 20.0,
            "upper_pct": 40.0,
        }
    )


def scored(areas: pd.DataFrame, half_width: np.ndarray) -> pd.DataFrame:
    """Scores of estimates that are 1 to 100 hundredths of a point too high, with intervals of a half-width."""
    observed = np.linspace(10, 50, len(areas))
    estimate = observed + (np.arange(len(areas)) % 100 + 1) / 100
    found = scores_of(areas, observed, estimate, estimate - half_width, estimate + half_width)
    return pd.DataFrame(found, columns=["group", "metric", "value"]).assign(model="m", split="province")


def test_intervals_that_cover_each_group_pass() -> None:
    passed, table = judge_coverage(scored(rows(200, 300), np.full(500, 0.905)), "m", "province")
    assert passed and set(table["group"]) == {"all", "coast", "jungle", "urban", "rural"}
    assert table["coverage_90"].tolist() == pytest.approx([0.9] * 5)


def test_a_group_that_is_not_covered_fails_though_the_whole_is() -> None:
    half_width = np.where(np.arange(500) < 200, 0.855, 0.925)
    passed, table = judge_coverage(scored(rows(200, 300), half_width), "m", "province")
    verdict = table.set_index("group")["verdict"]
    assert not passed and verdict["all"] == verdict["jungle"] == "covers"
    assert verdict["coast"] == verdict["urban"] == "does not cover"


def test_a_small_group_is_reported_and_not_judged() -> None:
    half_width = np.where(np.arange(550) < 50, 0.105, 0.925)
    table = judge_coverage(scored(rows(50, 500), half_width), "m", "province")[1].set_index("group")
    assert table.loc["coast", "verdict"] == "too few areas to judge" and table.loc["coast", "coverage_90"] < 0.3


def test_a_country_too_small_to_judge_does_not_fail() -> None:
    passed, table = judge_coverage(scored(rows(40, 41), np.full(81, 0.105)), "m", "province")
    assert passed and set(table["verdict"]) == {"too few areas to judge"}


def test_scores_by_group_are_those_of_its_rows() -> None:
    found = scored(rows(200, 300), np.full(500, 0.905)).set_index(["group", "metric"])["value"]
    assert found["coast", "areas"] == found["urban", "areas"] == found["department 15", "areas"] == 200
    assert found["jungle", "bias"] == pytest.approx(0.505)
    assert ("department 15", "coverage_90") not in found.index
    # 20 to 40 is half of the range of 10 to 50 that the estimates spread over evenly.
    assert found["all", "inside_official_95"] == pytest.approx(0.5, abs=0.02)
