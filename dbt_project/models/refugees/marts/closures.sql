-- Which roads are closed when: the road itself, those of a closed place, those across a closed border.
with places as (
  select camp_id as place_id, country from {{ ref("camps") }}
  union
  select location_id, country from {{ ref("locations") }}
),
roads as (
  select links.*, starts.country as from_country, ends.country as to_country
  from {{ ref("links") }} as links
  join places as starts on starts.place_id = from_id
  join places as ends on ends.place_id = to_id
)
select
  closed.closure_id,
  roads.conflict_id,
  roads.from_id,
  roads.to_id,
  closed.kind,
  concat_ws(' - ', closed.from_id, closed.to_id) as closes,
  closed.closed_from,
  closed.closed_until,
  closed.source,
  closed.is_synthetic
from (
  {{ not_refused("closures", ["closure_id"], "refused_inputs") }}
) as closed
join roads on roads.conflict_id = closed.conflict_id and case closed.kind
  when 'place' then closed.from_id in (roads.from_id, roads.to_id)
  when 'link' then least(closed.from_id, closed.to_id) = roads.from_id
    and greatest(closed.from_id, closed.to_id) = roads.to_id
  else least(closed.from_id, closed.to_id) = least(from_country, to_country)
    and greatest(closed.from_id, closed.to_id) = greatest(from_country, to_country)
end
