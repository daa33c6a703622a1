"""Poverty's checks: contracts of its Python tables, official figures that match areas, targets kept out of features."""

from dagster import AssetCheckExecutionContext, AssetCheckResult, AssetCheckSeverity, asset_check

from socialai_assets.factories.checks import approval_check, contract_check, rows_check
from socialai_assets.factories.tables import asset_key
from socialai_assets.poverty import contracts
from socialai_assets.poverty.training import MODEL

# A covariate that ranks areas as the official figure does is the figure under another name.
SUSPICIOUS_CORRELATION = 0.97


@asset_check(
    asset=asset_key("poverty.district_features"),
    name="no_target_among_features",
    additional_deps=[asset_key("poverty.official_rates")],
    blocking=True,
    description=f"No feature's rank correlation with the official rate exceeds {SUSPICIOUS_CORRELATION}.",
    required_resource_keys={"io_manager"},
)
def no_target_among_features(context: AssetCheckExecutionContext) -> AssetCheckResult:
    """Look for the target under another name."""
    lake = context.resources.io_manager.lake
    features = lake.read_frame("poverty.district_features").set_index("area_id")
    rates = lake.read_frame("poverty.official_rates").set_index("area_id")["poverty_rate_pct"]
    numbers = features.select_dtypes("number").join(rates, how="inner")
    correlation = numbers.corr("spearman")["poverty_rate_pct"].drop("poverty_rate_pct").abs()
    strongest = correlation.idxmax() if correlation.notna().any() else None
    greatest = float(correlation.max()) if strongest else 0.0
    return AssetCheckResult(
        passed=greatest <= SUSPICIOUS_CORRELATION,
        severity=AssetCheckSeverity.ERROR,
        description=f"{strongest} has rank correlation {greatest:.3f} with the official rate" if strongest else None,
        metadata={"strongest": str(strongest), "rank correlation": greatest},
    )


CHECKS = [
    contract_check(contracts.PictureStatistics),
    contract_check(contracts.DistrictFeatures),
    contract_check(contracts.DistrictPredictions),
    contract_check(contracts.FeatureDrift),
    contract_check(contracts.DistrictReasons),
    contract_check(contracts.DistrictExplanations),
    contract_check(contracts.Hotspots),
    contract_check(contracts.TargetingPlan),
    contract_check(contracts.TargetingComparison),
    no_target_among_features,
    approval_check(MODEL),
    rows_check(
        "poverty.official_rates",
        "areas_are_known",
        """
        SELECT DISTINCT rates.area_id FROM lake.poverty.stg_poverty_rates AS rates
        ANTI JOIN lake.geography.areas AS areas USING (area_id) ORDER BY ALL
        """,
        "official rates of areas that geography does not know; they are left out",
        also_reads=["poverty.stg_poverty_rates", "geography.areas"],
    ),
    rows_check(
        "poverty.official_rates",
        "groups_stay_in_one_province",
        """
        SELECT rates.estimate_group, count(DISTINCT areas.admin2_id) AS provinces
        FROM lake.poverty.official_rates AS rates JOIN lake.geography.areas AS areas USING (area_id)
        WHERE rates.estimate_group IS NOT NULL GROUP BY ALL HAVING provinces > 1
        """,
        "areas that share one estimate lie in several provinces, which are then held out together",
        also_reads=["geography.areas"],
    ),
    rows_check(
        "poverty.feature_drift",
        "as_at_training",
        """
        SELECT feature, stability_index, p_value FROM lake.poverty.feature_drift WHERE has_drifted
        ORDER BY stability_index DESC
        """,
        "features distributed otherwise than when the model in use was trained; a training is asked for",
    ),
]
