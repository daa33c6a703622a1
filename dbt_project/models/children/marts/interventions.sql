-- Interventions that can be used, each once.
select *
from ({{ not_refused("interventions", ["intervention_id"], "refused_services") }}) as interventions
