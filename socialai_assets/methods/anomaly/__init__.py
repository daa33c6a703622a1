"""Finding what is not as usual in readings of sensors: tests, detectors, alarms, scores. Knows no table."""
