"""Whether a newly trained model replaces the one in use, by what both said of rows neither had seen. Keeps no model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from socialai_assets.methods.scores import paired_bootstrap


def replaces_champion(
    challenger: pd.DataFrame,
    champion: pd.DataFrame | None,
    *,
    key: Sequence[str],
    metric: str,
    same_data: bool,
    words: str,
    draws: int,
    seed: int,
) -> tuple[bool, str]:
    """Whether a new version replaces the champion, by a paired bootstrap over whole blocks of the rows both have.

    Args:
        challenger: out-of-sample rows of the new version: `key`, `estimate`, `observed`, `block`.
        champion: `key`, `estimate` of the one in use; None where there is none.
        key: columns that tell rows apart.
        metric: what is compared, of `methods.scores`.
        same_data: whether both learned from the same data; then only a better score is a reason to change.
        words: how the gain is told, `{figures}` in it: gain with lower and upper bound.
        draws: of the bootstrap.
        seed: of the bootstrap.

    Returns:
        The decision, and the figures behind it in a sentence.
    """
    if champion is None:
        return True, "first version"
    both = challenger.merge(champion[[*key, "estimate"]], on=list(key), suffixes=("", "_champion"))
    if both["block"].nunique() < 2:
        return True, "the champion was trained on other areas: too few are shared to compare"
    gain = paired_bootstrap(
        both["observed"].to_numpy(np.float64),
        both["estimate_champion"].to_numpy(),
        both["estimate"].to_numpy(),
        metric,
        blocks=both["block"],
        draws=draws,
        seed=seed,
    )
    told = words.format(figures=f"{gain.gain:+.4f} ({gain.lower:+.4f} to {gain.upper:+.4f})")
    if same_data:
        return gain.gain > 0, f"trained on the same data: {told}"
    return gain.upper >= 0, f"trained on new data: {told}"
