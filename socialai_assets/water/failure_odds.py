"""How likely each system fails today, from its visits, the risks of its points and its area's rate. Plans nothing.

What a visit found fades: its weight is halved every `finding_half_life_years`. What is left goes to the point's risk,
or, where that is withheld or there is none, to the rate at which such components failed in its area.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from socialai_assets.methods.base_rates import shrunken_rates
from socialai_assets.water.access_tables import failed
from socialai_assets.water.repair_contracts import BASES
from socialai_assets.water.repair_settings import AccessSettings, RepairSettings

ENDS = ("fails", "fails_lower", "fails_upper")


def point_odds(
    points: pd.DataFrame,
    areas: pd.DataFrame,
    risks: pd.DataFrame,
    staleness: pd.DataFrame,
    access: AccessSettings,
    settings: RepairSettings,
) -> pd.DataFrame:
    """Probability that each point fails today, with the interval that comes of its risk's or its rate's.

    Args:
        points: `water.points`.
        areas: `geography.areas` of all levels.
        risks: `water.point_risks`.
        staleness: `water.staleness`, which says what day it is.
        access: what counts as failed.
        settings: of repairs.

    Returns:
        point_id, system_id, component, fails, fails_lower, fails_upper, is_visited, has_risk.
    """
    observed = failed(points, access).astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    above = areas.set_index("area_id")
    component = points["component"].to_numpy(object)
    levels = [component]
    for name in ("admin1_id", "admin2_id", None):
        code = points["area_id"] if name is None else points["area_id"].map(above[name])
        levels.append((code.astype("string") + "/" + points["component"]).astype(object).to_numpy())
    known = shrunken_rates(observed, levels, prior_rows=settings.rate_prior_points)
    given = risks[~risks["is_withheld"].astype(bool) & risks["risk"].notna()].drop_duplicates("point_id")
    given = given.set_index("point_id")[["risk", "lower", "upper"]].astype(float).reindex(points["point_id"])
    has_risk = given["risk"].notna().to_numpy()
    given["lower"], given["upper"] = given["lower"].fillna(given["risk"]), given["upper"].fillna(given["risk"])
    prior = np.where(has_risk[:, None], given.to_numpy(), known.to_numpy())
    today = pd.Timestamp(staleness["as_of"].max()) if len(staleness) else pd.NaT
    years = (today - pd.to_datetime(points["last_report"])).dt.days.to_numpy(float) / 365.25
    kept = np.where(np.isfinite(observed) & np.isfinite(years), 0.5 ** (years / settings.finding_half_life_years), 0.0)
    odds = np.clip(kept[:, None] * np.nan_to_num(observed)[:, None] + (1 - kept[:, None]) * prior, 0.0, 1.0)
    result = points[["point_id", "system_id", "component"]].copy()
    result[list(ENDS)] = odds
    return result.assign(is_visited=kept > 0, has_risk=has_risk)


def system_odds(systems: pd.DataFrame, odds: pd.DataFrame) -> pd.DataFrame:
    """Probability that each system fails: that any of its points does, these taken to fail independently.

    Args:
        systems: `system_id`.
        odds: what `point_odds` returns.

    Returns:
        fails, fails_lower, fails_upper, basis, in the order of `systems`; a system without points has the mean of all.
    """
    ends = list(ENDS)
    with np.errstate(divide="ignore"):
        logarithms = np.log1p(-odds[ends])
    of_system = -np.expm1(logarithms.groupby(odds["system_id"]).sum())
    flags = odds.groupby("system_id")[["is_visited", "has_risk"]].any().reindex(systems["system_id"], fill_value=False)
    result = of_system.reindex(systems["system_id"]).reset_index(drop=True)
    result = result.fillna(result.mean()).fillna(0.5)
    visited, risk = flags["is_visited"].to_numpy(), flags["has_risk"].to_numpy()
    result["basis"] = np.select([visited & risk, visited, risk], BASES[:3], BASES[3])
    return result
