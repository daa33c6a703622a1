"""Poverty's table of how far its inputs have moved since training. The other tables are in contracts.py."""

from __future__ import annotations

from socialai_assets.ingest.contract import Contract, column


class FeatureDrift(Contract):
    """How far each covariate of the districts has moved since the model in use was trained.

    A covariate has drifted if its population stability index is 0.25 or more and a Kolmogorov-Smirnov test, corrected
    for their number, makes chance unlikely. A drift asks for a training, which the next promotion brings to rest.
    """

    feature: str = column("Covariate of `poverty.district_features`.", unique=True)
    stability_index: float = column(
        "Population stability index (Siddiqi 2006); missing where the model was saved without its features.",
        nullable=True,
        ge=0,
    )
    p_value: float = column("Of the test that nothing has moved, corrected (Holm 1979).", nullable=True, ge=0, le=1)
    has_drifted: bool = column("Whether it has moved beyond chance and far enough to matter.")
    model_version: int = column("Version of the model in use.", ge=1)
    is_synthetic: bool = column("Whether any district rests on synthetic data.")

    class Config:
        name = "poverty.feature_drift"
