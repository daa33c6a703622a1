"""Which of SIASAR's columns a risk model may see, and why not the others. The one place where that is decided.

Both targets, whether a treatment works and whether a catchment is in state C or D, are found by a visit. Whatever the
same visit finds of how things are is found together with them and would not be known of a point nobody has visited.
"""

from __future__ import annotations

TARGETS: dict[str, str] = {
    "trat_funciona": "whether the treatment works: what is to be told",
    "capt_estado": "state of the catchment: what is to be told",
}

_STATE = "a state that the same visit gave to another component"
_SUFFICIENCY = "whether water was enough, which the same visit judged"
_DIAGNOSIS = "a diagnosis of the source by the same visit"
_INDEX = "an index that SIASAR computes from the findings of the visit, the targets among them"
_CARE = "how the system is run and measured, found by the same visit"

LEAKAGE: dict[str, str] = {
    "trat_estado": _STATE,
    "almc_estado": _STATE,
    "dist_estado": _STATE,
    "agua_epoca_seca": _SUFFICIENCY,
    "agua_epoca_lluvia": _SUFFICIENCY,
    "dist_horas": "hours of service, which end where a system fails",
    "dist_micromed_opera": "meters that work",
    "dist_micromed": _CARE,
    "dist_conexiones": "connections counted at the visit, 0 where a network has fallen",
    "dist_distancia": _CARE,
    "almc_volumen": _CARE,
    "almc_volumen_ud": _CARE,
    "almc_limpieza": _CARE,
    "almc_limpieza_ud": _CARE,
    "capt": "whether there is a catchment, beside its state",
    "capt_macromedicion": _CARE,
    **dict.fromkeys(
        (
            "fuente_vegetacion",
            "fuente_erosion",
            "fuente_proteccion",
            "fuente_contaminacion_org",
            "fuente_contaminacion_inorg",
            "fuente_caudal",
            "fuente_caudal_ud",
            "fuente_caudal_fecha",
            "fuente_caudal_estiaje",
            "fuente_caudal_estiaje_ud",
            "fuente_caudal_estiaje_fecha",
        ),
        _DIAGNOSIS,
    ),
    **dict.fromkeys(("eiaaut", "eiainf", "eiazpa", "eiastr", "eia"), _INDEX),
    "fecha_encuesta": "the day of the visit: crews go from district to district, so it names the crew and the place",
    "fecha_validacion": "the day the findings were validated",
    "monto_rehab": "money for rehabilitation, spent where something had failed",
}
"""Columns observed together with the targets, with the reason."""

IDENTITIES: dict[str, str] = {
    **dict.fromkeys(
        ("id", "fuente_id", "trat_id", "almc_id", "dist_id"), "a number given in the order rows were entered"
    ),
    **dict.fromkeys(
        ("nombre", "comunidades", "pse", "codigo", "fuente_codigo", "fuente_nombre", "trat_codigo", "almc_codigo"),
        "a name or code",
    ),
    "dist_codigo": "a name or code",
    "pais": "one country",
    "divisiones": "the district, a block of the evaluation and no feature",
    "otras_divisiones": "a name or code",
    **dict.fromkeys(("n_comunidades", "n_pse", "fuente_principal"), "one value throughout"),
    **dict.fromkeys(("financiamientos", "monto_financ"), "empty"),
    **dict.fromkeys(
        (
            "fuente_latitud",
            "fuente_longitud",
            "fuente_altitud",
            "trat_latitud",
            "trat_longitud",
            "trat_altitud",
            "almc_latitud",
            "almc_longitud",
            "almc_altitud",
        ),
        "the system's own throughout",
    ),
}
"""Columns that say nothing a model could learn from, with the reason."""

AREA_COVARIATES: dict[str, str] = {
    "area_poverty_pct": "poverty_rate_pct",
    "area_night_light": "night_light_mean",
    "area_lit_share": "night_light_lit_share",
    "area_greenness": "daylight_greenness_mean",
    "area_ruggedness": "daylight_texture_mean",
    "area_indigenous_language_pct": "indigenous_language_pct",
    "area_dropout_pct": "dropout_rate_pct",
    "area_km_to_admin1_capital": "distance_to_admin1_capital_km",
    "area_km_to_city": "distance_to_city_50000_km",
    "area_population_potential_log": "population_potential_log",
    "area_places_per_km2_log": "place_density_log",
}
"""Features of the area from `poverty.district_features` and `poverty.official_rates`, with their column there."""

ORIGINS: dict[str, tuple[str, ...]] = {
    "water_source": ("fuente_tipo",),
    "water_tech": ("trat_tipo",),
    "supply": ("tipo_gravedad", "tipo_bombeo", "tipo_pozo_manual", "tipo_agua_lluvia"),
    "install_year": ("anio",),
    "altitude_m": ("altitud",),
    "served_population": ("pob_servida", "viv_servidas"),
    "served_households": ("pob_servida", "viv_servidas"),
    "people_per_household": ("pob_servida", "viv_servidas"),
    "km_to_capital": ("latitud", "longitud"),
    "above_capital_m": ("altitud",),
    "km_to_urban_place": ("latitud", "longitud"),
    "places_within_5_km": ("latitud", "longitud"),
    # Of the area, which a point's coordinates and names lead to.
    "area_people_per_km2": (),
    "area_urban_place_share": (),
    "natural_region": (),
    "lat_deg": ("latitud",),
    "lon_deg": ("longitud",),
    # Of the area too, from tables of another domain: pictures from space, registers, and the official poverty map,
    # which is of 2018 and an estimate for the whole district. No visit to a water system goes into any of them.
    **dict.fromkeys(AREA_COVARIATES, ()),
}
"""Every feature of `water.features` with the columns of SIASAR it is made of."""

KEYS = ("point_id", "system_id", "component", "area_id", "admin2_id", "admin1_id", "source", "is_synthetic")
"""Columns of `water.features` that name the row and its blocks, and that no model is given."""
