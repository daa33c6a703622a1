"""The code location: the only place where domains, sensors, conditions and resources are wired together."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from types import ModuleType

from dagster import Definitions, in_process_executor, load_assets_from_modules

from resources.lake_io_manager import LakeIOManager
from resources.settings import Settings, current
from resources.vault_io_manager import VaultIOManager
from socialai_assets.aid import checks as aid_checks
from socialai_assets.aid import deliveries as aid_deliveries
from socialai_assets.aid import features as aid_features
from socialai_assets.aid import forecast_pictures as aid_forecast_pictures
from socialai_assets.aid import forecasts as aid_forecasts
from socialai_assets.aid import plan_checks as aid_plan_checks
from socialai_assets.aid import plan_maps as aid_plan_maps
from socialai_assets.aid import plans as aid_plans
from socialai_assets.aid import route_checks as aid_route_checks
from socialai_assets.aid import route_plans as aid_route_plans
from socialai_assets.automation.conditions import automate
from socialai_assets.automation.sensors import alerts_sensor, automation_sensor, landing_sensor, notices_sensor
from socialai_assets.catalog import all_sources, decision_logs, enabled_domains
from socialai_assets.children import fairness as children_fairness
from socialai_assets.children import help_checks as children_help_checks
from socialai_assets.children import help_plans as children_help_plans
from socialai_assets.children import help_reports as children_help_reports
from socialai_assets.children import impact_pages as children_impact_pages
from socialai_assets.children import oulad as children_oulad
from socialai_assets.children import oulad_checks as children_oulad_checks
from socialai_assets.children import oulad_pictures as children_oulad_pictures
from socialai_assets.children import outcome_pages as children_outcome_pages
from socialai_assets.children import release_checks as children_release_checks
from socialai_assets.children import release_pictures as children_release_pictures
from socialai_assets.children import releases as children_releases
from socialai_assets.children import risk_checks as children_risk_checks
from socialai_assets.children import risk_pictures as children_risk_pictures
from socialai_assets.children import risks as children_risks
from socialai_assets.children import table_checks as children_table_checks
from socialai_assets.children import tables as children_tables
from socialai_assets.children.flag_sensor import flag_sensor
from socialai_assets.factories.dbt_models import dbt_models, load_manifest
from socialai_assets.factories.decision_log import decision_log_spec
from socialai_assets.factories.landed_files import landing_spec
from socialai_assets.factories.raw_tables import quarantine_specs, raw_table
from socialai_assets.geography import checks as geography_checks
from socialai_assets.geography import features as geography_features
from socialai_assets.ingest.contract import table_name
from socialai_assets.poverty import checks as poverty_checks
from socialai_assets.poverty import decision_maps as poverty_decision_maps
from socialai_assets.poverty import decisions as poverty_decisions
from socialai_assets.poverty import drift as poverty_drift
from socialai_assets.poverty import error_plots as poverty_error_plots
from socialai_assets.poverty import explanations as poverty_explanations
from socialai_assets.poverty import features as poverty_features
from socialai_assets.poverty import maps as poverty_maps
from socialai_assets.poverty import models as poverty_models
from socialai_assets.poverty import predictions as poverty_predictions
from socialai_assets.refugees import arrival_checks as refugees_arrival_checks
from socialai_assets.refugees import arrival_pictures as refugees_arrival_pictures
from socialai_assets.refugees import arrivals as refugees_arrivals
from socialai_assets.refugees import checks as refugees_checks
from socialai_assets.refugees import convoy_plans as refugees_convoy_plans
from socialai_assets.refugees import feedback_checks as refugees_feedback_checks
from socialai_assets.refugees import forecast_feedback as refugees_forecast_feedback
from socialai_assets.refugees import needs as refugees_needs
from socialai_assets.refugees import plan_feedback as refugees_plan_feedback
from socialai_assets.refugees import supply_checks as refugees_supply_checks
from socialai_assets.refugees import supply_pictures as refugees_supply_pictures
from socialai_assets.refugees import supply_plans as refugees_supply_plans
from socialai_assets.water import access as water_access
from socialai_assets.water import alarms as water_alarms
from socialai_assets.water import checks as water_checks
from socialai_assets.water import detection as water_detection
from socialai_assets.water import features as water_features
from socialai_assets.water import inspection_outcomes as water_inspection_outcomes
from socialai_assets.water import inspections as water_inspections
from socialai_assets.water import readings as water_readings
from socialai_assets.water import repair_checks as water_repair_checks
from socialai_assets.water import repair_pictures as water_repair_pictures
from socialai_assets.water import repair_plans as water_repair_plans
from socialai_assets.water import reports as water_reports
from socialai_assets.water import risk_pictures as water_risk_pictures
from socialai_assets.water import risks as water_risks
from socialai_assets.water import station_pages as water_station_pages
from socialai_assets.water.stream_sensor import water_stream_sensor

ASSET_MODULES = [
    geography_features,
    poverty_features,
    poverty_models,
    poverty_predictions,
    poverty_drift,
    poverty_explanations,
    poverty_decisions,
    poverty_maps,
    poverty_error_plots,
    poverty_decision_maps,
    aid_deliveries,
    aid_features,
    aid_forecasts,
    aid_forecast_pictures,
    aid_plans,
    aid_route_plans,
    aid_plan_maps,
    refugees_arrivals,
    refugees_forecast_feedback,
    refugees_needs,
    refugees_plan_feedback,
    refugees_arrival_pictures,
    refugees_supply_plans,
    refugees_convoy_plans,
    refugees_supply_pictures,
    water_features,
    water_station_pages,
    water_reports,
    water_inspections,
    water_inspection_outcomes,
    water_access,
    water_readings,
    water_risks,
    water_alarms,
    water_repair_plans,
    water_repair_pictures,
    water_detection,
    water_risk_pictures,
    children_release_pictures,
    children_impact_pages,
    children_outcome_pages,
    children_oulad,
    children_tables,
    children_fairness,
    children_risks,
    children_risk_pictures,
    children_oulad_pictures,
    children_help_plans,
    children_help_reports,
    children_releases,
]
CHECK_MODULES = [
    geography_checks,
    poverty_checks,
    aid_checks,
    aid_plan_checks,
    aid_route_checks,
    refugees_checks,
    refugees_arrival_checks,
    refugees_feedback_checks,
    refugees_supply_checks,
    water_checks,
    water_repair_checks,
    children_oulad_checks,
    children_table_checks,
    children_risk_checks,
    children_help_checks,
    children_release_checks,
]


def build(settings: Settings) -> Definitions:
    """All definitions of the platform.

    Args:
        settings: only domains and the intervals of the sensors are taken from here; assets read theirs when they run.

    Raises:
        SettingsError: a domain's sources or dbt's manifest are missing or wrong.
    """
    # The versions are pinned and what comes of each is tested, so the notices would only hide what matters.
    warnings.filterwarnings("ignore", message=r".* is currently in (beta|preview),", category=Warning)
    domains = enabled_domains(settings)
    sources = all_sources(settings)
    manifest = load_manifest()
    definitions = Definitions(
        assets=[
            *(landing_spec(source) for source in sources),
            *(raw_table(source, sources) for source in sources),
            *(spec for domain in domains for spec in quarantine_specs(domain, sources)),
            *(decision_log_spec(log) for log in decision_logs(domains)),
            *(dbt_models(domain, manifest) for domain in domains),
            *load_assets_from_modules(_of(ASSET_MODULES, domains)),
        ],
        asset_checks=[check for module in _of(CHECK_MODULES, domains) for check in module.CHECKS],
        sensors=[
            landing_sensor(sources, settings.sensor_seconds),
            automation_sensor(settings.sensor_seconds),
            alerts_sensor(settings.sensor_seconds),
            notices_sensor([table_name(log) for log in decision_logs(domains)]),
            *([water_stream_sensor()] if settings.kafka_servers and "water" in domains else []),
            *([flag_sensor()] if "children" in domains else []),
        ],
        resources={"io_manager": LakeIOManager(), "vault_io_manager": VaultIOManager()},
        executor=in_process_executor,
    )
    return automate(definitions)


def _of(modules: Iterable[ModuleType], domains: Sequence[str]) -> list[ModuleType]:
    return [module for module in modules if module.__name__.split(".")[1] in domains]


defs = build(current())
