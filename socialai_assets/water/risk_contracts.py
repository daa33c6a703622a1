"""Tables of water's risks, of points and of areas. What is seen and measured is in contracts.py."""

from __future__ import annotations

from socialai_assets.ingest.contract import Contract, column
from socialai_assets.water.input_contracts import CODE, COMPONENTS

TARGETS = ("treatment_fails", "catchment_fails")
RISK_CLASSES = ("high", "medium", "low")


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
    drivers: str = column("Drivers with their share in log odds, JSON, the largest first.", nullable=True)
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
