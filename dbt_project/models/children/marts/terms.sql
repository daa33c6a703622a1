-- Terms that can be used, each once.
select *
from ({{ not_refused("terms", ["term_id"], "refused_services") }}) as terms
