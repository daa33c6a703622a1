"""Checks of access to water and of repair plans, recomputed from the tables in SQL."""

from socialai_assets.factories.checks import contract_check, rows_check
from socialai_assets.water import repair_contracts as contracts

CHECKS = [
    *(
        contract_check(contract)
        for contract in (
            contracts.ServiceGaps,
            contracts.PointPressure,
            contracts.RepairPlan,
            contracts.RepairPlanGains,
            contracts.RepairFairness,
            contracts.RepairComparison,
        )
    ),
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
    rows_check(
        "water.repair_plan",
        "budget_is_kept",
        """
        SELECT scenario, sum(cost_usd) AS cost, any_value(budget_usd) AS budget FROM lake.water.repair_plan
        WHERE is_chosen GROUP BY scenario HAVING sum(cost_usd) > any_value(budget_usd) * (1 + 1e-9) ORDER BY ALL
        """,
        "plans that cost more than their budget",
        blocking=True,
    ),
    rows_check(
        "water.repair_plan",
        "every_action_is_somewhere",
        """
        SELECT scenario, action_id, action, system_id, place_id FROM lake.water.repair_plan AS plan
        WHERE NOT is_stale AND (action = 'repair' AND NOT EXISTS (
            SELECT 1 FROM lake.water.systems AS systems WHERE systems.system_id = plan.system_id
          ) OR action = 'build' AND NOT EXISTS (
            SELECT 1 FROM lake.geography.places AS places WHERE places.place_id = plan.place_id
          )) ORDER BY ALL
        """,
        "actions at a system or place that there is not",
        also_reads=["water.systems", "geography.places"],
        blocking=True,
    ),
    rows_check(
        "water.repair_plan_gains",
        "gains_add_up",
        """
        WITH actions AS (
          SELECT scenario, sum(people_gaining) AS people FROM lake.water.repair_plan WHERE is_chosen GROUP BY scenario
        ), places AS (
          SELECT scenario, sum(people_gaining) AS people, sum(people * (access_after - access_before)) AS recomputed
          FROM lake.water.repair_plan_gains GROUP BY scenario
        )
        SELECT * FROM actions FULL JOIN places USING (scenario)
        WHERE abs(coalesce(actions.people, 0) - coalesce(places.people, 0)) > 1e-6 * (1 + coalesce(places.people, 0))
          OR abs(places.people - places.recomputed) > 1e-6 * (1 + places.people)
        ORDER BY ALL
        """,
        "plans whose actions and places do not have the same people gaining, or not as many as access rises by",
        also_reads=["water.repair_plan"],
        blocking=True,
    ),
    rows_check(
        "water.repair_comparison",
        "the_plan_is_no_worse_than_greedy",
        """
        SELECT plan.scenario, settings.objective, settings.counting, plan.weighted_gain, other.weighted_gain
        FROM lake.water.repair_comparison AS plan
        JOIN lake.water.repair_comparison AS other ON other.scenario = plan.scenario AND other.method = 'greedy'
        JOIN (SELECT DISTINCT scenario, objective, counting FROM lake.water.repair_plan) AS settings
          ON settings.scenario = plan.scenario
        WHERE plan.method = 'plan' AND plan.status IN ('optimal', 'feasible') AND settings.counting = 'expected'
          AND CASE settings.objective WHEN 'people' THEN plan.people_gaining < other.people_gaining * (1 - 1e-9)
            ELSE plan.weighted_gain < other.weighted_gain * (1 - 1e-9) END
        ORDER BY ALL
        """,
        "plans that reach fewer than the greedy choice, which only a guarantee to every area may cost",
        also_reads=["water.repair_plan"],
    ),
]
