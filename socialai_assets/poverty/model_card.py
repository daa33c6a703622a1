"""The files that make a model's folder readable by a person: README (model card) and metadata. Fits nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from socialai_assets.poverty.training import PRIMARY_SPLIT, Evaluation, Verdict

README = """\
# {algorithm}: poverty of districts

## What it is for

To rank and map small areas by the share of people in monetary poverty, so that help and surveys are aimed where they
are needed; to be read with its interval, beside the official figure where there is one.

Not for: deciding about a household or a person (it knows none), replacing a survey or a census, telling whether a
measure worked (it learned one year, and its covariates hardly move), or areas whose estimate is flagged
`is_extrapolated` without looking further.

## What is served

- Served: **{algorithm}**{baseline_note}. {verdict}.
- Learned from {areas} areas with an official figure{synthetic_note}.
- Official figures: {sources}. Their licence: {licences}.
- Covariates ({covariate_count}), none of which comes from a poverty figure: {covariates}.
- Beside them it sees the mean of official figures of *other* provinces near by and of the department's other provinces,
  computed anew without whatever is held out.
- Estimates of areas with an official figure come from a model that had not seen their province.
- Intervals: 90 %, conformal, calibrated on held-out provinces; they covered {coverage:.1%} of them.

## How well it does on areas it has not seen

{table}

`random` is a warning, not a claim: neighbours of the tested areas were learned from. Baselines: the mean of all areas
(`area_mean`), a curve of night light alone (`night_lights_only`), the nearest known areas (`nearest_neighbours`). The
candidate is served only if the paired bootstrap over whole provinces puts its gain in R2 over each of them above zero.

### By group, provinces held out

{groups}

Bias is estimate minus official figure, in percentage points; groups of fewer than 100 areas say little. By department,
the bias runs from {least_bias:+.1f} ({least_department}) to {greatest_bias:+.1f} ({greatest_department}).

### Picking the poorest

{selection}

`*_poorest_20`: of the fifth of areas estimated poorest. `exclusion_error_*`: share of poor people missed when areas
with 20 or 40 % of all people are reached, poorest estimate first; `inclusion_error_*`: share of those reached who are
not poor.

## Reasons

`poverty.district_reasons` takes each estimate apart (SHAP values of the trees, integrated gradients of the Gaussian
process). They say what the model leaned on, not what makes a place poor: covariates that go together share a reason,
and a change of one of them need not change poverty.

## Limits, and what an estimate does not mean

- The official figures are estimates themselves, so even a perfect model would miss them by their error, and what they
  get wrong in common the model learns as if it were true.
- Estimates are smoother than poverty: the poorest areas are estimated too low and the least poor too high.
- Pictures and tables are of different years, and the model knows no change since.
- An interval holds for nine areas of ten of a group, not for each area nine times of ten; where an area is unlike all
  that was learned from, it may be too narrow.
- A rank is no better than its interval: two areas whose intervals overlap should not be ranked by estimates alone.
- Inside an area poor and not poor live side by side; reaching the area is not reaching the poor.

## Files

`served.json` (what is served, folds, intervals), `full/` (fitted on all areas), `folds/<n>/` (fitted without fold n),
each with `model.json` (parameters), `reference.parquet` (known places and values) and `*.skops` (scikit-learn, read
with skops; nothing runs code when loaded); an ensemble keeps its models in `members/<n>/`, networks are `*.keras`;
`out_of_sample.parquet`, `fairness.csv` (scores by group, the audit without which no version is used),
`metadata.json`.

    from pathlib import Path
    from socialai_assets.poverty.served_model import load_served
    load_served(Path(".")).predict(features)  # the table poverty.district_features
"""


def write(
    folder: Path,
    evaluation: Evaluation,
    verdict: Verdict,
    *,
    covariates: Sequence[str],
    official: tuple[str, str],
    parameters: Mapping[str, object],
    metrics: Mapping[str, float],
    tags: Mapping[str, str],
) -> None:
    """Write README.md and metadata.json into a model's folder.

    Args:
        folder: the model's folder.
        evaluation: what the README's table shows.
        verdict: which model is served, and why.
        covariates: what it learned from.
        official: who published the official figures, and under what licence.
        parameters: what it was trained with.
        metrics: its figures.
        tags: data versions, duration, run.
    """
    overall = evaluation.scores[evaluation.scores["group"] == "all"]
    figures = overall[overall["metric"].isin(["r2", "rmse", "spearman", "coverage_90"])]
    table = figures.pivot_table(index=["split", "model"], columns="metric", values="value", sort=False)
    synthetic = tags["synthetic"] == "True"
    text = README.format(
        algorithm=verdict.served,
        baseline_note=", a baseline: nothing beat it" if verdict.is_baseline else "",
        verdict=verdict.reason,
        areas=tags["areas"],
        synthetic_note=" (**synthetic data**: nothing here is about a real place)" if synthetic else "",
        coverage=metrics["coverage_90_province"],
        table=table.round(3).reset_index().to_markdown(index=False),
        sources=official[0],
        licences=official[1],
        covariates=", ".join(f"`{name}`" for name in covariates),
        covariate_count=len(covariates),
        selection=_selection(evaluation, verdict.served),
        **_by_group(evaluation, verdict.served),
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
    metadata = {"parameters": dict(parameters), "metrics": dict(metrics), **tags}
    (folder / "metadata.json").write_text(json.dumps(metadata, indent=2, default=str) + "\n", encoding="utf-8")


def by_group(evaluation: Evaluation, served: str) -> pd.DataFrame:
    """The fairness audit: how well the served model does for each group of areas, provinces held out.

    Returns:
        `group, metric, value`: urban and rural, natural regions, departments, and all.
    """
    return _served_scores(evaluation, served)[["group", "metric", "value"]].reset_index(drop=True)


def _served_scores(evaluation: Evaluation, served: str) -> pd.DataFrame:
    scores = evaluation.scores
    return scores[(scores["model"] == served) & (scores["split"] == PRIMARY_SPLIT)]


def _by_group(evaluation: Evaluation, served: str) -> dict[str, object]:
    """The table of scores by group, and the departments with the least and the greatest bias."""
    table = _served_scores(evaluation, served).pivot(index="group", columns="metric", values="value")
    departments = table.index.str.startswith("department ")
    shown = table.loc[~departments, ["areas", "r2", "rmse", "bias", "coverage_90"]].round(3)
    bias = table.loc[departments, "bias"].rename(lambda name: name.removeprefix("department "))
    return {
        "groups": shown.astype({"areas": int}).reset_index().to_markdown(index=False),
        "least_bias": bias.min(),
        "least_department": bias.idxmin(),
        "greatest_bias": bias.max(),
        "greatest_department": bias.idxmax(),
    }


def _selection(evaluation: Evaluation, served: str) -> str:
    overall = _served_scores(evaluation, served)
    wanted = overall["metric"].str.contains(r"_poorest_20|clusion_error_|inside_official") & (overall["group"] == "all")
    return overall.loc[wanted, ["metric", "value"]].round(3).to_markdown(index=False)
