"""Risk of the sample country's children by date, beside their true risk: `python -m benchmarks.children_risk`.

All children are synthetic; figures say whether the platform finds what was planted, and nothing about real children.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.figures import Figure, append_json_lines
from resources.landing import LandingZone
from socialai_assets.catalog import all_sources
from socialai_assets.children.risk_figures import scores_of
from socialai_assets.children.risk_rows import EVENT_TABLES, risk_dates, risk_features, risk_labels
from socialai_assets.children.risk_settings import RiskSettings, risk_settings
from socialai_assets.children.risk_training import MODELS, Judgement, cases_of, judge
from socialai_assets.ingest.rows import ingest
from socialai_assets.ingest.sample import INPUTS, write_sample
from socialai_assets.ingest.sample.children_families import child_codes
from socialai_assets.methods.case_risk.capacity import capacity_scores
from socialai_assets.methods.scores import auc

TRUTH = {"leaves_school": "leave_risk", "case_opens": "case_risk"}
INPUT_TABLES = tuple(name for name, domain in INPUTS.items() if domain == "children")


def main() -> None:
    """Judge both labels, print the tables, append the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--without-networks", action="store_true")
    parser.add_argument("--figures", type=Path, help="a file to append the figures to, as JSON lines")
    arguments = parser.parse_args()
    settings = risk_settings()
    if arguments.without_networks:
        quick = settings.training.model_copy(update={"networks": False})
        settings = settings.model_copy(update={"training": quick})
    with tempfile.TemporaryDirectory() as folder:
        tables, terms, poverty, truth = sample(Path(folder), arguments.scale, arguments.seed)
    began = time.process_time()
    dates = risk_dates(terms, tables, settings)
    features = risk_features(dates, tables, terms, poverty, settings)
    labels = risk_labels(dates, features, tables, settings)
    print(f"{len(features)} rows of features in {time.process_time() - began:.0f} CPU seconds")
    figures = []
    for label in MODELS:
        began = time.process_time()
        judged = judge(cases_of(features, labels, label), label, settings, report=lambda line: print(line, flush=True))
        print(f"\n{label}: {judged.rows['outcome'].mean():.3f} of {len(judged.rows)} rows. {judged.reason}.\n")
        print(table(judged, label, settings, truth))
        seconds = time.process_time() - began
        print(f"\n{seconds:.0f} CPU seconds\n")
        figures.append(Figure("children's risk", f"{label}_seconds", seconds, "s", context={"scale": arguments.scale}))
    if arguments.figures:
        append_json_lines(arguments.figures, figures, {"machine": platform.machine()}, datetime.now(UTC))


def sample(
    folder: Path, scale: float, seed: int
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Tables of events, terms, poverty of areas and true risk of the sample's children, read as the platform reads."""
    # Indicators of areas bring the planted poverty with them.
    write_sample(folder, scale=scale, seed=seed, inputs=(*INPUT_TABLES, "area_indicators"))
    zone = LandingZone(folder, None, "all", all_sources())
    sources = {source.name: source for source in all_sources() if source.canonical}
    found = {name: ingest(zone.files(sources[name]), sources[name]).accepted for name in INPUT_TABLES}
    known = set(found["children"]["child_id"])
    tables = {
        name: found[name] if "child_id" not in found[name] else found[name][found[name]["child_id"].isin(known)]
        for name in EVENT_TABLES
    }
    truth = pd.read_csv(folder / "children" / "sample" / "_truth" / "risk.csv", parse_dates=["month"])
    codes = child_codes(int(truth["child_number"].max()) + 1, seed)
    truth = truth.assign(child_id=[codes[number] for number in truth["child_number"]])
    # Its estimate needs the whole platform; what was planted is the best that could be.
    poverty = pd.read_csv(folder / "poverty" / "sample" / "_truth" / "poverty.csv", dtype={"area_id": str})
    poverty = poverty.rename(columns={"true_rate_pct": "estimate"})
    return tables, found["terms"], poverty, truth


def table(judged: Judgement, label: str, settings: RiskSettings, truth: pd.DataFrame) -> str:
    """Markdown: a row a model, means over the dates judged, and what the true risk would do."""
    scores = scores_of(judged, label, settings)
    whole = scores[scores["test_date"].isna()]
    at = settings.capacity.of(label)
    rows = []
    for model, own in whole.groupby("model"):
        value = own.set_index([own["metric"], own["capacity"].fillna(0)])["value"]
        ends = own[own["metric"] == "auc"].iloc[0]
        rows.append(
            {
                "model": model,
                "AUC": f"{ends['value']:.3f} ({ends['lower']:.3f} to {ends['upper']:.3f})",
                **{f"precision at {share:.0%}": f"{value['precision', share]:.3f}" for share in (at, 0.1)},
                **{f"recall at {share:.0%}": f"{value['recall', share]:.3f}" for share in (at, 0.1)},
                "F1": f"{value['f1', at]:.3f}",
                "Brier": f"{value['brier', 0]:.4f}",
                "calibration error": f"{value['calibration_error', 0]:.3f}",
                "list kept": f"{value.get(('list_stability', at), np.nan):.2f}",
                "mean regret": f"{value.get(('mean_regret', at), np.nan):.3f}",
            }
        )
    return pd.DataFrame([*rows, _of_truth(judged, label, at, truth)]).replace("nan", "").to_markdown(index=False)


def _of_truth(judged: Judgement, label: str, at: float, truth: pd.DataFrame) -> dict[str, str]:
    own = judged.estimates.drop_duplicates(["test_date", "row"])
    rows = judged.rows.iloc[own["row"]][["child_id", "as_of_date", "outcome"]]
    both = rows.merge(truth, left_on=["child_id", "as_of_date"], right_on=["child_id", "month"])
    risk = both[TRUTH[label]].to_numpy()
    dates = [group for _, group in both.groupby("as_of_date")]
    found = {
        share: pd.DataFrame([capacity_scores(one["outcome"], one[TRUTH[label]], share) for one in dates]).mean()
        for share in (at, 0.1)
    }
    return {
        "model": "true risk",
        "AUC": f"{auc(both['outcome'].to_numpy(), risk, both['as_of_date']):.3f}",
        **{f"precision at {share:.0%}": f"{found[share]['precision']:.3f}" for share in (at, 0.1)},
        **{f"recall at {share:.0%}": f"{found[share]['recall']:.3f}" for share in (at, 0.1)},
        "F1": f"{found[at]['f1']:.3f}",
    }


if __name__ == "__main__":
    main()
