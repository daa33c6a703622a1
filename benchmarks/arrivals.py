"""`python -m benchmarks.arrivals`: forecasts of the people in the camps of seven conflicts, beside the naive ones.

Needs a home whose refugees' tables are made of the real landing. Each conflict is forecast by models, weights and
intervals that come from the others. Only figures belong here; the models are the platform's own.
"""

from __future__ import annotations

import argparse
import platform
from datetime import UTC, datetime

import pandas as pd

from benchmarks.figures import Figure, append_json_lines, markdown_table, report
from resources.lake import Lake
from resources.settings import current
from socialai_assets.methods.forecasting.growth import ANCHORS
from socialai_assets.refugees.arrival_contracts import ALL_CONFLICTS
from socialai_assets.refugees.arrival_forecasting import COMBINATION, tried
from socialai_assets.refugees.arrival_models import DRIFT, LAST_VALUE, NAIVE, panels
from socialai_assets.refugees.arrival_scores import scores
from socialai_assets.refugees.arrival_series import conflicts

TABLES = ("camp_population", "camps", "links", "closures", "locations")
AIM = 15.0
"""Per cent by which the WAPE of the better naive forecast is to be undercut, 4 and 8 weeks ahead."""
AIMED_AT = (4, 8)


def measured() -> pd.DataFrame:
    """Rows of `refugees.population_scores`, from the camps and reports in the lake of the home."""
    lake = Lake.from_settings(current(), read_only=True)
    population, *others = (lake.read_frame(f"refugees.{table}") for table in TABLES)
    lake.close()
    return scores(tried(panels(conflicts(population), *others)))


def figures(found: pd.DataFrame) -> list[Figure]:
    """The headline: how much lower the WAPE is, and what the intervals hold; unweighted means over conflicts."""
    value = found.set_index(["conflict_id", "horizon", "model", "metric"])["value"]
    made = []
    for ahead in ANCHORS:
        naive = min(value[ALL_CONFLICTS, ahead, name, "wape"] for name in NAIVE)
        served = value[ALL_CONFLICTS, ahead, COMBINATION, "wape"]
        gain = 100 * (1 - served / naive)
        note = f"aim: at least {AIM:g}" if ahead in AIMED_AT else ""
        made.append(Figure("Seven conflicts", f"lower WAPE than the better naive, {ahead}w", gain, "%", note=note))
        each = [
            min(value[name, ahead, one, "wape"] for one in NAIVE)
            for name in found["conflict_id"].unique()
            if name != ALL_CONFLICTS
        ]
        strict = 100 * (1 - served / (sum(each) / len(each)))
        made.append(Figure("Seven conflicts", f"… than the better of each conflict, {ahead}w", strict, "%"))
        for metric in ("coverage_80", "coverage_95"):
            held = 100 * value[ALL_CONFLICTS, ahead, COMBINATION, metric]
            note = "aim: 77 to 83" if metric == "coverage_80" else ""
            made.append(Figure("Seven conflicts", f"{metric}, {ahead}w", held, "%", note=note))
    return made


def tables(found: pd.DataFrame) -> str:
    """Models in the mean over conflicts, and the combination beside the naive ones by conflict, as Markdown."""
    value = found.set_index(["conflict_id", "horizon", "model", "metric"])["value"]
    whole = found[found["conflict_id"] == ALL_CONFLICTS]
    order = whole[(whole["metric"] == "wape") & (whole["horizon"] == AIMED_AT[-1])].sort_values("value")["model"]
    by_model = [
        [name, *(f"{value[ALL_CONFLICTS, ahead, name, 'wape']:.4f}" for ahead in ANCHORS)]
        + [
            f"{value[ALL_CONFLICTS, ahead, name, metric]:.3f}"
            for metric in ("mase", "bias", "ard")
            for ahead in AIMED_AT
        ]
        for name in order
    ]
    heads = ["model", *(f"WAPE {ahead}w" for ahead in ANCHORS)]
    heads += [f"{name} {ahead}w" for name in ("MASE", "bias", "ARD") for ahead in AIMED_AT]
    rows = found[(found["model"] == COMBINATION) & (found["metric"] == "wape") & (found["horizon"] == AIMED_AT[0])]
    by_conflict = [
        [name, f"{counted}"]
        + [
            f"{value[name, ahead, model, 'wape']:.3f}"
            for ahead in AIMED_AT
            for model in (LAST_VALUE, DRIFT, COMBINATION)
        ]
        + [f"{value[name, ahead, COMBINATION, metric]:.3f}" for metric in ("coverage_80", "ard") for ahead in AIMED_AT]
        for name, counted in zip(rows["conflict_id"], rows["forecasts"], strict=True)
    ]
    columns = ["conflict", f"forecasts {AIMED_AT[0]}w"]
    columns += [f"{name} {ahead}w" for ahead in AIMED_AT for name in ("last value", "drift", "served")]
    columns += [f"{name} {ahead}w" for name in ("80 % hold", "ARD") for ahead in AIMED_AT]
    return f"{markdown_table(heads, by_model)}\n\n{markdown_table(columns, by_conflict)}\n"


def main() -> None:
    """Measure, print, append."""
    argparse.ArgumentParser(prog="python -m benchmarks.arrivals", description=__doc__).parse_args()
    found = measured()
    made = figures(found)
    print(tables(found))
    print(report(made))
    context = {"machine": platform.machine(), "python": platform.python_version()}
    append_json_lines(current().home / "bench" / "arrivals.jsonl", made, context, datetime.now(UTC))


if __name__ == "__main__":
    main()
