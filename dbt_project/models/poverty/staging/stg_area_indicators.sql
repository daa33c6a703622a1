-- Indicators of areas in canonical, long form.
{{ canonical("poverty", "area_indicators") }}
union all by name
select ubigeo as area_id, 'dropout_rate_pct' as indicator, admin_dropout_rate as value, source, is_synthetic
from {{ source("poverty", "raw_minedu_district_indicators") }}
where admin_dropout_rate is not null
union all by name
select ubigeo as area_id, 'indigenous_language_pct' as indicator, indigenous_language_pct as value, source, is_synthetic
from {{ source("poverty", "raw_minedu_district_indicators") }}
where indigenous_language_pct is not null
