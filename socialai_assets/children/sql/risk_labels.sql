-- What became of each enrolled child within a label's timespan, told once reports of it are in. Who in truth had left
-- already, or had a case open, was not in danger of it and has no row.
-- Inputs: dates, features (child_id, as_of_date), enrolments, cases. Parameters: case_days, settling_days, last_known.
WITH truly_enrolled AS (
    SELECT f.child_id, f.as_of_date, d.next_term_ends_on
    FROM features AS f
    JOIN dates AS d USING (as_of_date)
    JOIN enrolments AS e ON e.child_id = f.child_id AND e.event_date <= f.as_of_date
    QUALIFY row_number() OVER (
        PARTITION BY f.child_id, f.as_of_date ORDER BY e.event_date DESC, e.knowledge_date DESC, e.event DESC
    ) = 1 AND e.event IN ('enrolled', 'transferred')
),
spans AS (
    SELECT child_id, as_of_date, 'leaves_school' AS label, 'next_term' AS label_timespan, next_term_ends_on AS ends_on
    FROM truly_enrolled
    UNION ALL
    SELECT child_id, as_of_date, 'case_opens', $case_days || 'd', (as_of_date + $case_days::INTEGER)::DATE
    FROM truly_enrolled
),
events AS (
    SELECT child_id, 'leaves_school' AS label, event_date, knowledge_date FROM enrolments WHERE event = 'left'
    UNION ALL
    SELECT child_id, 'case_opens', event_date, knowledge_date FROM cases WHERE event = 'opened'
),
open_cases AS (
    SELECT o.child_id, o.event_date AS opened_on, max(c.event_date) AS closed_on
    FROM cases AS o
    LEFT JOIN cases AS c ON c.case_id = o.case_id AND c.event = 'closed'
    WHERE o.event = 'opened'
    GROUP BY ALL
)
SELECT
    s.child_id, s.as_of_date, s.label, s.label_timespan, s.ends_on,
    count(e.child_id) > 0 AS outcome,
    (s.ends_on + $settling_days::INTEGER)::DATE AS settled_on,
    greatest((any_value(s.ends_on) + $settling_days::INTEGER)::DATE, min(e.knowledge_date)) AS known_on
FROM spans AS s
LEFT JOIN events AS e
    ON e.child_id = s.child_id AND e.label = s.label AND e.event_date > s.as_of_date AND e.event_date <= s.ends_on
    AND e.knowledge_date <= $last_known
WHERE s.ends_on + $settling_days::INTEGER <= $last_known
    AND NOT (s.label = 'case_opens' AND EXISTS (
        SELECT 1 FROM open_cases AS o
        WHERE o.child_id = s.child_id AND o.opened_on <= s.as_of_date
            AND coalesce(o.closed_on > s.as_of_date, true)
    ))
GROUP BY s.child_id, s.as_of_date, s.label, s.label_timespan, s.ends_on
ORDER BY s.label, s.as_of_date, s.child_id
