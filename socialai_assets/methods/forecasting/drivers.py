"""What drives demand: importance of what forecasts know, trend and season of totals. Makes no forecast to be served."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from socialai_assets.methods.forecasting.scores import wape
from socialai_assets.methods.forecasting.windows import Windows


def importance(
    model: Any, windows: Windows, origins: Sequence[int] | np.ndarray, ahead: int, members: np.ndarray, seed: int = 0
) -> dict[str, float]:
    """How much WAPE rises when what a kind of covariate says is shuffled among held-out forecasts (Breiman 2001).

    Args:
        model: a fitted model of ``ahead`` periods ahead.
        windows: the panel's windows.
        origins: periods after what the model was fitted on.
        ahead: periods ahead.
        members: (series,) which series are looked at.
        seed: of shuffling.

    Returns:
        Rise of WAPE by kind of covariate (0.05 = 5 points), shuffled together since they tell much the same; empty
        where nothing was reported.
    """
    columns = np.nonzero(members)[0]
    rows, series = (part.ravel() for part in np.meshgrid(np.asarray(origins), columns, indexing="ij"))
    wanted = windows.targets(rows, series, ahead)
    usable = np.isfinite(wanted) & np.isfinite(windows.scale[rows, series])
    rows, series, wanted = rows[usable], series[usable], wanted[usable]
    if not len(rows):
        return {}
    covariates = windows.covariates(rows, series, ahead)
    came = windows.back(wanted, rows, series)
    if not came.sum() > 0:
        return {}
    whole = wape(came, windows.back(model.predict(covariates), rows, series))
    order = np.random.default_rng(seed).permutation(len(rows))
    kinds = np.array(windows.kinds)
    risen = {}
    for kind in dict.fromkeys(windows.kinds):
        shuffled = covariates.copy()
        shuffled[:, kinds == kind] = covariates[np.ix_(order, kinds == kind)]
        risen[kind] = wape(came, windows.back(model.predict(shuffled), rows, series)) - whole
    return risen


def trend(total: np.ndarray, season: int) -> float:
    """Change of the mean of the last year's reported values from the year before, as a share; NaN where not known."""
    last, before = total[-season:], total[-2 * season : -season]
    known = np.isfinite(last), np.isfinite(before)
    if len(before) < season // 2 or known[0].sum() < season // 2 or known[1].sum() < season // 2:
        return float("nan")
    mean = float(before[known[1]].mean())
    return float(last[known[0]].mean()) / mean - 1 if mean > 0 else float("nan")


def season_shape(total: np.ndarray, place_in_year: np.ndarray, parts: int = 12) -> np.ndarray:
    """(parts,) mean of each part of the year over the mean of its year, centred on 1; NaN where never reported.

    Args:
        total: (periods,) totals.
        place_in_year: (periods,) share of the year that had passed, 0 to 1.
        parts: parts of the year.
    """
    part = np.minimum((place_in_year * parts).astype(int), parts - 1)
    # A centred year takes the trend out.
    season = min(max(2, round(1 / float(np.median(np.diff(place_in_year) % 1)))), len(total))
    padded = np.convolve(np.nan_to_num(total), np.ones(season), mode="same")
    count = np.convolve(np.isfinite(total).astype(float), np.ones(season), mode="same")
    with np.errstate(all="ignore"):
        ratio = total / (padded / count)
    ratio[~np.isfinite(ratio)] = np.nan
    return np.array(
        [np.nanmean(ratio[part == one]) if np.isfinite(ratio[part == one]).any() else np.nan for one in range(parts)]
    )
