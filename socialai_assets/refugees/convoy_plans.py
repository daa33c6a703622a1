"""Assets that follow from supply plans: convoys of the first week, and other ways to plan beside them. Thin."""

from collections.abc import Iterator

import pandas as pd
from dagster import AssetExecutionContext, MetadataValue, Output, asset, multi_asset

from socialai_assets.factories.decision_log import log_decision
from socialai_assets.factories.plan_assets import plan_out, scenario_output
from socialai_assets.factories.plan_scenarios import BASELINE, inputs_hash
from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import Contract, any_synthetic, empty, validate
from socialai_assets.refugees import convoy_contracts as contracts
from socialai_assets.refugees.convoys import plan_convoys
from socialai_assets.refugees.decision_contracts import DecisionLog
from socialai_assets.refugees.needs_tables import camp_groups
from socialai_assets.refugees.standards import item_table, read_standards
from socialai_assets.refugees.supply import SupplyTables
from socialai_assets.refugees.supply_comparison import compare_on_past, past_of, together
from socialai_assets.refugees.supply_contracts import SupplyComparison
from socialai_assets.refugees.supply_plans import PLANNED_FROM, SupplyConfig
from socialai_assets.refugees.supply_settings import supply_settings


@multi_asset(
    name="plan_convoys",
    outs={
        "convoys": plan_out(contracts.Convoys),
        "convoy_stops": plan_out(contracts.ConvoyStops),
        "unserved_convoy_stops": plan_out(contracts.UnservedConvoyStops),
    },
    ins=tables(
        supply_plan="refugees.supply_plan",
        items="refugees.relief_items",
        camps="refugees.camps",
        links="refugees.links",
        closures="refugees.closures",
        depots="refugees.relief_depots",
        stock="refugees.relief_stock",
        vehicles="refugees.relief_vehicles",
    ),
    required_resource_keys={"io_manager"},
)
def convoys(
    context: AssetExecutionContext,
    config: SupplyConfig,
    supply_plan: pd.DataFrame,
    items: pd.DataFrame,
    camps: pd.DataFrame,
    links: pd.DataFrame,
    closures: pd.DataFrame,
    depots: pd.DataFrame,
    stock: pd.DataFrame,
    vehicles: pd.DataFrame,
) -> Iterator[Output]:
    """Route the first week of each conflict's supply plan on the roads open in it; say why deliveries are left out."""
    routing = supply_settings(config.settings).routing
    scenario = config.scenario if (supply_plan["scenario"] == config.scenario).any() else BASELINE
    plan = supply_plan[supply_plan["scenario"] == scenario]
    known = SupplyTables(camps, pd.DataFrame(), links, closures, items, depots, stock, vehicles)
    made: dict[type[Contract], list[pd.DataFrame]] = {
        contract: [] for contract in (contracts.Convoys, contracts.ConvoyStops, contracts.UnservedConvoyStops)
    }
    for conflict_id, rows in plan.groupby("conflict_id", sort=True):
        found = plan_convoys(known, rows, items, routing)
        week, synthetic = pd.to_datetime(rows["week_start"]).min().date(), bool(rows["is_synthetic"].any())
        for contract, frame in zip(made, (found.convoys, found.stops, found.unserved), strict=True):
            if len(frame):
                made[contract].append(frame.assign(conflict_id=conflict_id, week_start=week, is_synthetic=synthetic))
    inputs = inputs_hash({"plan": plan, "links": links, "closures": closures, "vehicles": vehicles, "depots": depots})
    if made[contracts.Convoys]:
        read = {"supply_plan": plan, "relief_items": items, "camps": camps, "links": links, "closures": closures}
        read |= {"relief_depots": depots, "relief_stock": stock, "relief_vehicles": vehicles}
        log_decision(
            context,
            DecisionLog,
            contracts.ConvoyStops,
            {f"refugees.{name}": frame for name, frame in read.items()},
            status=[engine for rows in made[contracts.Convoys] for engine in rows["engine"].unique()],
            parameters=routing.model_dump(),
            scenario=config.scenario,
        )
    lake = context.resources.io_manager.lake
    for contract, parts in made.items():
        rows = {"rows": sum(map(len, parts))}
        yield scenario_output(lake, parts, contract, scenario=config.scenario, inputs=inputs, metadata=rows)


@asset(
    **table_asset(SupplyComparison, "plan", kinds=("python", "ortools")),
    ins=tables(**PLANNED_FROM, past="refugees.population_out_of_sample"),
)
def supply_comparison(
    context: AssetExecutionContext,
    config: SupplyConfig,
    camps: pd.DataFrame,
    population: pd.DataFrame,
    links: pd.DataFrame,
    closures: pd.DataFrame,
    depots: pd.DataFrame,
    stock: pd.DataFrame,
    vehicles: pd.DataFrame,
    forecasts: pd.DataFrame,
    locations: pd.DataFrame,
    demographics: pd.DataFrame,
    past: pd.DataFrame,
) -> pd.DataFrame:
    """Run each way to plan over each conflict's past."""
    settings, standards = supply_settings(config.settings), read_standards(config.standards)
    known = SupplyTables(camps, population, links, closures, item_table(standards), depots, stock, vehicles)
    groups = camp_groups(forecasts, camps, locations, demographics, standards)
    parts = []
    for conflict_id in sorted(set(depots["conflict_id"]) & set(population["conflict_id"])):
        history = past_of(known, conflict_id, population, past)
        found = compare_on_past(history, groups, standards, settings.plan, settings.comparison)
        if len(found):
            own = history.tables
            synthetic = any_synthetic(*vars(own).values())
            parts.append(found.assign(conflict_id=conflict_id, is_synthetic=synthetic))
    if not parts:
        return empty(SupplyComparison)
    every = pd.concat(parts, ignore_index=True)
    whole = validate(pd.concat([every, together(every)], ignore_index=True), SupplyComparison)
    shown = whole.loc[whole["conflict_id"] == "all"].round(4).to_markdown(index=False)
    context.add_output_metadata({"all conflicts": MetadataValue.md(str(shown))})
    return whole
