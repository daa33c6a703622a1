"""Tests of the district poverty model that is in use: what it serves, its intervals, and how it is saved."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from resources.errors import ModelError
from socialai_assets.methods.area_model import AreaModel
from socialai_assets.methods.area_regression import AreaMean, AreaRegression, NearestNeighbours
from socialai_assets.methods.intervals import ConformalIntervals
from socialai_assets.poverty import training
from socialai_assets.poverty.served_model import DESCRIPTION, ServedModel, fit_served, load_served
from tests.unit.poverty_country import COVARIATES, country

INTERVALS = ConformalIntervals(0.9, 10.0, {"coast": 2.0}, normalised=True)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return country()


FOLDS = np.arange(120) // 40


def serve(rows: pd.DataFrame, model: AreaModel, folds: np.ndarray = FOLDS) -> ServedModel:
    return fit_served("some_model", model, False, rows, folds, INTERVALS)


def regression() -> AreaRegression:
    return AreaRegression(COVARIATES, block="admin2_id", members=1, bounds=training.PERCENT)


def newcomers(rows: pd.DataFrame) -> pd.DataFrame:
    """Areas without an official figure, like those with one in everything else."""
    return rows[::7].assign(area_id=lambda frame: "new" + frame["area_id"]).drop(columns="poverty_rate_pct")


class TestCrossFitting:
    def test_an_area_with_an_official_figure_is_estimated_by_the_fold_that_left_it_out(
        self, rows: pd.DataFrame
    ) -> None:
        estimates = serve(rows, AreaMean()).predict(rows)
        observed = rows["poverty_rate_pct"].to_numpy()
        expected = np.array([observed[fold != FOLDS].mean() for fold in FOLDS])
        assert estimates["estimate"].to_numpy() == pytest.approx(expected)
        assert estimates["is_cross_fitted"].all()

    def test_an_area_without_one_is_estimated_by_the_model_that_has_seen_all(self, rows: pd.DataFrame) -> None:
        estimates = serve(rows, AreaMean()).predict(newcomers(rows))
        assert estimates["estimate"].to_numpy() == pytest.approx(rows["poverty_rate_pct"].mean())
        assert not estimates["is_cross_fitted"].any()

    def test_the_official_figures_of_a_fold_have_no_say_in_its_estimates_and_a_say_in_all_others(
        self, rows: pd.DataFrame
    ) -> None:
        fold = FOLDS == 1
        changed = rows.assign(poverty_rate_pct=rows["poverty_rate_pct"].where(~fold, 100 - rows["poverty_rate_pct"]))
        everyone = pd.concat([rows, newcomers(rows)], ignore_index=True)
        before, after = (serve(data, regression()).predict(everyone)["estimate"] for data in (rows, changed))
        own = np.append(fold, np.zeros(len(everyone) - len(rows), dtype=bool))
        assert after[own].tolist() == before[own].tolist()
        assert (after[~own] != before[~own]).mean() > 0.9

    def test_areas_of_both_kinds_keep_their_order_whatever_it_is(self, rows: pd.DataFrame) -> None:
        served = serve(rows, NearestNeighbours(ks=(1, 3), block="admin2_id"))
        everyone = pd.concat([rows, newcomers(rows)])
        shuffled = everyone.sample(frac=1, random_state=5)
        one, other = served.predict(everyone), served.predict(shuffled)
        assert other["area_id"].tolist() == shuffled["area_id"].tolist()
        assert one.notna().all(axis=None)
        pd.testing.assert_frame_equal(
            one.sort_values("area_id", ignore_index=True), other.sort_values("area_id", ignore_index=True)
        )

    def test_the_model_given_stays_unfitted(self, rows: pd.DataFrame) -> None:
        model = AreaMean()
        served = serve(rows, model)
        assert not model.learned_ and served.full is not model
        assert sorted(served.folds) == [0, 1, 2]


class TestIntervals:
    def test_a_region_has_its_own_width_and_others_the_common_one(self, rows: pd.DataFrame) -> None:
        places = rows.assign(natural_region=["coast", "jungle", None] * 40)
        estimates = serve(rows, AreaMean()).predict(places)
        width = estimates["upper"] - estimates["lower"]
        assert width.to_numpy() == pytest.approx(np.tile([4.0, 20.0, 20.0], 40))

    def test_estimates_and_bounds_are_percentages_even_where_the_model_says_otherwise(self, rows: pd.DataFrame) -> None:
        beyond = rows.assign(poverty_rate_pct=[-30.0] * 40 + [99.0] * 40 + [300.0] * 40)
        estimates = serve(beyond, AreaMean()).predict(beyond)
        assert estimates[["estimate", "lower", "upper"]].stack().between(0, 100).all()
        assert estimates["estimate"].between(estimates["lower"], estimates["upper"]).all()
        assert estimates["estimate"].max() == 100

    def test_intervals_are_narrower_near_the_ends_where_the_model_can_tell(self, rows: pd.DataFrame) -> None:
        estimates = serve(rows, regression()).predict(rows)
        width = (estimates["upper"] - estimates["lower"]) / np.where(rows["natural_region"] == "coast", 4, 20)
        whole = (estimates["lower"] > 0) & (estimates["upper"] < 100)
        expected = regression().difficulty(estimates["estimate"].to_numpy())
        assert whole.mean() > 0.9 and width[whole].to_numpy() == pytest.approx(expected[whole])
        middle = estimates["estimate"].between(40, 60)
        assert middle.any() and width[~middle].max() <= width[middle].max()
        assert width[estimates["estimate"] < 10].max() < width[middle].min()


MODELS = [
    regression(),
    regression().clone(learners=("random_forest",), trees=4),
    AreaMean(),
    NearestNeighbours(ks=(1, 3), block="admin2_id"),
]


class TestSavedModels:
    @pytest.mark.parametrize("model", MODELS, ids=lambda model: "+".join(getattr(model, "learners", ["baseline"])))
    def test_a_model_read_back_serves_the_same_estimates(
        self, rows: pd.DataFrame, model: AreaModel, tmp_path: Path
    ) -> None:
        served = serve(rows, model)
        served.save(tmp_path)
        again = load_served(tmp_path)
        assert (again.algorithm, again.is_baseline, again.intervals) == ("some_model", False, INTERVALS)
        assert again.fold_of == served.fold_of
        everyone = pd.concat([rows, newcomers(rows)])
        pd.testing.assert_frame_equal(again.predict(everyone), served.predict(everyone), check_exact=True)

    def test_many_folds_come_back_as_themselves(self, rows: pd.DataFrame, tmp_path: Path) -> None:
        served = serve(rows, AreaMean(), np.arange(120) // 10)
        served.save(tmp_path)
        again = load_served(tmp_path)
        assert list(again.folds) == list(range(12))
        assert [again.folds[n].learned_ for n in range(12)] == [served.folds[n].learned_ for n in range(12)]

    def test_groups_too_small_for_an_interval_keep_their_infinite_one(self, rows: pd.DataFrame, tmp_path: Path) -> None:
        served = fit_served("m", AreaMean(), True, rows, FOLDS, ConformalIntervals(0.9, float("inf"), {}, True))
        served.save(tmp_path)
        estimates = load_served(tmp_path).predict(rows)
        assert estimates["lower"].eq(0).all() and estimates["upper"].eq(100).all()

    @pytest.mark.parametrize("model", MODELS[:2], ids=["boosting", "forest"])
    def test_no_file_holds_a_pickle(self, rows: pd.DataFrame, model: AreaModel, tmp_path: Path) -> None:
        serve(rows, model).save(tmp_path)
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert {path.suffix for path in files} == {".json", ".parquet", ".skops"}
        for path in files:
            if path.suffix != ".skops":
                continue
            with zipfile.ZipFile(path) as archive:
                assert {Path(name).suffix for name in archive.namelist()} <= {".json", ".npy"}
                for name in archive.namelist():
                    if name.endswith(".npy"):
                        np.load(BytesIO(archive.read(name)), allow_pickle=False)

    @pytest.mark.parametrize("change", [{"format": 999}, {"format": None}])
    def test_a_folder_of_another_format_is_refused_with_what_to_do(
        self, rows: pd.DataFrame, change: dict[str, object], tmp_path: Path
    ) -> None:
        serve(rows, AreaMean()).save(tmp_path)
        description = json.loads((tmp_path / DESCRIPTION).read_text())
        (tmp_path / DESCRIPTION).write_text(json.dumps({**description, **change}))
        with pytest.raises(ModelError, match=f"saved in format {change['format']}") as refused:
            load_served(tmp_path)
        assert "socialai run --select poverty/model_scores" in str(refused.value)
