-- People of concern by year, origin, asylum, type, sex and age, summed over locations and accommodation.
select
  year,
  origin,
  asylum,
  population_type,
  sex,
  age_group,
  sum(people) as people,
  case when sex <> 'all' then
    100 * sum(people) / nullif(sum(sum(people)) over (
      partition by year, origin, asylum, population_type, source, sex = 'all'
    ), 0)
  end as share_pct,
  source,
  bool_or(is_synthetic) as is_synthetic
from {{ ref("stg_population_groups") }}
group by year, origin, asylum, population_type, sex, age_group, source
