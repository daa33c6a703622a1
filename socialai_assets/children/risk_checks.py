"""Checks of children's risk tables: contracts, drift that asks for a training, skill. No value of a row is told."""

from socialai_assets.children import risk_contracts as contracts
from socialai_assets.factories.checks import contract_check, rows_check

CHECKS = [
    *(
        contract_check(contract)
        for contract in (contracts.RiskFeatures, contracts.RiskLabels, contracts.RiskScores, contracts.RiskDrift)
    ),
    rows_check(
        "children.risk_drift",
        "as_at_training",
        """
        SELECT label, what, reason, round(stability_index, 3) AS stability_index, round(p_value, 5) AS p_value
        FROM lake.children.risk_drift WHERE asks_for_training ORDER BY ALL
        """,
        "features or outcomes of children that have moved since the models in use learned; a training is asked for",
    ),
    rows_check(
        "children.model_scores",
        "beats_the_poorest_schools_first",
        """
        SELECT served.label, served.model, round(served.value, 3) AS precision, round(rule.value, 3) AS of_the_rule
        FROM lake.children.model_scores AS served
        JOIN lake.children.model_scores AS rule USING (label, metric, capacity)
        WHERE served.is_served AND rule.model = 'poorest_schools' AND served.metric = 'precision'
          AND served.test_date IS NULL AND rule.test_date IS NULL AND served.value <= rule.value ORDER BY ALL
        """,
        "served models whose list is no better than that of the poorest schools",
    ),
    rows_check(
        "children.risk_models",
        "models_are_in_use",
        "SELECT label, reason FROM lake.children.risk_models WHERE model_version IS NULL ORDER BY ALL",
        "risks of children that nothing is served for: nothing was learned yet, or a version waits for approval",
    ),
]
