"""Tables that decisions are made from: clusters, targeting, reasons. Inputs and estimates are in contracts.py."""

from __future__ import annotations

from socialai_assets.ingest.contract import Contract, column
from socialai_assets.ingest.decision_contract import DecisionLogContract

AREA_ID = r"\S+"


class Hotspots(Contract):
    """Where estimated poverty clusters beyond chance: Getis-Ord Gi* and local Moran's I over bordering districts.

    A cluster is a pattern of the estimates, which are smoother than poverty itself, so it shows where to look and is
    no test of the official figures. Of the areas marked, 5 % are expected to be marked wrongly (Benjamini-Hochberg).
    """

    area_id: str = column("Code of the area.", unique=True, str_matches=AREA_ID)
    name: str = column("Name of the area.")
    admin1_name: str = column("The admin1 area it lies in.")
    estimate: float = column("Estimated share of people in monetary poverty.", unit="%", ge=0, le=100)
    neighbour_count: int = column("Areas that border on it.", ge=0)
    gi_star_z: float = column("Gi* as a z-score; missing without neighbours.", nullable=True)
    gi_star_p: float = column("Its two-sided p-value.", nullable=True, ge=0, le=1)
    gi_star_p_adjusted: float = column("That p-value adjusted for false discoveries.", nullable=True, ge=0, le=1)
    gi_cluster: str = column(
        "What Gi* makes it part of.", isin=("hotspot", "coldspot", "not significant", "no neighbours")
    )
    local_moran_i: float = column("Local Moran's I, row-standardised.", nullable=True)
    local_moran_p: float = column("Its two-sided p-value by conditional permutation.", nullable=True, ge=0, le=1)
    local_moran_p_adjusted: float = column("That p-value adjusted for false discoveries.", nullable=True, ge=0, le=1)
    moran_cluster: str = column(
        "The area itself and its neighbours, where significant; high-low and low-high are outliers.",
        isin=("high-high", "low-low", "high-low", "low-high", "not significant", "no neighbours"),
    )
    is_synthetic: bool = column("Whether the estimate rests on synthetic data.")

    class Config:
        name = "poverty.hotspots"


class TargetingPlan(Contract):
    """Which areas a budget reaches, if everybody in a reached area gets the benefit; one row an area with people."""

    area_id: str = column("Code of the area.", unique=True, str_matches=AREA_ID)
    name: str = column("Name of the area.")
    admin1_name: str = column("The admin1 area it lies in.")
    admin2_name: str = column("The admin2 area it lies in.", nullable=True)
    population: float = column("Inhabitants.", unit="people", ge=0)
    estimate: float = column("Estimated share of people in monetary poverty, its province unseen.", unit="%")
    lower: float = column("Lower end of its 90 % interval.", unit="%")
    upper: float = column("Upper end of its 90 % interval.", unit="%")
    share: float = column("Share of the area's people that is reached.", ge=0, le=1)
    cost: float = column("What that costs, in the currency of the benefit.", ge=0)
    people_reached: float = column("People who get the benefit.", unit="people", ge=0)
    poor_reached: float = column("Of these the poor, by the estimate.", unit="people", ge=0)
    poor_reached_lower: float = column("The same by the lower end of the interval.", unit="people", ge=0)
    poor_reached_upper: float = column("The same by the upper end of the interval.", unit="people", ge=0)
    reason: str = column("Why it is reached or not.")
    status: str = column("How good the solver knows the plan to be: optimal is within 0.001 % of the best.")
    is_synthetic: bool = column("Whether the plan rests on synthetic data.")

    class Config:
        name = "poverty.targeting_plan"


class TargetingComparison(Contract):
    """Ways of aiming the same budget, scored on official figures that none of the estimates had seen.

    The row `official figures` is what perfect knowledge of the districts would reach, not a plan anybody could make.
    """

    coverage: float = column("Share of all people the budget is for; other budgets than the plan's for comparison.")
    plan: str = column("What the areas were chosen by.")
    budget: float = column("Budget, in the currency of the benefit.", ge=0)
    cost: float = column("What the plan costs.", ge=0)
    areas_reached: int = column("Areas reached, whole or in part.", ge=0)
    people_reached: float = column("People who get the benefit.", unit="people", ge=0)
    poor_reached: float = column("Of these the poor, by official figures.", unit="people", ge=0)
    cost_per_poor_person: float = column("Cost for each poor person reached.", nullable=True, ge=0)
    exclusion_error: float = column("Share of all poor people not reached.", nullable=True, ge=0, le=1)
    inclusion_error: float = column("Share of people reached who are not poor.", nullable=True, ge=0, le=1)
    gain_over_point: float = column("Poor people reached beyond the plan by point estimates.", unit="people")
    gain_lower: float = column("Lower end of its 95 % bootstrap interval over provinces.", unit="people")
    gain_upper: float = column("Upper end of that interval.", unit="people")
    is_synthetic: bool = column("Whether any figure rests on synthetic data.")

    class Config:
        name = "poverty.targeting_comparison"
        unique = ["coverage", "plan"]


class DecisionLog(DecisionLogContract):
    """Every plan of poverty that was made, a row each, kept for good: inputs, models, terms, status."""

    class Config:
        name = "poverty.decision_log"
