"""The tables of reasons as assets: why each district is estimated as it is, in figures and in words. Trains nothing."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from dagster import Output, multi_asset

from socialai_assets.factories.tables import table_out, tables
from socialai_assets.ingest.contract import validate
from socialai_assets.poverty import contracts, reason_texts, reasons
from socialai_assets.poverty.predictions import forget_served, served_version
from socialai_assets.poverty.served_model import ServedModel, blocked
from socialai_assets.publishing.languages import LANGUAGES


@multi_asset(
    name="explain_districts",
    outs={
        "district_reasons": table_out(contracts.DistrictReasons, "prediction", ("python", "shap")),
        "district_explanations": table_out(contracts.DistrictExplanations, "prediction", ("python", "shap")),
    },
    ins=tables(
        features="poverty.district_features",
        predictions="poverty.district_predictions",
        model="poverty.district_model",
    ),
)
def explain_districts(features: pd.DataFrame, predictions: pd.DataFrame, model: pd.DataFrame) -> Iterator[Output]:
    """Take the served estimates apart and put them into words."""
    served = served_version(model)
    forget_served()
    effects, explanations = explained_tables(served, features, predictions)
    yield Output(validate(effects, contracts.DistrictReasons), "district_reasons")
    yield Output(
        validate(explanations, contracts.DistrictExplanations),
        "district_explanations",
        metadata={
            "areas extrapolated to": int(explanations["is_extrapolated"].sum()),
            "what would change the rank": str(explanations["what_if_outcome"].value_counts().to_dict()),
        },
    )


def explained_tables(
    served: ServedModel, features: pd.DataFrame, predictions: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`DistrictReasons` and `DistrictExplanations` of a served model's predictions.

    Args:
        served: the model that made the predictions.
        features: the table `district_features`.
        predictions: the table `district_predictions`.
    """
    predictions = predictions.sort_values("area_id", ignore_index=True)
    rows = blocked(features).set_index("area_id").loc[predictions["area_id"]].reset_index()
    estimates = predictions["estimate"].to_numpy(dtype=float)
    explained = reasons.explain(served, rows, estimates)
    carried = ["area_id", "name", "admin1_name", "estimate", "model", "model_version", "is_baseline", "is_synthetic"]
    table = predictions[carried].assign(poverty_rank=reasons.poverty_ranks(estimates))
    if explained is None:
        return _no_reasons(), _unexplained(table)
    effects = reasons.driver_effects(
        explained.table, explained.attribution, rows["area_id"].to_numpy(), np.nanmean(explained.table, axis=0)
    )
    for language in LANGUAGES:
        effects[f"text_{language}"] = [reason_texts.reason_text(row, language) for row in effects.to_dict("records")]
    effects["is_synthetic"] = effects["area_id"].map(table.set_index("area_id")["is_synthetic"])
    changes = reasons.rank_changes(explained, estimates)
    return effects.drop(columns="middle"), _explained(table, explained, effects, changes)


def _explained(
    table: pd.DataFrame, explained: reasons.Explained, effects: pd.DataFrame, changes: pd.DataFrame
) -> pd.DataFrame:
    names, likeness = np.array(explained.attribution.names), explained.likeness
    renamed = {"value": "from", "changed": "to"}
    table = table.assign(
        base=explained.attribution.base,
        dissimilarity=likeness.index,
        dissimilarity_threshold=likeness.threshold,
        is_extrapolated=likeness.outside,
        unlike_covariate=names[likeness.unlike],
        **{f"what_if_{renamed.get(name, name)}": changes[name].to_numpy() for name in changes},
    )
    of_area: dict[Any, list] = {area: rows.to_dict("records") for area, rows in effects.groupby("area_id")}
    middles = np.nanmean(explained.table, axis=0)
    asked = changes.to_dict("records")
    for language in LANGUAGES:
        table[f"sentence_{language}"] = [
            reason_texts.sentence(row.estimate, row.base, of_area[row.area_id], language) for row in table.itertuples()
        ]
        table[f"what_if_{language}"] = [
            reason_texts.what_if_text(change, rank, len(table), language)
            for change, rank in zip(asked, table["poverty_rank"], strict=True)
        ]
        table[f"caution_{language}"] = [
            reason_texts.caution_text(str(names[column]), explained.table[row, column], middles[column], language)
            if likeness.outside[row]
            else None
            for row, column in enumerate(likeness.unlike)
        ]
    return table


def _unexplained(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of a baseline's estimates: they say that there are no reasons."""
    outcome = {"outcome": "not asked of a baseline"}
    numbers = ["base", "what_if_from", "what_if_to", "what_if_estimate", "what_if_rank", "dissimilarity"]
    texts = ["what_if_covariate", "unlike_covariate", *(f"caution_{language}" for language in LANGUAGES)]
    table = table.assign(
        **dict.fromkeys([*numbers, "dissimilarity_threshold"], np.nan),
        **dict.fromkeys(texts),
        what_if_outcome=outcome["outcome"],
        is_extrapolated=False,
    )
    for language in LANGUAGES:
        table[f"sentence_{language}"] = [
            reason_texts.baseline_sentence(row.estimate, row.model, language) for row in table.itertuples()
        ]
        table[f"what_if_{language}"] = reason_texts.what_if_text(outcome, 0, 0, language)
    return table


def _no_reasons() -> pd.DataFrame:
    texts = ["area_id", "driver", "covariate", "direction", "text_en", "text_es"]
    return pd.DataFrame(
        {
            **{name: pd.Series(dtype=object) for name in texts},
            "rank": pd.Series(dtype=int),
            "value": pd.Series(dtype=float),
            "effect": pd.Series(dtype=float),
            "is_synthetic": pd.Series(dtype=bool),
        }
    )
