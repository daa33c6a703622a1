"""Draws from forecasts that are known by quantiles: one uniform number a draw, related by a Gaussian copula.

Fits no forecast. Between levels the quantile function is linear; beyond the outermost it goes on as steep as between
the last two, and never below 0.
"""

from __future__ import annotations

import numpy as np


def draws_from_quantiles(levels: np.ndarray, quantiles: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
    """The quantile functions of n quantities at given levels.

    Args:
        levels: (K,) ascending, within (0, 1), at least two.
        quantiles: (n, K) values at the levels; where they cross they are sorted.
        uniforms: (S, n) levels to read at, within [0, 1].

    Returns:
        (S, n) values, not negative.

    Raises:
        ValueError: levels that do not ascend within (0, 1), or shapes that do not fit.
    """
    levels = np.asarray(levels, dtype=float)
    if len(levels) < 2 or (np.diff(levels) <= 0).any() or levels[0] <= 0 or levels[-1] >= 1:
        raise ValueError(f"Levels ascend within (0, 1), at least two; given are {levels.tolist()}.")
    if quantiles.shape[1] != len(levels) or uniforms.shape[1] != len(quantiles):
        raise ValueError(f"{len(levels)} levels, quantiles {quantiles.shape} and uniforms {uniforms.shape}.")
    ordered = np.sort(quantiles, axis=1)
    piece = np.clip(np.searchsorted(levels, uniforms, side="right") - 1, 0, len(levels) - 2)
    row = np.arange(len(ordered))[None, :]
    low, high = ordered[row, piece], ordered[row, piece + 1]
    part = (uniforms - levels[piece]) / (levels[piece + 1] - levels[piece])
    return np.maximum(low + part * (high - low), 0.0)


def related_uniforms(
    draws: int, groups: np.ndarray, *, shared: float, seed: int, stratified: bool = True
) -> np.ndarray:
    """Uniform numbers, related within groups: a normal factor a group, one for all, and one of its own.

    Args:
        draws: S.
        groups: (n,) group of each quantity, such as its province.
        shared: correlation within a group, in [0, 1]; half of it is also that between groups.
        seed: of the draws.
        stratified: the factor of all is spread evenly over its distribution, so that few draws hold good and bad ones.

    Returns:
        (S, n) within (0, 1).

    Raises:
        ValueError: a correlation outside [0, 1].
    """
    from scipy.special import ndtr, ndtri

    if not 0 <= shared <= 1:
        raise ValueError(f"A correlation lies in [0, 1]; given is {shared}.")
    generator = np.random.default_rng(seed)
    _, group = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    of_group = generator.standard_normal((draws, int(group.max(initial=-1)) + 1))
    own = generator.standard_normal((draws, len(group)))
    if stratified:
        common = ndtri((generator.permutation(draws) + generator.random(draws)) / draws)
    else:
        common = generator.standard_normal(draws)
    mixed = np.sqrt(shared / 2) * common[:, None] + np.sqrt(shared / 2) * of_group[:, group] + np.sqrt(1 - shared) * own
    return ndtr(mixed)
