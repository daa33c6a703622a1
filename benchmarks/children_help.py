"""Help for children: time and gap of plans by size, and on the sample country's planted truth what plans really gain.

`python -m benchmarks.children_help --sizes 1000 5000 20000 --scale 0.5 --flagged 0.05 0.2`. All children are synthetic:
figures say whether the platform finds what was planted, and nothing about real children.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.figures import Figure, append_json_lines
from resources.landing import LandingZone
from socialai_assets.catalog import all_sources
from socialai_assets.children.help_eligibility import recommended
from socialai_assets.children.help_options import HelpCase, help_case
from socialai_assets.children.help_records import harms_of, what_help_did
from socialai_assets.children.help_settings import help_settings
from socialai_assets.children.risk_rows import risk_dates, risk_features, risk_labels
from socialai_assets.children.risk_settings import risk_settings
from socialai_assets.children.risk_training import as_numbers, cases_of, learned_columns
from socialai_assets.ingest.rows import ingest
from socialai_assets.ingest.sample import INPUTS, write_sample
from socialai_assets.ingest.sample.children_families import child_codes
from socialai_assets.methods.assignment.comparison import compared
from socialai_assets.methods.assignment.planning import best_assignment, even_assignment
from socialai_assets.methods.assignment.problem import NOBODY, AssignmentProblem
from socialai_assets.methods.assignment.ranking import highest_risk_first, most_benefit_first, random_order

TRUTH = {"leaves_school": "leave_risk", "case_opens": "case_risk"}
OPTIONS_A_CHILD = 8


def drawn(children: int, seed: int = 0) -> AssignmentProblem:
    """Flagged children with eight options each, a counsellor to forty of them and a service to sixty."""
    random = np.random.default_rng(seed)
    risk = random.beta(2, 6, children)
    person = np.repeat(np.arange(children), OPTIONS_A_CHILD)
    given = random.random(len(person)) < 0.7
    helpers, services = max(children // 40, 1), max(children // 60, 1)
    # Children and whoever helps them are near each other.
    near = person * helpers // children + random.integers(-3, 4, len(person))
    at = person * services // children + random.integers(-2, 3, len(person))
    return AssignmentProblem(
        risk=risk,
        person=person,
        kind=random.integers(0, 5, len(person)),
        helper=np.where(given, near % helpers, NOBODY),
        service=np.where(given, NOBODY, at % services),
        benefit=risk[person] * random.choice([0.12, 0.2, 0.25, 0.33], len(person)),
        minutes=np.where(given, random.choice([20, 30, 60, 90], len(person)), 0),
        cost=random.choice([5.0, 40.0, 90.0, 260.0], len(person)),
        km=random.uniform(0, 15, len(person)),
        helper_minutes=random.choice([600, 900, 1200], helpers),
        helper_people=random.integers(15, 31, helpers),
        helper_group=np.zeros(helpers, dtype=int),
        places=random.integers(5, 20, services),
        budget=60.0 * children,
        benefit_per_km=0.0002,
    )


def scale_rows(sizes: list[int], seconds: float) -> pd.DataFrame:
    """Seconds, status and gap of the plan with most benefit, and of the more even one, by number of children."""
    rows = []
    for size in sizes:
        problem = drawn(size)
        began, used = time.monotonic(), time.process_time()
        plan = best_assignment(problem, seconds=seconds, gap=0.005)
        row: dict[str, Any] = {"children": size, "helpers": len(problem.helper_minutes), "options": len(problem.person)}
        row |= {"seconds": time.monotonic() - began, "cpu_seconds": time.process_time() - used}
        greedy = most_benefit_first(problem)
        values = [float(problem.value[one.chosen].sum()) for one in (greedy, plan)]
        row |= {"status": plan.status, "gap": plan.gap, "over_greedy": values[1] / values[0] - 1}
        even = even_assignment(problem, plan, 0.01, seconds=10)
        row |= {"spread": problem.spread(plan.chosen), "spread_at_1_pct": problem.spread(even.chosen)}
        rows.append(row)
        print(row, flush=True)
    return pd.DataFrame(rows)


class Country:
    """The sample country's children as the platform reads them, with their truth."""

    def __init__(self, folder: Path, scale: float, seed: int) -> None:
        names = tuple(name for name, domain in INPUTS.items() if domain == "children")
        write_sample(folder, scale=scale, seed=seed, inputs=(*names, "area_indicators"))
        zone = LandingZone(folder, None, "all", all_sources())
        sources = {source.name: source for source in all_sources() if source.canonical and source.domain == "children"}
        found = {name: ingest(zone.files(sources[name]), sources[name]).accepted for name in names}
        known = set(found["children"]["child_id"])
        kinds = set(found["interventions"]["intervention_id"])
        self.tables = {
            name: frame[frame["child_id"].isin(known)] if "child_id" in frame else frame
            for name, frame in found.items()
        }
        for name in ("support", "services"):
            self.tables[name] = self.tables[name][self.tables[name]["intervention_id"].isin(kinds)]
        truth = folder / "children" / "sample" / "_truth"
        risk = pd.read_csv(truth / "risk.csv", parse_dates=["month"])
        codes = child_codes(int(risk["child_number"].max()) + 1, seed)
        self.risk = risk.assign(child_id=[codes[number] for number in risk["child_number"]])
        effects = pd.read_csv(truth / "effects.csv")
        codes = child_codes(len(effects), seed)
        self.effects = effects.assign(child_id=[codes[n] for n in effects["child_number"]]).set_index("child_id")
        poverty = pd.read_csv(folder / "poverty" / "sample" / "_truth" / "poverty.csv", dtype={"area_id": str})
        self.poverty = poverty.rename(columns={"true_rate_pct": "estimate"})


def scored(features: pd.DataFrame, labels: pd.DataFrame, flagged: float, last: pd.Timestamp) -> pd.DataFrame:
    """Scores of a date by boosting that learned of what was known by then, as `children.risk_scores`."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    columns = list(learned_columns(risk_settings()))
    now = as_numbers(features[pd.to_datetime(features["as_of_date"]) == last])
    parts = []
    for label in TRUTH:
        rows = cases_of(features, labels, label)
        rows = rows[rows["known_on"] < last]
        model = HistGradientBoostingClassifier(
            max_iter=80, learning_rate=0.05, max_leaf_nodes=8, min_samples_leaf=40, random_state=0
        ).fit(rows[columns], rows["outcome"])
        score = model.predict_proba(now[columns])[:, 1]
        own = now[["child_id", "school_id", "area_id"]].assign(label=label, as_of_date=last.date(), score=score)
        chosen = score >= np.quantile(score, 1 - flagged)
        if label == "case_opens":
            chosen &= now["has_open_case"].to_numpy() != 1.0
        parts.append(own.assign(flagged=chosen, state="scored", is_synthetic=True))
    return pd.concat(parts, ignore_index=True)


def truth_of(case: HelpCase, country: Country, as_of: pd.Timestamp) -> np.ndarray:
    """(O,) what each option really takes away: the true risk on the date times the true effect on the child."""
    risk = country.risk[country.risk["month"] == as_of].set_index("child_id")
    options = case.options
    # Who has left without anybody's knowing yet is at no risk any more, and gains nothing.
    by_label = {label: options["child_id"].map(risk[column]).to_numpy(float) for label, column in TRUTH.items()}
    true_risk = np.select([options["label"] == label for label in TRUTH], list(by_label.values()))
    effect = np.array(
        [country.effects.at[c, k] for c, k in zip(options["child_id"], options["intervention_id"], strict=True)]
    )
    return np.nan_to_num(true_risk * effect)


def main() -> None:
    """Print both tables, append the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 5000, 20000])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--scale", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--flagged", type=float, nargs="*", default=[0.05, 0.2])
    parser.add_argument("--without-records", action="store_true", help="plan by the catalogue's effects alone")
    parser.add_argument("--figures", type=Path, help="a file to append the figures to, as JSON lines")
    arguments = parser.parse_args()
    figures = []
    if arguments.sizes:
        sizes = scale_rows(arguments.sizes, arguments.seconds)
        print(sizes.round(4).to_markdown(index=False), flush=True)
        figures += [
            Figure("help for children", f"plan of {row.children} children", float(row.seconds), "s")  # type: ignore[arg-type]
            for row in sizes.itertuples()
        ]
    if arguments.flagged:
        figures += planted(arguments.scale, arguments.seed, arguments.flagged, records=not arguments.without_records)
    if arguments.figures:
        append_json_lines(arguments.figures, figures, {"machine": platform.machine()}, datetime.now(UTC))


def planted(scale: float, seed: int, shares: list[float], *, records: bool = True) -> list[Figure]:
    """What help did beside its true effect, and what plans gain by the truth, on the sample country."""
    with tempfile.TemporaryDirectory() as folder:
        country = Country(Path(folder), scale, seed)
    settings, own = help_settings(), risk_settings()
    tables, terms = country.tables, country.tables["terms"]
    dates = risk_dates(terms, tables, own)
    features = risk_features(dates, tables, terms, country.poverty, own)
    labels = risk_labels(dates, features, tables, own)
    print(f"{tables['children']['child_id'].nunique()} children, {len(features)} rows of features", flush=True)
    harms = harms_of(tables["enrolments"], tables["cases"])
    kinds = tables["interventions"]
    given = tables["support"] if records else tables["support"].head(0)
    estimates, pairs = what_help_did(kinds, features, labels, given, harms, settings)
    shown = estimates[estimates["band"] == "all"].merge(
        country.effects[kinds["intervention_id"].tolist()].mean().rename("true_mean"),
        left_on="intervention_id",
        right_index=True,
    )
    columns = ["intervention_id", "helped", "relative_effect", "lower", "upper", "catalogue_effect", "used_effect"]
    print(shown[[*columns, "true_mean", "why_not"]].round(3).to_markdown(index=False), flush=True)
    print(pairs.drop(columns=["limits", "is_synthetic"]).round(3).to_markdown(index=False), flush=True)
    places = tables["schools"].rename(columns={"school_id": "place_id", "lat_deg": "latitude", "lon_deg": "longitude"})
    # The truth is told of months at school only.
    days = pd.to_datetime(features["as_of_date"])
    last = days[days.isin(country.risk["month"])].max()
    print(f"Plans of {last:%Y-%m-%d}", flush=True)
    figures = []
    for share in shares:
        scores = scored(features, labels, share, last)
        made = recommended(scores, features, tables["support"], kinds, estimates, settings)
        case = help_case(
            made, features, tables["support"], kinds, tables["services"], tables["staff"], places, settings
        )
        truth = truth_of(case, country, last)
        plan = best_assignment(case.problem, seconds=60, gap=0.005)
        plans = {
            "most benefit": plan,
            "most benefit, even caseloads for 1 %": even_assignment(case.problem, plan, 0.01, seconds=10),
            "highest risk first": highest_risk_first(case.problem),
            "random order": random_order(case.problem),
        }
        table = compared(case.problem, plans, truth)
        print(f"\n{share:.0%} flagged: {len(case.people)} children and risks, {len(case.options)} options\n")
        print(table.round(3).to_markdown(index=False), flush=True)
        by_plan = table.set_index("plan")["benefit_gained"]
        gain = float(by_plan["most benefit"] / by_plan["highest risk first"] - 1)
        figures.append(Figure("help for children", f"gain over highest risk first, {share:.0%} flagged", gain, "share"))
    return figures


if __name__ == "__main__":
    main()
