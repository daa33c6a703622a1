"""Tables of how lists of people at risk treat groups, and of what could be done about it. Aggregates, no person."""

from __future__ import annotations

from socialai_assets.ingest.contract import Contract, column
from socialai_assets.methods.case_risk.fairness import METRICS
from socialai_assets.methods.case_risk.fairness_options import OPTIONS

OULAD, CHILDREN = "oulad", "children"


class _Judged(Contract):
    """What was judged."""

    population: str = column("Whose risk: OULAD's adult students, a stand-in, or children.", isin=(OULAD, CHILDREN))
    label: str = column("What is foreseen.")
    as_of: str = column("What was known when, in words.")
    model: str = column("Name of the model.")
    capacity: float = column("How many can be looked at: a number, or a share below 1.", ge=0)
    attribute: str = column("What makes the groups; `all` for everybody.")


class Fairness(_Judged):
    """How a list that a team can see treats groups, beside all; groups too small to tell are withheld, and said to be.

    Intervals are 95 %, bootstrapped over persons with the list as it is. People are to the nearest ten.
    """

    group: str = column("Value of the attribute, several joined by commas.")
    people: int = column("Persons, to the nearest ten.", ge=0)
    metric: str = column("Name of the rate.", isin=METRICS)
    value: float = column("The rate; missing where withheld, or where there is nothing to count.", nullable=True)
    lower: float = column("Lower end of its interval.", nullable=True)
    upper: float = column("Upper end.", nullable=True)
    difference: float = column("The rate less that of all.", nullable=True)
    difference_lower: float = column("Lower end of its interval.", nullable=True)
    difference_upper: float = column("Upper end.", nullable=True)
    is_withheld: bool = column("Whether too few people stand behind the rate, or behind one it would tell.")
    is_synthetic: bool = column("Whether any person was made by the sample generator.")

    class Config:
        name = "children.fairness"
        unique = ["population", "label", "as_of", "model", "capacity", "attribute", "group", "metric"]


class FairnessOptions(_Judged):
    """What could be done where a list treats groups unequally, and what each costs beside doing nothing (`none`).

    Figures that rest on too few persons are missing. Thresholds by group are set on an earlier date. Which option is
    used people choose in `children/risk.yaml`.
    """

    option: str = column("What is done: nothing, thresholds by group, weights, or leaving columns out.", isin=OPTIONS)
    is_used: bool = column("Whether people chose it.")
    groups: int = column("Groups compared; those too small are left out.", ge=0)
    precision: float = column(
        "Of those on the list, share befallen; missing where withheld.", nullable=True, ge=0, le=1
    )
    recall: float = column("Of the befallen, share on the list; missing where withheld.", nullable=True, ge=0, le=1)
    recall_gap: float = column("Largest less smallest recall of the groups.", nullable=True, ge=0, le=1)
    selection_gap: float = column("Largest less smallest share listed of the groups.", nullable=True, ge=0, le=1)
    precision_change: float = column("Precision less that of doing nothing.", nullable=True)
    precision_change_lower: float = column("Lower end of its 95 % interval over persons.", nullable=True)
    precision_change_upper: float = column("Upper end.", nullable=True)
    recall_change: float = column("Recall less that of doing nothing.", nullable=True)
    recall_change_lower: float = column("Lower end of its interval.", nullable=True)
    recall_change_upper: float = column("Upper end.", nullable=True)
    recall_gap_change: float = column("Gap of recall less that of doing nothing; below 0 is more equal.", nullable=True)
    recall_gap_change_lower: float = column("Lower end of its interval.", nullable=True)
    recall_gap_change_upper: float = column("Upper end.", nullable=True)
    is_synthetic: bool = column("Whether any person was made by the sample generator.")

    class Config:
        name = "children.fairness_options"
        unique = ["population", "label", "as_of", "model", "capacity", "attribute", "option"]
