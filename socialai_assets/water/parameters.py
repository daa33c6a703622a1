"""The parameters of water quality and service that may land, with unit and scale. Limits are in quality_limits.sql."""

from __future__ import annotations

from dataclasses import dataclass

STATE = ("A", "B", "C", "D")
WHETHER = ("yes", "no")


@dataclass(frozen=True)
class Parameter:
    """One thing that is measured or judged.

    Attributes:
        words: what it is.
        unit: unit of a measurement; none for what is judged or has no unit.
        scale: grades of what is judged; None for what is measured.
        sensed: whether a station's sensor may report it.
    """

    words: str
    unit: str | None = None
    scale: tuple[str, ...] | None = None
    sensed: bool = False


PARAMETERS: dict[str, Parameter] = {
    "treatment_works": Parameter("whether the treatment works", scale=WHETHER),
    "water_available": Parameter("whether water came when the point was visited (WPdx `status_id`)", scale=WHETHER),
    "enough_in_dry_season": Parameter("whether there is enough water in the dry season", scale=WHETHER),
    "enough_in_rainy_season": Parameter("whether there is enough water in the rainy season", scale=WHETHER),
    "catchment_state": Parameter("state of the catchment", scale=STATE),
    "storage_state": Parameter("state of the storage", scale=STATE),
    "distribution_state": Parameter("state of the network", scale=STATE),
    "treatment_state": Parameter("state of the treatment", scale=STATE),
    "service_hours": Parameter("hours of service a day", "h"),
    "connections": Parameter("connections of the network"),
    "metered_connections": Parameter("connections with a meter"),
    "storage_volume": Parameter("volume of the storage", "L"),
    "free_chlorine": Parameter("free residual chlorine", "mg/L", sensed=True),
    "turbidity": Parameter("turbidity", "NTU", sensed=True),
    "ph": Parameter("pH", sensed=True),
    "conductivity": Parameter("electric conductivity at 25 °C", "µS/cm", sensed=True),
    "e_coli": Parameter("Escherichia coli", "CFU/100 mL"),
    "arsenic": Parameter("arsenic", "mg/L"),
    "nitrate": Parameter("nitrate, as the ion", "mg/L"),
    "fluoride": Parameter("fluoride", "mg/L"),
    "temperature": Parameter("temperature of the water", "°C", sensed=True),
    "redox": Parameter("redox potential", "mV", sensed=True),
    "chlorine_dioxide": Parameter("chlorine dioxide", "mg/L", sensed=True),
    "chlorine_dioxide_2": Parameter("chlorine dioxide at a second place", "mg/L", sensed=True),
    "flow": Parameter("flow", "m3/h", sensed=True),
    "flow_2": Parameter("flow in a second line", "m3/h", sensed=True),
}

SENSED = tuple(name for name, parameter in PARAMETERS.items() if parameter.sensed)
"""What a station's sensors may report."""
