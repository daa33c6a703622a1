"""Tests of a district's reasons: they add up, what would change its rank is so when asked again, all is in words."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from socialai_assets.ingest.contract import validate
from socialai_assets.methods.intervals import ConformalIntervals
from socialai_assets.poverty import contracts, reason_texts, reasons, training, wording
from socialai_assets.poverty.explanations import explained_tables
from socialai_assets.poverty.models import blocked
from socialai_assets.poverty.served_model import ServedModel, fit_served
from socialai_assets.publishing.languages import LANGUAGES

COVARIATES = ("night_light_mean", "night_light_max", "altitude_m", "dropout_rate_pct", "neighbours_altitude_m")
LAGS = ("lagged_value_100km", "lagged_value_region")


def country(areas: int = 150, provinces: int = 15) -> pd.DataFrame:
    """Areas in provinces and three departments; dark and high ones are poor. The last is like no other."""
    random = np.random.default_rng(3)
    province = np.arange(areas) * provinces // areas
    light, altitude = random.uniform(0, 200, areas), random.uniform(0, 4000, areas)
    light[-1], altitude[-1] = 120, 30000
    rows = pd.DataFrame(
        {
            "area_id": [f"{number:06d}" for number in range(areas)],
            "admin1_id": [f"{number * 3 // provinces:02d}" for number in province],
            "admin2_id": [f"{number:04d}" for number in province],
            "natural_region": "coast",
            "latitude": -5.0 - province % 4 + random.uniform(-0.3, 0.3, areas),
            "longitude": -75.0 + province // 4 + random.uniform(-0.3, 0.3, areas),
            "night_light_mean": light,
            "night_light_max": np.minimum(255, light * 1.3),
            "altitude_m": altitude,
            "neighbours_altitude_m": altitude + random.normal(0, 50, areas),
            "dropout_rate_pct": random.uniform(0, 5, areas),
            "population_log": 8.0,
            "population_density_log": 1.0,
            "is_synthetic": False,
        }
    )
    rate = 45 - 0.2 * light + 0.005 * altitude + 6 * rows["dropout_rate_pct"] + random.normal(0, 2, areas)
    return blocked(rows.assign(poverty_rate_pct=rate.clip(0, 100)))


def serve(rows: pd.DataFrame, name: str = training.CANDIDATE) -> ServedModel:
    model = training.learners(COVARIATES, "admin2_id", seed=0, trees=10, threads=1, networks=False)[name]
    known = rows.iloc[:140]
    return fit_served(
        name, model, name in training.BASELINES, known, np.arange(140) // 10 % 2, ConformalIntervals(0.9, 8.0, {}, True)
    )


def predicted(served: ServedModel, rows: pd.DataFrame) -> pd.DataFrame:
    estimates = served.predict(rows)[["area_id", "estimate"]].round(2)
    return estimates.assign(
        name="District", admin1_name="Department", model=served.algorithm, model_version=1,
        is_baseline=served.is_baseline, is_synthetic=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return country()


@pytest.fixture(scope="module")
def served(rows: pd.DataFrame) -> ServedModel:
    return serve(rows)


@pytest.fixture(scope="module")
def tables(rows: pd.DataFrame, served: ServedModel) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables, made of rows in another order than the predictions'."""
    effects, explanations = explained_tables(served, rows.sample(frac=1, random_state=0), predicted(served, rows))
    return validate(effects, contracts.DistrictReasons), validate(explanations, contracts.DistrictExplanations)


class TestReasons:
    def test_base_and_effects_add_up_to_the_estimate_served(self, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
        effects, explanations = tables
        total = explanations.set_index("area_id")["base"] + effects.groupby("area_id")["effect"].sum()
        estimate = explanations.set_index("area_id")["estimate"]
        # Served estimates are rounded to hundredths.
        np.testing.assert_allclose(total[estimate.index], estimate, atol=0.0051)

    def test_reasons_are_ranked_by_size_and_told_in_both_languages(
        self, tables: tuple[pd.DataFrame, pd.DataFrame]
    ) -> None:
        effects, _ = tables
        for _, of_area in effects.sort_values(["area_id", "rank"]).groupby("area_id"):
            assert of_area["effect"].abs().is_monotonic_decreasing
            assert of_area["rank"].tolist() == list(range(1, len(of_area) + 1))
        assert ((effects["effect"] >= 0) == (effects["direction"] == "raises")).all()
        assert effects["text_en"].str.endswith("points").all()
        assert effects["text_es"].str.endswith("puntos").all()

    def test_what_made_the_country_poor_is_found(
        self, rows: pd.DataFrame, tables: tuple[pd.DataFrame, pd.DataFrame]
    ) -> None:
        effects, _ = tables
        lights = effects[effects["driver"] == "night_lights"].set_index("area_id")["effect"][rows["area_id"]]
        assert np.corrcoef(lights, rows["night_light_mean"])[0, 1] < -0.9
        dark = rows.loc[rows["night_light_mean"].idxmin(), "area_id"]
        first = effects[(effects["area_id"] == dark) & (effects["rank"] == 1)].iloc[0]
        assert (first["driver"], first["direction"]) == ("night_lights", "raises")
        assert first["text_en"].startswith(("little light at night: +", "no bright spot at night: +"))
        assert first["text_es"].startswith(("poca luz nocturna: +", "sin puntos de luz intensa de noche: +"))

    def test_own_and_neighbours_covariates_are_one_driver(self, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
        effects, _ = tables
        found = set(effects["driver"]) - {wording.BOUNDS}
        assert found == {"night_lights", "altitude", "school", "official_poverty_near_by"}
        assert set(effects.loc[effects["driver"] == "altitude", "covariate"]) == {"altitude_m", "neighbours_altitude_m"}

    def test_the_sentence_names_the_estimate_and_its_greatest_reason(
        self, tables: tuple[pd.DataFrame, pd.DataFrame]
    ) -> None:
        effects, explanations = tables
        greatest = effects[effects["rank"] == 1].set_index("area_id")
        for row in explanations.head(20).itertuples():
            words = greatest.loc[row.area_id, "text_en"].rpartition(":")[0]
            assert words in row.sentence_en
            assert row.sentence_en.startswith(f"Estimated {row.estimate:.1f} % poor")
            assert row.sentence_es.startswith(f"Se estima {row.estimate:.1f} % de pobreza")
            assert row.sentence_en.endswith(".") and row.sentence_es.endswith(".")


class TestWhatIf:
    def test_asked_again_the_served_model_says_the_same(
        self, rows: pd.DataFrame, served: ServedModel, tables: tuple[pd.DataFrame, pd.DataFrame]
    ) -> None:
        """Rows are changed by hand and go through the whole served model."""
        _, explanations = tables
        told = explanations[explanations["what_if_covariate"].eq("dropout_rate_pct")]
        assert len(told) >= 5
        changed = rows.set_index("area_id", drop=False)
        changed.loc[told["area_id"], "dropout_rate_pct"] = told["what_if_to"].to_numpy()
        again = served.predict(changed.reset_index(drop=True)).set_index("area_id")["estimate"]
        np.testing.assert_allclose(again[told["area_id"]], told["what_if_estimate"], atol=1e-6)

    def test_outcomes_and_ranks_are_what_they_are_called(self, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
        _, explanations = tables
        poorest = round(0.2 * len(explanations))
        for row in explanations.itertuples():
            others = explanations.loc[explanations["area_id"] != row.area_id, "estimate"]
            if row.what_if_outcome == "nothing tried moves it":
                assert np.isnan(row.what_if_rank)
                continue
            assert row.what_if_rank == 1 + (others > row.what_if_estimate).sum()
            was, then = row.poverty_rank <= poorest, row.what_if_rank <= poorest
            expected = {
                "leaves the poorest fifth": (True, False),
                "enters the poorest fifth": (False, True),
                "moves in the ranking": (was, was),
            }
            assert (was, then) == expected[row.what_if_outcome]
            if row.what_if_outcome == "moves in the ranking":
                assert abs(row.what_if_rank - row.poverty_rank) >= round(0.05 * len(explanations))
        assert {"leaves the poorest fifth", "enters the poorest fifth"} <= set(explanations["what_if_outcome"])

    def test_it_is_called_an_association(self, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
        _, explanations = tables
        asked = explanations["what_if_covariate"].notna()
        assert asked.any()
        assert explanations.loc[asked, "what_if_en"].str.contains("not what a measure would bring about").all()
        assert explanations.loc[asked, "what_if_es"].str.contains("no el efecto de una medida").all()


def test_extrapolation_is_flagged_and_says_in_what(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    _, explanations = tables
    strange = explanations.iloc[-1]
    assert strange["is_extrapolated"] and "altitude" in strange["unlike_covariate"]
    assert "high altitude" in strange["caution_en"] and "mucha altitud" in strange["caution_es"]
    flagged = explanations["is_extrapolated"]
    assert (flagged == (explanations["dissimilarity"] > explanations["dissimilarity_threshold"])).all()
    assert (flagged == explanations["caution_en"].notna()).all() and flagged.mean() < 0.15


def test_areas_the_model_did_not_learn_from_are_explained_without_the_flag(
    rows: pd.DataFrame, served: ServedModel
) -> None:
    """A new country that has landed, before the model is trained on it."""
    strangers = rows.assign(area_id="new" + rows["area_id"])
    effects, explanations = explained_tables(served, strangers, predicted(served, strangers))
    validate(explanations, contracts.DistrictExplanations)
    total = explanations.set_index("area_id")["base"] + effects.groupby("area_id")["effect"].sum()
    np.testing.assert_allclose(total, explanations.set_index("area_id")["estimate"][total.index], atol=0.0051)
    assert explanations["dissimilarity"].isna().all() and not explanations["is_extrapolated"].any()


def test_a_baseline_has_no_reasons_and_says_so(rows: pd.DataFrame) -> None:
    for name in training.BASELINES:
        served = serve(rows, name)
        effects, explanations = explained_tables(served, rows, predicted(served, rows))
        assert validate(effects, contracts.DistrictReasons).empty
        validate(explanations, contracts.DistrictExplanations)
        assert explanations["sentence_en"].str.contains(f"baseline ({name.replace('_', ' ')})", regex=False).all()
        assert explanations["sentence_es"].str.contains("no hay razones").all()
        assert set(explanations["what_if_outcome"]) == {"not asked of a baseline"}


class TestWording:
    def test_every_covariate_a_model_can_learn_from_is_in_words(self) -> None:
        whole = training.learners(contracts.COVARIATES + contracts.NEIGHBOUR_MEANS, "b", seed=0, trees=10, threads=1)
        seen = whole["gradient_boosting"].feature_names  # type: ignore[attr-defined]
        assert set(seen) == {*contracts.COVARIATES, *contracts.NEIGHBOUR_MEANS, *LAGS}
        for name in seen:
            words = wording.wording(name)
            assert words.driver in wording.DRIVERS
            assert len({*words.en, *words.es}) == 4 and all((*words.en, *words.es))

    def test_units_are_those_of_the_contract(self) -> None:
        units = {column.name: column.unit for column in contracts.describe(contracts.DistrictFeatures)}
        told = {name: wording.wording(name).unit for name in (*contracts.COVARIATES, *contracts.NEIGHBOUR_MEANS)}
        assert {name: unit for name, unit in told.items() if unit} == {
            name: units[name] for name, unit in told.items() if unit
        }

    def test_levers_are_named_and_are_covariates(self) -> None:
        assert set(wording.LEVERS) == set(wording.LEVER_NAMES)
        for lever, moved in wording.LEVERS.items():
            assert moved[0] == lever and set(moved) <= set(contracts.COVARIATES)
            assert set(wording.LEVER_NAMES[lever]) == set(LANGUAGES)

    def test_low_and_high_are_told_with_figures_where_they_mean_something(self) -> None:
        assert wording.phrase("altitude_m", 3812.0, 2000.0, "en") == "high altitude (3,812 m)"
        assert wording.phrase("neighbours_dropout_rate_pct", 0.5, 2.0, "es") == (
            "poca deserción escolar en los distritos vecinos (0.5 %)"
        )
        assert wording.phrase("night_light_mean", 3.0, 9.0, "es") == "poca luz nocturna"
        assert wording.phrase("altitude_m", float("nan"), 9.0, "en") == "figure missing: Altitude"

    def test_effects_carry_their_sign(self) -> None:
        assert (wording.points(2.04), wording.points(-0.26)) == ("+2.0", "\N{MINUS SIGN}0.3")

    def test_a_district_like_all_others_is_called_so(self) -> None:
        text = reason_texts.sentence(30.0, 30.2, [], "es")
        assert re.fullmatch(r"Se estima 30\.0 % de pobreza; el modelo parte de 30\.2 %; nada distingue .*\.", text)


def test_equal_estimates_share_the_better_rank() -> None:
    assert reasons.poverty_ranks(np.array([10.0, 30.0, 30.0, 5.0])).tolist() == [3, 1, 1, 4]
