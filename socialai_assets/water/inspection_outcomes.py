"""Whether what visits have found since the last training asks for another one: one pure function and its asset."""

import math

import pandas as pd
from dagster import asset

from socialai_assets.factories.tables import table_asset, tables
from socialai_assets.ingest.contract import empty, validate
from socialai_assets.water.inspection_settings import InspectionSettings, inspection_settings
from socialai_assets.water.outreach_contracts import OutcomeDrift


def outcome_drift_rows(
    outcomes: pd.DataFrame, learned: pd.DataFrame, risks: pd.DataFrame, settings: InspectionSettings
) -> pd.DataFrame:
    """Visits that no model has learned from, by target, and whether they came out as its risks said.

    A point's new visits are its newest ones, as many as it has more than at the last training. The number of failures
    is held against the risks by the normal approximation of the Poisson-binomial distribution, two-sided.

    Args:
        outcomes: `water.visit_outcomes`.
        learned: `water.risk_out_of_sample`; it has every visit that the last training saw.
        risks: `water.point_risks`.

    Returns:
        Columns of `water.outcome_drift`; no row of a target that nothing was ever learned of.
    """
    before = learned.groupby(["target", "point_id"])["visit_number"].nunique().rename("before")
    visits = outcomes.merge(before.reset_index(), on=["target", "point_id"], how="left")
    now = visits.groupby(["target", "point_id"])["visit_number"].transform("count")
    new = visits[visits["visit_number"] <= now - visits["before"].fillna(0)]
    new = new.merge(risks[["target", "point_id", "risk"]], on=["target", "point_id"], how="left")
    rows = []
    for target in sorted(set(learned["target"])):
        own = new[new["target"] == target]
        compared = own[own["risk"].notna()]
        risk = compared["risk"].astype(float)
        spread = math.sqrt(float((risk * (1 - risk)).sum()))
        enough = len(compared) >= settings.least_compared and spread > 0
        off = abs(float(compared["outcome"].sum()) - float(risk.sum())) / spread if enough else 0.0
        p_value = math.erfc(off / math.sqrt(2)) if enough else None
        many = len(own) >= settings.retrain_after_visits
        surprising = p_value is not None and p_value < settings.retrain_below_p
        rows.append(
            {
                "target": target,
                "visits_learned": int(before[target].sum()),
                "new_visits": len(own),
                "new_failures": int(own["outcome"].sum()),
                "compared": len(compared),
                "expected_failures": float(risk.sum()),
                "compared_failures": int(compared["outcome"].sum()),
                "p_value": p_value,
                "asks_for_training": many or surprising,
                "reason": "surprising" if surprising else "many" if many else None,
                "is_synthetic": bool(own["is_synthetic"].any()),
            }
        )
    return pd.DataFrame(rows)


@asset(
    **table_asset(OutcomeDrift, "drift"),
    ins=tables(outcomes="water.visit_outcomes", learned="water.risk_out_of_sample", risks="water.point_risks"),
)
def outcome_drift(outcomes: pd.DataFrame, learned: pd.DataFrame, risks: pd.DataFrame) -> pd.DataFrame:
    """Hold what visits have found since the last training against the risks; its check asks for a training."""
    rows = outcome_drift_rows(outcomes, learned, risks, inspection_settings())
    return validate(rows, OutcomeDrift) if len(rows) else empty(OutcomeDrift)
