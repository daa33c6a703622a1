-- Official poverty rates in canonical form. INEI numbers its groups of districts within a department.
{{ canonical("poverty", "poverty_rates") }}
union all by name
select
  ubigeo as area_id,
  2018::bigint as year,
  pobreza_monetaria as poverty_rate_pct,
  conf_95_inf as lower_pct,
  conf_95_sup as upper_pct,
  case when agrupados <> '000' then left(ubigeo, 4) || '-' || agrupados end as estimate_group,
  source,
  is_synthetic
from {{ source("poverty", "raw_inei_poverty_map_2018") }}
