"""Risks of water points: what is planted is found, what cannot be told is withheld, and no visit tells its own risk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from socialai_assets.ingest.contract import validate
from socialai_assets.methods.area_model import load
from socialai_assets.publishing.cartography import department_borders
from socialai_assets.publishing.choropleth import choropleth_png
from socialai_assets.water import contracts, point_risk_rows, risk_classes, risk_pictures, risk_training, risk_wording
from socialai_assets.water.area_risks import area_risks
from socialai_assets.water.leakage import KEYS, ORIGINS
from socialai_assets.water.risk_clusters import failure_clusters
from socialai_assets.water.risk_rows import column_names, estimable, nearest_visits, visited_rows, with_columns
from socialai_assets.water.served_risk import ServedRisk, fit_served, load_served, since_training

TARGET = "treatment_fails"
SYSTEMS = 600


def country(seed: int = 4) -> tuple[pd.DataFrame, np.ndarray]:
    """Features of the treatments of 600 systems in 10 departments of 2 provinces of 3 districts, and how likely each
    fails: more so where old and far away."""
    random = np.random.default_rng(seed)
    district = random.integers(0, 60, SYSTEMS)
    table = pd.DataFrame(dict.fromkeys(ORIGINS, np.nan), index=range(SYSTEMS))
    table["point_id"] = [f"T{i:03}" for i in range(SYSTEMS)]
    table["system_id"] = [f"W{i:03}" for i in range(SYSTEMS)]
    table["area_id"] = [f"{d:02}" for d in district]
    table["admin2_id"] = [f"P{d // 3:02}" for d in district]
    table["admin1_id"] = [f"D{d // 6}" for d in district]
    table["component"], table["source"], table["is_synthetic"] = "treatment", "test", False
    table["water_source"], table["supply"], table["natural_region"] = None, None, "highlands"
    table["water_tech"] = random.choice(["Chlorination", "Slow filtration"], SYSTEMS)
    table["lat_deg"], table["lon_deg"] = -5 - district // 6 - random.random(SYSTEMS), -75 - district % 6 / 4
    table["install_year"] = random.integers(1980, 2020, SYSTEMS).astype(float)
    table["km_to_capital"] = random.exponential(8, SYSTEMS)
    table["altitude_m"] = random.uniform(0, 4000, SYSTEMS)
    odds = -1.2 + 0.09 * (2000 - table["install_year"]) + 0.15 * (table["km_to_capital"] - 8)
    return table[[*KEYS, *ORIGINS]], 1 / (1 + np.exp(-odds.to_numpy()))


def visits(features: pd.DataFrame, failed: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "point_id": features["point_id"],
            "system_id": features["system_id"],
            "target": TARGET,
            "report_date": pd.Timestamp("2023-05-20"),
            "visit_number": 1,
            "outcome": failed,
        }
    )


STALENESS = pd.DataFrame({"as_of": [pd.Timestamp("2023-06-20")]})


@pytest.fixture(scope="module")
def planted() -> tuple[pd.DataFrame, np.ndarray]:
    return country()


@pytest.fixture(scope="module")
def learned(planted: tuple[pd.DataFrame, np.ndarray]) -> tuple[pd.DataFrame, risk_training.Evaluation, ServedRisk]:
    """Trained on the visits to all but the last department's; nor those of two districts of the eighth."""
    features, chance = planted
    failed = np.random.default_rng(1).random(SYSTEMS) < chance
    visited = visits(features, failed)[~features["admin1_id"].eq("D9") & ~features["area_id"].isin(["46", "47"])]
    rows = visited_rows(features, visited, TARGET)
    evaluation = risk_training.evaluate(rows, draws=100, networks=False)
    return visited, evaluation, fit_served(TARGET, rows, evaluation, features=features, networks=False)


def test_what_is_planted_is_found_and_served(learned, planted) -> None:
    visited, _, served = learned
    features, chance = planted
    found = point_risk_rows.point_risks(features, visited, STALENESS, {TARGET: (served, 3)})
    found = validate(found, contracts.PointRisks).set_index("point_id")
    own = found.loc[features["point_id"]]
    assert not own["is_withheld"].any()
    assert np.corrcoef(own["risk"], chance)[0, 1] > 0.8
    assert own.groupby("nearest_visits").size().loc[["province", "country"]].min() > 5
    assert chance[own["risk_class"].eq("high").to_numpy()].mean() > 0.6
    assert chance[own["risk_class"].eq("low").to_numpy()].mean() < 0.2
    assert (own["days_since_report"].dropna() == 31).all() and own["observed"].isna().sum() > 60


def test_risks_agree_with_what_happens_and_scores_can_be_recomputed(learned) -> None:
    _, evaluation, _ = learned
    scores = risk_training.scores_of(evaluation, 0.35).set_index(["model", "split", "group", "metric"])["value"]
    for split in ("district", "department"):
        held = evaluation.out_of_sample.query("model == 'combination' and split == @split")
        assert abs(held["estimate"].mean() - held["observed"].mean()) < 0.05
        above = (
            held.loc[held["observed"], "estimate"].to_numpy()[:, None]
            > held.loc[~held["observed"], "estimate"].to_numpy()
        )
        assert scores["combination", split, "all", "auc_pooled"] == pytest.approx(above.mean(), abs=1e-3)
    assert scores["overall_rate", "district", "all", "auc"] < scores["combination", "district", "all", "auc"]


def test_a_point_is_estimated_by_a_model_that_never_saw_its_visit(learned, planted) -> None:
    *_, served = learned
    rows = served.rows(planted[0])
    for nearest, chosen, model in served.parts(rows):
        for number, copy in served.folds[nearest].items():
            if copy is model:
                assert set(rows.loc[chosen, "system_id"].map(served.fold_of[nearest])) == {number}
    assert {nearest for nearest, *_ in served.parts(rows)} == {"district", "province", "country"}


def test_where_nothing_can_be_told_figures_are_withheld_and_the_table_says_why(planted) -> None:
    features, _ = planted
    chance = visits(features, np.random.default_rng(2).random(SYSTEMS) < 0.3)
    rows = visited_rows(features, chance, TARGET)
    evaluation = risk_training.evaluate(rows, draws=100, networks=False)
    withheld = {nearest for nearest, one in evaluation.served.items() if one.is_withheld}
    assert len(withheld) >= 3
    found = point_risk_rows.point_risks(
        features,
        chance,
        STALENESS,
        {TARGET: (fit_served(TARGET, rows, evaluation, features=features, networks=False), 1)},
    )
    none = found[found["nearest_visits"].isin(withheld)]
    assert none[["risk", "lower", "upper", "risk_class"]].isna().all().all()
    assert none["reason"].str.contains("not certainly above chance").all()


def test_drivers_add_up_to_the_risk_and_name_what_was_planted(learned, planted) -> None:
    *_, served = learned
    rows = served.rows(planted[0])
    risk = served.estimate(rows)["risk"].to_numpy()
    typical, effects = served.drivers(rows)
    assert typical + effects.sum(axis=1).to_numpy() == pytest.approx(risk, abs=1e-6)
    assert set(effects.abs().mean().nlargest(2).index) == {"age", "remoteness"}
    assert np.corrcoef(effects["remoteness"], rows["km_to_capital"])[0, 1] > 0.5
    year = rows["install_year"].to_numpy()
    assert effects.loc[year > 2010, "age"].mean() < -0.03 < 0.03 < effects.loc[year < 1990, "age"].mean()
    assert risk_wording.sentence(0.5, 0.3, {"age": 0.19, "size": -0.01, "people": 0.001}) == (
        "50%, against 30% for a typical point. Raised by the age of the system (+19). "
        "Lowered by how many people it serves (-1)."
    )


def test_every_feature_has_a_driver_with_words() -> None:
    for name in ORIGINS:
        assert risk_wording.group_of(name) in risk_wording.DRIVERS
    assert risk_wording.group_of("rate_15km") == risk_wording.group_of("rate_admin1_id") == risk_wording.NEAR_BY
    assert risk_wording.group_of("rank_install_year") == "age"


def test_without_visits_every_point_says_so(planted) -> None:
    features, _ = planted
    nothing = visits(features, np.zeros(SYSTEMS, bool)).iloc[:0]
    found = validate(point_risk_rows.point_risks(features, nothing, STALENESS, {}), contracts.PointRisks)
    assert len(found) == SYSTEMS and found["is_withheld"].all()
    assert found["reason"].eq(f"Withheld: {point_risk_rows.TOO_FEW}.").all()


def test_models_say_the_same_when_read_back(learned, planted, tmp_path: Path) -> None:
    *_, served = learned
    served.save(tmp_path)
    again = load_served(tmp_path)
    rows = served.rows(planted[0])
    pd.testing.assert_frame_equal(served.estimate(rows), again.estimate(again.rows(planted[0])))


def test_features_that_moved_are_noticed(learned, planted) -> None:
    *_, served = learned
    features, _ = planted
    assert not since_training(served, features)["has_drifted"].any()
    moved = since_training(served, features.assign(install_year=features["install_year"] + 15))
    assert moved.loc[moved["has_drifted"], "feature"].tolist() == ["install_year"]


def test_clusters_say_what_fails_alike_and_are_measured_elsewhere(planted) -> None:
    features, chance = planted
    failed = np.random.default_rng(1).random(SYSTEMS) < chance
    table, points = failure_clusters(features, visits(features, failed))
    table = validate(table, contracts.FailureClusters).set_index("cluster")
    assert len(points) == SYSTEMS and table["points"].sum() == SYSTEMS
    assert table.loc[1, "failed_share"] > table["failed_share"].iloc[-1] + 0.3
    assert table["shares"].str.contains("year built|km to the district's capital").all()
    assert table["visits"].sum() < 0.6 * SYSTEMS
    of_point = points["cluster"].to_numpy()
    assert chance[of_point == 1].mean() > chance[of_point == len(table)].mean() + 0.3
    held = ((table["lower"] <= table["failed_share"]) & (table["failed_share"] <= table["upper"])).all()
    assert held and failure_clusters(features, visits(features, failed).iloc[:5])[0].empty


def test_the_nearest_visit_is_that_of_another_system() -> None:
    features, _ = country()
    rows = estimable(features, TARGET)
    only = rows[rows["area_id"].eq("00")].iloc[:1]
    nearest = pd.Series(nearest_visits(rows, only), rows["system_id"])
    assert nearest[only["system_id"].iloc[0]] == "country"
    assert set(nearest[rows.loc[rows["area_id"].eq("00"), "system_id"].iloc[1:]]) == {"district"}
    assert set(nearest[rows.loc[rows["area_id"].eq("01"), "system_id"]]) == {"province"}
    assert set(nearest[rows.loc[rows["area_id"].eq("05"), "system_id"]]) == {"department"}
    assert set(nearest[rows.loc[rows["area_id"].eq("59"), "system_id"]]) == {"country"}


def test_areas_have_the_mean_risk_the_visits_or_nothing(learned, planted) -> None:
    visited, _, served = learned
    features, _ = planted
    systems = pd.DataFrame({"system_id": features["system_id"], "served_population": 50.0})
    risks = point_risk_rows.point_risks(features, visited, STALENESS, {TARGET: (served, 3)})
    placed = risks.merge(features[["point_id", "admin2_id", "admin1_id"]], on="point_id")
    correlation = {TARGET: {nearest: one.correlation for nearest, one in served.served.items()}}
    found = validate(area_risks(placed, systems, correlation), contracts.AreaRisk).set_index("area_id")
    own = placed[placed["admin1_id"].eq("D1")]
    assert found.loc["D1", "expected_share"] == pytest.approx(own["risk"].mean(), abs=1e-4)
    assert found.loc["D1", "people_affected"] == pytest.approx(50 * own["risk"].sum(), abs=0.1)
    assert (found["lower"] <= found["expected_share"]).all() and (found["expected_share"] <= found["upper"]).all()
    assert found["basis"].eq("model").all() and pd.isna(found.loc["D9", "failed_share"])
    # A department's share is known better than that of one of its districts.
    width = (found["upper"] - found["lower"]).groupby(found["level"]).mean()
    assert width["admin1"] < width["admin3"]
    blank = placed.assign(risk=np.nan, is_withheld=True)
    found = validate(area_risks(blank, systems, correlation), contracts.AreaRisk).set_index("area_id")
    assert (found.loc["D9", "basis"], found.loc["D1", "basis"]) == ("withheld", "visits")
    assert found.loc["D1", "expected_share"] == pytest.approx(found.loc["D1", "failed_share"], abs=1e-4)


def test_a_class_that_says_nothing_is_not_given() -> None:
    risk = np.array([0.1, 0.5, 0.9, np.nan])
    assert list(risk_classes.classes_of(risk, 0.4)) == ["low", "medium", "high", None]
    assert list(risk_classes.classes_of(risk, 0.4, ("medium", "low"))) == ["low", "medium", "medium", None]
    random = np.random.default_rng(0)
    estimate = random.random(400)
    assert risk_classes.classes_given((random.random(400) < estimate) * 1.0, estimate) == ("high", "medium", "low")
    assert risk_classes.classes_given((random.random(400) < 0.5) * 1.0, estimate) == ("medium",)


def test_points_are_drawn_with_what_is_said_of_them_in_both_languages(learned, planted) -> None:
    visited, _, served = learned
    features, _ = planted
    risks = point_risk_rows.point_risks(features, visited, STALENESS, {TARGET: (served, 3)})
    risks.loc[0, ["risk", "lower", "upper", "risk_class", "drivers"]] = [np.nan, np.nan, np.nan, None, None]
    systems = features[["system_id", "lat_deg", "lon_deg"]].assign(name=None)
    areas = pd.DataFrame({"area_id": ["00"], "name": ["Ate"], "admin2_name": ["Lima"], "admin1_name": [None]})
    drawn = risk_pictures.drawn_points(risks, systems, areas)
    assert drawn.loc[0, ["class_said", "remark_es"]].tolist() == ["withheld", risk_pictures.WITHHELD_ES]
    assert set(drawn["place"]) == {"Ate, Lima", ""} and set(drawn["seen"]) == {
        "failed",
        "did not fail",
        "nobody looked",
    }
    assert drawn["remark_es"].iloc[1:].str.contains("de un punto típico. (?:Lo sube|Lo baja)").all()
    words = {"title": "T", "legend": "L", "source_note": "S", "licence_note": "C"}
    further = {"years_since_report": ("Years since the last visit", "years")}
    outlines = department_borders(areas, drawn.iloc[:0])
    assert choropleth_png(drawn, "risk_pct", further_panels=further, outlines=outlines, **words)[1:4] == b"PNG"


def test_a_better_version_takes_over_and_a_worse_one_does_not(learned) -> None:
    _, evaluation, _ = learned
    held = evaluation.out_of_sample.query("model == 'combination' and split == 'district'")
    rows = held.assign(block=held["fold"].astype(str))
    worse = rows.assign(estimate=0.5)
    assert risk_training.promote(rows, None, same_data=False)[0]
    assert risk_training.promote(rows, worse, same_data=True)[0]
    assert not risk_training.promote(worse, rows, same_data=True)[0]
    assert not risk_training.promote(worse, rows, same_data=False)[0]


def test_a_withheld_kind_of_place_leaves_the_others_served(learned, planted) -> None:
    *_, served = learned
    without = {name: {k: v for k, v in getattr(served, name).items() if k != "country"} for name in ("full", "folds")}
    found = replace(served, **without).estimate(served.rows(planted[0]))
    assert found.groupby("nearest_visits")["is_withheld"].mean().to_dict() == {
        "country": 1.0,
        "district": 0.0,
        "province": 0.0,
    }


def test_a_network_of_the_combination_says_the_same_when_read_back(planted, tmp_path: Path) -> None:
    features, chance = planted
    failed = (np.random.default_rng(1).random(SYSTEMS) < chance).astype(float)
    rows = visited_rows(features, visits(features, failed > 0), TARGET)
    table = with_columns(rows, column_names(rows, elsewhere=True))
    network = risk_training.learners(rows, "department")["network"].fit(
        table, failed[rows["point_id"].str[1:].astype(int)]
    )
    estimate = network.predict(table)
    assert np.corrcoef(estimate, chance[rows["point_id"].str[1:].astype(int)])[0, 1] > 0.6
    network.save(tmp_path)
    assert load(tmp_path).predict(table) == pytest.approx(estimate)
