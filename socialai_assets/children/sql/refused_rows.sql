-- Rows about persons that are not in the canonical tables, each with the first reason; and children used without a link.
with judged as (
  select 'staff' as input, file_name, file_line, source, is_synthetic,
    'repeated: staff_id: another row has the same' as reason
  from raw_staff
  anti join staff using (source, file_name, file_line)
  union all
  select 'children' as input, file_name, file_line, source, is_synthetic,
    'repeated: child_id: another row has the same' as reason
  from raw_children
  anti join children using (source, file_name, file_line)
  union all
  select 'households' as input, file_name, file_line, source, is_synthetic,
    'repeated: household_id, report_date: another row has the same' as reason
  from raw_households
  anti join households using (source, file_name, file_line)
  union all
  select 'enrolments' as input, file_name, file_line, source, is_synthetic,
    case
      when child_id not in (select child_id from children) then
        'child_id: there is no such child in children.children'
      when school_id not in (select school_id from schools) then
        'school_id: there is no such school in children.schools'
      else 'repeated: child_id, event, event_date: another row has the same'
    end as reason
  from raw_enrolments
  anti join enrolments using (source, file_name, file_line)
  union all
  select 'attendance' as input, file_name, file_line, source, is_synthetic,
    case
      when child_id not in (select child_id from children) then
        'child_id: there is no such child in children.children'
      else 'repeated: child_id, month: another row has the same'
    end as reason
  from raw_attendance
  anti join attendance using (source, file_name, file_line)
  union all
  select 'marks' as input, file_name, file_line, source, is_synthetic,
    case
      when child_id not in (select child_id from children) then
        'child_id: there is no such child in children.children'
      when term_id not in (select term_id from terms) then
        'term_id: there is no such term in children.terms'
      else 'repeated: child_id, term_id, subject: another row has the same'
    end as reason
  from raw_marks
  anti join marks using (source, file_name, file_line)
  union all
  select 'cases' as input, file_name, file_line, source, is_synthetic,
    case
      when child_id not in (select child_id from children) then
        'child_id: there is no such child in children.children'
      else 'repeated: case_id, event: another row has the same'
    end as reason
  from raw_cases
  anti join cases using (source, file_name, file_line)
  union all
  select 'support' as input, file_name, file_line, source, is_synthetic,
    case
      when child_id not in (select child_id from children) then
        'child_id: there is no such child in children.children'
      when intervention_id not in (select intervention_id from interventions) then
        'intervention_id: there is no such kind of help in children.interventions'
      when service_id not in (select service_id from services) then
        'service_id: there is no such service in children.services'
      when staff_id not in (select staff_id from staff) then
        'staff_id: there is no such person in children.staff'
      else 'repeated: support_id: another row has the same'
    end as reason
  from raw_support
  anti join support using (source, file_name, file_line)
  union all
  select 'outcomes' as input, file_name, file_line, source, is_synthetic,
    case
      when (support_id, child_id) not in (select (support_id, child_id) from support) then
        'support_id: there is no such help to this child in children.support'
      else 'repeated: support_id, found_on: another row has the same'
    end as reason
  from raw_outcomes
  anti join outcomes using (source, file_name, file_line)
  union all
  select 'reviews' as input, file_name, file_line, source, is_synthetic,
    case
      when child_id not in (select child_id from children) then
        'child_id: there is no such child in children.children'
      else 'repeated: review_id: another row has the same'
    end as reason
  from raw_reviews
  anti join reviews using (source, file_name, file_line)
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
