"""The files that make a model's folder readable by a person: README (model card) and metadata. Fits nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from socialai_assets.poverty.training import Evaluation, Verdict

README = """\
# {algorithm}: poverty of districts

What it is for: to rank and map small areas by the share of people in monetary poverty, so that help and surveys are
aimed where they are needed. It speaks of areas, never of a household or a person, and it does not replace a survey.

- Served: **{algorithm}**{baseline_note}. {verdict}.
- Learned from {areas} areas with an official figure{synthetic_note}.
- Estimates of areas with an official figure come from a model that had not seen their province.
- Intervals: 90 %, conformal, calibrated on held-out provinces; they covered {coverage:.1%} of them.

## How well it does on areas it has not seen

{table}

`random` is a warning, not a claim: neighbours of the tested areas were learned from.

## What it does not know

The official figures are estimates themselves, so even a perfect model would miss them by their error. Pictures and
tables are of different years. Where an area is unlike all that was learned from, the interval is too narrow.

## Files

`served.json` (what is served, folds, intervals), `full/` (fitted on all areas), `folds/<n>/` (fitted without fold n),
each with `model.json` (parameters), `reference.parquet` (known places and values) and `*.skops` (scikit-learn, read
with skops; nothing runs code when loaded); an ensemble keeps its models in `members/<n>/`, networks are `*.keras`;
`out_of_sample.parquet`, `metadata.json`.

    from pathlib import Path
    from socialai_assets.poverty.served_model import load_served
    load_served(Path(".")).predict(features)  # the table poverty.district_features
"""


def write(
    folder: Path,
    evaluation: Evaluation,
    verdict: Verdict,
    *,
    parameters: Mapping[str, object],
    metrics: Mapping[str, float],
    tags: Mapping[str, str],
) -> None:
    """Write README.md and metadata.json into a model's folder.

    Args:
        folder: the model's folder.
        evaluation: what the README's table shows.
        verdict: which model is served, and why.
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
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
    metadata = {"parameters": dict(parameters), "metrics": dict(metrics), **tags}
    (folder / "metadata.json").write_text(json.dumps(metadata, indent=2, default=str) + "\n", encoding="utf-8")
