-- Which sources poverty's tables rest on, for credits on maps and for flags on synthetic data.
{%- set inputs = ["stg_poverty_rates", "stg_area_indicators", "stg_satellite_night", "stg_satellite_day"] %}
{% for input in inputs -%}
select '{{ input }}' as input, source, bool_or(is_synthetic) as is_synthetic, count(*) as row_count
from {{ ref(input) }}
group by source
union all
{% endfor -%}
select 'areas', source, bool_or(is_synthetic), count(*)
from {{ ref("areas") }}
group by source
