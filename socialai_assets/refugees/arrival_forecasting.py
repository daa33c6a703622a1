"""Camps' population forecasts as tables: tried on past weeks, and made. Pure functions on frames, no Dagster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from socialai_assets.methods.forecasting.growth import ANCHORS
from socialai_assets.methods.forecasting.levels import mean_steps
from socialai_assets.methods.forecasting.quantile_network import QUANTILES
from socialai_assets.methods.one_thread import on_one_thread
from socialai_assets.refugees.arrival_models import BOOSTING, LEARNED, NAIVE, ROBUST_TREND, Models, Panel, fitted
from socialai_assets.refugees.arrival_series import HORIZON
from socialai_assets.refugees.arrival_serving import COMBINED, Choice, Evidence, choose, spread

COMBINATION = "combination"
QUANTILE_COLUMNS = tuple(f"q{round(1000 * level):03d}" for level in QUANTILES)
LEAST_CONFLICTS = 3
"""With fewer, one to try on, one to choose by and one to learn from, each conflict is tried on its own past."""
BLOCK = 26
"""Weeks after which models that learn from a conflict's own past are fitted anew."""


@on_one_thread
def tried(panels: Sequence[Panel], *, seed: int = 0) -> pd.DataFrame:
    """Forecasts of past weeks by every model beside what came: the rows of `refugees.population_out_of_sample`."""
    whole = len(panels) >= LEAST_CONFLICTS
    parts = _tried_elsewhere(panels, seed) if whole else [_tried_on_own_past(panel, seed) for panel in panels]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


@on_one_thread
def forecast(panels: Sequence[Panel], past: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Forecasts from each conflict's last week: the rows of `refugees.population_forecasts`.

    Models learn from all conflicts, the weights and intervals are chosen by what they had said of all of them, each
    up to the last week of the conflict that is forecast.

    Args:
        panels: all that is known.
        past: rows of `refugees.population_out_of_sample`.
        seed: of fitting.
    """
    parts = []
    evidence = {panel: _evidence(panel, past) for panel in panels}
    for panel in panels:
        now = panel.conflict.weeks[-1]
        known = [(other, int((other.conflict.weeks <= now).sum())) for other in panels]
        models = fitted([pair for pair in known if pair[1]], names=COMBINED, seed=seed)
        seen = [_until(evidence[other], week) for other, week in known if week]
        choice = choose(seen) if models else choose([])
        points = (models.points(panel) if models else panel.naive).items()
        point = choice.points({name: made[-1:] for name, made in points})
        spreads = spread(seen, [choice.points(one.points) for one in seen])
        rows = _rows(panel, COMBINATION, spreads.around(point, panel.covariates[-1:]), choice, now=True)
        rows["model"] = choice.text.split()[0] if choice.is_baseline else COMBINATION
        parts.append(rows.drop(columns=["observed", "naive_error"]).assign(weights=choice.text))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _tried_elsewhere(panels: Sequence[Panel], seed: int) -> list[pd.DataFrame]:
    """Each conflict by models, weights and intervals that come from the others."""
    pairs: dict[frozenset[int], Models | None] = {}

    def without(*places: int, names: Sequence[str]) -> Models | None:
        key = frozenset(places)
        if key not in pairs:
            rest = [(panel, len(panel.came)) for place, panel in enumerate(panels) if place not in key]
            pairs[key] = fitted(rest, names=names, seed=seed)
        return pairs[key]

    parts = []
    for place, panel in enumerate(panels):
        evidence = []
        for other, elsewhere in enumerate(panels):
            # What is chosen for a conflict is chosen by models that had not seen it either.
            models = without(place, other, names=COMBINED) if other != place else None
            if other != place:
                points = models.points(elsewhere) if models else elsewhere.naive
                evidence.append(Evidence(points, elsewhere.came, elsewhere.covariates))
        models = without(place, names=LEARNED)
        points = models.points(panel) if models else panel.naive
        choice = choose(evidence) if models else choose([])
        for name, point in points.items():
            # The network is not combined, so it has not been fitted without the other conflict as well.
            like = name if name in (*COMBINED, *NAIVE) else ROBUST_TREND
            judged = [one for one in evidence if like in one.points]
            quantiles = spread(judged, [one.points[like] for one in judged]).around(point, panel.covariates)
            parts.append(_rows(panel, name, quantiles, Choice({name: 1.0})))
        judged = [one for one in evidence if set(choice.weights) <= set(one.points)]
        spreads = spread(judged, [choice.points(one.points) for one in judged])
        parts.append(_rows(panel, COMBINATION, spreads.around(choice.points(points), panel.covariates), choice))
    return parts


def _tried_on_own_past(panel: Panel, seed: int) -> pd.DataFrame:
    """One conflict by models, weights and intervals that come from its own past, anew every `BLOCK` weeks."""
    size = len(panel.came)
    parts = []
    made = {name: np.full(panel.came.shape, np.nan) for name in COMBINED} | panel.naive
    for first in range(0, size, BLOCK):
        block = slice(first, min(first + BLOCK, size))
        inside = np.zeros(size, bool)
        inside[block] = True
        models = fitted([(panel, first + 1)], names=(ROBUST_TREND, BOOSTING), seed=seed)
        seen = [_until(Evidence(dict(made), panel.came, panel.covariates), first + 1)]
        choice = choose(seen) if models else choose([])
        points = models.points(panel) if models else panel.naive
        for name, point in points.items():
            quantiles = spread(seen, [seen[0].points[name]]).around(point, panel.covariates)
            parts.append(_rows(panel, name, quantiles, Choice({name: 1.0}), weeks=inside))
        spreads = spread(seen, [choice.points(seen[0].points)])
        quantiles = spreads.around(choice.points(points), panel.covariates)
        parts.append(_rows(panel, COMBINATION, quantiles, choice, weeks=inside))
        made = {name: np.where(inside[:, None, None], points.get(name, part), part) for name, part in made.items()}
    return pd.concat(parts, ignore_index=True)


def _until(evidence: Evidence, week: int) -> Evidence:
    """What of it was known before the week of that number."""
    target = np.arange(len(evidence.came))[:, None] + np.arange(1, HORIZON + 1)
    return Evidence(evidence.points, np.where((target < week)[..., None], evidence.came, np.nan), evidence.covariates)


def _evidence(panel: Panel, past: pd.DataFrame) -> Evidence:
    """What the models said of a conflict's past weeks, from the rows of `refugees.population_out_of_sample`."""
    mine = past[(past["conflict_id"] == panel.conflict.conflict_id) & past["horizon"].isin(ANCHORS)]
    week = panel.conflict.weeks.get_indexer(pd.to_datetime(mine["origin_week"]))
    camp = pd.Index(panel.conflict.camps).get_indexer(mine["camp_id"])
    ahead, point = mine["horizon"].to_numpy(int) - 1, mine["q500"].to_numpy(float)
    points: dict[str, np.ndarray] = {}
    for name in (*NAIVE, *COMBINED):
        rows = (mine["model"] == name).to_numpy()
        points[name] = np.full(panel.came.shape, np.nan)
        points[name][week[rows], ahead[rows], camp[rows]] = point[rows]
    return Evidence(points, panel.came, panel.covariates)


def _rows(
    panel: Panel,
    model: str,
    quantiles: np.ndarray,
    choice: Choice,
    *,
    weeks: np.ndarray | None = None,
    now: bool = False,
) -> pd.DataFrame:
    """One row a forecast of a camp that had begun; of past origins only weeks that are known by now.

    Args:
        panel: whose camps they are.
        model: name of the model; of others than the combination only `ANCHORS` are kept.
        quantiles: (levels, origins, horizon, camps), the last week alone where ``now``.
        choice: what it is made of.
        weeks: (weeks,) which origins are kept.
        now: whether it is the forecast from the last week.
    """
    conflict = panel.conflict
    size = len(conflict.weeks)
    at = np.array([size - 1]) if now else np.arange(size)
    kept = np.zeros(quantiles.shape[1:], bool)
    kept[:, np.array(range(1, HORIZON + 1) if model == COMBINATION else ANCHORS) - 1] = True
    kept &= conflict.levels.begun[at][:, None, :]
    if not now:
        kept &= (at[:, None] + np.arange(1, HORIZON + 1) < size)[..., None]
    if weeks is not None:
        kept &= weeks[:, None, None]
    row, ahead, camp = np.nonzero(kept)
    starts = np.array(pd.date_range(conflict.weeks[0], periods=size + HORIZON, freq="7D").date)
    columns: Mapping[str, object] = {
        "conflict_id": conflict.conflict_id,
        "camp_id": np.array(conflict.camps, object)[camp],
        "origin_week": starts[at[row]],
        "week_start": starts[at[row] + ahead + 1],
        "horizon": ahead + 1,
        "model": model,
        **dict(zip(QUANTILE_COLUMNS, quantiles[:, kept], strict=True)),
        "observed": panel.came[at[row], ahead, camp],
        "naive_error": mean_steps(conflict.levels)[at[row], camp],
        "is_baseline": choice.is_baseline,
        "is_synthetic": conflict.is_synthetic[camp],
    }
    return pd.DataFrame(columns)
