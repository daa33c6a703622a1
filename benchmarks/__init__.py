"""Benchmarks: commands that print the project's headline figures. Nothing here is imported by the platform."""
