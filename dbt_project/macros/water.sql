{#- What SIASAR's four tables say of the systems their rows belong to; a system is in up to four of them. -#}
{% macro siasar_systems() -%}
  select * exclude (source), min(source) as source from (
  {%- for name in ("catchments", "treatments", "storages", "distributions") %}
  select
    'siasar:' || id as system_id, fecha_encuesta, nombre, divisiones, latitud, longitud, altitud, anio, pse,
    pob_servida, viv_servidas, tipo_gravedad, tipo_bombeo, tipo_pozo_manual, tipo_agua_lluvia,
    agua_epoca_seca, agua_epoca_lluvia, source, is_synthetic
  from {{ source("water", "raw_siasar_" ~ name) }}
  {%- if not loop.last %}
  union all
  {%- endif %}
  {%- endfor %}
  ) as siasar_tables
  group by all
{%- endmacro %}

{#- SIASAR's components: table, their code, prefix of their columns. -#}
{% macro siasar_components() -%}
  {{ return([
    {"table": "raw_siasar_catchments", "component": "catchment", "prefix": "fuente"},
    {"table": "raw_siasar_treatments", "component": "treatment", "prefix": "trat"},
    {"table": "raw_siasar_storages", "component": "storage", "prefix": "almc"},
    {"table": "raw_siasar_distributions", "component": "distribution", "prefix": "dist"},
  ]) }}
{%- endmacro %}

{#- SIASAR's SI and NO as the platform's yes and no. -#}
{% macro yes_or_no(column) -%}
  case {{ column }} when 'SI' then 'yes' when 'NO' then 'no' end
{%- endmacro %}

{#- A local time in which summer time ends once and an hour comes twice, as UTC: of two equal times the first one
    read is summer time's. DuckDB takes the second of them. -#}
{% macro utc_of_local(column, zone, order_by) -%}
  timezone('UTC', timezone('{{ zone }}', {{ column }})) - case
    when row_number() over (partition by {{ column }} order by {{ order_by }}) < count(*) over (partition by {{ column }})
      and timezone('{{ zone }}', timezone('{{ zone }}', {{ column }}) - interval 1 hour) = {{ column }}
    then interval 1 hour
    else interval 0 hour
  end
{%- endmacro %}

{#- Why a day cannot be that of a visit; null where it can. -#}
{% macro day_problem(column) -%}
  case
    when {{ column }} <= date '1970-01-01' then 'stands for no day: computers count from 1970-01-01'
    when starts_with(source, 'siasar') and {{ column }} < date '2011-01-01' then 'is before SIASAR began in 2011'
  end
{%- endmacro %}

{#- Why a year cannot be that of building; null where it can. -#}
{% macro year_problem(column) -%}
  case
    when {{ column }} in (1969, 1970) then 'stands for no year: computers count from 1970-01-01'
    when {{ column }} < 1850 then 'is before there were such systems'
  end
{%- endmacro %}

{#- Why an altitude cannot be that of a system; null where it can. -#}
{% macro altitude_problem(column) -%}
  case
    when {{ column }} > 5500 then 'is above the highest settlement on earth (La Rinconada, 5,100 m)'
    when {{ column }} < -430 then 'is below the lowest shore on earth (Dead Sea)'
    when starts_with(source, 'siasar') and {{ column }} = 0 then 'is 0 m, which SIASAR has where nobody measured'
  end
{%- endmacro %}

{#- Why people and dwellings served cannot both be true; null where they can. -#}
{% macro served_problem(people, dwellings) -%}
  case
    when {{ people }} = 0 then 'is nobody, which says as much as no figure'
    when starts_with(source, 'siasar') and {{ people }} > 15000 then
      'is above 15,000: SIASAR counts villages and small towns, which in Peru end there (DL 1280)'
    when {{ people }} > 0 and {{ dwellings }} = 0 then 'are people without a dwelling'
    when {{ people }} > 15 * {{ dwellings }} then 'is over 15 a dwelling'
    when {{ people }} < {{ dwellings }} then 'is under 1 a dwelling'
  end
{%- endmacro %}

{#- Why a value that a visit measured cannot be true; null where it can. -#}
{% macro value_problem(parameter, value) -%}
  case
    when {{ parameter }} = 'storage_volume' and {{ value }} = 0 then 'is 0 L, and no storage holds nothing'
    when {{ value }} < 0 and {{ parameter }} not in ('temperature', 'redox') then 'is below 0'
    when {{ parameter }} = 'ph' and {{ value }} > 14 then 'is above 14, where the scale ends'
    when {{ parameter }} = 'service_hours' and {{ value }} > 24 then 'is above the hours of a day'
  end
{%- endmacro %}

{#- A value where it has no problem. -#}
{% macro unless_problem(column, problem) -%}
  case when {{ problem }} is null then {{ column }} end
{%- endmacro %}

{#- A name as it is compared: capitals without accents, dots and doubled spaces. -#}
{% macro comparable_name(column) -%}
  trim(regexp_replace(upper(strip_accents({{ column }})), '[^A-ZÑ0-9,]+', ' ', 'g'))
{%- endmacro %}

{#- The unit of a parameter; none where it has none. -#}
{% macro unit_of(parameter) -%}
  case {{ parameter }}
    {%- for name, unit in water_units().items() %}
    when '{{ name }}' then '{{ unit }}'
    {%- endfor %}
  end
{%- endmacro %}

{% macro water_units() -%}
  {{ return({
    "service_hours": "h",
    "storage_volume": "L",
    "free_chlorine": "mg/L",
    "turbidity": "NTU",
    "conductivity": "µS/cm",
    "e_coli": "CFU/100 mL",
    "arsenic": "mg/L",
    "nitrate": "mg/L",
    "fluoride": "mg/L",
    "temperature": "°C",
    "redox": "mV",
    "chlorine_dioxide": "mg/L",
    "chlorine_dioxide_2": "mg/L",
    "flow": "m3/h",
    "flow_2": "m3/h",
  }) }}
{%- endmacro %}

{#- What was measured, by point, system or station, parameter and day: visits with a day, and stations' readings. -#}
{% macro measured_days() -%}
  select
    subject_kind,
    subject_id,
    parameter,
    day,
    count(*) as measurements,
    avg(value order by value) as mean,
    min(value) as minimum,
    max(value) as maximum,
    list(value order by value) as all_values,
    min(source) as source,
    bool_or(is_synthetic) as is_synthetic
  from (
    select
      case when point_id is null then 'system' else 'point' end as subject_kind,
      coalesce(point_id, system_id) as subject_id,
      parameter,
      report_date as day,
      value,
      source,
      is_synthetic
    from {{ ref("surveys") }}
    where value is not null and report_date is not null
    union all
    select 'station', station_id, parameter, measured_at::date, value, source, is_synthetic
    from {{ ref("regular_readings") }}
    where value is not null
  ) as measured
  group by all
{%- endmacro %}
