"""What a whole run on the sample country says of each district: reasons that add up, plans that hold, pictures."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from resources.lake import Lake
from socialai_assets.poverty import targeting
from tests.conftest import make_lake
from tests.pipeline.command import Home

TERMS = {"benefit": 50.0, "delivery": 1000.0}


@pytest.fixture(scope="module")
def sample(prepared: Home) -> Iterator[Lake]:
    lake = make_lake(prepared.path)
    yield lake
    lake.close()


@pytest.fixture(scope="module")
def predictions(sample: Lake) -> pd.DataFrame:
    return sample.read_frame("poverty.district_predictions")


@pytest.fixture(scope="module")
def areas(predictions: pd.DataFrame) -> pd.DataFrame:
    return targeting.plannable(predictions)


class TestReasons:
    def test_every_prediction_is_explained(self, sample: Lake, predictions: pd.DataFrame) -> None:
        explanations = sample.read_frame("poverty.district_explanations").set_index("area_id")
        reasons = sample.read_frame("poverty.district_reasons")
        assert set(explanations.index) == set(predictions["area_id"])
        estimates = predictions.set_index("area_id")["estimate"]
        if predictions["is_baseline"].any():
            assert reasons.empty and explanations["sentence_es"].str.contains("no hay razones").all()
            return
        total = explanations["base"] + reasons.groupby("area_id")["effect"].sum()
        np.testing.assert_allclose(total[estimates.index], estimates, atol=0.0051)
        assert explanations["is_synthetic"].all() and reasons["is_synthetic"].all()

    def test_the_map_tells_the_reasons_in_both_languages(self, prepared: Home, sample: Lake) -> None:
        page = (prepared.path / "published/poverty/district_poverty.html").read_text(encoding="utf-8")
        data = json.loads(re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[0])
        told = sample.read_frame("poverty.district_explanations")
        for language in ("en", "es"):
            shown = {area["remarks"][language].split("\n")[0] for area in data["areas"]}
            assert shown == set(told[f"sentence_{language}"])
        labels = [label for layer in data["layers"] for label in (layer["name"], layer["legend"])]
        untold = {text for text in [*labels, *data["fields"]] if text not in data["translations"]["es"]}
        assert untold == set()


class TestPlans:
    def test_a_plan_keeps_its_budget_and_takes_whole_areas(self, areas: pd.DataFrame) -> None:
        everybody = float(targeting.area_costs(areas, **TERMS).sum())
        plan = targeting.make_plan(areas, budget=0.3 * everybody, whole=True, robust=False, **TERMS)
        assert plan["cost"].sum() <= 0.3 * everybody
        assert set(plan["share"]) == {0.0, 1.0}
        reached = plan["share"] > 0
        assert plan.loc[reached, "reason"].str.startswith("reached: ").all()
        assert plan.loc[~reached, "reason"].str.startswith("not reached: ").all()
        assert (plan["poor_reached_lower"] <= plan["poor_reached"]).all()
        assert (plan["poor_reached"] <= plan["poor_reached_upper"]).all()

    def test_no_other_choice_of_as_many_people_reaches_more_poor(self, areas: pd.DataFrame) -> None:
        cost = targeting.area_costs(areas, **TERMS)
        budget = 0.3 * float(cost.sum())
        best = targeting.make_plan(areas, budget=budget, whole=True, robust=False, **TERMS)["poor_reached"].sum()
        poor = (areas["population"] * areas["estimate"] / 100).to_numpy()
        random = np.random.default_rng(0)
        for _ in range(200):
            order = random.permutation(len(areas))
            taken = order[np.cumsum(cost[order]) <= budget]
            assert poor[taken].sum() <= best * (1 + 1e-4)

    def test_shares_reach_no_less_than_whole_areas_and_more_money_reaches_more(self, areas: pd.DataFrame) -> None:
        everybody = float(targeting.area_costs(areas, **TERMS).sum())
        reached = {
            (share, whole): targeting.make_plan(
                areas, budget=share * everybody, whole=whole, robust=False, **TERMS
            )["poor_reached"].sum()
            for share in (0.1, 0.3)
            for whole in (True, False)
        }  # fmt: skip
        for share in (0.1, 0.3):
            # Shares are rounded down to thousandths.
            assert reached[share, False] >= reached[share, True] * 0.998
        assert reached[0.1, True] < reached[0.3, True]
        nothing = targeting.make_plan(areas, budget=0.0, whole=True, robust=False, **TERMS)
        assert nothing["share"].sum() == 0

    def test_the_robust_plan_reaches_most_by_the_lower_end(self, areas: pd.DataFrame) -> None:
        budget = 0.3 * float(targeting.area_costs(areas, **TERMS).sum())
        point, robust = (
            targeting.make_plan(areas, budget=budget, whole=True, robust=robust, **TERMS) for robust in (False, True)
        )
        assert robust["poor_reached_lower"].sum() >= point["poor_reached_lower"].sum() * (1 - 1e-4)
        assert point["poor_reached"].sum() >= robust["poor_reached"].sum() * (1 - 1e-4)

    def test_ways_of_aiming_are_scored_on_official_figures(self, areas: pd.DataFrame) -> None:
        scored = areas[areas["official"].notna()]
        cost = float(targeting.area_costs(scored, **TERMS).sum())
        table = targeting.compare_plans(areas, {0.2: 0.2 * cost, 0.4: 0.4 * cost}, whole=True, draws=200, **TERMS)
        assert len(table) == 2 * 5 and (table["cost"] <= table["budget"] + 1e-6).all()
        poor = float((scored["population"] * scored["official"] / 100).sum())
        for _, rows in table.groupby("coverage"):
            by_plan = rows.set_index("plan")
            np.testing.assert_allclose(by_plan["exclusion_error"], 1 - by_plan["poor_reached"] / poor, atol=1e-9)
            np.testing.assert_allclose(
                by_plan["inclusion_error"], 1 - by_plan["poor_reached"] / by_plan["people_reached"], atol=1e-9
            )
            known = by_plan.loc["official figures", "poor_reached"]
            assert known >= by_plan.loc[targeting.POINT, "poor_reached"] > by_plan.loc["uniform", "poor_reached"]
            gain = by_plan["poor_reached"] - by_plan.loc[targeting.POINT, "poor_reached"]
            np.testing.assert_allclose(by_plan["gain_over_point"], gain, atol=1e-6)
            assert (by_plan["gain_lower"] <= by_plan["gain_over_point"] + 1e-6).all()
            assert (by_plan["gain_upper"] >= by_plan["gain_over_point"] - 1e-6).all()

    def test_an_estimate_that_had_seen_the_official_figure_is_refused(self, predictions: pd.DataFrame) -> None:
        with pytest.raises(ValueError, match="had seen the area's official figure"):
            targeting.plannable(predictions.assign(is_cross_fitted=False))

    def test_the_assets_hold_what_the_functions_make(self, sample: Lake, areas: pd.DataFrame) -> None:
        """The defaults: the benefit of everybody in 20 % of the people, no cost of delivery."""
        budget = 0.2 * float(areas["population"].sum()) * 100
        terms = {"benefit": 100.0, "delivery": 0.0, "whole": True}
        made = targeting.make_plan(areas, budget=budget, robust=False, **terms).set_index("area_id")
        stored = sample.read_frame("poverty.targeting_plan").set_index("area_id").loc[made.index]
        pd.testing.assert_frame_equal(stored[made.columns], made, check_dtype=False)
        comparison = sample.read_frame("poverty.targeting_comparison")
        assert set(comparison["coverage"]) == {0.1, 0.2, 0.4} and len(comparison) == 15


def test_the_pictures_of_error_and_calibration_are_there(prepared: Home) -> None:
    seen = set()
    for name in ("accuracy", "calibration", "error_map", "district_poverty"):
        path: Path = prepared.path / "published" / "poverty" / f"{name}.png"
        with Image.open(path) as picture:
            assert min(picture.size) > 400
            # Synthetic data are called so at the top of every picture.
            assert picture.convert("RGB").getpixel((3, 3)) == (0xB3, 0x26, 0x1E)
            assert {"Title", "Source", "Copyright"} <= set(picture.info)
        seen.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(seen) == 4


def test_the_model_card_says_what_an_estimate_does_not_mean(prepared: Home, tmp_path: Path) -> None:
    prepared.done("models", "export", "poverty.district_model", "-o", str(tmp_path / "model"))
    found = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("README.md")]
    assert len(found) == 1
    for heading in ("What it is for", "By group", "Picking the poorest", "Reasons", "Limits, and what"):
        assert heading in found[0]
    assert "nan" not in found[0].split("## Files")[0].split("## Reasons")[1]
    assert "synthetic data" in found[0] and "`night_light_mean`" in found[0]
