-- People of concern in canonical form; groups of nobody are left out. Who is of unknown sex is a group of its own.
{%- set totals = {
  "refugees": "refugees",
  "asylum_seekers": "asylum_seekers",
  "idps": "internally_displaced",
  "returned_refugees": "returned_refugees",
  "returned_idps": "returned_internally_displaced",
  "stateless": "stateless",
  "ooc": "others_of_concern",
  "oip": "others_in_need_of_protection",
  "hst": "host_community",
} %}
{%- set codes = {
  "REF": "refugees",
  "ASY": "asylum_seekers",
  "IDP": "internally_displaced",
  "RET": "returned_refugees",
  "RDP": "returned_internally_displaced",
  "STA": "stateless",
  "OOC": "others_of_concern",
  "OIP": "others_in_need_of_protection",
  "HST": "host_community",
} %}
{%- set sexes = {"f": "female", "m": "male"} %}
{%- set ages = {"0_4": "0-4", "5_11": "5-11", "12_17": "12-17", "18_59": "18-59", "60": "60+", "other": "unknown"} %}
with counted as (
  select
    year,
    coo_iso as origin,
    coa_iso as asylum,
    source,
    is_synthetic,
    unnest([{% for kind in totals.values() %}'{{ kind }}'{{ ", " if not loop.last }}{% endfor %}]) as population_type,
    unnest([{{ totals.keys() | join(", ") }}]) as people
  from {{ source("refugees", "raw_unhcr_population") }}
),
grouped as (
  select
    year,
    coo_iso as origin,
    coa_iso as asylum,
    case pop_type
      {%- for code, kind in codes.items() %}
      when '{{ code }}' then '{{ kind }}'
      {%- endfor %}
    end as population_type,
    location,
    acc_type || '/' || loc_type as accommodation,
    source,
    is_synthetic,
    unnest([
      {%- for sex in sexes.values() %}{% for _ in ages %}'{{ sex }}', {% endfor %}{% endfor %}'unknown']) as sex,
    unnest([
      {%- for _ in sexes %}{% for age in ages.values() %}'{{ age }}', {% endfor %}{% endfor %}'unknown']) as age_group,
    unnest([
      {%- for letter in sexes %}{% for age in ages %}{{ letter }}_{{ age }}, {% endfor %}{% endfor -%}
      total - f_total - m_total]) as people
  from {{ source("refugees", "raw_unhcr_demographics") }}
)
{{ canonical("refugees", "population_groups") }}
union all by name
select *, 'all' as sex, 'all' as age_group, 'all' as location, 'all' as accommodation
from counted
where people > 0
union all by name
select * from grouped where people > 0
