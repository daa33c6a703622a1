"""Pictures and card of what was learned on OULAD, from aggregates alone."""

from __future__ import annotations

from io import BytesIO

import pandas as pd
import pytest
from PIL import Image

from resources.errors import ContractError, SettingsError
from socialai_assets.children import oulad_card, oulad_fairness, oulad_pictures, oulad_training
from socialai_assets.children.contracts import Fairness, FairnessOptions, OuladCalibration, OuladFeatures, OuladScores
from socialai_assets.children.fairness_settings import FairnessSettings, fairness_settings
from socialai_assets.ingest.contract import validate
from socialai_assets.publishing.risk_plots import capacity_png, reliability_png, trade_off_png
from tests.unit.oulad_class import few_trees, small_oulad

NOTES = {"source_note": "The Open University", "licence_note": "CC BY 4.0"}


@pytest.fixture(scope="module")
def made() -> dict[str, pd.DataFrame]:
    """All tables of a small class, held to their contracts."""
    oulad, settings = small_oulad(70), FairnessSettings(draws=20, capacities=(0.1,))
    tables = oulad_training.features_of_days(oulad, (60,))
    features = validate(pd.concat(tables.values(), ignore_index=True), OuladFeatures)
    with few_trees():
        estimates, _ = oulad_training.out_of_sample(oulad, oulad_training.by_day(features), networks=False)
        rates = oulad_fairness.fairness(estimates, features, "gradient_boosting", settings)
        options = oulad_fairness.options(oulad, tables, settings)
    return {
        "scores": validate(oulad_training.scores(estimates, draws=10), OuladScores),
        "calibration": validate(oulad_training.calibration(estimates), OuladCalibration),
        "rates": validate(rates, Fairness),
        "options": validate(options, FairnessOptions),
    }


def test_small_groups_have_no_figure_and_the_card_says_so(made: dict[str, pd.DataFrame]) -> None:
    rates = made["rates"]
    small = rates[(rates["people"] < 40) & (rates["attribute"] != "all")]
    assert len(small) and small["is_withheld"].all() and small["value"].isna().all()
    card = oulad_card.card(made["scores"], rates, made["options"])
    assert "adults" in card and "withheld" in card and "Option used: none" in card
    assert f"Of {len(rates)} rates by group {int(rates['is_withheld'].sum())} are withheld" in card
    assert "s1" not in card.split()


def test_no_option_is_used_that_people_have_not_written_down(made: dict[str, pd.DataFrame]) -> None:
    used = made["options"][made["options"]["is_used"]]
    assert set(used["option"]) == {"none"} and fairness_settings() == FairnessSettings()
    assert set(made["options"]["option"]) == {"none", "equal_recall", "equal_shares", "reweighing", "exclusion"}
    with pytest.raises(SettingsError, match="least_cell"):
        fairness_settings("least_cell: 0")


def test_pictures_are_drawn_and_refuse_more_lines_than_can_be_told_apart(made: dict[str, pd.DataFrame]) -> None:
    curves = made["calibration"].assign(group=lambda own: own["day"].astype(str))
    curves = curves[curves["model"] == "gradient_boosting"]
    lists = oulad_pictures._lists(made["scores"], "gradient_boosting")
    options = made["options"]
    pictures = [
        reliability_png(curves, title="Calibration", what="fails", **NOTES),
        capacity_png(lists, title="Lists", **NOTES),
        trade_off_png(options[options["as_of"].str.endswith(" 60")], title="Options", synthetic=True, **NOTES),
    ]
    for picture in pictures:
        image = Image.open(BytesIO(picture))
        assert min(image.size) > 400 and image.info["Copyright"] == "CC BY 4.0"
    many = pd.concat([curves.assign(group=str(number)) for number in range(7)])
    with pytest.raises(ContractError, match="1 to 6 lines"):
        reliability_png(many, title="Calibration", what="fails", **NOTES)
