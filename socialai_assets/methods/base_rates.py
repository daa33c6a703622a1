"""Rates of small groups drawn towards those of the larger groups they are part of. Knows no covariates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def shrunken_rates(
    happened: np.ndarray, levels: Sequence[np.ndarray], *, prior_rows: float = 10.0, coverage: float = 0.9
) -> pd.DataFrame:
    """Rate of each row's group at the narrowest level, each level drawn towards the wider one above it.

    The posterior of a beta-binomial model whose prior is the rate of the group above, worth a fixed number of rows
    (Gelman and others 2013, Bayesian Data Analysis, chapter 5); the widest level is drawn towards all rows together,
    and these towards a half by one row.

    Args:
        happened: (n,) 1, 0, or NaN where it is not known.
        levels: group of each row, (n,) each, the widest level first; missing where a row has none at that level.
        prior_rows: number of rows that the rate of the group above counts for.
        coverage: of the interval of the rate.

    Returns:
        `rate`, `lower`, `upper`, one row a row, known or not.
    """
    from scipy.stats import beta

    values = np.asarray(happened, dtype=float)
    known = np.isfinite(values)
    count = np.full(len(values), 1.0 + known.sum())
    rate = np.full(len(values), (0.5 + values[known].sum()) / (1.0 + known.sum()))
    for level in levels:
        codes, names = pd.factorize(np.asarray(level, dtype=object))
        own = codes >= 0
        seen = own & known
        rows = np.bincount(codes[seen], minlength=len(names))[codes[own]]
        sums = np.bincount(codes[seen], values[seen], len(names))[codes[own]]
        rate[own] = (sums + prior_rows * rate[own]) / (rows + prior_rows)
        count[own] = rows + prior_rows
    tail = (1 - coverage) / 2
    lower, upper = (beta.ppf(q, rate * count, (1 - rate) * count) for q in (tail, 1 - tail))
    return pd.DataFrame({"rate": rate, "lower": np.minimum(lower, rate), "upper": np.maximum(upper, rate)})
