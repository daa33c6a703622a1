"""Inspections land as visits, and ask for a training when they are many or unlike what the risks said."""

from __future__ import annotations

import pandas as pd
import pytest

from socialai_assets.ingest.contract import apply, validate
from socialai_assets.water.contracts import InspectionOutcomesInput, OutcomeDrift
from socialai_assets.water.inspection_outcomes import outcome_drift_rows
from socialai_assets.water.inspection_settings import InspectionSettings

POINTS = [f"P{number:02}" for number in range(20)]
TARGET = "treatment_fails"


def outcomes(second: int, failed: int) -> pd.DataFrame:
    """Every point was visited once, the first `second` of them once more; of these `failed` had failed."""
    rows = [(point, 1 + (number < second), False) for number, point in enumerate(POINTS)]
    rows += [(point, 1, number < failed) for number, point in enumerate(POINTS[:second])]
    frame = pd.DataFrame(rows, columns=["point_id", "visit_number", "outcome"])
    return frame.assign(target=TARGET, is_synthetic=False)


def drift(second: int, failed: int, risk: float | None = 0.1, **changes: float) -> dict[str, object]:
    learned = pd.DataFrame({"target": TARGET, "point_id": POINTS * 2, "visit_number": 1})
    risks = pd.DataFrame({"target": TARGET, "point_id": POINTS, "risk": pd.Series([risk] * 20, dtype=float)})
    settings = InspectionSettings(**changes)  # type: ignore[arg-type]
    rows = outcome_drift_rows(outcomes(second, failed), learned, risks, settings)
    return validate(rows, OutcomeDrift).iloc[0].to_dict()


def test_visits_as_expected_ask_for_nothing() -> None:
    found = drift(15, 2)
    assert (found["visits_learned"], found["new_visits"], found["new_failures"]) == (20, 15, 2)
    assert found["expected_failures"] == pytest.approx(1.5)
    assert not found["asks_for_training"]
    assert not drift(0, 0)["asks_for_training"]


def test_failures_that_no_risk_foresaw_ask_for_a_training() -> None:
    found = drift(15, 9)
    assert found["asks_for_training"]
    assert found["reason"] == "surprising"
    # 9 against 1.5 with a spread of sqrt(15 x 0.1 x 0.9) = 1.16: 6.45 spreads.
    assert found["p_value"] == pytest.approx(1.1e-10, rel=0.1)
    # Too few to tell by.
    assert not drift(5, 5)["asks_for_training"]


def test_enough_visits_ask_for_a_training_whatever_they_found() -> None:
    found = drift(15, 2, retrain_after_visits=15)
    assert (found["asks_for_training"], found["reason"]) == (True, "many")
    withheld = drift(15, 9, None, retrain_after_visits=15)
    assert (withheld["compared"], withheld["reason"]) == (0, "many")


def test_nothing_is_asked_of_what_was_never_learned() -> None:
    none = outcome_drift_rows(
        outcomes(3, 1),
        pd.DataFrame(columns=["target", "point_id", "visit_number"]),
        pd.DataFrame(columns=["target", "point_id", "risk"]),
        InspectionSettings(),
    )
    assert none.empty


def test_an_inspection_without_a_day_or_with_a_wrong_grade_is_turned_away() -> None:
    good = {"system_id": "W1", "point_id": "P1", "report_date": "2026-03-01", "grade": "no"}
    good |= dict.fromkeys(("value", "crew", "note"), "") | {"parameter": "treatment_works"}
    rows = [good, good | {"point_id": "P2", "report_date": ""}, good | {"point_id": "P3", "grade": "Z"}]
    accepted, refused = apply(pd.DataFrame(rows), InspectionOutcomesInput)
    assert accepted["point_id"].tolist() == ["P1"]
    assert len(refused) == 2
