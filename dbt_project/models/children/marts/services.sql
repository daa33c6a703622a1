-- Services that can be used, each once.
select *
from ({{ not_refused("services", ["service_id"], "refused_services") }}) as services
