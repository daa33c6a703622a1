"""How the people of areas live spread over their places, where only the areas' totals are known. Reads no raster.

Dasymetric mapping by class (Mennis and Hultgren 2006, Intelligent Dasymetric Mapping, Cartography and Geographic
Information Science 33:179-194): places of one kind hold about as many people, and each area's total is kept
(Tobler 1979, Smooth Pycnophylactic Interpolation, JASA 74:519-530).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

LEAST_AREAS = 30


def people_of_places(areas: pd.DataFrame, places: pd.DataFrame, *, least_areas: int = LEAST_AREAS) -> np.ndarray:
    """People of each place: as many as places of its kind have in areas like its own, scaled to its area's total.

    Args:
        areas: `area_id`, `population` (people; may be missing), `stratum` (areas of one are alike; may be missing).
        places: `area_id`, `kind`.
        least_areas: a stratum with fewer areas that have people and places is read with all others.

    Returns:
        (n,) people in the order of `places`; NaN where the area is not known or has no known population.
    """
    kinds = sorted(places["kind"].astype(str).unique())
    counted = pd.crosstab(places["area_id"].to_numpy(), places["kind"].astype(str).to_numpy())
    counts = counted.reindex(index=areas["area_id"], columns=pd.Index(kinds), fill_value=0).to_numpy(np.float64)
    population = areas["population"].to_numpy(np.float64, na_value=np.nan)
    known = (population > 0) & (counts.sum(axis=1) > 0)
    sizes = np.ones_like(counts)
    if known.any():
        sizes[:] = place_sizes(population[known], counts[known])
        for stratum in areas["stratum"].dropna().unique():
            own = (areas["stratum"] == stratum).to_numpy()
            if (own & known).sum() >= least_areas:
                sizes[own] = place_sizes(population[own & known], counts[own & known])
    expected = (counts * sizes).sum(axis=1)
    scale = np.divide(population, expected, out=np.full(len(areas), np.nan), where=expected > 0)
    row = pd.Index(areas["area_id"]).get_indexer(pd.Index(places["area_id"]))
    column = pd.Index(kinds).get_indexer(pd.Index(places["kind"].astype(str)))
    return np.where(row >= 0, sizes[row, column] * scale[row], np.nan)


def place_sizes(population: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """People that a place of each kind has, where the logarithm of the areas' totals is told best (least squares).

    Logarithms, since a few cities would else settle what a hamlet has.

    Args:
        population: (A,) people of each area, above 0.
        counts: (A, K) places of each kind in it, at least one an area.

    Returns:
        (K,) people a place, above 0; 1 of a kind that no area has.
    """
    from scipy.optimize import least_squares

    found = counts.any(axis=0)
    present, logarithm = counts[:, found], np.log(population)
    start = np.full(found.sum(), np.median(logarithm - np.log(present.sum(axis=1))))
    # A kind that the totals say nothing of must not run away to nobody: at least a person a place.
    fitted = least_squares(
        lambda size: np.log(present @ np.exp(size)) - logarithm, np.maximum(start, 0.1), bounds=(0, 25)
    )
    sizes = np.ones(counts.shape[1])
    sizes[found] = np.exp(fitted.x)
    return sizes
