-- Rows that keep their own contract and cannot be used beside the other tables; the first reason that holds is given.
with places as (
  select camp_id as place_id, conflict_id, country from {{ ref("stg_camps") }}
  union
  select location_id, conflict_id, country from {{ ref("stg_locations") }}
),
sound_links as (
  select links.conflict_id, from_id, to_id, starts.country as from_country, ends.country as to_country
  from {{ ref("stg_links") }} as links
  join places as starts on starts.conflict_id = links.conflict_id and starts.place_id = from_id
  join places as ends on ends.conflict_id = links.conflict_id and ends.place_id = to_id
),
linked as (
  select conflict_id, from_id as place_id from sound_links
  union
  select conflict_id, to_id from sound_links
),
-- A camp is cut off only where its conflict has roads at all.
unlinked as (
  select camp_id
  from {{ ref("stg_camps") }} as camps
  semi join sound_links on sound_links.conflict_id = camps.conflict_id
  anti join linked on linked.conflict_id = camps.conflict_id and linked.place_id = camps.camp_id
),
sound_depots as (
  select depot_id
  from {{ ref("stg_relief_depots") }} as depots
  semi join places on places.conflict_id = depots.conflict_id and places.place_id = depots.place_id
),
judged as (
  select
    'camps' as input,
    {{ row_key("staged", ["camp_id"]) }} as row_key,
    case
      when camp_id in (from unlinked) then 'unlinked: camp_id: no road leads to camp ' || camp_id
      when row_number() over (partition by camp_id order by source) > 1 then
        'repeated: camp_id: another row has camp ' || camp_id || ' too'
    end as reason,
    source,
    is_synthetic
  from {{ ref("stg_camps") }} as staged
  union all
  select
    'locations',
    {{ row_key("staged", ["location_id"]) }},
    case
      when row_number() over (partition by location_id order by source) > 1 then
        'repeated: location_id: another row has place ' || location_id || ' too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_locations") }} as staged
  union all
  select
    'camp_registrations',
    {{ row_key("staged", ["camp_id", "part", "report_number"]) }},
    case
      when camp_id in (from unlinked) then 'unlinked: camp_id: no road leads to camp ' || camp_id
      when camp_id not in (select camp_id from {{ ref("stg_camps") }}) then
        'camp_id: there is no camp ' || camp_id || ' in refugees.camps'
      when row_number() over (partition by camp_id, part, report_number order by source) > 1 then
        'repeated: camp_id, report_number: another row is this report too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_camp_registrations") }} as staged
  union all
  select
    'links',
    {{ row_key("staged", ["conflict_id", "from_id", "to_id"]) }},
    case
      when starts.place_id is null then 'from_id: there is no camp or location ' || from_id || ' in this conflict'
      when ends.place_id is null then 'to_id: there is no camp or location ' || to_id || ' in this conflict'
      when row_number() over (
        partition by staged.conflict_id, least(from_id, to_id), greatest(from_id, to_id) order by km, from_id, source
      ) > 1 then 'repeated: from_id, to_id: another row has this road too, and the shortest is used'
    end,
    source,
    is_synthetic
  from {{ ref("stg_links") }} as staged
  left join places as starts on starts.conflict_id = staged.conflict_id and starts.place_id = from_id
  left join places as ends on ends.conflict_id = staged.conflict_id and ends.place_id = to_id
  union all
  select
    'closures',
    {{ row_key("staged", ["closure_id"]) }},
    case
      when kind = 'link' and not exists (
        from sound_links as l
        where l.conflict_id = staged.conflict_id
          and least(l.from_id, l.to_id) = least(staged.from_id, staged.to_id)
          and greatest(l.from_id, l.to_id) = greatest(staged.from_id, staged.to_id)
      ) then 'from_id, to_id: there is no road between ' || from_id || ' and ' || to_id
      when kind = 'place' and not exists (
        from linked where linked.conflict_id = staged.conflict_id and linked.place_id = staged.from_id
      ) then 'from_id: there is no place ' || from_id || ' with a road in this conflict'
      when kind = 'border' and not exists (
        from sound_links as l
        where l.conflict_id = staged.conflict_id
          and least(l.from_country, l.to_country) = least(staged.from_id, staged.to_id)
          and greatest(l.from_country, l.to_country) = greatest(staged.from_id, staged.to_id)
      ) then 'from_id, to_id: no road crosses a border between ' || from_id || ' and ' || to_id
      when row_number() over (partition by closure_id order by source) > 1 then
        'repeated: closure_id: another row has closure ' || closure_id || ' too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_closures") }} as staged
  union all
  select
    'relief_depots',
    {{ row_key("staged", ["depot_id"]) }},
    case
      when places.place_id is null then 'place_id: there is no camp or location ' || staged.place_id || ' in this conflict'
      when row_number() over (partition by depot_id order by source) > 1 then
        'repeated: depot_id: another row has depot ' || depot_id || ' too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_relief_depots") }} as staged
  left join (select distinct conflict_id, place_id from places) as places
    on places.conflict_id = staged.conflict_id and places.place_id = staged.place_id
  union all
  select
    'relief_stock',
    {{ row_key("staged", ["depot_id", "item_id", "batch", "as_of"]) }},
    case
      when item_id not in (select item_id from {{ source("refugees", "relief_items") }}) then
        'item_id: there is no item ' || item_id || ' in refugees.relief_items'
      when depot_id not in (select depot_id from sound_depots) then
        'depot_id: there is no depot ' || depot_id || ' in refugees.relief_depots'
      when row_number() over (partition by depot_id, item_id, batch, as_of order by source) > 1 then
        'repeated: depot_id, item_id, batch: another row has this batch too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_relief_stock") }} as staged
  union all
  select
    'relief_vehicles',
    {{ row_key("staged", ["vehicle_id"]) }},
    case
      when depot_id not in (select depot_id from sound_depots) then
        'depot_id: there is no depot ' || depot_id || ' in refugees.relief_depots'
      when row_number() over (partition by vehicle_id order by source) > 1 then
        'repeated: vehicle_id: another row has vehicle ' || vehicle_id || ' too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_relief_vehicles") }} as staged
  union all
  select
    'relief_deliveries',
    {{ row_key("staged", ["delivery_id"]) }},
    case
      when item_id not in (select item_id from {{ source("refugees", "relief_items") }}) then
        'item_id: there is no item ' || item_id || ' in refugees.relief_items'
      when camp_id not in (select camp_id from {{ ref("stg_camps") }}) or camp_id in (from unlinked) then
        'camp_id: there is no camp ' || camp_id || ' in refugees.camps'
      when row_number() over (partition by delivery_id order by source) > 1 then
        'repeated: delivery_id: another row has delivery ' || delivery_id || ' too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_relief_deliveries") }} as staged
  union all
  select
    'overrides',
    {{ row_key("staged", ["override_id"]) }},
    case
      when item_id not in (select item_id from {{ source("refugees", "relief_items") }}) then
        'item_id: there is no item ' || item_id || ' in refugees.relief_items'
      when camp_id not in (select camp_id from {{ ref("stg_camps") }}) or camp_id in (from unlinked) then
        'camp_id: there is no camp ' || camp_id || ' in refugees.camps'
      when depot_id is not null and depot_id not in (select depot_id from sound_depots) then
        'depot_id: there is no depot ' || depot_id || ' in refugees.relief_depots'
      when row_number() over (partition by override_id order by source) > 1 then
        'repeated: override_id: another row has decision ' || override_id || ' too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_overrides") }} as staged
  union all
  select
    'needs_reported',
    {{ row_key("staged", ["camp_id", "item_id", "week_start", "sex", "age_group"]) }},
    case
      when item_id not in (select item_id from {{ source("refugees", "relief_items") }}) then
        'item_id: there is no item ' || item_id || ' in refugees.relief_items'
      when camp_id not in (select camp_id from {{ ref("stg_camps") }}) or camp_id in (from unlinked) then
        'camp_id: there is no camp ' || camp_id || ' in refugees.camps'
      when row_number() over (partition by camp_id, item_id, week_start, sex, age_group order by source) > 1 then
        'repeated: camp_id, item_id, week_start: another row reports this too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_needs_reported") }} as staged
  union all
  select
    'flee_closures',
    file_name || '|' || file_line,
    case
      when closure_type = 'remove_forced_redirection' then
        'closure_type: the end of a forced redirection closes nothing'
      when first_day is null then 'file_name: the conflict has no StartDate in sim_period.csv'
    end,
    source,
    is_synthetic
  from {{ source("refugees", "raw_flee_closures") }}
  left join ({{ flee_first_days() }}) as periods on periods.conflict_id = {{ flee_conflict("file_name") }}
  union all
  select
    'flee_registrations',
    file_name,
    case when files.file is null then 'file_name: data_layout.csv of the conflict gives this file to no camp' end,
    registrations.source,
    registrations.is_synthetic
  from {{ source("refugees", "raw_flee_registrations") }} as registrations
  left join ({{ flee_files() }}) as files
    on files.conflict_id = {{ flee_conflict("file_name") }} and files.file = regexp_extract(file_name, '[^/]+$')
  union all
  select
    'flee_layouts',
    files.camp_id || '|' || files.file,
    case
      when not is_total and registrations.file_name is null then
        'file_1: no report of file ' || files.file || ' has landed, or its name is not one that is read'
    end,
    files.source,
    files.is_synthetic
  from ({{ flee_files() }}) as files
  left join {{ source("refugees", "raw_flee_registrations") }} as registrations
    on files.conflict_id = {{ flee_conflict("registrations.file_name") }}
    and files.file = regexp_extract(registrations.file_name, '[^/]+$')
)
select distinct
  input,
  row_key,
  case when reason like 'repeated: %' then 'repeated' when reason like 'unlinked: %' then 'unlinked' else 'unknown' end
    as rule,
  reason,
  source,
  is_synthetic
from judged
where reason is not null
