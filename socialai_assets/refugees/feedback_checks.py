"""Checks of feedback: contracts, forecasts that got worse. A failing check of drift asks for a training."""

from socialai_assets.factories.checks import contract_check, rows_check
from socialai_assets.refugees import contracts

CHECKS = [
    contract_check(contracts.ServedForecasts),
    contract_check(contracts.ForecastPerformance),
    contract_check(contracts.ForecastDrift),
    rows_check(
        "refugees.forecast_drift",
        "as_before",
        """
        SELECT conflict_id, horizon, reference_wape, recent_wape, recent_coverage_80, error_p_value, coverage_p_value
        FROM lake.refugees.forecast_drift WHERE has_drifted ORDER BY ALL
        """,
        "conflicts whose recent forecasts are worse than before, or whose intervals are off; a training is asked for",
    ),
]
