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
from socialai_assets.methods.promotion import replaces_champion
from socialai_assets.methods.risk_learners import FailureNetwork, FailureTrees, FewColumns, HierarchicalRate
from socialai_assets.methods.scores import Improvement, auc, bootstrap, brier, confusion_scores, paired_bootstrap
from socialai_assets.methods.stacked_ensemble import StackedEnsemble, convex_weights
from socialai_assets.methods.validation import blocked_folds, random_folds, verify_folds
from socialai_assets.water.risk_classes import classes_given, classes_of
from socialai_assets.water.risk_contracts import NEAREST, RISK_CLASSES, SPLITS
from socialai_assets.water.risk_rows import BLOCK, column_names, with_columns

MODELS = {"treatment_fails": "water.treatment_failure", "catchment_fails": "water.catchment_failure"}
SPLIT_OF: dict[str, str] = dict(zip(NEAREST, SPLITS, strict=True))
AREA_RATE = "area_rate"
MEMBERS = ("random_forest", "boosting", "network", AREA_RATE, "few_columns")
ROWS_WORTH_NETWORKS = 300
COMBINATION = CANDIDATE = "combination"
SCALES_KM = (15.0, 60.0)
REGIONS = {
    "random": ("area_id", "admin2_id", "admin1_id"),
    "district": ("admin2_id", "admin1_id"),
    "province": ("admin1_id",),
    "department": (),
}
"""Areas whose rate is known where a split's blocks are not."""
BASELINES = ("overall_rate", AREA_RATE, "few_columns")
FEW = ("install_year", "altitude_m", "served_population", "km_to_capital")
LEAST_VISITS, LEAST_BLOCKS = 60, 8
"""With fewer blocks a bootstrap over them is too sure (Cameron, Gelbach and Miller 2008, REStat 90:414)."""
CHANCE = 0.5
LEVEL = 0.9


@dataclass(frozen=True)
class Served:
    """What is served where other visits are so near, and why.

    Attributes:
        name: of the model.
        is_baseline: whether nothing beat it for certain.
        is_withheld: whether its ranks or its probabilities are not certainly better than chance.
        reason: with figures.
        skill: AUC on held-out blocks with its bootstrap interval; None where it could not be measured.
        calibration: of its estimates.
        correlation: overdispersion within districts, provinces and departments, by column of the area.
        rate: share of visits that failed.
        classes: of risk that are given; see `risk_classes.classes_given`.
    """

    name: str
    is_baseline: bool
    is_withheld: bool
    reason: str
    skill: Improvement | None
    calibration: probability.Calibration
    correlation: Mapping[str, float]
    rate: float
    classes: tuple[str, ...] = RISK_CLASSES


@dataclass(frozen=True)
class Evaluation:
    """What cross-fitting gave for one target.

    Attributes:
        out_of_sample: columns of `water.risk_out_of_sample` but for the target.
        folds: split to (n,) fold of each row.
        served: what is served, by `NEAREST`.
        fitted: split to the copies of what is served there, each fitted without one fold; none where withheld.
        weights: split to the weights of the combination's members.
        improvements: split and baseline to the gain in AUC of the candidate.
    """

    out_of_sample: pd.DataFrame
    folds: dict[str, np.ndarray]
    served: dict[str, Served]
    fitted: dict[str, dict[int, AreaModel]]
    weights: dict[str, np.ndarray]
    improvements: dict[tuple[str, str], Improvement] = field(default_factory=dict)


def learners(rows: pd.DataFrame, split: str, *, seed: int = 0, networks: bool = True) -> dict[str, AreaModel]:
    """The unfitted models that are compared where a split's blocks are not known, by name.

    Of fewer than `ROWS_WORTH_NETWORKS` rows networks learn little, and are left out.
    """
    names = column_names(rows, elsewhere=split == "department")
    place = {"block": BLOCK[split], "latitude": "lat_deg", "longitude": "lon_deg", "seed": seed}
    place |= {"regions": REGIONS[split], "lag_scales_km": () if split == "department" else SCALES_KM}
    few = tuple(name for name in FEW if rows[name].nunique() > 1)
    members: dict[str, AreaModel] = {
        "random_forest": FailureTrees(names, learners=("random_forest",), **place),
        "boosting": FailureTrees(names, **place),
        "network": FailureNetwork(names, **place),
        AREA_RATE: HierarchicalRate(),
        **({"few_columns": FewColumns(few)} if few else {}),
    }
    if not networks or len(rows) < ROWS_WORTH_NETWORKS:
        del members["network"]
    return {
        "overall_rate": AreaMean(),
        **members,
        COMBINATION: StackedEnsemble(tuple(members.values()), bounds=(0.0, 1.0)),
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
    rows: pd.DataFrame,
    *,
    seed: int = 0,
    draws: int = 500,
    networks: bool = True,
    report: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Cross-fit and calibrate every model on every split, and choose what is served.

    Args:
        rows: `risk_rows.visited_rows` of one target, at least `LEAST_VISITS`.
        seed: seed of folds, learners and bootstrap.
        draws: of the bootstrap.
        networks: whether neural networks are compared too, where there are rows enough.
        report: called with a line for each model and split.
    """
    observed = rows["failed"].to_numpy(dtype=float)
    parts, served, fitted, weights = [], {}, {}, {}
    improvements: dict[tuple[str, str], Improvement] = {}
    folds = folds_of(rows, seed=seed)
    for nearest, split in SPLIT_OF.items():
        if split not in folds:
            served[nearest] = _unjudged(rows, split)
            continue
        crossed = _cross_fitted(rows, split, folds[split], seed, networks)
        raw, weights[split] = crossed.raw, crossed.weights
        made = {name: probability.cross_calibrated(observed, one, folds[split]) for name, one in raw.items()}
        blocks = rows[BLOCK[split] if split != "random" else "area_id"]
        for name, one in made.items():
            parts.append(_held_out(rows, name, split, folds[split], one))
            report(f"{split}: {name} auc {auc(observed, one, folds[split]):.3f}, brier {brier(observed, one):.4f}")
        for name in BASELINES:
            if name in made:
                improvements[split, name] = paired_bootstrap(
                    observed,
                    made[name],
                    made[CANDIDATE],
                    "auc",
                    blocks=blocks,
                    strata=folds[split],
                    draws=draws,
                    seed=seed,
                )
        served[nearest] = _chosen(rows, split, folds[split], raw, made, improvements, blocks, draws=draws, seed=seed)
        if not served[nearest].is_withheld:
            fitted[split] = crossed.copies[served[nearest].name]
    return Evaluation(pd.concat(parts, ignore_index=True), folds, served, fitted, weights, improvements)


@dataclass(frozen=True)
class _CrossFit:
    """Of every model out-of-fold estimates, (n,), and copies by fold; the weights of the combination on all rows."""

    raw: dict[str, np.ndarray]
    copies: dict[str, dict[int, AreaModel]]
    weights: np.ndarray


def _cross_fitted(rows: pd.DataFrame, split: str, folds: np.ndarray, seed: int, networks: bool) -> _CrossFit:
    """Cross-fit all models; the combination's weights for a fold come from estimates of the other folds' rows."""
    observed = rows["failed"].to_numpy(dtype=float)
    table = with_columns(rows, column_names(rows, elsewhere=False))
    compared = learners(rows, split, seed=seed, networks=networks)
    combination = compared.pop(COMBINATION)
    assert isinstance(combination, StackedEnsemble)
    raw, copies = {}, {}
    for name, model in compared.items():
        copies[name] = {}
        held_out = cross_fit(model, table, observed, folds, kept=copies[name])
        raw[name] = np.clip(held_out["estimate"].to_numpy(), 0, 1)
    members = [name for name in MEMBERS if name in raw]
    estimates = np.column_stack([raw[name] for name in members])
    raw[COMBINATION], copies[COMBINATION] = np.empty(len(rows)), {}
    for number in copies[AREA_RATE]:
        held = folds == number
        weights = convex_weights(estimates[~held], observed[~held])
        raw[COMBINATION][held] = combination.combine(estimates[held].T, weights)
        copies[COMBINATION][number] = combination.assembled(
            [copies[name][number] for name in members], int((~held).sum()), weights
        )
    return _CrossFit(raw, copies, convex_weights(estimates, observed))


def _chosen(
    rows: pd.DataFrame,
    split: str,
    folds: np.ndarray,
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
    name = CANDIDATE if beaten else max(gains, key=lambda one: auc(observed, made[one], folds))
    skill = bootstrap(observed, made[name], "auc", blocks=blocks, strata=folds, draws=draws, seed=seed)
    # Ranks may be right within folds and the probabilities still be worse than one rate for all.
    better = paired_bootstrap(
        observed, made["overall_rate"], made[name], "brier", blocks=blocks, draws=draws, seed=seed
    )
    withheld = not (skill.lower > CHANCE and better.lower > 0)
    figure = (
        f"AUC {skill.gain:.3f} ({skill.lower:.3f} to {skill.upper:.3f}) and Brier score better than the overall rate's "
        f"by {better.gain:+.4f} ({better.lower:+.4f} to {better.upper:+.4f}) with {_HELD_OUT[split]} held out"
    )
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
        probability.calibrate(observed, raw[name], folds),
        {
            column: probability.overdispersion(observed, made[name], _held_out_together(rows, column, folds))
            for column in ("area_id", "admin2_id", "admin1_id")
        },
        float(observed.mean()),
        classes_given(observed, made[name]),
    )


_HELD_OUT = {
    "random": "random systems",
    "district": "whole districts",
    "province": "whole provinces",
    "department": "whole departments",
}


def _held_out_together(rows: pd.DataFrame, column: str, folds: np.ndarray) -> list[str]:
    """(n,) which rows of an area were held out at once: rows that helped to estimate each other resemble less."""
    return [f"{area}|{fold}" for area, fold in zip(rows[column], folds, strict=True)]


def _unjudged(rows: pd.DataFrame, split: str) -> Served:
    rate = float(rows["failed"].mean())
    reason = f"too few {_HELD_OUT[split].removeprefix('whole ')} have visits to hold any out, so no skill is known"
    flat = probability.calibrate(rows["failed"].to_numpy(float), np.full(len(rows), rate), np.zeros(len(rows)))
    return Served("overall_rate", True, True, reason, None, flat, {}, rate)


def _held_out(rows: pd.DataFrame, name: str, split: str, folds: np.ndarray, estimate: np.ndarray) -> pd.DataFrame:
    together = _held_out_together(rows, "area_id", folds)
    correlation = probability.overdispersion(rows["failed"].to_numpy(float), estimate, together)
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


def scores_of(evaluation: Evaluation, rate: float) -> pd.DataFrame:
    """Scores of every model and split: `model, split, group, metric, value, is_baseline, is_served`."""
    found = []
    served = {(one.name, SPLIT_OF[nearest]) for nearest, one in evaluation.served.items() if not one.is_withheld}
    for (model, split), part in evaluation.out_of_sample.groupby(["model", "split"], sort=False):
        observed, estimate = part["observed"].to_numpy(float), part["estimate"].to_numpy(float)
        figures = {"auc": auc(observed, estimate, part["fold"]), "auc_pooled": auc(observed, estimate)}
        figures |= {"brier": brier(observed, estimate), "rows": float(len(part))}
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
    return replaces_champion(
        challenger,
        champion,
        key=("point_id", "visit_number"),
        metric="brier",
        same_data=same_data,
        words="Brier score better by {figures} than the champion's",
        draws=draws,
        seed=seed,
    )
