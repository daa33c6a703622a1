"""`python -m benchmarks.spine`: what running the platform costs, from start-up to a landed file's way to the map.

Only the choice of sections, their order and their figures belong here. Every measurement runs the platform's own
commands in fresh processes and temporary homes on the embedded lake; nothing of the home in use is touched but
`bench/spine.jsonl`, to which each figure is appended.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, append_json_lines, report
from benchmarks.processes import Cost, end_on_signals, measure
from resources.errors import SettingsError, SocialAIError
from resources.settings import PROJECT, Settings, current

BIN = Path(sys.executable).parent
SQL = "SELECT count(*), avg(estimate) FROM poverty.district_predictions"
SQL_TIMES, LOAD_TIMES, LATENCY_TIMES = 10, 5, 3
SCALES = (1, 4, 16)
MEGABYTE = 1_000_000


@dataclass
class Bench:
    """What the sections share: the settings, a folder for temporary homes, and a home where everything is made."""

    settings: Settings
    folder: Path
    repeat: int
    cold: list[Cost] = field(default_factory=list)
    cold_ended: float = 0.0

    @cached_property
    def home(self) -> Path:
        """A home where everything has been made by `socialai run` from nothing; made at first use."""
        home = self.folder / "home"
        say("cold run in a fresh home")
        self.cold.append(self.run(home))
        self.cold_ended = time.time()
        return home

    def environment(self, home: Path, **settings: object) -> dict[str, str]:
        """The environment of a child: settings as given to this process, but for the home and what lies outside."""
        inside = {"HOME": home, "LAKE_CATALOG": "", "LAKE_DATA": "", "MLFLOW_TRACKING_URI": "", "NOTIFIER": "log"}
        chosen = {f"SOCIALAI_{name.upper()}": str(value) for name, value in {**inside, **settings}.items()}
        return {**os.environ, "DAGSTER_DISABLE_TELEMETRY": "1", "PYTHONWARNINGS": "ignore", **chosen}

    def run(self, home: Path, *options: str, **settings: object) -> Cost:
        """`socialai run` in a home."""
        return measure([str(BIN / "socialai"), "run", *options], self.environment(home, **settings), PROJECT)


def whole_runs(bench: Bench) -> list[Figure]:
    """A run from nothing, one with nothing to do, and one that makes everything again."""
    home = bench.home
    for number in range(2, bench.repeat + 1):
        say(f"cold run in a fresh home, {number} of {bench.repeat}")
        bench.cold.append(bench.run(bench.folder / f"home-{number}"))
    say("warm runs")
    unchanged = [bench.run(home) for _ in range(bench.repeat)]
    again = [bench.run(home, "--all") for _ in range(bench.repeat)]
    return [
        *_costs("Whole run", "cold, from nothing", bench.cold),
        *_costs("Whole run", "warm, nothing changed", unchanged),
        *_costs("Whole run", "warm, everything again (`--all`)", again),
    ]


def code_location(bench: Bench) -> list[Figure]:
    """Time to import all definitions in a fresh process."""
    say("code-location load")
    command = [sys.executable, "-c", "import socialai_assets.definitions"]
    environment = bench.environment(bench.folder / "no-home")
    walls = [measure(command, environment, PROJECT, subprocess.DEVNULL).wall for _ in range(LOAD_TIMES)]
    note = f"median of {LOAD_TIMES} fresh processes, {_range(walls)}"
    return [Figure("Start-up", "code-location load", median(walls), "s", aim=5, note=note)]


def sql_latency(bench: Bench) -> list[Figure]:
    """Time of one `socialai sql` in a fresh process."""
    environment = bench.environment(bench.home)
    say("socialai sql")
    command = [str(BIN / "socialai"), "sql", SQL]
    walls = [measure(command, environment, PROJECT, subprocess.DEVNULL).wall for _ in range(SQL_TIMES)]
    note = f"median of {SQL_TIMES} fresh processes, {_range(walls)}"
    return [Figure("Start-up", "`socialai sql`", median(walls), "s", aim=0.5, note=note, context={"sql": SQL})]


def scaling(bench: Bench) -> list[Figure]:
    """Cold runs of sample countries of growing size, whatever has landed."""
    nothing = bench.folder / "nothing-landed"
    nothing.mkdir()
    figures = []
    for scale in SCALES:
        say(f"cold run of the sample country at {scale}x")
        home = bench.folder / f"sample-{scale}"
        cost = bench.run(home, landing=nothing, sample="missing", sample_scale=scale)
        figures += [
            Figure("Sample country, cold run", f"{f.name} at {scale}×", f.value, f.unit, context={"scale": scale})
            for f in _costs("", "", [cost])
        ]
    return figures


def assets(bench: Bench) -> list[Figure]:
    """Where the time of the cold run went: each step, and the share that is orchestration."""
    from benchmarks.event_log import runs_of

    runs = runs_of(bench.home, bench.cold_ended)
    seconds = sum(run.seconds for run in runs)
    orchestration = sum(run.orchestration for run in runs)
    tables = sum(run.tables for run in runs)
    how = "run from first to last event, less work in assets and their IO; see benchmarks/event_log.py"
    section = "Orchestration, cold run"
    figures = [
        Figure(section, "Dagster's run", seconds, "s", note=f"{tables} tables written"),
        Figure(section, "before and after it", bench.cold[0].wall - seconds, "s", note="start-up, sample, summary"),
        Figure(section, "orchestration", orchestration, "s", note=how),
        Figure(section, "orchestration a table asset", orchestration / tables, "s", aim=0.35),
        Figure(section, "orchestration, share of the run", 100 * orchestration / seconds, "%"),
        Figure(section, "storing one event", runs[0].storing, "s", note="median between two announcements"),
    ]
    steps = sorted((step for run in runs for step in run.steps), key=lambda step: -step.seconds)
    for step in steps:
        note = f"{step.work:.2f} s of it work"
        note += f"; {len(step.tables)} tables in one step" if len(step.tables) > 1 else ""
        name = step.tables[0] if len(step.tables) == 1 else step.step
        context = {"tables": step.tables, "work": step.work}
        figures.append(Figure("Seconds a step, cold run", name, step.seconds, "s", note=note, context=context))
    return figures


def landing_to_map(bench: Bench) -> list[Figure]:
    """A corrected figure lands while Dagster's daemon runs: how long until the map shows it."""
    from benchmarks.landing_to_map import measure_latencies

    home, times = bench.home, max(LATENCY_TIMES, bench.repeat)
    seconds = bench.settings.sensor_seconds
    say(f"landing to map, {times} landings, sensors every {seconds} s")
    found = measure_latencies(home, bench.settings.landing, bench.environment(home), times)
    context = {"sensor_seconds": seconds, "landings": times}
    stages = {
        "sensor reported it": [latency.noticed for latency in found],
        "run requested": [latency.requested for latency in found],
        "run started": [latency.started for latency in found],
    }
    section, name = "Landed file to map", "map materialised"
    mapped = [latency.mapped for latency in found]
    return [
        *(Figure(section, stage, median(values), "s", context=context) for stage, values in stages.items()),
        Figure(
            section,
            name,
            median(mapped),
            "s",
            aim=30,
            note=f"median of {times} landings, {_range(mapped)}; sensors every {seconds} s",
            context=context,
        ),
    ]


# A child's peak memory starts at its parent's: sections that import Dagster here come last.
SECTIONS: dict[str, Callable[[Bench], list[Figure]]] = {
    "run": whole_runs,
    "load": code_location,
    "sql": sql_latency,
    "scaling": scaling,
    "assets": assets,
    "latency": landing_to_map,
}


def say(text: str) -> None:
    """Tell a person what is going on, beside the figures."""
    print(f"[{datetime.now():%H:%M:%S}] {text}", file=sys.stderr, flush=True)


def machine(settings: Settings) -> dict[str, object]:
    """What the figures of one benchmark have in common: machine, code and data."""
    git = ["git", "-C", str(PROJECT), "describe", "--always", "--dirty"]
    described = subprocess.run(git, capture_output=True, text=True, check=False)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "landing": str(settings.landing) if settings.landing else f"sample country, scale {settings.sample_scale:g}",
        "code": described.stdout.strip() or "unknown",
        "cores": os.cpu_count(),
        "memory_mb": round(memory / MEGABYTE),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def chosen(only: str | None) -> list[str]:
    """The sections named in `--only`, in the order they are run; all where it is not given.

    Raises:
        SettingsError: a section is unknown.
    """
    if only is None:
        return list(SECTIONS)
    named = [name.strip() for name in only.split(",") if name.strip()]
    unknown = [name for name in named if name not in SECTIONS]
    if unknown or not named:
        raise SettingsError(f"There is no section {unknown}", where="--only", do=f"Choose among {list(SECTIONS)}.")
    return [name for name in SECTIONS if name in named]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables on standard output, append the JSON lines; 1 where something failed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.spine",
        description="What running the platform costs on the landing zone of the settings (SOCIALAI_LANDING), or on "
        "the sample country. Prints Markdown tables and appends to $SOCIALAI_HOME/bench/spine.jsonl.",
    )
    parser.add_argument("--only", metavar="SECTIONS", help=f"comma-separated, of {','.join(SECTIONS)}; default all")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="whole runs of a kind; medians are given")
    options = parser.parse_args(arguments)
    if options.repeat < 1:
        parser.error("--repeat must be 1 or more")
    end_on_signals()
    figures: list[Figure] = []
    try:
        names, settings = chosen(options.only), current()
        context = machine(settings)
        with tempfile.TemporaryDirectory(prefix="socialai-bench-", ignore_cleanup_errors=True) as folder:
            bench = Bench(settings, Path(folder), options.repeat)
            for name in names:
                measured = SECTIONS[name](bench)
                append_json_lines(settings.home / "bench" / "spine.jsonl", measured, context, datetime.now(UTC))
                figures += measured
    except SocialAIError as error:
        print(f"benchmarks.spine: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if figures:
            print(report(figures))
    print("Measured on: " + ", ".join(f"{key} {value}" for key, value in context.items()))
    return 0


def _costs(section: str, name: str, costs: Sequence[Cost]) -> list[Figure]:
    """Median wall, processor time and peak memory of several runs."""
    walls = [cost.wall for cost in costs]
    note = f"median of {len(costs)} runs, {_range(walls)}" if len(costs) > 1 else ""
    before = f"{name}: " if name else ""
    return [
        Figure(section, f"{before}wall", median(walls), "s", note=note),
        Figure(section, f"{before}CPU", median(cost.cpu for cost in costs), "s"),
        Figure(section, f"{before}peak memory", median(cost.peak_bytes for cost in costs) / MEGABYTE, "MB"),
    ]


def _range(values: Sequence[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f} s"


if __name__ == "__main__":
    sys.exit(main())
