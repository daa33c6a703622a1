-- What each column of SIASAR's tables holds: a column with one value throughout says nothing of any system.
{%- set names = ["raw_siasar_catchments", "raw_siasar_treatments", "raw_siasar_storages", "raw_siasar_distributions"] %}
with long as (
  {%- for name in names %}
  select '{{ name }}' as table_name, column_name, landed_value
  from (
    select columns(* exclude (source, is_synthetic, file_name, file_line))::varchar
    from {{ source("water", name) }}
  ) unpivot include nulls (landed_value for column_name in (columns(*)))
  {%- if not loop.last %}
  union all
  {%- endif %}
  {%- endfor %}
)
select
  table_name,
  column_name,
  count(*) as rows,
  count(landed_value) as filled,
  count(distinct landed_value) as distinct_values,
  case count(distinct landed_value) when 0 then 'empty' when 1 then 'constant' else 'varies' end as contents,
  case when count(distinct landed_value) = 1 then min(landed_value) end as only_value
from long
group by table_name, column_name
