-- People and dwellings served in canonical form.
{{ canonical("water", "population_served") }}
union all by name
select distinct
  system_id,
  fecha_encuesta as report_date,
  pob_servida as served_population,
  viv_servidas as served_households,
  source,
  is_synthetic
from ({{ siasar_systems() }}) as siasar
where pob_servida is not null or viv_servidas is not null
