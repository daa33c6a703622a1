"""The summary at the end of a run, for a person: tables, scores beside baselines, checks, maps, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.markup import escape
from rich.table import Table

from resources.lake import Lake

if TYPE_CHECKING:
    from rich.console import Console

    from resources.settings import Settings
    from socialai_assets.runs import Outcome

SCORES = """
PIVOT (
    SELECT split, model, is_served, is_baseline, is_synthetic, metric, value FROM lake.{domain}.model_scores
    WHERE "group" = 'all'
) ON metric IN ('r2', 'rmse', 'spearman', 'coverage_90') USING max(value)
ORDER BY array_position(['province', 'department', 'random'], split), is_baseline, r2 DESC
"""


def print_summary(console: Console, settings: Settings, outcome: Outcome) -> None:
    """Print what a run left, and where to look."""
    lake = Lake.from_settings(settings, read_only=True)
    # Where the very first step failed there is no lake yet, and that step's error is what matters.
    catalog = lake.location.catalog_file
    if (catalog is None or catalog.is_file()) and lake.exists("poverty.model_scores"):
        _scores(console, lake, "poverty")
    rows = sum(outcome.rows.values())
    console.print(
        f"[bold]Tables[/]  {len(outcome.rows)} written, {rows:,} rows, {outcome.seconds:.1f} s", highlight=False
    )
    console.print(
        f"[bold]Checks[/]  {outcome.checks_passed} passed, {len(outcome.warnings)} warnings, "
        f"{len(outcome.checks_failed)} failed",
        highlight=False,
    )
    for text in outcome.warnings:
        console.print(f"  [yellow]warning[/] {escape(text)}", highlight=False, soft_wrap=True)
    for text in outcome.checks_failed:
        console.print(f"  [red]failed[/]  {escape(text)}", highlight=False, soft_wrap=True)
    for error in outcome.errors:
        console.print(f"[red]Failed[/]  {escape(error)}", highlight=False, soft_wrap=True)
    pages = sorted(settings.published.rglob("*.html"))
    indexed = {path.parent for path in pages if path.stem.startswith("index")}
    # Where there is an index, it leads to the other pages of its folder.
    for path in (path for path in pages if path.parent not in indexed or path.stem.startswith("index")):
        console.print(f"[bold]Map[/]     {path}", highlight=False, soft_wrap=True)
    console.print(
        '[bold]Next[/]    make ui   opens the Dagster UI;  .venv/bin/socialai sql "FROM geography.areas LIMIT 5"',
        soft_wrap=True,
    )
    lake.close()


def _scores(console: Console, lake: Lake, domain: str) -> None:
    cursor = lake.cursor()
    found = cursor.execute(SCORES.format(domain=domain)).fetchall()
    cursor.close()
    synthetic = " (SYNTHETIC DATA)" if any(row[4] for row in found) else ""
    headings = ("held out", "model", "", "R2", "RMSE", "rank r", "in 90 %")
    grid = Table(*headings, title=f"{domain}{synthetic}", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in grid.columns[:2]:
        column.no_wrap = True
    for split, model, is_served, is_baseline, _, r2, rmse, spearman, coverage in found:
        role = "served" if is_served else "baseline" if is_baseline else ""
        figures = ("" if value is None else f"{value:.3f}" for value in (r2, rmse, spearman, coverage))
        grid.add_row("random *" if split == "random" else split, model, role, *figures)
    console.print(grid)
    console.print("* neighbours of the tested areas were learned from: a warning, not a claim", highlight=False)
