"""What each covariate of the poverty model is called in English and Spanish, and its driver. No figures here.

Covariates that say nearly the same are one driver, since a model spreads its reasons over them as it likes.
"""

from __future__ import annotations

from dataclasses import dataclass

NEIGHBOURS = "neighbours_"
BOUNDS = "bounds"

DRIVERS: dict[str, dict[str, str]] = {
    "official_poverty_near_by": {"en": "Official poverty near by", "es": "Pobreza oficial en los alrededores"},
    "night_lights": {"en": "Night lights", "es": "Luces nocturnas"},
    "daylight": {"en": "Land seen by day", "es": "Terreno visto de día"},
    "altitude": {"en": "Altitude", "es": "Altitud"},
    "position": {"en": "Position in the country", "es": "Posición en el país"},
    "language": {"en": "Indigenous language", "es": "Lengua indígena"},
    "school": {"en": "School dropout", "es": "Deserción escolar"},
    "settlement": {"en": "People and settlements", "es": "Población y centros poblados"},
    "access": {"en": "Distance to towns", "es": "Distancia a las ciudades"},
    BOUNDS: {"en": "Kept between 0 and 100 %", "es": "Limitado entre 0 y 100 %"},
}


@dataclass(frozen=True)
class Wording:
    """How a covariate is spoken of.

    Attributes:
        driver: key of `DRIVERS`.
        en, es: what a low and a high value is called.
        unit: of the figure shown behind the words; empty where the figure says nothing to people.
    """

    driver: str
    en: tuple[str, str]
    es: tuple[str, str]
    unit: str = ""

    def of_neighbours(self) -> Wording:
        """The wording of the covariate's mean over the neighbouring districts."""
        return Wording(
            self.driver,
            (f"{self.en[0]} in the districts around", f"{self.en[1]} in the districts around"),
            (f"{self.es[0]} en los distritos vecinos", f"{self.es[1]} en los distritos vecinos"),
            self.unit,
        )


def _distance(en: str, es: str) -> Wording:
    return Wording("access", (f"close to {en}", f"far from {en}"), (f"cerca de {es}", f"lejos de {es}"), "km")


_OWN: dict[str, Wording] = {
    "latitude": Wording("position", ("further south", "further north"), ("más al sur", "más al norte")),
    "longitude": Wording("position", ("further west", "further east"), ("más al oeste", "más al este")),
    "distance_to_outline_km": Wording(
        "position",
        ("close to the coast or the border", "far from the coast and the border"),
        ("cerca de la costa o la frontera", "lejos de la costa y la frontera"),
        "km",
    ),
    "altitude_m": Wording("altitude", ("low altitude", "high altitude"), ("poca altitud", "mucha altitud"), "m"),
    "dropout_rate_pct": Wording(
        "school",
        ("few pupils leave school", "many pupils leave school"),
        ("poca deserción escolar", "mucha deserción escolar"),
        "%",
    ),
    "indigenous_language_pct": Wording(
        "language",
        ("few people with an indigenous mother tongue", "many people with an indigenous mother tongue"),
        ("pocas personas con lengua materna indígena", "muchas personas con lengua materna indígena"),
        "%",
    ),
    "night_light_mean": Wording(
        "night_lights", ("little light at night", "much light at night"), ("poca luz nocturna", "mucha luz nocturna")
    ),
    "night_light_max": Wording(
        "night_lights",
        ("no bright spot at night", "a bright centre at night"),
        ("sin puntos de luz intensa de noche", "un centro muy iluminado de noche"),
    ),
    "night_light_excess_sum": Wording(
        "night_lights",
        ("little light altogether", "much light altogether"),
        ("poca luz nocturna en total", "mucha luz nocturna en total"),
    ),
    "night_light_lit_share": Wording(
        "night_lights",
        ("a small part lit at night", "a large part lit at night"),
        ("una parte pequeña iluminada de noche", "una parte grande iluminada de noche"),
    ),
    "night_light_warmth_mean": Wording(
        "night_lights",
        ("bluish light at night", "yellowish light at night"),
        ("luz nocturna azulada", "luz nocturna amarillenta"),
    ),
    "daylight_brightness_mean": Wording("daylight", ("dark ground", "bright ground"), ("suelo oscuro", "suelo claro")),
    "daylight_greenness_mean": Wording(
        "daylight", ("little green", "much green"), ("poca vegetación", "mucha vegetación")
    ),
    "daylight_greenness_stdev": Wording(
        "daylight",
        ("evenly green or bare", "green and bare side by side"),
        ("cobertura uniforme", "vegetación y suelo desnudo mezclados"),
    ),
    "daylight_redness_mean": Wording(
        "daylight", ("ground not reddish", "reddish ground"), ("suelo poco rojizo", "suelo rojizo")
    ),
    "daylight_texture_mean": Wording(
        "daylight", ("smooth ground", "rugged ground"), ("terreno liso", "terreno accidentado")
    ),
    "urban_place_share": Wording(
        "settlement",
        ("few of its settlements are urban", "many of its settlements are urban"),
        ("pocos centros poblados urbanos", "muchos centros poblados urbanos"),
    ),
    "population_log": Wording(
        "settlement", ("few inhabitants", "many inhabitants"), ("poca población", "mucha población")
    ),
    "population_density_log": Wording(
        "settlement", ("thinly populated", "densely populated"), ("población dispersa", "población concentrada")
    ),
    "place_density_log": Wording(
        "settlement",
        ("settlements far apart", "settlements close together"),
        ("centros poblados distantes entre sí", "centros poblados muy próximos"),
    ),
    "population_per_place_log": Wording(
        "settlement",
        ("small settlements", "large settlements"),
        ("centros poblados pequeños", "centros poblados grandes"),
    ),
    "place_distance_to_urban_km": Wording(
        "access",
        ("settlements close to an urban one", "settlements far from an urban one"),
        ("centros poblados cerca de uno urbano", "centros poblados lejos de uno urbano"),
        "km",
    ),
    "distance_to_admin2_capital_km": _distance("the provincial capital", "la capital provincial"),
    "distance_to_admin1_capital_km": _distance("the department's capital", "la capital departamental"),
    "distance_to_city_50000_km": _distance("a town of 50,000 people", "una ciudad de 50,000 habitantes"),
    "distance_to_city_200000_km": _distance("a city of 200,000 people", "una ciudad de 200,000 habitantes"),
    "distance_to_largest_city_km": _distance("the largest city", "la ciudad más grande"),
    "population_potential_log": Wording(
        "access",
        ("few people live around", "many people live around"),
        ("poca población alrededor", "mucha población alrededor"),
    ),
}

_LAGGED: dict[str, Wording] = {
    "lagged_value_100km": Wording(
        "official_poverty_near_by",
        ("low official poverty in other provinces near by", "high official poverty in other provinces near by"),
        ("poca pobreza oficial en otras provincias cercanas", "mucha pobreza oficial en otras provincias cercanas"),
        "%",
    ),
    "lagged_value_region": Wording(
        "official_poverty_near_by",
        (
            "low official poverty in the department's other provinces",
            "high official poverty in the department's other provinces",
        ),
        (
            "poca pobreza oficial en otras provincias del departamento",
            "mucha pobreza oficial en otras provincias del departamento",
        ),
        "%",
    ),
}

_WORDINGS = {**_OWN, **{NEIGHBOURS + name: own.of_neighbours() for name, own in _OWN.items()}, **_LAGGED}

# What is asked "what if": covariates a policy can reach or an official would name, each with what moves with it. The
# first is the one whose figures are told.
LEVERS: dict[str, tuple[str, ...]] = {
    "dropout_rate_pct": ("dropout_rate_pct",),
    "place_distance_to_urban_km": ("place_distance_to_urban_km",),
    "night_light_mean": ("night_light_mean", "night_light_max", "night_light_excess_sum", "night_light_lit_share"),
}
LEVER_NAMES: dict[str, dict[str, str]] = {
    "dropout_rate_pct": {"en": "school dropout", "es": "la deserción escolar"},
    "place_distance_to_urban_km": {
        "en": "the distance of its settlements to an urban one",
        "es": "la distancia de sus centros poblados a uno urbano",
    },
    "night_light_mean": {"en": "night light (0 to 255)", "es": "la luz nocturna (0 a 255)"},
}


def wording(covariate: str) -> Wording:
    """How a covariate is spoken of.

    Raises:
        KeyError: nobody has put it into words yet; they belong into this module.
    """
    return _WORDINGS[covariate]


def phrase(covariate: str, value: float, middle: float, language: str) -> str:
    """A covariate's value in words: low or high beside the mean, with its figure where that means something.

    Args:
        covariate: its name.
        value: of the district; missing is said so.
        middle: mean of all districts.
        language: `en` or `es`.
    """
    words = wording(covariate)
    if value != value:
        return {"en": "figure missing: {}", "es": "dato ausente: {}"}[language].format(DRIVERS[words.driver][language])
    low, high = words.en if language == "en" else words.es
    figure = f" ({number(value)} {words.unit})" if words.unit else ""
    return (low if value < middle else high) + figure


def number(value: float) -> str:
    """A figure as it is written in Peru and in English: 1,234 or 12.3."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == 0 else f"{value:.1f}"


def points(effect: float) -> str:
    """An effect with its sign, in percentage points."""
    return f"{'+' if effect >= 0 else chr(0x2212)}{abs(effect):.1f}"
