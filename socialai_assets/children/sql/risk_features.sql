-- What was known of each enrolled child on each date. Every table of events is joined by knowledge_date <= as_of_date,
-- and dates within a row that lie after as_of_date are treated as not yet known.
-- Inputs: dates (as_of_date, next_term_ends_on), children, households, enrolments, attendance, marks, cases, support,
-- terms, area_poverty (area_id, estimate). Parameter: pass_mark.
WITH last_events AS (
    SELECT d.as_of_date, d.next_term_ends_on, e.child_id, e.school_id, e.grade, e.event
    FROM dates AS d
    JOIN enrolments AS e ON e.knowledge_date <= d.as_of_date AND e.event_date <= d.as_of_date
    QUALIFY row_number() OVER (
        PARTITION BY e.child_id, d.as_of_date ORDER BY e.event_date DESC, e.knowledge_date DESC, e.event DESC
    ) = 1
),
enrolled AS (
    SELECT
        l.as_of_date, l.next_term_ends_on, l.child_id, l.school_id, l.grade,
        c.birth_month, c.sex, c.language, c.disability, c.household_id, c.area_id, c.is_synthetic
    FROM last_events AS l
    JOIN children AS c ON c.child_id = l.child_id AND c.knowledge_date <= l.as_of_date
    WHERE l.event IN ('enrolled', 'transferred')
),
enrolment_history AS (
    SELECT
        s.child_id, s.as_of_date,
        count(*) FILTER (e.event = 'transferred') AS school_changes,
        count(*) FILTER (e.event = 'left') AS times_left,
        greatest(count(DISTINCT e.school_year) FILTER (e.grade = s.grade AND e.event = 'enrolled') - 1, 0)
            AS years_repeated,
        date_diff('day', min(e.event_date) FILTER (e.school_id = s.school_id), s.as_of_date) AS days_at_school
    FROM enrolled AS s
    JOIN enrolments AS e
        ON e.child_id = s.child_id AND e.knowledge_date <= s.as_of_date AND e.event_date <= s.as_of_date
    GROUP BY s.child_id, s.as_of_date
),
months_known AS (
    SELECT
        s.child_id, s.as_of_date, a.month, a.days_open, a.days_absent,
        row_number() OVER (PARTITION BY s.child_id, s.as_of_date ORDER BY a.month DESC) AS months_back
    FROM enrolled AS s
    JOIN attendance AS a
        ON a.child_id = s.child_id AND a.knowledge_date <= s.as_of_date AND a.month < s.as_of_date
        AND a.month >= s.as_of_date - INTERVAL 18 MONTH
),
absences AS (
    SELECT
        child_id, as_of_date,
        sum(days_absent) FILTER (months_back = 1) / sum(days_open) FILTER (months_back = 1) AS absence_last,
        sum(days_absent) FILTER (months_back <= 3) / sum(days_open) FILTER (months_back <= 3) AS absence_recent,
        sum(days_absent) FILTER (months_back BETWEEN 4 AND 12) / sum(days_open) FILTER (months_back BETWEEN 4 AND 12)
            AS absence_before,
        max(days_absent / days_open) FILTER (months_back <= 12) AS absence_worst,
        date_diff('month', max(month), as_of_date) AS months_since_attendance
    FROM months_known
    GROUP BY child_id, as_of_date
),
terms_known AS (
    SELECT
        s.child_id, s.as_of_date,
        avg(m.mark) AS mark, min(m.mark) AS lowest, count(*) FILTER (m.mark < $pass_mark) AS failing,
        row_number() OVER (PARTITION BY s.child_id, s.as_of_date ORDER BY t.starts_on DESC) AS terms_back
    FROM enrolled AS s
    JOIN marks AS m ON m.child_id = s.child_id AND m.knowledge_date <= s.as_of_date
    JOIN terms AS t ON t.term_id = m.term_id AND t.starts_on <= s.as_of_date
    GROUP BY s.child_id, s.as_of_date, t.term_id, t.starts_on
),
school_marks AS (
    SELECT
        child_id, as_of_date,
        max(mark) FILTER (terms_back = 1) AS mark_last,
        max(mark) FILTER (terms_back = 2) AS mark_before,
        max(lowest) FILTER (terms_back = 1) AS mark_lowest,
        max(failing) FILTER (terms_back = 1) AS subjects_failing,
        max(failing) FILTER (terms_back = 2) AS subjects_failing_before
    FROM terms_known
    GROUP BY child_id, as_of_date
),
homes AS (
    SELECT s.child_id, s.as_of_date, h.* EXCLUDE (household_id, knowledge_date)
    FROM enrolled AS s
    JOIN households AS h
        ON h.household_id = s.household_id AND h.knowledge_date <= s.as_of_date AND h.report_date <= s.as_of_date
    QUALIFY row_number() OVER (
        PARTITION BY s.child_id, s.as_of_date ORDER BY h.report_date DESC, h.knowledge_date DESC
    ) = 1
),
sibling_pairs AS (
    SELECT s.child_id, s.as_of_date, o.child_id AS sibling_id
    FROM enrolled AS s
    JOIN children AS o
        ON o.household_id = s.household_id AND o.child_id <> s.child_id AND o.knowledge_date <= s.as_of_date
),
siblings AS (
    SELECT
        p.child_id, p.as_of_date, count(*) AS siblings,
        count(*) FILTER (EXISTS (
            SELECT 1 FROM enrolments AS e
            WHERE e.child_id = p.sibling_id AND e.event = 'left'
                AND e.knowledge_date <= p.as_of_date AND e.event_date <= p.as_of_date
        )) AS siblings_left,
        count(*) FILTER (EXISTS (
            SELECT 1 FROM cases AS k
            WHERE k.child_id = p.sibling_id AND k.event = 'opened'
                AND k.knowledge_date <= p.as_of_date AND k.event_date <= p.as_of_date
        )) AS siblings_with_case
    FROM sibling_pairs AS p
    GROUP BY p.child_id, p.as_of_date
),
cases_known AS (
    SELECT
        s.child_id, s.as_of_date, k.case_id,
        max(k.event_date) FILTER (k.event = 'opened') AS opened_on,
        max(k.event_date) FILTER (k.event = 'closed') AS closed_on
    FROM enrolled AS s
    JOIN cases AS k
        ON k.child_id = s.child_id AND k.knowledge_date <= s.as_of_date AND k.event_date <= s.as_of_date
    GROUP BY s.child_id, s.as_of_date, k.case_id
),
protection AS (
    SELECT
        child_id, as_of_date, count(opened_on) AS cases_before,
        bool_or(opened_on IS NOT NULL AND closed_on IS NULL) AS has_open_case,
        date_diff('day', max(coalesce(closed_on, opened_on)), as_of_date) AS days_since_case
    FROM cases_known
    GROUP BY child_id, as_of_date
),
help_given AS (
    SELECT
        s.child_id, s.as_of_date,
        count(*) FILTER (g.started_on <= s.as_of_date AND coalesce(g.ended_on > s.as_of_date, true)) AS support_now,
        count(*) FILTER (g.ended_on <= s.as_of_date) AS support_before
    FROM enrolled AS s
    JOIN support AS g
        ON g.child_id = s.child_id AND g.knowledge_date <= s.as_of_date AND g.offered_on <= s.as_of_date
    GROUP BY s.child_id, s.as_of_date
),
left_schools AS (
    SELECT d.as_of_date, e.school_id, count(DISTINCT e.child_id) AS pupils_left
    FROM dates AS d
    JOIN enrolments AS e
        ON e.event = 'left' AND e.knowledge_date <= d.as_of_date AND e.event_date <= d.as_of_date
        AND e.event_date > d.as_of_date - INTERVAL 12 MONTH
    GROUP BY d.as_of_date, e.school_id
),
joined AS (
    SELECT
        s.*, e.* EXCLUDE (child_id, as_of_date), a.* EXCLUDE (child_id, as_of_date),
        m.* EXCLUDE (child_id, as_of_date), h.* EXCLUDE (child_id, as_of_date),
        b.* EXCLUDE (child_id, as_of_date), p.* EXCLUDE (child_id, as_of_date), g.* EXCLUDE (child_id, as_of_date),
        z.estimate AS area_poverty_pct, coalesce(o.pupils_left, 0) AS pupils_left
    FROM enrolled AS s
    LEFT JOIN enrolment_history AS e USING (child_id, as_of_date)
    LEFT JOIN absences AS a USING (child_id, as_of_date)
    LEFT JOIN school_marks AS m USING (child_id, as_of_date)
    LEFT JOIN homes AS h USING (child_id, as_of_date)
    LEFT JOIN siblings AS b USING (child_id, as_of_date)
    LEFT JOIN protection AS p USING (child_id, as_of_date)
    LEFT JOIN help_given AS g USING (child_id, as_of_date)
    LEFT JOIN area_poverty AS z ON z.area_id = s.area_id
    LEFT JOIN left_schools AS o ON o.school_id = s.school_id AND o.as_of_date = s.as_of_date
)
SELECT
    child_id,
    as_of_date,
    school_id,
    area_id,
    sex,
    language,
    disability,
    date_diff('month', birth_month, as_of_date) / 12 AS age_years,
    grade,
    -- The first grade is begun at six.
    date_diff('month', birth_month, as_of_date) / 12 - grade - 5 AS years_over_age,
    years_repeated,
    school_changes,
    times_left,
    days_at_school,
    month(as_of_date) AS month_of_year,
    date_diff('day', as_of_date, next_term_ends_on) AS days_to_end_of_next_term,
    round(absence_last, 6) AS absence_last,
    round(absence_recent, 6) AS absence_recent,
    round(absence_before, 6) AS absence_before,
    round(absence_recent - absence_before, 6) AS absence_change,
    round(absence_worst, 6) AS absence_worst,
    round(absence_recent - avg(absence_recent) OVER schoolmates, 6) AS absence_over_school,
    months_since_attendance,
    round(mark_last, 6) AS mark_last,
    round(mark_last - mark_before, 6) AS mark_change,
    mark_lowest,
    round(mark_last - avg(mark_last) OVER classmates, 6) AS mark_over_class,
    subjects_failing,
    subjects_failing - subjects_failing_before AS subjects_failing_change,
    members,
    round((members - adults) / greatest(adults, 1), 6) AS dependants_per_adult,
    caregiver_school_years,
    round(income_usd_month / members, 6) AS income_per_member_usd,
    receives_aid,
    has_electricity,
    has_piped_water,
    school_km,
    date_diff('month', report_date, as_of_date) AS months_since_household_report,
    coalesce(siblings, 0) AS siblings,
    coalesce(siblings_left, 0) AS siblings_left,
    coalesce(siblings_with_case, 0) AS siblings_with_case,
    coalesce(cases_before, 0) AS cases_before,
    coalesce(has_open_case, false) AS has_open_case,
    days_since_case,
    coalesce(support_now, 0) AS support_now,
    coalesce(support_before, 0) AS support_before,
    round(area_poverty_pct, 6) AS area_poverty_pct,
    round(count(*) OVER (PARTITION BY school_id, as_of_date, language) / count(*) OVER schoolmates, 6)
        AS language_share_at_school,
    count(*) OVER schoolmates AS school_pupils,
    round(pupils_left / (pupils_left + count(*) OVER schoolmates), 6) AS school_left_share,
    round(avg(absence_recent) OVER schoolmates, 6) AS school_absence,
    round(avg(area_poverty_pct) OVER schoolmates, 6) AS school_poverty_pct,
    is_synthetic
FROM joined
WINDOW schoolmates AS (PARTITION BY school_id, as_of_date), classmates AS (PARTITION BY school_id, grade, as_of_date)
ORDER BY as_of_date, child_id
