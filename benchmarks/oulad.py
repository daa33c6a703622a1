"""Risk learned on OULAD (adult students, a stand-in for pupils): `python -m benchmarks.oulad FOLDER`.

Presentations before 2014J teach, 2014J tests, settings and model are chosen on 2013J and 2014B. Withdrawals before the
day of prediction cannot be excluded in this copy, which has no days of registration: `did not hand in` is partly `had
left`, so figures are also given among those who had handed something in.
"""

from __future__ import annotations

import argparse
import platform
import time
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from benchmarks.figures import Figure, append_json_lines, markdown_table
from socialai_assets.children.oulad_features import DAYS
from socialai_assets.children.oulad_records import Records, records
from socialai_assets.children.oulad_training import (
    ALL,
    HANDED_IN,
    TEST,
    features_of_days,
    out_of_sample,
    regret,
    scores,
)


def main() -> None:
    """Judge on every day asked for, print the tables, append the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where studentInfo.csv and the other three files are")
    parser.add_argument("--days", type=int, nargs="*", default=list(DAYS))
    parser.add_argument("--marking-days", type=int, default=0, help="days from handing in until a score is known")
    parser.add_argument("--without-networks", action="store_true")
    parser.add_argument("--figures", type=Path, help="a file to append the figures to, as JSON lines")
    arguments = parser.parse_args()
    found = read(arguments.folder)
    began = time.process_time()
    tables = features_of_days(found, arguments.days, marking_days=arguments.marking_days)
    estimates, settings = out_of_sample(
        found, tables, networks=not arguments.without_networks, report=lambda what: print(what, flush=True)
    )
    scored = scores(estimates)
    seconds = time.process_time() - began
    print(regret(scored).round(4).to_string())
    print("\n".join(f"{name}: {words}" for name, words in settings.items()))
    tested = scored[scored["presentation"] == TEST]
    chosen = tested.loc[tested["is_chosen"], "model"].iloc[0]
    for people in (ALL, HANDED_IN):
        print(f"\n{TEST}, {people}; chosen: {chosen}\n")
        print(table(tested[tested["people"] == people]))
    print(f"{seconds:.0f} CPU seconds")
    if arguments.figures:
        own = tested[(tested["people"] == ALL) & tested["is_chosen"] & (tested["metric"] == "auc")]
        figures = [
            Figure("OULAD", f"auc_day_{row.day}", row.value, "AUC", context={"model": chosen})
            for row in own.itertuples()
        ]
        figures.append(Figure("OULAD", "seconds", seconds, "s"))
        append_json_lines(arguments.figures, figures, {"machine": platform.machine()}, datetime.now(UTC))


def read(folder: Path) -> Records:
    """OULAD's files as they are published: `?` is missing."""
    names = ("courses", "assessments", "studentInfo", "studentAssessment")
    return records(*(pd.read_csv(folder / f"{name}.csv", na_values="?") for name in names))


def table(scores: pd.DataFrame) -> str:
    """Markdown: a row a day and model, AUC with its interval and precision at each capacity."""
    rows = []
    for (day, model), own in scores.groupby(["day", "model"], sort=True):
        by = own.set_index(["metric", own["capacity"].fillna(0)])
        whole = by.loc["auc", 0.0]
        ends = f" ({whole['lower']:.3f} to {whole['upper']:.3f})" if pd.notna(whole["lower"]) else ""
        lists = [f"{by.loc[('precision', share), 'value']:.3f}" for share in (0.05, 0.1, 0.2)]
        rest = [f"{by.loc[(name, 0.0), 'value']:.3f}" for name in ("brier", "calibration_error")]
        rows.append((str(day), str(model), f"{whole['value']:.3f}{ends}", *lists, *rest))
    heads = ("day", "model", "AUC", "precision at 5 %", "at 10 %", "at 20 %", "Brier", "calibration error")
    return markdown_table(heads, rows)


if __name__ == "__main__":
    main()
