"""What `socialai experiment` does: each variant cross-fitted, tracked in MLflow, printed beside what it must beat."""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from resources.errors import SettingsError
from resources.lake import Lake
from resources.model_registry import ModelRegistry
from resources.settings import current

if TYPE_CHECKING:
    from socialai_assets.factories.experiments import Experiment, Outcome, Variant

CONSOLE = Console()
SHOWN = {"r2": "R2", "rmse": "RMSE", "spearman": "rank r", "coverage_90": "in 90 %"}


def run_experiment(file: Path, output: Path | None) -> None:
    """Try each variant of an experiment's file and print the table, the best first.

    Raises:
        SettingsError: the file is wrong, or names an unknown model, algorithm, feature or parameter.
        ModelError: a variant cannot be fitted; those before it are in MLflow.
    """
    from socialai_assets.catalog import trainables
    from socialai_assets.factories.experiments import read_experiment

    settings = current()
    experiment = read_experiment(file)
    known = trainables()
    if experiment.model not in known:
        raise SettingsError(
            f"There is no model `{experiment.model}` to experiment with",
            where=str(file),
            do=f"There are: {', '.join(sorted(known))}.",
        )
    registry = ModelRegistry.from_settings(settings)
    lake = Lake.from_settings(settings, read_only=True)
    tracked = f"experiments/{experiment.model}/{file.stem}"
    outcomes: dict[str, Outcome] = {}
    try:
        with CONSOLE.status("Reading what the model learns from"):
            bench = known[experiment.model](experiment, lake, registry, threads=settings.threads)
        for variant in experiment.variants:
            bench.check(variant)
        for note in bench.notes:
            CONSOLE.print(note, highlight=False, markup=False)
        with CONSOLE.status("Baselines"):
            references = bench.reference_outcomes()
        for number, variant in enumerate(experiment.variants, start=1):
            started = time.monotonic()
            with CONSOLE.status(escape(f"{number}/{len(experiment.variants)} {variant.name}")):
                outcome = outcomes[variant.name] = bench.score(variant)
            seconds = time.monotonic() - started
            registry.log_experiment(
                tracked,
                run=variant.name,
                parameters=_parameters(experiment, variant, outcome),
                metrics={**outcome.metrics, **_gain(outcome), "seconds": seconds},
            )
            score = (
                f"{SHOWN.get(bench.primary_metric, bench.primary_metric)} {outcome.metrics[bench.primary_metric]:.3f}"
            )
            line = f"{number}/{len(experiment.variants)} {variant.name}: {score}, {seconds:.1f} s"
            CONSOLE.print(line, highlight=False, markup=False)
        bench.close()
    finally:
        lake.close()
    ranked = sorted(
        {**references, **outcomes}.items(), key=lambda item: item[1].metrics[bench.primary_metric], reverse=True
    )
    _print_table(experiment, dict(ranked), outcomes.keys(), bench.champion)
    if output is not None:
        _write(output, dict(ranked), outcomes.keys(), bench.champion)
        CONSOLE.print(f"Table: {output}", highlight=False, markup=False)
    CONSOLE.print(f"Tracked in MLflow as {tracked}. Nothing was registered, promoted or served.", highlight=False)


def _parameters(experiment: Experiment, variant: Variant, outcome: Outcome) -> dict[str, object]:
    return {
        "model": experiment.model,
        "algorithm": variant.algorithm,
        "features": ", ".join(variant.features),
        "without": ", ".join(variant.without),
        "number_of_features": outcome.features,
        "folds": experiment.folds,
        "seed": experiment.seed,
        **{f"parameter_{name}": value for name, value in variant.parameters.items()},
    }


def _gain(outcome: Outcome) -> dict[str, float]:
    return {} if outcome.gain is None else {f"champion_{k}": v for k, v in outcome.gain._asdict().items()}


def _role(name: str, variants: object, champion: str | None) -> str:
    if name in variants:  # type: ignore[operator]
        return "variant"
    return "champion" if name == champion else "baseline"


def _print_table(experiment: Experiment, ranked: Mapping[str, Outcome], variants: object, champion: str | None) -> None:
    grid = Table("", "", *SHOWN.values(), "features", "gain on the champion", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, outcome in ranked.items():
        role = _role(name, variants, champion)
        figures = [f"{outcome.metrics[m]:.3f}" if m in outcome.metrics else "" for m in SHOWN]
        gain = (
            ""
            if outcome.gain is None
            else f"{outcome.gain.gain:+.3f} ({outcome.gain.lower:+.3f} to {outcome.gain.upper:+.3f})"
        )
        features = str(outcome.features) if outcome.features else ""
        grid.add_row(escape(name), "" if role == "variant" else role, *figures, features, gain)
    CONSOLE.print(grid)
    about = f"{experiment.folds} folds of held-out blocks, seed {experiment.seed}; 95 % interval of the gain by paired"
    CONSOLE.print(f"{about} bootstrap over blocks.", highlight=False)
    if len(variants) > 1:  # type: ignore[arg-type]
        CONSOLE.print("The best of many variants looks better than it is: try it on other data.", highlight=False)


def _write(file: Path, ranked: Mapping[str, Outcome], variants: object, champion: str | None) -> None:
    metrics = sorted({metric for outcome in ranked.values() for metric in outcome.metrics})
    gains = ("champion_gain", "champion_lower", "champion_upper")
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, ["name", "role", "features", *gains, *metrics], extrasaction="ignore")
        writer.writeheader()
        for name, outcome in ranked.items():
            row = {"name": name, "role": _role(name, variants, champion), "features": outcome.features}
            writer.writerow({**row, **_gain(outcome), **outcome.metrics})
