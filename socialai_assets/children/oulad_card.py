"""The model card of risk learned on OULAD, in words for people; every figure is one of the lake's aggregates."""

from __future__ import annotations

import pandas as pd

from socialai_assets.children.oulad_training import BASELINES, TEST

CARD = """\
# Risk of failing or withdrawing, learned on OULAD

## What it is, and what it is not for

{chosen}, learned from presentations before {test} of the Open University Learning Analytics Dataset (CC BY 4.0). Its
students are **adults** of a British university: a stand-in for the method, since no pupil-level record of a child is
public. Nothing here says anything of a child, and the model is not used on one. A score informs; nothing is decided
without a person.

## How well it does on {test}, which had no say in any choice

{scores}

Among those who had handed in anything of their own by the day:

{handed_in}

Who had withdrawn before the day cannot be left out, as this copy has no days of registration: not to have handed in is
partly to have left, which is why precision comes near 1 from day 60 on. Help is for those in the second table.

## How it treats groups, day 60, one in ten listed

{groups}

Of {rates} rates by group {withheld} are withheld: the group is too small, or would be told by taking the others away.
A difference in recall means that of those befallen in a group fewer (or more) are on the list than of all.

## What could be done about it, day 60

{options}

Option used: {used}. Nobody is listed by this model; options for children people choose in `children/risk.yaml`.

## Limits

- Days of starts are known by month, days of marking and of results not: scores count from the day of handing in,
  results from {result_days} days after the last day of a course.
- 3 % of bands of deprivation are missing; regions are large; ages come in three bands.
- What was found in one university in 2013 and 2014 need not hold elsewhere or later.
"""


def card(scores: pd.DataFrame, rates: pd.DataFrame, options: pd.DataFrame) -> str:
    """The card as Markdown.

    Args:
        scores: `children.oulad_scores`.
        rates: `children.fairness`.
        options: `children.fairness_options`.
    """
    from socialai_assets.children.oulad_history import RESULT_DAYS

    chosen = str(scores.loc[scores["is_chosen"], "model"].iloc[0])
    rates, options = (frame[frame["population"] == "oulad"] for frame in (rates, options))
    shown = rates[rates["as_of"].str.endswith(" 60") & (rates["capacity"] == 0.1)]
    compared = options[options["as_of"].str.endswith(" 60")]
    used = compared.loc[compared["is_used"] & (compared["option"] != "none"), "option"]
    return CARD.format(
        chosen=chosen,
        test=TEST,
        scores=_scores(scores, "all", (chosen, *BASELINES)),
        handed_in=_scores(scores, "handed_in", (chosen,)),
        groups=_groups(shown),
        rates=len(rates),
        withheld=int(rates["is_withheld"].sum()),
        options=_options(compared),
        used=used.iloc[0] if len(used) else "none",
        result_days=RESULT_DAYS,
    )


def _scores(scores: pd.DataFrame, people: str, models: tuple[str, ...]) -> str:
    own = scores[(scores["presentation"] == TEST) & (scores["people"] == people) & scores["model"].isin(models)]
    rows = []
    for day in sorted(own["day"].unique()):
        for model in models:
            one = own[(own["day"] == day) & (own["model"] == model)]
            auc = one[one["metric"] == "auc"].iloc[0]
            ends = f" ({auc['lower']:.3f} to {auc['upper']:.3f})" if pd.notna(auc["lower"]) else ""
            lists = [
                f"{one[(one['metric'] == 'precision') & (one['capacity'] == share)]['value'].iloc[0]:.3f}"
                for share in (0.05, 0.1, 0.2)
            ]
            rows.append([str(day), model, f"{auc['value']:.3f}{ends}", *lists])
    return _table(["day", "model", "AUC", "precision at 5 %", "at 10 %", "at 20 %"], rows)


def _groups(rates: pd.DataFrame) -> str:
    rows = []
    single = rates[~rates["attribute"].str.contains(" and ")]
    for (attribute, group), own in single.groupby(["attribute", "group"], sort=False):
        by = own.set_index("metric")
        cells = [_figure(by.loc[name]) for name in ("selection_rate", "precision", "recall", "calibration_gap")]
        rows.append([str(attribute), str(group), f"{by['people'].iloc[0]:,}", *cells])
    return _table(["attribute", "group", "people", "listed", "precision", "recall", "calibration gap"], rows)


def _figure(row: pd.Series) -> str:
    if row["is_withheld"]:
        return "withheld"
    return "none" if pd.isna(row["value"]) else f"{row['value']:.3f} ({row['lower']:.3f} to {row['upper']:.3f})"


def _options(options: pd.DataFrame) -> str:
    rows = [
        [
            row.attribute,
            row.option,
            f"{row.precision:.3f}",
            f"{row.recall:.3f}",
            f"{row.recall_gap:.3f}",
            f"{row.precision_change:+.3f} ({row.precision_change_lower:+.3f} to {row.precision_change_upper:+.3f})",
            f"{row.recall_gap_change:+.3f}",
        ]
        for row in options.itertuples()
    ]
    heads = ["attribute", "option", "precision", "recall", "gap of recall", "change of precision", "change of the gap"]
    return _table(heads, rows)


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
