"""Pictures of children's risk models, from aggregates of the lake only: calibration, lists by length. Thin."""

from typing import Any

import pandas as pd
from dagster import MaterializeResult, MetadataValue, asset

from resources.settings import current
from socialai_assets.children.risk_training import POINTS, POOREST_SCHOOLS, RANDOM
from socialai_assets.factories.pictures import shown, version_of
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.ingest.contract import any_synthetic
from socialai_assets.publishing.files import write_whole
from socialai_assets.publishing.risk_plots import capacity_png, reliability_png

FORESEEN = {"leaves_school": "leaves school", "case_opens": "gets a protection case"}
NOTE = "On dates that models could not know. A score informs; nothing is decided without a person."


@asset(
    key=asset_key("children.risk_pictures"),
    group_name="children",
    owners=owners("children"),
    kinds={"python", "png"},
    tags={"layer": "map"},
    description="Pictures of children's risk models: how often it was as they had said, and precision and recall of "
    "lists by their length, next to the poorest schools first, a points score and chance.",
    ins=tables(scores="children.model_scores", calibration="children.risk_calibration"),
)
def risk_pictures(scores: pd.DataFrame, calibration: pd.DataFrame) -> MaterializeResult:
    """Draw both pictures of each label."""
    metadata: dict[str, Any] = {}
    contents: list[bytes] = []
    common: dict[str, Any] = {
        "source_note": "risks of this platform from what offices reported of children",
        "licence_note": "figures of groups only; use as the card of the model says",
        "note": NOTE,
        "synthetic": any_synthetic(scores),
    }
    for label, own in scores.groupby("label", sort=True):
        bins = calibration[calibration["label"] == label]
        whole = own[own["test_date"].isna()]
        lists = _lists(whole)
        drawn: dict[str, bytes] = {}
        if len(bins):
            drawn["calibration"] = reliability_png(
                bins.assign(group=bins["model"]),
                title=f"How often it was as was said: {FORESEEN[str(label)]}",
                what=FORESEEN[str(label)],
                who="child",
                **common,
            )
        if len(lists):
            drawn["lists"] = capacity_png(
                lists, title=f"Lists of children by their length: {FORESEEN[str(label)]}", who="children", **common
            )
        for name, picture in drawn.items():
            contents.append(picture)
            file = current().published / "children" / f"{label}_{name}.png"
            metadata[f"{label}, {name}"] = shown(picture, smaller=True)
            metadata[f"{label}, {name}, file"] = MetadataValue.path(write_whole(file, picture))
    if not contents:
        metadata["note"] = "There is nothing to draw."
    return MaterializeResult(metadata=metadata, data_version=version_of(*contents))


def _lists(whole: pd.DataFrame) -> pd.DataFrame:
    """Precision and recall of the learner that regrets least, what is served, and the baselines."""
    rows = whole[whole["metric"].isin(["precision", "recall"])]
    regret = whole[whole["metric"] == "mean_regret"].sort_values("value")["model"]
    order = [*whole.loc[whole["is_served"], "model"].unique(), *regret.head(1), POINTS, POOREST_SCHOOLS, RANDOM]
    parts = [rows[rows["model"] == name] for name in dict.fromkeys(order)]
    return pd.concat([part for part in parts if len(part)], ignore_index=True) if len(rows) else rows
