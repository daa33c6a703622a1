"""Maps, pictures and exports made from frames. No Dagster, no domain and no modelling belongs here."""
