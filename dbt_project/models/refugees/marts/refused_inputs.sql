-- Rows that keep their own contract and cannot be used beside the other tables; the first reason that holds is given.
{%- set no_item = unknown("item_id", source("refugees", "relief_items"), "refugees.relief_items", "item") %}
{%- set no_camp = unknown("camp_id", ref("stg_camps"), "refugees.camps", "camp") %}
{%- set no_depot = unknown("depot_id", "sound_depots", "refugees.relief_depots", "depot") %}
{%- set cut_off = "when staged.camp_id in (from unlinked) then 'unlinked: camp_id: no road leads to camp ' || staged.camp_id" %}
{%- set no_linked_camp %}
      when staged.camp_id not in (select camp_id from {{ ref("stg_camps") }}) or staged.camp_id in (from unlinked) then
        'camp_id: there is no camp ' || staged.camp_id || ' in refugees.camps'
{%- endset %}
{%- set no_end %}
      when starts.place_id is null then 'from_id: there is no camp or location ' || staged.from_id || ' in this conflict'
      when ends.place_id is null then 'to_id: there is no camp or location ' || staged.to_id || ' in this conflict'
{%- endset %}
{%- set ends_of_links %}
  left join places as starts on starts.conflict_id = staged.conflict_id and starts.place_id = from_id
  left join places as ends on ends.conflict_id = staged.conflict_id and ends.place_id = to_id
{%- endset %}
{%- set nothing_to_close %}
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
{%- endset %}
{%- set no_place %}
      when places.place_id is null then 'place_id: there is no camp or location ' || staged.place_id || ' in this conflict'
{%- endset %}
{%- set place_of_depot %}
  left join (select distinct conflict_id, place_id from places) as places
    on places.conflict_id = staged.conflict_id and places.place_id = staged.place_id
{%- endset %}
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
  {{ judged("camps", ["camp_id"], "'camp_id: another row has camp ' || camp_id || ' too'", [cut_off]) }}
  union all
  {{ judged("locations", ["location_id"], "'location_id: another row has place ' || location_id || ' too'") }}
  union all
  {{ judged(
    "camp_registrations", ["camp_id", "part", "report_number"],
    "'camp_id, report_number: another row is this report too'", [cut_off, no_camp]
  ) }}
  union all
  {{ judged(
    "links", ["conflict_id", "from_id", "to_id"], "'from_id, to_id: another row has this road too, and the shortest is used'",
    [no_end], keys=["staged.conflict_id", "least(from_id, to_id)", "greatest(from_id, to_id)"],
    order="km, from_id, staged.source", joins=ends_of_links
  ) }}
  union all
  {{ judged(
    "closures", ["closure_id"], "'closure_id: another row has closure ' || closure_id || ' too'", [nothing_to_close]
  ) }}
  union all
  {{ judged(
    "relief_depots", ["depot_id"], "'depot_id: another row has depot ' || depot_id || ' too'", [no_place],
    joins=place_of_depot
  ) }}
  union all
  {{ judged(
    "relief_stock", ["depot_id", "item_id", "batch", "as_of"],
    "'depot_id, item_id, batch: another row has this batch too'", [no_item, no_depot]
  ) }}
  union all
  {{ judged(
    "relief_vehicles", ["vehicle_id"], "'vehicle_id: another row has vehicle ' || vehicle_id || ' too'", [no_depot]
  ) }}
  union all
  {{ judged(
    "relief_deliveries", ["delivery_id"], "'delivery_id: another row has delivery ' || delivery_id || ' too'",
    [no_item, no_linked_camp]
  ) }}
  union all
  {{ judged(
    "overrides", ["override_id"], "'override_id: another row has decision ' || override_id || ' too'",
    [no_item, no_linked_camp, no_depot]
  ) }}
  union all
  {{ judged(
    "needs_reported", ["camp_id", "item_id", "week_start", "sex", "age_group"],
    "'camp_id, item_id, week_start: another row reports this too'", [no_item, no_linked_camp]
  ) }}
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
{{ refused_of_judged() }}
