"""Tests of taking estimates apart: the parts give the whole, and each part is what its definition says."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from socialai_assets.methods.applicability import dissimilarity
from socialai_assets.methods.area_model import load
from socialai_assets.methods.area_regression import AreaMean, AreaRegression, gaussian_process
from socialai_assets.methods.counterfactual import alternatives, shifted, smallest_change
from socialai_assets.methods.explanation import (
    _attribute_process,
    _process_gradient,
    attribute,
    can_be_explained,
    design_of,
    estimate_of,
)
from socialai_assets.methods.stacked_ensemble import StackedEnsemble

FEATURES = ("light", "altitude", "noise")


def country(areas: int = 150) -> pd.DataFrame:
    random = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "block": [f"{number % 10}" for number in range(areas)],
            "region": [f"{number % 5}" for number in range(areas)],
            "latitude": random.uniform(-10, -5, areas),
            "longitude": random.uniform(-78, -72, areas),
            "light": random.gamma(2.0, 30.0, areas),
            "altitude": random.uniform(0, 4000, areas),
            "noise": random.normal(size=areas),
        }
    )
    frame.loc[::17, "light"] = np.nan
    rate = 50 - 0.3 * frame["light"].fillna(50) + 0.004 * frame["altitude"] + random.normal(0, 3, areas)
    return frame.assign(rate=rate.clip(0, 100))


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return country()


@pytest.fixture(scope="module")
def ensemble(rows: pd.DataFrame) -> StackedEnsemble:
    """All kinds of learners, so narrowly bounded that bounds cut some estimates."""
    one = AreaRegression(features=FEATURES, region="region", bounds=(20, 55), trees=12)
    members = (one, *(one.clone(learners=(kind,)) for kind in ("extra_trees", "random_forest", "gaussian_process")))
    return StackedEnsemble(members, bounds=(22, 54)).fit(rows, rows["rate"])


class TestAttribution:
    def test_the_parts_give_the_estimate_of_every_kind_of_learner(
        self, rows: pd.DataFrame, ensemble: StackedEnsemble
    ) -> None:
        for model in (ensemble, *ensemble.fitted_):
            table, names = design_of(model, rows)
            parts = attribute(model, table, table[::20])
            assert parts.names == names == (*FEATURES, "lagged_value_100km", "lagged_value_region")
            # The effects themselves, not what is left for the cut, make up the uncut estimates.
            free = np.abs(parts.cut) < 1e-5
            assert free.mean() > 0.3
            np.testing.assert_allclose(parts.estimate, model.predict(rows), atol=1e-9)
            np.testing.assert_allclose(
                (parts.base + parts.effects.sum(axis=1))[free], model.predict(rows)[free], atol=1e-5
            )
            np.testing.assert_allclose(estimate_of(model, table), model.predict(rows), atol=1e-9)

    def test_bounds_have_a_part_of_their_own(self, rows: pd.DataFrame, ensemble: StackedEnsemble) -> None:
        table, _ = design_of(ensemble, rows)
        parts = attribute(ensemble, table, table[::20])
        assert (np.abs(parts.cut) > 0.1).any()
        assert parts.estimate.min() >= 22 and parts.estimate.max() <= 54

    def test_a_forests_effects_are_shapley_values(self, rows: pd.DataFrame) -> None:
        """Against one background area: the mean over all orders of what each covariate adds when it becomes known."""
        model = AreaRegression(
            features=FEATURES, lag_scales_km=(), learners=("extra_trees",), trees=7
        ).fit(rows.dropna(), rows.dropna()["rate"])  # fmt: skip
        table, _ = design_of(model, rows.dropna())
        here, there = table[3], table[40]
        expected = np.zeros(3)
        for order in itertools.permutations(range(3)):
            mixed = there.copy()
            for column in order:
                before = model.estimate(mixed[np.newaxis])[0]
                mixed[column] = here[column]
                expected[column] += (model.estimate(mixed[np.newaxis])[0] - before) / math.factorial(3)
        found = attribute(model, here[np.newaxis], there[np.newaxis])
        np.testing.assert_allclose(found.effects[0], expected, atol=1e-4)
        assert np.abs(expected).max() > 1

    def test_the_gradient_of_the_process_is_that_of_its_estimate(self, rows: pd.DataFrame) -> None:
        pipeline = gaussian_process().fit(rows[list(FEATURES)].to_numpy(), rows["rate"].to_numpy())
        process = pipeline.named_steps["gaussianprocessregressor"]
        places = np.random.default_rng(1).normal(size=(6, 3))
        step = 1e-5
        for column in range(3):
            aside = np.eye(3)[column] * step
            slope = (process.predict(places + aside) - process.predict(places - aside)) / (2 * step)
            np.testing.assert_allclose(_process_gradient(process, places)[:, column], slope, atol=1e-4)

    def test_the_path_integral_leaves_next_to_nothing_to_share_out(
        self, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pipeline = gaussian_process().fit(rows[list(FEATURES)].to_numpy(), rows["rate"].to_numpy())
        table = rows[list(FEATURES)].to_numpy()
        _, coarse = _attribute_process(pipeline, table)
        monkeypatch.setattr("socialai_assets.methods.explanation.PATH_NODES", 64)
        _, fine = _attribute_process(pipeline, table)
        assert np.abs(coarse - fine).max() < 0.01

    def test_a_loaded_model_is_explained_alike(
        self, rows: pd.DataFrame, ensemble: StackedEnsemble, tmp_path: Path
    ) -> None:
        ensemble.save(tmp_path)
        table, _ = design_of(ensemble, rows)
        before, after = (attribute(model, table, table[::30]) for model in (ensemble, load(tmp_path)))
        np.testing.assert_array_equal(before.effects, after.effects)

    def test_what_is_not_made_of_trees_and_processes_is_refused(self, rows: pd.DataFrame) -> None:
        mean = AreaMean().fit(rows, rows["rate"])
        one = AreaRegression(features=("light",), lag_scales_km=(), trees=10)
        unlike = StackedEnsemble((one, one.clone(features=("altitude",)))).fit(rows, rows["rate"])
        for model in (mean, unlike):
            assert not can_be_explained(model)
            with pytest.raises(ValueError, match="not made of trees"):
                design_of(model, rows)


class TestCounterfactual:
    def test_values_move_up_and_down_the_distribution(self) -> None:
        among = np.arange(101.0)
        np.testing.assert_allclose(shifted(np.array([50.0]), among, 0.1), 60, atol=0.6)
        np.testing.assert_allclose(shifted(np.array([50.0]), among, -0.2), 30, atol=0.6)
        assert shifted(np.array([95.0]), among, 0.5)[0] == 100
        assert np.isnan(shifted(np.array([np.nan]), among, 0.5)[0])
        # Of many equal values no move up the ranking makes a smaller one.
        assert shifted(np.array([3.0]), np.array([3.0] * 9 + [1.0]), 0.1)[0] == 3.0

    def test_the_smallest_shift_that_does_is_found_by_asking_the_model(self) -> None:
        table = np.column_stack([np.linspace(0, 1, 21), np.zeros(21)])
        made = alternatives(
            lambda asked: 100 * asked[:, 0], table, table, {"first": [0], "second": [1]}, shifts=(0.1, 0.3)
        )
        # What has one value everywhere cannot be moved, and is not asked about.
        second = np.array(made.levers) == "second"
        assert np.isnan(made.estimates[second]).all()
        assert np.isnan(made.estimates[:, 20][made.shifts > 0]).all()
        # The middle area stands at 50: 55 is within the small shift, 70 takes the large one, 95 neither.
        for mark, shift in ((55, 0.1), (70, 0.3), (95, None)):
            best = smallest_change(made, made.estimates >= mark)[10]
            assert (None if best < 0 else made.shifts[best]) == shift

    def test_without_levers_nothing_changes(self) -> None:
        made = alternatives(lambda asked: asked[:, 0], np.ones((4, 1)), np.ones((4, 1)), {})
        assert smallest_change(made, np.zeros((0, 4), dtype=bool)).tolist() == [-1] * 4


class TestApplicability:
    def test_an_area_unlike_all_others_is_outside_and_says_in_what(self) -> None:
        random = np.random.default_rng(0)
        table = random.normal(size=(200, 3))
        table[7] = (0, 12, 0)
        folds = np.arange(200) % 5
        found = dissimilarity(table, np.ones(3), folds)
        assert found.outside[7] and found.unlike[7] == 1
        assert found.outside.mean() < 0.1
        assert found.index.argmax() == 7

    def test_a_covariate_without_weight_makes_nothing_unlike(self) -> None:
        table = np.random.default_rng(0).normal(size=(200, 3))
        table[7, 1] = 12
        assert not dissimilarity(table, np.array([1.0, 0.0, 1.0]), np.arange(200) % 5).outside[7]

    def test_a_twin_in_the_same_fold_does_not_count(self) -> None:
        table = np.random.default_rng(0).normal(size=(100, 2))
        table[:2] = (9, 9)
        apart, together = np.arange(100) % 4, np.arange(100) % 4
        apart[:2], together[:2] = (0, 1), (0, 0)
        assert dissimilarity(table, np.ones(2), apart).index[0] == 0
        assert dissimilarity(table, np.ones(2), together).outside[0]

    def test_rows_not_learned_from_are_compared_with_all_and_set_no_threshold(self) -> None:
        table = np.random.default_rng(0).normal(size=(101, 2))
        table[100] = (40, 0)
        folds = np.append(np.arange(100) % 4, -1)
        with_it, without = dissimilarity(table, np.ones(2), folds), dissimilarity(table[:100], np.ones(2), folds[:100])
        assert with_it.threshold == pytest.approx(without.threshold)
        assert with_it.outside[100]

    def test_missing_values_count_as_the_mean(self) -> None:
        table = np.random.default_rng(0).normal(size=(100, 2))
        table[3, 0] = np.nan
        filled = table.copy()
        filled[3, 0] = np.nanmean(table[:, 0])
        folds = np.arange(100) % 4
        missing = dissimilarity(table, np.ones(2), folds).index
        assert np.isfinite(missing).all()
        assert missing[3] == pytest.approx(dissimilarity(filled, np.ones(2), folds).index[3], rel=0.02)

    def test_what_does_not_fit_is_refused(self) -> None:
        with pytest.raises(ValueError, match="at least two folds"):
            dissimilarity(np.ones((4, 1)), np.ones(1), np.zeros(4))
        with pytest.raises(ValueError, match="do not fit"):
            dissimilarity(np.ones((4, 1)), -np.ones(1), np.arange(4))
