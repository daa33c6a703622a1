"""What can be learned about the sample's pupils at best: the planted truth against what was then recorded.

No model can rank children better than their true risk does, and none can choose whom to help better than true risk
times true effect. Synthetic children (seed 0), one kind of help each for a fifth of those at school.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from benchmarks.figures import markdown_table
from socialai_assets.ingest.sample import poverty
from socialai_assets.ingest.sample.children_catalogue import CATALOGUE
from socialai_assets.ingest.sample.children_places import terms
from socialai_assets.ingest.sample.children_records import SampleChildren
from socialai_assets.ingest.sample.country import sample_country

SEED, HELPED_SHARE = 0, 0.2
FROM, UNTIL, HELP_DATE = "2023-04-01", "2024-12-01", "2024-09-01"


def main() -> None:
    """Print how often each label comes true, the best AUC there can be, and what choosing by risk alone costs."""
    from sklearn.metrics import roc_auc_score

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    asked = parser.parse_args()
    areas = sample_country(asked.scale, SEED)
    sample = SampleChildren(areas, poverty.poverty_truth(areas, SEED), asked.scale, SEED)
    months = sample.lives.months
    events, harm = sample.lives.events, sample.lives.harm
    ends = sorted(pd.to_datetime(terms()["ends_on"]))
    until = {
        month: next(end for end in ends[1:] if ends[ends.index(end) - 1] >= month) for month in set(months["month"])
    }
    left = events.loc[events["event"] == "left", ["child_number", "event_date"]].set_axis(
        ["child_number", "on"], axis=1
    )
    opened = harm.loc[harm["is_recorded"], ["child_number", "opened_on"]].set_axis(["child_number", "on"], axis=1)
    rows = []
    for label, risk, found, last in (
        ("leaves_school", "leave_risk", left, months["month"].map(until)),
        ("case_opens", "case_risk", opened, months["month"] + pd.Timedelta(182, "D")),
    ):
        judged = months["month"].between(FROM, UNTIL) & (months[risk] > 0)
        came = _next(months, found).le(last)[judged]
        kinds = [kind.acts_on == label for kind in CATALOGUE]
        there = months[months["month"] == HELP_DATE].set_index("child_number")[risk]
        gain = there * sample.families.effects[there.index][:, kinds].max(axis=1)
        capacity = round(HELPED_SHARE * len(there))
        by_risk, best = gain.loc[there.nlargest(capacity).index].sum(), gain.nlargest(capacity).sum()
        auc = roc_auc_score(came, months.loc[judged, risk])
        need = there.nlargest(capacity).sum(), there.loc[gain.nlargest(capacity).index].sum()
        figures = (
            100 * came.mean(),
            100 * months.loc[judged, risk].mean(),
            auc,
            best,
            by_risk,
            gain.mean() * capacity,
            *need,
        )
        rows.append([label, *(f"{figure:.{3 if 0 < figure < 1 else 1}f}" for figure in figures)])
    headers = ("label", "comes true, %", "true risk, mean %", "AUC of true risk")
    headers += ("averted: most benefit first", "highest risk first", "by chance", "need reached: by risk", "by benefit")
    print(f"{len(sample.families.children)} children, {np.round(judged.sum() / 1000):.0f} thousand child-months judged")
    print(markdown_table(headers, rows))


def _next(months: pd.DataFrame, found: pd.DataFrame) -> pd.Series:
    """The first event of each child on or after each month's first day, on the index of `months`."""
    ordered = months[["child_number", "month"]].reset_index(names="row").sort_values("month")
    after = pd.merge_asof(
        ordered, found.sort_values("on"), left_on="month", right_on="on", by="child_number", direction="forward"
    )
    return after.set_index("row")["on"].reindex(months.index)


if __name__ == "__main__":
    main()
