"""How camps grow, and what goes with it, as a table. Pure functions on panels; makes no forecast that is served."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from socialai_assets.methods.forecasting import growth, growth_models
from socialai_assets.methods.one_thread import on_one_thread
from socialai_assets.refugees.arrival_models import LEAST_ROWS, Panel

AHEAD = 8
"""Weeks ahead that importance is measured at."""
LEAST_CONFLICTS = 3
LEAST_CAMPS = 4
"""With fewer camps a rank correlation says nothing."""
LOOKBACKS = (4, 13, 52)


@on_one_thread
def factors(panels: Sequence[Panel], *, seed: int = 0) -> pd.DataFrame:
    """The rows of `refugees.arrival_factors`."""
    rows = []
    for panel in panels:
        found = [*_trend(panel), *_distance(panel), *_importance(panel, panels, seed)]
        rows += [
            {"conflict_id": panel.conflict.conflict_id, "kind": kind, "factor": factor, "value": value, "unit": unit,
             "is_synthetic": bool(panel.conflict.is_synthetic.any())}
            for kind, factor, value, unit in found if np.isfinite(value)
        ]  # fmt: skip
    return pd.DataFrame(rows)


def _trend(panel: Panel) -> list[tuple[str, str, float, str]]:
    total = np.nansum(panel.conflict.levels.values, axis=1)
    last, highest = len(total) - 1, int(total.argmax())
    found = [
        ("trend", "people in the last week", float(total[-1]), "people"),
        ("trend", "most people in a week", float(total.max()), "people"),
        ("trend", "weeks since the most people", float(last - highest), "weeks"),
    ]
    for back in (*LOOKBACKS, last):
        if 0 < back <= last:
            before = float(total[last - back])
            name = "since the first week" if back == last else f"last {back} weeks"
            found.append(("trend", f"growth, {name}", (float(total[-1]) - before) / back, "people a week"))
            if before > 0 and total[-1] > 0:
                rate = 100 * float(np.expm1(np.log(total[-1] / before) / back))
                found.append(("trend", f"growth rate, {name}", rate, "% a week"))
    return list(dict.fromkeys(found))


def _distance(panel: Panel) -> list[tuple[str, str, float, str]]:
    people, km = panel.conflict.levels.values[-1], panel.km[-1]
    known = np.isfinite(people) & np.isfinite(km)
    found = []
    everybody = np.nansum(people)
    if everybody > 0:
        cut_off = 100 * float(np.nansum(people[~np.isfinite(km)]) / everybody)
        found.append(("distance", "people in camps no open road leads to from a conflict zone", cut_off, "%"))
    if known.any() and people[known].sum() > 0:
        mean = float(np.average(km[known], weights=people[known]))
        found.append(("distance", "road to the nearest conflict zone, mean over people", mean, "km"))
    if known.sum() >= LEAST_CAMPS and np.ptp(people[known]) > 0 and np.ptp(km[known]) > 0:
        ranks = pd.DataFrame({"people": people[known], "km": km[known]}).corr("spearman")
        name = "rank correlation of camps' people with the road to the nearest conflict zone"
        found.append(("distance", name, float(ranks.to_numpy()[0, 1]), "correlation"))
    return found


def _importance(panel: Panel, panels: Sequence[Panel], seed: int) -> list[tuple[str, str, float, str]]:
    if len(panels) >= LEAST_CONFLICTS:
        learned = growth.joined([other.rows for other in panels if other is not panel])
        held_out = panel.rows
    else:
        half = len(panel.came) // 2
        learned = panel.rows.until(half)
        # Made after all that was learned from had come.
        held_out = panel.rows.at(panel.rows.period - panel.rows.ahead >= half)
    held_out = held_out.at(held_out.ahead == AHEAD)
    if min(len(learned.target), len(held_out.target)) < LEAST_ROWS:
        return []
    model = growth_models.boosted_growth(learned, seed=seed)
    risen = growth_models.importance(model, held_out, growth.KINDS, seed=seed)
    return [("importance", kind, 100 * value, "points of WAPE") for kind, value in risen.items()]
