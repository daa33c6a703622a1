"""Tables of water's risks, of points and of areas. What is seen and measured is in contracts.py."""

from __future__ import annotations

from socialai_assets.ingest.contract import Contract, column
from socialai_assets.water.input_contracts import CODE, COMPONENTS

TARGETS = ("treatment_fails", "catchment_fails")
RISK_CLASSES = ("high", "medium", "low")
SPLITS = ("random", "district", "province", "department")
NEAREST = ("district", "province", "department", "country")
"""How near the nearest other visited point is: in the same district, province, department, or further away."""


class PointRisks(Contract):
    """Risk of each treatment and catchment that it fails; withheld where no model is better than chance there."""

    point_id: str = column("Code of the point.", str_matches=CODE)
    system_id: str = column("Code of the system.", str_matches=CODE)
    area_id: str = column("Smallest area.", nullable=True)
    component: str = column("What it is.", isin=COMPONENTS)
    target: str = column("What is feared.", isin=TARGETS)
    risk: float = column("Calibrated probability that it fails; missing where withheld.", nullable=True, ge=0, le=1)
    lower: float = column("Lower end of its 90 % interval.", nullable=True, ge=0, le=1)
    upper: float = column("Upper end of its 90 % interval.", nullable=True, ge=0, le=1)
    risk_class: str = column("High, medium or low; missing where withheld.", nullable=True, isin=RISK_CLASSES)
    is_withheld: bool = column("Whether no figure is given.")
    reason: str = column("Why it is withheld, or what drives the risk most, in words.")
    nearest_visits: str = column("Smallest area in which other systems' points were visited.", isin=NEAREST)
    drivers: str = column(
        "What adds most to the risk or takes most from it, JSON of feature and share of probability, largest first.",
        nullable=True,
    )
    cluster: int = column("Group of points that fail alike, as in `water.failure_clusters`.", nullable=True)
    observed: bool = column("Whether it failed at its latest visit; missing where nobody looked.", nullable=True)
    days_since_report: int = column("Days since that visit, when this table was made.", unit="days", nullable=True)
    model: str = column("Model that gave the risk.")
    model_version: int = column("Its version in the registry; missing for a baseline.", nullable=True)
    source: str = column("Source of the point.")
    is_synthetic: bool = column("Whether the sample generator made the point.")

    class Config:
        name = "water.point_risks"
        unique = ["point_id", "target"]


class RiskModels(Contract):
    """What is served for each target, by how near other visits are: model, skill on held-out blocks, and why."""

    target: str = column("What is feared.", isin=TARGETS)
    nearest_visits: str = column("Smallest area in which other systems' points were visited.", isin=NEAREST)
    split: str = column("What was held out to judge it.", isin=SPLITS)
    model: str = column("Name of the model.")
    model_version: int = column("Registered version; missing where too few were visited to learn.", nullable=True)
    is_baseline: bool = column("Whether a baseline is served, since nothing beat it for certain.")
    is_withheld: bool = column("Whether its figures are withheld, as it is not certainly better than chance.")
    reason: str = column("Why, with figures.")
    auc: float = column("Area under the ROC curve on held-out blocks.", nullable=True, ge=0, le=1)
    auc_lower: float = column("Lower end of its 95 % bootstrap interval over blocks.", nullable=True, ge=0, le=1)
    auc_upper: float = column("Upper end.", nullable=True, ge=0, le=1)
    visits: int = column("Visits it learned from.", ge=0)
    is_synthetic: bool = column("Whether any visit was made by the sample generator.")

    class Config:
        name = "water.risk_models"
        unique = ["target", "nearest_visits"]


class RiskScores(Contract):
    """Scores of every risk model and baseline on held-out blocks; anyone can recompute them from out_of_sample.

    accuracy, precision, recall and f1 are of flagging what has at least the overall rate of failing as its risk.
    """

    target: str = column("What is feared.", isin=TARGETS)
    model: str = column("Name of the model or baseline.")
    version: int = column("Registered version that was made in the same training.", ge=1)
    split: str = column("What is held out; random is a warning only.", isin=SPLITS)
    group: str = column("`all`, or a class of risk.")
    metric: str = column("Name of the metric, lower case.")
    value: float = column("Value of the metric.", nullable=True)
    is_baseline: bool = column("Whether the model is a baseline.")
    is_served: bool = column("Whether it is the one served where this split's blocks are what is not known.")
    is_synthetic: bool = column("Whether any visit was made by the sample generator.")

    class Config:
        name = "water.risk_scores"
        unique = ["target", "model", "split", "group", "metric"]


class RiskOutOfSample(Contract):
    """Risks of visited points by models that had not seen their block, beside what the visit found."""

    target: str = column("What is feared.", isin=TARGETS)
    point_id: str = column("Code of the point.", str_matches=CODE)
    visit_number: int = column("Which visit it is, 1 the latest.", ge=1)
    model: str = column("Name of the model or baseline.")
    split: str = column("What was held out.", isin=SPLITS)
    fold: int = column("Number of the fold it was held out in.", ge=0)
    estimate: float = column("Calibrated probability that it fails.", ge=0, le=1)
    lower: float = column("Lower end of its 90 % interval.", ge=0, le=1)
    upper: float = column("Upper end of its 90 % interval.", ge=0, le=1)
    observed: bool = column("Whether it failed.")
    is_synthetic: bool = column("Whether the sample generator made the visit.")

    class Config:
        name = "water.risk_out_of_sample"
        unique = ["target", "point_id", "visit_number", "model", "split"]


class AreaRisk(Contract):
    """Share of an area's points that fail, seen and expected, with interval and the people who drink from them."""

    area_id: str = column("Code of the area.")
    level: str = column("Its level.", isin=("admin1", "admin2", "admin3"))
    target: str = column("What is feared.", isin=TARGETS)
    points: int = column("Points that can fail so.", ge=0)
    observed_points: int = column("Of these, visited ones.", ge=0)
    failed_share: float = column("Share of the visited ones that had failed.", nullable=True, ge=0, le=1)
    expected_share: float = column("Share expected to fail now.", nullable=True, ge=0, le=1)
    lower: float = column("Lower end of its 90 % interval.", nullable=True, ge=0, le=1)
    upper: float = column("Upper end of its 90 % interval.", nullable=True, ge=0, le=1)
    served_population: float = column("People served by the points' systems.", unit="people", ge=0)
    people_affected: float = column("People expected behind failing points.", unit="people", nullable=True, ge=0)
    people_affected_lower: float = column("Lower end of its 90 % interval.", unit="people", nullable=True, ge=0)
    people_affected_upper: float = column("Upper end of its 90 % interval.", unit="people", nullable=True, ge=0)
    basis: str = column("What the expected share rests on.", isin=("model", "visits", "withheld"))
    is_synthetic: bool = column("Whether the sample generator made any of the points.")

    class Config:
        name = "water.area_risk"
        unique = ["area_id", "target"]
