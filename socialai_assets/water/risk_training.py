"""How risk models are fitted, judged on held-out blocks, and chosen. No Dagster and no storage here.

One split for each answer to "how near have other systems been visited?": a point whose district has visits is judged by
random rows of other systems, one whose district has none by whole districts held out, then provinces, departments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from socialai_assets.methods import failure_probability as probability
from socialai_assets.methods.area_model import AreaModel, cross_fit
from socialai_assets.methods.area_regression import AreaMean
from socialai_assets.methods.risk_learners import FailureTrees, FewColumns, HierarchicalRate
from socialai_assets.methods.scores import Improvement, auc, bootstrap, brier, confusion_scores, paired_bootstrap
from socialai_assets.methods.validation import blocked_folds, random_folds, verify_folds
from socialai_assets.water.risk_contracts import NEAREST, SPLITS
from socialai_assets.water.risk_rows import BLOCK, column_names, with_columns

MODELS = {"treatment_fails": "water.treatment_failure", "catchment_fails": "water.catchment_failure"}
SPLIT_OF: dict[str, str] = dict(zip(NEAREST, SPLITS, strict=True))
CANDIDATE = "boosting"
BASELINES = ("overall_rate", "area_rate", "few_columns")
FEW = ("install_year", "altitude_m", "served_population", "km_to_capital")
LEAST_VISITS, LEAST_BLOCKS = 60, 4
CHANCE = 0.5
LEVEL = 0.9
RATIO_HIGH, RATIO_LOW = 1.5, 2 / 3
"""A risk is high from so many times the overall rate on, low up to so many times: fixed, so that nothing is tuned."""


@dataclass(frozen=True)
class Served:
    """What is served where other visits are so near, and why.

    Attributes:
        name: of the model.
        is_baseline: whether nothing beat it for certain.
        is_withheld: whether its skill is not above chance.
        reason: with figures.
        skill: AUC on held-out blocks with its bootstrap interval; None where it could not be measured.
        calibration: of its estimates.
        correlation: overdispersion within districts, provinces and departments, by column of the area.
        rate: share of visits that failed.
    """

    name: str
    is_baseline: bool
    is_withheld: bool
    reason: str
    skill: Improvement | None
    calibration: probability.Calibration
    correlation: Mapping[str, float]
    rate: float


@dataclass(frozen=True)
class Evaluation:
    """What cross-fitting gave for one target.

    Attributes:
        out_of_sample: columns of `water.risk_out_of_sample` but for the target.
        folds: split to (n,) fold of each row.
        served: what is served, by `NEAREST`.
        improvements: split and baseline to the gain in AUC of the candidate.
    """

    out_of_sample: pd.DataFrame
    folds: dict[str, np.ndarray]
    served: dict[str, Served]
    improvements: dict[tuple[str, str], Improvement] = field(default_factory=dict)


def learners(rows: pd.DataFrame, split: str, *, seed: int = 0) -> dict[str, AreaModel]:
    """The unfitted models that are compared where a split's blocks are not known, by name."""
    names = column_names(rows, of_places=split != "department")
    place = {"block": BLOCK[split], "latitude": "lat_deg", "longitude": "lon_deg", "seed": seed}
    few = tuple(name for name in FEW if name in names)
    return {
        "overall_rate": AreaMean(),
        "area_rate": HierarchicalRate(),
        **({"few_columns": FewColumns(few)} if few else {}),
        "boosting": FailureTrees(names, **place),
    }


def folds_of(rows: pd.DataFrame, *, number: int = 5, seed: int = 0) -> dict[str, np.ndarray]:
    """Split to (n,) folds; systems never straddle one. Splits with too few blocks are left out."""
    made = {}
    for split in SPLITS:
        column = "system_id" if split == "random" else BLOCK[split]
        if rows[column].nunique() < LEAST_BLOCKS:
            continue
        count = min(number, rows[column].nunique())
        if split == "random":
            made[split] = random_folds(len(rows), count, seed, groups=rows["system_id"])
        else:
            made[split] = blocked_folds(rows[column], count, seed, groups=rows["system_id"])
        verify_folds(made[split], rows["system_id"])
        verify_folds(made[split], rows[column])
    return made


def evaluate(
    rows: pd.DataFrame, *, seed: int = 0, draws: int = 500, report: Callable[[str], None] = lambda _: None
) -> Evaluation:
    """Cross-fit and calibrate every model on every split, and choose what is served.

    Args:
        rows: `risk_rows.visited_rows` of one target, at least `LEAST_VISITS`.
        seed: seed of folds, learners and bootstrap.
        draws: of the bootstrap.
        report: called with a line for each model and split.
    """
    observed = rows["failed"].to_numpy(dtype=float)
    parts, served = [], {}
    improvements: dict[tuple[str, str], Improvement] = {}
    folds = folds_of(rows, seed=seed)
    for nearest, split in SPLIT_OF.items():
        if split not in folds:
            served[nearest] = _unjudged(rows, split)
            continue
        compared = learners(rows, split, seed=seed)
        table = with_columns(rows, column_names(rows, of_places=True))
        raw = {
            name: np.clip(cross_fit(model, table, observed, folds[split])["estimate"].to_numpy(), 0, 1)
            for name, model in compared.items()
        }
        made = {name: probability.cross_calibrated(observed, one, folds[split]) for name, one in raw.items()}
        blocks = rows[BLOCK[split] if split != "random" else "area_id"]
        for name, one in made.items():
            parts.append(_held_out(rows, name, split, folds[split], one))
            report(f"{split}: {name} auc {auc(observed, one):.3f}, brier {brier(observed, one):.4f}")
        for name in BASELINES:
            if name in made:
                improvements[split, name] = paired_bootstrap(
                    observed, made[name], made[CANDIDATE], "auc", blocks=blocks, draws=draws, seed=seed
                )
        served[nearest] = _chosen(rows, split, raw, made, improvements, blocks, draws=draws, seed=seed)
    return Evaluation(pd.concat(parts, ignore_index=True), folds, served, improvements)


def _chosen(
    rows: pd.DataFrame,
    split: str,
    raw: Mapping[str, np.ndarray],
    made: Mapping[str, np.ndarray],
    improvements: Mapping[tuple[str, str], Improvement],
    blocks: pd.Series,
    *,
    draws: int,
    seed: int,
) -> Served:
    """The candidate if it certainly beats every baseline, else the best baseline; withheld where neither has skill."""
    observed = rows["failed"].to_numpy(dtype=float)
    gains = {name: gain for (where, name), gain in improvements.items() if where == split}
    beaten = all(gain.lower > 0 for gain in gains.values())
    name = CANDIDATE if beaten else max(gains, key=lambda one: auc(observed, made[one]))
    skill = bootstrap(observed, made[name], "auc", blocks=blocks, draws=draws, seed=seed)
    withheld = not skill.lower > CHANCE
    figure = f"AUC {skill.gain:.3f} ({skill.lower:.3f} to {skill.upper:.3f}) with {_HELD_OUT[split]} held out"
    against = "; ".join(f"{one} by {g.gain:+.3f} ({g.lower:+.3f} to {g.upper:+.3f})" for one, g in gains.items())
    reason = (
        f"{figure}, {'not certainly above chance' if withheld else 'above chance'}. {CANDIDATE} differs from {against}"
    )
    return Served(
        name,
        not beaten,
        withheld,
        reason,
        skill,
        probability.calibrate(observed, raw[name]),
        {
            column: probability.overdispersion(observed, made[name], rows[column])
            for column in ("area_id", "admin2_id", "admin1_id")
        },
        float(observed.mean()),
    )


_HELD_OUT = {
    "random": "random systems",
    "district": "whole districts",
    "province": "whole provinces",
    "department": "whole departments",
}


def _unjudged(rows: pd.DataFrame, split: str) -> Served:
    rate = float(rows["failed"].mean())
    reason = f"too few {_HELD_OUT[split].removeprefix('whole ')} have visits to hold any out, so no skill is known"
    flat = probability.calibrate(rows["failed"].to_numpy(float), np.full(len(rows), rate))
    return Served("overall_rate", True, True, reason, None, flat, {}, rate)


def _held_out(rows: pd.DataFrame, name: str, split: str, folds: np.ndarray, estimate: np.ndarray) -> pd.DataFrame:
    correlation = probability.overdispersion(rows["failed"].to_numpy(float), estimate, rows["area_id"])
    lower, upper = probability.rate_interval(estimate, correlation, level=LEVEL)
    return pd.DataFrame(
        {
            "point_id": rows["point_id"].to_numpy(),
            "visit_number": rows["visit_number"].to_numpy(),
            "model": name,
            "split": split,
            "fold": folds,
            "estimate": estimate,
            "lower": lower,
            "upper": upper,
            "observed": rows["failed"].to_numpy() > 0,
            "is_synthetic": rows["is_synthetic"].to_numpy(),
        }
    )


def classes_of(risk: np.ndarray, rate: float) -> np.ndarray:
    """(n,) high, medium or low: against the overall rate of failing; None where the risk is missing."""
    known = ~np.isnan(risk)
    made = np.full(len(risk), None, dtype=object)
    made[known] = "medium"
    made[known & (np.nan_to_num(risk) >= RATIO_HIGH * rate)] = "high"
    made[known & (np.nan_to_num(risk, nan=1.0) <= RATIO_LOW * rate)] = "low"
    return made


def scores_of(evaluation: Evaluation, rate: float) -> pd.DataFrame:
    """Scores of every model and split: `model, split, group, metric, value, is_baseline, is_served`."""
    found = []
    served = {(one.name, SPLIT_OF[nearest]) for nearest, one in evaluation.served.items()}
    for (model, split), part in evaluation.out_of_sample.groupby(["model", "split"], sort=False):
        observed, estimate = part["observed"].to_numpy(float), part["estimate"].to_numpy(float)
        figures = {"auc": auc(observed, estimate), "brier": brier(observed, estimate), "rows": float(len(part))}
        figures |= confusion_scores(observed, (estimate >= rate).astype(float))
        rows = [("all", metric, value) for metric, value in figures.items()]
        classes = classes_of(estimate, rate)
        for name in ("high", "medium", "low"):
            of_class = classes == name
            failed = observed[of_class]
            # Low is a statement that a point does not fail.
            right = failed.sum() if name != "low" else (1 - failed).sum()
            wanted = observed.sum() if name != "low" else (1 - observed).sum()
            rows += [
                (name, "rows", float(of_class.sum())),
                (name, "precision", float(right / of_class.sum()) if of_class.any() else np.nan),
                (name, "recall", float(right / wanted) if wanted else np.nan),
            ]
        found += [
            {
                "model": model,
                "split": split,
                "group": group,
                "metric": metric,
                "value": value,
                "is_baseline": model in BASELINES,
                "is_served": (model, split) in served,
            }
            for group, metric, value in rows
        ]
    return pd.DataFrame(found)


def primary_rows(evaluation: Evaluation, rows: pd.DataFrame, split: str) -> pd.DataFrame:
    """Held-out estimates of what a version serves on a split, to compare versions: key, `estimate, observed, block`.

    Where nothing could be held out there are no rows.
    """
    nearest = next(nearest for nearest, one in SPLIT_OF.items() if one == split)
    found = evaluation.out_of_sample
    own = found[(found["split"] == split) & (found["model"] == evaluation.served[nearest].name)]
    blocks = rows[["point_id", "visit_number", BLOCK[split]]].rename(columns={BLOCK[split]: "block"})
    return own[["point_id", "visit_number", "estimate", "observed"]].merge(blocks, on=["point_id", "visit_number"])


def promote(
    challenger: pd.DataFrame, champion: pd.DataFrame | None, *, same_data: bool, draws: int = 500, seed: int = 0
) -> tuple[bool, str]:
    """Whether a newly trained version replaces the champion, with the figures in a sentence.

    Args:
        challenger: `primary_rows` of the new version.
        champion: those of the champion, or None where there is none.
        same_data: whether both learned from the same data; then only a better Brier score is a reason to change.
    """
    if champion is None:
        return True, "first version"
    both = challenger.merge(champion[["point_id", "visit_number", "estimate"]], on=["point_id", "visit_number"])
    if both["block"].nunique() < 2:
        return True, "the champion was trained on other districts: too few are shared to compare"
    gain = paired_bootstrap(
        both["observed"].to_numpy(float),
        both["estimate_y"].to_numpy(),
        both["estimate_x"].to_numpy(),
        "brier",
        blocks=both["block"],
        draws=draws,
        seed=seed,
    )
    figures = f"Brier score better by {gain.gain:+.4f} ({gain.lower:+.4f} to {gain.upper:+.4f}) than the champion's"
    if same_data:
        return gain.gain > 0, f"trained on the same data: {figures}"
    return gain.upper >= 0, f"trained on new data: {figures}"
