"""Checks of camps' population forecasts: contracts, quantiles in order, intervals that hold what they say."""

from socialai_assets.factories.checks import contract_check, rows_check
from socialai_assets.refugees import contracts

LEAST_FORECASTS = 100

CHECKS = [
    contract_check(contracts.PopulationOutOfSample),
    contract_check(contracts.PopulationScores),
    contract_check(contracts.PopulationForecasts),
    contract_check(contracts.ArrivalFactors),
    rows_check(
        "refugees.population_forecasts",
        "quantiles_ascend",
        """
        SELECT conflict_id, camp_id, week_start, q025, q050, q100, q200, q500, q800, q900, q950, q975
        FROM lake.refugees.population_forecasts
        WHERE NOT (0 <= q025 AND q025 <= q050 AND q050 <= q100 AND q100 <= q200 AND q200 <= q500
                   AND q500 <= q800 AND q800 <= q900 AND q900 <= q950 AND q950 <= q975)
        ORDER BY ALL
        """,
        "forecasts that are negative or whose quantiles cross",
        blocking=True,
    ),
    rows_check(
        "refugees.population_scores",
        "intervals_cover",
        f"""
        SELECT horizon, value AS coverage_80, forecasts FROM lake.refugees.population_scores
        WHERE conflict_id = 'all' AND model = 'combination' AND metric = 'coverage_80' AND horizon IN (4, 8)
          AND forecasts >= {LEAST_FORECASTS} AND value NOT BETWEEN 0.7 AND 0.9
        ORDER BY ALL
        """,
        "80 % intervals that held less than 70 % or more than 90 % of what came",
    ),
]
