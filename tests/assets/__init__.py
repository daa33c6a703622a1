"""Tests of the asset graph and of how it behaves on a real Dagster instance."""
