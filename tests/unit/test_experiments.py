"""Experiments: what their file may say, what a variant learns from, and what is refused before anything is fitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from resources.errors import ModelError, SettingsError
from resources.settings import PROJECT
from socialai_assets.catalog import trainables
from socialai_assets.factories.experiments import Experiment, Variant, chosen_features, read_experiment
from socialai_assets.methods.area_regression import AreaRegression
from socialai_assets.methods.stacked_ensemble import StackedEnsemble
from socialai_assets.poverty import contracts
from socialai_assets.poverty.experiments import DistrictModelBench, with_parameters

EXAMPLE = PROJECT / "docs" / "experiments" / "poverty.yaml"
KNOWN = ("night_light_mean", "night_light_max", "altitude_m")


def rows(areas: int = 120, provinces: int = 12) -> pd.DataFrame:
    """Areas whose rate follows from altitude, with every covariate of the contract there is."""
    random = np.random.default_rng(0)
    covariates = dict.fromkeys((*contracts.COVARIATES, *contracts.NEIGHBOUR_MEANS), np.nan)
    altitude = random.uniform(0, 4000, areas)
    province = np.arange(areas) % provinces
    return pd.DataFrame(covariates, index=range(areas)).assign(
        area_id=[f"{number:06d}" for number in range(areas)],
        admin1_id=[f"D{number % 4}" for number in province],
        admin2_id=[f"P{number}" for number in province],
        latitude=random.uniform(-15, 0, areas),
        longitude=random.uniform(-80, -70, areas),
        natural_region="highlands",
        population=1000.0,
        altitude_m=altitude,
        night_light_mean=random.normal(size=areas),
        estimate_group=None,
        lower_pct=np.nan,
        upper_pct=np.nan,
        is_synthetic=True,
        poverty_rate_pct=np.clip(10 + altitude / 80 + random.normal(0, 3, areas), 0, 100),
    )


@pytest.fixture(scope="module")
def bench() -> DistrictModelBench:
    frame = rows()
    champion = frame[["area_id"]].assign(
        estimate=float(frame["poverty_rate_pct"].mean()), observed=frame["poverty_rate_pct"], block=frame["admin2_id"]
    )
    experiment = Experiment(
        model="poverty.district_model", folds=3, bootstrap_draws=100, variants=(variant("gradient_boosting"),)
    )
    return DistrictModelBench(experiment, frame, champion, "champion, version 1", threads=1)


def variant(algorithm: str, **fields: object) -> Variant:
    return Variant(name="tried", algorithm=algorithm, **fields)  # type: ignore[arg-type]


def test_the_example_is_read_and_each_combination_is_a_variant() -> None:
    experiment = read_experiment(EXAMPLE)
    assert experiment.model in trainables()
    assert [v.name for v in experiment.variants][-2:] == ["extra trees: trees 50", "extra trees: trees 150"]
    assert experiment.variants[-1].parameters == {"trees": 150}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("model: [", "YAML"),
        ("- 1", "the file"),
        ("model: m\nvariants: []", "variants"),
        ("model: m\nvariants: [{name: a, algoritm: b}]", "algorit"),
        ("model: m\nvariants: [{name: a, algorithm: b}, {name: a, algorithm: c}]", "Several variants"),
        ("model: m\nvariants: [{name: a, algorithm: b, vary: {trees: []}}]", "No variant"),
        ("model: m\nfolds: 1\nvariants: [{name: a, algorithm: b}]", "folds"),
    ],
)
def test_a_file_that_is_no_experiment_is_refused_with_what_is_wrong(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "experiment.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=named) as refusal:
        read_experiment(file)
    assert str(file) in str(refusal.value)


def test_features_are_chosen_by_patterns_in_the_order_known() -> None:
    assert chosen_features(variant("a"), KNOWN) == KNOWN
    assert chosen_features(variant("a", without=("night_*",)), KNOWN) == ("altitude_m",)
    assert chosen_features(variant("a", features=("altitude_m", "*_max")), KNOWN) == ("night_light_max", "altitude_m")
    with pytest.raises(SettingsError, match="leaves no feature"):
        chosen_features(variant("a", without=("*",)), KNOWN)
    with pytest.raises(SettingsError, match=r"unknown feature `altitud_m`.*Did you mean `altitude_m`"):
        chosen_features(variant("a", features=("altitud_m",)), KNOWN)


def test_parameters_have_the_algorithms_types_and_reach_an_ensembles_members() -> None:
    tree = AreaRegression(features=("a",))
    changed = with_parameters(tree, variant("x", parameters={"lag_scales_km": [50, 200], "trees": 7}))
    assert isinstance(changed, AreaRegression)
    assert (changed.lag_scales_km, changed.trees, tree.trees) == ((50.0, 200.0), 7, 100)
    ensemble = with_parameters(StackedEnsemble((tree, tree)), variant("x", parameters={"trees": 7}))
    assert isinstance(ensemble, StackedEnsemble)
    assert [member.get_params()["trees"] for member in ensemble.members] == [7, 7]
    for parameters, message in (
        ({"treess": 7}, "Did you mean `trees`"),
        ({"n_jobs": 7}, "unknown parameter"),
        ({"trees": "many"}, "wrong value"),
    ):
        with pytest.raises(SettingsError, match=message):
            with_parameters(tree, variant("x", parameters=parameters))


def test_unknown_algorithms_and_baselines_are_refused_with_those_there_are(bench: DistrictModelBench) -> None:
    for name in ("gradient_bosting", "area_mean", "picture_boosting"):
        with pytest.raises(SettingsError, match=r"unknown algorithm.*gradient_boosting"):
            bench.check(variant(name))


def test_a_variant_is_scored_beside_baselines_and_champion(bench: DistrictModelBench) -> None:
    found = bench.score(variant("extra_trees", features=("altitude_m",), parameters={"trees": 20}))
    references = bench.reference_outcomes()
    assert list(references) == ["champion, version 1", "area_mean", "night_lights_only", "nearest_neighbours"]
    assert found.features == 1
    assert found.metrics["r2"] > 0.8 > references["champion, version 1"].metrics["r2"]
    assert found.gain is not None and found.gain.lower > 0.5
    blind = bench.score(variant("extra_trees", features=("night_light_mean",), parameters={"trees": 20}))
    assert blind.metrics["r2"] < found.metrics["r2"] - 0.5


def test_a_variant_that_cannot_be_fitted_is_named(bench: DistrictModelBench) -> None:
    with pytest.raises(ModelError, match="`tried` cannot be fitted"):
        bench.score(variant("random_forest", parameters={"trees": 0}))
