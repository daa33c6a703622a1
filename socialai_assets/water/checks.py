"""Water's checks: what was refused, cleaned or is missing, limits broken, reports too old, and no leakage."""

from socialai_assets.factories.checks import contract_check, rows_check, rules_check
from socialai_assets.water import contracts
from socialai_assets.water.leakage import KEYS, ORIGINS

TOO_CLOSE = 0.9
_NUMBERS = ", ".join(
    name for name in ORIGINS if name not in {*KEYS, "water_source", "water_tech", "supply", "natural_region"}
)

LEAKS = f"""
WITH long AS (
  SELECT point_id, feature, number
  FROM (SELECT point_id, {_NUMBERS} FROM lake.water.features)
  UNPIVOT (number FOR feature IN ({_NUMBERS}))
)
SELECT target, feature, corr(number, outcome::int) AS correlation, count(*) AS points
FROM long JOIN lake.water.visit_outcomes USING (point_id)
WHERE isfinite(number)
GROUP BY ALL HAVING count(*) >= 30 AND abs(corr(number, outcome::int)) BETWEEN {TOO_CLOSE} AND 1.01 ORDER BY ALL
"""
"""Finds features that run along with a target; NaN, which DuckDB ranks above every number, is passed over."""

CHECKS = [
    rows_check(
        "water.refused_records",
        "none_refused",
        "SELECT input, row_key, reason, source FROM lake.water.refused_records ORDER BY ALL",
        "rows that name an unknown system, point or station, or that come twice",
    ),
    rows_check(
        "water.cleaned_values",
        "none_cleaned",
        """
        SELECT source, input, column_name, reason, count(*) AS values, min(landed_value) AS example
        FROM lake.water.cleaned_values GROUP BY ALL ORDER BY ALL
        """,
        "kinds of values that landed and are not used, because they cannot be true or stand for none",
    ),
    rows_check(
        "water.column_contents",
        "columns_say_something",
        """
        SELECT table_name, column_name, contents, only_value FROM lake.water.column_contents
        WHERE contents <> 'varies' ORDER BY ALL
        """,
        "columns that are empty or have one value throughout, so that they tell systems apart by nothing",
    ),
    rows_check(
        "water.systems",
        "areas_are_found",
        """
        SELECT system_id, name, area_id, area_basis, is_outside_area FROM lake.water.systems
        WHERE area_basis = 'none' OR is_outside_area ORDER BY ALL
        """,
        "systems without an area, or whose coordinates lie outside the area they are counted to",
    ),
    rows_check(
        "water.points",
        "coordinates_are_their_own",
        """
        SELECT source, component, count(*) AS points FROM lake.water.points
        WHERE has_system_coordinates AND component <> 'access_point' GROUP BY ALL ORDER BY ALL
        """,
        "kinds of components with the coordinates of their system; distances within a system are not known",
    ),
    rows_check(
        "water.exceedances",
        "limits_hold",
        """
        SELECT subject_kind, subject_id, limit_id, clause, count(*) AS days, sum(beyond)::bigint AS beyond
        FROM lake.water.exceedances GROUP BY ALL ORDER BY days DESC, subject_id, limit_id
        """,
        "points, systems and stations at which a limit of water quality was broken",
    ),
    rows_check(
        "water.stations",
        "readings_are_complete",
        """
        SELECT station_id, expected, empty, gaps, round(missing_pct, 3) AS missing_pct FROM lake.water.stations
        WHERE missing_pct > 0 OR expected = 0 ORDER BY ALL
        """,
        "stations of which readings are missing; they are flagged and never filled in",
    ),
    rows_check(
        "water.stations",
        "senders_are_registered",
        """
        SELECT station_id, came_by, count(*) AS readings, max(measured_at) AS last
        FROM lake.water.readings WHERE station_id NOT IN (SELECT station_id FROM lake.water.stations)
        GROUP BY ALL ORDER BY ALL
        """,
        "stations that send readings and are not in `water.stations`, so that none of these is used",
        also_reads=["water.readings"],
    ),
    rows_check(
        "water.staleness",
        "reports_are_recent",
        """
        SELECT source, subject_kind, count(*) AS stale, max(last_report) AS newest, any_value(as_of) AS as_of
        FROM lake.water.staleness WHERE is_stale GROUP BY ALL ORDER BY ALL
        """,
        "sources with systems unvisited for two years, or stations silent for a day",
    ),
    rules_check(contracts.Readings),
    contract_check(contracts.Alarms),
    rows_check(
        "water.open_alarms",
        "nothing_asks_for_somebody",
        """
        SELECT station_id, kind, severity, began_at, explanation FROM lake.water.open_alarms
        WHERE is_shown ORDER BY began_at DESC, station_id, kind
        """,
        "alarms that are open and that nobody has acknowledged",
    ),
    contract_check(contracts.Features),
    contract_check(contracts.PointRisks),
    contract_check(contracts.AreaRisk),
    rows_check(
        "water.point_risks",
        "withheld_is_stated",
        """
        SELECT risks.point_id, risks.target, risks.risk, risks.reason
        FROM lake.water.point_risks AS risks
        LEFT JOIN lake.water.risk_models AS models USING (target, nearest_visits)
        WHERE risks.is_withheld <> coalesce(models.is_withheld, true)
          OR risks.is_withheld <> (risks.risk IS NULL OR isnan(risks.risk))
          OR (risks.is_withheld AND length(risks.reason) < 20)
        ORDER BY ALL
        """,
        "risks given where the model has no skill, or withheld without a reason",
        also_reads=["water.risk_models"],
        blocking=True,
    ),
    rows_check(
        "water.risk_models",
        "skill_is_above_chance",
        """
        SELECT target, nearest_visits, model, reason FROM lake.water.risk_models WHERE is_withheld ORDER BY ALL
        """,
        "targets and kinds of places whose risks are withheld, because no skill above chance is certain",
    ),
    rows_check(
        "water.risk_out_of_sample",
        "probabilities_are_calibrated",
        """
        SELECT target, split, model, round(avg(estimate), 3) AS expected, round(avg(observed::int), 3) AS failed,
          count(*) AS visits
        FROM (
          SELECT held.*, ntile(5) OVER (PARTITION BY held.target, held.split, held.model ORDER BY estimate) AS fifth
          FROM lake.water.risk_out_of_sample AS held
          SEMI JOIN lake.water.risk_scores AS scores
            ON scores.target = held.target AND scores.split = held.split AND scores.model = held.model
            AND scores.is_served
        )
        GROUP BY target, split, model, fifth
        HAVING count(*) >= 100 AND abs(avg(estimate) - avg(observed::int)) > 0.1 ORDER BY ALL
        """,
        "fifths of the served models' held-out visits that failed over 10 points more or less often than was said",
        also_reads=["water.risk_scores"],
    ),
    rows_check(
        "water.features",
        "no_leakage",
        LEAKS,
        "features that all but state a target, so that one of them was observed together with it",
        also_reads=["water.visit_outcomes"],
        blocking=True,
    ),
]
