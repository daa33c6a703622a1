"""Assets of inspection rounds: which systems crews visit, on which day and in which order. Thin."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from dagster import AssetExecutionContext, MetadataValue, Output, multi_asset
from pydantic import Field

from socialai_assets.factories.decision_log import log_decision
from socialai_assets.factories.plan_assets import ScenarioConfig, plan_out, scenario_output
from socialai_assets.factories.plan_scenarios import inputs_hash
from socialai_assets.factories.tables import tables
from socialai_assets.water.decision_contracts import DecisionLog
from socialai_assets.water.inspection_rounds import bases_of, first_day, plan_rounds, urgent_systems
from socialai_assets.water.inspection_settings import inspection_settings
from socialai_assets.water.outreach_contracts import InspectionRoutes, InspectionStops


class InspectionsConfig(ScenarioConfig):
    """What the launchpad lets a person change for one run; the rest is in water/inspections.yaml."""

    settings: dict[str, Any] = Field(
        {}, description="As in water/inspections.yaml, whose values it goes before: {crews: 3}."
    )


@multi_asset(
    name="plan_inspections",
    outs={"inspection_stops": plan_out(InspectionStops), "inspection_routes": plan_out(InspectionRoutes)},
    ins=tables(
        systems="water.systems", risks="water.point_risks", staleness="water.staleness", areas="geography.areas"
    ),
    required_resource_keys={"io_manager"},
)
def plan_inspections(
    context: AssetExecutionContext,
    config: InspectionsConfig,
    systems: pd.DataFrame,
    risks: pd.DataFrame,
    staleness: pd.DataFrame,
    areas: pd.DataFrame,
) -> Iterator[Output]:
    """Plan visits to the systems that are most uncertain or whose reports are oldest."""
    settings = inspection_settings(config.settings)
    urgent = urgent_systems(systems, risks, staleness, settings)
    bases = bases_of(urgent.head(settings.most_stops), areas, settings)
    as_of = pd.Timestamp(staleness["as_of"].max() if len(staleness) else 0).date()
    rounds = plan_rounds(urgent, bases, first_day(as_of, settings), settings)
    version = inputs_hash({"urgent": urgent, "areas": areas[["area_id", "latitude", "longitude", "population"]]})
    synthetic = bool(systems["is_synthetic"].any()) or bool(risks["is_synthetic"].any())
    metadata: dict[str, Any] = {
        "scenario": config.scenario,
        "bases": ", ".join(base.name for base in bases),
        "status": MetadataValue.json({str(k): int(n) for k, n in rounds.stops["status"].value_counts().items()}),
        "km": round(float(rounds.routes.groupby(["day", "crew"])["km"].max().sum()), 1) if len(rounds.routes) else 0.0,
    }
    read = {"systems": systems, "point_risks": risks, "staleness": staleness}
    if len(rounds.stops):
        log_decision(
            context,
            DecisionLog,
            InspectionStops,
            {f"water.{name}": frame for name, frame in read.items()} | {"geography.areas": areas},
            status=rounds.routes["engine"].unique().tolist() or ["nothing to route"],
            parameters=settings.model_dump(),
            scenario=config.scenario,
        )
    lake = context.resources.io_manager.lake
    for frame, contract in ((rounds.stops, InspectionStops), (rounds.routes, InspectionRoutes)):
        parts = [frame.assign(is_synthetic=synthetic)] if len(frame) else []
        yield scenario_output(lake, parts, contract, scenario=config.scenario, inputs=version, metadata=metadata)
