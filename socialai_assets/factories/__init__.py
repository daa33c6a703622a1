"""Factories of the Dagster objects that every domain is made of. What a domain computes is not here."""
