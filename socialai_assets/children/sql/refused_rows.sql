-- Rows about persons that are not in the canonical tables, each with the first reason; and children used without a link.
with left_out as (
  select 'staff' as input, 'staff_id' as key, file_name, file_line, source, is_synthetic
  from raw_staff anti join staff using (source, file_name, file_line)
  union all by name
  select 'children' as input, 'child_id' as key, file_name, file_line, source, is_synthetic
  from raw_children anti join children using (source, file_name, file_line)
  union all by name
  select 'households' as input, 'household_id, report_date' as key, file_name, file_line, source, is_synthetic
  from raw_households anti join households using (source, file_name, file_line)
  union all by name
  select 'enrolments' as input, 'child_id, event, event_date' as key, file_name, file_line, source, is_synthetic, child_id, school_id
  from raw_enrolments anti join enrolments using (source, file_name, file_line)
  union all by name
  select 'attendance' as input, 'child_id, month' as key, file_name, file_line, source, is_synthetic, child_id
  from raw_attendance anti join attendance using (source, file_name, file_line)
  union all by name
  select 'marks' as input, 'child_id, term_id, subject' as key, file_name, file_line, source, is_synthetic, child_id, term_id
  from raw_marks anti join marks using (source, file_name, file_line)
  union all by name
  select 'cases' as input, 'case_id, event' as key, file_name, file_line, source, is_synthetic, child_id
  from raw_cases anti join cases using (source, file_name, file_line)
  union all by name
  select 'support' as input, 'support_id' as key, file_name, file_line, source, is_synthetic, child_id, intervention_id, service_id, staff_id
  from raw_support anti join support using (source, file_name, file_line)
  union all by name
  select 'outcomes' as input, 'support_id, found_on' as key, file_name, file_line, source, is_synthetic, support_id, child_id as helped_id
  from raw_outcomes anti join outcomes using (source, file_name, file_line)
  union all by name
  select 'reviews' as input, 'review_id' as key, file_name, file_line, source, is_synthetic, child_id
  from raw_reviews anti join reviews using (source, file_name, file_line)
),
judged as (
  select
    input,
    file_name,
    file_line,
    source,
    is_synthetic,
    -- What an input has no column for is null here, and unknown to nobody.
    case
      when child_id not in (select child_id from children) then
        'child_id: there is no such child in children.children'
      when school_id not in (select school_id from schools) then
        'school_id: there is no such school in children.schools'
      when term_id not in (select term_id from terms) then
        'term_id: there is no such term in children.terms'
      when intervention_id not in (select intervention_id from interventions) then
        'intervention_id: there is no such kind of help in children.interventions'
      when service_id not in (select service_id from services) then
        'service_id: there is no such service in children.services'
      when staff_id not in (select staff_id from staff) then
        'staff_id: there is no such person in children.staff'
      when support_id is not null and (support_id, helped_id) not in (select (support_id, child_id) from support) then
        'support_id: there is no such help to this child in children.support'
      else 'repeated: ' || key || ': another row has the same'
    end as reason
  from left_out
  union all
  select 'children', landed.file_name, landed.file_line, landed.source, landed.is_synthetic,
    case
      when landed.household_id is not null and used.household_id is null then
        'unlinked: household_id: no report is on the household; the child is used without one'
      when landed.area_id not in (select area_id from areas) then
        'unlinked: area_id: there is no such area in geography.areas; the child is used all the same'
    end
  from raw_children as landed
  join children as used using (source, file_name, file_line)
)
select
  input,
  file_name,
  file_line,
  case split_part(reason, ':', 1) when 'repeated' then 'repeated' when 'unlinked' then 'unlinked' else 'unknown' end as rule,
  reason,
  source,
  is_synthetic
from judged
where reason is not null
