"""Processor seconds of the repair plan of a home, and the plan beside other ways of choosing.

`SOCIALAI_HOME=… python -m benchmarks.repair_plan --budgets 1000000 20000000`; the home holds what it is made from.
"""

from __future__ import annotations

import argparse
import time

from benchmarks.figures import markdown_table
from resources.lake import Lake
from resources.settings import current
from socialai_assets.methods.covering.planning import cover_fairness_curve
from socialai_assets.water.repair import RepairTables, repair_case
from socialai_assets.water.repair_plans import PLANNED_FROM
from socialai_assets.water.repair_settings import water_settings
from socialai_assets.water.repair_tables import comparison_rows, solved_plan

SHOWN = ["method", "people_gaining", "people_gaining_cautious", "weighted_gain", "repairs", "builds", "cost_per_person"]


def main() -> None:
    """Plan with each budget, print seconds and both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budgets", type=float, nargs="*", default=[1_000_000.0])
    arguments = parser.parse_args()
    lake = Lake.from_settings(current(), read_only=True)
    tables = RepairTables(**{name: lake.read_frame(table) for name, table in PLANNED_FROM.items()})
    lake.close()
    for budget in arguments.budgets:
        settings = water_settings({"repair": {"budget_usd": budget}})
        own, seconds, began = settings.repair, {}, time.process_time()

        def lap(step: str) -> None:
            nonlocal began
            seconds[step], began = f"{time.process_time() - began:.1f}", time.process_time()  # noqa: B023

        case = repair_case(tables, settings)
        lap("people, odds, candidates")
        plan = solved_plan(case, own)
        lap(f"plan ({plan.status}, gap {plan.gap:.5f})")
        compared = comparison_rows(case, plan, own)
        lap("seven ways of choosing")
        curve = cover_fairness_curve(case.problem(own), budget, own.fairness_steps, seconds=own.seconds, gap=own.gap)
        lap("price of fairness")
        print(f"\n{budget:,.0f} USD, {len(case.places):,} places, {len(case.candidates):,} candidates\n", flush=True)
        print(markdown_table(["step", "processor seconds"], list(seconds.items())))
        texts = [[f"{value:,.1f}" if isinstance(value, float) else str(value) for value in row]
                 for row in compared[SHOWN].itertuples(index=False)]  # fmt: skip
        print(markdown_table(SHOWN, texts), flush=True)
        print(curve.round(4).to_markdown(index=False), flush=True)


if __name__ == "__main__":
    main()
