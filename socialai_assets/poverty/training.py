"""What the district poverty model is: covariates, candidates, baselines, splits, scores and the promotion rule.

Pure functions on frames over `methods`; no Dagster and no storage here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from socialai_assets.methods.area_model import AreaModel, cross_fit, end_processes
from socialai_assets.methods.area_networks import PictureBoosting, TabularNetwork, pretrained_day_weights
from socialai_assets.methods.area_regression import AreaMean, AreaRegression, NearestNeighbours, SingleCovariate
from socialai_assets.methods.intervals import cross_conformal
from socialai_assets.methods.promotion import replaces_champion
from socialai_assets.methods.scores import Improvement, paired_bootstrap
from socialai_assets.methods.stacked_ensemble import StackedEnsemble
from socialai_assets.methods.validation import blocked_folds, leave_one_block_out, random_folds, verify_folds
from socialai_assets.poverty.scoring import is_urban, scores_of

MODEL = "poverty.district_model"
CANDIDATE = "stacked_ensemble"
PRIMARY_METRIC = "r2"
PRIMARY_SPLIT = "province"
LEVEL = 0.9
PERCENT = (0.0, 100.0)
# Of fewer rows a model is fitted in less time than a process takes to start.
ROWS_WORTH_PROCESSES = 600
# Of fewer areas networks learn little, and take most of the time.
ROWS_WORTH_NETWORKS = 300


def interval_groups(rows: pd.DataFrame) -> pd.Series:
    """The group whose errors an area's interval is calibrated on: urban areas, the others by natural region."""
    return rows["natural_region"].fillna("unknown").astype(str).mask(is_urban(rows), "urban")


@dataclass(frozen=True)
class Split:
    """A way to hold areas out.

    Attributes:
        name: province, department or random.
        block: column of the unit that is held out whole; a lagged target never comes from the area's own.
        folds: (n,) fold of each row.
    """

    name: str
    block: str
    folds: np.ndarray


@dataclass(frozen=True)
class Evaluation:
    """What cross-fitting every model on every split gave: the tables `out_of_sample` and `model_scores` hold.

    `candidate` has the candidate's copy fitted without each fold of the primary split.
    """

    out_of_sample: pd.DataFrame
    scores: pd.DataFrame
    candidate: Mapping[int, AreaModel] = field(default_factory=dict)

    def estimates(self, model: str, split: str) -> pd.DataFrame:
        """One model's rows of one split, by area."""
        rows = self.out_of_sample
        return rows[(rows["model"] == model) & (rows["split"] == split)].sort_values("area_id", ignore_index=True)

    def score(self, model: str, split: str, metric: str) -> float:
        """One figure over all areas; missing where there is none."""
        rows = self.scores.set_index(["model", "split", "group", "metric"])["value"]
        return float(rows.get((model, split, "all", metric), np.nan))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Verdict:
    """Which model is served and why, with the bootstrap against each baseline."""

    served: str
    is_baseline: bool
    reason: str
    improvements: Mapping[str, Improvement]


def learners(
    covariates: Sequence[str],
    block: str,
    *,
    seed: int,
    trees: int,
    threads: int,
    networks: bool = True,
    day_weights: tuple[np.ndarray, ...] | None = None,
) -> dict[str, AreaModel]:
    """The models that are compared, by name: those that learn from covariates, and three baselines they must beat.

    Networks may be left out; with the weights of a pre-trained day encoder there is one that looks at pictures too.
    """
    regression = AreaRegression(
        features=tuple(covariates),
        block=block,
        region="admin1_id",
        bounds=PERCENT,
        seed=seed,
        n_jobs=threads,
        trees=trees,
    )
    extra_trees, process = (regression.clone(learners=(kind,)) for kind in ("extra_trees", "gaussian_process"))
    models: dict[str, AreaModel] = {
        # Boosting counts twice: it is the strongest alone, the others are there for erring otherwise.
        CANDIDATE: StackedEnsemble(
            (regression, regression.clone(seed=seed + 100), extra_trees, process), bounds=PERCENT
        ),
        "gradient_boosting": regression,
        "random_forest": regression.clone(learners=("random_forest",)),
        "extra_trees": extra_trees,
        "gaussian_process": process,
    }
    if networks:
        models["tabular_network"] = TabularNetwork(
            features=tuple(covariates), block=block, region="admin1_id", bounds=PERCENT, seed=seed
        )
    if networks and day_weights is not None:
        models["picture_boosting"] = PictureBoosting(
            features=tuple(covariates),
            block=block,
            region="admin1_id",
            day_weights=day_weights,
            members=1,
            bounds=PERCENT,
            seed=seed,
        )
    return models | {
        "area_mean": AreaMean(),
        "night_lights_only": SingleCovariate(covariate="night_light_mean"),
        "nearest_neighbours": NearestNeighbours(block=block),
    }


# A warning about random splits needs no more than the ensemble and its strongest member.
NOT_ON_RANDOM_SPLIT = ("tabular_network", "picture_boosting", "random_forest", "extra_trees", "gaussian_process")
BASELINES = ("area_mean", "night_lights_only", "nearest_neighbours")


def splits(rows: pd.DataFrame, *, province_folds: int, seed: int) -> list[Split]:
    """The primary split by provinces, departments one by one, and a random one that is only a warning.

    Args:
        rows: `admin1_id, admin2_id, estimate_group`; areas of one group never straddle a fold.
    """
    groups = rows["estimate_group"]
    made = [
        Split("province", "admin2_id", blocked_folds(rows["admin2_id"], province_folds, seed, groups=groups)),
        Split("department", "admin1_id", leave_one_block_out(rows["admin1_id"], groups=groups)),
        Split("random", "area_id", random_folds(len(rows), province_folds, seed, groups=groups)),
    ]
    for split in made:
        verify_folds(split.folds, rows[split.block])
        verify_folds(split.folds, groups)
    return made


def evaluate(
    rows: pd.DataFrame,
    covariates: Sequence[str],
    *,
    province_folds: int = 10,
    seed: int = 0,
    trees: int = 100,
    threads: int = 1,
    networks: bool = True,
    every_split: bool = True,
    report: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Cross-fit every model on every split and score it.

    Args:
        rows: `area_id`, blocks, coordinates, covariates, `poverty_rate_pct` with its official interval `lower_pct,
            upper_pct`, `estimate_group`, `is_synthetic`, and where there are pictures `patch`
            (`methods.patches.cut_patches`).
        covariates: the columns the models learn from.
        province_folds: folds of the primary split.
        seed: seed of folds and learners.
        trees: trees of the forest.
        threads: folds that are fitted at a time.
        networks: whether neural networks are compared too, where there are rows enough.
        every_split: whether models are judged on other splits than the primary one too.
        report: called with a line for each model and split done.
    """
    observed = rows["poverty_rate_pct"].to_numpy(dtype=float)
    estimates, scores = [], []
    candidate: Mapping[int, AreaModel] = {}
    processes = processes_for(rows, threads)
    networks = networks and len(rows) >= ROWS_WORTH_NETWORKS
    day_weights = pretrained_day_weights(rows["patch"], seed) if networks and "patch" in rows else None
    for split in splits(rows, province_folds=province_folds, seed=seed):
        if split.name != PRIMARY_SPLIT and not every_split:
            continue
        compared = learners(
            covariates,
            split.block,
            seed=seed,
            trees=trees,
            threads=threads,
            networks=networks,
            day_weights=day_weights,
        )
        done: list[_CrossFit] = []
        for name, model in compared.items():
            if split.name == "random" and name in NOT_ON_RANDOM_SPLIT:
                continue
            started = time.monotonic()
            keep = split.name == PRIMARY_SPLIT and name == CANDIDATE
            cross = _cross_fitted(model, rows, observed, split.folds, done, processes, keep)
            candidate = cross.kept if keep else candidate
            fitted = cross.estimates
            estimate = fitted["estimate"].to_numpy()
            lower, upper = cross_conformal(
                observed,
                estimate,
                split.folds,
                level=LEVEL,
                difficulty=fitted["difficulty"].to_numpy(),
                groups=interval_groups(rows),
                within=PERCENT,
            )
            estimates.append(
                pd.DataFrame(
                    {
                        "area_id": rows["area_id"].to_numpy(),
                        "model": name,
                        "split": split.name,
                        "fold": split.folds,
                        "estimate": estimate,
                        "lower": lower,
                        "upper": upper,
                        "observed": observed,
                        "is_synthetic": rows["is_synthetic"].to_numpy(),
                    }
                )
            )
            found = list(scores_of(rows, observed, estimate, lower, upper))
            figures = {metric: value for group, metric, value in found if group == "all"}
            scores += [_score(name, split.name, *figure) for figure in found]
            seconds = time.monotonic() - started
            report(f"{split.name}: {name} r2 {figures['r2']:.3f}, rmse {figures['rmse']:.2f}, {seconds:.1f} s")
    if processes > 1:
        end_processes()
    return Evaluation(pd.concat(estimates, ignore_index=True), pd.DataFrame(scores), candidate)


def processes_for(rows: pd.DataFrame, threads: int) -> int:
    """How many models to fit at a time."""
    return threads if len(rows) >= ROWS_WORTH_PROCESSES else 1


def read_by(model: AreaModel, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows without their pictures where a model looks at none: they would be copied to each process and each fold."""
    return rows if hasattr(model, "patch") else rows.drop(columns="patch", errors="ignore")


@dataclass(frozen=True)
class _CrossFit:
    """A model, its out-of-fold estimates (`cross_fit`), and the copy fitted without each fold where they are kept."""

    model: AreaModel
    estimates: pd.DataFrame
    kept: dict[int, AreaModel]


def _cross_fitted(
    model: AreaModel,
    rows: pd.DataFrame,
    observed: np.ndarray,
    folds: np.ndarray,
    done: list[_CrossFit],
    processes: int,
    keep: bool,
) -> _CrossFit:
    """`cross_fit`, in which an ensemble of equal weights and the candidates among its members share their fits.

    Args:
        model: what to cross-fit.
        rows: what it reads.
        observed: (n,) values.
        folds: (n,) fold of each row.
        done: what has been cross-fitted on these folds; added to.
        processes: folds fitted at a time.
        keep: whether to keep the copies.
    """
    for known in done:
        if known.model == model and (known.kept or not keep):
            return known
    kept: dict[int, AreaModel] = {}
    if isinstance(model, StackedEnsemble) and not model.inner_folds:
        parts = [_cross_fitted(member, rows, observed, folds, done, processes, keep) for member in model.members]
        estimate = model.combine([part.estimates["estimate"].to_numpy() for part in parts])
        estimates = pd.DataFrame(
            {"fold": folds, "estimate": estimate, "difficulty": model.difficulty(estimate)}, rows.index
        )
        for number in parts[0].kept:
            kept[number] = model.assembled([part.kept[number] for part in parts], int((folds != number).sum()))
    else:
        estimates = cross_fit(
            model, read_by(model, rows), observed, folds, processes=processes, kept=kept if keep else None
        )
    done.append(_CrossFit(model, estimates, kept))
    return done[-1]


def judge(evaluation: Evaluation, rows: pd.DataFrame, *, draws: int = 2000, seed: int = 0) -> Verdict:
    """Serve the candidate if it beats every baseline on the primary split, else the best baseline.

    It beats a baseline if the lower bound of the paired bootstrap over whole provinces is above zero.
    """
    candidate = evaluation.estimates(CANDIDATE, PRIMARY_SPLIT)
    blocks = rows.set_index("area_id")["admin2_id"].reindex(candidate["area_id"])
    improvements = {
        baseline: paired_bootstrap(
            candidate["observed"].to_numpy(),
            evaluation.estimates(baseline, PRIMARY_SPLIT)["estimate"].to_numpy(),
            candidate["estimate"].to_numpy(),
            PRIMARY_METRIC,
            blocks=blocks,
            draws=draws,
            seed=seed,
        )
        for baseline in BASELINES
    }
    unbeaten = [name for name, improvement in improvements.items() if not improvement.lower > 0]
    figures = "; ".join(
        f"{name} by {gain.gain:.3f} ({gain.lower:.3f} to {gain.upper:.3f})" for name, gain in improvements.items()
    )
    if not unbeaten:
        return Verdict(CANDIDATE, False, f"R2 on held-out provinces exceeds {figures}", improvements)
    best = max(BASELINES, key=lambda name: evaluation.score(name, PRIMARY_SPLIT, PRIMARY_METRIC))
    reason = f"no certain gain over {', '.join(unbeaten)}: the baseline {best} is served. R2 differs from {figures}"
    return Verdict(best, True, reason, improvements)


def promote(
    challenger: pd.DataFrame, champion: pd.DataFrame | None, *, same_data: bool, draws: int = 2000, seed: int = 0
) -> tuple[bool, str]:
    """Whether a newly trained version replaces the champion.

    Args:
        challenger: out-of-sample rows of the new version on the primary split, with `block`.
        champion: those of the champion, or None where there is none.
        same_data: whether both learned from the same data; then only a better score is a reason to change.

    Returns:
        The decision and its figures in a sentence.
    """
    return replaces_champion(
        challenger,
        champion,
        key=("area_id",),
        metric=PRIMARY_METRIC,
        same_data=same_data,
        words="R2 {figures} against the champion",
        draws=draws,
        seed=seed,
    )


def _score(model: str, split: str, group: str, metric: str, value: float) -> dict[str, object]:
    return {
        "model": model,
        "split": split,
        "group": group,
        "metric": metric,
        "value": value,
        "is_baseline": model in BASELINES,
    }
