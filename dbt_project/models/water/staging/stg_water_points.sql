-- Points in canonical form. A drilled well, a pipe by gravity or pump, a hand pump and rainwater are improved (JMP).
{%- set sources = {
  "Río": "River",
  "Lago": "Lake",
  "Pozo Perforado": "Drilled well",
  "Pozo excavado": "Dug well",
  "Otras": "Other",
} %}
{%- set treatments = {"Desinfección con cloro": "Chlorination", "Filtración lenta": "Slow filtration"} %}
{{ canonical("water", "water_points") }}
{%- for part in siasar_components() %}
union all by name
select
  'siasar:' || {{ part["prefix"] }}_id as point_id,
  'siasar:' || id as system_id,
  '{{ part["component"] }}' as component,
  {%- if part["component"] == "distribution" %}
  latitud as lat_deg,
  longitud as lon_deg,
  {%- else %}
  {{ part["prefix"] }}_latitud as lat_deg,
  {{ part["prefix"] }}_longitud as lon_deg,
  {%- endif %}
  {%- if part["component"] == "catchment" %}
  case fuente_tipo {% for own, name in sources.items() %}when '{{ own }}' then '{{ name }}' {% endfor %}end as water_source,
  {%- endif %}
  {%- if part["component"] == "treatment" %}
  case trat_tipo {% for own, name in treatments.items() %}when '{{ own }}' then '{{ name }}' {% endfor %}end as water_tech,
  {%- endif %}
  case
    when 'SI' in (tipo_gravedad, tipo_bombeo, tipo_pozo_manual, tipo_agua_lluvia) then 'improved'
    {%- if part["component"] == "catchment" %}
    when fuente_tipo = 'Pozo Perforado' then 'improved'
    {%- endif %}
  end as facility_type,
  anio as install_year,
  source,
  is_synthetic
from {{ source("water", part["table"]) }}
{%- endfor %}
