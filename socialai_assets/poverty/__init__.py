"""Poverty: official rates, what tables and pictures say of each district, estimates with intervals, maps."""
