"""Checks of aid's forecasts: contracts, quantiles in order, estimates that add up. Other checks are in checks.py."""

import itertools

from socialai_assets.aid import forecast_contracts
from socialai_assets.factories.checks import contract_check, rows_check
from socialai_assets.methods.forecasting.conformal import LEVELS

QUANTILES = [f"q{round(level * 1000):03d}" for level in LEVELS]
_OUT_OF_ORDER = " OR ".join(f"{low} > {high}" for low, high in itertools.pairwise(QUANTILES))

CHECKS = [
    contract_check(forecast_contracts.ForecastOutOfSample),
    contract_check(forecast_contracts.ForecastScores),
    contract_check(forecast_contracts.DemandForecasts),
    rows_check(
        "aid.demand_forecasts",
        "quantiles_are_ordered",
        f"""
        SELECT level, place_id, item_id, period_start, {", ".join(QUANTILES)} FROM lake.aid.demand_forecasts
        WHERE {_OUT_OF_ORDER} OR least(estimate, q025) < 0 OR q025 IS NULL ORDER BY ALL
        """,
        "forecasts with a quantile above the next one, below zero, or without quantiles",
        blocking=True,
    ),
    rows_check(
        "aid.demand_forecasts",
        "estimates_add_up",
        """
        WITH leaves AS (
          SELECT forecasts.*, places.area_id, places.admin2_id, places.admin1_id
          FROM lake.aid.demand_forecasts AS forecasts
          JOIN (
            SELECT DISTINCT place_id, area_id, admin2_id, admin1_id FROM lake.aid.demand_features
          ) AS places USING (place_id)
          WHERE level = leaf_level
        ), sums AS (
          SELECT leaf_level, 'nation' AS level, 'nation' AS place_id, item_id, period, horizon, sum(estimate) AS total
          FROM leaves GROUP BY ALL
          UNION ALL
          SELECT leaf_level, 'admin1', admin1_id, item_id, period, horizon, sum(estimate) FROM leaves GROUP BY ALL
          UNION ALL
          SELECT leaf_level, 'admin2', admin2_id, item_id, period, horizon, sum(estimate) FROM leaves GROUP BY ALL
          UNION ALL
          SELECT leaf_level, 'admin3', area_id, item_id, period, horizon, sum(estimate) FROM leaves GROUP BY ALL
        )
        SELECT forecasts.leaf_level, forecasts.level, place_id, item_id, forecasts.period_start,
               forecasts.estimate, sums.total
        FROM lake.aid.demand_forecasts AS forecasts
        LEFT JOIN sums USING (leaf_level, level, place_id, item_id, period, horizon)
        WHERE forecasts.level != forecasts.leaf_level
          AND (total IS NULL OR abs(forecasts.estimate - total) > 1e-6 * (1 + total))
        ORDER BY ALL
        """,
        "forecasts of an area that are not the sum of those of its places",
        also_reads=["aid.demand_features"],
        blocking=True,
    ),
]
