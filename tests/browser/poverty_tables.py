"""Poverty's tables in the home of the browser tests, by hand, and made by the domain's own functions. No tests."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from socialai_assets.ingest.contract import table_name
from socialai_assets.poverty import contracts, targeting
from tests.browser.country import DISTRICTS, name, written
from tests.browser.served_home import Making

ESTIMATES = np.linspace(12.0, 78.0, len(DISTRICTS))
BENEFIT = 100.0
BUDGET = 3_000_000.0
MODEL = "stacked_ensemble"


def fill(making: Making) -> None:
    """Estimates that rise with the code, two clusters, a plan, reasons, scores, drift, and rows refused."""
    lake = making.lake
    predictions = written(lake, contracts.DistrictPredictions, [_prediction(place) for place in range(len(DISTRICTS))])
    written(lake, contracts.Hotspots, [_cluster(place) for place in range(len(DISTRICTS))])
    areas = targeting.plannable(predictions)
    plan = targeting.make_plan(areas, budget=BUDGET, benefit=BENEFIT, delivery=0.0, whole=True, robust=False)
    written(lake, contracts.TargetingPlan, plan.to_dict("records"))
    comparison = targeting.compare_plans(areas, {0.2: BUDGET}, benefit=BENEFIT, delivery=0.0, whole=True, draws=50)
    written(lake, contracts.TargetingComparison, comparison.to_dict("records"))
    terms = {
        "benefit_per_person": BENEFIT, "budget": BUDGET, "delivery_cost_per_area": 0.0, "whole_areas": True,
        "robust": False,
    }  # fmt: skip
    decision = {
        "decision_id": "d1", "table_name": table_name(contracts.TargetingPlan), "scenario": "baseline",
        "parameters": json.dumps(terms), "status": "optimal", "made_at": pd.Timestamp("2026-06-01 08:00"),
    }  # fmt: skip
    written(lake, contracts.DecisionLog, [decision])
    written(lake, contracts.DistrictReasons, [row for place in range(len(DISTRICTS)) for row in _reasons(place)])
    written(lake, contracts.DistrictExplanations, [_explanation(place) for place in range(len(DISTRICTS))])
    written(lake, contracts.ModelScores, _scores())
    written(lake, contracts.DistrictModel, [{"model": "poverty.district_model", "algorithm": MODEL, "reason": "above"}])
    written(lake, contracts.FeatureDrift, [{"feature": "altitude_m", "stability_index": 0.3, "has_drifted": True}])


def _prediction(place: int) -> dict:
    area, estimate = DISTRICTS[place], float(ESTIMATES[place])
    people = 2_000.0 + 3_000.0 * place
    return {
        "area_id": area, "name": name(area), "admin1_name": name(area[0]), "admin2_name": name(area[:2]),
        "estimate": estimate, "lower": estimate - 10, "upper": estimate + 10 + place / 2, "model": MODEL,
        "official": estimate + 3 if place % 2 else None, "official_lower": estimate - 2 if place % 2 else None,
        "official_upper": estimate + 8 if place % 2 else None, "population": people,
        "poor_people": people * estimate / 100, "is_cross_fitted": bool(place % 2),
    }  # fmt: skip


def _cluster(place: int) -> dict:
    area = DISTRICTS[place]
    cluster = "coldspot" if place < 3 else "hotspot" if place > 8 else "not significant"
    return {
        "area_id": area, "name": name(area), "admin1_name": name(area[0]), "estimate": float(ESTIMATES[place]),
        "gi_cluster": cluster, "moran_cluster": "not significant", "neighbour_count": 3,
    }  # fmt: skip


def _reasons(place: int) -> list[dict]:
    area = DISTRICTS[place]
    return [
        {
            "area_id": area, "rank": 1, "driver": "night_lights", "covariate": "night_light_mean", "value": 2.0,
            "effect": 6.0, "direction": "raises", "text_en": "little light at night", "text_es": "poca luz nocturna",
        },
        {
            "area_id": area, "rank": 2, "driver": "access", "covariate": "distance_to_city_200000_km", "value": 9.0,
            "effect": -2.5, "direction": "lowers", "text_en": "close to a city", "text_es": "cerca de una ciudad",
        },
    ]  # fmt: skip


def _explanation(place: int) -> dict:
    area, estimate = DISTRICTS[place], float(ESTIMATES[place])
    return {
        "area_id": area, "name": name(area), "admin1_name": name(area[0]), "estimate": estimate, "model": MODEL,
        "poverty_rank": len(DISTRICTS) - place, "base": estimate - 3.5,
        "sentence_en": "Little light at night adds most.", "sentence_es": "Lo que más suma es la poca luz nocturna.",
        "what_if_outcome": "moves in the ranking", "what_if_covariate": "night_light_mean", "what_if_from": 2.0,
        "what_if_to": 9.0, "what_if_estimate": estimate - 4, "what_if_rank": float(len(DISTRICTS)),
        "what_if_en": "With more light at night it would come later.",
        "what_if_es": "Con más luz nocturna vendría después.",
        "is_extrapolated": place == 0, "caution_en": "Unlike what was learned from." if place == 0 else None,
        "caution_es": "Distinto de lo aprendido." if place == 0 else None,
    }  # fmt: skip


def _scores() -> list[dict]:
    figures = {"r2": (0.71, 0.52), "rmse": (8.2, 11.4), "mae": (6.4, 9.0), "spearman": (0.84, 0.7)}
    return [
        {
            "model": model, "split": split, "group": "all", "metric": metric, "value": values[baseline],
            "is_baseline": bool(baseline), "is_served": not baseline,
        }
        for split in ("province", "department", "random")
        for baseline, model in enumerate((MODEL, "nightlights_only"))
        for metric, values in {**figures, "coverage_90": (0.9, 0.9), "areas": (167.0, 167.0)}.items()
    ]  # fmt: skip
