"""Disclosure control of tables of counts: what may be published, and what can be worked out from it. Reads no store."""
