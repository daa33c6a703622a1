-- Rows that keep their own contract and cannot be used beside the other tables; the first reason that holds is given.
{%- set no_item = unknown("item_id", ref("items"), "aid.items", "item") %}
{%- set no_site = unknown("site_id", ref("sites"), "aid.sites", "site") %}
{%- set no_depot = unknown("depot_id", ref("depots"), "aid.depots", "depot") %}
{%- set no_area = unknown("area_id", ref("areas"), "geography.areas", "area") %}
{%- set no_demanding_place %}
      when place_kind = 'site' and staged.place_id not in (select site_id from {{ ref("sites") }}) then
        'place_id: there is no site ' || staged.place_id || ' in aid.sites'
      when place_kind = 'area' and staged.place_id not in (select area_id from {{ ref("areas") }}) then
        'place_id: there is no area ' || staged.place_id || ' in geography.areas'
{%- endset %}
{%- set no_end %}
      when staged.from_id not in (select place_id from places) then 'from_id: there is no site or depot ' || staged.from_id
      when staged.to_id not in (select place_id from places) then 'to_id: there is no site or depot ' || staged.to_id
{%- endset %}
with places as (
  select site_id as place_id from {{ ref("sites") }}
  union
  select depot_id from {{ ref("depots") }}
),
judged as (
  {{ judged("sites", ["site_id"], "'site_id: another row has site ' || site_id || ' too'") }}
  union all
  {{ judged("depots", ["depot_id"], "'depot_id: another row has depot ' || depot_id || ' too'") }}
  union all
  {{ judged(
    "demand_history", ["place_id", "item_id", "period", "period_start"],
    "'place_id, item_id, period_start: another row has this period too'", [no_item, no_demanding_place]
  ) }}
  union all
  {{ judged(
    "deliveries", ["delivery_id"], "'delivery_id: another row has delivery ' || delivery_id || ' too'",
    [no_item, no_site]
  ) }}
  union all
  {{ judged(
    "stock", ["depot_id", "item_id", "batch", "as_of"],
    "'depot_id, item_id, batch: another row has this batch too'", [no_item, no_depot]
  ) }}
  union all
  {{ judged("vehicles", ["vehicle_id"], "'vehicle_id: another row has vehicle ' || vehicle_id || ' too'", [no_depot]) }}
  union all
  {{ judged(
    "travel_times", ["from_id", "to_id", "weekday", "hour"], "'from_id, to_id: another row has this way too'", [no_end]
  ) }}
  union all
  -- An end that is neither site nor depot is a junction.
  {{ judged("road_links", ["from_id", "to_id"], "'from_id, to_id: another row has this road too'") }}
  union all
  {{ judged("calendar", ["day", "area_id", "kind", "name"], "'day, name: another row has this day too'", [no_area]) }}
)
{{ refused_of_judged() }}
