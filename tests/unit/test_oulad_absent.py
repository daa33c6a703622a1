"""Where OULAD has not landed, its tables are empty and say so; nothing fails."""

from __future__ import annotations

from dagster import build_asset_context

from socialai_assets.children import contracts, fairness, oulad, oulad_pictures
from socialai_assets.ingest.contract import empty

RAW = {
    "courses": contracts.OuladCourses,
    "assessments": contracts.OuladAssessments,
    "students": contracts.OuladStudents,
    "submissions": contracts.OuladSubmissions,
}


def test_tables_are_empty_where_nothing_has_landed() -> None:
    raw = {name: empty(contract) for name, contract in RAW.items()}
    features = oulad.oulad_features(**raw)
    assert features.empty and list(features.columns) == list(empty(contracts.OuladFeatures).columns)
    found = oulad.oulad_out_of_sample(build_asset_context(), config=oulad.OuladConfig(), features=features, **raw)
    assert found.value.empty and "nothing is learned" in str(found.metadata["note"])
    scores = oulad.oulad_scores(found.value).value
    calibration = oulad.oulad_calibration(found.value)
    rates = fairness.fairness(
        oulad_estimates=found.value,
        oulad_features=features,
        oulad_scores=scores,
        held_out=empty(contracts.RiskOutOfSample),
        scores=empty(contracts.ModelScores),
        features=empty(contracts.RiskFeatures),
        areas=features,
    ).value
    options = fairness.fairness_options(
        **raw,
        oulad_features=features,
        oulad_estimates=found.value,
        features=empty(contracts.RiskFeatures),
        labels=empty(contracts.RiskLabels),
    ).value
    assert scores.empty and calibration.empty and rates.empty and options.empty
    drawn = oulad_pictures.oulad_pictures(scores, calibration, rates, options)
    assert "nothing to draw" in str(drawn.metadata["note"])
