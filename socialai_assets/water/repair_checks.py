"""Checks of access to water and of repair plans, recomputed from the tables in SQL."""

from socialai_assets.factories.checks import contract_check, rows_check
from socialai_assets.water import repair_contracts as contracts

CHECKS = [
    contract_check(contracts.ServiceGaps),
    contract_check(contracts.PointPressure),
    rows_check(
        "water.service_gaps",
        "areas_keep_their_people",
        """
        SELECT area_id, any_value(areas.population) AS population, sum(people) AS spread
        FROM lake.water.service_gaps JOIN lake.geography.areas AS areas USING (area_id)
        WHERE areas.population > 0 GROUP BY area_id
        HAVING abs(sum(people) - any_value(areas.population)) > 1e-6 * any_value(areas.population) ORDER BY ALL
        """,
        "areas whose places do not have the area's people between them",
        also_reads=["geography.areas"],
        blocking=True,
    ),
    rows_check(
        "water.point_pressure",
        "none_serves_too_many",
        """
        SELECT system_id, name, served_population, capacity, capacity_basis, round(pressure, 2) AS pressure
        FROM lake.water.point_pressure WHERE pressure > 1 AND works ORDER BY pressure DESC, system_id
        """,
        "working systems that serve more people than they can",
    ),
]
