"""Refugees' checks: rows refused, and what is odd about camps, reports and roads that are used all the same."""

from socialai_assets.factories.checks import rows_check

CHECKS = [
    rows_check(
        "refugees.refused_inputs",
        "none_refused",
        "SELECT input, row_key, reason, source FROM lake.refugees.refused_inputs ORDER BY ALL",
        "rows that name an unknown camp, road or file, camps without a road, or rows that come twice",
    ),
    rows_check(
        "refugees.camps",
        "coordinates_are_their_own",
        """
        SELECT conflict_id, camp_id, latitude, longitude FROM lake.refugees.camps
        WHERE shares_coordinates ORDER BY ALL
        """,
        "camps of one conflict with the same coordinates; distances between them are not known",
    ),
    rows_check(
        "refugees.camps",
        "capacities_are_limits",
        """
        SELECT conflict_id, camp_id, capacity, most_people FROM lake.refugees.camps
        WHERE capacity_basis = 'observed_maximum' ORDER BY ALL
        """,
        "camps whose capacity is no more than the most people reported; it is not taken for a limit",
    ),
    rows_check(
        "refugees.camps",
        "every_camp_reports",
        "SELECT conflict_id, camp_id, name FROM lake.refugees.camps WHERE reports = 0 ORDER BY ALL",
        "camps without a report; they have no population",
    ),
    rows_check(
        "refugees.camp_registrations",
        "reports_are_in_order",
        """
        SELECT conflict_id, camp_id, part, report_number, reported_on, people,
               CASE WHEN is_superseded THEN 'a later report is for the same day' ELSE 'for an earlier day' END AS reason
        FROM lake.refugees.camp_registrations
        WHERE is_superseded OR is_out_of_order ORDER BY ALL
        """,
        "reports that repeat a day or came in after one for a later day; of a day's reports the last one holds",
    ),
    rows_check(
        "refugees.camp_registrations",
        "levels_hold",
        """
        SELECT conflict_id, camp_id, part, reported_on, people, change FROM lake.refugees.camp_registrations
        WHERE is_level_change ORDER BY ALL
        """,
        "falls by which a register was probably verified anew; what was before and after is not one level",
    ),
    rows_check(
        "refugees.links",
        "roads_are_long_enough",
        """
        SELECT conflict_id, from_id, to_id, km, straight_km FROM lake.refugees.links WHERE is_too_short ORDER BY ALL
        """,
        "roads shorter than the straight line between their ends: a length or a coordinate is wrong",
    ),
]
