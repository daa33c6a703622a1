"""The model card of a risk model, as a person reads it. Fits nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from socialai_assets.water.risk_training import RATIO_HIGH, RATIO_LOW, Evaluation

README = """\
# {name}: {what}

## What it is for

To say at which rural water systems {feared} is likely, so that inspections, repairs and water trucks go there first;
to be read with its interval and with how long ago the last visit was.

Not for: closing or sanctioning a system, deciding on a person, or replacing a visit. What a visit found is shown beside
the risk and weighs more.

## What is served, by how near other systems were visited

{served}

A model is served only if the paired bootstrap over blocks puts its gain in AUC over each baseline above zero, else the
best baseline is; figures are withheld where the bootstrap bound of the AUC is not above 0.5.

## How well it does on what it has not seen

{scores}

`random` holds out other systems of the same districts; it is no claim about districts nobody visited. accuracy,
precision, recall and f1 are of flagging what has at least the overall rate ({rate:.1%}) as its risk.

## Classes

High is a risk of at least {high:.2f} times the overall rate, low of at most {low:.2f} times. Precision and recall of
low are of *not* failing.

{classes}

## Limits

- Learned from {visits} visits{synthetic}; each system was visited in one campaign or few, so nothing is learned of how
  fast systems fail or are repaired, and a risk is as old as the visits.
- Nothing that a visit finds is an input (`water/leakage.py` lists what is kept out and why).
- The official poverty of the district is of another year and says nothing of a system.
- The interval is of the rate of failing among points with such a risk, district by district.
"""


def write(
    folder: Path,
    name: str,
    target: str,
    evaluation: Evaluation,
    scores: pd.DataFrame,
    *,
    rows: pd.DataFrame,
    metadata: Mapping[str, object],
) -> None:
    """Write README.md and metadata.json into a model's folder.

    Args:
        folder: the model's folder.
        name: of the registered model.
        target: what is feared.
        evaluation: what is served.
        scores: `risk_training.scores_of`.
        rows: visits learned from.
        metadata: parameters, figures and data versions.
    """
    served = pd.DataFrame(
        [
            {"nearest visits": nearest, "model": one.name, "withheld": one.is_withheld, "why": one.reason}
            for nearest, one in evaluation.served.items()
        ]
    )
    overall = scores[scores["group"] == "all"]
    table = overall.pivot_table(index=["split", "model"], columns="metric", values="value", sort=False)
    classes = scores[(scores["group"] != "all") & scores["is_served"]]
    by_class = classes.pivot_table(index=["split", "group"], columns="metric", values="value", sort=False)
    text = README.format(
        name=name,
        what={"treatment_fails": "treatments that do not work", "catchment_fails": "catchments in state C or D"}[
            target
        ],
        feared={"treatment_fails": "a treatment that does not work", "catchment_fails": "a failing catchment"}[target],
        served=served.to_markdown(index=False),
        scores=table.round(3).reset_index().to_markdown(index=False),
        classes=by_class.round(3).reset_index().to_markdown(index=False),
        rate=rows["failed"].mean(),
        high=RATIO_HIGH,
        low=RATIO_LOW,
        visits=len(rows),
        synthetic=" (**synthetic data**)" if rows["is_synthetic"].any() else "",
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
    (folder / "metadata.json").write_text(json.dumps(dict(metadata), indent=2, default=str) + "\n", encoding="utf-8")
