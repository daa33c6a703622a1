"""Tests of the district poverty model: how models are judged, which version is in use, and what it is trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from dagster import (
    AssetCheckResult,
    AssetSpec,
    DagsterInstance,
    ExecuteInProcessResult,
    Failure,
    build_asset_context,
    materialize,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.lake_io_manager import LakeIOManager
from resources.model_approval import CARD, FAIRNESS_AUDIT, approve
from resources.model_registry import ModelRegistry
from resources.settings import current
from socialai_assets.factories.checks import approval_check
from socialai_assets.ingest.contract import describe
from socialai_assets.methods.scores import METRICS
from socialai_assets.methods.stacked_ensemble import StackedEnsemble
from socialai_assets.poverty import contracts, models, training
from socialai_assets.poverty.served_model import load_served
from tests.unit.poverty_country import COVARIATES, country

DRAWS = 200
LEARNED = (
    training.CANDIDATE, "gradient_boosting", "random_forest", "extra_trees", "gaussian_process", "tabular_network",
)  # fmt: skip
# Of what is compared on held-out blocks some is left out of the random split, which only warns.
COMPARED = 2 * (len(LEARNED) + 3) + len(LEARNED) + 3 - 4


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return country()


@pytest.fixture(scope="module")
def evaluation(rows: pd.DataFrame) -> training.Evaluation:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "ROWS_WORTH_NETWORKS", 1)
        return training.evaluate(rows, COVARIATES, province_folds=3, trees=5)


class TestSplits:
    def test_provinces_are_judged_first_then_departments_then_random_areas(self, rows: pd.DataFrame) -> None:
        splits = training.splits(rows, province_folds=4, seed=0)
        assert [(split.name, split.block) for split in splits] == [
            ("province", "admin2_id"),
            ("department", "admin1_id"),
            ("random", "area_id"),
        ]
        assert splits[0].name == training.PRIMARY_SPLIT
        assert [len(np.unique(split.folds)) for split in splits] == [4, 3, 4]

    @settings(max_examples=15, deadline=None)
    @given(
        st.lists(st.sampled_from([None, None, None, "one", "other"]), min_size=120, max_size=120), st.integers(0, 99)
    )
    def test_no_split_parts_a_block_or_areas_that_share_an_estimate(self, groups: list[str | None], seed: int) -> None:
        # Areas 35 to 44 lie in two departments; were every department linked, all would be one block.
        near = [group if 35 <= number < 45 else None for number, group in enumerate(groups)]
        rows = country().assign(estimate_group=near)
        for split in training.splits(rows, province_folds=3, seed=seed):
            folds = rows.assign(fold=split.folds)
            assert (folds.groupby(split.block)["fold"].nunique() == 1).all()
            assert (folds.groupby("estimate_group")["fold"].nunique() <= 1).all()


class TestLearners:
    def test_the_candidate_and_every_baseline_are_compared(self) -> None:
        learners = training.learners(COVARIATES, "admin2_id", seed=1, trees=5, threads=1)
        assert set(learners) == {*LEARNED, *training.BASELINES}
        assert "picture_boosting" not in learners
        assert training.CANDIDATE not in training.BASELINES

    def test_what_is_learned_from_neighbours_leaves_the_held_out_block_out(self) -> None:
        for block in ("admin1_id", "admin2_id"):
            learners = training.learners(COVARIATES, block, seed=1, trees=5, threads=1)
            assert all(learners[name].get_params()["block"] == block for name in (*LEARNED[1:], "nearest_neighbours"))
            ensemble = learners[training.CANDIDATE]
            assert isinstance(ensemble, StackedEnsemble)
            assert {member.get_params()["block"] for member in ensemble.members} == {block}


class TestEvaluation:
    def test_every_model_estimates_every_area_once_in_every_split(
        self, rows: pd.DataFrame, evaluation: training.Evaluation
    ) -> None:
        table = evaluation.out_of_sample
        assert not table.duplicated(["area_id", "model", "split"]).any()
        assert len(table) == len(rows) * COMPARED
        estimates = evaluation.estimates("area_mean", "random")
        assert estimates["area_id"].tolist() == sorted(rows["area_id"])
        assert estimates["observed"].tolist() == rows["poverty_rate_pct"].tolist()

    @pytest.mark.parametrize("split", ["province", "department", "random"])
    def test_estimates_come_from_the_other_folds_alone(
        self, rows: pd.DataFrame, evaluation: training.Evaluation, split: str
    ) -> None:
        table = evaluation.estimates("area_mean", split)
        for fold in table["fold"].unique():
            held_out = table["fold"] == fold
            others = rows.loc[~held_out.to_numpy(), "poverty_rate_pct"].mean()
            assert table.loc[held_out, "estimate"].to_numpy() == pytest.approx(others)

    def test_scores_are_those_of_the_estimates(self, evaluation: training.Evaluation) -> None:
        assert not evaluation.scores.duplicated(["model", "split", "group", "metric"]).any()
        for model in (training.CANDIDATE, "tabular_network", "night_lights_only"):
            table = evaluation.estimates(model, "department")
            for metric, score in METRICS.items():
                again = score(table["observed"].to_numpy(), table["estimate"].to_numpy())
                assert evaluation.score(model, "department", metric) == pytest.approx(again, nan_ok=True)
            covered = table["observed"].between(table["lower"], table["upper"]).mean()
            width = (table["upper"] - table["lower"]).mean()
            assert evaluation.score(model, "department", "coverage_90") == pytest.approx(covered)
            assert evaluation.score(model, "department", "interval_width_90") == pytest.approx(width)

    def test_a_score_that_was_not_made_is_missing(self, evaluation: training.Evaluation) -> None:
        assert np.isnan(evaluation.score("oracle", "province", "r2"))
        assert evaluation.estimates("oracle", "province").empty

    def test_baselines_are_marked(self, evaluation: training.Evaluation) -> None:
        marked = evaluation.scores.groupby("model")["is_baseline"].agg(["all", "any"])
        assert set(marked.index[marked["all"]]) == set(marked.index[marked["any"]]) == set(training.BASELINES)

    def test_estimates_lie_in_their_intervals_and_both_are_percentages(self, evaluation: training.Evaluation) -> None:
        table = evaluation.out_of_sample
        assert table["estimate"].between(table["lower"], table["upper"]).all()
        assert table[["estimate", "lower", "upper"]].stack().between(0, 100).all()

    def test_each_model_of_each_split_is_reported(self, rows: pd.DataFrame) -> None:
        lines: list[str] = []
        training.evaluate(rows[::3], COVARIATES, province_folds=2, trees=2, report=lines.append)
        # Of so few areas no network learns.
        assert len(lines) == COMPARED - 2 and not any("network" in line for line in lines)
        assert lines[0].startswith(f"province: {training.CANDIDATE} r2 ") and lines[-1].startswith("random: ")

    def test_the_candidate_s_copies_are_those_that_were_judged(
        self, rows: pd.DataFrame, evaluation: training.Evaluation
    ) -> None:
        judged = evaluation.estimates(training.CANDIDATE, training.PRIMARY_SPLIT).set_index("area_id")
        assert sorted(evaluation.candidate) == sorted(set(judged["fold"]))
        for fold, model in evaluation.candidate.items():
            areas = judged.index[judged["fold"] == fold]
            estimate = model.predict(rows.set_index("area_id", drop=False).loc[areas])
            assert estimate == pytest.approx(judged.loc[areas, "estimate"].to_numpy(), abs=1e-9)

    def test_the_candidate_wins_in_a_country_that_follows_its_covariates(
        self, rows: pd.DataFrame, evaluation: training.Evaluation
    ) -> None:
        verdict = training.judge(evaluation, rows, draws=DRAWS)
        assert verdict.served == training.CANDIDATE and not verdict.is_baseline


def evaluation_of(rows: pd.DataFrame, errors: dict[str, np.ndarray], other_splits: float = 0.0) -> training.Evaluation:
    """An evaluation in which each model is off by the errors given; on other splits all are off by as much."""
    observed = rows["poverty_rate_pct"].to_numpy()
    tables, scores = [], []
    for split in ("province", "department", "random"):
        for model, error in errors.items():
            estimate = observed + (error if split == "province" else other_splits)
            table = pd.DataFrame({"area_id": rows["area_id"], "estimate": estimate, "observed": observed})
            tables.append(table.assign(model=model, split=split))
            r2 = METRICS["r2"](observed, estimate)
            scores.append({"model": model, "split": split, "group": "all", "metric": "r2", "value": r2})
    # Judged by code and not by place: the rows come in any order.
    return training.Evaluation(pd.concat(tables).sample(frac=1, random_state=0), pd.DataFrame(scores))


def noise(size: float, seed: int, areas: int = 120) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, size, areas)


class TestVerdict:
    def test_a_candidate_that_beats_every_baseline_is_served(self, rows: pd.DataFrame) -> None:
        errors = {training.CANDIDATE: noise(2, 1), **{name: noise(9, 2) for name in training.BASELINES}}
        verdict = training.judge(evaluation_of(rows, errors), rows, draws=DRAWS)
        assert (verdict.served, verdict.is_baseline) == (training.CANDIDATE, False)
        assert set(verdict.improvements) == set(training.BASELINES)
        assert all(gain.lower > 0 for gain in verdict.improvements.values())
        assert all(name in verdict.reason for name in training.BASELINES)

    @pytest.mark.parametrize("unbeaten", training.BASELINES)
    def test_one_baseline_that_is_not_beaten_is_enough_to_be_served_instead(
        self, rows: pd.DataFrame, unbeaten: str
    ) -> None:
        errors = {training.CANDIDATE: noise(5, 1), **{name: noise(9, 2) for name in training.BASELINES}}
        verdict = training.judge(evaluation_of(rows, {**errors, unbeaten: noise(2, 3)}), rows, draws=DRAWS)
        assert (verdict.served, verdict.is_baseline) == (unbeaten, True)
        assert f"no certain gain over {unbeaten}: the baseline {unbeaten} is served" in verdict.reason

    def test_a_candidate_as_good_as_a_baseline_does_not_beat_it(self, rows: pd.DataFrame) -> None:
        errors = {training.CANDIDATE: noise(2, 1), **{name: noise(9, 2) for name in training.BASELINES}}
        verdict = training.judge(evaluation_of(rows, {**errors, "area_mean": noise(2, 1)}), rows, draws=DRAWS)
        assert verdict.improvements["area_mean"] == (0, 0, 0)
        assert verdict.served == "area_mean"

    def test_of_several_baselines_the_best_is_served(self, rows: pd.DataFrame) -> None:
        errors = {training.CANDIDATE: noise(9, 1)}
        errors |= {name: noise(size, 2) for name, size in zip(training.BASELINES, (6, 3, 5), strict=True)}
        verdict = training.judge(evaluation_of(rows, errors), rows, draws=DRAWS)
        assert verdict.served == training.BASELINES[1]
        assert f"no certain gain over {', '.join(training.BASELINES)}" in verdict.reason

    def test_a_gain_in_one_province_alone_is_not_certain(self, rows: pd.DataFrame) -> None:
        lucky = (rows["admin2_id"] == "0003").to_numpy()
        candidate = noise(3, 1)
        baseline = np.where(lucky, candidate + 20, candidate - 0.01 * np.sign(candidate))
        errors = {training.CANDIDATE: candidate, **dict.fromkeys(training.BASELINES, baseline)}
        evaluation = evaluation_of(rows, errors)
        assert training.judge(evaluation, rows, draws=DRAWS).is_baseline
        # Were every area a province of its own, the same gain would look certain.
        assert not training.judge(evaluation, rows.assign(admin2_id=rows["area_id"]), draws=DRAWS).is_baseline

    def test_what_is_won_on_other_splits_does_not_count(self, rows: pd.DataFrame) -> None:
        errors = {training.CANDIDATE: noise(9, 1), **{name: noise(2, 2) for name in training.BASELINES}}
        evaluation = evaluation_of(rows, errors)
        perfect = (evaluation.out_of_sample["model"] == training.CANDIDATE) & (
            evaluation.out_of_sample["split"] != "province"
        )
        evaluation.out_of_sample.loc[perfect, "estimate"] = evaluation.out_of_sample.loc[perfect, "observed"]
        assert training.judge(evaluation, rows, draws=DRAWS).is_baseline


def version(rows: pd.DataFrame, error: np.ndarray) -> pd.DataFrame:
    """Out-of-sample rows of a version that is off by the errors given."""
    observed = rows["poverty_rate_pct"].to_numpy()
    return pd.DataFrame(
        {"area_id": rows["area_id"], "observed": observed, "estimate": observed + error, "block": rows["admin2_id"]}
    )


def promoted(challenger: pd.DataFrame, champion: pd.DataFrame | None, *, same_data: bool) -> bool:
    return training.promote(challenger, champion, same_data=same_data, draws=DRAWS)[0]


class TestPromotion:
    def test_the_first_version_is_promoted(self, rows: pd.DataFrame) -> None:
        assert training.promote(version(rows, noise(50, 1)), None, same_data=False) == (True, "first version")

    def test_a_champion_of_other_areas_gives_way(self, rows: pd.DataFrame) -> None:
        elsewhere = version(rows, noise(0, 1)).assign(area_id=lambda frame: "x" + frame["area_id"])
        done, reason = training.promote(version(rows, noise(50, 1)), elsewhere, same_data=False)
        assert done and "other areas" in reason

    @pytest.mark.parametrize(
        ("challenger", "on_same_data", "on_new_data"),
        [
            pytest.param(noise(1, 1), True, True, id="better"),
            pytest.param(noise(5, 2), False, True, id="equal"),
            pytest.param(noise(5, 2) * 1.001 + noise(1, 7), False, True, id="worse, but not certainly"),
            pytest.param(noise(15, 3), False, False, id="certainly worse"),
        ],
    )
    def test_on_the_same_data_only_a_gain_counts_and_on_new_data_only_a_certain_loss(
        self, rows: pd.DataFrame, challenger: np.ndarray, on_same_data: bool, on_new_data: bool
    ) -> None:
        champion = version(rows, noise(5, 2))
        assert promoted(version(rows, challenger), champion, same_data=True) == on_same_data
        assert promoted(version(rows, challenger), champion, same_data=False) == on_new_data

    def test_a_gain_too_small_to_be_certain_is_enough_on_the_same_data(self, rows: pd.DataFrame) -> None:
        better_in_one_area = noise(5, 2)
        better_in_one_area[7] *= 0.9
        champion = version(rows, noise(5, 2))
        assert promoted(version(rows, better_in_one_area), champion, same_data=True)

    def test_a_loss_in_one_province_alone_is_not_certain(self, rows: pd.DataFrame) -> None:
        unlucky = np.where(rows["admin2_id"] == "0003", 20.0, 0.99)
        challenger, champion = version(rows, noise(5, 2) * unlucky), version(rows, noise(5, 2))
        assert promoted(challenger, champion, same_data=False)
        areas_alone = challenger.assign(block=challenger["area_id"])
        assert not promoted(areas_alone, champion, same_data=False)

    def test_only_areas_both_versions_know_are_compared_on_the_newest_figures(self, rows: pd.DataFrame) -> None:
        challenger = version(rows, noise(5, 1))
        champion = version(rows, noise(5, 1))[40:].sample(frac=1, random_state=0)
        outdated = champion.assign(observed=0.0, block="none")
        worse_elsewhere = challenger.assign(
            estimate=challenger["estimate"].where(challenger.index >= 40, challenger["estimate"] + 90)
        )
        done, reason = training.promote(worse_elsewhere, outdated, same_data=True, draws=DRAWS)
        assert not done and "R2 +0.0000 (+0.0000 to +0.0000)" in reason

    @settings(max_examples=15, deadline=None)
    @given(st.integers(0, 10_000), st.floats(0.5, 2))
    def test_two_versions_never_replace_each_other_on_the_same_data_nor_both_stay_out_on_new(
        self, seed: int, size: float
    ) -> None:
        rows = country(40, 8)
        one, other = version(rows, noise(5, seed, 40)), version(rows, noise(5 * size, seed + 1, 40))
        r2 = METRICS["r2"]
        better = r2(one["observed"], one["estimate"]) > r2(other["observed"], other["estimate"])
        assert promoted(one, other, same_data=True) == better
        assert promoted(other, one, same_data=True) != better
        assert promoted(one, other, same_data=False) or promoted(other, one, same_data=False)

    def test_a_champion_that_shares_areas_of_one_province_only_gives_way(self, rows: pd.DataFrame) -> None:
        challenger, champion = version(rows, noise(50, 1)), version(rows, noise(1, 2))
        done, reason = training.promote(challenger, champion[champion["block"] == "0003"], same_data=False, draws=DRAWS)
        assert done and "too few are shared" in reason


def district_features(rows: pd.DataFrame) -> pd.DataFrame:
    """The table the model sees: the covariates given, all others missing."""
    names = [described.name for described in describe(contracts.DistrictFeatures)]
    return (
        rows.reindex(columns=names)
        .assign(is_synthetic=False)
        .astype(dict.fromkeys((*contracts.COVARIATES, *contracts.NEIGHBOUR_MEANS), float))
    )


def official_rates(rows: pd.DataFrame) -> pd.DataFrame:
    columns = ["area_id", "poverty_rate_pct", "lower_pct", "upper_pct", "estimate_group"]
    return rows[columns].assign(is_synthetic=False, year=2018, source="sample")


class TestTrainingRows:
    def test_areas_need_both_features_and_a_rate(self, rows: pd.DataFrame) -> None:
        joined = models.training_rows(district_features(rows[:90]), official_rates(rows[30:]))
        assert joined["area_id"].tolist() == rows["area_id"][30:90].tolist()
        assert joined["poverty_rate_pct"].tolist() == rows["poverty_rate_pct"][30:90].tolist()

    def test_they_come_in_the_order_of_their_codes(self, rows: pd.DataFrame) -> None:
        shuffled = district_features(rows.sample(frac=1, random_state=1))
        joined = models.training_rows(shuffled, official_rates(rows.sample(frac=1, random_state=2)))
        pd.testing.assert_frame_equal(joined, models.training_rows(district_features(rows), official_rates(rows)))

    def test_an_area_is_synthetic_by_its_features_or_by_its_rate(self, rows: pd.DataFrame) -> None:
        features = district_features(rows[:4]).assign(is_synthetic=[True, True, False, False])
        rates = official_rates(rows[:4]).assign(is_synthetic=[True, False, True, False])
        joined = models.training_rows(features, rates)
        assert joined["is_synthetic"].tolist() == [True, True, True, False]
        assert "is_synthetic_rate" not in joined

    def test_an_area_without_a_province_is_held_out_with_its_department(self, rows: pd.DataFrame) -> None:
        features = rows[:2].assign(admin2_id=["0000", None], admin1_id=["00", "09"])
        assert models.blocked(features)["admin2_id"].tolist() == ["0000", "09"]
        assert features["admin2_id"].isna().tolist() == [False, True]


NO_PICTURES = {
    name: pd.DataFrame({"z": [], "x": [], "y": [], "image": [], "is_synthetic": []}, dtype="Int64")
    for name in ("night", "day")
}


class TestTrainingAsset:
    def test_too_few_areas_are_refused_with_what_to_do(self, rows: pd.DataFrame) -> None:
        few = models.LEAST_AREAS - 1
        with (
            DagsterInstance.ephemeral() as instance,
            build_asset_context(resources={"io_manager": None}, instance=instance) as context,
            pytest.raises(Failure, match=f"Only {few} areas have both") as refused,
        ):
            config, features = models.TrainingConfig(), district_features(rows[:few])
            list(
                models.train_district_model(
                    context, config, features=features, rates=official_rates(rows), **NO_PICTURES
                )
            )
        assert "poverty.poverty_rates" in str(refused.value)

    def test_training_again_keeps_the_champion_and_a_better_version_waits_where_approval_is_required(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SOCIALAI_HOME", str(tmp_path / "home"))
        rows, manager = country(60, 6), LakeIOManager()
        manager.write("poverty.district_features", district_features(rows), None, run_id="test")
        manager.write("poverty.official_rates", official_rates(rows), None, run_id="test")
        for argument, pictures in NO_PICTURES.items():
            manager.write(f"poverty.stg_satellite_{argument}", pictures, None, run_id="test")

        def train(instance: DagsterInstance) -> ExecuteInProcessResult:
            config = {"province_folds": 2, "trees": 10, "bootstrap_draws": 100}
            return materialize(
                [models.train_district_model, *map(AssetSpec, models.train_district_model.keys_by_input_name.values())],
                instance=instance,
                resources={"io_manager": manager},
                run_config={"ops": {"train_district_model": {"config": config}}},
            )

        with DagsterInstance.ephemeral() as instance:
            assert train(instance).success and train(instance).success
            registry = ModelRegistry.from_settings(current())
            latest, champion = registry.versions(training.MODEL)
            changed = official_rates(rows)
            changed.loc[0, "poverty_rate_pct"] += 0.01
            manager.write("poverty.official_rates", changed, None, run_id="test")
            monkeypatch.setenv("SOCIALAI_APPROVAL", "poverty=required")
            current.cache_clear()
            assert train(instance).success
        manager.lake.close()
        waits = registry.versions(training.MODEL)[0]
        assert (waits.version, waits.tags["approval"], waits.is_champion) == (3, "waiting", False)
        assert "trained on new data" in waits.tags["proposal"]
        in_use = registry.champion(training.MODEL)
        assert in_use is not None and in_use.version == 1 and in_use.tags["approval"] == "automatic"
        assert {CARD, FAIRNESS_AUDIT} <= {file.name for file in registry.files(waits).iterdir()}
        audit = pd.read_csv(registry.files(waits) / FAIRNESS_AUDIT)
        assert {"all", "rural"} <= set(audit["group"]) and {"bias", "coverage_90"} <= set(audit["metric"])
        judged = approval_check(training.MODEL)()
        assert isinstance(judged, AssetCheckResult) and not judged.passed
        assert "Version 3 waits" in str(judged.description)
        approve(registry, waits, role="head of statistics", by="ana")
        judged = approval_check(training.MODEL)()
        assert isinstance(judged, AssetCheckResult) and judged.passed
        assert [version.version for version in registry.versions(training.MODEL) if version.is_champion] == [3]
        assert (latest.version, champion.version) == (2, 1)
        assert champion.is_champion and champion.tags["promotion"] == "first version"
        assert not latest.is_champion and "trained on the same data: R2 +0.0000" in latest.tags["not_promoted"]
        served = load_served(registry.files(champion))
        assert served.algorithm == champion.tags["algorithm"]
        assert served.predict(models.blocked(district_features(rows)))["is_cross_fitted"].all()
