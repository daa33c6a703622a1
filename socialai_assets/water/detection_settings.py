"""What counts as unusual in readings of water, for files and for the stream alike. Finds nothing itself."""

from __future__ import annotations

from socialai_assets.methods.anomaly.sensor_tests import DetectorSettings
from socialai_assets.water.parameters import SENSED

RESOLUTION = {
    "free_chlorine": 0.02,
    "turbidity": 0.01,
    "ph": 0.02,
    "conductivity": 2.0,
    "temperature": 0.2,
    "redox": 2.0,
    "chlorine_dioxide": 0.005,
    "chlorine_dioxide_2": 0.005,
}
"""Twice the last digit of common sensors, in the parameter's unit: below it nothing is read into a difference."""

OPERATED = frozenset({"flow", "flow_2"})
"""Changed by those who run the plant, as they like."""

PARAMETERS = SENSED
"""What a detector of water knows."""


def detector_settings() -> DetectorSettings:
    """The settings of every detector of water; a stored state fits these only."""
    return DetectorSettings(resolution=RESOLUTION, operated=OPERATED)
