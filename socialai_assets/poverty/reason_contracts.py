"""Tables that say why a district is estimated as it is. Estimates are in contracts.py, decisions in theirs."""

from __future__ import annotations

from socialai_assets.ingest.contract import Contract, column
from socialai_assets.poverty.wording import DRIVERS

AREA_ID = r"\S+"
OUTCOMES = (
    "leaves the poorest fifth", "enters the poorest fifth", "moves in the ranking", "nothing tried moves it",
    "not asked of a baseline",
)  # fmt: skip


class DistrictReasons(Contract):
    """What each driver adds to or takes from a district's estimate: an association, not a cause.

    For each district `base` of `poverty.district_explanations` and its effects add up to the estimate. Exact SHAP
    values of the trees and integrated gradients of the Gaussian process, of the model that made the estimate. Empty
    where a baseline is served.
    """

    area_id: str = column("Code of the area.", str_matches=AREA_ID)
    rank: int = column("1 for the driver with the greatest effect, up or down.", ge=1)
    driver: str = column("Group of covariates that say nearly the same.", isin=tuple(DRIVERS))
    covariate: str = column("The covariate of the driver with the greatest part in its effect.", nullable=True)
    value: float = column("That covariate's value, in its own unit.", nullable=True)
    effect: float = column("What the driver adds to the estimate.", unit="percentage points")
    direction: str = column("Whether it raises or lowers the estimate.", isin=("raises", "lowers"))
    text_en: str = column("The reason in words, English.")
    text_es: str = column("The reason in words, Spanish.")
    is_synthetic: bool = column("Whether the estimate rests on synthetic data.")

    class Config:
        name = "poverty.district_reasons"
        unique = ["area_id", "driver"]


class DistrictExplanations(Contract):
    """Each district's estimate in a sentence, what would change its rank, and whether the model extrapolates there.

    What would change its rank is asked of the served model: one covariate (of night lights all together) is moved up or
    down the ranking of all districts, in steps of 5 to 10 % of them and by half of them at most, until the district
    crosses the mark of the poorest fifth or, where that cannot be had, moves by 5 % of all ranks. It says what goes
    together in the data, not what a measure would bring about.
    """

    area_id: str = column("Code of the area.", unique=True, str_matches=AREA_ID)
    name: str = column("Name of the area.")
    admin1_name: str = column("The admin1 area it lies in.")
    estimate: float = column("Estimated share of people in monetary poverty.", unit="%", ge=0, le=100)
    poverty_rank: int = column("1 for the area estimated poorest.", ge=1)
    base: float = column("What the model estimates before it knows anything of the area.", unit="%", nullable=True)
    sentence_en: str = column("The main reasons in a sentence, English.")
    sentence_es: str = column("The main reasons in a sentence, Spanish.")
    what_if_outcome: str = column("What the smallest change found would do.", isin=OUTCOMES)
    what_if_covariate: str = column("The covariate that would have to differ.", nullable=True)
    what_if_from: float = column("Its value, in its own unit.", nullable=True)
    what_if_to: float = column("The value it would have to have.", nullable=True)
    what_if_estimate: float = column("What the model would estimate then.", unit="%", nullable=True, ge=0, le=100)
    what_if_rank: float = column("The rank the area would have then.", nullable=True, ge=1)
    what_if_en: str = column("The same in words, English.")
    what_if_es: str = column("The same in words, Spanish.")
    dissimilarity: float = column(
        "Dissimilarity index: distance to the most similar area the model learned from, in mean distances.",
        nullable=True,
        ge=0,
    )
    dissimilarity_threshold: float = column(
        "The greatest index that is usual among areas learned from, held out (Meyer and Pebesma 2021).", nullable=True
    )
    is_extrapolated: bool = column("Whether the index exceeds the threshold: the model has seen nothing like it.")
    unlike_covariate: str = column("The covariate in which it is most unlike that area.", nullable=True)
    caution_en: str = column("What that means, English; missing where the model does not extrapolate.", nullable=True)
    caution_es: str = column("The same in Spanish.", nullable=True)
    model: str = column("What made the estimate.")
    model_version: int = column("Version of the model.", ge=1)
    is_baseline: bool = column("Whether a baseline made the estimate, which has no reasons to give.")
    is_synthetic: bool = column("Whether the estimate rests on synthetic data.")

    class Config:
        name = "poverty.district_explanations"
