"""A small country whose poverty follows its lights and its altitude, for tests of models. Tests nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

COVARIATES = ("night_light_mean", "altitude_m")


def country(areas: int = 120, provinces: int = 12) -> pd.DataFrame:
    """Areas in provinces and three departments; the rate follows the lights and the altitude."""
    random = np.random.default_rng(3)
    province = np.arange(areas) * provinces // areas
    rows = pd.DataFrame(
        {
            "area_id": [f"{number:06d}" for number in range(areas)],
            "admin1_id": [f"{number * 3 // provinces:02d}" for number in province],
            "admin2_id": [f"{number:04d}" for number in province],
            "natural_region": np.where(province % 2 == 0, "coast", "jungle"),
            "latitude": -5.0 - province % 4 + random.uniform(-0.3, 0.3, areas),
            "longitude": -75.0 + province // 4 + random.uniform(-0.3, 0.3, areas),
            "night_light_mean": random.uniform(0, 200, areas),
            "altitude_m": random.uniform(0, 4000, areas),
            "population_log": np.log1p(4000.0),
            "population_density_log": 1.0,
            "lower_pct": np.nan,
            "upper_pct": np.nan,
            "estimate_group": None,
            "is_synthetic": False,
        }
    )
    rate = 45 - 0.25 * rows["night_light_mean"] + 0.005 * rows["altitude_m"] + random.normal(0, 2, areas)
    return rows.assign(poverty_rate_pct=rate.clip(0, 100))
