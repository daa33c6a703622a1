{#- The conflict that a file of FLEE's belongs to: the folder below `flee_camps`. -#}
{% macro flee_conflict(file_name) -%}
  split_part(split_part({{ file_name }}, 'flee_camps/', 2), '/', 1)
{%- endmacro %}

{#- A place of FLEE's as a code: names are unique within a conflict, and their letter case is not reliable. -#}
{% macro flee_place(file_name, name) -%}
  {{ flee_conflict(file_name) }} || ':' || replace(lower(trim({{ name }})), ' ', '_')
{%- endmacro %}

{#- A country as FLEE writes it as ISO 3166-1 alpha-3; one that is not among them stays as it is. -#}
{% macro flee_country(name) -%}
  case {{ name }}
    {%- for written, code in flee_country_names().items() %}
    when '{{ written }}' then '{{ code }}'
    {%- endfor %}
    else {{ name }}
  end
{%- endmacro %}

{% macro flee_country_names() -%}
  {{ return({
    "Burkina_Faso": "BFA",
    "Burundi": "BDI",
    "CAR": "CAF",
    "Cameroon": "CMR",
    "Chad": "TCD",
    "DRC": "COD",
    "Ethiopia": "ETH",
    "Iraq": "IRQ",
    "Jordan": "JOR",
    "Kenya": "KEN",
    "Lebanon": "LBN",
    "Mali": "MLI",
    "Mauritania": "MRT",
    "Niger": "NER",
    "Nigeria": "NGA",
    "RC": "COG",
    "Rwanda": "RWA",
    "South_Sudan": "SSD",
    "Sudan": "SDN",
    "Syria": "SYR",
    "Tanzania": "TZA",
    "Turkey": "TUR",
    "Uganda": "UGA",
  }) }}
{%- endmacro %}

{#- First day of each conflict's simulation, which FLEE counts days from. -#}
{% macro flee_first_days() -%}
  select {{ flee_conflict("file_name") }} as conflict_id, min(try_cast(value as date)) as first_day
  from {{ source("refugees", "raw_flee_periods") }}
  where setting = 'StartDate'
  group by all
{%- endmacro %}

{#- Which file belongs to which camp; a camp with several files is reported in parts. -#}
{% macro flee_files() -%}
  select
    {{ flee_conflict("file_name") }} as conflict_id,
    {{ flee_place("file_name", "location") }} as camp_id,
    lower(location) = 'total' as is_total,
    file_2 is not null as in_parts,
    unnest(list_filter([file_1, file_2, file_3], lambda file: file is not null)) as file,
    source,
    is_synthetic
  from {{ source("refugees", "raw_flee_layouts") }}
{%- endmacro %}
