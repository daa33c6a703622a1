"""Assets that turn estimates into decisions: clusters and the targeting plan. Their maps are in decision_maps.py."""

from collections.abc import Iterator

import pandas as pd
from dagster import AssetExecutionContext, Config, MetadataValue, Output, asset, multi_asset
from pydantic import Field

from socialai_assets.factories.decision_log import log_decision
from socialai_assets.factories.plan_assets import plan_out
from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import validate
from socialai_assets.methods.hotspots import local_clusters
from socialai_assets.poverty import contracts, targeting

COVERAGES = (0.1, 0.2, 0.4)


class HotspotsConfig(Config):
    """What the launchpad lets a person change about clusters."""

    false_discovery_rate: float = Field(0.05, gt=0, lt=1, description="Share of marked areas that may be wrong.")
    permutations: int = Field(4999, ge=99, le=99999, description="Conditional permutations of local Moran's I.")
    seed: int = Field(0, ge=0, description="Seed of the permutations.")


class TargetingConfig(Config):
    """What the launchpad lets a person change about a plan. Money is in one currency of your choice."""

    benefit_per_person: float = Field(100.0, gt=0, description="Paid to everybody in an area that is reached.")
    budget: float = Field(
        0.0,
        ge=0,
        description="Money there is, all costs included; 0 means enough for the benefit of 20 % of all people.",
    )
    delivery_cost_per_area: float = Field(0.0, ge=0, description="What reaching an area costs beside the benefits.")
    whole_areas: bool = Field(True, description="An area is reached whole or not at all; otherwise a share may be.")
    robust: bool = Field(False, description="Choose by the lower end of the interval instead of the estimate.")


@asset(
    **table_asset(contracts.Hotspots, "prediction"),
    ins=tables(predictions="poverty.district_predictions", neighbours="geography.neighbours"),
)
def hotspots(config: HotspotsConfig, predictions: pd.DataFrame, neighbours: pd.DataFrame) -> pd.DataFrame:
    """Clusters of estimated poverty."""
    named = predictions[["area_id", "name", "admin1_name", "estimate", "is_synthetic"]]
    found = local_clusters(named, "estimate", neighbours, **config.model_dump())
    return validate(named.merge(found, on="area_id"), contracts.Hotspots)


@multi_asset(
    name="plan_targeting",
    outs={
        "targeting_plan": plan_out(contracts.TargetingPlan),
        "targeting_comparison": plan_out(contracts.TargetingComparison),
    },
    ins=tables(predictions="poverty.district_predictions"),
    required_resource_keys={"io_manager"},
)
def plan_targeting(
    context: AssetExecutionContext, config: TargetingConfig, predictions: pd.DataFrame
) -> Iterator[Output]:
    """Choose the areas a budget reaches, and score that way of choosing beside others."""
    areas = targeting.plannable(predictions)
    everybody = float(areas["population"].sum()) * config.benefit_per_person
    budget = config.budget or 0.2 * everybody
    terms = {
        "benefit": config.benefit_per_person,
        "delivery": config.delivery_cost_per_area,
        "whole": config.whole_areas,
    }
    plan = targeting.make_plan(areas, budget=budget, robust=config.robust, **terms)
    scored = areas.loc[areas["official"].notna(), "population"].sum() * config.benefit_per_person
    shares = sorted({*COVERAGES, round(budget / everybody, 6)})
    comparison = targeting.compare_plans(areas, {share: share * scored for share in shares}, **terms)
    comparison["is_synthetic"] = bool(areas["is_synthetic"].any())
    log_decision(
        context,
        contracts.DecisionLog,
        contracts.TargetingPlan,
        {"poverty.district_predictions": predictions},
        status=plan["status"].tolist(),
        parameters={**config.model_dump(), "budget": budget},
    )
    yield Output(
        validate(plan, contracts.TargetingPlan),
        "targeting_plan",
        metadata={
            "budget": budget,
            "spent": float(plan["cost"].sum()),
            "areas reached": int((plan["share"] > 0).sum()),
            "areas left out, inhabitants unknown": len(predictions) - len(areas),
        },
    )
    yield Output(
        validate(comparison, contracts.TargetingComparison),
        "targeting_comparison",
        metadata={"comparison": MetadataValue.md(comparison.round(3).to_markdown(index=False))},
    )
