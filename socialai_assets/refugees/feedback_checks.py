"""Checks of feedback: contracts, drift of forecasts (which asks for a training), groups served worse."""

from socialai_assets.factories.checks import contract_check, rows_check
from socialai_assets.refugees import contracts

CHECKS = [
    contract_check(contracts.ServedForecasts),
    contract_check(contracts.ForecastPerformance),
    contract_check(contracts.ForecastDrift),
    contract_check(contracts.ServedPlans),
    contract_check(contracts.FairnessAudit),
    rows_check(
        "refugees.forecast_drift",
        "as_before",
        """
        SELECT conflict_id, horizon, reference_wape, recent_wape, recent_coverage_80, error_p_value, coverage_p_value
        FROM lake.refugees.forecast_drift WHERE has_drifted ORDER BY ALL
        """,
        "conflicts whose recent forecasts are worse than before, or whose intervals are off; a training is asked for",
    ),
    rows_check(
        "refugees.fairness_audit",
        "nobody_is_served_worse",
        """
        SELECT basis, dimension, "group", camps, people, met_share, ratio_to_best, ratio_lower, ratio_upper, is_certain
        FROM lake.refugees.fairness_audit WHERE is_below ORDER BY ALL
        """,
        "groups whose needs are met to less than the set ratio of the best served group's (refugees/feedback.yaml)",
    ),
]
