"""Assets of the repair and build plan: actions, who gains, price of fairness, ways of choosing compared. Thin.

Each table holds a scenario's rows beside those of the others; a run replaces its own scenario only.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from dagster import AssetExecutionContext, MetadataValue, Output, multi_asset
from pydantic import Field

from socialai_assets.factories.decision_log import log_decision
from socialai_assets.factories.plan_assets import ScenarioConfig, plan_out, scenario_output
from socialai_assets.factories.plan_scenarios import ScenarioContract, inputs_hash
from socialai_assets.factories.tables import tables
from socialai_assets.water import repair_contracts as contracts
from socialai_assets.water.decision_contracts import DecisionLog
from socialai_assets.water.repair import BUILD, REPAIR, RepairTables, repair_case
from socialai_assets.water.repair_settings import water_settings
from socialai_assets.water.repair_tables import comparison_rows, gain_rows, plan_rows, solved_plan

# By the names that RepairTables gives them.
PLANNED_FROM = {
    "systems": "water.systems",
    "points": "water.points",
    "areas": "geography.areas",
    "places": "geography.places",
    "risks": "water.point_risks",
    "staleness": "water.staleness",
    "poverty": "poverty.district_predictions",
}


class RepairConfig(ScenarioConfig):
    """What the launchpad lets a person change for one run; the rest is in water/repair.yaml."""

    settings: dict[str, Any] = Field(
        {}, description="Nested as in water/repair.yaml, whose values it goes before: {repair: {budget_usd: 500000}}."
    )


@multi_asset(
    name="plan_repairs",
    outs={
        "repair_plan": plan_out(contracts.RepairPlan),
        "repair_plan_gains": plan_out(contracts.RepairPlanGains),
    },
    ins=tables(**PLANNED_FROM),
    required_resource_keys={"io_manager"},
)
def plan_repairs(
    context: AssetExecutionContext, config: RepairConfig, **planned_from: pd.DataFrame
) -> Iterator[Output]:
    """Choose what to repair and build, and say who gains; `compare_repairs`, which takes longer, judges that."""
    settings = water_settings(config.settings)
    known = RepairTables(**planned_from)
    case = repair_case(known, settings)
    plan = solved_plan(case, settings.repair)
    made = {
        contracts.RepairPlan: plan_rows(case, plan, settings.repair),
        contracts.RepairPlanGains: gain_rows(case, plan),
    }
    log_decision(
        context,
        DecisionLog,
        contracts.RepairPlan,
        {table: planned_from[name] for name, table in PLANNED_FROM.items()},
        status=[plan.status],
        parameters=settings.model_dump(),
        scenario=config.scenario,
    )
    chosen, gains = case.candidates[plan.chosen], made[contracts.RepairPlanGains]
    summary: dict[str, Any] = {
        "scenario": config.scenario,
        "status": plan.status + (f": {plan.reason}" if plan.reason else ""),
        "gap": None if pd.isna(plan.gap) else round(plan.gap, 5),
        "repairs": int(chosen["action"].eq(REPAIR).sum()),
        "builds": int(chosen["action"].eq(BUILD).sum()),
        "people gaining": round(float(gains["people_gaining"].sum()), 1),
        "cost, USD": round(float(case.problem(settings.repair).cost[plan.chosen].sum())),
    }
    yield from _outputs(context, made, config, known, summary)


@multi_asset(
    name="compare_repairs",
    outs={
        "repair_fairness": plan_out(contracts.RepairFairness),
        "repair_comparison": plan_out(contracts.RepairComparison),
    },
    ins=tables(**PLANNED_FROM),
    required_resource_keys={"io_manager"},
)
def compare_repairs(
    context: AssetExecutionContext, config: RepairConfig, **planned_from: pd.DataFrame
) -> Iterator[Output]:
    """Price the plan's fairness, and compare it with other ways of choosing; the plan itself does not wait for this."""
    from socialai_assets.methods.covering.planning import cover_fairness_curve

    settings = water_settings(config.settings)
    known, own = RepairTables(**planned_from), settings.repair
    case = repair_case(known, settings)
    curve = cover_fairness_curve(
        case.problem(own), own.budget_usd, own.fairness_steps, seconds=own.seconds, gap=own.gap
    )
    comparison = comparison_rows(case, solved_plan(case, own), own)
    made = {contracts.RepairFairness: curve, contracts.RepairComparison: comparison}
    summary = {
        "scenario": config.scenario,
        "compared": MetadataValue.md(comparison.round(3).to_markdown(index=False)),
    }
    yield from _outputs(context, made, config, known, summary)


def _outputs(
    context: AssetExecutionContext,
    made: Mapping[type[ScenarioContract], pd.DataFrame],
    config: RepairConfig,
    known: RepairTables,
    summary: Mapping[str, Any],
) -> Iterator[Output]:
    lake, inputs = context.resources.io_manager.lake, inputs_hash(vars(known))
    for contract, rows in made.items():
        parts = [rows.assign(is_synthetic=known.is_synthetic)] if len(rows) else []
        yield scenario_output(lake, parts, contract, scenario=config.scenario, inputs=inputs, metadata=summary)
