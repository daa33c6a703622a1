"""Landed files become checked rows here: contracts, sources, readers, mappings. Holds no Dagster and no domain."""
