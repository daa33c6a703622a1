"""How people and programs get to the tables: gate, service and dashboard. Computes no results of its own."""
