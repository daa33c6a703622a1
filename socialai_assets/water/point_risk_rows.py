"""Rows of `water.point_risks` and `water.risk_models` from served models and what visits found. Fits nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from socialai_assets.water.risk_contracts import NEAREST
from socialai_assets.water.risk_rows import estimable
from socialai_assets.water.risk_training import MODELS, SPLIT_OF
from socialai_assets.water.risk_wording import drivers_json, sentence
from socialai_assets.water.served_risk import ServedRisk

TOO_FEW = "too few points were visited for a model to learn from"
_NEAR = {
    "district": "other systems of its district were visited",
    "province": "no other system of its district was visited, some of its province were",
    "department": "no other system of its province was visited, some of its department were",
    "country": "no other system of its department was visited",
}


def model_rows(target: str, model: ServedRisk | None, version: int | None) -> pd.DataFrame:
    """A row for each of `NEAREST` of one target: columns of `water.risk_models` but for visits and is_synthetic."""
    rows = []
    for nearest in NEAREST:
        one = None if model is None else model.served[nearest]
        skill = None if one is None else one.skill
        rows.append(
            {
                "target": target,
                "nearest_visits": nearest,
                "split": SPLIT_OF[nearest],
                "model": "none" if one is None else one.name,
                "model_version": version,
                "is_baseline": True if one is None else one.is_baseline,
                "is_withheld": True if one is None else one.is_withheld,
                "reason": TOO_FEW if one is None else one.reason,
                "auc": np.nan if skill is None else skill.gain,
                "auc_lower": np.nan if skill is None else skill.lower,
                "auc_upper": np.nan if skill is None else skill.upper,
            }
        )
    return pd.DataFrame(rows).astype({"model_version": "Int64"})


def point_risks(
    features: pd.DataFrame,
    outcomes: pd.DataFrame,
    staleness: pd.DataFrame,
    served: Mapping[str, tuple[ServedRisk, int]],
) -> pd.DataFrame:
    """One row a point and target, its risk or why there is none, beside what its latest visit found.

    Args:
        features: `water.features`.
        outcomes: `water.visit_outcomes`.
        staleness: `water.staleness`, whose `as_of` is the day ages are counted to.
        served: target to model and version.

    Returns:
        Columns of `water.point_risks`.
    """
    parts = [_of_target(features, target, served.get(target)) for target in MODELS]
    found = pd.concat(parts, ignore_index=True)
    last = outcomes[outcomes["visit_number"] == 1].rename(columns={"outcome": "observed"})
    found = found.merge(last[["point_id", "target", "observed", "report_date"]], on=["point_id", "target"], how="left")
    as_of = pd.to_datetime(staleness["as_of"]).max()
    found["days_since_report"] = (as_of - pd.to_datetime(found.pop("report_date"))).dt.days.astype("Int64")
    found["observed"] = found["observed"].astype("boolean")
    return found.sort_values(["point_id", "target"], ignore_index=True)


def _of_target(features: pd.DataFrame, target: str, served: tuple[ServedRisk, int] | None) -> pd.DataFrame:
    kept = ["point_id", "system_id", "area_id", "component", "source", "is_synthetic"]
    if served is None:
        rows = estimable(features, target)[kept]
        made = rows.assign(
            nearest_visits="country", model="none", is_withheld=True, risk=np.nan, lower=np.nan, upper=np.nan
        ).assign(risk_class=None, reason=f"Withheld: {TOO_FEW}.", model_version=None, drivers=None, cluster=None)
    else:
        model, version = served
        made = told_rows(model, version, model.rows(features))
    return made.assign(target=target).astype({"model_version": "Int64", "cluster": "Int64"})


def told_rows(model: ServedRisk, version: int, rows: pd.DataFrame) -> pd.DataFrame:
    """Risks of points with what drives each, or why it is withheld.

    Args:
        model: the model in use.
        version: its version.
        rows: `ServedRisk.rows`, or some of them.
    """
    kept = ["point_id", "system_id", "area_id", "component", "source", "is_synthetic"]
    made = rows[kept].reset_index(drop=True).merge(model.estimate(rows), on="point_id")
    typical, effects = model.drivers(rows)
    told = [
        _told(model, one, float(usual), dict(zip(effects, added, strict=True)))
        for one, usual, added in zip(made.to_dict("records"), typical, effects.to_numpy(), strict=True)
    ]
    made["reason"], made["drivers"] = [reason for reason, _ in told], [drivers for _, drivers in told]
    return made.assign(model_version=version, cluster=None)


def _told(
    model: ServedRisk, point: Mapping[str, Any], typical: float, effects: Mapping[str, float]
) -> tuple[str, str | None]:
    """Why a risk is withheld or what drives it, and its drivers as JSON."""
    nearest = str(point["nearest_visits"])
    if point["is_withheld"]:
        return f"Withheld, as {_NEAR[nearest]}: {model.served[nearest].reason}.", None
    return sentence(float(point["risk"]), typical, effects), drivers_json(effects)
