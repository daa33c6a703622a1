-- Rows that keep their own contract and cannot be used beside the other tables; the first reason that holds is given.
with judged as (
  {{ judged("schools", ["school_id"], "'school_id: another row has this school too'") }}
  union all
  {{ judged("terms", ["term_id"], "'term_id: another row has this term too'") }}
  union all
  {{ judged("interventions", ["intervention_id"], "'intervention_id: another row has this kind of help too'") }}
  union all
  {{ judged(
    "services", ["service_id"], "'service_id: another row has this service too'", [
      unknown("intervention_id", ref("stg_interventions"), "children.interventions", "kind of help"),
      unknown("school_id", ref("stg_schools"), "children.schools", "school")
    ]
  ) }}
)
{{ refused_of_judged() }}
