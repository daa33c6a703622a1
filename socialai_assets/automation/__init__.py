"""When things run: conditions, sensors, alerts. What runs is defined in the domains."""
