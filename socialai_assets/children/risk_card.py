"""The files of a version of a children's model that people read: card, figures, scores by group. Fits nothing.

They lie outside the vault, so they hold figures of groups only, and none of a group that is smaller than the settings
allow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from resources.model_approval import CARD, FAIRNESS_AUDIT
from socialai_assets.children.risk_figures import audit_by_group
from socialai_assets.children.risk_settings import RiskSettings
from socialai_assets.children.risk_training import Judgement, learned_columns
from socialai_assets.children.risk_wording import LABELS

README = """\
# {name}

## What it is for

To say which enrolled children have the highest risk of {foreseen}, so that counsellors and social workers look at these
first. A score informs; nothing is decided without a person, and every flag can be contested and cleared.

Not for: sanctions, admission, marks, aid that a family is entitled to, or saying why something will happen. A score
says nothing about a child after it expires ({expires} days), and nothing about children who are not enrolled.

## What is served

- Served: **{served}**{baseline}. {reason}.
- Learned from what was known on each date of {dates} dates up to {until}{synthetic}; judged on {judged}.
- Settings were chosen on {tuned}.
- Columns it may read ({number}): {columns}. Kept from it by people: {excluded}.
- Poverty of areas is today's estimate for all dates.

## How well it does on dates it could not know

{scores}

`poorest_schools`: whoever is at the school with the poorest pupils first. `points_score`: a few conditions a person
can add up. `random`: drawn. precision, recall, accuracy and f1 are of the {capacity:g} {capacity_word} that can be
looked at.

## What its list does to groups

{groups}

Groups of fewer than {least} children, or fewer than {befallen} whom it befell, have no figures. What was recorded is
not what happened: where cases of one group are opened more readily, so are they foreseen.

## Limits

- What is foreseen is what offices will write down, late entries included. Who had left already, unknown to anybody, is
  neither learned from nor judged by, and may still be on the list.
- Help given lowers what is seen to happen, so that a risk is one with the help of those years.
"""


def write(
    folder: Path,
    name: str,
    label: str,
    judgement: Judgement,
    scores: pd.DataFrame,
    settings: RiskSettings,
    metadata: Mapping[str, object],
) -> None:
    """Write README.md, metadata.json and fairness.csv into a folder.

    Args:
        folder: gets the files.
        name: of the registered model.
        label: what is foreseen.
        judgement: of its training.
        scores: `risk_figures.scores_of`.
        settings: as trained.
        metadata: parameters, figures and data versions.
    """
    audit = audit_by_group(judgement, label, settings)
    audit.to_csv(folder / FAIRNESS_AUDIT, index=False)
    capacity = settings.capacity.of(label)
    whole = scores[scores["test_date"].isna() & (scores["capacity"].isna() | (scores["capacity"] == capacity))]
    table = whole.pivot_table(index="model", columns="metric", values="value", sort=False).round(3).reset_index()
    days = sorted(judgement.estimates["test_date"].unique())
    rows = judgement.rows
    text = README.format(
        name=name,
        foreseen=LABELS[label],
        expires=settings.scores.expires_days,
        served=judgement.served,
        baseline=" (a baseline)" if judgement.is_baseline else "",
        reason=judgement.reason,
        dates=rows["as_of_date"].nunique(),
        until=f"{rows['as_of_date'].max():%Y-%m-%d}",
        synthetic=" (**synthetic children**)" if rows["is_synthetic"].any() else "",
        judged=", ".join(f"{day:%Y-%m-%d}" for day in days),
        tuned=", ".join(f"{day:%Y-%m-%d}" for day in judgement.tuned_on) or "no date: no outcomes were in early enough",
        number=len(learned_columns(settings)),
        columns=", ".join(learned_columns(settings)),
        excluded=", ".join(settings.features.excluded) or "none",
        scores=table.to_markdown(index=False) if len(table) else "Withheld: it befell too few children.",
        capacity=capacity if capacity >= 1 else 100 * capacity,
        capacity_word="children" if capacity >= 1 else "% of children",
        groups=audit.round(3).astype(object).where(audit.notna(), "").to_markdown(index=False),
        least=settings.withholding.least_children,
        befallen=settings.withholding.least_befallen,
    )
    (folder / CARD).write_text(text, encoding="utf-8")
    (folder / "metadata.json").write_text(json.dumps(dict(metadata), indent=2, default=str) + "\n", encoding="utf-8")
