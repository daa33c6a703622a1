"""Checks of feedback: contracts, drift of forecasts (which asks for a training), groups served worse."""

from socialai_assets.factories.checks import contract_check, rows_check
from socialai_assets.refugees import contracts

CHECKS = [
    contract_check(contracts.ServedForecasts),
    contract_check(contracts.ForecastPerformance),
    contract_check(contracts.ForecastDrift),
    contract_check(contracts.ServedPlans),
    contract_check(contracts.FairnessAudit),
    contract_check(contracts.OverrideDecisions),
    rows_check(
        "refugees.override_decisions",
        "plan_follows",
        """
        SELECT d.scenario, d.override_id, d.camp_id, d.item_id, d.week_start, d.depot_id, d.quantity,
               coalesce(sum(p.quantity), 0) AS planned
        FROM lake.refugees.override_decisions AS d
        LEFT JOIN lake.refugees.supply_plan AS p
          ON p.scenario = d.scenario AND p.camp_id = d.camp_id AND p.item_id = d.item_id
          AND p.week_start = d.week_start AND (d.depot_id IS NULL OR p.depot_id = d.depot_id)
        WHERE d.state = 'kept'
        GROUP BY ALL
        HAVING abs(planned - d.quantity) > 1e-4 * greatest(1, d.quantity)
        ORDER BY ALL
        """,
        "decisions that a plan says it keeps and does not, units being added up anew",
        also_reads=["refugees.supply_plan"],
        blocking=True,
    ),
    rows_check(
        "refugees.override_decisions",
        "all_are_kept",
        """
        SELECT scenario, override_id, camp_id, item_id, week_start, quantity, state, reason
        FROM lake.refugees.override_decisions WHERE state <> 'kept' ORDER BY ALL
        """,
        "decisions that a plan cannot keep, with the reason",
    ),
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
