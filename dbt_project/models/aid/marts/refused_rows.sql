-- Rows that keep their own contract and cannot be used beside the other tables; the first reason that holds is given.
with places as (
  select site_id as place_id from {{ ref("sites") }}
  union
  select depot_id from {{ ref("depots") }}
),
judged as (
  select
    'sites' as input,
    {{ row_key("staged", ["site_id"]) }} as row_key,
    case
      when row_number() over (partition by site_id order by source) > 1 then
        'repeated: site_id: another row has site ' || site_id || ' too'
    end as reason,
    source,
    is_synthetic
  from {{ ref("stg_sites") }} as staged
  union all
  select
    'depots',
    {{ row_key("staged", ["depot_id"]) }},
    case
      when row_number() over (partition by depot_id order by source) > 1 then
        'repeated: depot_id: another row has depot ' || depot_id || ' too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_depots") }} as staged
  union all
  select
    'demand_history',
    {{ row_key("staged", ["place_id", "item_id", "period", "period_start"]) }},
    case
      when items.item_id is null then 'item_id: there is no item ' || staged.item_id || ' in aid.items'
      when place_kind = 'site' and sites.site_id is null then
        'place_id: there is no site ' || place_id || ' in aid.sites'
      when place_kind = 'area' and areas.area_id is null then
        'place_id: there is no area ' || place_id || ' in geography.areas'
      when row_number() over (
        partition by place_id, staged.item_id, period, period_start order by staged.source
      ) > 1 then 'repeated: place_id, item_id, period_start: another row has this period too'
    end,
    staged.source,
    staged.is_synthetic
  from {{ ref("stg_demand_history") }} as staged
  left join {{ ref("items") }} as items on items.item_id = staged.item_id
  left join {{ ref("sites") }} as sites on sites.site_id = staged.place_id
  left join {{ ref("areas") }} as areas on areas.area_id = staged.place_id
  union all
  select
    'deliveries',
    {{ row_key("staged", ["delivery_id"]) }},
    case
      when items.item_id is null then 'item_id: there is no item ' || staged.item_id || ' in aid.items'
      when sites.site_id is null then 'site_id: there is no site ' || staged.site_id || ' in aid.sites'
      when row_number() over (partition by delivery_id order by staged.source) > 1 then
        'repeated: delivery_id: another row has delivery ' || delivery_id || ' too'
    end,
    staged.source,
    staged.is_synthetic
  from {{ ref("stg_deliveries") }} as staged
  left join {{ ref("items") }} as items on items.item_id = staged.item_id
  left join {{ ref("sites") }} as sites on sites.site_id = staged.site_id
  union all
  select
    'stock',
    {{ row_key("staged", ["depot_id", "item_id", "batch", "as_of"]) }},
    case
      when items.item_id is null then 'item_id: there is no item ' || staged.item_id || ' in aid.items'
      when depots.depot_id is null then 'depot_id: there is no depot ' || staged.depot_id || ' in aid.depots'
      when row_number() over (
        partition by staged.depot_id, staged.item_id, batch, as_of order by staged.source
      ) > 1 then 'repeated: depot_id, item_id, batch: another row has this batch too'
    end,
    staged.source,
    staged.is_synthetic
  from {{ ref("stg_stock") }} as staged
  left join {{ ref("items") }} as items on items.item_id = staged.item_id
  left join {{ ref("depots") }} as depots on depots.depot_id = staged.depot_id
  union all
  select
    'vehicles',
    {{ row_key("staged", ["vehicle_id"]) }},
    case
      when depots.depot_id is null then 'depot_id: there is no depot ' || staged.depot_id || ' in aid.depots'
      when row_number() over (partition by vehicle_id order by staged.source) > 1 then
        'repeated: vehicle_id: another row has vehicle ' || vehicle_id || ' too'
    end,
    staged.source,
    staged.is_synthetic
  from {{ ref("stg_vehicles") }} as staged
  left join {{ ref("depots") }} as depots on depots.depot_id = staged.depot_id
  union all
  select
    'travel_times',
    {{ row_key("staged", ["from_id", "to_id", "weekday", "hour"]) }},
    case
      when starts.place_id is null then 'from_id: there is no site or depot ' || from_id
      when ends.place_id is null then 'to_id: there is no site or depot ' || to_id
      when row_number() over (partition by from_id, to_id, weekday, hour order by source) > 1 then
        'repeated: from_id, to_id: another row has this way too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_travel_times") }} as staged
  left join places as starts on starts.place_id = staged.from_id
  left join places as ends on ends.place_id = staged.to_id
  union all
  -- An end that is neither site nor depot is a junction.
  select
    'road_links',
    {{ row_key("staged", ["from_id", "to_id"]) }},
    case
      when row_number() over (partition by from_id, to_id order by source) > 1 then
        'repeated: from_id, to_id: another row has this road too'
    end,
    source,
    is_synthetic
  from {{ ref("stg_road_links") }} as staged
  union all
  select
    'calendar',
    {{ row_key("staged", ["day", "area_id", "kind", "name"]) }},
    case
      when staged.area_id is not null and areas.area_id is null then
        'area_id: there is no area ' || staged.area_id || ' in geography.areas'
      when row_number() over (
        partition by day, staged.area_id, kind, staged.name order by staged.source
      ) > 1 then 'repeated: day, name: another row has this day too'
    end,
    staged.source,
    staged.is_synthetic
  from {{ ref("stg_calendar") }} as staged
  left join {{ ref("areas") }} as areas on areas.area_id = staged.area_id
)
select distinct
  input,
  row_key,
  case when starts_with(reason, 'repeated: ') then 'repeated' else 'unknown' end as rule,
  reason,
  source,
  is_synthetic
from judged
where reason is not null
