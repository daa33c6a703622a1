"""Pictures and card of what was learned on OULAD, from aggregates of the lake only. Thin."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from dagster import MaterializeResult, MetadataValue, asset

from resources.settings import current
from socialai_assets.catalog import attribution
from socialai_assets.children import oulad_card
from socialai_assets.children.oulad_fairness import DAYS
from socialai_assets.children.oulad_training import HANDED_IN, TEST
from socialai_assets.factories.pictures import shown, version_of
from socialai_assets.factories.tables import asset_key, owners, tables
from socialai_assets.publishing.files import write_whole
from socialai_assets.publishing.risk_plots import capacity_png, reliability_png, trade_off_png

DAY = 60
STAND_IN = "Adult students of a British university: a stand-in for pupils, of whom no such record is public."
LEFT = "Who has handed in nothing has partly left already, which this copy of the data does not say."


@asset(
    key=asset_key("children.oulad_pictures"),
    group_name="children",
    owners=owners("children"),
    kinds={"python", "png"},
    tags={"layer": "map"},
    description="Pictures and model card of risk learned on OULAD (adults, a stand-in for pupils): calibration, "
    "precision and recall of lists, what options of fairness cost.",
    ins=tables(
        scores="children.oulad_scores",
        calibration="children.oulad_calibration",
        rates="children.fairness",
        options="children.fairness_options",
    ),
)
def oulad_pictures(
    scores: pd.DataFrame, calibration: pd.DataFrame, rates: pd.DataFrame, options: pd.DataFrame
) -> MaterializeResult:
    """Draw the three pictures and write the card."""
    if scores.empty:
        return MaterializeResult(metadata={"note": "There is nothing to draw."}, data_version=version_of())
    source, licence = attribution(["oulad_students"])
    common: dict[str, Any] = {"source_note": source, "licence_note": licence}
    chosen = str(scores.loc[scores["is_chosen"], "model"].iloc[0])
    drawn: dict[str, Callable[[], bytes]] = {
        "oulad_calibration": lambda: reliability_png(
            calibration[calibration["model"] == chosen].assign(group=lambda own: "day " + own["day"].astype(str)),
            title=f"How often it was as {chosen} had said, {TEST}",
            what="fails or withdraws",
            note=STAND_IN,
            **common,
        ),
        "oulad_lists": lambda: capacity_png(
            _lists(scores, chosen),
            title=f"Lists of those who have handed in something by day {DAY}, {TEST}",
            note=f"{STAND_IN} {LEFT}",
            **common,
        ),
        **{
            f"oulad_trade_off_day_{day}": lambda day=day: trade_off_png(
                options[(options["population"] == "oulad") & options["as_of"].str.endswith(f" {day}")],
                title=f"What it costs to treat groups alike, {TEST}, day {day}",
                note=STAND_IN,
                **common,
            )
            for day in DAYS
        },
    }
    folder = current().published / "children"
    metadata, contents = {}, []
    for name, draw in drawn.items():
        picture = draw()
        contents.append(picture)
        metadata[name] = shown(picture, smaller=True)
        metadata[f"{name}, file"] = MetadataValue.path(write_whole(folder / f"{name}.png", picture))
    card = oulad_card.card(scores, rates, options)
    metadata["model card"] = MetadataValue.md(card)
    metadata["model card, file"] = MetadataValue.path(write_whole(folder / "oulad_model_card.md", card.encode()))
    return MaterializeResult(metadata=metadata, data_version=version_of(*contents, card.encode()))


def _lists(scores: pd.DataFrame, chosen: str) -> pd.DataFrame:
    shown_models = (chosen, "calibrated_ensemble", "points_score", "most_deprived_first", "random")
    own = scores[(scores["presentation"] == TEST) & (scores["people"] == HANDED_IN) & (scores["day"] == DAY)]
    own = own[own["metric"].isin(["precision", "recall"])]
    order = list(dict.fromkeys(shown_models))
    return pd.concat([own[own["model"] == name] for name in order], ignore_index=True)
